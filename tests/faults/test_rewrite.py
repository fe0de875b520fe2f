"""A fixed twentieth of campaigns/rewrite.py: the owner's rewritten histories are found.

The whole campaign is `make campaign-rewrite`; its result lies in campaigns/results/rewrite.json.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rewrite(repository: Path) -> Iterator[ModuleType]:
    # Worker processes import the module by its name, so its folder must be on the path.
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(repository / "campaigns"))
        spec = importlib.util.find_spec("rewrite")
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        patch.setitem(sys.modules, "rewrite", module)
        spec.loader.exec_module(module)
        yield module


def test_what_outside_checkpoints_cover_cannot_be_rewritten(
    rewrite: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))
    tally = rewrite.run(tmp_path, full=False)
    assert tally.wrong == []
    assert sum(tally.done.values()) == rewrite.TRIALS // rewrite.SHARE
    assert set(tally.done) == set(rewrite.ACTS)
    assert tally.judged["covered, by checkpoints"] > 300
    assert tally.judged["not covered, by checkpoints"] > 10
    assert tally.judged["located between checkpoints"] == tally.judged["covered, by checkpoints"]
    assert tally.judged["clean"] == rewrite.CLEAN // rewrite.SHARE
