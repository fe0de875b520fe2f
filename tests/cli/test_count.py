"""``firsthand count tolls FILE``: which statements were known by a day."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from firsthand.cli.main import run


def known(path: Path, capsys: pytest.CaptureFixture[str], as_of: str) -> set[str]:
    assert run(["count", "tolls", str(path), "--as-of", as_of, "--json"]) == 0
    (group,) = json.loads(capsys.readouterr().out)["groups"]
    return {each for ids in group["roots"].values() for each in ids}


def test_a_statement_counts_when_its_date_ends_by_the_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dates = {
        "day": "2024-01-01", "month": "2024-01", "undated": None, "never": "some day",
        "east": "2024-01-02T01:00+03:00",  # 22:00 UTC of the day before
        "west": "2024-01-01T23:30-03:00",  # 02:30 UTC of the day after
        "last": "2024-01-01T23:59:59Z", "next": "2024-01-02T00:00:00Z",
    }  # fmt: skip
    rows = [
        {"id": name, "kind": "analysis", "counted": "killed", "origin": name, "min": 1, "max": 2}
        | ({} if date is None else {"date": date})
        for name, date in dates.items()
    ]
    path = tmp_path / "tolls.json"
    path.write_text(json.dumps(rows))
    assert known(path, capsys, "2024-01-01") == {"day", "east", "last"}
    assert known(path, capsys, "2024-01-30") == {"day", "east", "last", "west", "next"}
    assert known(path, capsys, "2024-01-31") == {*dates} - {"undated", "never"}
    assert run(["count", "tolls", str(path), "--as-of", "2024-01", "--json"]) == 2
