"""report.html as text: complete, escaped, and without any way out. Chromium: tests/web."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from firsthand.model.errors import BadInput
from firsthand.report.html import render
from firsthand.report.page import text, times, wording
from firsthand.report.page.anchors import Anchors

from . import fixture_report

VOID = {"meta", "br", "img", "input", "link", "hr"}


class Page(HTMLParser):
    """Elements, their attributes and their text; raises on tags that do not nest."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.inside: list[str] = []
        self.headings: list[int] = []
        self.feed(source)
        assert not self.inside, f"left open: {self.inside}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.inside.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.inside.pop() == tag, tag
        if tag in self.APART:
            self.text.append(" ")

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.inside):
            self.text.append(data)

    # Cells and list items are told apart by more than their text.
    APART = frozenset({"td", "th", "dt", "dd", "li", "p", "div"})

    def all(self, name: str) -> list[str]:
        return [a[name] or "" for _, a in self.elements if name in a]

    @property
    def said(self) -> str:
        return " ".join("".join(self.text).split())


@pytest.fixture(scope="module")
def source() -> str:
    return render(fixture_report.build())


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    return Page(source)


@pytest.fixture(scope="module")
def hostile() -> Page:
    return Page(render(fixture_report.build(hostile=True)))


def test_the_same_report_gives_the_same_page(source: str) -> None:
    assert render(json.loads(json.dumps(fixture_report.build()))) == source


def test_first_lines_say_what_this_covers(page: Page) -> None:
    root = fixture_report.build()["ledger"]["root"]
    assert "28 June 2014: only what had been published by the end of that day" in page.said
    assert "61 ledger entries" in page.said
    assert " ".join(root[at : at + 16] for at in range(0, 64, 16)) in page.said
    assert "No outside checkpoint covers this case: it is consistent with itself only." in page.said
    assert "2 entries are withheld" in page.said


def test_an_outside_checkpoint_is_named_with_what_it_leaves_open() -> None:
    report = fixture_report.build()
    report["ledger"]["covered_to"] = {"size": 50, "by": ["witness.example"]}
    said = Page(render(report)).said
    assert "Covered up to entry count 50 by witness.example" in said
    assert "11 later entries are not covered" in said
    assert "it is consistent with itself only" not in said


def test_questions_in_order_each_answered_or_not_yet(page: Page) -> None:
    asked = [href for href in page.all("href") if re.fullmatch("#event-killings--[a-z_]+", href)]
    assert asked == [f"#event-killings--{name}" for name in wording.QUESTIONS]
    assert "Why: not yet. Not checked: a stated motive is a speaker's word." in page.said
    for words in ("What happened", "When", "Where", "How many"):
        assert f"{words} Answered" in page.said
    assert "Who Open" in page.said
    assert "Why Not yet Not yet." in page.said
    assert "Is the material genuine Disputed" in page.said


def test_events_without_an_answer_come_last_and_say_so() -> None:
    report = fixture_report.build()
    report["events"].reverse()
    said = Page(render(report)).said
    first, last = said.index("Mass killings near Tikrit Places"), said.index("None of the eight")
    assert first < last
    assert said[last:].count(": not yet") == len(wording.QUESTIONS)


def test_numbers_lead_to_claims_and_claims_to_bytes(page: Page, source: str) -> None:
    anchors = Anchors(fixture_report.build())
    target = anchors.of(fixture_report.claim("c07"))
    assert source.count(f'href="#{target}"') > 3
    assert target in page.all("id")
    exhibit = fixture_report.digest("text s12")
    assert f'href="#{anchors.of(exhibit)}"' in source
    hexes = exhibit.removeprefix("sha256:")
    assert " ".join(hexes[at : at + 16] for at in range(0, 64, 16)) in page.said
    assert "ledger entry 46" in page.said
    assert "written about 17 June 2014 , 16 to 18 June 2014 (UTC days)".replace(" ,", ",") in (
        page.said
    )


@pytest.mark.parametrize("hostile_text", [False, True])
def test_every_link_stays_on_the_page(hostile_text: bool) -> None:
    page = Page(render(fixture_report.build(hostile=hostile_text)))
    ids = page.all("id")
    assert len(ids) == len(set(ids))
    for href in page.all("href"):
        assert href.startswith("#")
        assert href[1:] in ids
    for name in ("aria-labelledby", "aria-controls", "aria-describedby"):
        assert {part for value in page.all(name) for part in value.split()} <= set(ids)


def test_nothing_is_fetched_and_no_pixel_is_inside(hostile: Page) -> None:
    tags = {tag for tag, _ in hostile.elements}
    assert not tags & {"img", "video", "audio", "source", "iframe", "object", "embed", "link",
                       "base", "form", "image", "use", "picture"}  # fmt: skip
    assert not hostile.all("src")
    assert not [n for _, a in hostile.elements for n in a if n.startswith("on") or n == "style"]


def test_the_policy_allows_only_what_is_written(source: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', source)
    assert policy
    assert "unsafe" not in policy[1]
    assert policy[1].startswith("default-src 'none'")
    for tag, inside in re.findall(r"<(style|script)>(.*?)</\1>", source, re.S):
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]
    assert source.index("Content-Security-Policy") < source.index("<style>")


def test_untrusted_text_is_only_text(hostile: Page) -> None:
    assert [tag for tag, _ in hostile.elements].count("script") == 1
    assert "<script>document.title='owned'</script>" in hostile.said
    assert "javascript:document.title='owned'// (not a web address)" in hostile.said
    assert "{{ 7*7 }}" in hostile.said
    assert hostile.all("lang").count('"><b>') == 0


def test_unseen_characters_are_written_out() -> None:
    source = render(fixture_report.build(hostile=True))
    for letter in "\u202e\u2066\x00\x1b\u3164":
        assert letter not in source
        assert text.token(letter) in source
    assert "photo⟨U+202E⟩gpj.exe" in source
    assert "\u0301" * 9 not in source


def test_strings_of_the_case_are_isolated(page: Page, source: str) -> None:
    for words in ("حساب_تجريبي", "صلاح الدين", "محمد شياع السوداني", "البوابة"):
        assert re.search(rf'<bdi dir="auto" lang="und-Arab">{words}', source), words
    assert '<blockquote dir="auto" lang="und-Arab">قتل' in source
    assert page.elements[0] == ("html", {"lang": "en"})


def test_a_given_language_is_kept() -> None:
    report = fixture_report.build()
    report["claims"][8]["lang"] = "ar-IQ"
    assert '<blockquote dir="auto" lang="ar-IQ">' in render(report)


def test_headings_are_in_order(page: Page) -> None:
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    for before, after in zip(page.headings, page.headings[1:], strict=False):
        assert after <= before + 1


def test_counts_of_sources_flags_and_layers_are_in_words(page: Page) -> None:
    assert "3 independent sources; 4 further statements lead back to them and add none" in page.said
    assert "The numbers do not add up. 90-110 plus 35-40 is 125-150" in page.said
    assert "A relay changed the number." in page.said
    assert "1,700 by The armed group party, not counted" in page.said
    assert "Documented 160 to 190 from c07" in page.said
    assert "Not checked: no scene was counted" in page.said


def test_machines_and_people_are_kept_apart(source: str) -> None:
    machine = source[source.index('id="machine"') : source.index('id="people"')]
    people = source[source.index('id="people"') : source.index('id="gaps"')]
    assert "count.toll" in machine
    assert "judged on an older result" in machine
    assert "Accepted" in people
    assert "ديانا" in people
    assert "ديانا" not in machine


def test_contradictions_stand_side_by_side() -> None:
    report = fixture_report.build()
    both = report["events"][0]["questions"]["genuine"]["contradictions"][0]["claims"]
    both[0].append(fixture_report.claim("c06"))
    report["claims"][5]["text"] = report["claims"][2]["text"]  # c06 says what c03 says
    source = render(report)
    sides = re.search(r'<div class="sides">(.*?)</div>\s*</div>\s*</div>', source, re.S)
    assert sides
    one, other = sides[1].split('<div class="side">')[1:]
    assert one.count("genuine</bdi>") == 1
    assert ">c03<" in one and ">c06<" in one
    assert "not established" in other and ">c02<" in other
    assert "says so, as a fact" in one and "leaves it open, without deciding" in other


def test_what_is_missing_is_said(page: Page) -> None:
    assert "27 in: 23 done, 2 already held, 1 failed, 1 set aside." in page.said
    assert "unpacks beyond the limit" in page.said
    assert "account suspended" in page.said
    assert "39 exhibit the whole entry" in page.said
    assert "17 sighting 2 fields" in page.said
    assert "What this does not prove" in page.said


def test_media_are_words_and_buttons(page: Page, source: str) -> None:
    names = [value for value in page.all("data-annex")]
    digests = [fixture_report.digest(name).removeprefix("sha256:") for name in ("photo", "film")]
    assert names == digests
    assert source.count('class="ask" hidden') == 2
    assert "A drawn grey gradient; stands for a photo." in page.said


def test_an_empty_case_is_a_page_too() -> None:
    report = fixture_report.build()
    for name in ("events", "exhibits", "sightings", "actors", "claims", "runs", "findings",
                 "assessments", "gaps"):  # fmt: skip
        report[name] = []
    report["lineage"] = {"nodes": [], "edges": []}
    report["as_of"] = None
    report["case"]["title"] = None
    report["ledger"]["withheld"] = []
    said = Page(render(report)).said
    assert "No event has been entered" in said
    assert "No cut-off date" in said
    assert "Nothing is withheld" in said


def test_another_shape_is_refused() -> None:
    report: dict[str, Any] = fixture_report.build()
    del report["ledger"]
    with pytest.raises(BadInput, match="ledger"):
        render(report)


def test_ids_that_collide_keep_their_own_anchors() -> None:
    report = fixture_report.build()
    ids = ["claim:" + "ab" * 32, "claim:" + "ab" * 31 + "cd"]
    for claim, name in zip(report["claims"], ids, strict=False):
        claim["id"] = name
    anchors = Anchors(report)
    assert anchors.of(ids[0]) == "claim-abababababab"
    assert anchors.of(ids[1]) == "claim-abababababab-2"


def test_an_actor_and_an_event_may_share_an_id() -> None:
    report = fixture_report.build()
    report["actors"][0]["id"] = report["events"][0]["id"]
    page = Page(render(report))
    assert len(page.all("id")) == len(set(page.all("id")))
    anchors = Anchors(report)
    assert anchors.of("killings", "event") == "event-killings"
    assert anchors.of("killings", "actor") == "actor-killings"


def test_long_answers_are_opened_and_then_given_whole() -> None:
    report = fixture_report.build()
    answer = "First sentence of many. " + "And another one follows it. " * 20
    report["events"][0]["questions"]["what"]["answer"] = answer.strip()
    said = Page(render(report)).said
    assert said.count(answer.strip()) == 1
    assert "… the whole answer" in said


def test_joiners_of_living_scripts_stay() -> None:
    assert text.shown("می\u200cخواهم") == "می\u200cخواهم"
    assert text.shown("line\none\r\ntwo") == "line\none\ntwo"


@pytest.mark.parametrize(
    ("earliest", "latest", "said"),
    [
        ("2014-06-14T00:00:00Z", "2014-06-15T00:00:00Z", "14 June 2014 (UTC day)"),
        ("2014-06-30T00:00:00Z", "2014-07-02T00:00:00Z", "30 June 2014 to 1 July 2014 (UTC days)"),
        ("2014-06-14T10:30:00Z", "2014-06-14T11:30:00Z", "14 June 2014, 10:30 to 11:30 UTC"),
        ("2014-06-14T10:30:00Z", "2014-06-14T10:30:01Z", "14 June 2014, 10:30 UTC"),
        ("2014-06-11T00:00:00Z", None, "not before 11 June 2014, 00:00 UTC"),
    ],
)
def test_times_in_words(earliest: str | None, latest: str | None, said: str) -> None:
    assert times.between(earliest, latest) == said


@pytest.mark.parametrize(
    ("roots", "independent", "said"),
    [
        ({"a": ["1"]}, [1, 1], "1 independent source"),
        ({"a": ["1", "2"]}, [1, 1],
         "1 independent source; 1 further statement leads back to it and adds none"),
        ({"a": ["1"], "b": ["2"]}, [1, 2], "1 independent source for certain, 2 at most"),
        ({}, [0, 0], "0 independent sources"),
    ],
)  # fmt: skip
def test_sources_in_words(roots: Any, independent: Any, said: str) -> None:
    assert wording.independence(roots, independent) == said
