"""A round of scrubs reads every object once, the longest unread part first, and says so."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from builders import bring, grow

from firsthand.case import Case
from firsthand.case.custody import clock
from firsthand.case.custody.scrub import (
    PARTS,
    Chosen,
    due,
    last_read,
    part_of,
    record_scrub,
    scrub,
    scrubs,
)  # fmt: skip
from firsthand.cli.main import run

WEEK_MS = 7 * 86_400_000


def test_thirty_days_read_every_object_once_and_the_log_weekly(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(80):
        bring(case, b"object %d" % number)
    now, steady = clock.wall_ms(), clock.steady_ms()
    read: Counter[int] = Counter()
    objects, logs = 0, []
    for day in range(PARTS):
        moved = day * 86_400_000
        monkeypatch.setattr(clock, "wall_ms", lambda moved=moved: now + moved)
        monkeypatch.setattr(clock, "steady_ms", lambda moved=moved: steady + moved)
        chosen = due(case)
        result = scrub(case.root, chosen)
        assert result.good
        record_scrub(case, result, by="t")
        read[chosen.part] += 1
        objects += result.objects
        logs += [day] if chosen.log else []
    assert read == Counter(range(1, PARTS + 1))
    assert objects == 80
    assert logs == [0, 7, 14, 21, 28]
    assert due(case).part == 1  # the one that was read longest ago


def test_parts_hold_every_digest_once() -> None:
    import hashlib

    digests = ["sha256:" + hashlib.sha256(b"%d" % n).hexdigest() for n in range(3000)]
    sizes = Counter(part_of(digest, PARTS) for digest in digests)
    assert set(sizes) == set(range(1, PARTS + 1))
    assert min(sizes.values()) > 60 and max(sizes.values()) < 140  # 100 each, six sigma


def test_when_an_object_was_last_read_follows_from_the_parts(case: Case) -> None:
    bring(case, b"early")
    early = case.catalog.nouns("exhibit")[0].id
    assert last_read(case, early, scrubs(case)) is None
    part = part_of(early, PARTS)
    record_scrub(case, scrub(case.root, Chosen(part % PARTS + 1, PARTS, log=False)), by="t")
    assert last_read(case, early, scrubs(case)) is None
    record_scrub(case, scrub(case.root, Chosen(part, PARTS, log=False)), by="t")
    bring(case, b"late")
    late = case.catalog.nouns("exhibit")[1].id
    known = last_read(case, early, scrubs(case))
    assert (known["entry"], known["good"]) == (3, True)
    assert last_read(case, late, scrubs(case)) is None  # it came after every scrub
    case.blobs.path(early).unlink()
    record_scrub(case, scrub(case.root, Chosen(1, 1, log=False)), by="t")
    assert last_read(case, early, scrubs(case))["good"] is False
    assert last_read(case, late, scrubs(case))["good"] is True


def test_the_command_names_what_is_damaged_and_what_to_do(
    case: Case, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(case, b"one")
    grow(case, 5)
    digest = case.catalog.nouns("exhibit")[0].id
    assert run(["scrub", str(case.root), "--all", "--json", "--by", "ana"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["objects"], done["bytes"], done["entries"]) == (1, 3, [5, 6])
    place = case.blobs.path(digest)
    place.chmod(0o644)
    place.write_bytes(b"two")
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "no key"))
    assert run(["scrub", str(case.root), "--all"]) == 4
    said = capsys.readouterr().out
    assert f"damaged: object {digest}" in said
    assert "firsthand repair" in said and "not on record" in said
    assert run(["scrub", str(case.root), "--part", "31/30"]) == 2
    assert run(["scrub", str(case.root), "--part", "1/30", "--all"]) == 1
    assert run(["scrub", str(tmp_path / "nowhere")]) == 2


def test_a_case_that_cannot_be_opened_is_read_all_the_same(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(case, b"one")
    (case.root / "log/checkpoint").unlink()
    assert run(["scrub", str(case.root), "--json"]) == 4
    done = json.loads(capsys.readouterr().out)
    assert [fault["path"] for fault in done["log_faults"]] == ["log/checkpoint"]
    assert (done["objects"], done["recorded"]) == (1, False)


def test_repair_by_the_command(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    bring(case, b"one")
    copy = case.root.with_name("copy")
    assert run(["backup", str(case.root), str(copy)]) == 0
    digest = case.catalog.nouns("exhibit")[0].id
    case.blobs.path(digest).unlink()
    capsys.readouterr()
    command = ["repair", str(case.root), "--from", str(copy), "--name", "disk", "--json"]
    assert run([*command, "--dry-run"]) == 0
    would = json.loads(capsys.readouterr().out)
    assert not case.blobs.path(digest).exists() and not would["recorded"]
    assert run(command) == 0
    done = json.loads(capsys.readouterr().out)
    assert would["repaired"] == done["repaired"] and len(done["repaired"]) == 1
    assert done["recorded"] and case.blobs.get(digest) == b"one"
    assert run(command) == 0
    assert json.loads(capsys.readouterr().out)["recorded"] is False  # nothing was to be done
    case.sync()
    (noun,) = case.catalog.nouns("repair")
    assert noun.data["source"] == "disk"
