"""A case of its own for each test, and files as a person would have them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.collect import Limits, add


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))
    made = Case.create(tmp_path / "case", title="test", by="tester")
    yield made
    made.close()


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def take(case: Case) -> Callable[..., Any]:
    """Import one path and check the balance, from the summary and from the ledger."""

    def run(path: Path, **options: Any) -> Any:
        summary = add(case, [path], by="tester", **options)
        (one,) = summary["imports"]
        session = case.catalog.nouns("session")[-1].data
        statuses = ("done", "already", "failed", "quarantined")
        assert session["state"] == "closed"
        assert session["counts"]["in"] == sum(one[status] for status in statuses)
        rows = [
            outcome
            for noun in case.catalog.nouns("import")
            if noun.data["session"] == session["id"]
            for outcome in case.catalog.outcomes(entry=noun.entry)
        ]
        assert len(rows) == session["counts"]["in"]
        for status in statuses:
            assert sum(row["status"] == status for row in rows) == one[status]
        return summary

    return run


@pytest.fixture
def reasons() -> Callable[[Any], dict[str, str]]:
    return lambda summary: {row["item"]: row["reason"] for row in summary["outcomes"]}


def lines(*rows: Any) -> bytes:
    """Return JSON lines; bytes stand as they are."""
    return b"".join(
        (row if isinstance(row, bytes) else json.dumps(row, ensure_ascii=False).encode()) + b"\n"
        for row in rows
    )


@pytest.fixture
def write_lines() -> Callable[..., bytes]:
    return lines


@pytest.fixture
def small() -> Limits:
    return Limits(archive_entries=50, archive_bytes=64 << 20)
