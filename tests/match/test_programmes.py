"""A video that cuts from one picture to another makes no copies of these; by hand."""

from __future__ import annotations

import dataclasses
from typing import Any

from firsthand.match.gather import gather, thinned
from firsthand.match.groups import Edge
from firsthand.model.nouns import Event
from firsthand.run import Inputs
from firsthand.whenwhere.exhibits import exhibits
from firsthand.words.dates import written_time

from .test_groups import code, digest, flipped, group_of, image, run, seen, settled

OLD, NEW = code(21), code(22)
PICTURES = [
    image("old", OLD),
    image("new", NEW),
    image("f1", flipped(OLD, 3)),
    image("f2", flipped(NEW, 3)),
]
VIDEO = settled(
    "media.video",
    (digest("tv"),),
    {
        "status": "read",
        "duration_ms": 8000,
        "frames": [{"t_ms": 0, "exhibit": digest("f1")}, {"t_ms": 4000, "exhibit": digest("f2")}],
    },
)
SEEN = [
    seen("2010", "2010-01-05", "old"),
    seen("tv", "2014-06-20", "tv", platform="youtube"),
    seen("2014", "2014-06-22", "new"),
]


def test_a_programme_leaves_its_pictures_apart() -> None:
    found = run([*PICTURES, VIDEO], SEEN)
    members = {k[1]: v["members"] for k, v in found.items() if k[0] == "match.group"}
    assert members == {
        group_of("old"): sorted([digest("old"), digest("tv")]),
        group_of("new"): sorted([digest("new"), digest("tv")]),
    }
    value = found[("match.group", group_of("new"))]
    assert value["videos"] == [digest("tv")] and value["warnings"] == []
    # The programme was on the air two days before the picture was posted, four years after the
    # other picture that it shows.
    assert found[("match.first_seen", group_of("new"))]["earliest"] == "sighting:tv"
    assert found[("match.first_seen", group_of("old"))]["earliest"] == "sighting:2010"


def test_a_programme_bounds_what_it_shows_and_not_the_other_way_round() -> None:
    event = Event(id="e", label="Killings", when=written_time("2014-06-11"))
    marked = [*SEEN[:1], dataclasses.replace(SEEN[1], shows=("e",)), SEEN[2]]
    made = [
        settled("match.group", (name,), value)
        for (kind, name), value in run([*PICTURES, VIDEO], marked).items()
        if kind == "match.group"
    ]
    said = settled("media.metadata", (digest("tv"),), {"status": "failed"})
    inputs = Inputs(
        unit="", events=(event,), sightings=tuple(marked), findings=(*made, VIDEO, said)
    )
    times: dict[str, Any] = {
        o.subjects[0]: o.value for o in exhibits.function(inputs) if o.kind.endswith("_time")
    }
    kinds = {name: [c["kind"] for c in value["clues"]] for name, value in times.items()}
    assert kinds[digest("new")] == ["seen", "copy_seen"]  # the programme came earlier
    assert kinds[digest("tv")] == ["seen", "event"]  # not bounded by the picture of 2010
    assert not any(value["conflicts"] for value in times.values())


def test_thinning_keeps_every_video_with_every_picture_that_it_shows() -> None:
    # 40 copies of each of two pictures, all of which two programmes show.
    edges = [
        Edge(a, b, 2, "copy", f"{a} {b}")
        for letter in "pq"
        for i in range(40)
        for a in [f"{letter}{i:02}"]
        for b in [f"{letter}{j:02}" for j in range(i + 1, 40)] + ["v1", "v2"]
    ]
    films = {"v1", "v2"}
    kept = thinned(edges, films)
    assert len(kept) < len(edges)
    whole = [members for members, _ in gather(edges, films)]
    assert [members for members, _ in gather(kept, films)] == whole
    assert [len(members) for members in whole] == [42, 42]
