"""A fixed twentieth of campaigns/tamper.py: every change is found, and nothing else is.

The whole campaign is `make campaign-tamper`; its result lies in campaigns/results/tamper.json.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def tamper(repository: Path) -> Iterator[ModuleType]:
    # Worker processes import the module by its name, so its folder must be on the path.
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(repository / "campaigns"))
        spec = importlib.util.find_spec("tamper")
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        patch.setitem(sys.modules, "tamper", module)
        spec.loader.exec_module(module)
        yield module


@pytest.fixture(scope="module")
def subjects(
    tamper: ModuleType, demo: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    found: dict[str, Path] = tamper.subjects_of(demo, tmp_path_factory.mktemp("subjects"))
    return found


@pytest.mark.slow
def test_a_twentieth_of_all_changes_is_found(
    tamper: ModuleType, subjects: dict[str, Path], tmp_path: Path
) -> None:
    tally = tamper.run(subjects, tmp_path, full=False)
    assert tally.undetected == []
    assert tally.unnamed == []
    assert tally.false_alarms == []
    assert tally.clean >= 2 * tamper.CLEAN // tamper.SHARE
    assert tally.subprocesses >= 10
    wanted = {"delete", "empty", "half", "cut last byte", "append byte", "rename", "swap", "link"}
    done = {name.split(": ")[2] for name in tally.done}
    assert wanted | {"byte", "flip", "stray file"} <= done
    assert any(name.endswith("stamps: stray file") for name in tally.done)
    located = sum(tally.located.values()) / sum(tally.located_of.values())
    assert located > 0.95  # the first problem names the file, or the entry within it


def test_both_judges_are_the_same_program(tamper: ModuleType, subjects: dict[str, Path]) -> None:
    from firsthand.report import verify

    assert Path(verify.__file__).read_bytes() == (subjects["bundle"] / "verify.py").read_bytes()


def test_the_plan_changes_every_byte_of_small_files_twice(
    tamper: ModuleType, subjects: dict[str, Path]
) -> None:
    root = subjects["bundle"]
    sizes = {path: (root / path).stat().st_size for path in tamper.evidence(root)}
    wanted = {
        (path, at, mask)
        for path, size in sizes.items()
        if size <= 4096
        for at in range(size)
        for mask in tamper.MASKS
    }
    planned = [
        (path, at, change.mask)
        for change in tamper.byte_changes("bundle", root)
        if change.operation == "byte"
        for path, at in change.places
    ]
    assert len(planned) == len(set(planned))
    assert set(planned) == wanted


def test_a_blind_verifier_would_be_noticed(
    tamper: ModuleType, subjects: dict[str, Path], tmp_path: Path
) -> None:
    """The campaign must be able to fail: a judge that says ok, or names another file."""
    worker = tamper.Worker(subjects, tmp_path)
    path = next(p for p in tamper.evidence(subjects["case"]) if p.startswith("objects/"))
    deleted = tamper.Change("case", "object", "delete", path)
    kind = {"verdict": "ok", "problems": [], "not_checked": []}
    tally = tamper.Tally()
    worker._note(deleted, "blind", kind, tally)
    assert len(tally.undetected) == 1
    elsewhere = {"what": "missing", "where": "case.json"}
    worker._note(deleted, "lost", {**kind, "verdict": "failed", "problems": [elsewhere]}, tally)
    assert len(tally.unnamed) == 1
    together = tamper.Change("case", "object", "byte", path, 0, 1, together=(("objects/b", 0),))
    named = {"what": "bytes differ", "where": path}
    worker._note(together, "half", {**kind, "verdict": "failed", "problems": [named]}, tally)
    assert tally.undetected[1]["missed"] == "objects/b"
