"""The public record of Tikrit 2014, asked on five days.

Expected values: the worked case's published figures (HRW 26 June 2014: 160-190; HRW 2 September
2014: 560-770 with 285-440 at three new sites; UN team 10 June 2022: about 1,700).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from firsthand.count.toll import tolls

STATEMENTS = json.loads((Path(__file__).parent / "tikrit_tolls.json").read_text(encoding="utf-8"))[
    "statements"
]


def as_of(day: str) -> dict[str, Any]:
    return tolls([item for item in STATEMENTS if item["date"] <= day])


def group_of(answer: dict[str, Any], name: str) -> dict[str, Any]:
    [found] = [g for g in answer["groups"] if any(name in ids for ids in g["roots"].values())]
    return found


def flags_of(group: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {flag["what"]: flag for flag in group["flags"]}


def claims_of(group: dict[str, Any]) -> set[tuple[str, int, int]]:
    return {(c["by"], c["min"], c["max"]) for c in group["claimed"]}


def test_14_june_two_claims_of_different_scope() -> None:
    answer = as_of("2014-06-14")
    assert [g["documented"] for g in answer["groups"]] == [None, None]
    assert group_of(answer, "un-hundreds")["scope"]["places"] == ["Iraq"]
    assert group_of(answer, "un-hundreds") != group_of(answer, "group-1700")


def test_17_june_nothing_documented() -> None:
    answer = as_of("2014-06-17")
    assert all(g["documented"] is None for g in answer["groups"])
    assert claims_of(group_of(answer, "army-170")) >= {("Iraqi army experts", 170, 170)}
    group = group_of(answer, "group-1700")
    [claim] = [c for c in group["claimed"] if c["min"] == 1700]
    assert claim == {
        "min": 1700,
        "max": 1700,
        "by": "the armed group",
        "ids": ["ap-1700", "group-1700"],
    }
    country = group_of(answer, "un-hundreds")
    assert country is not group
    assert claims_of(country) == {("UN Human Rights Office", 100, 999)}
    told = flags_of(country)["relay_changed_number"]
    assert told["ids"] == ["un-hundreds", "story-thousands"]
    assert told["numbers"] == [100, 999, 1000, 9999]


def test_28_june_one_root() -> None:
    answer = as_of("2014-06-28")
    group = answer["groups"][0]
    assert group["documented"] == {"min": 160, "max": 190, "from": ["hrw-june"]}
    assert group["roots"]["Human Rights Watch"] == ["albawaba-june", "hrw-june", "jurist-june"]
    assert set(group["roots"]) & {"Al Bawaba", "JURIST"} == set()
    assert ("Iraqi minister Mohamed Shia al-Sudani", 175, 175) in claims_of(group)
    assert ("the armed group", 1700, 1700) in claims_of(group)
    assert [n["id"] for n in group["not_added"]] == ["albawaba-june", "jurist-june"]
    assert "relay_changed_number" not in flags_of(group)
    assert sum(g["documented"] is not None for g in answer["groups"]) == 1


def test_5_september_wider_count_replaces_and_does_not_add_up() -> None:
    answer = as_of("2014-09-05")
    group = answer["groups"][0]
    assert group["documented"] == {"min": 560, "max": 770, "from": ["hrw-september"]}
    reasons = {n["id"]: n["why"] for n in group["not_added"]}
    assert reasons["hrw-june"] == "superseded by hrw-september, wider scope, same root"
    assert "hrw-new-sites" in reasons
    flags = flags_of(group)
    assert flags["arithmetic"]["ids"] == ["hrw-june", "hrw-new-sites", "hrw-september"]
    assert flags["arithmetic"]["numbers"] == [160, 190, 285, 440, 445, 630, 560, 770]
    assert flags["bound_as_figure"]["ids"] == ["hrw-september", "newslines-770"]
    assert flags["relay_changed_scope"]["ids"] == ["hrw-september", "newslines-770"]
    assert "relay_changed_number" not in flags
    assert ("Iraqi minister Mohamed Shia al-Sudani", 175, 175) in claims_of(group)


def test_2022_another_root_has_another_scope() -> None:
    answer = as_of("2022-06-11")
    five = group_of(answer, "hrw-september")
    everything = group_of(answer, "un-team-2022")
    assert five["documented"] == {"min": 560, "max": 770, "from": ["hrw-september"]}
    assert everything["documented"] == {"min": 1700, "max": 1700, "from": ["un-team-2022"]}
    assert list(everything["roots"]) == ["UN investigative team"]
    assert ("the armed group", 1700, 1700) in claims_of(five)


@pytest.mark.parametrize(
    "day", ["2014-06-14", "2014-06-17", "2014-06-28", "2014-09-05", "2022-06-11"]
)
def test_wording_keeps_to_what_is_known(day: str) -> None:
    text = as_of(day)["wording"]
    assert "the death toll" not in text.casefold()
    assert not re.search(r"\d\.\d|\d+ sources|sources confirm", text)
    assert "1,700. We have not verified this claim" in text.replace(
        " (2 statements of one claim)", ""
    )
    if day == "2014-09-05":
        assert "At least 560 killed (documented minimum; 1 independent root" in text
        assert "160-190 plus 285-440 is 445-630, published as 560-770" in text


@pytest.mark.parametrize("explicit", [{}, {"supersedes": "hrw-june"}])
@pytest.mark.parametrize("texts", [("Tikrit", "Tikrit"), ("two sites", "five sites in Tikrit")])
def test_the_same_answer_from_scopes_as_text(explicit: Any, texts: tuple[str, str]) -> None:
    """Without listed places the text alone has to do."""
    base = {"origin": "Human Rights Watch", "kind": "analysis", "counted": "killed"}
    june = {**base, "id": "hrw-june", "date": "2014-06-26", "min": 160, "max": 190}
    september = {**base, "id": "hrw-sep", "date": "2014-09-02", "min": 560, "max": 770, **explicit}
    answer = tolls([{**june, "scope": texts[0]}, {**september, "scope": texts[1]}])
    if explicit or texts[0] == texts[1]:
        [group] = answer["groups"]
        assert group["documented"] == {"min": 560, "max": 770, "from": ["hrw-sep"]}
    else:  # "two sites" names no place: nothing follows, nothing is added
        assert [g["documented"]["max"] for g in answer["groups"]] == [190, 770]
