"""report.html in Chromium: offline, nothing shown unasked, readable at any width and by anybody."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from firsthand.report.html import render
from firsthand.report.page.wording import QUESTIONS

pytestmark = pytest.mark.browser

_SPEC = spec_from_file_location(
    "fixture_report", Path(__file__).parents[1] / "report" / "fixture_report.py"
)
assert _SPEC is not None and _SPEC.loader is not None
fixture_report = module_from_spec(_SPEC)
_SPEC.loader.exec_module(fixture_report)

# WCAG 2.2, 1.4.3: 4.5 to 1; here for every text, large or not.
LEAST_CONTRAST = 4.5
# WCAG 2.2, 2.5.8 [CSS px].
LEAST_TARGET = 24
NARROW = {"width": 320, "height": 640}  # WCAG 2.2, 1.4.10


def png() -> bytes:
    """Return a small colour gradient; no photograph is part of the repository."""

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = b"".join(b"\0" + bytes(c for x in range(64) for c in (4 * x, 4 * y, 128))
                    for y in range(48))  # fmt: skip
    header = struct.pack(">IIBBBBB", 64, 48, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    (folder / "annex").mkdir()
    photo = fixture_report.digest("photo").removeprefix("sha256:")
    (folder / "annex" / photo).write_bytes(png())
    for name in ("plain", "hostile"):
        page = render(fixture_report.build(hostile=name == "hostile"))
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    return folder


class Opened:
    """A page with everything that it asked for and said."""

    def __init__(self, browser: Any, path: Path, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.goto(path.as_uri())
        self.at = path.as_uri()

    @property
    def fetched(self) -> list[str]:
        return [address for address in self.requests if address != self.at]


@pytest.fixture
def opened(chromium: Any, folder: Path) -> Iterator[Any]:
    contexts = []

    def go(name: str = "plain", **options: Any) -> Opened:
        page = Opened(chromium, folder / f"{name}.html", **options)
        contexts.append(page.context)
        return page

    yield go
    for context in contexts:
        context.close()


# ---- what it asks for -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plain", "hostile"])
def test_nothing_but_the_file_is_requested(opened: Any, name: str) -> None:
    report = opened(name)
    page = report.page
    page.mouse.wheel(0, 50_000)
    for link in page.locator("nav:visible a").all():
        link.click()
    page.wait_for_timeout(200)
    assert report.fetched == []
    assert report.complaints == []
    assert page.title() != "owned"
    assert page.locator("img, video, audio").count() == 0


def test_a_script_that_slipped_in_would_not_run(opened: Any) -> None:
    report = opened()
    report.page.evaluate(
        """() => { const s = document.createElement("script");
        s.textContent = "document.title = 'owned'"; document.body.append(s); }"""
    )
    assert report.page.title() != "owned"
    assert any("Content Security Policy" in text for text in report.complaints)


# ---- what it says -----------------------------------------------------------------------------


def test_every_question_has_an_answer_or_says_not_yet(opened: Any) -> None:
    page = opened().page
    rows = page.locator(".event").first.locator(".glance > div")
    assert rows.count() == len(QUESTIONS)
    for row, words in zip(rows.all(), QUESTIONS.values(), strict=True):
        said = row.inner_text()
        assert words in said
        assert re.search(r"Answered|Open|Disputed|Not yet", said)
        assert len(row.locator("dd").last.inner_text().strip()) > 5
    later = page.locator(".event").nth(1)
    assert later.locator(".notyet li").count() == len(QUESTIONS)


def test_the_first_screen_has_the_answers(opened: Any) -> None:
    page = opened(viewport={"width": 1280, "height": 900}).page
    for words in ("28 June 2014", "consistent with itself only", "160 to 190"):
        assert page.get_by_text(words).first.bounding_box()["y"] < 900


def test_a_number_can_be_followed_to_its_bytes(opened: Any) -> None:
    page = opened().page
    page.locator(".glance").first.get_by_role("link", name="c07").click()
    claim = page.locator(":target")
    assert "Between 160 and 190 men" in claim.inner_text()
    claim.get_by_role("link", name=re.compile("^exhibit ")).click()
    shown = page.locator(":target").inner_text().replace(" ", "").replace("\n", "")
    assert fixture_report.digest("text s12").removeprefix("sha256:") in shown


# ---- images and videos ------------------------------------------------------------------------


def test_two_deliberate_clicks_and_escape(opened: Any) -> None:
    report = opened()
    page = report.page
    item = page.locator("[data-annex]").first
    ask = item.get_by_role("button", name="Ask to see this image")
    ask.click()
    assert "may show violence" in item.inner_text()
    assert report.fetched == []
    assert page.locator("img").count() == 0
    item.get_by_role("button", name="Show it, small and in grey").click()
    picture = item.locator("img")
    picture.wait_for(state="visible")
    photo = fixture_report.digest("photo").removeprefix("sha256:")
    assert [address.rsplit("/annex/")[-1] for address in report.fetched] == [photo]
    assert picture.evaluate("(e) => e.decode().then(() => e.naturalWidth)") == 64
    assert picture.evaluate("(e) => getComputedStyle(e).filter") == "grayscale(1)"
    assert picture.bounding_box()["width"] <= 256
    colour = item.get_by_role("button", name="In colour")
    colour.click()
    assert colour.get_attribute("aria-pressed") == "true"
    assert picture.evaluate("(e) => getComputedStyle(e).filter") == "none"
    page.keyboard.press("Escape")
    assert page.locator("img").count() == 0
    assert item.locator(".stage").is_hidden()
    assert ask.evaluate("(e) => e === document.activeElement")
    ask.click()
    item.get_by_role("button", name="Show it, small and in grey").click()
    # Colour is a choice for one look, never remembered.
    assert item.locator("img").evaluate("(e) => getComputedStyle(e).filter") == "grayscale(1)"


def test_it_can_be_left_hidden(opened: Any) -> None:
    report = opened()
    item = report.page.locator("[data-annex]").first
    item.get_by_role("button", name="Ask to see this image").click()
    item.get_by_role("button", name="Leave it hidden").click()
    assert item.locator(".stage").is_hidden()
    assert report.fetched == []


def test_only_one_is_open(opened: Any) -> None:
    page = opened().page
    for item in page.locator("[data-annex]").all():
        item.get_by_role("button", name=re.compile("^Ask")).click()
    assert page.locator(".stage:visible").count() == 1


def test_keys_alone_are_enough(opened: Any) -> None:
    page = opened().page
    page.locator("[data-annex] .ask").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("[data-annex] img").wait_for(state="visible")
    # Focus stands on "hide", not lost on the body.
    assert page.evaluate("document.activeElement.textContent") == "Hide (Esc)"
    page.keyboard.press("Enter")
    assert page.locator("img").count() == 0


def test_a_missing_annex_is_said(opened: Any) -> None:
    report = opened()
    item = report.page.locator("[data-annex]").nth(1)
    item.get_by_role("button", name="Ask to see this video").click()
    item.get_by_role("button", name="Show it, small and in grey").click()
    item.get_by_text("It could not be shown").wait_for()
    assert len({address.rsplit("/annex/")[-1] for address in report.fetched}) == 1


def test_video_has_no_sound_and_does_not_start(opened: Any) -> None:
    page = opened().page
    # Keep the element as it is made: the test has no video that it could load.
    page.evaluate("document.addEventListener('error', (e) => e.stopImmediatePropagation(), true)")
    item = page.locator("[data-annex]").nth(1)
    item.get_by_role("button", name="Ask to see this video").click()
    item.get_by_role("button", name="Show it, small and in grey").click()
    video = item.locator("video")
    assert video.evaluate("(e) => [e.muted, e.autoplay, e.paused, e.controls]") == [
        True,
        False,
        True,
        True,
    ]


def test_nothing_is_printed(opened: Any) -> None:
    page = opened().page
    item = page.locator("[data-annex]").first
    item.get_by_role("button", name="Ask to see this image").click()
    item.get_by_role("button", name="Show it, small and in grey").click()
    item.locator("img").wait_for(state="visible")
    page.emulate_media(media="print")
    assert item.locator("img").is_hidden()
    assert page.locator("button:visible").count() == 0
    assert page.locator("nav:visible").count() == 0


def test_leaving_the_page_hides(opened: Any) -> None:
    page = opened().page
    item = page.locator("[data-annex]").first
    item.get_by_role("button", name="Ask to see this image").click()
    item.get_by_role("button", name="Show it, small and in grey").click()
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    assert page.locator("img").count() == 0


def test_without_script_there_are_words_and_no_buttons(opened: Any) -> None:
    page = opened(java_script_enabled=False).page
    assert page.locator("button:visible").count() == 0
    assert page.get_by_text("A drawn grey gradient").first.is_visible()


# ---- for everybody ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plain", "hostile"])
def test_no_sideways_scroll_on_a_phone(opened: Any, name: str) -> None:
    page = opened(name, viewport=NARROW).page
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    outside = page.evaluate(
        """() => [...document.querySelectorAll("main *:not(svg *):not(.scroll *)")]
        .filter((e) => e.checkVisibility() && !e.closest(".sr, thead")
            && e.getBoundingClientRect().right > innerWidth + 1)
        .map((e) => e.tagName + "." + e.className)"""
    )
    assert outside == []
    first = page.locator(".cards td[data-label]").first
    assert "Position" in first.evaluate("(e) => getComputedStyle(e, '::before').content")


CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgb = (c) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = c;
    canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = (c) => { const v = c.slice(0, 3).map((x) => x / 255)
    .map((x) => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
  const behind = (e) => { for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; }
    return [255, 255, 255, 255]; };
  const found = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility() || e.closest("script")) continue;
    const style = getComputedStyle(e);
    const front = light(rgb(e.closest("svg") ? style.fill : style.color));
    const back = light(behind(e));
    const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    found.push([ratio, e.tagName + "." + (e.getAttribute("class") || "")]);
  }
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(opened: Any, scheme: str) -> None:
    page = opened(color_scheme=scheme).page
    measured = page.evaluate(CONTRAST)
    assert len(measured) > 300
    assert [item for item in measured if item[0] < LEAST_CONTRAST] == []
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    shade = int(re.findall(r"\d+", paper)[0])
    assert shade < 60 if scheme == "dark" else shade > 200


def test_landmarks_headings_labels(opened: Any) -> None:
    page = opened("hostile").page
    for role, count in (("main", 1), ("banner", 1), ("contentinfo", 1), ("navigation", 1)):
        assert page.get_by_role(role).count() == count, role
    assert page.get_by_role("heading", level=1).count() == 1
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((e) => +e.tagName[1])"
    )
    assert all(after <= before + 1 for before, after in pairwise(levels))
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, a[href], [role=region], [role=group]")]
        .filter((e) => e.checkVisibility()
            && !(e.getAttribute("aria-label") || e.textContent).trim())
        .map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert nameless == []
    for figure in page.get_by_role("img").all():
        assert figure.get_attribute("aria-labelledby")


def test_tables_stay_tables_on_a_phone(opened: Any) -> None:
    page = opened(viewport=NARROW).page
    assert page.get_by_role("table").count() == page.locator("table").count()
    assert page.get_by_role("row").count() > 20


def test_skip_link_is_first_and_works(opened: Any) -> None:
    page = opened().page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the answers"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_targets_are_large_enough(opened: Any) -> None:
    page = opened(viewport=NARROW).page
    page.locator("nav.narrow summary").click()
    page.locator("[data-annex] .ask").first.click()
    for target in page.locator("nav:visible a, summary:visible, button:visible").all():
        box = target.bounding_box()
        assert min(box["width"], box["height"]) >= LEAST_TARGET, target.inner_text()


def test_focus_is_seen(opened: Any) -> None:
    page = opened().page
    for _ in range(12):
        page.keyboard.press("Tab")
        width = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert float(width.removesuffix("px")) >= 2


def test_arabic_reads_from_the_right(opened: Any) -> None:
    page = opened().page
    quote = page.locator("blockquote").filter(has_text="قتل")
    assert quote.evaluate("(e) => getComputedStyle(e).direction") == "rtl"
    box = quote.bounding_box()
    start = quote.evaluate(
        """(e) => { const r = document.createRange(); r.setStart(e.firstChild, 0);
        r.setEnd(e.firstChild, 1); const b = r.getBoundingClientRect(); return b.right; }"""
    )
    assert box["x"] + box["width"] - start < 60
    account = page.locator("#sources bdi", has_text="حساب_تجريبي").first
    assert account.evaluate("(e) => getComputedStyle(e).direction") == "rtl"
    assert account.evaluate("(e) => getComputedStyle(e).unicodeBidi") == "isolate"
    latin = page.locator("blockquote").first
    assert latin.evaluate("(e) => getComputedStyle(e).direction") == "ltr"


@pytest.mark.parametrize(("wish", "scroll"), [("reduce", "auto"), ("no-preference", "smooth")])
def test_motion_only_when_wanted(opened: Any, wish: str, scroll: str) -> None:
    page = opened(reduced_motion=wish).page
    found = page.evaluate("getComputedStyle(document.documentElement).scrollBehavior")
    assert found == scroll


def test_it_prints_on_a4(opened: Any) -> None:
    pdf = opened().page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert boxes
    # ISO 216 A4 is 210 mm by 297 mm: 595.3 by 841.9 points.
    assert all(abs(float(w) - 595.3) < 1 and abs(float(h) - 841.9) < 1 for w, h in boxes)
