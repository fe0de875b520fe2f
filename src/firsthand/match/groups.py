"""Groups: what links connect, and how tightly."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from firsthand.match.composites import Shown, composites, sides
from firsthand.match.gather import gather
from firsthand.match.near import widest
from firsthand.model.canonical import Json
from firsthand.run import Settled

FAR_APART = 80
"""Bits between two members of a group above which it may be a chain: the least that was seen
between pictures that are no copies is 72 to 80 (see :data:`firsthand.match.links.RADIUS`)."""


_FAR = 256


@dataclass(frozen=True, slots=True)
class Edge:
    """A settled link: the finding, what it says, and whether pixels were looked at closer."""

    a: str
    b: str
    bits: int
    relation: str
    finding: str
    checked: bool = False
    shown: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Pictures and videos that links connect. ``relation`` is the weakest of its links.

    ``videos``: members that show other things, too: videos, and ``composites``, which are pictures
    put together from several.
    """

    members: tuple[str, ...]
    edges: tuple[Edge, ...]
    widest_bits: int | None
    videos: tuple[str, ...] = ()
    composites: tuple[str, ...] = ()

    @property
    def relation(self) -> str:
        """``identical`` when all links are, else ``copy``."""
        return "identical" if all(e.relation == "identical" for e in self.edges) else "copy"

    @property
    def warnings(self) -> list[Json]:
        """What a reader must know before taking the group for copies of one picture."""
        found: list[Json] = []
        # A crop is far from its original by fingerprint; the closer look has shown what it is of.
        sure = all(edge.checked or edge.relation == "identical" for edge in self.edges)
        if self.widest_bits is not None and self.widest_bits > FAR_APART and not sure:
            found.append({"what": "chain", "widest_bits": self.widest_bits})
        return found

    @property
    def holding(self) -> list[str]:
        """Links without which the group would fall in two, as finding ids."""
        return sorted(
            edge.finding
            for edge in self.edges
            if len(self.edges) <= MOST_TESTED and not self._held_without(edge)
        )

    def _held_without(self, edge: Edge) -> bool:
        rest = gather((e for e in self.edges if e is not edge), self.videos)
        return len(rest) == 1 and len(rest[0][0]) == len(self.members)


MOST_TESTED = 400
"""Links up to which each is tested for being the only hold of its group."""


def edges_of(links: Iterable[Settled], allowed: Iterable[str]) -> list[Edge]:
    """Return the links between exhibits that are ``allowed``, as people left them."""
    within = set(allowed)
    found = []
    for link in links:
        a, b = link.subjects
        value = link.value
        if a in within and b in within and value["relation"] in ("identical", "copy"):
            # Without a fingerprint the measure is how surely they are linked.
            bits = value["distance_bits"]
            bits = _FAR if bits is None else int(bits)
            checked = "keypoints" in value.get("evidence", {})
            shown = _shown(a, b, value) if checked else ()
            found.append(Edge(a, b, bits, value["relation"], link.id, checked, shown))
    return found


def _shown(a: str, b: str, value: Json) -> tuple[Shown, ...]:
    if value["relation"] != "copy" or "region_a" not in value or "region_b" not in value:
        return ()
    one, other = ((int(x), int(y), int(w), int(h)) for x, y, w, h in
                  (value["region_a"], value["region_b"]))  # fmt: skip
    first, second = value["evidence"]["covered_permille"]
    return sides(a, b, (one, other), (first / 1000, second / 1000), value["derived"])


def groups_of(
    edges: Sequence[Edge], codes: Mapping[str, Sequence[bytes]], films: Collection[str] = ()
) -> list[Group]:
    """Return the groups that the links make; ``codes`` are hashes of photographs by exhibit."""
    found = []
    # A collage is in the group of each picture that it shows, and makes no two of them one.
    shown = composites(each for edge in edges for each in edge.shown)
    many = {*films, *shown}
    for members, own in gather(edges, many):
        hashed = [codes[name] for name in members if codes.get(name)]
        videos = tuple(name for name in members if name in many)
        composed = tuple(name for name in members if name in shown)
        found.append(Group(tuple(members), tuple(own), widest(hashed), videos, composed))
    return found
