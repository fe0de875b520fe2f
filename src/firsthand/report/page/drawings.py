"""From a report to what its figures draw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from firsthand.globe import gazetteer
from firsthand.model.values import to_ms
from firsthand.report.figures import areas, lineage, timeline
from firsthand.report.page.times import between, moment

Record = Mapping[str, Any]


def _ms(text: str | None) -> int | None:
    found = moment(text)
    return None if found is None else to_ms(found)


def times(report: Record) -> tuple[tuple[timeline.Bar, str | None, str, str], ...]:
    """Return each row of the timeline with its id, its time as written and in words.

    What is asked about comes first, then sightings by the time at which they were published.
    """
    return (*_asked(report["events"]), *_published(report["sightings"]))


def _row(
    text: str, name: str | None, kind: str, written: str, start: str | None, end: str | None
) -> tuple[timeline.Bar, str | None, str, str]:
    return timeline.Bar(text, _ms(start), _ms(end), kind), name, written, between(start, end)


def _asked(events: Iterable[Record]) -> Iterator[tuple[timeline.Bar, str | None, str, str]]:
    for event in events:
        when = event["when"]
        if when is not None:
            yield _row(
                event["label"], event["id"], "event", when["text"], when["earliest"], when["latest"]
            )
        estimate = event["questions"]["when"]["estimate"]
        if estimate is not None and estimate["kind"] == "time":
            inside = estimate["bounds"]
            text = f"{event['label']}: answer"
            start, end = inside["not_before"], inside["not_after"]
            yield _row(text, event["id"], "estimate", "", start, end)


def _published(
    sightings: Iterable[Record],
) -> Iterator[tuple[timeline.Bar, str | None, str, str]]:
    dated = [s for s in sightings if s["published"] is not None]

    def order(sighting: Record) -> tuple[str, str, str]:
        when = sighting["published"]
        # What was captured has no beginning: it stands where it was surely there.
        return when["earliest"] or when["latest"] or "", when["latest"] or "", sighting["id"]

    for sighting in sorted(dated, key=order):
        when = sighting["published"]
        account = f"{sighting['platform']}: {sighting['account'] or sighting['ref']}"
        text = sighting["title"] or account
        yield _row(text, sighting["id"], "seen", when["text"], when["earliest"], when["latest"])


def draw_times(report: Record) -> str:
    """Return the timeline as SVG text; empty when nothing is dated."""
    return timeline.draw([bar for bar, *_ in times(report)])


MOST_GROUPS = 100
"""Groups that the page shows; report.json has all."""

MOST_ROWS = 12
"""Platforms and accounts that one figure of spread draws."""


def draw_spreads(report: Record) -> list[tuple[Record, str]]:
    """Return the groups that are shown, each with its spread over time as SVG text."""
    return [
        (group, timeline.draw(_spread(group), f"spread-{at}"))
        for at, group in enumerate(report["groups"][:MOST_GROUPS], 1)
    ]


def _spread(group: Record) -> list[timeline.Bar]:
    """Return a bar for each platform and account, from its first sighting to its last."""
    spread = group["spread"] or {"platforms": (), "accounts": ()}
    rows = [(each["platform"], each) for each in spread["platforms"]]
    rows += [(f"{each['platform']}: {each['account']}", each) for each in spread["accounts"]]
    return [
        timeline.Bar(name, _ms(row["first"]["not_before"]), _ms(row["last"]["not_after"]), "seen")
        for name, row in rows[:MOST_ROWS]
        if row["first"] and row["last"]
    ]


def draw_lineage(report: Record) -> str:
    """Return who cites whom as SVG text; empty when nobody cites anybody."""
    drawn = report["lineage"]
    names = {actor["id"]: actor["name"] for actor in report["actors"]}
    return lineage.draw(
        [
            lineage.Node(n["id"], names.get(n["id"], n["label"]), n["kind"], _published_note(n))
            for n in drawn["nodes"]
        ],
        [lineage.Edge(e["from"], e["to"], max(len(e["claims"]), 1)) for e in drawn["edges"]],
    )


def _published_note(node: Record) -> str:
    when = node["published"]
    if when is None:
        return ""
    # The text of a time without a beginning says itself what was done then, mostly "captured".
    return f"published {when['text']}" if when["earliest"] or not when["latest"] else when["text"]


def _shape(place: gazetteer.Place, within: str | None, named: bool) -> areas.Shape:
    outline = gazetteer.outline(place.id)
    polygons: Sequence[Any] = () if outline is None else outline["coordinates"]
    point = (place.lon_e6, place.lat_e6)
    return areas.Shape(place.id, place.name, polygons, point, within, named)


def shapes(ids: Sequence[str]) -> tuple[areas.Shape, ...]:
    """Return the shapes of gazetteer ids with the areas around them, larger ones first."""
    found: dict[str, areas.Shape] = {}
    for name in ids:
        place = gazetteer.get(name)
        if place is None:
            continue
        line = [*reversed(gazetteer.parents(name)), place]
        for at, part in enumerate(line):
            known = found.get(part.id)
            if known is None or (part.id == name and not known.named):
                found[part.id] = _shape(part, line[at - 1].id if at else None, part.id in ids)
    rank = {level: at for at, level in enumerate(gazetteer.LEVELS)}
    levels = {key: rank[place.level] for key in found if (place := gazetteer.get(key))}
    return tuple(sorted(found.values(), key=lambda shape: (levels[shape.id], shape.id)))


def area_ids(event: Record) -> tuple[str, ...]:
    """Return the gazetteer ids that the answer to "where" names."""
    estimate = event["questions"]["where"]["estimate"]
    if estimate is None or estimate["kind"] != "area":
        return ()
    return tuple(estimate["bounds"]["ids"])


def draw_areas(event: Record, name: str) -> str:
    """Return the areas of an event as SVG text; empty when the gazetteer knows none of them."""
    ids = area_ids(event)
    return areas.draw(shapes(ids), name) if ids else ""
