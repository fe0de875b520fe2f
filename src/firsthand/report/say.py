"""Values of claims in plain words, for people; the record keeps the values themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from firsthand.model.canonical import Json, dumps
from firsthand.model.nouns import Actor
from firsthand.model.values import DAY_MS
from firsthand.model.vocabulary import Question

Names = Mapping[str, Actor]

PLATFORMS = {
    "twitter": "Twitter",
    "telegram": "Telegram",
    "facebook": "Facebook",
    "instagram": "Instagram",
    "youtube": "YouTube",
    "tiktok": "TikTok",
    "website": "a website",
}

HEDGES = {
    "confirmed": "confirmed",
    "asserted": "asserted",
    "probable": "said to be probable",
    "possible": "said to be possible",
    "open": "left open",
}


def name(actor: str, actors: Names) -> str:
    """Return the name of an actor, with its side when it is a party to the conflict."""
    known = actors.get(actor)
    if known is None:
        return actor
    return f"{known.name} (party to the conflict)" if known.party else known.name


def words(term: object) -> str:
    """Return a term of a closed vocabulary in plain words.

    >>> words(["civilian_clothes", "bound"])
    'civilian clothes, bound'
    """
    if isinstance(term, list):
        return ", ".join(words(item) for item in term)
    return str(term).replace("_", " ")


def figure(low: int | None, high: int | None) -> str:
    """Return a count range in words.

    >>> figure(160, 190), figure(100, None), figure(None, 5), figure(1700, 1700)
    ('160-190', 'at least 100', 'at most 5', '1,700')
    """
    if low is None and high is None:
        return "no number"
    if low is None:
        return f"at most {high:,}"
    if high is None:
        return f"at least {low:,}"
    return f"{low:,}" if low == high else f"{low:,}-{high:,}"


def day(t_ms: int) -> str:
    """Return a UTC day as people write it.

    >>> day(1402704000000)
    '14 June 2014'
    """
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=t_ms)
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


# Not strftime: the words must not depend on the locale of the machine.
MONTHS = (
    "January February March April May June July August September October November December".split()
)


def moment(t_ms: int, *, last: bool = False) -> str:
    """Return a UTC time: a bare day when it is midnight. ``last``: of an exclusive end."""
    if t_ms % DAY_MS == 0:
        return day(t_ms - DAY_MS if last else t_ms)
    when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=t_ms)
    return f"{day(t_ms)} {when:%H:%M} UTC"


def value(question: str, data: Json, actors: Names) -> str:
    """Return what a value of a question says."""
    rule = RULES.get(question)
    if rule is None or not isinstance(data, dict):
        return data if isinstance(data, str) else dumps(data).decode()
    return rule(data, actors)


def _act(data: Json, _: Names) -> str:
    parts = [words(data.get("act", "other"))]
    parts += [f"of {words(data['victim'])}"] if data.get("victim") else []
    parts += [f"({words(data['result'])})"] if data.get("result") else []
    scope = _scope(data["scope"]) if data.get("scope") else ""
    parts += [f"[{scope}]"] if scope else []
    return " ".join(parts)


def _method(data: Json, _: Names) -> str:
    parts = [words(data.get("stage", "other"))]
    parts += [words(data["means"])] if data.get("means") else []
    return ": ".join(parts)


def _when(data: Json, _: Names) -> str:
    if data.get("relation") == "time_of_day":
        return f"at {str(data.get('anchor')).replace('/', '-')} (local time of day)"
    if data.get("relation") and data.get("anchor"):
        return f"{words(data['relation'])} {words(data['anchor'])}"
    edtf = data.get("edtf")
    if edtf in (None, "unknown"):
        return "date not known"
    return str(edtf).replace("/", " to ")


def _where(data: Json, _: Names) -> str:
    place = data.get("place")
    return f"{place} ({words(data.get('level', 'place'))})" if place else "not located"


def _victims(data: Json, _: Names) -> str:
    parts = [words(data.get("status") or data.get("options") or "unknown")]
    parts += [f"({data['nationality']})"] if data.get("nationality") else []
    return " ".join(parts)


def _perpetrator(data: Json, actors: Names) -> str:
    return name(str(data.get("actor")), actors)


def _count(data: Json, _: Names) -> str:
    about = "about " if data.get("approx") else ""
    text = f"{about}{figure(data.get('min'), data.get('max'))} {words(data.get('kind', ''))}"
    scope = _scope(data["scope"]) if data.get("scope") else ""
    return f"{text} ({scope})" if scope else text


def _scope(scope: Json) -> str:
    if isinstance(scope, str):
        return scope
    if scope.get("text"):
        return str(scope["text"])
    return ", ".join([*scope.get("places", []), *filter(None, [scope.get("victims")])])


def _motive(data: Json, _: Names) -> str:
    text = words(data.get("motive", "unknown"))
    return f"{text} for {words(data['for'])}" if data.get("for") else text


def _authentic(data: Json, _: Names) -> str:
    return {True: "genuine", False: "not genuine"}.get(data.get("genuine"), "not established")


def _provenance(data: Json, actors: Names) -> str:
    parts = []
    if data.get("platform"):
        platform = str(data["platform"])
        parts.append(PLATFORMS.get(platform, words(platform)))
    for key, text in (
        ("publisher", "published by {}"),
        ("first_publisher", "first published by {}"),
    ):
        if data.get(key):
            parts.append(text.format(name(str(data[key]), actors)))
    parts += [f"tag {data['tag']}"] if data.get("tag") else []
    parts += [f"role: {words(data['role'])}"] if data.get("role") else []
    parts += [str(data["content"])] if data.get("content") else []
    return ", ".join(parts) or "nothing named"


RULES: Mapping[str, Callable[[Json, Names], str]] = {
    Question.ACT: _act,
    Question.METHOD: _method,
    Question.WHEN: _when,
    Question.WHERE: _where,
    Question.VICTIM_STATUS: _victims,
    Question.PERPETRATOR: _perpetrator,
    Question.COUNT: _count,
    Question.MOTIVE: _motive,
    Question.AUTHENTICITY: _authentic,
    Question.PROVENANCE: _provenance,
}
