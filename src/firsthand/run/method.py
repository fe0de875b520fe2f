"""How a method is written: a plain function with a decorator; the wrapper does the provenance.

A method yields values. It gets no clock, no network and no randomness but a ``seed`` parameter, and
runs in a child process with time and memory limits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput
from firsthand.model.nouns import Actor, Claim, Event, Sighting
from firsthand.model.values import Digest, Interval


@dataclass(frozen=True, slots=True)
class Settled:
    """A finding after people's decisions: not rejected, a correction in place of the value."""

    id: str
    key: str
    kind: str
    subjects: tuple[str, ...]
    value: Json


@dataclass(frozen=True, slots=True)
class Held:
    """An exhibit whose bytes a run may read; ``path`` is the preserved object, read-only."""

    digest: Digest
    media_type: str
    size: int
    path: Path
    derived_from: Digest | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """What one run sees: settled nouns, settled findings of other rooms, bytes of exhibits."""

    unit: str
    claims: tuple[Claim, ...] = ()
    actors: tuple[Actor, ...] = ()
    events: tuple[Event, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    findings: tuple[Settled, ...] = ()
    held: tuple[Held, ...] = ()

    def published(self, claim: Claim) -> Interval | None:
        """Return when the statement was published, as far as the inputs know."""
        carriers = [
            s
            for s in self.sightings
            if s.id == claim.sighting
            or (claim.sighting is None and claim.exhibit in (*s.exhibits, s.text))
        ]
        bounds = [s.published.bounds for s in carriers if s.published is not None]
        return min(bounds, key=lambda b: (b.start_ms is None, b.start_ms or 0), default=None)

    def of_kind(self, kind: str) -> dict[str, Settled]:
        """Return settled findings of a kind by their first subject."""
        return {f.subjects[0]: f for f in self.findings if f.kind == kind}


@dataclass(frozen=True, slots=True)
class Derived:
    """Bytes that a method made out of an exhibit, to be kept as an exhibit of their own."""

    data: bytes
    media_type: str
    derivation: str
    of: Digest


@dataclass(frozen=True, slots=True)
class Output:
    """One value that a method found about subjects, and exhibits derived on the way."""

    kind: str
    subjects: tuple[str, ...]
    value: Json
    derived: tuple[Derived, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use: address space [MiB] and wall time [s]."""

    memory_mib: int = 4096
    seconds: int = 300


Function = Callable[..., Iterable[Output]]
"""``f(inputs, **params)`` yields what is found in the inputs; a generator at module level."""


@dataclass(frozen=True, slots=True)
class Method:
    """A registered method.

    Attributes
    ----------
    per
        ``event`` (one run for each event), ``case``, or ``exhibit``: runs over up to ``batch``
        exhibits each, whose media types begin with one of ``media``; such a method yields at least
        one finding for each of them, and an exhibit that was in a finished run is never run again.
    takes
        Kinds of nouns that a run sees: ``claim``, ``actor``, ``event``, ``sighting``, ``media``
        for sightings that carry images or videos only, or ``picture`` for the bytes of the images
        that those carry, and of key frames of the videos.
    reads, makes
        Kinds of findings that it needs and yields. Methods per exhibit are not given findings;
        what they read only says what must have run before them.
    derived
        Whether it also looks at exhibits that another method derived.
    needs
        Programs without which it is left out, and said to be.
    uses
        Programs that let it see more. A run without one of them says so in its environment, and
        its exhibits are looked at again once the program is there.
    costly
        Left out when very many exhibits wait for it, unless it is asked for by name.
    tolerance
        Largest difference between integers at which a recheck still says "within tolerance".
    """

    name: str
    version: str
    per: str
    takes: tuple[str, ...]
    reads: tuple[str, ...]
    makes: tuple[str, ...]
    function: Function
    params: Mapping[str, Json] = field(default_factory=dict)
    tolerance: int = 0
    limits: Limits = field(default_factory=Limits)
    media: tuple[str, ...] = ()
    batch: int = 1
    derived: bool = False
    needs: tuple[str, ...] = ()
    costly: bool = False
    uses: tuple[str, ...] = ()


def method(
    name: str,
    *,
    version: str,
    makes: tuple[str, ...],
    per: str = "event",
    takes: tuple[str, ...] = ("claim", "actor", "event"),
    reads: tuple[str, ...] = (),
    tolerance: int = 0,
    limits: Limits | None = None,
    media: tuple[str, ...] = (),
    batch: int = 1,
    derived: bool = False,
    needs: tuple[str, ...] = (),
    costly: bool = False,
    uses: tuple[str, ...] = (),
    **params: Json,
) -> Callable[[Function], Method]:
    """Turn a function into a method; keyword arguments left over are its parameters' defaults."""
    if per not in ("event", "case", "exhibit") or (per == "exhibit") != bool(media):
        raise ValueError(f"per={per!r}, media={media!r}")

    def wrap(function: Function) -> Method:
        return Method(
            name,
            version,
            per,
            () if per == "exhibit" else takes,
            reads,
            makes,
            function,
            params,
            tolerance,
            limits or Limits(),
            media,
            batch,
            derived,
            needs,
            costly,
            uses,
        )

    return wrap


class Registry:
    """Known methods in the order in which they must run.

    Raises
    ------
    BadInput
        When two methods have one name or make one kind, when a kind that is read is made by
        nobody, or when methods wait for each other in a circle.
    """

    def __init__(self, methods: Iterable[Method]) -> None:
        self.methods: dict[str, Method] = {}
        makers: dict[str, Method] = {}
        for each in methods:
            if each.name in self.methods:
                raise BadInput(f"two methods are called {each.name}")
            self.methods[each.name] = each
            for kind in each.makes:
                if kind in makers:
                    raise BadInput(f"{each.name} and {makers[kind].name} both make {kind}")
                makers[kind] = each
        self.order = self._ordered(makers)

    def _ordered(self, makers: Mapping[str, Method]) -> list[Method]:
        order: list[Method] = []
        state: dict[str, str] = {}

        def visit(each: Method, path: tuple[str, ...]) -> None:
            if state.get(each.name) == "done":
                return
            if each.name in path:
                circle = " -> ".join((*path[path.index(each.name) :], each.name))
                raise BadInput("methods wait for each other", why=circle)
            for kind in each.reads:
                if kind not in makers:
                    raise BadInput(f"{each.name} reads {kind}, which no method makes")
                visit(makers[kind], (*path, each.name))
            state[each.name] = "done"
            order.append(each)

        for each in self.methods.values():
            visit(each, ())
        return order

    def downstream(self, name: str) -> set[str]:
        """Return the names of all methods that depend on one, directly or not."""
        found: set[str] = set()
        kinds = set(self.methods[name].makes)
        for each in self.order:
            if kinds & set(each.reads):
                found.add(each.name)
                kinds |= set(each.makes)
        return found
