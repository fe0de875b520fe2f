"""Links and groups as ``firsthand match --json`` prints them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from firsthand.match.composites import composites, sides
from firsthand.match.gather import gather
from firsthand.match.links import Link
from firsthand.match.local.classes import BURST, COPY, IDENTICAL, SAME_SCENE, SHARED_OVERLAY
from firsthand.match.method import to_json
from firsthand.match.thin import components
from firsthand.model.canonical import Json

UNRELATED_BITS = 128
"""Mean distance of two random codes of 256 bits; at it a score is 0."""


def link_json(link: Link) -> Json:
    """Return a link as the toolbox prints it; times are seconds, regions pixels."""
    record = to_json(link)
    found: Json = {
        "a": link.a,
        "b": link.b,
        "relation": link.relation,
        "score": score(link),
        "derived": record["derived"],
        "transform": record["transform"],
        "evidence": record["evidence"]
        | {
            "distance_bits": None if link.bits > 255 else link.bits,
            "hints": [_hint(h) for h in record["hints"]],
        },
    }
    for name, region, made in (
        ("region_a", link.region_a, link.print_a),
        ("region_b", link.region_b, link.print_b),
    ):
        if region is not None:
            found[name] = list(region)
        elif made is not None and made.width and made.height:
            found[name] = [0, 0, made.width, made.height]
    for name, time in (("time_a", link.time_a), ("time_b", link.time_b)):
        if time is not None:
            found[name] = [time[0] / 1000, time[1] / 1000]
    return found


def score(link: Link) -> float:
    """Return how surely two files are linked [0 to 1]."""
    if link.score is not None:
        return round(link.score, 4)
    return round(max(0.0, 1 - link.bits / UNRELATED_BITS), 4)


def _hint(hint: Json) -> Json:
    return {("path" if key == "exhibit" else key): value for key, value in hint.items()}


def groups_json(links: Sequence[Link], films: Collection[str]) -> list[Json]:
    """Return groups of copies, of shots of one scene, and of pictures with one overlay.

    Which of a group came first is a matter of sightings; files alone cannot say, but for one from
    which all others were made.
    """
    copies = [link for link in links if link.relation in (IDENTICAL, COPY)]
    found = []
    put_together = composites(
        each
        for link in copies
        if link.pair is not None and link.region_a is not None and link.region_b is not None
        for each in sides(
            link.a,
            link.b,
            (link.region_a, link.region_b),
            (link.pair.evidence.covered_a, link.pair.evidence.covered_b),
            link.derived,
        )
    )
    for members, inside in gather(copies, {*films, *put_together}):
        same = all(link.relation == IDENTICAL for link in inside)
        found.append(_group(IDENTICAL if same else COPY, members, inside))
    for relation in (BURST, SAME_SCENE, SHARED_OVERLAY):
        own = [link for link in links if link.relation == relation]
        if relation == SAME_SCENE:  # whoever asks for the scene wants all that show it
            seen = {name for link in own for name in (link.a, link.b)}
            own += [
                link
                for link in links
                if link.relation in (IDENTICAL, COPY, BURST) and {link.a, link.b} & seen
            ]
        for members in components(own):
            inside = [link for link in own if link.a in members]
            found.append(_group(relation, members, inside))
    return found


def _group(relation: str, members: Sequence[str], inside: Iterable[Link]) -> Json:
    made_from: dict[str, set[str]] = {}
    for link in inside:
        if link.derived == "b_from_a":
            made_from.setdefault(link.a, set()).add(link.b)
        elif link.derived == "a_from_b":
            made_from.setdefault(link.b, set()).add(link.a)
    others = {name: set(members) - {name} for name in members}
    first = [name for name, made in made_from.items() if made >= others[name]]
    return {
        "relation": relation,
        "members": list(members),
        "first": first[0] if len(first) == 1 and relation == COPY else None,
    }
