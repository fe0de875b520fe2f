"""The public report: answers as closed words, numbers, times and areas; who and what stay in.

Made field by field from the whole report: what is not named here is not in it. Claims and events
are given as the indices of their ledger entries, whose salted roots the log commits to, so that
whoever gets to see them later can tell that they were there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from firsthand import __version__
from firsthand.case import Case
from firsthand.model.canonical import Json
from firsthand.model.claim_values import COUNTED, PLATFORMS
from firsthand.model.vocabulary import ActorType, Hedge, Polarity, Question
from firsthand.report.answers import ASKED, NOT_CHECKED
from firsthand.report.bundle.public_values import estimate_of, figure_of, one_of, value_of

FORMAT = "firsthand-public-report/1"
STATUSES = ("answered", "open", "disputed", "not_yet")
MEDIA = ("image", "video", "audio", "text", "application")
OTHER = "other"


@dataclass(slots=True)
class Numbers:
    """Gives things numbers in the order in which they come up; the numbers tell nothing of them."""

    known: dict[str, int] = field(default_factory=dict)

    def of(self, name: str) -> int:
        """Return the number of a thing."""
        return self.known.setdefault(name, len(self.known) + 1)


class Public:
    """Makes the public report from the whole one."""

    def __init__(self, case: Case, report: Json) -> None:
        self.case = case
        self.report = report
        self.sources = Numbers()
        self.events = Numbers()
        self.claims = {each["id"]: each["entry"] for each in report["claims"]}
        self.actors = {each["id"]: each for each in report["actors"]}
        for event in report["events"]:
            self.events.of(event["id"])

    def made(self, released: Json) -> Json:
        """Return the public report; ``released`` is what people let out."""
        ledger = self.report["ledger"]
        events = [self._event(each) for each in self.report["events"]]
        return {
            "format": FORMAT,
            "tool": f"firsthand {__version__}",
            "case": {"origin": self.case.origin, "vkey": self.case.vkey},
            "as_of": self.report["as_of"],
            "ledger": {"size": self.case.log.size(), "root": ledger["root"]},
            "counts": self._counts(),
            "events": events,
            "sources": [
                {"source": number, "type": self._type(name), "party": self._party(name)}
                for name, number in self.sources.known.items()
            ],
            "released": released,
        }

    def _type(self, name: str) -> str:
        kind = self.actors.get(name, {}).get("type")
        return str(kind) if kind in tuple(ActorType) else OTHER

    def _party(self, name: str) -> bool:
        return self.actors.get(name, {}).get("party") is True

    def _counts(self) -> Json:
        report = self.report
        kinds = Counter(_word(e["media_type"].partition("/")[0], MEDIA) for e in report["exhibits"])
        places = Counter(_word(s["platform"], PLATFORMS) for s in report["sightings"])
        return {
            "exhibits": dict(sorted(kinds.items())),
            "sightings": dict(sorted(places.items())),
            "claims": len(report["claims"]),
            "actors": len(report["actors"]),
            "groups_of_copies": len(report["groups"]),
            "gaps": len(report["gaps"]),
            "not_taken_in": sum(int(report["outcomes"][n]) for n in ("failed", "quarantined")),
        }

    def _event(self, event: Json) -> Json:
        noun = self.case.catalog.noun("event", event["id"])
        above = event["part_of"]
        return {
            "event": self.events.of(event["id"]),
            "entry": noun.entry if noun else None,
            "part_of": self.events.known.get(above) if above else None,
            "questions": {
                asked: self._question(asked, event["questions"][asked]) for asked in ASKED
            },
        }

    def _question(self, asked: str, question: Json) -> Json:
        found = [self._position(each) for each in question["positions"]]
        made = {
            "status": _word(question["status"], STATUSES),
            "estimate": estimate_of(question["estimate"]),
            "positions": [each for each in found if each is not None],
            "contradictions": [
                [self._entries(side) for side in each["claims"]]
                for each in question["contradictions"]
            ],
            "independent": [int(number) for number in question["independent"]],
            "flags": len(question["flags"]),
            "not_checked": NOT_CHECKED[asked],
        }
        if asked == "how_many":
            groups = [self._toll(group) for group in question.get("groups", ())]
            made["groups"] = [group for group in groups if group is not None]
        return made

    def _position(self, position: Json) -> Json:
        question = position["question"]
        if question not in tuple(Question):
            return None
        return {
            "question": question,
            "polarity": _word(position["polarity"], tuple(Polarity)),
            "hedge": _word(position["hedge"], tuple(Hedge)),
            "value": value_of(question, position["value"]),
            "by": [self.sources.of(name) for name in position["by"]],
            "roots": len(position["roots"]),
            "claims": self._entries(position["claims"]),
        }

    def _toll(self, group: Json) -> Json:
        if group.get("counted") not in COUNTED:
            return None
        documented = group.get("documented")
        return {
            "counted": group["counted"],
            "documented": figure_of(documented) if documented else None,
            "claimed": [
                figure_of(each) | {"claims": self._entries(each["ids"])}
                for each in group.get("claimed", ())
            ],
            "roots": len(group.get("roots", ())),
        }

    def _entries(self, claims: Iterable[str]) -> list[int]:
        """Return the ledger entries of claims; a part of a split one has that of the whole."""
        return sorted({self.claims[name] for name in claims if name in self.claims})


def _word(value: object, known: tuple[str, ...]) -> str:
    return str(value) if one_of(known)(value) else OTHER


def type_of(data: bytes) -> Mapping[str, str]:
    """Return media type and ending of a stripped copy, by its first bytes."""
    png = data.startswith(b"\x89PNG")
    return {"type": "image/png" if png else "image/jpeg", "ending": "png" if png else "jpg"}
