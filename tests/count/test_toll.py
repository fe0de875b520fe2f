"""Single rules of conflicting tolls; every expected number is worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from firsthand.count.toll import tolls
from firsthand.model.errors import BadInput

INSIDE = {("P", "T1"), ("P", "T2"), ("N", "P"), ("N", "T1"), ("N", "T2")}


def contains(outer: str, inner: str) -> bool | None:
    return (outer, inner) in INSIDE


def say(name: str, origin: str, low: int | None, high: int | None, **more: Any) -> dict[str, Any]:
    plain = {"date": "2020-01-01", "kind": "analysis", "counted": "killed", "scope": "Q"}
    return {**plain, "id": name, "origin": origin, "min": low, "max": high, **more}


def at(*places: str, **more: Any) -> dict[str, Any]:
    return {"places": list(places), **more}


def documented(answer: dict[str, Any]) -> list[tuple[Any, ...]]:
    found = [group["documented"] for group in answer["groups"] if group["documented"]]
    return [(d["min"], d["max"], sorted(d["from"])) for d in found]


def flags(answer: dict[str, Any]) -> dict[str, list[Any]]:
    return {f["what"]: f["numbers"] for group in answer["groups"] for f in group["flags"]}


def test_two_roots_of_one_scope_give_their_envelope() -> None:
    answer = tolls([say("a", "X", 100, 200), say("b", "Y", 150, None), say("c", "Z", 120, 300)])
    assert documented(answer) == [(100, 300, ["a", "b", "c"])]
    assert flags(answer) == {}


def test_roots_whose_ranges_do_not_meet_are_flagged() -> None:
    answer = tolls([say("a", "X", 100, 200), say("b", "Y", 400, None)])
    assert documented(answer) == [(100, 200, ["a", "b"])]
    assert flags(answer) == {"roots_disagree": [100, 200, 400, None]}


def test_disjoint_parts_raise_the_minimum_of_the_whole_only() -> None:
    items = [
        say("a", "X", 100, 200, scope=at("T1")),
        say("b", "Y", 150, 900, scope=at("T2")),
        say("c", "Z", 120, 500, scope=at("P")),
        say("d", "W", 10, None, scope=at("N")),
    ]
    found = documented(tolls(items, contains=contains))
    assert (250, 500, ["a", "b", "c"]) in found
    assert (250, None, ["a", "b", "c", "d"]) in found
    # Without knowledge of the places nothing follows.
    assert (120, 500, ["c"]) in documented(tolls(items))


def test_two_counts_of_one_place_are_not_two_parts() -> None:
    items = [
        say("a", "X", 100, 200, scope=at("T1", victims="soldiers")),
        say("b", "Y", 150, 200, scope=at("T1", victims="recruits")),
        say("c", "Z", 120, 500, scope=at("P")),
    ]
    assert (150, 500, ["b", "c"]) in documented(tolls(items, contains=contains))


def test_a_part_larger_than_the_whole_is_flagged_and_changes_nothing() -> None:
    items = [say("a", "X", 100, 200, scope=at("T1")), say("b", "Y", 50, 80, scope=at("P"))]
    answer = tolls(items, contains=contains)
    assert (50, 80, ["b"]) in documented(answer)
    assert flags(answer) == {"part_exceeds_whole": [100, 200, 50, 80]}


def test_windows_and_victims_narrow_a_scope() -> None:
    items = [
        say("a", "X", 30, 40, scope=at("T1", **{"from": "2020-01-02", "to": "2020-01-03"})),
        say("b", "Y", 20, 90, scope=at("T1", **{"from": "2020-01", "to": "2020-01"})),
        say("c", "Z", 10, 95, scope=at("T1")),
    ]
    assert documented(tolls(items)) == [
        (30, 40, ["a"]),
        (30, 90, ["a", "b"]),
        (30, 95, ["a", "c"]),
    ]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({}, {"date": "2020-02-01"}, (30, 35, ["b"])),  # the later count
        ({"date": "2020-03-01"}, {}, (10, 20, ["a"])),
        ({"min": 25, "max": 50}, {}, (25, 50, ["a"])),  # the same day: the wider range
        ({"date": None}, {}, (10, 35, ["a", "b"])),  # nobody knows which is later
        ({"date": "2020-03-01", "scope": at("T1")}, {"scope": at("P")}, (30, 35, ["b"])),
    ],
)
def test_counts_of_one_root_are_never_added(first: Any, second: Any, expected: Any) -> None:
    items = [say("a", "X", 10, 20), say("b", "X", 30, 35)]
    answer = tolls([{**items[0], **first}, {**items[1], **second}], contains=contains)
    assert documented(answer) == [expected]


def test_what_adds_to_a_count_is_added_until_a_total_is_published() -> None:
    june = say("a", "X", 160, 190, scope="two sites")
    more = say("b", "X", 285, 440, scope="three sites", adds_to="a")
    assert documented(tolls([june, more])) == [(445, 630, ["a", "b"])]
    total = say("c", "X", 445, 630, scope="five sites", date="2020-02-01", supersedes="a")
    right = tolls([june, more, total])
    assert documented(right) == [(445, 630, ["c"])]
    assert flags(right) == {}
    wrong = tolls([june, more, {**total, "min": 560, "max": 770}])
    assert documented(wrong) == [(560, 770, ["c"])]
    assert flags(wrong) == {"arithmetic": [160, 190, 285, 440, 445, 630, 560, 770]}


def test_counts_of_two_roots_are_not_added_even_when_asked() -> None:
    answer = tolls([say("a", "X", 1, 2, scope="M"), say("b", "Y", 3, 4, scope="N", adds_to="a")])
    assert documented(answer) == [(1, 2, ["a"]), (3, 4, ["b"])]
    assert "link_ignored" in flags(answer)


def test_a_relay_without_its_original_is_hearsay_of_one_root() -> None:
    answer = tolls(
        [
            say(name, "X", 170, 170, kind="report", reported_by=outlet)
            for name, outlet in [("a", "O"), ("b", "P")]
        ]
    )
    [group] = answer["groups"]
    assert group["documented"] is None
    assert group["claimed"] == [{"min": 170, "max": 170, "by": "X", "ids": ["a", "b"]}]
    assert group["roots"] == {"X": ["a", "b"]}


def test_an_analysis_stays_one_when_others_tell_it() -> None:
    told = [
        say("a", "X", 560, 770, reported_by="O", scope="five sites"),
        say("b", "X", 560, 770, reported_by="P", scope="five sites"),
    ]
    [group] = tolls(told)["groups"]
    assert group["documented"] == {"min": 560, "max": 770, "from": ["a"]}
    assert group["roots"] == {"X": ["a", "b"]}
    own = say("june", "X", 160, 190, date="2014-06-27", scope="two sites")
    later = [{**item, "date": "2014-09-04", "supersedes": "june"} for item in told]
    [group] = tolls([own, *later])["groups"]
    assert (group["documented"]["min"], group["documented"]["max"]) == (560, 770)


def test_a_claim_and_a_party_never_replace_a_count() -> None:
    items = [
        say("a", "X", 10, 20),
        say("b", "X", 90, 95, date="2021-01-01", party=True, supersedes="a"),
        say("c", "Y", 90, 95, kind="claim", supersedes="a", reported_by="Y"),
    ]
    assert documented(tolls(items)) == [(10, 20, ["a"])]


def test_kinds_of_counts_and_events_stay_apart() -> None:
    items = [
        say("a", "X", 10, 20),
        say("b", "X", 30, 40, counted="missing", part_of="a"),
        say("c", "X", 50, 60, event="other"),
    ]
    answer = tolls(items)
    assert len(answer["groups"]) == 3
    assert "link_ignored" in flags(answer)


@pytest.mark.parametrize("link", ["copies", "supersedes", "part_of", "adds_to"])
def test_rings_and_missing_references_are_flagged(link: str) -> None:
    ring = [say("a", "X", 1, 2, **{link: "b"}), say("b", "X", 3, 4, **{link: "a"})]
    assert "cycle" in flags(tolls(ring))
    assert tolls(ring) == tolls(ring[::-1])
    assert "dangling_reference" in flags(tolls([say("a", "X", 1, 2, **{link: "absent"})]))
    assert "cycle" in flags(tolls([say("a", "X", 1, 2, **{link: "a"})]))


def test_an_item_with_the_least_that_is_needed() -> None:
    [group] = tolls([{"id": "a", "kind": "claim", "counted": "killed", "min": 3}])["groups"]
    assert group["claimed"] == [{"min": 3, "max": None, "by": "unattributed", "ids": ["a"]}]
    assert group["roots"] == {}
    assert tolls([])["groups"] == []
    [empty] = tolls([say("a", "X", None, None)])["groups"]
    assert empty["not_added"] == [{"id": "a", "why": "gives no number"}]


@pytest.mark.parametrize(
    "change",
    [
        {"min": -1},
        {"min": 9, "max": 3},
        {"min": 1.5},
        {"min": True},
        {"max": "12"},
        {"kind": "rumour"},
        {"counted": None},
        {"scope": 5},
        {"scope": {"places": [1]}},
        {"scope": {"from": "2020-02-01", "to": "2020-01-01"}},
        {"party": "yes"},
        {"copies": ["a", "b"]},
        {"origin": 7},
    ],
)
def test_bad_input_names_the_item(change: Any) -> None:
    with pytest.raises(BadInput, match="'bad'"):
        tolls([say("a", "X", 1, 2), say("bad", "X", 1, 2) | change])


def test_one_id_has_one_content() -> None:
    assert tolls([say("a", "X", 1, 2)] * 2) == tolls([say("a", "X", 1, 2)])
    with pytest.raises(BadInput, match="'a'"):
        tolls([say("a", "X", 1, 2), say("a", "X", 1, 3)])
    with pytest.raises(BadInput):
        tolls([{"kind": "claim"}])
    with pytest.raises(BadInput):
        tolls({"id": "a"})  # type: ignore[arg-type]


def test_no_wording_when_not_wanted() -> None:
    answer = tolls([say("a", "X", 1, 2)], wording=False)
    assert answer["wording"] == answer["groups"][0]["wording"] == ""


def test_an_addition_told_twice_is_added_once() -> None:
    base = say("a", "X", 10, 20, scope="north")
    more = [say(name, "X", 5, 6, scope="south", adds_to="a") for name in ("b", "b2", "b3")]
    assert [d[:2] for d in documented(tolls([base, more[0]]))] == [(15, 26)]
    assert [d[:2] for d in documented(tolls([base, *more]))] == [(15, 26)]
