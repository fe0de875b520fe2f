"""Make tests/fixtures by really running the tools whose output firsthand imports.

    python tools/make_fixtures.py --auto-archiver AA/bin --gallery-dl GDL/bin --wacz WCZ/bin \\
        --browser

Each option names the `bin` folder of a virtual environment (`pip install auto-archiver==1.2.9`,
which brings yt-dlp; `gallery-dl`; `warcio wacz requests`). The tools fetch from loopback only. They
run in an empty folder under relative paths, so that no path of this machine gets into what they
write; what does all the same is replaced, and said so in tests/fixtures/README.md.
Only the tools named are run; the fixtures of the others stay as they are.
"""

from __future__ import annotations

import argparse
import getpass
import os
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from fixture_site import HOST, NAMES, PORT, SITE, served

FIXTURES = Path(__file__).resolve().parent.parent / "tests" / "fixtures"

AA_URLS = (
    "/pictures/field.jpg", "/pictures/field-copy.jpg", "/pictures/road.png",
    "/pictures/missing.jpg", "/news/quarry.html", "/video/clip.mp4",
)  # fmt: skip
AA_CONFIG = """\
steps: {feeders: [csv_feeder], extractors: [generic_extractor],
  enrichers: [hash_enricher, pdq_hash_enricher, metadata_enricher, meta_enricher, json_enricher],
  databases: [csv_db, console_db], storages: [local_storage], formatters: [html_formatter]}
authentication: {}
logging: {level: INFO}
csv_feeder: {files: [urls.csv], column: url}
generic_extractor: {ytdlp_update_interval: -1, bguils_po_token_method: disabled}
hash_enricher: {algorithm: SHA-256}
local_storage: {path_generator: LAYOUT, filename_generator: static, save_to: ./local_archive}
csv_db: {csv_file: db.csv}
"""
GDL_CONFIG = """\
{"extractor": {"mastodon": {"quarry": {"root": "SITE", "pattern": "quarry-news\\\\.example:8931",
  "access-token": "none"}, "replies": true, "text-posts": true}, "path-restrict": "windows"}}
"""
CAPTURE = f"""\
from warcio.capture_http import capture_http
import requests
from warcio.warcwriter import WARCWriter
def fetch(name, gzip, paths, version="1.1"):
    with open(name, "wb") as stream:
        writer = WARCWriter(stream, gzip=gzip, warc_version=version)
        writer.write_record(writer.create_warcinfo_record(name, {{"software": "warcio"}}))
        with capture_http(writer):
            for path in paths:
                requests.get("{SITE}" + path)
pages = ["/old", "/news/relatives.html", "/pictures/field.jpg", "/pictures/road.png",
         "/pictures/missing.jpg", "/video/clip.mp4"]
fetch("capture.warc.gz", True, pages)
fetch("plain.warc", False, ["/news/quarry.html"], "1.0")
"""
WACZ_PAGES = f"""\
{{"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}}
{{"id": "1", "url": "{SITE}/news/relatives.html", "title": "Relatives wait at the quarry"}}
"""
# The second fetch of a picture as a revisit record of the first, as crawlers write it.
REVISIT = """\
from warcio.archiveiterator import ArchiveIterator
from warcio.warcwriter import WARCWriter
with open("capture.warc.gz", "rb") as stream:
    for record in ArchiveIterator(stream):
        uri = record.rec_headers.get_header("WARC-Target-URI")
        if record.rec_type == "response" and uri.endswith("field.jpg"):
            first = uri
            digest = record.rec_headers.get_header("WARC-Payload-Digest")
            date = record.rec_headers.get_header("WARC-Date")
            headers = record.http_headers
with open("capture.warc.gz", "ab") as stream:
    writer = WARCWriter(stream, gzip=True, warc_version="1.1")
    writer.write_record(writer.create_revisit_record(
        "SITE/pictures/field-copy.jpg", digest, first, date, headers))
"""


def run(work: Path, *argv: str, check: bool = True) -> None:
    """Run a tool in the work folder; the made-up host name leads to loopback there."""
    names = work / "names"
    names.mkdir(exist_ok=True)
    (names / "sitecustomize.py").write_text(NAMES)
    environment = {**os.environ, "PYTHONPATH": str(names), "HOME": str(work / "home"), "TZ": "UTC"}
    subprocess.run(argv, cwd=work, env=environment, check=check, timeout=300)


def auto_archiver(work: Path, tool: Path, layout: str, urls: tuple[str, ...]) -> None:
    """Archive addresses with auto-archiver in one of its folder layouts."""
    (work / "urls.csv").write_text("url\n" + "".join(f"{SITE}{path}\n" for path in urls))
    (work / "o.yaml").write_text(AA_CONFIG.replace("LAYOUT", layout))
    run(work, str(tool / "auto-archiver"), "--config", "o.yaml")
    out = work / "out" / layout
    out.mkdir(parents=True)
    shutil.move(work / "db.csv", out / "db.csv")
    shutil.move(work / "local_archive", out / "local_archive")


def yt_dlp(work: Path, tool: Path) -> None:
    """Fetch a clip with its description, subtitles and thumbnail."""
    run(
        work, str(tool / "yt-dlp"), "--ignore-config", "--no-cache-dir", "--write-info-json",
        "--write-subs", "--write-thumbnail", "--write-description", "--write-comments",
        "-P", "out", f"{SITE}/video/clip.html",
    )  # fmt: skip


def gallery_dl(work: Path, tool: Path) -> None:
    """Fetch two posts of an account and one bare address, with metadata."""
    (work / "gdl.json").write_text(GDL_CONFIG.replace("SITE", SITE))
    command = [
        str(tool / "gallery-dl"), "--config-ignore", "--config", "gdl.json", "--write-metadata",
        "-d", "out",
    ]  # fmt: skip
    posts = [f"{SITE}/@quarry_watch/{number}" for number in ("112380", "112381")]
    run(work, *command, *posts, f"{SITE}/pictures/road.png")


def warc(work: Path, tool: Path) -> None:
    """Capture pages with warcio, and pack one capture with wacz."""
    run(work, str(tool / "python"), "-c", CAPTURE)
    run(work, str(tool / "python"), "-c", REVISIT.replace("SITE", SITE))
    (work / "pages.jsonl").write_text(WACZ_PAGES)
    run(
        work, str(tool / "wacz"), "create", "--pages", "pages.jsonl", "-o", "capture.wacz",
        "--title", "Quarry", "capture.warc.gz",
    )  # fmt: skip
    out = work / "out"
    out.mkdir()
    for name in ("capture.warc.gz", "plain.warc", "capture.wacz"):
        shutil.move(work / name, out / name)


def browser_pages(work: Path) -> None:
    """Save a page with Chromium, complete (CDP Page.captureSnapshot) and printed."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", f"--host-resolver-rules=MAP {HOST} 127.0.0.1"],
        )
        page = browser.new_page()
        page.goto(f"{SITE}/news/quarry.html", wait_until="load")
        session = page.context.new_cdp_session(page)
        data = session.send("Page.captureSnapshot", {"format": "mhtml"})["data"]
        printed = page.pdf(width="160mm", height="120mm")
        browser.close()
    out = work / "out"
    out.mkdir()
    (out / "quarry.mhtml").write_bytes(data.encode())
    (out / "quarry.pdf").write_bytes(printed)


def taken_over(work: Path, name: str) -> None:
    """Put what a tool wrote into tests/fixtures, after looking for traces of this machine."""
    traces = (str(work), socket.gethostname() + "/", f"/{getpass.getuser()}/", str(Path.home()))
    for path in (work / "out").rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        if any(trace.encode() in data for trace in traces if len(trace) > 3):
            replaced = re.sub(re.escape(str(work)).encode(), b"/work-folder", data)
            print(f"{name}: the work folder stood in {path.relative_to(work)}: replaced")
            path.write_bytes(replaced)
    target = FIXTURES / name
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(work / "out", target)


def main() -> None:
    """Run the tools that were named."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    for name in ("auto-archiver", "gallery-dl", "wacz"):
        parser.add_argument(f"--{name}", type=Path, metavar="BIN")
    parser.add_argument("--browser", action="store_true", help="Save pages with Chromium.")
    given = parser.parse_args()
    jobs = {}
    if given.auto_archiver:
        tool = given.auto_archiver.absolute()

        def both(work: Path) -> None:
            auto_archiver(work, tool, "flat", AA_URLS)
            auto_archiver(work, tool, "url", AA_URLS[:1])

        jobs = {"auto-archiver": both, "yt-dlp": lambda work: yt_dlp(work, tool)}
    if given.gallery_dl:
        jobs["gallery-dl"] = lambda work: gallery_dl(work, given.gallery_dl.absolute())
    if given.wacz:
        jobs["warc"] = lambda work: warc(work, given.wacz.absolute())
    if given.browser:
        jobs["browser"] = browser_pages
    with tempfile.TemporaryDirectory() as site, served(Path(site)):
        print(f"serving {SITE} on 127.0.0.1:{PORT}")
        for name, job in jobs.items():
            with tempfile.TemporaryDirectory() as folder:
                job(Path(folder))
                taken_over(Path(folder), name)


if __name__ == "__main__":
    main()
