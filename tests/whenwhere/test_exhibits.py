"""When and where an exhibit was made; expected intervals were worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from firsthand.media.exif_values import moment
from firsthand.model.canonical import dumps
from firsthand.model.nouns import Event, Sighting, Written, finding_key
from firsthand.model.values import Digest, Interval, to_rfc3339
from firsthand.run import Inputs, Settled
from firsthand.whenwhere.bounds import bounds
from firsthand.whenwhere.camera_time import is_reset
from firsthand.whenwhere.exhibits import exhibits
from firsthand.whenwhere.shown import shown
from firsthand.words.dates import written_time

A, B, C = (Digest("sha256:" + letter * 64) for letter in "abc")
TIKRIT = (346070000, 436780000)


def written(text: str) -> Written:
    found = written_time(text)
    assert found is not None
    return found


def seen(name: str, when: str | None, *held: Digest, shows: tuple[str, ...] = ()) -> Sighting:
    return Sighting(
        id=f"sighting:{name}",
        platform="x",
        ref=name,
        published=None if when is None else written(when),
        exhibits=held,
        shows=shows,
    )


def settled(kind: str, subject: str, value: Any) -> Settled:
    key = finding_key(kind, (subject,))
    return Settled(key.replace("key", "finding"), key, kind, (subject,), value)


COPIES = settled("match.group", "group:" + "a" * 64, {"members": [A, B]})
FALL = Event(id="fall", label="Town falls", when=written("2014-06-11"))
EVENT = Event(id="e", label="Killings", after=("fall",), places=("Tikrit",))


def taken(text: str, offset: str | None = None, **more: Any) -> dict[str, Any]:
    said = moment(text, "DateTimeOriginal", offset=offset)
    return {"status": "read", "taken": said, "problems": [], "disagreements": [], **more}


def run(
    metadata: Any = None,
    *sightings: Sighting,
    findings: tuple[Settled, ...] = (),
    events: tuple[Event, ...] = (EVENT, FALL),
) -> dict[str, Any]:
    """Return time and place of exhibit A; without sightings a file with no time carries it."""
    sightings = sightings or (seen("file", None, A),)
    held = (settled("media.metadata", A, metadata),) if metadata else ()
    inputs = Inputs(unit="", events=events, sightings=sightings, findings=(*held, *findings))
    found = list(exhibits.function(inputs))
    for output in found:
        dumps(output.value)  # refuses floats
    return {o.kind.removeprefix("whenwhere.exhibit_"): o.value for o in found if o.subjects == (A,)}


def test_what_nothing_had_carried_by_the_day_says_nothing() -> None:
    said = taken("2014:06:13 10:00:00", gps=gps(*TIKRIT))
    assert run(said, seen("other", "2014-06-14", B)) == {}


def utc(interval: Any) -> tuple[str | None, str | None]:
    sides = interval["earliest_ms"], interval["latest_ms"]
    first, last = (None if side is None else to_rfc3339(side) for side in sides)
    return first, last


def test_a_copy_seen_earlier_bounds_the_picture() -> None:
    time = run(
        taken("2014:06:13 10:00:00"),
        seen("own", "2014-06-16T10:00Z", A, shows=("e",)),
        seen("copy", "2014-06-14T08:00Z", B),
        findings=(COPIES,),
    )["time"]
    assert utc(time["bounds"]) == ("2014-06-11T00:00:00Z", "2014-06-14T08:01:00Z")
    assert time["bounds"]["from"] == ["e", "sighting:copy"]
    kinds = [clue["kind"] for clue in time["clues"]]
    assert kinds == ["seen", "copy_seen", "event", "exif_taken"]
    assert time["conflicts"] == []


def test_a_clock_without_a_zone_is_as_wide_as_the_zones() -> None:
    time = run(taken("2014:06:13 10:00:00"), seen("own", "2014-06-20", A))["time"]
    # 10:00 less 14 h and half an hour; 10:00 plus 12 h, half an hour and the second itself.
    assert utc(time["clues"][1]["interval"]) == ("2014-06-12T19:30:00Z", "2014-06-13T22:30:01Z")
    assert "zone_unknown" in time["clues"][1]["failure_modes"]
    assert utc(time["likely"]) == utc(time["clues"][1]["interval"])
    # EXIF narrows nothing.
    assert utc(time["bounds"]) == (None, "2014-06-21T00:00:00Z")
    zoned = run(taken("2014:06:13 10:00:00", "+03:00"), seen("own", "2014-06-20", A))["time"]
    assert utc(zoned["likely"]) == ("2014-06-13T06:30:00Z", "2014-06-13T07:30:01Z")
    assert len(zoned["likely"]["assumptions"]) == 2


def test_taken_after_it_was_seen_is_a_named_conflict() -> None:
    time = run(taken("2014:06:20 10:00:00"), seen("own", "2014-06-14", A))["time"]
    assert time["conflicts"] == [
        {"what": "taken_after_seen", "between": ["DateTimeOriginal", "sighting:own"]}
    ]
    assert time["likely"] is None and time["clues"][1]["agrees"] is False
    assert utc(time["bounds"])[1] == "2014-06-15T00:00:00Z"


def test_an_old_picture_said_to_show_a_later_event_is_a_conflict() -> None:
    time = run(
        None,
        seen("now", "2014-06-16", A, shows=("e",)),
        seen("years ago", "2011-03-01", B),
        findings=(COPIES,),
    )["time"]
    assert time["bounds"] is None
    assert time["conflicts"] == [
        {"what": "copy_seen_before_event", "between": ["e", "sighting:years ago"]}
    ]


def test_a_capture_bounds_a_picture_from_above_by_another_clock() -> None:
    page = seen("page", "2014-06-14T08:00Z", B)
    assert page.published is not None
    bounds = Interval(None, page.published.bounds.end_ms)
    page = replace(page, published=replace(page.published, bounds=bounds))
    own = seen("own", "2014-06-16T10:00Z", A, shows=("e",))
    time = run(None, own, page, findings=(COPIES,))["time"]
    assert utc(time["bounds"]) == ("2014-06-11T00:00:00Z", "2014-06-14T08:01:00Z")
    modes = {clue["kind"]: clue["failure_modes"] for clue in time["clues"]}
    assert "platform_clock_off" in modes["seen"]
    assert "capturing_clock_off" in modes["copy_seen"]
    assert "platform_clock_off" not in modes["copy_seen"]


def test_modification_is_not_taking() -> None:
    said = moment("2014:07:01 10:00:00", "DateTime")
    value = {"status": "read", "modified": said, "problems": [], "disagreements": []}
    time = run(value, seen("own", "2014-06-14", A))["time"]
    assert time["likely"] is None and time["conflicts"] == []
    assert "modify_is_not_taken" in time["clues"][1]["failure_modes"]


def test_the_time_of_a_container_contradicts_nothing() -> None:
    # A platform that encodes a video again writes the time of doing so.
    said = moment("2014:06:13 10:00:00", "ContainerCreated")
    value = {"status": "read", "container_created": said, "problems": [], "disagreements": []}
    later = run(value, seen("own", "2014-06-10", A))["time"]
    assert later["conflicts"] == [] and later["likely"] is None
    fits = run(value, seen("own", "2014-06-20", A))["time"]
    assert "not encoded again" in " ".join(fits["likely"]["assumptions"])


@pytest.mark.parametrize("text", ["2010:01:01 00:03:10", "1980:01:01 00:00:00"])
def test_a_clock_that_was_reset_makes_nothing_likely(text: str) -> None:
    time = run(taken(text), seen("own", "2014-06-14", A))["time"]
    assert time["clues"][1]["detected"] == ["clock_reset"] and time["likely"] is None
    assert not is_reset("2014-06-12T10:00:00")


def gps(lat: int | None, lon: int | None, utc_ms: int | None = None, **more: Any) -> dict[str, Any]:
    time = {"text": "06:59:30", "utc_ms": utc_ms, "date_known": utc_ms is not None}
    place = {} if lat is None else {"lat_e7": lat, "lon_e7": lon}
    return {**place, "time": time, **more}


def test_gps_time_tells_the_zone_and_the_clock_error() -> None:
    # 2014-06-13 06:59:30 UTC; the camera says 10:00:00: three hours east and 30 s fast.
    value = taken("2014:06:13 10:00:00", gps=gps(*TIKRIT, utc_ms=1402642770000))
    time = run(value, seen("own", "2014-06-20", A))["time"]
    assert time["zone"] == {"offset_min": 180, "rest_ms": 30_000, "written": None}
    assert time["likely"]["from"] == "GPSTimeStamp"
    assert utc(time["likely"]) == ("2014-06-13T06:59:28Z", "2014-06-13T06:59:32Z")


@pytest.mark.parametrize(
    "what",
    [
        "GPS time is old, or the camera's clock wrong",
        # Some hours old is taken for a zone, until that zone is not one of the place.
        "camera's zone is not the place's, or the GPS time is old",
    ],
)
def test_a_stale_fix_is_not_the_likely_time(what: str) -> None:
    problems = [{"what": what, "where": "x"}]
    value = taken("2014:06:13 10:00:00", gps=gps(*TIKRIT, utc_ms=1402000000000), problems=problems)
    found = run(value, seen("own", "2014-06-20", A))
    assert found["time"]["likely"]["from"] == "DateTimeOriginal"
    assert found["time"]["clues"][2]["detected"] == ["stale"]
    assert found["place"]["clues"][0]["detected"] == ["stale"]
    assert found["time"]["zone"] is None


def test_a_place_has_a_radius_or_says_that_none_is_known() -> None:
    known = run(taken("2014:06:13 10:00:00", gps=gps(*TIKRIT, error_mm=12_000)))["place"]
    assert (known["clues"][0]["radius_m"], known["clues"][0]["radius_from"]) == (12, "error")
    dop = run(taken("2014:06:13 10:00:00", gps=gps(*TIKRIT, dop_milli=4000)))["place"]
    assert (dop["clues"][0]["radius_m"], dop["clues"][0]["radius_from"]) == (20, "dop")
    bare = run(taken("2014:06:13 10:00:00", gps=gps(*TIKRIT)))["place"]["clues"][0]
    assert (bare["radius_m"], bare["radius_from"]) == (None, "unknown")
    assert bare["nearest"]["id"] == "geonames:90150"  # Tikrit, as in GeoNames
    assert [area["id"] for area in bare["areas"]] == ["IQ-SD", "IQ"]
    assert bare["agrees"] is None  # nobody said what it shows


def test_a_place_agrees_with_the_places_of_the_event_or_not() -> None:
    post = seen("own", "2014-06-14", A, shows=("e",))
    near = run(taken("2014:06:13 10:00:00", gps=gps(*TIKRIT)), post)["place"]
    assert near["clues"][0]["agrees"] is True and near["conflicts"] == []
    # 36.34 N, 43.13 E is Mosul, some 200 km from Tikrit.
    far = run(taken("2014:06:13 10:00:00", gps=gps(363400000, 431300000)), post)["place"]
    assert far["clues"][0]["agrees"] is False
    assert far["conflicts"][0]["what"] == "position_outside_named_place"
    said = {
        "named": [{"name": "Nineveh", "level": "admin1", "candidate": "IQ-NI"}],
        "agreed": ["Nineveh"],
    }
    finding = settled("whenwhere.place", "e", said)
    other = taken("2014:06:13 10:00:00", gps=gps(363400000, 431300000))
    assert run(other, post, findings=(finding,))["place"]["clues"][0]["agrees"] is True


def test_a_position_of_zero_and_a_lost_sign_are_named() -> None:
    zero = taken(
        "2014:06:13 10:00:00",
        gps=gps(None, None),
        problems=[{"what": "position is 0, 0", "where": "x"}],
    )
    clue = run(zero)["place"]["clues"][0]
    assert (clue["lat_e7"], clue["detected"]) == (None, ["zero"])
    lost = taken(
        "2014:06:13 10:00:00",
        gps=gps(346070000, -436780000),
        disagreements=[{"field": "gps.lon_e7", "exif": -436780000, "composite": 436780000}],
    )
    assert run(lost)["place"]["clues"][0]["detected"] == ["sign_lost"]


@pytest.mark.parametrize("value", [{"status": "failed", "reason": "x"}, {"status": "read"}])
def test_a_file_that_says_nothing_makes_no_finding(value: Any) -> None:
    assert run(value) == {}


def test_an_event_is_bounded_by_copies_of_what_shows_it() -> None:
    sightings = (
        seen("marked", "2014-06-16", A, shows=("e",)),
        seen("unmarked", "2014-06-14T08:00Z", B),
        seen("other", "2014-06-01", C),
    )
    found = list(shown.function(Inputs(unit="", sightings=sightings, findings=(COPIES,))))
    (output,) = found
    assert output.subjects == ("e",)
    assert output.value["copy"]["sighting"] == "sighting:unmarked"
    assert output.value["direct"]["sighting"] == "sighting:marked"
    inputs = Inputs(
        unit="e",
        events=(EVENT, FALL),
        sightings=sightings[:1],
        findings=(settled(output.kind, "e", output.value),),
    )
    time = next(o.value for o in bounds.function(inputs) if o.kind == "whenwhere.time")
    assert time["known"]["latest"] == "2014-06-14T08:01:00Z"
    assert time["known"]["from"] == ["fall", "sighting:unmarked"]
