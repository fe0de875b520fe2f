"""Outside times bound when an entry was recorded: the tightest of each side, and only what holds.

Expected values are worked out by hand from RFC 3161 (accuracy on both sides of genTime) and from
the order of the log.
"""

from __future__ import annotations

import dataclasses
import itertools

from builders import grow

from firsthand.case import Case
from firsthand.case.custody.brackets import Bounds, Outside, bounds, bracket_of
from firsthand.model.custody import Cosignature, Stamp
from firsthand.model.nouns import content_id
from firsthand.model.values import Digest
from firsthand.model.vocabulary import StampKind, StampState

NOTHING = Digest("sha256:" + "0" * 64)


def stamped(
    case: Case, size: int, time_ms: int | None, *, accuracy_ms: int | None = None,
    state: StampState = StampState.RECEIVED, by: str = "tsa",
) -> None:  # fmt: skip
    noun = Stamp(
        id="", state=state, kind=StampKind.RFC3161, authority=by, size=size, root="00",
        checkpoint=NOTHING, time_ms=time_ms, accuracy_ms=accuracy_ms,
    )  # fmt: skip
    with case.batch(by="t") as batch:
        batch.noun("stamp", dataclasses.replace(noun, id=content_id("stamp", noun)))


def cosigned(case: Case, size: int, time_ms: int, by: str = "witness") -> None:
    noun = Cosignature(id="", witness=by, size=size, root="00", cosigned=NOTHING, time_ms=time_ms)
    with case.batch(by="t") as batch:
        batch.noun("cosignature", dataclasses.replace(noun, id=content_id("cosignature", noun)))


def test_no_outside_time_bounds_nothing(case: Case) -> None:
    grow(case, 3)
    stamped(case, 3, None)  # asked, and no time yet
    stamped(case, 3, 1_000, state=StampState.REFUSED)
    assert bracket_of(case, 1) == {"not_before": None, "not_after": None}
    assert bounds(case).outside == ()


def test_two_stamps_bracket_what_lies_between_them(case: Case) -> None:
    grow(case, 4)
    stamped(case, 4, 10_000, accuracy_ms=500)  # entry 4
    grow(case, 8)
    stamped(case, 8, 20_000)  # entry 8
    cosigned(case, 8, 19_000)  # entry 9: tighter from above
    grow(case, 12)
    found = bounds(case)
    first = {"time_ms": 10_500, "by": "tsa", "entry": 4}
    assert found.of(0) == found.of(3) == {"not_before": None, "not_after": first}
    # The entry that holds the first token is covered by the second and not bounded by itself.
    second = {"time_ms": 19_000, "by": "witness", "entry": 9}
    assert found.of(4) == {"not_before": None, "not_after": second}
    below = {"time_ms": 9_500, "by": "tsa", "entry": 4}
    assert found.of(5) == found.of(7) == {"not_before": below, "not_after": second}
    # Nothing covers what came later; the latest of the earlier tokens bounds it from below.
    assert found.of(8) == {"not_before": below, "not_after": None}
    later = {"time_ms": 20_000, "by": "tsa", "entry": 8}
    assert found.of(9) == found.of(11) == {"not_before": later, "not_after": None}


def test_intervals_say_the_same_as_each_entry(case: Case) -> None:
    grow(case, 4)
    stamped(case, 3, 10_000)
    grow(case, 9)
    cosigned(case, 7, 8_000, by="early clock")
    stamped(case, 9, 30_000)
    found = bounds(case)
    rows = found.intervals()
    assert [rows[0]["from"], rows[-1]["to"]] == [0, case.ledger.size() - 1]
    for row, following in itertools.pairwise(rows):
        assert following["from"] == row["to"] + 1
    for row in rows:
        for entry in range(row["from"], row["to"] + 1):
            assert found.of(entry) == {k: row[k] for k in ("not_before", "not_after")}


def test_a_stamp_of_what_was_not_there_yet_bounds_nothing(case: Case) -> None:
    grow(case, 3)
    stamped(case, 50, 10_000)
    assert bounds(case).outside == ()


def test_stamps_of_another_case_count_there_and_not_here(case: Case) -> None:
    grow(case, 3)
    stamped(case, 3, 10_000)
    (noun,) = case.catalog.nouns("stamp")
    source = {"origin": "o", "entry": 3, "root": "0" * 64, "by": "b", "at_ms": 1}
    body = {**noun.data, "size": 2, "id": "stamp:other"}
    with case.batch(by="t") as batch:
        batch.taken_over("stamp", body, [], source, [])
    assert [each.entry for each in bounds(case).outside] == [3]


def test_any_number_of_them_agrees_with_the_plain_definition() -> None:
    # All triples of a small range against the definition, written out naively.
    outside = tuple(
        Outside("stamp", f"w{n}", entry, size, early, late)
        for n, (entry, size, early, late) in enumerate(
            [(3, 2, 50, 60), (5, 5, 40, 45), (6, 1, 90, 95), (9, 9, 70, 99), (11, 4, 10, 20)]
        )
    )
    found = Bounds(outside, 14)
    for entry in range(14):
        below = [o.earliest_ms for o in outside if o.entry < entry]
        above = [o.latest_ms for o in outside if o.size > entry]
        sides = found.of(entry)
        assert (sides["not_before"] or {}).get("time_ms") == max(below, default=None)
        assert (sides["not_after"] or {}).get("time_ms") == min(above, default=None)
