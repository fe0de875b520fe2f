"""When two values of one question are the same, and when both cannot be true.

A narrower answer is not a contradiction of a wider one: 30-45 and 45 agree at 45; a town lies in
its province.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from firsthand.globe.gazetteer import contains_name
from firsthand.model.canonical import Json, dumps
from firsthand.model.folding import fold
from firsthand.model.values import Interval
from firsthand.model.vocabulary import Question
from firsthand.words.dates import written_time

# The keys that make an answer what it is; others (scope texts, candidates) only describe it.
CORE: Mapping[Question, tuple[str, ...]] = {
    Question.ACT: ("act", "result"),
    Question.METHOD: ("stage", "means"),
    Question.WHEN: ("edtf", "relation", "anchor"),
    Question.WHERE: ("place", "level"),
    Question.VICTIM_STATUS: ("status",),
    Question.PERPETRATOR: ("actor",),
    Question.COUNT: ("kind", "min", "max", "scope"),
    Question.MOTIVE: ("motive",),
    Question.AUTHENTICITY: ("genuine",),
    Question.PROVENANCE: ("platform", "role", "first_publisher", "tag"),
}

FIGHTING = frozenset({"combatant", "captured_combatant", "combatant_disguised"})
CIVILIAN = frozenset({"civilian"})


def position_key(question: Question, value: Json) -> str:
    """Return what groups equal answers to a question."""
    if not isinstance(value, dict):
        return dumps(value).decode()
    return dumps(folded(core(question, value))).decode()


def core(question: Question, value: dict[str, Json]) -> dict[str, Json]:
    """Return the part of a value that makes the answer what it is."""
    keys = CORE.get(question, tuple(sorted(value)))
    if question == Question.PROVENANCE and not value.get("platform"):
        keys = (*keys, "publisher")  # where no platform is named, who published tells them apart
    return {key: value[key] for key in keys if value.get(key) is not None}


def folded(value: Json) -> Json:
    """Return a value with its texts folded, so that spelling and script marks do not matter."""
    if isinstance(value, str):
        return fold(value)
    if isinstance(value, list):
        return [folded(item) for item in value]
    if isinstance(value, dict):
        return {key: folded(item) for key, item in value.items()}
    return value


def incompatible(question: Question, a: Json, b: Json) -> str | None:
    """Say why two answers cannot both be true; None when they can, or when nobody can tell."""
    rule = RULES.get(question)
    if rule is None or not isinstance(a, dict) or not isinstance(b, dict):
        return None
    return rule(a, b)


def _when(a: Json, b: Json) -> str | None:
    first, second = time_of(a), time_of(b)
    if first is None or second is None or first.intersect(second) is not None:
        return None
    return "the times do not overlap"


def time_of(value: Json) -> Interval | None:
    """Return the UTC interval that a ``when`` value gives, or None when it gives none."""
    written = written_time(str(value.get("edtf") or "unknown"))
    if written is not None and (written.bounds.start_ms, written.bounds.end_ms) != (None, None):
        return written.bounds
    sides = [written_time(str(value[k])) if value.get(k) else None for k in ("earliest", "latest")]
    start = sides[0].bounds.start_ms if sides[0] else None
    end = sides[1].bounds.end_ms if sides[1] else None
    return None if start is None and end is None else Interval(start, end)


def _where(a: Json, b: Json) -> str | None:
    places = str(a.get("place") or ""), str(b.get("place") or "")
    if not all(places):
        return None
    if contains_name(*places) is False and contains_name(*reversed(places)) is False:
        return "one place does not lie in the other"
    return None


def _count(a: Json, b: Json) -> str | None:
    if a.get("kind") != b.get("kind") or folded(a.get("scope")) != folded(b.get("scope")):
        return None
    lows, highs = (a.get("min"), b.get("min")), (a.get("max"), b.get("max"))
    for low, high in zip(lows, reversed(highs), strict=True):
        if low is not None and high is not None and low > high:
            return "the ranges do not overlap"
    return None


def _victims(a: Json, b: Json) -> str | None:
    first, second = _statuses(a), _statuses(b)
    if (first <= CIVILIAN and second & FIGHTING) or (second <= CIVILIAN and first & FIGHTING):
        return "civilians against members of forces"
    return None


def _statuses(value: Json) -> frozenset[str]:
    status = value.get("status")
    return frozenset(status if isinstance(status, list) else [status])


def _authentic(a: Json, b: Json) -> str | None:
    return (
        "genuine against not genuine"
        if {a.get("genuine"), b.get("genuine")}
        == {
            True,
            False,
        }
        else None
    )


def _provenance(a: Json, b: Json) -> str | None:
    if not (_first(a) and _first(b)):
        return None
    for key in ("platform", "first_publisher"):
        first, second = a.get(key), b.get(key)
        if first and second and fold(str(first)) != fold(str(second)):
            # In one order, so that one disagreement between many sources reads as one.
            return "first on {} against first on {}".format(*sorted((str(first), str(second))))
    return None


def _first(value: Json) -> bool:
    """Tell whether a value is about where something appeared first."""
    return "first" in fold(str(value.get("role") or "")) or bool(value.get("first_publisher"))


def _perpetrator(a: Json, b: Json) -> str | None:
    first, second = a.get("actor"), b.get("actor")
    return f"{first} against {second}" if first and second and first != second else None


RULES: Mapping[Question, Callable[[Json, Json], str | None]] = {
    Question.WHEN: _when,
    Question.WHERE: _where,
    Question.COUNT: _count,
    Question.VICTIM_STATUS: _victims,
    Question.AUTHENTICITY: _authentic,
    Question.PROVENANCE: _provenance,
    Question.PERPETRATOR: _perpetrator,
}
