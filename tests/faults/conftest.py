"""What tests here share: a worked case, built once by the command, and twentieths of campaigns."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]
Campaign = Callable[[str], dict[str, Any]]
CAMPAIGNS = Path(__file__).resolve().parents[2] / "campaigns"


def firsthand(
    *arguments: str | Path, env: dict[str, str] | None = None, timeout_s: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run the real command. Whatever happens, it must not show a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "firsthand", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        errors="backslashreplace",
        env=env,
        timeout=timeout_s,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    return done


@pytest.fixture(scope="session")
def command() -> Command:
    """Return the command as a function."""
    return firsthand


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build ``firsthand demo tikrit`` once; nobody changes it. Its key lies in the tests' home."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    done = firsthand("demo", "tikrit", "-o", folder)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.fixture
def case(demo: Path, tmp_path: Path) -> Path:
    """Return a copy of the case without its catalog, at another path, with files to be changed."""
    target = tmp_path / "copy of the case"
    shutil.copytree(demo / "case", target, copy_function=shutil.copyfile)
    for path in target.glob("index.db*"):
        path.unlink()
    return target


@pytest.fixture
def twentieth(record_property: Callable[[str, object], None]) -> Campaign:
    """Return a function that runs the fixed twentieth of a campaign and gives its result."""

    def run(name: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, CAMPAIGNS / f"{name}.py"],
            capture_output=True,
            text=True,
            check=False,
            env={name: value for name, value in os.environ.items() if name != "FIRSTHAND_HOME"},
        )
        record_property("campaign", done.stdout)
        assert done.returncode == 0, done.stdout + done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        assert result["problems"] == []
        return result

    return run
