"""A command answers quickly: nothing heavy is imported before it is needed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from firsthand.cli.main import COMMANDS, SECTIONS

HEAVY = (
    "cryptography",
    "jinja2",
    "numpy",
    "pyarrow",
    "pyrage",
    "rich",
    "sqlalchemy",
    "starlette",
    "trafilatura",
)

LOADED = """
import json, sys
from firsthand.cli.main import run
code = run(sys.argv[1:])
sys.stdout.flush()
print(json.dumps({"code": code, "modules": sorted({name.split(".")[0] for name in sys.modules})}),
      file=sys.stderr)
"""


def call(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "firsthand", *args], capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["add", "--help"]])
def test_help_and_version_import_nothing_heavy(args: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *args], capture_output=True, text=True, timeout=60
    )
    answer = json.loads(done.stderr.splitlines()[-1])
    assert answer["code"] == 0
    assert done.stdout
    assert "click" in answer["modules"]
    assert not set(HEAVY) & set(answer["modules"])


def test_version_names_the_tool() -> None:
    done = call("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("firsthand ")


def test_help_names_every_command() -> None:
    done = call("--help")
    assert (done.returncode, done.stderr) == (0, "")
    listed = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")]
    assert set(COMMANDS) <= set(listed)
    assert sorted(" ".join(SECTIONS.values()).split()) == sorted(COMMANDS)  # each stands once


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_has_an_example_of_it(command: str) -> None:
    done = call(command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Example" in done.stdout
    assert f"firsthand {command}" in done.stdout.split("Example")[1]


@pytest.mark.parametrize(
    "args", [["nothing-like-this"], ["--no-such-option"], ["add"], ["add", "--no-such-option"]]
)
def test_a_wrong_call_is_a_usage_error(args: list[str]) -> None:
    done = call(*args)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr
