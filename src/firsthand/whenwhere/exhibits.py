"""When and where each exhibit was made: firm bounds, and its file's own words beside them."""

from __future__ import annotations

from collections.abc import Iterator

from firsthand.run import Inputs, Limits, Output, method
from firsthand.whenwhere.copies import Copies
from firsthand.whenwhere.exhibit_place import place_of
from firsthand.whenwhere.exhibit_time import time_of


@method(
    "whenwhere.exhibits",
    version="3",
    per="case",
    takes=("media", "event"),
    reads=("media.metadata", "match.group", "whenwhere.place"),
    makes=("whenwhere.exhibit_time", "whenwhere.exhibit_place"),
    limits=Limits(memory_mib=8192, seconds=3600),
)
def exhibits(inputs: Inputs) -> Iterator[Output]:
    """Yield the time and the place of each picture or video that something is known of.

    See :func:`firsthand.whenwhere.exhibit_time.time_of` and
    :func:`firsthand.whenwhere.exhibit_place.place_of` for the values. The time is that at which
    the picture was taken, not that at which this file was made: a copy that was seen bounds it as
    well as the file itself.

    Assumes
        Copies are what links that nobody rejected say; posts marked as showing an event show it.
    """
    # As of a day, what nothing had carried by then says nothing, whatever stands in its file.
    carried = {digest for sighting in inputs.sightings for digest in sighting.exhibits}
    metadata = {
        key: found.value
        for key, found in inputs.of_kind("media.metadata").items()
        if key in carried
    }
    named = inputs.of_kind("whenwhere.place")
    events = {event.id: event for event in inputs.events}
    copies = Copies(inputs)
    for exhibit in sorted({*metadata, *copies.grouped}):
        said = metadata.get(exhibit)
        time = time_of(exhibit, said, copies, events)
        if time is not None:
            yield Output("whenwhere.exhibit_time", (exhibit,), time)
        place = place_of(said, copies.shows(exhibit), events, named)
        if place is not None:
            yield Output("whenwhere.exhibit_place", (exhibit,), place)
