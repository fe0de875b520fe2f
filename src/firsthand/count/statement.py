"""One stated figure: who said when that how many people were killed, missing and so on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from firsthand.count.moment import Window, read_moment
from firsthand.count.scope import Scope, key
from firsthand.model.canonical import MAX_INTEGER
from firsthand.model.errors import BadInput

KINDS = ("claim", "analysis", "report")
COUNTED = ("killed", "missing", "injured", "captured", "bodies")
UNATTRIBUTED = "unattributed"
"""Stands where no source is named; it is never a root."""

_NO_ONE = frozenset({"", UNATTRIBUTED, "unknown"})


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with bounds [people]; a bound that is None was not given."""

    low: int | None = None
    high: int | None = None

    @property
    def stated(self) -> bool:
        """Whether there is any number at all."""
        return self.low is not None or self.high is not None

    def holds(self, other: Figure) -> bool:
        """Tell whether every number allowed by the other is allowed here."""
        low = self.low is None or (other.low is not None and self.low <= other.low)
        high = self.high is None or (other.high is not None and self.high >= other.high)
        return low and high

    def pair(self) -> list[int | None]:
        """Return ``[min, max]``."""
        return [self.low, self.high]

    def order(self) -> tuple[int, int]:
        """Return a sort key."""
        return (-1 if self.low is None else self.low, -1 if self.high is None else self.high)


@dataclass(frozen=True, slots=True)
class Statement:
    """One item of the input of ``count tolls``, checked."""

    id: str
    date: str | None
    when: Window
    origin: str
    event: str | None
    kind: str
    counted: str
    figure: Figure
    scope: Scope
    copies: str | None = None
    supersedes: tuple[str, ...] = ()
    part_of: tuple[str, ...] = ()
    adds_to: tuple[str, ...] = ()
    reported_by: str | None = None
    party: bool = False
    not_understood: tuple[str, ...] = ()

    @property
    def origin_key(self) -> str | None:
        """The origin for comparing; None when nobody is named."""
        name = key(self.origin)
        return None if name in _NO_ONE else name

    @property
    def told_by_another(self) -> bool:
        """Whether somebody else than the origin tells it."""
        return self.reported_by is not None and key(self.reported_by) != key(self.origin)

    @property
    def told_analysis(self) -> bool:
        """Whether it is the origin's analysis as another tells it, not a copy of a known one.

        Who passes on an analysis does not make it hearsay: the analysis can be asked for.
        """
        return self.kind == "analysis" and self.copies is None and self.told_by_another


def read_statements(items: Iterable[Mapping[str, Any]]) -> list[Statement]:
    """Check the items and return them ordered by id; exact repeats collapse.

    Raises
    ------
    BadInput
        With the id of the item: a field of the wrong kind, a negative number, a minimum above
        its maximum, a window that ends before it starts, one id with two contents.
    """
    if isinstance(items, (str, bytes, Mapping)):
        raise BadInput("the claims are not a list", hint="give a JSON list of objects")
    found: dict[str, Statement] = {}
    for position, item in enumerate(items):
        if not isinstance(item, Mapping):
            raise BadInput(f"item {position} is not an object", why=f"{item!r}")
        statement = _read(item, position)
        if found.setdefault(statement.id, statement) != statement:
            raise BadInput(
                f"item {statement.id!r} is given twice with different content",
                hint="give each statement its own id; a correction names what it supersedes",
            )
    return [found[name] for name in sorted(found)]


def _read(item: Mapping[str, Any], position: int) -> Statement:
    identity = item.get("id")
    if isinstance(identity, bool) or not isinstance(identity, (str, int)) or identity == "":
        raise BadInput(f"item {position} has no id", why="every statement needs one (a text)")
    name = str(identity)
    low, high = _number(item, "min", name), _number(item, "max", name)
    if low is not None and high is not None and low > high:
        raise BadInput(f"item {name!r}: min is above max", why=f"{low} > {high}")
    not_understood: list[str] = []
    date = _text(item, "date", name)
    copies = _references(item, "copies", name)
    if len(copies) > 1:
        raise BadInput(f"item {name!r}: copies names several items", why="a copy has one source")
    party = item.get("party")
    if party is not None and not isinstance(party, bool):
        raise BadInput(f"item {name!r}: party is not true or false", why=f"{party!r}")
    return Statement(
        id=name,
        date=date,
        when=_moment(date, not_understood),
        origin=_text(item, "origin", name) or UNATTRIBUTED,
        event=_text(item, "event", name),
        kind=_word(item, "kind", KINDS, name),
        counted=_word(item, "counted", COUNTED, name),
        figure=Figure(low, high),
        scope=_scope(item.get("scope"), name, not_understood),
        copies=copies[0] if copies else None,
        supersedes=_references(item, "supersedes", name),
        part_of=_references(item, "part_of", name),
        adds_to=_references(item, "adds_to", name),
        reported_by=_text(item, "reported_by", name),
        party=bool(party),
        not_understood=tuple(not_understood),
    )


def _scope(value: Any, name: str, not_understood: list[str]) -> Scope:
    if value is None or isinstance(value, str):
        return Scope(text=(value or "").strip())
    if not isinstance(value, Mapping):
        raise BadInput(f"item {name!r}: scope is neither text nor object", why=f"{value!r}")
    places = value.get("places")
    places = [places] if isinstance(places, str) else places or []
    if not isinstance(places, list | tuple) or not all(isinstance(p, str) for p in places):
        raise BadInput(f"item {name!r}: places is not a list of texts", why=f"{places!r}")
    start, end = _text(value, "from", name), _text(value, "to", name)
    window = Window(_moment(start, not_understood).start_ms, _moment(end, not_understood).end_ms)
    if window.earliest >= window.latest:
        raise BadInput(f"item {name!r}: scope ends before it starts", why=f"{start} .. {end}")
    return Scope(
        places=tuple(dict.fromkeys(p.strip() for p in places if p.strip())),
        start=start,
        end=end,
        victims=_text(value, "victims", name),
        text=_text(value, "text", name) or "",
        window=window,
    )


def _moment(text: str | None, not_understood: list[str]) -> Window:
    if text is None:
        return Window()
    read = read_moment(text)
    if read is None:
        not_understood.append(text)
    return read or Window()


def _text(item: Mapping[str, Any], field: str, name: str) -> str | None:
    value = item.get(field)
    if value is not None and not isinstance(value, str):
        raise BadInput(f"item {name!r}: {field} is not a text", why=f"{value!r}")
    return (value or "").strip() or None


def _word(item: Mapping[str, Any], field: str, allowed: tuple[str, ...], name: str) -> str:
    value = item.get(field)
    if value not in allowed:
        raise BadInput(
            f"item {name!r}: {field} is {value!r}", why=f"it must be one of {', '.join(allowed)}"
        )
    return str(value)


def _number(item: Mapping[str, Any], field: str, name: str) -> int | None:
    value = item.get(field)
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadInput(f"item {name!r}: {field} is not a whole number", why=f"{value!r}")
    if not 0 <= value <= MAX_INTEGER:
        raise BadInput(f"item {name!r}: {field} is out of range", why=f"{value}")
    return value


def _references(item: Mapping[str, Any], field: str, name: str) -> tuple[str, ...]:
    value = item.get(field)
    values = value if isinstance(value, list | tuple) else [] if value is None else [value]
    for each in values:
        if isinstance(each, bool) or not isinstance(each, (str, int)):
            raise BadInput(f"item {name!r}: {field} is not an id", why=f"{each!r}")
    return tuple(sorted({str(each) for each in values if each != ""}))
