"""Methods that look at exhibits: in batches, each exhibit once, and a bad one costs only itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import toy_methods as toy

from firsthand.case import Case, View
from firsthand.model.nouns import Sighting, sighting_id
from firsthand.model.values import digest_bytes
from firsthand.run import Analysis, Method, Registry, Resolved, recheck
from firsthand.run import analysis as analysis_module
from firsthand.run.plan import Planner

Hold = Callable[..., list[str]]


@pytest.fixture
def hold(case: Case) -> Hold:
    """Keep bytes as exhibits, each with a sighting."""

    def keep(*contents: bytes, media_type: str = "image/toy") -> list[str]:
        sightings = []
        with case.batch(by="tester") as batch:
            for data in contents:
                staged = case.blobs.stage_bytes(data)
                batch.exhibit(staged, media_type)
                ref = data.decode()
                found = sighting_id("file", ref, None, None, (staged.digest,), None)
                sightings.append(
                    (
                        Sighting(id=found, platform="file", ref=ref, exhibits=(staged.digest,)),
                        None,
                    )
                )
            batch.imported({"id": f"import:{contents[0]!r}"}, [], sightings)
        return [digest_bytes(data) for data in contents]

    return keep


def analyse(case: Case, *methods: Method, record: bool = True, **options: Any) -> Resolved:
    return Analysis(View(case), Registry(methods), record=record, by="tester", jobs=2).run(
        **options
    )


def by_subject(resolved: Resolved, kind: str) -> dict[str, Any]:
    return {f["subjects"][0]: f["value"] for f in resolved.of_kind(kind)}


def test_each_exhibit_is_looked_at_once_in_batches(case: Case, hold: Hold) -> None:
    first = hold(b"a1", b"b22", b"c333", b"d4444")
    hold(b"no image", media_type="text/plain")
    resolved = analyse(case, toy.halves)
    assert by_subject(resolved, "toy.halves") == {
        digest: {"size": size} for digest, size in zip(first, (2, 3, 4, 5), strict=True)
    }
    assert len(resolved.fresh) == 2  # batches of three
    later = hold(b"e55555")
    again = analyse(case, toy.halves)
    assert len(again.fresh) == 1
    assert set(by_subject(again, "toy.halves")) == {*first, *later}
    assert analyse(case, toy.halves).fresh == []
    assert {line["verdict"] for line in recheck(case, Registry((toy.halves,)))} == {"same"}


def test_what_is_derived_becomes_an_exhibit_that_later_methods_see(case: Case, hold: Hold) -> None:
    (whole,) = hold(b"abcd")
    resolved = analyse(case, toy.halves, toy.sizes, toy.total)
    half = digest_bytes(b"cd")
    noun = case.catalog.noun("exhibit", half)
    assert noun is not None
    assert noun.data["derived_from"] == whole
    assert noun.data["derivation"] == "toy.halves 1"
    assert case.blobs.get(half) == b"cd"  # type: ignore[arg-type]
    found = by_subject(resolved, "toy.size")
    assert found == {whole: {"size": 4, "of": None}, half: {"size": 2, "of": whole}}
    # `halves` itself does not look at derived exhibits.
    assert set(by_subject(resolved, "toy.halves")) == {whole}
    assert by_subject(resolved, "toy.sum") == {"case": {"n": 6, "seen": ["abcd"]}}


@pytest.mark.parametrize("bad", [b"X kills its process", b"E raises"])
def test_a_bad_exhibit_costs_no_other_its_result(case: Case, hold: Hold, bad: bytes) -> None:
    good = hold(b"a1", b"b22")
    (poison,) = hold(bad)
    more = hold(b"c333", b"d4444")
    resolved = analyse(case, toy.halves)
    assert set(by_subject(resolved, "toy.halves")) == {*good, *more}
    bad_runs = [run for run, _ in resolved.runs if run.status != "done"]
    assert [run.inputs for run in bad_runs] == [(f"exhibit:{poison}",)]
    assert analyse(case, toy.halves).fresh == []
    assert len(analyse(case, toy.halves, retry=True).fresh) == 1


def test_a_report_runs_nothing_over_exhibits(case: Case, hold: Hold) -> None:
    hold(b"a1")
    resolved = analyse(case, toy.halves, record=False)
    assert resolved.findings == []
    assert resolved.left_out == [
        {"method": "toy.halves", "exhibits": 1, "why": "not analysed yet: firsthand analyse"}
    ]
    analyse(case, toy.halves)
    assert len(analyse(case, toy.halves, record=False).findings) == 1


def test_what_is_missing_or_costly_is_left_out_and_said(
    case: Case, hold: Hold, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(b"a1", b"b22")
    monkeypatch.setattr(analysis_module, "COSTLY_FROM", 1)
    resolved = analyse(case, toy.absent, toy.costly)
    assert [(one["method"], one["exhibits"]) for one in resolved.left_out] == [
        ("toy.absent", 2),
        ("toy.costly", 2),
    ]
    assert "no-such-program-anywhere is not installed" in resolved.left_out[0]["why"]
    assert "--only toy.costly" in resolved.left_out[1]["why"]
    asked = analyse(case, toy.costly, only=("toy.costly",))
    assert len(asked.of_kind("toy.costly")) == 2


def test_a_method_per_exhibit_says_which_media() -> None:
    from firsthand.run import method

    with pytest.raises(ValueError, match="media"):
        method("toy.wrong", version="1", makes=("x",), per="exhibit")


def test_batches_that_overlap_leave_one_finding_of_each_exhibit(
    case: Case, hold: Hold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody adds an exhibit while an analysis runs, and starts another analysis beside it."""
    hold(b"a1", b"b22")
    planned = Planner(View(case)).plan(toy.halves, ())
    hold(b"c333")
    analyse(case, toy.halves)  # all three, while the run over two is not recorded yet
    monkeypatch.setattr(Planner, "plan", lambda *_: planned)
    analyse(case, toy.halves)
    monkeypatch.undo()
    assert [len(n.data["inputs"]) for n in case.catalog.nouns("run")] == [3, 2]
    resolved = analyse(case, toy.halves, toy.sizes, toy.total)
    assert len(resolved.of_kind("toy.halves")) == 3
    (total,) = resolved.of_kind("toy.sum")
    assert total["value"]["n"] == 2 + 3 + 4 + 1 + 2 + 2  # the exhibits and their halves


def test_what_was_looked_at_without_a_tool_is_looked_at_again_with_it(
    case: Case, hold: Hold, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = hold(b"a1", b"b22", b"c333", b"d4444")
    first = analyse(case, toy.helped)
    assert [run.environment["without"] for run, _ in first.runs] == ["toy-tool"] * 2
    assert analyse(case, toy.helped).fresh == []  # it is still not there

    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "toy-tool").write_text("#!/bin/sh\n")
    (tmp_path / "bin" / "toy-tool").chmod(0o755)
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{path}")
    only_read = analyse(case, toy.helped, record=False)
    assert by_subject(only_read, "toy.helped") == {key: {"tool": False} for key in held}
    second = analyse(case, toy.helped)
    assert len(second.fresh) == 2
    assert by_subject(second, "toy.helped") == {key: {"tool": True} for key in held}
    assert analyse(case, toy.helped).fresh == []
    assert {line["verdict"] for line in recheck(case, Registry((toy.helped,)))} >= {"same"}

    # A machine without it neither looks again nor takes the better findings back.
    monkeypatch.setenv("PATH", path)
    third = analyse(case, toy.helped)
    assert third.fresh == []
    assert by_subject(third, "toy.helped") == {key: {"tool": True} for key in held}
