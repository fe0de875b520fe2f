"""The eight questions of an event, answered from settled findings; nothing is computed anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from firsthand.model.canonical import Json
from firsthand.model.vocabulary import Question
from firsthand.report import (
    first_seen_answer,
    place_answer,
    say,
    time_answer,
    toll_answer,
)
from firsthand.report.known import Known

ASKED: Mapping[str, tuple[Question, ...]] = {
    "what": (Question.ACT, Question.METHOD),
    "when": (Question.WHEN,),
    "where": (Question.WHERE,),
    "who": (Question.VICTIM_STATUS, Question.PERPETRATOR),
    "how_many": (Question.COUNT,),
    "why": (Question.MOTIVE,),
    "genuine": (Question.AUTHENTICITY,),
    "first_seen": (Question.PROVENANCE,),
}
"""What a report asks, and the questions of claims that bear on it."""

NOT_CHECKED: Mapping[str, str] = {
    "what": "legal elements are not related to the claims yet",
    "when": "sun, shadow and camera clocks were not used",
    "where": "the pictures were not compared with maps or satellite imagery by firsthand",
    "who": "no person was identified",
    "how_many": "no scene was counted and no victim lists were used",
    "why": "a stated motive is the speaker's word",
    "genuine": "no file was examined: only what sources say is shown",
    "first_seen": "the platforms themselves were not searched: what was seen earlier is not known",
}


def answer(asked: str, known: Known) -> Json:
    """Return one question of report.json."""
    questions = ASKED[asked]
    found = [(q, v) for q in questions if (v := known.value("claims.position", known.event.id, q))]
    positions = [_position(q, p, known) for q, v in found for p in v["positions"]]
    contradictions = [c for _, v in found for c in v["contradictions"]]
    roots: dict[str, list[str]] = {}
    for _, value in found:
        for root, ids in value["roots"].items():
            roots.setdefault(root, []).extend(ids)
    speakers = {actor for position in positions for actor in position["by"]}
    result: Json = {
        "answer": "not yet",
        "status": _status(positions, contradictions),
        "estimate": None,
        "positions": positions,
        "contradictions": contradictions,
        "roots": {root: sorted(ids) for root, ids in sorted(roots.items())},
        "independent": [len(roots), len(speakers)] if roots else [0, 0],
        "flags": [],
        "not_checked": [NOT_CHECKED[asked]],
        "support": sorted({i for p in positions for i in p["claims"]})
        + [i for q in questions for i in known.ids("claims.position", known.event.id, q)],
    }
    if positions:
        result["answer"] = _spoken(positions, contradictions, known)
    if asked in FILLED:
        FILLED[asked](result, known)
    return result


def _position(question: Question, position: Json, known: Known) -> Json:
    text = say.value(question, position["value"], known.actors)
    if position["polarity"] == "denies":
        text = f"not: {text}"
    return {**position, "text": text, "question": str(question)}


def _status(positions: list[Json], contradictions: list[Json]) -> str:
    if not positions:
        return "not_yet"
    if contradictions:
        return "disputed"
    unsure = all(p["polarity"] == "open" or p["hedge"] == "open" for p in positions)
    return "open" if unsure else "answered"


def speakers(position: Json, known: Known) -> str:
    """Return who says a position, or that nobody is named."""
    return "; ".join(known.name(actor) for actor in position["by"]) or "no source named"


def _spoken(positions: list[Json], contradictions: list[Json], known: Known) -> str:
    parts = [f"{p['text']}, {say.HEDGES[p['hedge']]} by {speakers(p, known)}" for p in positions]
    text = ". ".join(part[0].upper() + part[1:] for part in parts) + "."
    if contradictions:
        text = "Disputed (" + "; ".join(sorted({c["what"] for c in contradictions})) + "). " + text
    return text


FILLED: Mapping[str, Callable[[Json, Known], None]] = {
    "how_many": toll_answer.fill,
    "when": time_answer.fill,
    "where": place_answer.fill,
    "first_seen": first_seen_answer.fill,
}
