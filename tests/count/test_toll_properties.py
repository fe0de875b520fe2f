"""What must hold for any input: order, copies, relays, parties and parts change no count."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firsthand.count.scope import Relation, Scope, relate
from firsthand.count.statement import read_statements
from firsthand.count.toll import tolls

# Country > province A > towns A1, A2; province B > town B1.
INSIDE = {"A": {"A1", "A2"}, "B": {"B1"}, "Country": {"A", "B", "A1", "A2", "B1"}}
IDS = ["i0", "i1", "i2", "i3", "i4", "i5"]


def contains(outer: str, inner: str) -> bool | None:
    return None if "?" in (outer, inner) else inner in INSIDE.get(outer, ())


figures = st.tuples(st.none() | st.integers(0, 900), st.none() | st.integers(0, 900)).map(
    lambda pair: sorted(pair) if None not in pair else list(pair)
)
scopes = st.fixed_dictionaries(
    {"places": st.lists(st.sampled_from(["Country", "A", "A1", "A2", "B", "B1", "?"]), max_size=2)},
    optional={
        "from": st.sampled_from(["2014-06-10", "2014-06-12"]),
        "to": st.sampled_from(["2014-06-13", "2014-06"]),
        "victims": st.sampled_from(["soldiers", "recruits"]),
    },
)


@st.composite
def statements(draw: st.DrawFn, links: bool = True) -> list[dict[str, Any]]:
    items = []
    for name in IDS[: draw(st.integers(1, len(IDS)))]:
        low, high = draw(figures)
        item = {
            "id": name,
            "date": draw(st.sampled_from(["2014-06-14", "2014-06-15", "2014-07", None])),
            "origin": draw(st.sampled_from(["X", "Y", "Z", "unattributed"])),
            "event": draw(st.sampled_from(["e", "e", "f"])),
            "kind": draw(st.sampled_from(["analysis", "report", "claim"])),
            "counted": draw(st.sampled_from(["killed", "killed", "missing"])),
            "min": low,
            "max": high,
            "scope": draw(scopes | st.sampled_from(["A1", "somewhere", ""])),
            "party": draw(st.sampled_from([False, False, True])),
            "reported_by": draw(st.sampled_from([None, None, "X", "press"])),
        }
        if links:
            for link in ("copies", "supersedes", "part_of", "adds_to"):
                target = draw(st.sampled_from([None] * 6 + [*IDS, "absent"]))
                item.update({link: target} if target else {})
        items.append(item)
    return items


def ask(items: list[dict[str, Any]]) -> dict[str, Any]:
    return tolls(items, contains=contains)


def documented(answer: dict[str, Any]) -> list[str]:
    return sorted(
        json.dumps([g["event"], g["counted"], g["scope"], g["documented"]], sort_keys=True)
        for g in answer["groups"]
        if g["documented"]
    )


def ranges(answer: dict[str, Any]) -> list[tuple[Any, ...]]:
    return sorted(
        (
            g["event"],
            g["counted"],
            json.dumps(g["scope"], sort_keys=True),
            str(g["documented"] and (g["documented"]["min"], g["documented"]["max"])),
        )
        for g in answer["groups"]
        if g["documented"]
    )


def claimed(answer: dict[str, Any]) -> set[tuple[Any, ...]]:
    return {
        (g["event"], g["counted"], c["by"], c["min"], c["max"])
        for g in answer["groups"]
        for c in g["claimed"]
    }


def roots(answer: dict[str, Any]) -> set[tuple[Any, ...]]:
    return {(g["event"], g["counted"], root) for g in answer["groups"] for root in g["roots"]}


house = settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])


@house
@given(statements())
def test_every_statement_has_one_place_and_no_number_is_a_float(items: Any) -> None:
    answer = ask(items)
    used = {n for g in answer["groups"] for n in (g["documented"] or {"from": []})["from"]}
    claims = [n for g in answer["groups"] for c in g["claimed"] for n in c["ids"]]
    left = [entry["id"] for g in answer["groups"] for entry in g["not_added"]]
    assert len(claims) == len(set(claims)) and len(left) == len(set(left))
    assert not set(claims) & set(left) and not set(claims) & used
    assert used | set(claims) | set(left) == {item["id"] for item in items}

    def refuse(text: str) -> float:
        raise AssertionError(f"a float: {text}")

    json.loads(json.dumps(answer), parse_float=refuse)


@house
@given(st.data(), statements())
def test_order_and_exact_repeats_change_nothing(data: Any, items: Any) -> None:
    again = data.draw(st.permutations(items + items[:2]))
    assert ask(again) == ask(items)


@house
@given(st.data(), statements(), st.integers(1, 4))
def test_copies_change_no_number(data: Any, items: Any, times: int) -> None:
    source = data.draw(st.sampled_from(items))
    copies = [
        {**source, "id": f"{prefix}{n}", "copies": source["id"], "reported_by": "press"}
        for n in range(times)
        for prefix in ("a", "z")
    ]
    before, after = ask(items), ask(items + copies)
    assert documented(after) == documented(before)
    assert claimed(after) == claimed(before)
    assert roots(after) == roots(before)


@house
@given(st.data(), statements(), st.integers(1, 4))
def test_relays_change_no_number(data: Any, items: Any, times: int) -> None:
    source = data.draw(st.sampled_from(items))
    relays = [
        {**source, "id": f"{prefix}{n}", "reported_by": f"outlet {n}"}
        for n in range(times)
        for prefix in ("a", "z")
    ]
    before, after = ask(items), ask(items + relays)
    assert ranges(after) == ranges(before)
    if source["reported_by"] in (None, source["origin"]):
        # Of an analysis that is held only as told, equal tellings are one: any may be named.
        assert documented(after) == documented(before)
    assert claimed(after) == claimed(before)
    assert roots(after) == roots(before)


@house
@given(statements(), statements())
def test_a_party_changes_nothing_documented(items: Any, others: Any) -> None:
    party = [{**item, "id": f"p{item['id']}", "party": True} for item in others]
    assert documented(ask(items + party)) == documented(ask(items))


@house
@given(st.data(), statements(links=False))
def test_a_narrower_count_raises_no_maximum(data: Any, items: Any) -> None:
    before = ask(items)
    [narrow] = data.draw(statements(links=False).filter(lambda s: len(s) == 1))
    narrow["id"] = data.draw(st.sampled_from(["a", "z"]))
    after = {
        (g["event"], g["counted"], json.dumps(g["scope"])): g["documented"]
        for g in ask([*items, narrow])["groups"]
        if g["documented"]
    }
    inner = scope_of(narrow["scope"])
    for group in before["groups"]:
        same = (group["event"], group["counted"]) == (narrow["event"], narrow["counted"])
        wide = relate(scope_of(group["scope"]), inner, contains) is Relation.CONTAINS
        if group["documented"] and same and wide:
            found = after[group["event"], group["counted"], json.dumps(group["scope"])]
            assert found is not None and found["max"] == group["documented"]["max"]
            assert (found["min"] or 0) >= (group["documented"]["min"] or 0)


def scope_of(value: Any) -> Scope:
    item = {"id": "s", "kind": "claim", "counted": "killed", "scope": value}
    return read_statements([item])[0].scope


@house
@given(scopes, scopes, scopes)
def test_containment_of_scopes_is_an_order(a: Any, b: Any, c: Any) -> None:
    x, y, z = scope_of(a), scope_of(b), scope_of(c)
    mirror = {Relation.WITHIN: Relation.CONTAINS, Relation.CONTAINS: Relation.WITHIN}
    assert relate(x, x, contains) is Relation.EQUAL
    there, back = relate(x, y, contains), relate(y, x, contains)
    assert back is mirror.get(there, there)
    if there is Relation.WITHIN and relate(y, z, contains) is Relation.WITHIN:
        assert relate(x, z, contains) is Relation.WITHIN
