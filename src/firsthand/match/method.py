"""The methods of this room: links between pictures, then groups, first sightings and spread.

They are two methods so that a link that a person rejects holds no group together: the second one
reads links as people left them.
"""

from __future__ import annotations

from collections.abc import Iterator

from firsthand.match.gather import thinned
from firsthand.match.groups import Edge, Group, edges_of, groups_of
from firsthand.match.links import LEAST_QUALITY, RADIUS, Link, withheld
from firsthand.match.prints import Print, of_findings
from firsthand.match.seen import by_time, first_seen, searched
from firsthand.match.spread import spread
from firsthand.model.canonical import Json
from firsthand.model.nouns import Sighting
from firsthand.run import Inputs, Limits, Output, method

LIMITS = Limits(memory_mib=8192, seconds=3600)
"""A million pairs of hashes are compared in well under a second; whole cases need more."""

MOST_EDGES = 200
"""Links that a group lists by id; the others are found by its members."""


@method(
    "match.keypoints",
    version="1",
    per="exhibit",
    media=("image/",),
    batch=32,
    derived=True,
    reads=("media.video",),
    makes=("match.keypoints",),
    limits=Limits(memory_mib=4096, seconds=900),
)
def keypoints_of(inputs: Inputs) -> Iterator[Output]:
    """Yield the keypoints of pictures and key frames, as codes of 20 bytes.

    ``{"status", "reason"?, "tables", "coarse", "fine", "mirror" [base64], "size_px"}``, see
    :mod:`firsthand.match.local.coded`; a picture that cannot be decoded has status and reason only.
    """
    # Here and below: what compares is large, and most commands compare nothing.
    from firsthand.match.in_case import reader
    from firsthand.match.local import coded
    from firsthand.match.local.picture import SIDE
    from firsthand.match.look import keypoints

    for held in inputs.held:
        about, gray = reader().look(held.path, held.digest, SIDE)
        value: Json = {"status": about["status"]}
        if "reason" in about:
            value["reason"] = about["reason"]
        if gray is not None:
            value |= coded.to_json(*keypoints(gray, about["width"], about["height"]))
        yield Output("match.keypoints", (held.digest,), value)


@method(
    "match.copies",
    version="4",
    per="case",
    takes=("media", "picture"),
    reads=("media.image", "media.video", "match.keypoints"),
    makes=("match.link", "match.not_linked"),
    limits=LIMITS,
    radius_bits=RADIUS,
    least_quality=LEAST_QUALITY,
    most_each=4,
    most_directed=1,
)
def copies(
    inputs: Inputs, radius_bits: int, least_quality: int, most_each: int, most_directed: int
) -> Iterator[Output]:
    """Yield a link for each two exhibits that show one picture or scene, and what was not compared.

    ``match.link`` of two exhibits (photographs or videos), in sorted order: ``{"relation":
    "identical|copy|burst|same_scene|shared_overlay","distance_bits" (null without hashes),
    "transform","derived":"a_from_b|b_from_a|undetermined","hints":[…],"evidence":{…}}``, after a
    closer look with ``score_ppm`` and ``region_a``/``region_b`` [px], for videos with
    ``time_a``/``time_b`` [ms]. ``match.not_linked`` of one exhibit: ``{"status","reason"}``, where
    ``withheld`` is a picture too plain to be linked by its fingerprint, and anything else the
    reason why there is none.

    Only exhibits that the sightings of the view carry take part: of very many links some are left
    out (:func:`firsthand.match.thin.thin`), and as of a day nothing that was published later may
    decide which.
    """
    from firsthand.match.engine import link_pictures
    from firsthand.match.in_case import held_pictures
    from firsthand.match.look import Readers, usual_jobs

    carried = {digest for sighting in inputs.sightings for digest in sighting.exhibits}
    prints, missing = _prints(inputs)
    prints = [made for made in prints if made.owner in carried]
    missing = {exhibit: why for exhibit, why in missing.items() if exhibit in carried}
    with Readers() as readers:
        pictures, others = held_pictures(inputs, prints, readers)
        links = link_pictures(
            pictures,
            others,
            radius=radius_bits,
            least_quality=least_quality,
            most_each=most_each,
            most_directed=most_directed,
            jobs=usual_jobs(),
        )
    films = {made.owner for made in prints if made.is_frame}
    for link in thinned(links, films):
        yield Output("match.link", (link.a, link.b), to_json(link))
    for exhibit, why in sorted({**missing, **withheld(prints, links, least_quality)}.items()):
        yield Output("match.not_linked", (exhibit,), why)


def _prints(inputs: Inputs) -> tuple[list[Print], dict[str, Json]]:
    images = {key: each.value for key, each in inputs.of_kind("media.image").items()}
    videos = {key: each.value for key, each in inputs.of_kind("media.video").items()}
    return of_findings(images, videos)


def to_json(link: Link) -> Json:
    """Return the record of a link; numbers are integers."""
    one, other = link.print_a, link.print_b
    found: Json = {
        "relation": link.relation,
        "distance_bits": None if link.bits > 255 else link.bits,
        "transform": link.transform,
        "derived": link.derived,
        "hints": _hints(link),
        "evidence": {
            "hash": link.seen_by,
            "quality": [one.quality if one else None, other.quality if other else None],
            "size_px": [_size(one), _size(other)],
            "equal_pixels": link.relation == "identical",
        },
    }
    if one is not None and other is not None and (one.partial or other.partial):
        found["evidence"]["partial"] = [one.partial, other.partial]
    if link.frames:
        found["evidence"]["frame_pairs"] = link.frames
    for name, time in (("time_a", link.time_a), ("time_b", link.time_b)):
        if time is not None:
            found[name] = list(time)
    if link.score is not None:
        found["score_ppm"] = round(link.score * 1_000_000)
    if link.pair is not None:
        from firsthand.match.measured import measured

        found["evidence"] |= measured(link.pair)
    if link.found is not None:
        found["evidence"] |= link.found
    for name, region in (("region_a", link.region_a), ("region_b", link.region_b)):
        if region is not None:
            found[name] = list(region)
    return found


def _size(made: Print | None) -> list[int] | None:
    return None if made is None else [made.width, made.height]


def _hints(link: Link) -> list[Json]:
    """Return what points to which is made from which; it decides nothing."""
    one, other = link.print_a, link.print_b
    if one is None or other is None:
        return []
    areas = one.width * one.height, other.width * other.height
    if areas[0] == areas[1] or link.frames:
        return []
    larger = link.a if areas[0] > areas[1] else link.b
    # Copies are mostly made smaller, but a copy can be blown up.
    return [{"what": "larger", "exhibit": larger, "pixels": list(areas)}]


@method(
    "match.groups",
    version="3",
    per="case",
    takes=("media",),
    reads=("match.link", "media.image", "media.video"),
    makes=("match.group", "match.first_seen", "match.spread"),
    limits=LIMITS,
)
def groups(inputs: Inputs) -> Iterator[Output]:
    """Yield the groups of copies, and when and where each of them and each exhibit was seen.

    ``match.group`` of a group id: ``{"members","videos" (and other members that show several
    things),"composites" (those of them that are pictures),"relation","links","links_more",
    "holding","widest_bits","warnings"}``. ``match.first_seen`` and ``match.spread`` of a group id,
    and of each exhibit that was seen: see :func:`first_seen` and :func:`spread` (spread of an
    exhibit only when it is in no group).

    A video is in the group of each picture that it shows, and connects no two of them.

    The id of a group is that of its picture that was surely seen first (:func:`anchor`). A copy
    that turns up later does not change it, and neither does the order of import. When an earlier
    sighting comes in it changes, as the answer does; when two groups turn out to be one, the
    earlier one goes on.

    Only exhibits that the sightings of the view carry take part, so that the groups as of a day
    hold nothing that was published later.
    """
    carriers: dict[str, list[Sighting]] = {}
    for sighting in inputs.sightings:
        for digest in sighting.exhibits:
            carriers.setdefault(digest, []).append(sighting)
    prints, missing = _prints(inputs)
    examined = {made.owner for made in prints} | missing.keys()
    where = searched(inputs.sightings)
    links = [finding for finding in inputs.findings if finding.kind == "match.link"]
    codes = {made.owner: made.codes for made in prints if not made.is_frame}
    grouped: set[str] = set()
    films = inputs.of_kind("media.video").keys()
    for group in groups_of(edges_of(links, carriers), codes, films):
        grouped.update(group.members)
        name = "group:" + anchor(group, carriers).removeprefix("sha256:")
        seen = _once(s for member in group.members for s in carriers[member])
        yield Output("match.group", (name,), _group(group))
        yield Output("match.first_seen", (name,), first_seen(seen, where))
        yield Output("match.spread", (name,), spread(seen, group.members))
    for exhibit in sorted(examined & carriers.keys()):
        yield Output("match.first_seen", (exhibit,), first_seen(carriers[exhibit], where))
        if exhibit not in grouped:
            yield Output("match.spread", (exhibit,), spread(carriers[exhibit], (exhibit,)))


def anchor(group: Group, carriers: dict[str, list[Sighting]]) -> str:
    """Return the picture that was surely seen first; of undated ones the smallest digest.

    Of a group of videos it is the first video: a picture is in one group only, and so is a video
    among videos, so that no two groups have one id.
    """
    own = [m for m in group.members if m not in group.videos] or list(group.members)
    by_id = {s.id: s for member in own for s in carriers.get(member, ())}
    ordered = by_time(by_id.values())
    first: tuple[str, ...] = ordered[0].exhibits if ordered else ()
    return min((m for m in own if m in first), default=own[0])


def _once(sightings: Iterator[Sighting]) -> list[Sighting]:
    """Return each sighting once: a post may carry two members of a group."""
    return list({s.id: s for s in sightings}.values())


def _group(group: Group) -> Json:
    ordered: list[Edge] = sorted(group.edges, key=lambda e: (e.bits, e.a, e.b))
    return {
        "members": list(group.members),
        "videos": list(group.videos),
        "composites": list(group.composites),
        "relation": group.relation,
        "links": [edge.finding for edge in ordered[:MOST_EDGES]],
        "links_more": max(len(ordered) - MOST_EDGES, 0),
        "holding": group.holding[:MOST_EDGES],
        "widest_bits": group.widest_bits,
        "warnings": group.warnings,
    }
