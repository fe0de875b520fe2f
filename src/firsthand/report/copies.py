"""What the match and media rooms found, in the shape of report.json: groups and facts of media."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from firsthand.model.canonical import Json
from firsthand.model.nouns import Sighting
from firsthand.model.values import to_rfc3339
from firsthand.run import Settled

MOST_LINKS = 200
"""Links of a group that the report lists, the nearest first; all are among its findings."""

WARNINGS = {
    "chain": (
        "Two members differ in {widest_bits} of 256 bits: the group is a chain of copies, and"
        " its ends may be different pictures. Look at the links that alone hold it together."
    ),
}

Findings = Mapping[tuple[str, tuple[str, ...]], Settled]


@dataclass(frozen=True, slots=True)
class Copies:
    """Settled findings about media, by what they are about."""

    findings: Findings

    def value(self, kind: str, *subjects: str) -> Json | None:
        """Return the value of a settled finding."""
        found = self.findings.get((kind, subjects))
        return None if found is None else found.value

    def groups(self) -> Iterator[tuple[str, Settled]]:
        """Yield the groups with their ids."""
        for (kind, subjects), found in self.findings.items():
            if kind == "match.group":
                yield subjects[0], found

    def of_exhibits(self) -> dict[str, str]:
        """Return the group of each exhibit that is in one; of a video, that of its copies.

        A video is in the group of each picture that it shows, too; that is no answer for all of it.
        """
        found: dict[str, str] = {}
        for name, group in self.groups():
            members = set(group.value["members"])
            videos = members.intersection(group.value.get("videos", ()))
            found |= dict.fromkeys(members if videos == members else members - videos, name)
        return found


def group_rows(findings: Findings, sightings: Mapping[str, Sighting]) -> list[Json]:
    """Return the groups of a report: what is said to show an event first, then by spread."""
    copies = Copies(findings)
    by_id = {found.id: found for found in findings.values() if found.kind == "match.link"}
    shows: dict[str, set[str]] = {}
    for sighting in sightings.values():
        for exhibit in sighting.exhibits:
            shows.setdefault(exhibit, set()).update(sighting.shows)
    rows = [_row(name, found, copies, by_id, shows) for name, found in copies.groups()]
    return sorted(rows, key=_order)


def _order(row: Json) -> tuple[bool, int, str]:
    seen = row["spread"]["sightings"] if row["spread"] else 0
    return not row["shows"], -seen, row["id"]


def _row(
    name: str,
    found: Settled,
    copies: Copies,
    links: Mapping[str, Settled],
    shows: Mapping[str, set[str]],
) -> Json:
    value = found.value
    about = (("match.group", name), ("match.first_seen", name), ("match.spread", name))
    held = [copies.findings[(kind, (s,))] for kind, s in about if (kind, (s,)) in copies.findings]
    return {
        "id": name,
        "relation": value["relation"],
        "members": value["members"],
        "shows": sorted({event for m in value["members"] for event in shows.get(m, ())}),
        "links": [_link(links[i]) for i in value["links"][:MOST_LINKS] if i in links],
        "links_more": value["links_more"] + max(len(value["links"]) - MOST_LINKS, 0),
        "holding": value["holding"],
        "widest_bits": value["widest_bits"],
        "warnings": [
            {"what": each["what"], "why": WARNINGS[each["what"]].format(**each)}
            for each in value["warnings"]
        ],
        "first_seen": first_seen(copies.value("match.first_seen", name)),
        "spread": _spread(copies.value("match.spread", name)),
        "support": [each.id for each in held],
    }


def _link(found: Settled) -> Json:
    value = found.value
    row = {
        "a": found.subjects[0],
        "b": found.subjects[1],
        "relation": value["relation"],
        "distance_bits": value["distance_bits"],
        "transform": value["transform"],
        "derived": value["derived"],
        "finding": found.id,
    }
    times = {key: value[key] for key in ("time_a", "time_b") if key in value}
    return row | {f"{key}_ms": time for key, time in times.items()}


def first_seen(value: Json | None) -> Json | None:
    """Return a first sighting with its bounds in RFC 3339."""
    if value is None:
        return None
    kept = ("earliest", "platform", "account", "possible", "possible_more", "undated", "searched")
    bounds = value["not_seen_earlier_than"]
    return {key: value[key] for key in kept} | {
        "bounds": None if bounds is None else _between(bounds),
        "unbounded": value.get("unbounded", 0),
    }


def _between(row: Json) -> Json:
    sides = {"not_before": row["earliest_ms"], "not_after": row["latest_ms"]}
    return {key: None if t_ms is None else to_rfc3339(t_ms) for key, t_ms in sides.items()}


def _spread(value: Json | None) -> Json | None:
    if value is None:
        return None
    return value | {
        name: [row | {end: _moment(row[end]) for end in ("first", "last")} for row in value[name]]
        for name in ("platforms", "accounts")
    }


def _moment(row: Json | None) -> Json | None:
    return None if row is None else {"sighting": row["sighting"], **_between(row)}


def media_facts(findings: Findings, exhibit: str, groups: Mapping[str, str]) -> Json:
    """Return what is known of an exhibit as a picture or video; empty for anything else."""
    copies = Copies(findings)
    found: Json = {}
    for kind in ("media.image", "media.video"):
        value = copies.value(kind, exhibit)
        if value is None:
            continue
        found["media_status"] = value["status"]
        if value.get("reason"):
            found["media_reason"] = str(value["reason"])
        for name in ("width", "height", "duration_ms"):
            if isinstance(value.get(name), int):
                found[name] = value[name]
    if exhibit in groups:
        found["group"] = groups[exhibit]
    time = copies.value("whenwhere.exhibit_time", exhibit)
    if time is not None:
        found["taken"] = _taken(time)
    return found


def _taken(time: Json) -> Json:
    bounds, likely = time["bounds"], time["likely"]
    return {
        "bounds": None if bounds is None else {**_between(bounds), "from": bounds["from"]},
        "likely": None
        if likely is None
        else {
            **_between(likely),
            "from": [likely["from"]],
            "assumptions": likely["assumptions"],
        },
        "conflicts": time["conflicts"],
    }
