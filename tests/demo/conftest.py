"""The worked case, built once by the command that a newcomer runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Built:
    """A built demo: its folder, what the command printed, and the surroundings it ran in."""

    folder: Path
    printed: Any
    environment: dict[str, str]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line as a user would."""
        return subprocess.run(
            [sys.executable, "-m", "firsthand", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def json(self, *arguments: str) -> Any:
        """Run a command with --json and return its document."""
        done = self.run(*arguments, "--json")
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def report(self, date: str) -> Any:
        """Return the report that the demo wrote for a date."""
        return json.loads((self.folder / "reports" / date / "report.json").read_text())

    def question(self, date: str, asked: str, event: str = "killings") -> Any:
        """Return one answered question of a dated report."""
        events = {found["id"]: found for found in self.report(date)["events"]}
        return events[event]["questions"][asked]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build `demo tikrit` in a folder of its own, with keys of its own."""
    base = tmp_path_factory.mktemp("tikrit")
    environment = {**os.environ, "FIRSTHAND_HOME": str(base / "home")}
    done = subprocess.run(
        [sys.executable, "-m", "firsthand", "demo", "tikrit", "-o", str(base / "demo"), "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Built(base / "demo", json.loads(done.stdout), environment)
