"""The custody section of a report: who vouches for which entries, as the page says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from firsthand.case import Case
from firsthand.model.custody import Cosignature, Stamp
from firsthand.model.nouns import Note
from firsthand.model.values import digest_bytes
from firsthand.model.vocabulary import StampKind, StampState
from firsthand.report.build import build
from firsthand.report.html import render
from firsthand.run import Registry

NOON = 1_402_747_200_000
"""2014-06-14T12:00:00Z [ms] (date -u -d 2014-06-14T12:00Z +%s000)."""


def keep(case: Case, kind: str, noun: object, *data: bytes) -> None:
    with case.batch(by="ana") as batch:
        for each in data:
            staged = case.blobs.stage_bytes(each)
            batch.staged[staged.digest] = staged
        batch.noun(kind, noun, objects=[digest_bytes(each) for each in data])


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))
    case = Case.create(tmp_path / "case", title="mill", by="ana")
    staged = case.blobs.stage_bytes(b"GIF89a, or not")
    with case.batch(by="ana") as batch:
        batch.exhibit(staged, "application/octet-stream")  # entry 1
    common = {"size": 2, "root": "00" * 32}
    token, note = b"a token", b"a note"
    stamp = Stamp(
        id="s", state=StampState.RECEIVED, kind=StampKind.RFC3161, authority="tsa <b>",
        checkpoint=digest_bytes(token), token=digest_bytes(token), time_ms=NOON,
        accuracy_ms=1000, readers=[{"reader": "one", "verdict": "refused", "why": "set order"}],
        **common,
    )  # fmt: skip
    keep(case, "stamp", stamp, token)  # entry 2
    keep(case, "note", Note(id="n", subject="case", text="between"))  # entry 3
    seen = Cosignature(
        id="c", witness="clerk.example+00000000+AA==", cosigned=digest_bytes(note), size=4,
        root="00" * 32, time_ms=NOON + 3_600_000,
    )  # fmt: skip
    keep(case, "cosignature", seen, note)  # entry 4
    return case


def test_an_exhibit_says_when_it_was_recorded_by_times_of_others(case: Case) -> None:
    report = build(case, Registry([]))
    assert report["ledger"]["covered_to"] == {"size": 4, "by": ["clerk.example"]}
    (exhibit,) = report["exhibits"]
    # Not after: the token's time and its accuracy of one second. Nothing is older than entry 1.
    assert exhibit["recorded"] == {
        "not_before": None,
        "not_after": {"time": "2014-06-14T12:00:01Z", "by": "tsa <b>", "entry": 2},
    }
    brackets = [(b["from"], b["to"]) for b in report["custody"]["brackets"]]
    assert brackets == [(0, 1), (2, 2), (3, 3), (4, 4)]
    third = report["custody"]["brackets"][2]
    assert third["not_before"]["time"] == "2014-06-14T11:59:59Z"
    assert third["not_after"]["time"] == "2014-06-14T13:00:00Z"
    assert report["custody"]["brackets"][3]["not_after"] is None


def test_the_page_shows_it_and_says_what_nobody_covers(case: Case) -> None:
    page = render(build(case, Registry([])))
    assert "Others signed the first 4 entries of 5" in page
    assert "No outside checkpoint covers what follows." in page
    assert "tsa &lt;b&gt;" in page and "tsa <b>" not in page
    assert "<strong>refused by" in page and "set order" in page


def test_a_case_that_nobody_vouches_for_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))
    report = build(Case.create(tmp_path / "case", by="ana"), Registry([]))
    assert report["ledger"]["covered_to"] is None
    assert "no outside checkpoint covers this" in render(report)
