"""Every kind of damage is found, named, and repaired from a second copy; nothing else is taken."""

from __future__ import annotations

import contextlib
import random
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from builders import bring, evidence, grow

from firsthand.case import Case
from firsthand.case.backup import back_up
from firsthand.case.custody.places import put_copy
from firsthand.case.custody.repair import record_repair, repair
from firsthand.case.custody.rotation import rotate_log_key
from firsthand.case.custody.scrub import Chosen, record_scrub, scrub
from firsthand.case.custody.shelf import Shelf
from firsthand.model.custody import Stamp
from firsthand.model.errors import BadInput
from firsthand.model.nouns import content_id
from firsthand.model.vocabulary import StampKind, StampState
from firsthand.report.checking import check

ALL = Chosen(1, 1, log=True)

Harm = Callable[[Path], None]


def flip(path: Path, bit: int | None = None) -> None:
    """Change one bit."""
    data = bytearray(path.read_bytes())
    at = (len(data) * 4 + 3) if bit is None else bit
    data[at // 8] ^= 1 << at % 8
    path.chmod(0o644)
    path.write_bytes(data)


def cut(path: Path) -> None:
    data = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(data[: len(data) // 2])


def delete(path: Path) -> None:
    path.unlink()


HARMS: dict[str, Harm] = {"flip": flip, "cut": cut, "delete": delete, "empty": lambda p: (
    p.chmod(0o644), p.write_bytes(b""))[0]}  # fmt: skip


def found_in(root: Path) -> set[str]:
    """Return everything that a scrub of everything names, as paths below the case."""
    result = scrub(root, ALL)
    hexes = [d.removeprefix("sha256:") for d in (*result.wrong, *result.missing)]
    objects = {f"objects/sha256/{h[:2]}/{h[2:4]}/{h}" for h in hexes}
    return objects | {fault.path for fault in result.log_faults}


@pytest.fixture
def pair(case: Case, tmp_path: Path) -> tuple[Path, Path]:
    """A case of two levels of tiles with three objects, and a second copy of the same size."""
    bring(case, b"one")
    grow(case, 300)
    bring(case, b"two" * 1000, 9001)
    bring(case, b"")
    grow(case, 600)
    back_up(case, tmp_path / "copy")
    case.close()
    return case.root, tmp_path / "copy"


def kept(root: Path) -> list[str]:
    return sorted(evidence(root))


def test_a_whole_case_has_no_fault(pair: tuple[Path, Path]) -> None:
    root, copy = pair
    assert found_in(root) == set()
    before = evidence(root)
    done = repair(root, copy)
    assert (done.repaired, done.left, done.kept_at) == ([], [], None)
    assert evidence(root) == before


@pytest.mark.parametrize("harm", sorted(HARMS))
def test_each_file_harmed_is_the_one_that_is_named_and_repaired(
    pair: tuple[Path, Path], harm: str
) -> None:
    root, copy = pair
    before = evidence(root)
    assert len(before) == 15  # objects, three bundles, tiles of two levels, openings, heads
    for path in kept(root):
        place = root / path
        if not place.stat().st_size and harm != "delete":
            continue  # the empty object cannot be made smaller
        mode = place.stat().st_mode
        HARMS[harm](place)
        assert found_in(root) == {path}
        assert check(root)["verdict"] != "ok"
        done = repair(root, copy)
        assert (done.repaired, done.left) == ([path], []), path
        assert evidence(root) == before
        if harm != "delete":
            assert done.kept_at is not None and (done.kept_at / path).exists()
            shutil.rmtree(done.kept_at)
        place.chmod(mode)
    assert check(root)["verdict"] == "ok"


def test_every_bit_of_a_checkpoint_and_of_a_tile_is_watched(pair: tuple[Path, Path]) -> None:
    root, _ = pair
    for path in ("log/checkpoint", "case.json", "log/tile/1/000.p/2"):
        whole = (root / path).read_bytes()
        for bit in random.Random(4).sample(range(len(whole) * 8), 60):
            flip(root / path, bit)
            assert found_in(root) == {path}, bit
            (root / path).write_bytes(whole)


def test_two_damaged_copies_make_one_whole(pair: tuple[Path, Path]) -> None:
    root, copy = pair
    before = evidence(root)
    paths = [p for p in kept(root) if p not in ("case.json", "log/checkpoint")]
    random.Random(11).shuffle(paths)
    half = len(paths) // 2
    for path in paths[:half]:
        HARMS["delete" if len(path) % 2 else "flip"](root / path) if (
            root / path
        ).stat().st_size else delete(root / path)
    for path in paths[half:]:
        if (copy / path).stat().st_size:
            flip(copy / path)
    done = repair(root, copy)
    assert done.left == []
    assert evidence(root) == before
    assert check(root)["verdict"] == "ok"


def test_what_no_copy_has_is_left_and_named(pair: tuple[Path, Path]) -> None:
    root, copy = pair
    path = next(p for p in kept(root) if p.startswith("objects/") and (root / p).stat().st_size)
    flip(root / path)
    harmed = (root / path).read_bytes()
    flip(copy / path, 1)
    delete(root / "openings/000")
    delete(copy / "openings/000")
    done = repair(root, copy)
    assert (done.repaired, sorted(done.left)) == ([], sorted([path, "openings/000"]))
    assert (root / path).read_bytes() == harmed


def test_an_older_copy_repairs_what_it_can(pair: tuple[Path, Path]) -> None:
    root, copy = pair
    opened = Case.open(root, write=True)
    bring(opened, b"newer")
    grow(opened, 1000)
    before = evidence(root)
    for path in ("log/tile/entries/001", "openings/000", "log/tile/0/001"):
        flip(root / path)
    done = repair(root, copy)
    assert sorted(done.repaired) == ["log/tile/0/001", "log/tile/entries/001", "openings/000"]
    assert evidence(root) == before


def test_a_lost_checkpoint_never_shortens_the_log(
    pair: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, copy = pair
    grow(Case.open(root, write=True), 700)
    before = evidence(root)
    flip(root / "log/checkpoint")
    with monkeypatch.context() as patch:
        patch.setenv("FIRSTHAND_HOME", str(tmp_path / "no key here"))
        harmed = evidence(root)
        with pytest.raises(BadInput, match="the copy is older"):
            repair(root, copy)
        assert evidence(root) == harmed
    done = repair(root, copy)
    assert done.repaired == ["log/checkpoint"] and "signed again" in done.notes[0]
    assert evidence(root) == before  # the same text under the same key is the same bytes


def test_a_lost_checkpoint_with_a_newer_copy_takes_the_longer_log(
    pair: tuple[Path, Path],
) -> None:
    root, _ = pair
    newer = root.with_name("newer")
    shutil.copytree(root, newer)
    opened = Case.open(newer, write=True)
    bring(opened, b"newer")
    grow(opened, 800)
    opened.close()
    delete(root / "log/checkpoint")
    repair(root, newer)
    assert evidence(root) == evidence(newer)
    assert check(root)["verdict"] == "ok"


def test_another_history_is_refused_where_nothing_tells_which_holds(
    pair: tuple[Path, Path],
) -> None:
    root, _ = pair
    other = root.with_name("other")
    shutil.copytree(root, other)
    bring(Case.open(root, write=True), b"mine")
    opened = Case.open(other, write=True)
    bring(opened, b"yours", 1)
    opened.close()
    delete(root / "log/checkpoint")
    harmed = evidence(root)
    with pytest.raises(BadInput, match="another history"):
        repair(root, other)
    assert evidence(root) == harmed


def test_another_case_and_no_case_are_refused(pair: tuple[Path, Path], tmp_path: Path) -> None:
    root, _ = pair
    other = Case.create(tmp_path / "other", title="other", by="x")
    before = evidence(root)
    (tmp_path / "text").write_text("no zip")
    (tmp_path / "empty").mkdir()
    for wrong in (other.root, tmp_path / "text", tmp_path / "empty", root):
        with pytest.raises(BadInput):
            repair(root, wrong)
    delete(root / "case.json")
    with pytest.raises(BadInput, match="cannot be told"):
        repair(root, other.root)
    assert evidence(root) == {k: v for k, v in before.items() if k != "case.json"}


@pytest.mark.parametrize("inner", ["case/", "case/data/"])
def test_an_export_serves_as_a_copy(pair: tuple[Path, Path], tmp_path: Path, inner: str) -> None:
    root, copy = pair
    before = evidence(root)
    archive = tmp_path / "export.zip"
    with zipfile.ZipFile(archive, "w") as bundle:
        for path in sorted(evidence(copy)):
            bundle.write(copy / path, inner + path)
        bundle.writestr(inner + "../../evil", b"x")
        bundle.writestr(inner + "log/../../evil", b"x")
    chosen = [p for p in kept(root) if p != "case.json"]
    for path in chosen:
        delete(root / path)
    done = repair(root, archive)
    assert (sorted(done.repaired), done.left) == (chosen, [])
    assert evidence(root) == before
    assert not list(tmp_path.parent.rglob("evil"))


def test_a_dry_run_says_the_same_and_changes_nothing(pair: tuple[Path, Path]) -> None:
    root, copy = pair
    paths = ["log/tile/0/000", "openings/001", next(p for p in kept(root) if "objects" in p)]
    for path in paths:
        delete(root / path)
    before = evidence(root)
    done = repair(root, copy, dry=True)
    assert sorted(done.repaired) == sorted(paths)
    assert evidence(root) == before and done.kept_at is None


def test_links_and_pipes_in_a_copy_are_not_followed(pair: tuple[Path, Path]) -> None:
    import os

    root, copy = pair
    path = "log/tile/entries/001"
    delete(root / path)
    delete(copy / path)
    os.mkfifo(copy / path)
    delete(root / "openings/000")
    whole = copy.with_name("elsewhere")
    (copy / "openings/000").rename(whole)
    (copy / "openings/000").symlink_to(whole)
    done = repair(root, copy)
    assert done.repaired == [] and sorted(done.left) == [path, "openings/000"]


def test_scrub_and_repair_go_on_record(pair: tuple[Path, Path]) -> None:
    root, copy = pair
    path = next(p for p in kept(root) if p.startswith("objects/") and (root / p).stat().st_size)
    flip(root / path)
    opened = Case.open(root, write=True)
    result = scrub(root, ALL)
    assert record_scrub(opened, result, by="ana") == [600, 601]
    done = repair(root, copy)
    record_repair(opened, "disk", done, by="ana")
    record_repair(opened, "disk", done, by="ana")  # the same twice is two repairs
    digest = "sha256:" + path.rpartition("/")[2]
    first, second = (noun.data for noun in opened.catalog.nouns("scrub"))
    assert (first["what"], first["wrong"], second["what"]) == ("objects", [digest], "log")
    assert [n.data["repaired"] for n in opened.catalog.nouns("repair")] == [[path], [path]]
    assert check(root)["verdict"] == "ok"
    with contextlib.suppress(FileNotFoundError):
        opened.close()


def put_stamp(case: Case) -> str:
    """Record a stamp whose token is an object, with its copy for other tools."""
    staged = case.blobs.stage_bytes(b"token bytes")
    checkpoint = case.blobs.stage_bytes((case.root / "log/checkpoint").read_bytes())
    noun = Stamp(
        id="", state=StampState.RECEIVED, kind=StampKind.RFC3161, authority="tsa",
        size=case.ledger.size(), root="00", checkpoint=checkpoint.digest, token=staged.digest,
    )  # fmt: skip
    with case.batch(by="t") as batch:
        batch.staged |= {staged.digest: staged, checkpoint.digest: checkpoint}
        named = [checkpoint.digest, staged.digest]
        batch.noun("stamp", replace(noun, id=content_id("stamp", noun)), objects=named)
    return put_copy(case, noun.size, "tsa.tsr", b"token bytes").relative_to(case.root).as_posix()


def test_copies_of_stamps_and_notes_of_keys_are_watched_and_repaired(
    case: Case, tmp_path: Path
) -> None:
    grow(case, 20)
    copied = put_stamp(case)
    rotate_log_key(case, why="moved to another machine", by="t")
    grow(Case.open(case.root, write=True), 40)
    back_up(Case.open(case.root), tmp_path / "copy")
    before = evidence(case.root)
    (note,) = [path for path in before if path.startswith("log/keys/")]
    assert found_in(case.root) == set()
    for path in (copied, note):
        for harm in (flip, cut):
            harm(case.root / path)
            # A note that is damaged takes the signature of the checkpoint with it.
            assert path in found_in(case.root) or path == note
            assert found_in(case.root)
            done = repair(case.root, tmp_path / "copy")
            assert (done.repaired, done.left) == ([path], [])
            assert evidence(case.root) == before
            assert done.kept_at is not None
            shutil.rmtree(done.kept_at)
    delete(case.root / note)
    assert repair(case.root, tmp_path / "copy").repaired == [note]
    # A copy in stamps/ may be absent, so it is brought back and was never called missing.
    delete(case.root / copied)
    assert found_in(case.root) == set()
    assert repair(case.root, tmp_path / "copy").repaired == [copied]
    assert evidence(case.root) == before


def test_a_huge_file_in_the_log_of_a_copy_is_not_read_whole(tmp_path: Path) -> None:
    # A sparse file costs its maker nothing. 16,777,472 bytes are 256 entries of the longest kind
    # (docs/case-format.md, "Entry"), so nothing right in log/ is larger.
    (tmp_path / "log/tile/entries").mkdir(parents=True)
    (tmp_path / "openings").mkdir()
    for name, size, read in (
        ("log/tile/entries/000", 16_777_472, True),
        ("log/tile/entries/001", 16_777_473, False),
        ("log/checkpoint", 900_000_000, False),
        ("openings/000", 16_777_473, True),
    ):
        with (tmp_path / name).open("wb") as stream:
            stream.truncate(size)
        assert (Shelf(tmp_path).read(name) is not None) == read, name
