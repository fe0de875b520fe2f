"""A contact sheet in Chromium: nothing shown unasked, nothing fetched, usable by anybody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firsthand.match.sheet.sheets import write_sheets

pytestmark = pytest.mark.browser

LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
LEAST_TARGET = 24  # WCAG 2.2, 2.5.8 [CSS px]
NAMES = ["in/one.jpg", "in/<img src=x onerror=document.title='owned'>.jpg", "in/film.mp4"]


def picture(path: str) -> Any:
    if path.endswith("mp4"):
        return None
    made = np.full((300, 400, 3), (240, 40, 40), np.uint8)
    made[:, 200:] = (20, 20, 60)
    made[::2, ::2] = 0  # fine detail that a blurred picture must not have
    return made if path == NAMES[0] else np.ascontiguousarray(made[:, ::-1])


def result() -> Any:
    def link(a: str, b: str, **more: Any) -> Any:
        return {"a": a, "b": b, "relation": "copy", "score": 0.97, "derived": "undetermined",
                "transform": "none", "evidence": {"distance_bits": 3}} | more  # fmt: skip

    return {
        "items": [
            {"path": name, "sha256": "0" * 64, "kind": "video" if "mp4" in name else "image",
             "width": 400, "height": 300}
            for name in NAMES
        ],
        "links": [
            link(NAMES[0], NAMES[1], transform="mirrored", region_a=[0, 0, 400, 300],
                 region_b=[0, 0, 400, 300]),
            link(NAMES[0], NAMES[2], time_b=[0.5, 2.0]),
        ],
        "groups": [{"relation": "copy", "members": NAMES, "first": None}],
    }  # fmt: skip


@pytest.fixture(scope="module")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sheets")
    grey = write_sheets(result(), picture, folder / "grey")[1]
    return {
        "grey": grey, "colour": write_sheets(result(), picture, folder / "colour", colour=True)[1]
    }  # fmt: skip


@pytest.fixture
def opened(chromium: Any, sheets: dict[str, Path]) -> Iterator[Any]:
    contexts = []

    def go(which: str = "grey", **options: Any) -> Any:
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.asked, page.complaints = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(sheets[which].as_uri())
        return page

    yield go
    for context in contexts:
        context.close()


PIXELS = """canvas => {
  const all = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let colour = 0, steps = 0;
  for (let at = 0; at < all.length; at += 4) {
    colour = Math.max(colour, Math.abs(all[at] - all[at + 2]));
    if (at % (4 * canvas.width)) steps = Math.max(steps, Math.abs(all[at + 1] - all[at - 3]));
  }
  const middle = 4 * (150 * canvas.width);
  return {colour, steps, left: all[middle + 4 * 100 + 1], right: all[middle + 4 * 300 + 1]};
}"""


def steps(page: Any, place: int = 0) -> Any:
    return page.locator("[data-place]").nth(place)


def test_nothing_is_shown_or_fetched_unasked(opened: Any, sheets: dict[str, Path]) -> None:
    page = opened()
    page.mouse.wheel(0, 20_000)
    page.wait_for_timeout(200)
    assert page.locator("canvas, img, video, picture, iframe, object").count() == 0
    assert page.asked == [sheets["grey"].as_uri()]
    assert page.complaints == []
    assert page.title() == "Group 1: copies of one picture"


def test_a_picture_comes_blurred_then_clear_and_goes_on_escape(opened: Any) -> None:
    page = opened()
    item = steps(page)
    item.get_by_role("button", name="Show blurred").click()
    page.wait_for_selector("[data-state=blurred] canvas")
    blurred = item.locator("canvas").evaluate(PIXELS)
    assert blurred["colour"] == 0
    assert blurred["steps"] < 40  # the picture has steps of 60 and more from pixel to pixel
    assert page.locator("canvas").count() == 1
    item.get_by_role("button", name="Show clearly").click()
    page.wait_for_selector("[data-state=clear] canvas")
    clear = item.locator("canvas").evaluate(PIXELS)
    assert clear["colour"] == 0 and clear["steps"] > 60
    page.keyboard.press("Escape")
    page.wait_for_selector("[data-state=hidden]")
    assert page.locator("canvas").count() == 0
    assert "hidden" in page.locator("#status").inner_text()


@pytest.mark.parametrize(("asks", "state"), [("#all-blurred", "blurred"), ("#all-clear", "clear")])
def test_all_at_once_needs_a_second_step(opened: Any, asks: str, state: str) -> None:
    page = opened()
    page.locator(asks).click()
    page.wait_for_timeout(100)
    assert page.locator("canvas").count() == 0
    warning = page.locator("#all-warning")
    assert "2 pictures" in warning.inner_text()
    warning.get_by_role("button", name="Leave them as they are").click()
    assert warning.is_hidden() and page.locator("canvas").count() == 0
    page.locator(asks).click()
    warning.get_by_role("button").first.click()
    page.wait_for_function(f"document.querySelectorAll('[data-state={state}] canvas').length === 2")
    page.locator("#all-hide").click()
    page.wait_for_function("document.querySelectorAll('canvas').length === 0")


def test_colour_only_by_a_third_step(opened: Any) -> None:
    page = opened("colour")
    item = steps(page)
    item.get_by_role("button", name="Show blurred").click()
    item.get_by_role("button", name="Show clearly").click()
    page.wait_for_selector("[data-state=clear] canvas")
    assert item.locator("canvas").evaluate(PIXELS)["colour"] == 0
    page.locator("#in-colour").click()
    page.wait_for_function(f"({PIXELS})(document.querySelector('canvas')).colour > 100")
    assert opened().locator("#in-colour").count() == 0


def test_the_alignment_first_shows_frames_without_pixels(opened: Any) -> None:
    page = opened()
    link = page.locator("[data-link]").first
    link.get_by_role("button", name="Look at the alignment").click()
    assert link.locator(".board svg").count() >= 1
    assert page.locator("canvas").count() == 0
    assert link.get_by_role("button", name="Slider").count() == 0
    link.get_by_role("button", name="Show both, blurred").click()
    page.wait_for_selector(".board canvas")
    assert link.locator(".board canvas").evaluate(PIXELS)["steps"] < 60
    page.keyboard.press("Escape")
    page.wait_for_function("document.querySelectorAll('canvas').length === 0")


def test_the_mirrored_copy_lies_on_its_original(opened: Any) -> None:
    page = opened()
    link = page.locator("[data-link]").first
    for name in ("Look at the alignment", "Show both, blurred", "Show both clearly"):
        link.get_by_role("button", name=name).click()
    link.get_by_role("button", name="Difference", exact=True).click()
    page.wait_for_selector(".board.one canvas")
    # Equal after turning: black. Unturned, one half would be bright on the other's dark.
    seen = link.locator(".board canvas").evaluate(PIXELS)
    assert seen["left"] < 40 and seen["right"] < 40
    link.get_by_role("button", name="Blink", exact=True).click()
    link.get_by_role("button", name="Change", exact=True).click()
    assert "Showing 1" in link.inner_text()
    link.get_by_role("button", name="Slider", exact=True).click()
    page.wait_for_selector("input[type=range]")
    link.locator("input[type=range]").press("ArrowRight")
    assert link.locator("input[type=range]").input_value() == "51"
    assert page.complaints == []


def test_all_of_it_works_by_keyboard(opened: Any) -> None:
    page = opened()
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent.trim().slice(0, 20)"))
    for words in ("Show all, blurred …", "Show blurred one.jpg", "Look at the alignmen"):
        assert words in reached, words
    steps(page).locator(".step").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-state=blurred] canvas")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-state=clear] canvas")
    assert page.evaluate("document.activeElement.className") == "hide"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_and_targets_have_size(opened: Any, scheme: str) -> None:
    page = opened(color_scheme=scheme, viewport={"width": 320, "height": 640})
    page.locator("[data-link]").first.get_by_role("button").first.click()
    page.locator("#all-clear").click()
    worst = page.evaluate(
        """() => {
        const light = (c) => c.map((v) => { v /= 255;
          return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; })
          .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
        const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
        let worst = [99, ""];
        for (const each of document.querySelectorAll("body *")) {
          const own = [...each.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
          if (!own || !each.getClientRects().length || each.closest("script, svg, .sr")) continue;
          let under = each;
          while (under && rgb(getComputedStyle(under).backgroundColor)[3] === 0) {
            under = under.parentElement;
          }
          const [a, b] = [rgb(getComputedStyle(each).color).slice(0, 3),
            rgb(getComputedStyle(under || document.body).backgroundColor).slice(0, 3)].map(light);
          const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          if (ratio < worst[0]) worst = [ratio, each.textContent.trim().slice(0, 40)];
        }
        return worst; }"""
    )
    assert worst[0] >= LEAST_CONTRAST, worst
    small = page.evaluate(
        f"""() => [...document.querySelectorAll("button, a:not(.skip), input")]
        .filter((e) => e.getClientRects().length)
        .filter((e) => Math.min(e.getBoundingClientRect().width,
                                e.getBoundingClientRect().height) < {LEAST_TARGET})
        .map((e) => e.textContent)"""
    )
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_without_script_everything_but_pictures_is_there(opened: Any) -> None:
    page = opened(java_script_enabled=False)
    assert page.get_by_role("button").count() == 0
    text = page.locator("body").inner_text()
    assert "one.jpg" in text and "mirrored" in text and "own script" in text
