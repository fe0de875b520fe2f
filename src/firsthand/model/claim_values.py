"""What the value of a claim may be, by its question. Vocabularies grow by plug-in, not silently."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput
from firsthand.model.vocabulary import Question

ACTS = (
    "killing",
    "execution",
    "mass_execution",
    "abduction",
    "detention",
    "torture",
    "mutilation",
    "burial",
    "attack",
    "war_crimes",
    "other",
)
STAGES = ("capture", "transport", "restraint", "killing", "burial", "filming", "other")
STATUSES = (
    "civilian",
    "combatant",
    "captured",
    "captured_combatant",
    "combatant_disguised",
    "civilian_clothes",
    "uniform",
    "surrendered",
    "bound",
    "hors_de_combat",
    "disputed",
    "unknown",
)
MOTIVES = (
    "revenge",
    "retreat",
    "punishment",
    "deterrence",
    "sectarian",
    "execution_of_sentence",
    "other",
    "unknown",
)
PLATFORMS = (
    "twitter",
    "telegram",
    "facebook",
    "instagram",
    "youtube",
    "tiktok",
    "website",
    "other",
)
LEVELS = ("country", "admin1", "admin2", "place", "site")
COUNTED = ("killed", "missing", "injured", "captured", "bodies", "pictured")

Check = Callable[[Json, str], None]


def _is(kind: type, words: str) -> Check:
    def check(value: Json, where: str) -> None:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise BadInput("claim value is not usable", why=f"{where} is not {words}")

    return check


def _one_of(known: tuple[str, ...]) -> Check:
    def check(value: Json, where: str) -> None:
        if value not in known:
            raise BadInput(
                "claim value is not usable",
                why=f"{where} {value!r} is not known",
                hint=f"one of: {', '.join(known)}",
            )

    return check


def _or_none(check: Check) -> Check:
    def either(value: Json, where: str) -> None:
        if value is not None:
            check(value, where)

    return either


def _each(check: Check) -> Check:
    def every(value: Json, where: str) -> None:
        if not isinstance(value, list):
            raise BadInput("claim value is not usable", why=f"{where} is not a list")
        for item in value:
            check(item, where)

    return every


_text = _is(str, "text")
_flag = _is(bool, "true or false")


def _number(value: Json, where: str) -> None:
    _is(int, "a whole number")(value, where)
    if value < 0:
        raise BadInput("claim value is not usable", why=f"{where} is negative")


def _place(value: Json, where: str) -> None:
    if not isinstance(value, str | dict):
        raise BadInput("claim value is not usable", why=f"{where} is not a place")


SCOPE: Mapping[str, Check] = {
    "places": _each(_text),
    "from": _or_none(_text),
    "to": _or_none(_text),
    "victims": _or_none(_text),
    "text": _text,
}


def _scope(value: Json, where: str) -> None:
    if isinstance(value, str):
        return
    if not isinstance(value, dict):
        raise BadInput("claim value is not usable", why=f"{where} is neither text nor an object")
    _fields(value, SCOPE, (), where)


_ANYWHERE: Mapping[str, Check] = {
    "role": _or_none(_text),
    "content": _or_none(_text),
    "text": _or_none(_text),
    "scope": _or_none(_scope),
}

SHAPES: Mapping[Question, tuple[Mapping[str, Check], tuple[str, ...]]] = {
    Question.ACT: (
        {"act": _one_of(ACTS), "victim": _or_none(_text), "result": _or_none(_text)},
        ("act",),
    ),
    Question.METHOD: (
        {
            "stage": _one_of(STAGES),
            "means": _or_none(_text),
            "range": _or_none(_text),
        },
        ("stage",),
    ),
    Question.WHEN: (
        {
            "edtf": _text,
            "earliest": _or_none(_text),
            "latest": _or_none(_text),
            "relation": _or_none(_text),
            "anchor": _or_none(_text),
        },
        ("edtf",),
    ),
    Question.WHERE: (
        {
            "place": _or_none(_text),
            "level": _or_none(_one_of(LEVELS)),
            "country": _or_none(_text),
            "candidates": _each(_place),
        },
        ("place",),
    ),
    Question.VICTIM_STATUS: (
        {
            "status": _one_of(STATUSES),
            "options": _each(_one_of(STATUSES)),
            "nationality": _or_none(_text),
        },
        ("status",),
    ),
    Question.PERPETRATOR: ({"actor": _or_none(_text)}, ("actor",)),
    Question.COUNT: (
        {
            "min": _or_none(_number),
            "max": _or_none(_number),
            "approx": _or_none(_flag),
            "kind": _one_of(COUNTED),
        },
        ("kind",),
    ),
    Question.MOTIVE: ({"motive": _one_of(MOTIVES), "for": _or_none(_text)}, ("motive",)),
    Question.AUTHENTICITY: ({"genuine": _or_none(_flag)}, ("genuine",)),
    Question.PROVENANCE: (
        {
            "publisher": _or_none(_text),
            "first_publisher": _or_none(_text),
            "platform": _or_none(_one_of(PLATFORMS)),
            "tag": _or_none(_text),
        },
        (),
    ),
    Question.CONTEXT: ({}, ()),
}
"""For each question the fields of its value and those that must be there."""


def check_value(question: Question, value: Json) -> None:
    """Check the value of a claim against the closed vocabulary of its question.

    ``role``, ``content``, ``text`` and ``scope`` may stand in every value; any other field that a
    question does not know is refused.

    Raises
    ------
    BadInput
        Naming the field and the values that are known.

    >>> check_value(Question.COUNT, {"min": 160, "max": 190, "kind": "killed"})
    >>> check_value(Question.ACT, {"act": "murder"})
    Traceback (most recent call last):
    ...
    firsthand.model.errors.BadInput: claim value is not usable: act 'murder' is not known
    """
    if not isinstance(value, dict):
        raise BadInput("claim value is not usable", why="it is not an object")
    if not value:
        raise BadInput("claim value is not usable", why="it is empty")
    shape, needed = SHAPES[question]
    _fields(value, {**_ANYWHERE, **shape}, needed, "")
    if question is Question.COUNT:
        low, high = value.get("min"), value.get("max")
        if low is not None and high is not None and low > high:
            raise BadInput("claim value is not usable", why=f"min {low} is above max {high}")


def _fields(value: Json, shape: Mapping[str, Check], needed: tuple[str, ...], inside: str) -> None:
    for name in needed:
        if name not in value:
            raise BadInput("claim value is not usable", why=f"{name} is missing")
    for name, item in value.items():
        check = shape.get(name)
        if check is None:
            raise BadInput(
                "claim value is not usable",
                why=f"{inside + '.' if inside else ''}{name} is not known",
                hint=f"known: {', '.join(sorted(shape))}",
            )
        check(item, f"{inside}.{name}" if inside else name)
