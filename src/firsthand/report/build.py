"""From a case to report.json: the record. Everything in it can be traced by ``show``."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable
from functools import cached_property

from firsthand import __version__
from firsthand.case import Case, View
from firsthand.case.custody.brackets import Bounds, bounds
from firsthand.model.canonical import Json
from firsthand.model.codec import to_json
from firsthand.model.nouns import Assessment, Claim, Exhibit, Run, Sighting, Written
from firsthand.model.values import Interval, to_rfc3339
from firsthand.model.vocabulary import Verdict
from firsthand.report import say
from firsthand.report.answers import ASKED, answer
from firsthand.report.copies import Copies, group_rows, media_facts
from firsthand.report.custody import covered_to, custody, recorded
from firsthand.report.known import Known
from firsthand.report.people import people
from firsthand.run import Analysis, Registry, Resolved, Settled
from firsthand.run.settle import by_target, deciding, settle_claim, settle_finding
from firsthand.words.dates import as_of_cutoff

FORMAT = "firsthand-report/1"

STATUS = {
    None: "as_found",
    Verdict.ACCEPT: "accepted",
    Verdict.CORRECT: "corrected",
    Verdict.REJECT: "rejected",
    Verdict.SPLIT: "corrected",
    Verdict.MERGE: "corrected",
}


def build(case: Case, registry: Registry, *, as_of: str | None = None) -> Json:
    """Return the report of a case; ``as_of``: what had been published by that UTC day.

    Runs that the ledger does not hold are executed and shown as not recorded. The result depends
    on the ledger and the date alone, but for ``built_at``.
    """
    view = View(case, None if as_of is None else as_of_cutoff(as_of))
    resolved = Analysis(view, registry, record=False).run()
    return Builder(view, resolved, as_of).report()


class Builder:
    """Puts a report together from a view and what its methods found."""

    def __init__(self, view: View, resolved: Resolved, as_of: str | None) -> None:
        self.view = view
        self.case = view.case
        self.resolved = resolved
        self.as_of = as_of
        self.acts = by_target(view.assessments)

    def report(self) -> Json:
        """Return the whole report."""
        checkpoint = self.case.log.checkpoint()
        info = self.case.info
        return {
            "format": FORMAT,
            "tool": f"firsthand {__version__}",
            "case": {
                "title": info.title if info else None,
                "origin": self.case.origin,
                "vkey": self.case.vkey,
            },
            "as_of": self.as_of,
            "built_at": to_rfc3339(time.time_ns() // 1_000_000_000 * 1000),
            "ledger": {
                "size": checkpoint.size,
                "root": checkpoint.root.hex(),
                "covered_to": covered_to(self.bounds),
                "withheld": [
                    {
                        "entry": item["entry"],
                        "type": item["type"],
                        "fields": "*" if item["withheld"] == "*" else int(item["withheld"]),
                    }
                    for item in self.case.catalog.withheld()
                ],
            },
            "events": self._events(),
            "exhibits": [self._exhibit(e) for e in self.view.exhibits.values()],
            "sightings": self._sightings(),
            "actors": self._plain("actor", ("party", "interest", "part_of", "aliases")),
            "groups": group_rows(self.settled, self.view.sightings),
            "claims": [row for claim in self.view.claims.values() for row in self._claims(claim)],
            "runs": sorted(
                (self._run(run, recorded) for run, recorded in self.resolved.runs),
                key=lambda run: (run["method"], run["unit"]),
            ),
            "findings": sorted(map(self._finding, self.resolved.findings), key=lambda f: f["key"]),
            "assessments": [self._assessment(act) for act in self.view.assessments],
            "gaps": self._plain("gap", ("mentioned_in", "ref")),
            "outcomes": self._outcomes(),
            "lineage": self._lineage(),
            **people(self.view),
            "custody": custody(self.view, self.bounds),
        }

    @cached_property
    def bounds(self) -> Bounds:
        """What others' times say of when entries were recorded."""
        return bounds(self.case)

    def _events(self) -> list[Json]:
        return [
            {
                "id": event.id,
                "label": event.label,
                "when": _written(event.when),
                "places": list(event.places),
                "part_of": event.part_of,
                "questions": {asked: answer(asked, self._known(event.id)) for asked in ASKED},
            }
            for event in self.view.events.values()
        ]

    def _known(self, event: str) -> Known:
        return Known(
            self.view.events[event],
            self.view.events,
            self.view.actors,
            self.standing,
            self.view.sightings,
            self.settled,
        )

    @cached_property
    def settled(self) -> dict[tuple[str, tuple[str, ...]], Settled]:
        """Findings that stand, by kind and subjects."""
        found = {}
        for finding in self.resolved.findings:
            act = deciding(self.acts.get(finding["key"], ()), finding["value"])
            settled = settle_finding(finding, act)
            if settled is not None:
                found[(settled.kind, settled.subjects)] = settled
        return found

    def _entry(self, kind: str, noun_id: str) -> int:
        noun = self.case.catalog.noun(kind, noun_id)
        assert noun is not None
        return noun.entry

    def _exhibit(self, exhibit: Exhibit) -> Json:
        return {
            "id": exhibit.id,
            "size": exhibit.size,
            "media_type": exhibit.media_type,
            "derived_from": exhibit.derived_from,
            "derivation": exhibit.derivation,
            "entry": (entry := self._entry("exhibit", exhibit.id)),
            "recorded": recorded(self.bounds, entry),
            **media_facts(self.settled, exhibit.id, self._groups),
        }

    @cached_property
    def _groups(self) -> dict[str, str]:
        return Copies(self.settled).of_exhibits()

    def _sightings(self) -> list[Json]:
        places = self.case.catalog.sighting_places()
        return [_sighting(each, *places[each.id]) for each in self.view.sightings.values()]

    @cached_property
    def standing(self) -> dict[str, Claim]:
        """Claims as people's acts leave them, by id; a split one is there as its parts."""
        found = {}
        for claim in self.view.claims.values():
            act = deciding(self.acts.get(claim.id, ()), claim.value)
            found.update({part.id: part for part in settle_claim(claim, act)})
        return found

    def _claims(self, claim: Claim) -> list[Json]:
        """Return a claim as it stands: itself, its parts, or itself marked as rejected."""
        act = deciding(self.acts.get(claim.id, ()), claim.value)
        return [self._claim(claim, part, act) for part in settle_claim(claim, act) or [claim]]

    def _claim(self, claim: Claim, shown: Claim, act: Assessment | None) -> Json:
        data = to_json(claim)
        return {
            "id": shown.id,
            "label": shown.label,
            "question": str(claim.question),
            "event": claim.event,
            "value": shown.value,
            "text": say.value(claim.question, shown.value, self.view.actors),
            "polarity": str(claim.polarity),
            "hedge": str(claim.hedge),
            "cue": claim.cue,
            "attribution": str(claim.attribution),
            "source_chain": list(claim.source_chain),
            "exhibit": claim.exhibit,
            "span": [claim.span.start, claim.span.end],
            "quote": claim.quote,
            "basis": data.get("basis"),
            "importance": str(claim.importance),
            "sighting": claim.sighting,
            "published": self._published(claim),
            "links": [
                {"rel": str(link.rel), "claim": link.claim, "why": link.why} for link in claim.links
            ],
            "entry": self._entry("claim", claim.id),
            "status": "as_entered" if act is None else STATUS[Verdict(act.verdict)],
        }

    def _published(self, claim: Claim) -> Json:
        if claim.sighting is not None:
            carrier = self.view.sightings.get(claim.sighting)
            return _written(carrier.published if carrier else None)
        carriers = self.view.published_texts.get(claim.exhibit, [])
        dated = [s.published for s in carriers if s.published is not None]
        return _written(min(dated, key=_start, default=None))

    def _run(self, run: Run, recorded: bool) -> Json:
        return {
            "id": run.id,
            "method": run.method,
            "version": run.version,
            "params": run.params,
            "unit": run.unit,
            "inputs": len(run.inputs),
            "status": run.status,
            "recorded": recorded,
            "entry": self._entry("run", run.id) if recorded else None,
        }

    def _finding(self, finding: Json) -> Json:
        acts = self.acts.get(finding["key"], [])
        act = deciding(acts, finding["value"])
        return {
            **{key: finding[key] for key in ("id", "key", "kind", "subjects", "value", "run")},
            "status": STATUS[Verdict(act.verdict) if act else None],
            "judged_on_older": bool(acts) and act is None,
        }

    def _assessment(self, act: object) -> Json:
        data = to_json(act)
        entry = self._entry("assessment", data["id"])
        kept = {
            key: data[key] for key in ("id", "target", "verdict", "why", "value") if key in data
        }
        return {**kept, "by": self.view.by(entry), "entry": entry}

    def _plain(self, kind: str, optional: Iterable[str]) -> list[Json]:
        """Return nouns of a kind as they are, with the fields that may be missing as null."""
        defaults = {"party": False, "aliases": []}
        return [
            {key: defaults.get(key) for key in optional} | noun.data | {"entry": noun.entry}
            for noun in self.case.catalog.nouns(kind)
        ]

    def _outcomes(self) -> Json:
        counts = dict.fromkeys(("done", "already", "failed", "quarantined"), 0)
        not_done = []
        for outcome in self.case.catalog.outcomes():
            counts[outcome["status"]] = counts.get(outcome["status"], 0) + 1
            if outcome["status"] in ("failed", "quarantined"):
                not_done.append({key: outcome[key] for key in ("item", "status", "reason")})
        return {**counts, "not_done": not_done}

    def _lineage(self) -> Json:
        """Return who passes on whose words: an edge for each step of a chain or citation."""
        edges: dict[tuple[str, str], set[str]] = {}
        dates: dict[str, Json] = {}
        for claim in self.view.claims.values():
            chain = [name for name in claim.source_chain if name != "unattributed"]
            if not chain:
                continue
            published = self._published(claim)
            if published and (chain[0] not in dates or _earlier(published, dates[chain[0]])):
                dates[chain[0]] = published
            for outer, inner in itertools.pairwise(chain):
                edges.setdefault((outer, inner), set()).add(claim.id)
            for link in claim.links:
                cited = self.view.claims.get(link.claim)
                if link.rel in ("cites", "copies") and cited and cited.source_chain:
                    pair = (chain[0], cited.source_chain[0])
                    if pair[0] != pair[1] and pair[1] not in chain:
                        edges.setdefault(pair, set()).add(claim.id)
        names = sorted({name for pair in edges for name in pair})
        return {
            "nodes": [
                {
                    "id": name,
                    "label": say.name(name, self.view.actors),
                    "published": dates.get(name),
                    "kind": "actor",
                }
                for name in names
            ],
            "edges": [
                {"from": outer, "to": inner, "claims": sorted(ids)}
                for (outer, inner), ids in sorted(edges.items())
            ],
        }


def _start(written: Written) -> tuple[bool, int]:
    start = written.bounds.start_ms
    return start is None, start or 0


def _earlier(one: Json, other: Json) -> bool:
    return bool(one["earliest"] and (not other["earliest"] or one["earliest"] < other["earliest"]))


def _written(written: Written | None) -> Json:
    if written is None:
        return None
    bounds: Interval = written.bounds
    return {"text": written.text, **bounds.to_json()}


def _sighting(sighting: Sighting, entry: int, address: str) -> Json:
    return {
        "id": sighting.id,
        "platform": sighting.platform,
        "ref": sighting.ref,
        "url": sighting.url,
        "account": sighting.account,
        "published": _written(sighting.published),
        "title": sighting.title,
        "exhibits": list(sighting.exhibits),
        "text": sighting.text,
        "shows": list(sighting.shows),
        "known_through": sighting.known_through,
        "remark": sighting.remark,
        "entry": entry,
        "address": address,
    }
