"""What the case ``quarry`` answers, beside what is true; "not yet" where no room answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from math import cos, hypot, radians

from firsthand.case import Case, View
from firsthand.demo.quarry.entered import DESK, MAIN_EVENT
from firsthand.demo.quarry.place import METRES_PER_DEGREE
from firsthand.model.canonical import Json
from firsthand.report.build import build
from firsthand.report.registry import registry
from firsthand.run import Analysis

NOT_YET = "not yet"
NEAR_M = 1000
"""A position within so many metres of the camera counts as right; fresh fixes are within 30 m."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One question: the case's answer beside the truth. ``right`` is None where nobody judges."""

    question: str
    answer: str
    truth: str
    right: bool | None = None
    wrong: tuple[str, ...] = ()


@dataclass
class Findings:
    """Findings of the case by what they are about, and the truth by digests."""

    case: Case
    truth: Json
    by_kind: dict[str, dict[tuple[str, ...], Json]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        resolved = Analysis(View(self.case), registry(), record=False).run()
        for found in resolved.findings:
            kind = self.by_kind.setdefault(found["kind"], {})
            kind[tuple(found["subjects"])] = found["value"]

    def of(self, kind: str) -> dict[tuple[str, ...], Json]:
        """Return the findings of a kind by their subjects."""
        return self.by_kind.get(kind, {})

    @cached_property
    def digest(self) -> dict[str, str]:
        """Digests of originals and copies by key."""
        pictures = [*self.truth["originals"], *self.truth["copies"]]
        return {each["key"]: f"sha256:{each['sha256']}" for each in pictures}

    @cached_property
    def shows(self) -> dict[str, set[str]]:
        """By digest: the originals that a picture shows, in whole or in part."""
        found: dict[str, set[str]] = {}
        for group in self.truth["groups"]:
            for key in group["showing"]:
                found.setdefault(self.digest[key], set()).add(group["original"])
        return found

    @cached_property
    def group_of(self) -> dict[str, str]:
        """By digest: the id of the group of copies of a picture that is not put together."""
        groups = self.of("match.group").items()
        return {
            member: name
            for (name,), value in groups
            for member in value["members"]
            if member not in value.get("composites", ())
        }

    @cached_property
    def groups_of(self) -> dict[str, set[str]]:
        """By digest: the ids of all groups that it is in; a collage is in several."""
        found: dict[str, set[str]] = {}
        for (name,), value in self.of("match.group").items():
            for member in value["members"]:
                found.setdefault(member, set()).add(name)
        return found

    def about(self, kind: str, original: str) -> Json:
        """Return a finding about the group of an original, or about it alone."""
        digest = self.digest[original]
        found = self.of(kind)
        return found.get((self.group_of.get(digest, digest),)) or found.get((digest,))

    def posts(self, original: str) -> list[Json]:
        """Return the true posts, in order of time, of an original and its copies.

        Copies are those that must be linked, and those that need not be but rightly were: a case
        that finds more than a fingerprint can reach is not wrong.
        """
        group = next(g for g in self.truth["groups"] if g["original"] == original)
        home = self.group_of.get(self.digest[original], original)
        groups = self.groups_of
        more = {key for key in group["showing"] if home in groups.get(self.digest[key], ())}
        wanted = {*group["linked"], *more}
        return [post for post in self.truth["posts"] if wanted & set(post["copies"])]


Judge = Callable[[Findings, str], bool | None]
"""Tells whether what the case says about an original is true; None when it says nothing."""


def answers(case: Case, truth: Json) -> list[Answer]:
    """Return every question with its answer and the truth."""
    findings = Findings(case, truth)
    events = {event["id"]: event for event in build(case, registry())["events"]}
    questions = {asked: said["answer"] for asked, said in events[MAIN_EVENT]["questions"].items()}
    return [
        *_copies(findings),
        _each("first sighting of each picture", findings, _first_seen),
        _each("spread of each picture", findings, _spread),
        _each("posting bounds hold the time of each", findings, _bounds),
        *_told(findings, questions),
        *_not_yet(truth),
    ]


def _copies(findings: Findings) -> Iterator[Answer]:
    truth, groups = findings.truth, findings.group_of
    planted, missed = 0, []
    for group in truth["groups"]:
        home = groups.get(findings.digest[group["original"]])
        for key in group["linked"][1:]:
            planted += 1
            if home is None or groups.get(findings.digest[key]) != home:
                missed.append(key)
    yield Answer(
        "copies that a fingerprint can reach", f"{planted - len(missed)} linked",
        f"{planted} planted", None if not findings.of("media.image") else not missed,
        tuple(missed),
    )  # fmt: skip
    # Shots of one scene and shared overlays are links, too, but say of no two pictures that they
    # are one.
    links = {
        pair: value
        for pair, value in findings.of("match.link").items()
        if value["relation"] in ("identical", "copy")
    }
    # A link to a picture outside the event, or between pictures of different originals.
    false = [
        f"{a} {b}" for a, b in links
        if not findings.shows.get(a, {a}) & findings.shows.get(b, {b})
    ]  # fmt: skip
    yield Answer(
        "links between different pictures", f"{len(false)} of {len(links)} links", "0",
        None if not findings.of("media.image") else not false, tuple(false),
    )  # fmt: skip
    digests = findings.digest
    out = [copy for copy in truth["copies"] if not copy["reachable"]]
    found = sum(
        any(
            groups.get(findings.digest[key]) in findings.groups_of.get(digests[copy["key"]], ())
            for key in copy["of"]
        )
        for copy in out
    )
    yield Answer(
        "crops, collages, screenshots, tall banners", f"{found} linked", f"{len(out)} planted"
    )  # fmt: skip
    yield _scenes(findings)


def _scenes(findings: Findings) -> Answer:
    """Return which originals are linked as shots of one scene, and which wrongly so."""
    names = {digest: key for key, digest in findings.digest.items()}
    originals = {original["key"] for original in findings.truth["originals"]}
    true = {tuple(sorted((p["a"], p["b"]))) for p in findings.truth["same_scene"]}
    said = {
        tuple(sorted(names[digest] for digest in pair))
        for pair, value in findings.of("match.link").items()
        if value["relation"] in ("same_scene", "burst")
        and {names.get(d) for d in pair} <= originals
    }
    wrong = sorted(" ".join(pair) for pair in said - true)
    return Answer(
        "pictures of one scene",
        f"{len(said & true)} pairs linked, {len(wrong)} wrongly",
        f"{len(true)} pairs, many of them hardly overlapping",
        False if wrong else None, tuple(wrong),
    )  # fmt: skip


def _each(question: str, findings: Findings, judge: Judge) -> Answer:
    """Return the answer to a question that is asked of every original."""
    keys = [original["key"] for original in findings.truth["originals"]]
    verdicts = {key: judge(findings, key) for key in keys}
    if all(verdict is None for verdict in verdicts.values()):
        return Answer(question, NOT_YET, f"{len(keys)} pictures")
    wrong = tuple(key for key, verdict in verdicts.items() if not verdict)
    said = f"{len(keys) - len(wrong)} as it was"
    return Answer(question, said, f"{len(keys)} pictures", not wrong, wrong)


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def _holds(bounds: Json, t_ms: int) -> bool:
    first, last = bounds["earliest_ms"], bounds["latest_ms"]
    return first is not None and last is not None and first <= t_ms < last


def _name(account: str | None) -> str:
    """Return an account without the number that an export adds: ``Name (channel1)``."""
    return (account or "").rsplit(" (channel", 1)[0]


def _first_seen(findings: Findings, key: str) -> bool | None:
    found = findings.about("match.first_seen", key)
    if found is None:
        return None
    told = findings.posts(key)[0]
    who = (found["platform"], _name(found["account"]))
    when = found["not_seen_earlier_than"]
    return who == (told["platform"], told["account"]) and _holds(when, _ms(told["t"]))


def _spread(findings: Findings, key: str) -> bool | None:
    found = findings.about("match.spread", key)
    if found is None:
        return None
    said = {
        (account["platform"], _name(account["account"])): (
            account["sightings"], account["first"]["earliest_ms"],
        )
        for account in found["accounts"]
        # What a person entered was seen on no platform.
        if account["platform"] != DESK
    }  # fmt: skip
    told: dict[tuple[str, str], tuple[int, int]] = {}
    for post in findings.posts(key):
        count, first = told.get((post["platform"], post["account"]), (0, _ms(post["t"])))
        told[post["platform"], post["account"]] = (count + 1, first)
    return said == told


def _bounds(findings: Findings, key: str) -> bool | None:
    found = findings.of("whenwhere.exhibit_time").get((findings.digest[key],))
    if found is None:
        return None
    taken = next(o["t"] for o in findings.truth["originals"] if o["key"] == key)
    return found["bounds"] is not None and _holds(found["bounds"], _ms(taken))


def _told(findings: Findings, questions: dict[str, str]) -> Iterator[Answer]:
    """Yield answers that are shown beside the truth and judged by whoever reads them."""
    truth = findings.truth
    when, said = truth["when"], truth["said"]
    yield Answer("when", questions["when"], f"{when['taken'][0]} to {when['taken'][1]}")
    yield Answer("cameras' own times", _clocks(findings), _clocks_truth(truth))
    place = truth["place"]
    yield Answer(
        "where", questions["where"],
        f"{place['latitude']:.4f}, {place['longitude']:.4f};"
        f" {truth['names']['town'][0]} is an invented name",
    )  # fmt: skip
    yield Answer("positions in files", _positions(findings), _positions_truth(truth))
    yield Answer(
        "how many", questions["how_many"],
        f"{truth['persons']['in_all']} persons; {said['captives_claimed']} claimed",
    )  # fmt: skip
    yield Answer(
        "genuine", questions["genuine"], f"genuine; {said['doubted_by']} doubts it without a reason"
    )
    yield Answer("sources of the count", _roots(findings), "1: the second article cites the first")


def _clocks(findings: Findings) -> str:
    held = 0
    for original in findings.truth["originals"]:
        found = findings.of("whenwhere.exhibit_time").get((findings.digest[original["key"]],))
        likely = (found or {}).get("likely")
        held += likely is not None and _holds(likely, _ms(original["t"]))
    return f"the likely time holds the truth for {held}" if held else NOT_YET


def _clocks_truth(truth: Json) -> str:
    off = sorted({original["device"]["clock_off_s"] for original in truth["originals"]})
    return f"{len(truth['originals'])}; clocks are off by {' and '.join(f'{s:+} s' for s in off)}"


def _positions(findings: Findings) -> str:
    near = doubtful = 0
    found = findings.of("whenwhere.exhibit_place")
    if not found:
        return NOT_YET
    for original in findings.truth["originals"]:
        for clue in (found.get((findings.digest[original["key"]],)) or {}).get("clues", ()):
            camera = original["camera"]
            north = clue["lat_e7"] / 1e7 - camera["latitude"]
            east = (clue["lon_e7"] / 1e7 - camera["longitude"]) * cos(radians(camera["latitude"]))
            near += hypot(north, east) * METRES_PER_DEGREE < NEAR_M
            doubtful += bool(clue["detected"])
    return f"{near} within {NEAR_M} m of the camera, {doubtful} doubted"


def _positions_truth(truth: Json) -> str:
    fixes = [original["gps"] for original in truth["originals"] if original["gps"]]
    stale = sum(fix["stale"] for fix in fixes)
    return f"{len(fixes) - stale} right, {stale} stale"


def _roots(findings: Findings) -> str:
    counts = {c.id for c in View(findings.case).claims.values() if c.question == "count"}
    roots = {
        value["root"] for (claim,), value in findings.of("claims.root").items() if claim in counts
    }
    return f"{len(roots)} for {len(counts)} statements" if roots else NOT_YET


def _not_yet(truth: Json) -> Iterator[Answer]:
    """Yield the questions that no room answers yet."""
    scenes = truth["persons"]["scenes"]
    counts = ", ".join(f"{len(s['standing'])} + {len(s['sitting'])}" for s in scenes)
    campaign = truth["stream"]["campaign"]
    suns = [original["sun"]["elevation"] for original in truth["originals"]]
    yield Answer("persons standing + sitting", NOT_YET, counts)
    yield Answer(
        "time of day by the sun", NOT_YET, f"sun {min(suns):.0f} to {max(suns):.0f} degrees high"
    )
    yield Answer(
        "who pushed it, and how", NOT_YET,
        f"{len(campaign['accounts'])} accounts, {len(campaign['posts'])} posts under"
        f" #{campaign['tags'][0]}",
    )  # fmt: skip
