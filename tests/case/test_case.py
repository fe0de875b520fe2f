"""A case as people meet it: copied, read-only, without its key, busy, newer, damaged."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from builders import bring, evidence, grow, note
from sqlalchemy import text

from firsthand.case import Case, View
from firsthand.case import case as case_module
from firsthand.case.files import locked
from firsthand.model.errors import (
    BadInput,
    CaseBusy,
    NewerCase,
    NotACase,
    StorageFailed,
    VerificationFailed,
)
from firsthand.model.nouns import Actor, Claim, Sighting, Written, content_id, sighting_id
from firsthand.model.values import DAY_MS, Digest, Interval, Span
from firsthand.model.vocabulary import ActorType, Attribution, Hedge, Polarity, Question
from firsthand.report.verify import verify

WORDS = "They say so."


def text_exhibit(case: Case, shown: str = WORDS) -> Digest:
    staged = case.blobs.stage_bytes(shown.encode())
    with case.batch(by="tester") as batch:
        batch.exhibit(staged, "text/plain")
    return staged.digest


def claim(exhibit: Digest, quote: str, span: Span, sighting: str | None = None) -> Claim:
    body: dict[str, Any] = {
        "question": Question.CONTEXT, "event": "e", "value": {"text": "x"}, "quote": quote,
        "polarity": Polarity.ASSERTS, "hedge": Hedge.ASSERTED, "span": span, "exhibit": exhibit,
        "attribution": Attribution.OWN_VOICE, "source_chain": ("someone",), "sighting": sighting,
    }  # fmt: skip
    return Claim(id=content_id("claim", Claim(id="", **body)), **body)


def dump(case: Case) -> dict[str, list[tuple[Any, ...]]]:
    names = ("meta", "entries", "nouns", "sightings", "collected", "outcomes", "findings", "words")
    with case.catalog.engine.connect() as connection:
        return {
            name: [tuple(row) for row in connection.execute(text(f"SELECT rowid, * FROM {name}"))]
            for name in names
        }


def filled(case: Case) -> None:
    words = "قُتِلَ 1700 في صلاح الدين"
    digest, at = text_exhibit(case, words), words.index("1700")
    bring(case, b"bytes", 1, 2)
    grow(case, 300)
    for name in ("one", "two"):
        with case.batch(by="tester") as batch:
            batch.noun("actor", Actor(id="a", name=name, type=ActorType.PERSON))
            batch.imported({"id": f"import:{name}"}, [{"item": "i", "status": "done"}])
    with case.batch(by="tester") as batch:
        batch.noun("claim", claim(digest, "1700", Span(at, at + 4)), objects=[digest])


# ---- the catalog is a view ----------------------------------------------------------------------


def test_a_rebuilt_catalog_is_the_same(case: Case) -> None:
    filled(case)
    followed = dump(case)
    assert case.rebuild() == case.ledger.size()
    assert dump(case) == followed


@pytest.mark.parametrize("damage", ["removed", "garbage", "cut", "other schema", "ahead"])
def test_a_catalog_that_cannot_be_used_is_made_again(case: Case, damage: str) -> None:
    filled(case)
    followed = dump(case)
    with case.catalog.engine.begin() as connection:
        if damage == "other schema":
            connection.exec_driver_sql("UPDATE meta SET value = '0' WHERE key = 'schema'")
        if damage == "ahead":
            connection.exec_driver_sql("UPDATE meta SET value = '9999' WHERE key = 'size'")
    case.close()
    path = case.root / "index.db"
    if damage == "removed":
        path.unlink()
    if damage == "garbage":
        path.write_bytes(b"no database " * 1000)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:5000])
    again = Case.open(case.root)
    assert dump(again) == followed
    again.close()


def test_many_open_at_once_without_a_catalog(case: Case) -> None:
    filled(case)
    case.close()
    (case.root / "index.db").unlink()
    code = (
        "import sys; from pathlib import Path; from firsthand.case import Case\n"
        "case = Case.open(Path(sys.argv[1])); print(case.catalog.size())"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, case.root], stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    sizes = {int(process.communicate(timeout=60)[0]) for process in started}
    assert sizes == {case.ledger.size()}


def test_a_reader_beside_a_writer_never_sees_entries_as_withheld(case: Case) -> None:
    """Appending moves the newest openings to a file of another name, under the reader's hands."""
    failures: list[BaseException] = []

    def write() -> None:
        try:
            writer = Case.open(case.root, write=True)
            for number in range(40):
                with writer.batch(by="tester") as batch:
                    batch.noun("note", note(number))
            writer.close()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    reader = Case.open(case.root)
    while thread.is_alive():
        for entry in reader.ledger.entries():
            assert entry.fields is not None, entry.index
    thread.join()
    reader.close()
    assert failures == []


# ---- where it lies, and who may write --------------------------------------------------------


def test_a_copy_at_another_path_is_the_same_case(case: Case, tmp_path: Path) -> None:
    filled(case)
    case.close()
    target = tmp_path / "elsewhere, with a blank & signs? #1 %41"
    shutil.copytree(case.root, target)
    shutil.rmtree(target / "incoming")  # working files: may be left out (docs/case-format.md)
    for name in ("lock", "index.db"):
        (target / name).unlink()
    copy = Case.open(target, write=True)
    assert dump(copy) == dump(Case.open(case.root))
    bring(copy, b"goes on there")
    copy.close()
    assert verify(target)["verdict"] == "ok"
    assert (target / "index.db").is_file()


READ = """
import sys; from pathlib import Path; from firsthand.case import Case, View
case = Case.open(Path(sys.argv[1]))
print(case.catalog.size(), len(View(case).claims), len(case.catalog.search("صلاح", 5)))
try:
    from firsthand.model.errors import StorageFailed
    with Case.open(Path(sys.argv[1]), write=True).batch(by="x") as batch:
        batch.noun("note", {"id": "n", "subject": "case", "text": "t"})
except StorageFailed as error:
    print(error.hint)
"""


def test_a_read_only_case_is_read_whole(case: Case) -> None:
    filled(case)
    case.close()
    size = case.ledger.size()
    before = evidence(case.root)
    program = [sys.executable, "-c", READ, str(case.root)]
    if os.geteuid() == 0:  # permissions do not bind root: a mount of its own does
        script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
        probe = subprocess.run(
            ["unshare", "-m", "sh", "-c", script, case.root, "true"], check=False
        )
        if probe.returncode:
            pytest.skip("cannot mount read-only here")
        program = ["unshare", "-m", "sh", "-c", script, str(case.root), *program]
    else:
        for path in (case.root, *case.root.rglob("*")):
            path.chmod(path.stat().st_mode & 0o555)
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    if os.geteuid():
        for path in (case.root, *case.root.rglob("*")):
            path.chmod(path.stat().st_mode | 0o200)
    assert done.returncode == 0, done.stderr
    counted, hint = done.stdout.splitlines()
    assert counted == f"{size} 1 1"  # a catalog in memory answers
    assert "read-only" in hint or "permissions" in hint
    assert evidence(case.root) == before


def test_without_the_key_a_case_can_be_read_not_continued(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(case)
    inside = [path for path in case.root.rglob("*") if path.is_file()]
    (key,) = (tmp_path / "home" / "keys").iterdir()
    secret = key.read_bytes().strip()
    assert all(secret not in path.read_bytes() for path in inside)
    assert key.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "another home"))
    reading = Case.open(case.root)
    assert reading.catalog.size() == case.ledger.size()
    with pytest.raises(BadInput, match="signing key is not in") as raised:
        Case.open(case.root, write=True)
    assert "copy the key file" in raised.value.hint
    reading.close()


def test_two_writers_wait_for_each_other(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_module, "locked", partial(locked, patience_s=0.1))
    other = Case.open(case.root, write=True)
    with case.batch(by="tester") as batch:
        batch.noun("note", note(1))
        with pytest.raises(CaseBusy) as raised, other.batch(by="tester"):
            pass
    assert raised.value.hint
    grow(other, 4)  # and when the lock is free, what the first one wrote is seen
    assert [n.id for n in other.catalog.nouns("note")] == ["note-1", "note-2", "note-3"]
    other.close()


def test_what_raises_in_a_batch_writes_nothing(case: Case) -> None:
    before = evidence(case.root)
    staged = case.blobs.stage_bytes(b"x")
    with pytest.raises(ZeroDivisionError), case.batch(by="tester") as batch:
        batch.exhibit(staged, "text/plain")
        raise ZeroDivisionError
    assert evidence(case.root) == before
    assert list((case.root / "incoming").iterdir()) == []


def test_what_changes_and_changes_back_in_one_batch_ends_as_it_was_last(case: Case) -> None:
    names = ("one", "two", "one", "one")
    with case.batch(by="tester") as batch:
        added = [
            batch.noun("actor", Actor(id="a", name=name, type=ActorType.PERSON)) for name in names
        ]
    assert added == [True, True, True, False]
    assert [n.data["name"] for n in case.catalog.nouns("actor")] == ["one"]


# ---- what it refuses ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "error"),
    [
        ('{"format":"firsthand-case/2","origin":"o","vkey":"v"}', NewerCase),
        ('{"format":"firsthand-case/2","new":1}', NewerCase),
        ('{"format":"other/1"}', VerificationFailed),
        ("{}", NotACase),
        ("[]", NotACase),
        ("", NotACase),
        ('{"format" : "firsthand-case/1"}', NotACase),
    ],
)
def test_other_formats_are_refused(case: Case, head: str, error: type[Exception]) -> None:
    (case.root / "case.json").write_text(head + "\n")
    with pytest.raises(error):
        Case.open(case.root)


def test_what_is_no_case_is_refused(tmp_path: Path, case: Case) -> None:
    for path in (tmp_path, tmp_path / "absent", case.root / "case.json"):
        with pytest.raises(NotACase, match="is not a case"):
            Case.open(path)
    with pytest.raises(BadInput, match="cannot be made there"):
        Case.create(case.root)


def test_a_log_without_its_checkpoint_is_not_begun_again(case: Case) -> None:
    filled(case)
    case.close()
    (case.root / "log" / "checkpoint").unlink()
    before = evidence(case.root)
    for write in (False, True):
        with pytest.raises(NotACase, match="no checkpoint"):
            Case.open(case.root, write=write)
    assert evidence(case.root) == before


@pytest.mark.parametrize("part", ["log/tile/0/*.p/*", "log/tile/entries/*.p/*", "openings/*.p/*"])
def test_damage_is_not_signed_over(case: Case, part: str) -> None:
    grow(case, 5)
    (path,) = case.root.glob(part)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    before = evidence(case.root)
    if "openings" in part or "entries" in part:
        with pytest.raises((VerificationFailed, BadInput)):
            case.rebuild()
    else:
        with pytest.raises(VerificationFailed, match="cannot be continued"):
            grow(case, 6)
        (case.root / "incoming" / "batch.json").unlink(missing_ok=True)
        kept = evidence(case.root)
        assert before.items() <= kept.items()


# ---- quotes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quote", "span"),
    [("They", Span(1, 5)), ("they", Span(0, 4)), ("so.", Span(9, 99)), ("x", Span(50, 51))],
)
def test_a_claim_needs_its_quote(case: Case, quote: str, span: Span) -> None:
    digest = text_exhibit(case)
    size = case.ledger.size()
    with pytest.raises(VerificationFailed, match="is not in its source"), case.batch() as batch:
        batch.noun("claim", claim(digest, quote, span), objects=[digest])
    assert case.ledger.size() == size


def test_a_quote_that_is_not_there_cannot_be_rebuilt(case: Case) -> None:
    digest = text_exhibit(case)
    with pytest.raises(VerificationFailed), case.batch(by="tester") as batch:
        wrong = claim(digest, "Thez", Span(0, 4))
        batch._draft("claim", _body(wrong), [])  # past the check, as another program could
    with pytest.raises(VerificationFailed, match="is not in its source"):
        case.rebuild()


def _body(noun: object) -> Any:
    from firsthand.model.codec import to_json

    return to_json(noun)


# ---- a day ---------------------------------------------------------------------------------------


def test_a_day_counts_what_was_published_by_its_end(case: Case) -> None:
    digest = text_exhibit(case)
    later = text_exhibit(case, "They say more.")
    nowhere = text_exhibit(case, "They never published.")

    def seen(ref: str, bounds: Interval | None, shown: Digest) -> Sighting:
        published = Written(text="w", bounds=bounds) if bounds else None
        return Sighting(
            id=sighting_id("website", ref, None, ref, (), shown), platform="website", ref=ref,
            published=published, text=shown,
        )  # fmt: skip

    day = 16_000 * DAY_MS
    on_time = seen("on time", Interval(day, day + DAY_MS), digest)
    astride = seen("astride", Interval(day + 1, day + DAY_MS + 1), later)
    undated = seen("undated", None, digest)
    open_end = seen("open", Interval(day, None), digest)
    claims = {
        "on time": claim(digest, "They", Span(0, 4), on_time.id),
        "by its text": claim(digest, "say", Span(5, 8)),
        "astride": claim(later, "They", Span(0, 4), astride.id),
        "later text": claim(later, "say", Span(5, 8)),
        "unpublished": claim(nowhere, "They", Span(0, 4)),
        "undated": claim(digest, "so", Span(9, 11), undated.id),
    }
    with case.batch(by="tester") as batch:
        for sighting in (on_time, astride, undated, open_end):
            batch.noun("sighting", sighting)
        for each in claims.values():
            batch.noun("claim", each)

    def counted(as_of_ms: int | None) -> set[str]:
        view = View(case, as_of_ms)
        return {name for name, each in claims.items() if each.id in view.claims}

    assert counted(None) == set(claims)
    assert counted(day + DAY_MS) == {"on time", "by its text"}
    assert counted(day + DAY_MS - 1) == set()
    assert counted(day + DAY_MS + 1) == set(claims) - {"unpublished", "undated"}
    assert len(View(case, day + DAY_MS).sightings) == 1


# ---- staging -----------------------------------------------------------------------------------


def test_only_regular_files_are_staged(case: Case, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "home")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "home", "absent"):
        with pytest.raises(BadInput):
            case.stage(tmp_path / name)
    assert list((case.root / "incoming").iterdir()) == []


def test_whoever_wants_no_more_leaves_nothing_behind(case: Case, tmp_path: Path) -> None:
    paths = [tmp_path / f"f{number}" for number in range(30)]
    for path in paths:
        path.write_bytes(path.name.encode())
    found = case.stage_many(paths)
    path, staged = next(found)
    assert path == paths[0]
    case.discard(staged)  # type: ignore[arg-type]
    found.close()  # type: ignore[attr-defined]
    assert list((case.root / "incoming").iterdir()) == []


def test_staged_bytes_of_the_dead_are_swept(case: Case) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    mine, dead = (case.root / "incoming" / f"{pid}-00" for pid in (os.getpid(), ended.pid))
    for path in (mine, dead):
        path.write_bytes(b"x")
    grow(case, 2)
    assert mine.exists()
    assert not dead.exists()


def test_a_full_disk_under_the_catalog_is_told_as_such(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    with case.catalog.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFailed) as raised:
        grow(case, 1200)
    assert "full" in raised.value.why
    assert "nothing acknowledged is lost" in raised.value.hint
    case.close()
    again = Case.open(case.root)
    assert again.catalog.size() == again.ledger.size() == 1200
    again.close()


def test_opening_for_writing_tidies_up_after_an_interrupted_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))
    made = Case.create(tmp_path / "case")
    size = made.ledger.size()
    note = tmp_path / "case" / "incoming" / "batch.json"
    note.write_text(f'{{"objects":[],"size":{size - 1}}}\n')
    made.close()
    Case.open(tmp_path / "case").close()  # reading changes nothing
    assert note.exists()
    Case.open(tmp_path / "case", write=True).close()
    assert not note.exists()
