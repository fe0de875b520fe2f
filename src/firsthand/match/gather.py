"""From links to groups: pictures make groups, and a video joins each group that it shows.

A video shows many scenes. Were it to connect what it shows, a programme that cuts from one
photograph to another would make them copies of each other, with one first sighting.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TypeVar

from firsthand.match.thin import KEPT_NEAREST, Edge, Union, components, thin

E = TypeVar("E", bound=Edge)


def gather(edges: Iterable[E], films: Collection[str]) -> list[tuple[list[str], list[E]]]:
    """Return the groups, each with its members and links, in order of the members.

    Each picture is in one group at most. ``films`` are videos: each is in the group of every
    picture that is linked to it, and in one with the videos that are copies of it.
    """
    stills, shown, between = _apart(edges, films)
    union = Union()
    for edge in stills:
        union.join(edge.a, edge.b)
    held: dict[str, tuple[set[str], list[E]]] = {}
    for edge in (*stills, *shown):
        still = edge.b if edge.a in films else edge.a
        members, own = held.setdefault(union.root(still), (set(), []))
        members |= {edge.a, edge.b}
        own.append(edge)
    found = [(sorted(members), own) for members, own in held.values()]
    for names in components(between):
        inside = set(names)
        found.append((names, [edge for edge in between if edge.a in inside]))
    return sorted(found, key=lambda group: group[0])


def thinned(edges: Sequence[E], films: Collection[str]) -> list[E]:
    """Return fewer edges that make the same groups, in the same order."""
    stills, shown, between = _apart(edges, films)
    kept = {(edge.a, edge.b) for edge in (*thin(stills), *thin(between))}
    union = Union()
    for edge in stills:
        union.join(edge.a, edge.b)
    count: dict[tuple[str, str], int] = {}
    for edge in sorted(shown, key=lambda e: (e.bits, e.a, e.b)):
        film, still = (edge.a, edge.b) if edge.a in films else (edge.b, edge.a)
        pair = film, union.root(still)
        if count.get(pair, 0) < KEPT_NEAREST:
            count[pair] = count.get(pair, 0) + 1
            kept.add((edge.a, edge.b))
    return [edge for edge in edges if (edge.a, edge.b) in kept]


def _apart(edges: Iterable[E], films: Collection[str]) -> tuple[list[E], list[E], list[E]]:
    """Return the links between pictures, those of a picture and a video, those between videos."""
    found: tuple[list[E], list[E], list[E]] = ([], [], [])
    for edge in edges:
        found[(edge.a in films) + (edge.b in films)].append(edge)
    return found
