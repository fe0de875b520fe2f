"""Copies bound an event too: what shows it was seen elsewhere, perhaps earlier."""

from __future__ import annotations

from collections.abc import Iterator

from firsthand.run import Inputs, Limits, Output, method
from firsthand.whenwhere.copies import Copies

MOST = 1000
"""Exhibits that are listed for an event."""


@method(
    "whenwhere.shown",
    version="1",
    per="case",
    takes=("media",),
    reads=("match.group",),
    makes=("whenwhere.seen",),
    limits=Limits(memory_mib=8192, seconds=3600),
)
def shown(inputs: Inputs) -> Iterator[Output]:
    """Yield for each event that media shows when copies of that media were seen.

    ``{"exhibits":[shown],"copies":[…],"direct":SEEN|null,"copy":SEEN|null}``, where SEEN is
    ``{"sighting","exhibit","earliest_ms","latest_ms"}`` of the earliest dated sighting.

    Assumes
        Every picture of a post that a person marked as showing the event shows it, and so do its
        copies, by links that nobody rejected.
    """
    copies = Copies(inputs)
    events: dict[str, set[str]] = {}
    for sighting in inputs.sightings:
        for event in sighting.shows:
            events.setdefault(event, set()).update(sighting.exhibits)
    for event, exhibits in sorted(events.items()):
        others = {copy for exhibit in exhibits for copy in copies.of(exhibit)} - exhibits
        direct, copy = copies.earliest(sorted(exhibits)), copies.earliest(sorted(others))
        value = {
            "exhibits": sorted(exhibits)[:MOST],
            "copies": sorted(others)[:MOST],
            "direct": None if direct is None else direct.to_json(),
            "copy": None if copy is None else copy.to_json(),
        }
        yield Output("whenwhere.seen", (event,), value)
