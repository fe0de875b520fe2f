"""Written times. Expected values come from datetime and zoneinfo, not from the code under test."""

from __future__ import annotations

import calendar
import locale
import time
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firsthand.model.errors import BadInput
from firsthand.model.values import Interval
from firsthand.words.calendar import FIRST_MS, LAST_MS
from firsthand.words.dates import as_of_cutoff, read_time, written_time

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def at(*parts: int, zone: str = "UTC") -> int:
    moment = datetime(*parts, tzinfo=ZoneInfo(zone))  # type: ignore[arg-type,misc]
    return (moment - EPOCH) // timedelta(milliseconds=1)


def bounds(value: str | int) -> Interval | None:
    written = written_time(value)
    return None if written is None else written.bounds


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2014", at(2014, 1, 1), at(2015, 1, 1)),
        ("2014-06", at(2014, 6, 1), at(2014, 7, 1)),
        ("2014-12", at(2014, 12, 1), at(2015, 1, 1)),
        ("2014-06-14", at(2014, 6, 14), at(2014, 6, 15)),
        ("20140614", at(2014, 6, 14), at(2014, 6, 15)),
        ("2012-02-29", at(2012, 2, 29), at(2012, 3, 1)),
        ("2014-06-14T10Z", at(2014, 6, 14, 10), at(2014, 6, 14, 11)),
        ("2014-06-14T10:00Z", at(2014, 6, 14, 10), at(2014, 6, 14, 10, 1)),
        ("2014-06-14T10:00:05Z", at(2014, 6, 14, 10, 0, 5), at(2014, 6, 14, 10, 0, 6)),
        ("2014-06-14t10:00:05z", at(2014, 6, 14, 10, 0, 5), at(2014, 6, 14, 10, 0, 6)),
        ("2014-06-14 10:00 UTC", at(2014, 6, 14, 10), at(2014, 6, 14, 10, 1)),
        ("20140614T100000Z", at(2014, 6, 14, 10), at(2014, 6, 14, 10, 0, 1)),
        # Baghdad keeps UTC+3 all year since 2008 (tz database).
        (
            "2014-06-14T10:00+03:00",
            at(2014, 6, 14, 10, zone="Asia/Baghdad"),
            at(2014, 6, 14, 10, 1, zone="Asia/Baghdad"),
        ),
        ("2014-06-14T10:00:00+0300", at(2014, 6, 14, 7), at(2014, 6, 14, 7, 0, 1)),
        ("2014-06-14 10:00:00 +03", at(2014, 6, 14, 7), at(2014, 6, 14, 7, 0, 1)),
        ("2014-06-14T10:00-04:30", at(2014, 6, 14, 14, 30), at(2014, 6, 14, 14, 31)),
        ("2014-06-14+03:00", at(2014, 6, 13, 21), at(2014, 6, 14, 21)),
        ("2014-06-14T24:00Z", at(2014, 6, 15), at(2014, 6, 15, 0, 1)),
        ("2014-06-14T24:00:00Z", at(2014, 6, 15), at(2014, 6, 15, 0, 0, 1)),
        # The leap second of 2012-06-30 (IERS Bulletin C 43).
        ("2012-06-30T23:59:60Z", at(2012, 6, 30, 23, 59, 59), at(2012, 7, 1, 0, 0, 1)),
        ("2012-07-01T02:59:60+03:00", at(2012, 6, 30, 23, 59, 59), at(2012, 7, 1, 0, 0, 1)),
        ("2014:06:14 10:00:00+03:00", at(2014, 6, 14, 7), at(2014, 6, 14, 7, 0, 1)),  # EXIF 2.31
        ("٢٠١٤-٠٦-١٤", at(2014, 6, 14), at(2014, 6, 15)),
        ("  2014-06-14 ", at(2014, 6, 14), at(2014, 6, 15)),
    ],
)
def test_iso_points(text: str, start: int, end: int) -> None:
    assert bounds(text) == Interval(start, end)


@pytest.mark.parametrize(
    ("fraction", "start", "end"),
    [
        ("5", 500, 600),
        ("25", 250, 260),
        ("123", 123, 124),
        ("123456", 123, 124),
        ("9999", 999, 1000),
    ],
)
def test_fractions_bound_outwards(fraction: str, start: int, end: int) -> None:
    base = at(2014, 6, 14, 10)
    assert bounds(f"2014-06-14T10:00:00.{fraction}Z") == Interval(base + start, base + end)
    assert bounds(f"2014-06-14T10:00:00,{fraction}Z") == Interval(base + start, base + end)


def test_time_without_zone_allows_every_zone_and_says_so() -> None:
    reading = read_time("2014-06-14T10:00")
    assert reading is not None and reading.zone == "unknown"
    assert "no zone" in " ".join(reading.assumptions)
    # tz database extremes: Pacific/Kiritimati UTC+14, Etc/GMT+12 is UTC-12.
    assert reading.written.bounds == Interval(
        at(2014, 6, 14, 10, zone="Pacific/Kiritimati"), at(2014, 6, 14, 10, 1, zone="Etc/GMT+12")
    )


def test_date_alone_states_its_assumption() -> None:
    reading = read_time("2014-06-14")
    assert reading is not None
    assert (reading.zone, reading.precision) == ("assumed_utc", "day")
    assert reading.assumptions


@pytest.mark.parametrize("day", [date(2009, 1, 1), date(2010, 1, 3), date(2014, 6, 14)])
def test_week_and_ordinal_dates(day: date) -> None:
    year, week, weekday = day.isocalendar()
    start = at(day.year, day.month, day.day)
    assert bounds(f"{year}-W{week:02d}-{weekday}") == Interval(start, start + 86_400_000)
    assert bounds(f"{day:%Y-%j}") == Interval(start, start + 86_400_000)
    monday = start - (weekday - 1) * 86_400_000
    assert bounds(f"{year}-W{week:02d}") == Interval(monday, monday + 7 * 86_400_000)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "/", "-", "..", "hello", "2014-02-30", "2013-02-29", "2014-13", "2014-00"),
        *("2014-06-31", "2014-06-00", "2014-06-14T25:00Z", "2014-06-14T24:01Z", "14/06/2014"),
        *("2014-06-14T10:60Z", "2014-06-14T10:00:61Z", "2014-06-14T10:00:60Z", "2014-06T10:00Z"),
        *("2014-06-30T23:58:60Z", "2014-06-14T10:00+25:00", "2014-06-14T10:00+03:75", "201406"),
        *("2014-W54", "2014-W00", "2014-W53", "2014-366", "2014-000", "0000:00:00 00:00:00"),
        *("2014-06-14/2014-06-11", "2014-06-14/x", "2014-06-11/2014-06-14/2014", "2014-02-3X"),
        *("[", "[]", "[2014", "[..]", "{}", "[2014..2012]", "2014-41-01", "2014-20", "2014-42"),
        *("Sun Jun 14 10:00:00 +0000 2014", "Sat Jun 31 10:00:00 +0000 2014", "Sat Jun 14 2014"),
        *("Sat, 14 Jum 2014 10:00:00 +0300", "Sun, 14 Jun 2014 10:00:00 +0300", "12345", "1e9"),
        *("14 Jun 2014 10:00:00 NOWHERE", "-0000", "Y1234", "XXXX-02-30", "0x10"),
        *("2014-06-14T10:00Zulu", "2014-06-14T", "2014-06-14junk", "nan", "None", "9" * 500),
    ],
)
def test_invalid_is_none(text: str) -> None:
    assert written_time(text) is None


@pytest.mark.parametrize("value", [True, False, 0, 1, -1, 2014, 20140614, 10**14, -(10**14)])
def test_numbers_that_are_no_unix_time(value: int) -> None:
    assert written_time(value) is None


def test_unix_counts() -> None:
    second = at(2014, 6, 14, 10)
    for value in (second // 1000, str(second // 1000)):
        assert bounds(value) == Interval(second, second + 1000)
    for value in (second + 7, str(second + 7)):
        assert bounds(value) == Interval(second + 7, second + 8)
    assert bounds(f"{second // 1000}.000100") == Interval(second, second + 1)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2014-06-11/2014-06-14", at(2014, 6, 11), at(2014, 6, 15)),
        ("2014-06-11/..", at(2014, 6, 11), None),
        ("2014-06-11/", at(2014, 6, 11), None),
        ("../2014-06-14", None, at(2014, 6, 15)),
        ("/2014-06-14", None, at(2014, 6, 15)),
        ("unknown/2014-06-14", None, at(2014, 6, 15)),
        ("unknown", None, None),
        ("../..", None, None),
        ("XXXX", None, None),
        ("2014-06/2014-06-14", at(2014, 6, 1), at(2014, 6, 15)),
        ("2014-06-11T10:00Z/2014-06-14T12Z", at(2014, 6, 11, 10), at(2014, 6, 14, 13)),
        ("2014-06-1X", at(2014, 6, 10), at(2014, 6, 20)),
        ("2014-06-3X", at(2014, 6, 30), at(2014, 7, 1)),
        ("2014-06-XX", at(2014, 6, 1), at(2014, 7, 1)),
        ("2014-02-2X", at(2014, 2, 20), at(2014, 3, 1)),
        ("2014-XX", at(2014, 1, 1), at(2015, 1, 1)),
        ("2014-1X", at(2014, 10, 1), at(2015, 1, 1)),
        ("2014-XX-31", at(2014, 1, 31), at(2015, 1, 1)),
        ("201X", at(2010, 1, 1), at(2020, 1, 1)),
        ("20XX", at(2000, 1, 1), at(2100, 1, 1)),
        ("201X-02-29", at(2012, 2, 29), at(2016, 3, 1)),
        ("2014-06-14?", at(2014, 6, 14), at(2014, 6, 15)),
        ("2014-06~", at(2014, 6, 1), at(2014, 7, 1)),
        ("2014%", at(2014, 1, 1), at(2015, 1, 1)),
        ("2014-?06-~14", at(2014, 6, 14), at(2014, 6, 15)),
        ("2014-06-11~/2014-06-14?", at(2014, 6, 11), at(2014, 6, 15)),
        ("[2014-06-11..2014-06-14]", at(2014, 6, 11), at(2014, 6, 15)),
        ("[2014-06-11, 2014-06-14]", at(2014, 6, 11), at(2014, 6, 15)),
        ("{2014-06-11,2014-06-14..2014-06-16}", at(2014, 6, 11), at(2014, 6, 17)),
        ("[..2014-06-14]", None, at(2014, 6, 15)),
        ("[2014-06-14..]", at(2014, 6, 14), None),
        ("2014-33", at(2014, 1, 1), at(2014, 4, 1)),  # EDTF 33-36: quarters
        ("2014-36", at(2014, 10, 1), at(2015, 1, 1)),
        ("2014-39", at(2014, 9, 1), at(2015, 1, 1)),  # 37-39: quadrimesters
        ("2014-41", at(2014, 7, 1), at(2015, 1, 1)),  # 40-41: semestrals
    ],
)
def test_edtf(text: str, start: int | None, end: int | None) -> None:
    assert bounds(text) == Interval(start, end)


def test_qualifiers_are_flagged_not_widened() -> None:
    reading = read_time("2014-06-14%")
    assert reading is not None and reading.uncertain and reading.approximate
    plain = read_time("2014-06-14")
    assert plain is not None and not plain.uncertain and not plain.approximate
    assert plain.written.bounds == reading.written.bounds


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        # 2014 in weather and sun seasons: equinoxes 20 March, 23 September, solstices 21 June,
        # 21 December (any almanac).
        ("2014-21", [(2014, 3, 1), (2014, 6, 20)]),
        ("2014-22", [(2014, 6, 1), (2014, 9, 22)]),
        ("2014-23", [(2014, 9, 1), (2014, 12, 20)]),
        ("2014-24", [(2014, 1, 1), (2013, 12, 1), (2014, 12, 31), (2015, 2, 28)]),
        ("2014-31", [(2014, 3, 1), (2014, 6, 20)]),  # 31: autumn in the south
        ("2014-30", [(2013, 12, 5), (2015, 1, 5)]),  # 30: summer in the south
    ],
)
def test_seasons_contain_every_reading(text: str, inside: list[tuple[int, int, int]]) -> None:
    found = bounds(text)
    assert found is not None
    for day in inside:
        assert found.contains(Interval(at(*day), at(*day) + 86_400_000))
    assert not found.contains(Interval(at(2013, 1, 1), at(2016, 1, 1)))


@pytest.mark.parametrize(
    ("text", "start", "length"),
    [
        ("Sat Jun 14 10:00:00 +0000 2014", at(2014, 6, 14, 10), 1000),
        ("Sat Jun 14 10:00:00 +0300 2014", at(2014, 6, 14, 7), 1000),
        ("Sat, 14 Jun 2014 10:00:00 +0300", at(2014, 6, 14, 7), 1000),
        ("Sat, 14 Jun 2014 10:00 +0300 (AST)", at(2014, 6, 14, 7), 60_000),
        ("14 Jun 2014 10:00:00 GMT", at(2014, 6, 14, 10), 1000),
        (
            "Sat, 14 Jun 2014 10:00:00 EDT",
            at(2014, 6, 14, 10, zone="America/New_York"),
            1000,
        ),
    ],
)
def test_stamps(text: str, start: int, length: int) -> None:
    assert bounds(text) == Interval(start, start + length)


def test_stamp_without_zone_is_widened() -> None:
    reading = read_time("Sat Jun 14 10:00:00 2014")  # asctime
    assert reading is not None and reading.zone == "unknown"
    assert reading.written.bounds.contains(Interval(at(2014, 6, 14), at(2014, 6, 14, 20)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0000", Interval(None, FIRST_MS)),
        ("-0044-03-15", Interval(None, FIRST_MS)),
        ("0001", Interval(FIRST_MS, at(2, 1, 1))),
        ("9999", Interval(at(9999, 1, 1), None)),
        ("9999-12-31T23:00Z", Interval(LAST_MS + 1 - 3_600_000, LAST_MS + 1 - 3_540_000)),
        ("Y170000002", Interval(LAST_MS, None)),
        ("Y-170000002", Interval(None, FIRST_MS)),
        ("-0001/2014", Interval(None, at(2015, 1, 1))),
    ],
)
def test_years_beyond_rfc_3339_become_open(text: str, expected: Interval) -> None:
    found = bounds(text)
    assert found == expected
    assert found is not None and found.to_json()  # can be written down


def test_text_is_kept_as_it_stands() -> None:
    written = written_time(" 2014-06-14T10:00+03:00")
    assert written is not None and written.text == " 2014-06-14T10:00+03:00"


def test_cutoff_is_the_first_moment_after_the_day() -> None:
    assert as_of_cutoff("2014-06-14") == at(2014, 6, 15)
    assert as_of_cutoff("9999-12-31") == LAST_MS
    for text in ("2014-06", "2014-02-30", "2014-06-14T10:00", "14.6.2014", "", "2014-06-1X"):
        with pytest.raises(BadInput):
            as_of_cutoff(text)


moments = st.datetimes(
    min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 28), timezones=st.just(UTC)
)
offsets = st.integers(-23 * 60, 23 * 60).map(lambda m: timezone(timedelta(minutes=m)))


@given(moments, offsets)
def test_any_offset_gives_the_moment(moment: datetime, zone: timezone) -> None:
    moment = moment.replace(microsecond=0)
    start = (moment - EPOCH) // timedelta(milliseconds=1)
    assert bounds(moment.astimezone(zone).isoformat()) == Interval(start, start + 1000)


@given(moments.filter(lambda m: m.year >= 1000), offsets)
def test_mail_dates_agree_with_the_standard_library(moment: datetime, zone: timezone) -> None:
    moment = moment.replace(microsecond=0)
    start = (moment - EPOCH) // timedelta(milliseconds=1)
    assert bounds(format_datetime(moment.astimezone(zone))) == Interval(start, start + 1000)


@given(moments)
def test_every_zone_lies_inside_the_reading_without_zone(moment: datetime) -> None:
    naive = moment.replace(tzinfo=None, microsecond=0)
    found = bounds(naive.isoformat())
    assert found is not None
    for hours in (-12, 0, 3, 14):
        there = bounds(naive.isoformat() + f"{hours:+03d}:00")
        assert there is not None and found.contains(there)


@given(st.dates())
def test_coarser_writing_contains_finer(day: date) -> None:
    finer = bounds(day.isoformat())
    assert finer is not None
    for text in (f"{day:%Y}".zfill(4), day.isoformat()[:7], day.isoformat()[:9] + "X"):
        coarse = bounds(text)
        assert coarse is not None and coarse.contains(finer)


@given(st.integers(1, 9998), st.integers(1, 12))
def test_month_lengths(year: int, month: int) -> None:
    found = bounds(f"{year:04d}-{month:02d}")
    assert found is not None and found.start_ms is not None and found.end_ms is not None
    days = calendar.monthrange(year, month)[1]
    assert found.end_ms - found.start_ms == days * 86_400_000


@given(st.dates(), st.dates())
def test_intervals_are_hulls_or_refused(a: date, b: date) -> None:
    found = bounds(f"{a.isoformat()}/{b.isoformat()}")
    assert (found is None) == (b < a)
    one, other = bounds(a.isoformat()), bounds(b.isoformat())
    if found is not None and one is not None and other is not None:
        assert found.contains(one) and found.contains(other)


@given(st.text(alphabet="0123456789-:/.TZWXY+~?%[]{}, uGM", max_size=30))
@example("XXXX-XX-XX")
@example("-XXXX-02-30")
@example("9999-12-31T24:00-23:59")
@example("0001-01-01T00:00+23:59")
@example("0000-01-01/9999-12-31")
def test_nothing_crashes_and_bounds_can_be_written(text: str) -> None:
    found = bounds(text)
    if found is not None:
        found.to_json()


@given(st.one_of(st.text(), st.integers()))
def test_no_input_crashes(value: str | int) -> None:
    found = bounds(value)
    if found is not None:
        found.to_json()


def test_local_zone_and_locale_play_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["2014-06-14", "2014-06-14T10:00", "Sat Jun 14 10:00:00 +0000 2014", "1402740000"]
    before = [bounds(text) for text in texts]
    saved = locale.setlocale(locale.LC_ALL)
    try:
        monkeypatch.setenv("TZ", "Asia/Kathmandu")
        time.tzset()
        for name in ("de_DE.UTF-8", "ar_IQ.UTF-8", "C.UTF-8"):
            try:
                locale.setlocale(locale.LC_ALL, name)
            except locale.Error:
                continue
            assert [bounds(text) for text in texts] == before
        assert [bounds(text) for text in texts] == before
    finally:
        locale.setlocale(locale.LC_ALL, saved)
        monkeypatch.undo()
        time.tzset()
