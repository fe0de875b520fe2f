"""The worked case ``quarry``: a fictional event whose truth is known, from export to answer.

The truth is read into memory and removed from disk before anything is taken in. The methods run in
a child process that is told the case and nothing else; the answers are compared here afterwards.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from firsthand.case import Case
from firsthand.collect import add
from firsthand.demo.quarry import ENTERED, MATERIAL, POSTS, TRUTH, WIDTH, generate
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput, FirsthandError
from firsthand.report.build import build
from firsthand.report.folder import write_report
from firsthand.report.registry import registry
from firsthand.report.schema import validate

TITLE = "Captives in a quarry (fictional, truth known)"
MARKER = "built-by-firsthand-demo-quarry"
NOT_ASKED = ("media.text",)
"""Methods that the demo leaves out: reading text in a hundred pictures takes minutes."""

TAKEN_IN = (
    ("site/documents.json", "article", "the group's own site, as saved"),
    ("telegram/group", "telegram", "export of the group's channel"),
    ("telegram/relay", "telegram", "export of a channel that passes it on"),
    ("stream/stream.jsonl", "posts", "stream of posts"),
    ("articles/documents.json", "article", "articles, as saved"),
)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Built:
    """A case that was analysed, and the truth that it never saw."""

    case: Case
    truth: Json
    summary: Json


def build_case(
    folder: Path, seed: int, say: Say, *, posts: int = POSTS, width: int = WIDTH
) -> Built:
    """Make material, case and findings below a folder, or go on where an earlier call stopped.

    The truth lies in ``truth/truth.json`` again when everything has been analysed.

    Raises
    ------
    BadInput
        When the folder holds something else, or the material cannot be taken in.
    """
    _claim(folder, f"seed {seed}, {posts} posts, {width} px\n")
    truth = _material(folder, seed, say, posts, width)
    path = folder / "case"
    if (path / "log" / "checkpoint").exists():
        case = Case.open(path, write=True)
    else:
        case = Case.create(path, title=TITLE, by="demo")
    for name, kind, source in TAKEN_IN:
        say(f"adding {name}: {source}")
        _take_in(case, folder / MATERIAL / name, kind, source)
    say("adding what a person enters: who is who, the events, claims with their words")
    _take_in(case, folder / ENTERED, "claims", "entered by hand")
    case.close()
    say("running the methods, in a process that cannot read the truth")
    summary = analyse(path)
    _write(folder, truth)
    return Built(Case.open(path), truth, summary)


def analyse(case: Path) -> Json:
    """Run the methods on a case in a child process; return what it says of it.

    Raises
    ------
    FirsthandError
        When the child fails.
    """
    names = [method.name for method in registry().order if method.name not in NOT_ASKED]
    asked = [part for name in names for part in ("--only", name)]
    done = subprocess.run(
        [sys.executable, "-m", "firsthand", "analyse", str(case.resolve()), *asked, "--json"],
        cwd=case,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise FirsthandError("the case was not analysed", why=done.stderr.strip()[-2000:])
    return json.loads(done.stdout)


def _claim(folder: Path, about: str) -> None:
    marker = folder / MARKER
    if not folder.exists() or not any(folder.iterdir()):
        folder.mkdir(parents=True, exist_ok=True)
        marker.write_text(about, encoding="utf-8")
    elif not marker.exists():
        raise BadInput(
            f"{folder} is not empty and was not made by the demo",
            hint="choose another folder with -o DIR",
        )
    elif marker.read_text(encoding="utf-8") != about:
        raise BadInput(
            f"{folder} holds another demo: {marker.read_text(encoding='utf-8').strip()}",
            hint="choose another folder with -o DIR, or the same --seed",
        )


def _material(folder: Path, seed: int, say: Say, posts: int, width: int) -> Json:
    """Return the truth, with the material on disk and the truth not."""
    making, target = folder / "making", folder / TRUTH
    shutil.rmtree(making, ignore_errors=True)  # of a call that was stopped
    if (folder / MATERIAL).exists():
        if target.exists():
            truth = json.loads(target.read_text(encoding="utf-8"))
        else:  # a call that was stopped had it in memory only; the same seed has the same truth
            with TemporaryDirectory() as apart:
                path = generate(Path(apart) / "q", seed=seed, posts=posts, width=width)
                truth = json.loads(path.read_text(encoding="utf-8"))
    else:
        say("making the event: photographs, copies, pages, channels and a stream of posts")
        path = generate(making, seed=seed, posts=posts, width=width, progress=say)
        truth = json.loads(path.read_text(encoding="utf-8"))
        (making / Path(ENTERED).parent).rename(folder / Path(ENTERED).parent)
        (making / MATERIAL).rename(folder / MATERIAL)
        shutil.rmtree(making)
    target.unlink(missing_ok=True)
    return truth


def _write(folder: Path, truth: Json) -> None:
    target = folder / TRUTH
    target.parent.mkdir(exist_ok=True)
    text = json.dumps(truth, ensure_ascii=False, indent=1) + "\n"
    target.write_text(text, encoding="utf-8")


def _take_in(case: Case, path: Path, kind: str, source: str) -> None:
    summary = add(case, [path], kind=kind, source=source, by="demo")
    bad = [o for o in summary["outcomes"] if o["status"] in ("failed", "quarantined")]
    if bad:
        raise BadInput(f"{bad[0]['item']} was not taken in", why=str(bad[0]["reason"]))


def write_report_of(case: Case, folder: Path) -> Path:
    """Write the report of everything; return the path of its page."""
    report = build(case, registry())
    validate(report)
    target = folder / "reports" / "all"
    write_report(target, report)
    return target / "report.html"
