"""What production code writes while the power fails: one scenario for each kind of write."""

from __future__ import annotations

import dataclasses
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from disk import Recorder

from firsthand.case.backup import back_up
from firsthand.case.case import Case
from firsthand.case.custody.places import put_copy
from firsthand.case.custody.rotation import rotate_log_key
from firsthand.model.custody import Stamp
from firsthand.model.nouns import Note, content_id
from firsthand.model.values import digest_bytes
from firsthand.model.vocabulary import StampKind, StampState
from firsthand.report.verify import verify

BY = "campaign"
FEW = (b"brought by the batch " * 90, b"a second object", b"")
"""The first is longer than three sectors, so that it can be torn within and between them."""
BULK = 20
"""Objects of a large batch; from 16 on flushes are made together (case/blobs.py MANY)."""

Act = Callable[[Path, Recorder], None]


def note(number: int) -> Note:
    return Note(id=f"note-{number}", subject="case", text=f"note {number}")


def files_of(root: Path) -> dict[str, bytes]:
    """Return everything that was preserved, by path."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for name in ("objects", "stamps")
        for path in sorted((root / name).rglob("*"))
        if path.is_file()
    }


def bring(case: Case, objects: tuple[bytes, ...], *notes: int) -> None:
    """Append one batch of exhibits and notes; what is known already is not added again."""
    staged = [case.blobs.stage_bytes(data) for data in objects]
    with case.batch(by=BY) as batch:
        for each in staged:
            batch.exhibit(each, "application/octet-stream")
        for number in notes:
            batch.noun("note", note(number))


@dataclass(frozen=True)
class Scenario:
    """A base that lies safely on the disk, what is done to it, and that done again."""

    name: str
    base: int
    work: Callable[[Case, Callable[[], None]], None]
    syncfs: bool = True
    place: str = "case"
    recovers: bool = True

    def build(self, top: Path) -> None:
        case = Case.create(top / "case", title="crash", by=BY)
        _grow(case, self.base)
        case.close()

    def act(self, top: Path, recorder: Recorder) -> None:
        case = Case.open(top / "case", write=True)
        self.work(case, lambda: recorder.acknowledged(self.state(top)))
        case.close()

    def state(self, top: Path) -> Any:
        """Return what is acknowledged now; None while there is no case."""
        root = top / self.place
        if not (root / "log" / "checkpoint").is_file():
            return None
        size = int((root / "log" / "checkpoint").read_text().split("\n")[1])
        return {"size": size, "files": files_of(root)}

    def entries(self, top: Path) -> list[bytes]:
        case = Case.open(top / self.place, fresh=False)
        found = list(case.log.entries(0, case.ledger.size()))
        case.close()
        return found

    def again(self, top: Path) -> Iterator[str]:
        """Do the work again, and another batch; yield what is wrong then."""
        root = top / self.place
        case = Case.open(root, write=True)
        self.work(case, lambda: None)
        size = case.ledger.size()
        if size != (wanted := self.base + self.added()):
            yield f"done again it has {size} entries, not {wanted}"
        bring(case, (b"brought by the batch after it",), 9999)
        if case.ledger.size() != size + 2:
            yield "another batch is not as it should be"
        numbers = [noun.id for noun in case.catalog.nouns("note")]
        if numbers[: self.base - 1] != [f"note-{n}" for n in range(1, self.base)]:
            yield "notes of before are lost"
        if len(numbers) != len(set(numbers)):
            yield "a note is there twice"
        case.close()
        yield from _sound(root)

    def added(self) -> int:
        return ADDED[self.name]


def _sound(root: Path) -> Iterator[str]:
    result = verify(root)
    if result["verdict"] != "ok":
        yield f"after going on: {result['verdict']} {result['problems'][:2]} {result}"[:300]
    waiting = [path.name for path in (root / "incoming").iterdir()]
    if waiting:
        yield f"left in incoming/: {waiting}"


def _grow(case: Case, size: int) -> None:
    with case.batch(by=BY) as batch:
        for number in range(case.ledger.size(), size):
            batch.noun("note", note(number))


def few(case: Case, told: Callable[[], None]) -> None:
    bring(case, FEW, 9001, 9002)
    told()


def notes_only(case: Case, told: Callable[[], None]) -> None:
    bring(case, (), 9001, 9002)
    told()


def twice(case: Case, told: Callable[[], None]) -> None:
    """Two batches; the second meets objects of the first and of its own again."""
    bring(case, FEW[:2], 9001)
    told()
    bring(case, (FEW[0], b"new", b"new", FEW[1]), 9002)
    told()


def many(case: Case, told: Callable[[], None]) -> None:
    """A batch of files, staged as folders are: not flushed one by one."""
    inbox = case.root.parent.parent / "inbox"
    if not inbox.is_dir():
        inbox.mkdir()
        chance = random.Random(7)
        for number in range(BULK):
            (inbox / f"{number:02}").write_bytes(chance.randbytes(100 + 61 * number))
    found = list(case.blobs.stage_many(sorted(inbox.iterdir()), workers=1))
    whole = [staged for _, staged in found if not isinstance(staged, Exception)]
    for _, staged in found:
        if isinstance(staged, Exception):
            for each in whole:
                case.discard(each)
            raise staged
    with case.batch(by=BY) as batch:
        for each in whole:
            batch.exhibit(each, "application/octet-stream")
        batch.noun("note", note(9001))
    told()


def written(case: Case, told: Callable[[], None]) -> None:
    """An object that a library writes (as the history of another case, case/history.py)."""
    staged = case.blobs.stage_written(lambda stream: stream.write(b"a zip, say " * 200) and None)
    with case.batch(by=BY) as batch:
        batch.exhibit(staged, "application/octet-stream")
        batch.noun("note", note(9001))
    told()


def stamped(case: Case, told: Callable[[], None]) -> None:
    """A time stamp asked for: the checkpoint as an object, an entry, and the copy in stamps/."""
    known = case.catalog.nouns("stamp")
    if known:
        data = case.blobs.get(known[0].data["checkpoint"])
        size = known[0].data["size"]
    else:
        data = (case.root / "log" / "checkpoint").read_bytes()
        point = case.log.checkpoint()
        size = point.size
        noun = Stamp(
            id="", state=StampState.REQUESTED, kind=StampKind.OPENTIMESTAMPS, authority="nobody",
            size=size, root=point.root.hex(), checkpoint=digest_bytes(data),
        )  # fmt: skip
        noun = dataclasses.replace(noun, id=content_id("stamp", noun))
        staged = case.blobs.stage_bytes(data)
        with case.batch(by=BY) as batch:
            batch.staged[staged.digest] = staged
            batch.noun("stamp", noun, objects=[staged.digest])
    told()
    put_copy(case, size, "checkpoint", data)
    put_copy(case, size, "nobody.note", data)
    told()


def rotated(case: Case, told: Callable[[], None]) -> None:
    """The key of the log is replaced, once, and the new one signs a batch."""
    if not any(noun.data["role"] == "log" for noun in case.catalog.nouns("key")):
        rotate_log_key(case, why="the campaign", by=BY)
    told()
    bring(case, (), 9001)
    told()


class Making(Scenario):
    """A case is made."""

    def build(self, top: Path) -> None:
        pass

    def act(self, top: Path, recorder: Recorder) -> None:
        Case.create(top / self.place, title="crash", by=BY).close()
        recorder.acknowledged(self.state(top))

    def again(self, top: Path) -> Iterator[str]:
        root = top / self.place
        if not (root / "log" / "checkpoint").is_file():
            shutil.rmtree(root, ignore_errors=True)  # as the hint says
            Case.create(root, title="crash", by=BY).close()
        yield from super().again(top)


class Copying(Scenario):
    """A case is copied to a second folder that has an older copy, or none (base 0)."""

    def build(self, top: Path) -> None:
        case = Case.create(top / "case", title="crash", by=BY)
        bring(case, FEW[:1], 1)
        if self.base:
            back_up(case, top / "copy")
        bring(case, FEW, 9001, 9002, *range(10_000, 10_000 + (253 if self.base else 0)))
        case.close()

    def act(self, top: Path, recorder: Recorder) -> None:
        case = Case.open(top / "case")
        back_up(case, top / "copy")
        case.close()
        recorder.acknowledged(self.state(top))

    def again(self, top: Path) -> Iterator[str]:
        case = Case.open(top / "case")
        back_up(case, top / "copy")
        size = case.ledger.size()
        case.close()
        copy = Case.open(top / "copy")
        if copy.ledger.size() != size:
            yield f"the copy has {copy.ledger.size()} entries, not {size}"
        copy.close()
        yield from _sound(top / "copy")
        yield from _sound(top / "case")


def nothing(case: Case, told: Callable[[], None]) -> None:
    """Nothing more than what the scenario itself does."""


ADDED = {
    "making": 0, "making in a new folder": 0, "first batch": 5, "second batch": 5,
    "to a full tile": 2, "over a full tile": 5, "after a full tile": 5, "second tile": 2,
    "objects again": 5, "bulk": BULK + 1, "bulk without syncfs": BULK + 1, "written": 2,
    "stamp and copies": 1, "another key of the log": 2,
}  # fmt: skip
"""Entries that the work of a scenario adds."""

SCENARIOS = {
    each.name: each
    for each in (
        Making("making", 1, nothing, recovers=False),
        Making("making in a new folder", 1, nothing, place="new/er/case", recovers=False),
        Scenario("first batch", 1, few),
        Scenario("second batch", 3, few),
        Scenario("to a full tile", 254, notes_only),
        Scenario("over a full tile", 255, few),
        Scenario("after a full tile", 256, few),
        Scenario("second tile", 257, notes_only),
        Scenario("objects again", 2, twice),
        Scenario("bulk", 2, many),
        Scenario("bulk without syncfs", 2, many, syncfs=False),
        Scenario("written", 2, written),
        Scenario("stamp and copies", 2, stamped),
        Scenario("another key of the log", 2, rotated),
        Copying("first backup", 0, nothing, place="copy", recovers=False),
        Copying("backup grows", 3, nothing, place="copy"),
        Copying("first backup without syncfs", 0, nothing, False, "copy", recovers=False),
        Copying("backup grows without syncfs", 3, nothing, syncfs=False, place="copy"),
    )
}
