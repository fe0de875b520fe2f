"""Take the pictures of docs/images from the report pages of the worked cases.

    firsthand demo tikrit -o demo-tikrit
    python tools/screenshots.py demo-tikrit/reports/2014-06-28/report.html
    firsthand demo quarry -o demo-quarry
    python tools/screenshots.py demo-quarry/reports/all/report.html -o docs/images/copies.png \\
        --below "#copies"

Needs Chromium and playwright (`make setup-dev`; Debian: apt-get install chromium). The page is
opened from the disk, in the light scheme, and nothing is fetched.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "docs" / "images" / "report.png"
VIEW = {"width": 1100, "height": 1150}
LARGEST = 300_000
"""The picture must not be larger [bytes]: every clone carries it."""


def take(page_file: Path, target: Path, below: str | None) -> None:
    """Open a report and write a picture of what stands at its top, or below an element."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("error: no Chromium found\nhint: Debian: apt-get install chromium")
    # Chromium refuses to sandbox itself when root runs it.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page(
            viewport=VIEW, color_scheme="light", reduced_motion="reduce", offline=True
        )
        page.goto(page_file.resolve().as_uri())
        if below is not None:
            page.evaluate("selector => document.querySelector(selector).scrollIntoView()", below)
        page.screenshot(path=str(target))
        browser.close()


def main() -> int:
    """Read the arguments, take the picture, hold it to its size."""
    parser = argparse.ArgumentParser(description="Take the picture for the README.")
    parser.add_argument("page", type=Path, help="report.html of the worked case")
    parser.add_argument("-o", "--output", type=Path, default=TARGET)
    parser.add_argument("--below", metavar="SELECTOR", help="start at this element")
    options = parser.parse_args()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    take(options.page, options.output, options.below)
    size = options.output.stat().st_size
    print(f"wrote {options.output} ({size} bytes)")
    return 0 if size <= LARGEST else 1


if __name__ == "__main__":
    sys.exit(main())
