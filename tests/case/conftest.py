"""A case of its own for each test, and the contracts that every backend passes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from firsthand.case import Case

sys.path.insert(0, str(Path(__file__).parent))
pytest.register_assert_rewrite("contracts", "builders")


@pytest.fixture(autouse=True)
def _keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    made = Case.create(tmp_path / "case", title="test", by="tester")
    yield made
    made.close()
