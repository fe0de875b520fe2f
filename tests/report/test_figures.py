"""Figures: well-formed, escaped, the same every time, bars and arrows where they belong."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from firsthand.report.figures import areas, layers, lineage, timeline
from firsthand.report.figures.svg import fitted, number
from firsthand.report.page import drawings

from . import fixture_report

SVG = "{http://www.w3.org/2000/svg}"
DAY = timeline.DAY
START = 1402444800000  # 2014-06-11T00:00:00Z


def parse(text: str) -> ET.Element:
    return ET.fromstring(text)


def texts(text: str) -> list[str]:
    return [node.text or "" for node in parse(text).iter(f"{SVG}text")]


def boxes(text: str, kind: str) -> list[dict[str, str]]:
    return [
        dict(node.attrib)
        for node in parse(text).iter(f"{SVG}rect")
        if kind in node.attrib.get("class", "").split()
    ]


def pictures(hostile: bool) -> dict[str, str]:
    report = fixture_report.build(hostile=hostile)
    return {
        "timeline": drawings.draw_times(report),
        "lineage": drawings.draw_lineage(report),
        "areas": drawings.draw_areas(report["events"][0], "areas-1"),
    }


@pytest.mark.parametrize("hostile", [False, True])
def test_figures_are_well_formed_and_named(hostile: bool) -> None:
    for name, text in pictures(hostile).items():
        root = parse(text)
        assert root.tag == f"{SVG}svg"
        assert root.attrib["role"] == "img"
        title, described = root.attrib["aria-labelledby"].split()
        ids = {node.attrib.get("id"): node for node in root.iter()}
        assert ids[title].text, name
        assert ids[described].text, name


def test_figures_are_the_same_every_time() -> None:
    assert pictures(True) == pictures(True)


def test_numbers_are_short() -> None:
    for text in pictures(True).values():
        drawn = re.sub(r">[^<]*<", "><", text)
        assert not re.search(r"\d\.\d{3}", drawn)
        assert not re.search(r"\de-?\d", drawn)


def test_hostile_text_stays_text() -> None:
    for text in pictures(True).values():
        tags = {node.tag.removeprefix(SVG) for node in parse(text).iter()}
        assert tags <= {"svg", "title", "desc", "rect", "path", "circle", "text"}
        assert "\u202e" not in text
    drawn = pictures(True)["timeline"] + pictures(True)["lineage"]
    assert "⟨U+202E⟩" in drawn
    assert "&lt;script&gt;" in drawn


def test_nothing_refers_outside() -> None:
    for text in pictures(True).values():
        plain = text.replace("http://www.w3.org/2000/svg", "")
        assert "http" not in plain
        assert "href" not in plain
        assert "style=" not in plain


@pytest.mark.parametrize(("value", "written"), [(1.0, "1"), (0.005, "0.01"), (-0.001, "0")])
def test_number(value: float, written: str) -> None:
    assert number(value) in {written, "0"}


def test_labels_are_cut_where_they_end() -> None:
    assert fitted("short", 100) == "short"
    assert fitted("a" * 100, 64).endswith("…")
    assert len(fitted("字" * 100, 64)) < len(fitted("a" * 100, 64))


# ---- timeline ---------------------------------------------------------------------------------


def test_bars_lie_in_proportion() -> None:
    text = timeline.draw(
        [
            timeline.Bar("one day", START, START + DAY),
            timeline.Bar("two days", START + DAY, START + 3 * DAY, "seen"),
        ]
    )
    one, two = boxes(text, "bar")
    assert float(two["width"]) == pytest.approx(2 * float(one["width"]), abs=0.02)
    assert float(two["x"]) == pytest.approx(float(one["x"]) + float(one["width"]), abs=0.02)


def test_open_bounds_have_arrows_and_unknown_times_say_so() -> None:
    text = timeline.draw(
        [
            timeline.Bar("known", START, START + DAY),
            timeline.Bar("open after", START, None),
            timeline.Bar("open before", None, START + DAY),
            timeline.Bar("nothing", None, None),
        ]
    )
    assert text.count('class="open"') == 2
    assert "time not known" in texts(text)
    assert len(boxes(text, "bar")) == 3


def test_long_empty_times_are_cut_out() -> None:
    days = [0, 1, 2, 3, 5, 3000]
    bars = [timeline.Bar(f"day {d}", START + d * DAY, START + (d + 1) * DAY) for d in days]
    text = timeline.draw(bars)
    assert text.count('class="cut"') == 2  # one cut, two strokes
    assert "cut out" in text
    assert min(float(box["width"]) for box in boxes(text, "bar")) > 20


def test_nothing_dated_draws_nothing() -> None:
    assert timeline.draw([]) == ""
    assert timeline.draw([timeline.Bar("?", None, None)]) == ""


def test_one_moment_is_drawn() -> None:
    assert len(boxes(timeline.draw([timeline.Bar("moment", START, START)]), "bar")) == 1


def test_many_rows_are_limited() -> None:
    bars = [timeline.Bar(str(at), START, START + DAY) for at in range(500)]
    assert len(boxes(timeline.draw(bars), "bar")) == timeline.MOST_ROWS


# ---- who cites whom ---------------------------------------------------------------------------


def test_sources_stand_left_of_those_who_pass_on() -> None:
    nodes = [lineage.Node(name, name) for name in "abcd"]
    edges = [lineage.Edge("b", "a"), lineage.Edge("c", "b"), lineage.Edge("c", "a")]
    text = lineage.draw(nodes, edges)
    left = dict(zip("abc", [float(box["x"]) for box in boxes(text, "box")], strict=True))
    assert left["a"] < left["b"] < left["c"]
    assert "d" not in texts(text)  # nobody cites d
    assert text.count('class="head"') == 3


def test_a_ring_is_drawn_and_marked() -> None:
    nodes = [lineage.Node(name, name) for name in "abc"]
    edges = [lineage.Edge("a", "b"), lineage.Edge("b", "c"), lineage.Edge("c", "a")]
    text = lineage.draw(nodes, edges)
    assert text.count("link ring") == 1
    assert text.count('class="head"') == 3


def test_pairs_in_both_directions() -> None:
    nodes = [lineage.Node(name, name) for name in "ab"]
    text = lineage.draw(nodes, [lineage.Edge("a", "b"), lineage.Edge("b", "a")])
    assert text.count('class="head"') == 2


def test_self_citation_and_unknown_nodes_draw_nothing() -> None:
    nodes = [lineage.Node("a", "a")]
    assert lineage.draw(nodes, [lineage.Edge("a", "a"), lineage.Edge("a", "gone")]) == ""


def test_long_lines_keep_out_of_boxes_between() -> None:
    laid = layers.layout(["a", "b", "c"], [("a", "b"), ("b", "c"), ("a", "c")])
    assert len(laid.paths["a", "c"]) == 3
    middle = laid.paths["a", "c"][1]
    assert laid.slots[middle].column == laid.slots["b"].column
    assert laid.slots[middle].row != laid.slots["b"].row


def test_order_of_input_does_not_matter() -> None:
    nodes = [lineage.Node(name, name) for name in "abcd"]
    edges = [lineage.Edge("b", "a"), lineage.Edge("c", "a"), lineage.Edge("d", "b")]
    assert lineage.draw(nodes, edges) == lineage.draw(nodes[::-1], edges[::-1])


# ---- areas ------------------------------------------------------------------------------------

SQUARE = [[[(0, 0), (4_000_000, 0), (4_000_000, 4_000_000), (0, 4_000_000), (0, 0)]]]
INNER = [[[(1_000_000, 1_000_000), (2_000_000, 1_000_000), (2_000_000, 2_000_000)]]]


def test_a_panel_for_each_area_that_holds_others() -> None:
    shapes = [
        areas.Shape("country", "Country", SQUARE, named=False),
        areas.Shape("part", "Part", INNER, within="country"),
        areas.Shape("town", "Town", point=(1_500_000, 1_200_000), within="part"),
    ]
    text = areas.draw(shapes)
    assert texts(text) == ["Country", "Part", "Part", "Town"]
    assert text.count("<circle") == 1
    assert text.count('class="area named"') == 2


def test_north_is_up() -> None:
    shapes = [
        areas.Shape("country", "Country", SQUARE),
        areas.Shape("n", "North", point=(2_000_000, 3_000_000), within="country"),
        areas.Shape("s", "South", point=(2_000_000, 1_000_000), within="country"),
    ]
    north, south = parse(areas.draw(shapes)).iter(f"{SVG}circle")
    assert float(north.attrib["cy"]) < float(south.attrib["cy"])


def test_one_area_alone_and_none() -> None:
    assert texts(areas.draw([areas.Shape("a", "Alone", SQUARE)])) == ["Alone"]
    assert areas.draw([]) == ""
    assert areas.draw([areas.Shape("p", "Point", point=(0, 0))]) == ""


def test_the_gazetteer_gives_what_lies_around() -> None:
    found = {shape.id: shape for shape in drawings.shapes(["geonames:90150"])}
    assert list(found) == ["IQ", "IQ-SD", "geonames:90150"]
    assert found["geonames:90150"].within == "IQ-SD"
    assert not found["IQ"].named
    assert drawings.shapes(["no such id", "<script>"]) == ()
