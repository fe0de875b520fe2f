"""Who may import whom, and proof that the contracts bite."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "firsthand"
SOURCES = sorted(PACKAGE.rglob("*.py"))

LAYERS = "Rooms import only downwards, and peers never one another"
SQL = "All SQL is in firsthand.case"
EGRESS = "Only firsthand.egress opens outbound connections"
MODEL = "firsthand.model imports the standard library only"


def lint(project: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the tree in a folder, and not on the installed package."""
    program = "from importlinter.cli import lint_imports_command as run; run()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache", "--no-logo"],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy the tree, with each room that planted imports need."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    package = tmp_path / "src" / "firsthand"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    for room in ("cli", "case", "claims", "count", "egress", "model", "report", "words"):
        (package / room).mkdir(exist_ok=True)
        (package / room / "__init__.py").touch()
    return tmp_path


def test_the_tree_keeps_every_contract() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    for contract in (LAYERS, SQL, EGRESS, MODEL):
        assert f"{contract} KEPT" in result.stdout


@pytest.mark.parametrize(
    ("room", "statement", "contract"),
    [
        pytest.param("words", "import firsthand.cli", LAYERS, id="upwards"),
        pytest.param("claims", "from firsthand import count", LAYERS, id="between peers"),
        pytest.param("model", "from firsthand import case", LAYERS, id="the lowest floor"),
        pytest.param("leftovers", "import json", LAYERS, id="a room without a place"),
        pytest.param("report", "import sqlite3", SQL, id="sqlite3 outside case"),
        pytest.param("words", "from sqlalchemy import text", SQL, id="sqlalchemy outside case"),
        pytest.param("claims", "def f():\n    import socket", EGRESS, id="socket in a function"),
        pytest.param("report", "import requests", EGRESS, id="requests"),
        pytest.param("model", "import rich", MODEL, id="a package in the model"),
    ],
)
def test_a_planted_import_is_found(copy: Path, room: str, statement: str, contract: str) -> None:
    folder = copy / "src" / "firsthand" / room
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").touch()
    (folder / "planted.py").write_text(statement + "\n", encoding="utf-8")
    result = lint(copy)
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{contract} BROKEN" in result.stdout
    assert f"firsthand.{room}" in result.stdout


@pytest.mark.parametrize(
    ("room", "statement"),
    [("case", "import sqlalchemy, sqlite3"), ("egress", "import socket, ssl")],
)
def test_what_is_allowed_passes(copy: Path, room: str, statement: str) -> None:
    (copy / "src" / "firsthand" / room / "planted.py").write_text(statement, encoding="utf-8")
    result = lint(copy)
    assert f"{SQL} KEPT" in result.stdout
    assert f"{EGRESS} KEPT" in result.stdout


# ---- what import-linter cannot see ------------------------------------------------------------
# It takes an outside package as a whole; these read single modules, names and texts.

OUTBOUND = {"http.client", "urllib.request", "trafilatura.downloads", "trafilatura.spider"}
OUTBOUND |= {"trafilatura.feeds", "trafilatura.sitemaps", "courlan.network"}
# Functions of otherwise harmless modules that fetch.
FETCHING = {"fetch_url", "fetch_response", "open_connection", "create_connection", "urlopen"}
FETCHING |= {"getaddrinfo", "gethostbyname", "urlretrieve"}

STATEMENT = re.compile(
    r"""\A\s*(?:
        SELECT\s.+\sFROM\s
        | INSERT\s+(?:OR\s+\w+\s+)?INTO\s
        | REPLACE\s+INTO\s
        | UPDATE\s+\S+\s+SET\s
        | DELETE\s+FROM\s
        | (?:CREATE|DROP|ALTER)\s+(?:TEMP\w*\s+|UNIQUE\s+|VIRTUAL\s+)*(?:TABLE|INDEX|VIEW|TRIGGER)\s
        | PRAGMA\s+\w
        | WITH\s+(?:RECURSIVE\s+)?\w+.*\sAS\s*\(
        | BEGIN(?:\s+(?:IMMEDIATE|EXCLUSIVE|DEFERRED|TRANSACTION))\b
        | (?:ATTACH|VACUUM|SAVEPOINT)\b
    )""",
    re.VERBOSE | re.DOTALL,
)


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield each module that is imported, and for `from a import b` also `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def fetches(source: str | bytes) -> set[str]:
    """Return by which modules and names a source could open a connection."""
    tree = ast.parse(source)
    found = OUTBOUND & set(imported(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in FETCHING:
            found.add(node.attr)
        elif isinstance(node, ast.ImportFrom):
            found |= FETCHING & {alias.name for alias in node.names}
    return found


def statements(source: str | bytes) -> list[str]:
    """Return the texts in a source that are SQL statements."""
    return [
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and STATEMENT.match(node.value)
    ]


def inside(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def outside(room: str) -> list[Path]:
    return [path for path in SOURCES if path.relative_to(PACKAGE).parts[0] != room]


def test_only_egress_fetches() -> None:
    found = {inside(path): fetches(path.read_bytes()) for path in outside("egress")}
    assert not {name: what for name, what in found.items() if what}


@pytest.mark.parametrize(
    "source",
    [
        "import urllib.request",
        "from urllib import request",
        "from http.client import HTTPSConnection",
        "import trafilatura\ntrafilatura.fetch_url('x')",
        "from asyncio import open_connection",
    ],
)
def test_a_planted_fetch_is_found(source: str) -> None:
    assert fetches(source)


def test_harmless_neighbours_are_not_fetches() -> None:
    assert not fetches("from urllib.parse import urlsplit\nfrom http import HTTPStatus\n")


def test_sql_is_only_in_case() -> None:
    found = {inside(path): statements(path.read_bytes()) for path in outside("case")}
    assert not {name: what for name, what in found.items() if what}


@pytest.mark.parametrize(
    "source",
    [
        'x = "SELECT id FROM exhibits"',
        'x = f"INSERT OR IGNORE INTO {table} VALUES (?)"',
        'x = """\n  CREATE VIRTUAL TABLE words USING fts5(text)"""',
        'x = "PRAGMA journal_mode = WAL"',
    ],
)
def test_planted_sql_is_found(source: str) -> None:
    assert statements(source)


def test_plain_english_is_not_sql() -> None:
    assert not statements('"""Select the rooms from the map; update what is set."""')


def test_the_model_needs_the_standard_library_only() -> None:
    allowed = sys.stdlib_module_names | {"firsthand"}
    foreign = {
        f"{inside(path)}: {name}"
        for path in sorted((PACKAGE / "model").rglob("*.py"))
        for name in imported(ast.parse(path.read_bytes()))
        if name.split(".")[0] not in allowed
    }
    assert not foreign
