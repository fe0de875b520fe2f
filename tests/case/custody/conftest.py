"""Authorities that tests share; making their keys takes a while."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from authority import Authority


@pytest.fixture(scope="session")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, Authority]:
    """Return two authorities that have nothing to do with one another."""
    folder = tmp_path_factory.mktemp("authorities")
    return Authority(folder / "one", "one"), Authority(folder / "two", "two")
