"""A case: ledger, objects and catalog in one folder that can be copied as a whole."""

from __future__ import annotations

import contextlib
import getpass
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

from firsthand import __version__
from firsthand.case.batch import Batch
from firsthand.case.blobs import DiskBlobs
from firsthand.case.catalog import SqlCatalog
from firsthand.case.custody.clock import Watch
from firsthand.case.database import CatalogDamaged, open_engine
from firsthand.case.files import Files, locked, storage_error
from firsthand.case.interfaces import LedgerEntry, Queue, Staged
from firsthand.case.keys import load_log_key, new_log_key
from firsthand.case.ledger import Ledger
from firsthand.case.log import DiskLog
from firsthand.case.queue import SqlQueue
from firsthand.model import canonical
from firsthand.model.canonical import Json
from firsthand.model.codec import from_json, to_json
from firsthand.model.errors import BadInput, NewerCase, NotACase, StorageFailed, VerificationFailed
from firsthand.model.nouns import CaseInfo
from firsthand.model.values import Digest

FORMAT = "firsthand-case/1"

_FORMAT = re.compile(r"firsthand-case/([0-9]+)\Z")
CATALOG_FILES = ("index.db", "index.db-wal", "index.db-shm")


class Case:
    """An open case. Open for writing it can append; reading never changes the ledger."""

    def __init__(
        self,
        root: Path,
        head: Json,
        *,
        write: bool,
        fresh: bool = False,
        files: Files | None = None,
    ) -> None:
        self.root = root
        self.vkey = str(head["vkey"])
        self.origin = str(head["origin"])
        self.files = files or Files()
        self.sizes: dict[Digest, int] = {}
        self.log = DiskLog(root, self.vkey, self.files)
        if write:
            self.log.signer = load_log_key(str(self.log.keys.chain(self.log.size()).newest))
            try:
                self.files.make_dir(root / "incoming")  # empty folders get lost in some copies
            except OSError as error:
                raise storage_error(error, "write to the case") from error
        self.blobs = DiskBlobs(root, self.files)
        self.ledger = Ledger(root, self.log, self.blobs, self.files)
        self.catalog = self._in_memory() if fresh else self._open_catalog()
        self.watch = Watch()

    @classmethod
    def create(
        cls, root: Path, *, title: str = "", by: str | None = None, passphrase: str | None = None
    ) -> Case:
        """Make the folder of a new case and its entry 0; keys go to the user's configuration.

        Raises
        ------
        BadInput
            When the folder exists and is not empty.
        """
        if root.exists() and (not root.is_dir() or any(root.iterdir())):
            raise BadInput(
                "the case cannot be made there",
                why=f"{root} exists and is not empty",
                hint="choose another name",
            )
        files = Files()
        above = _to_be_made(root)
        try:
            for name in ("log", "openings", "objects/sha256", "stamps", "incoming"):
                files.make_dir(root / name)
            # No name of the case or folder: checkpoints go to witnesses and into public bundles.
            origin = f"firsthand.case/{secrets.token_hex(8)}"
            vkey = str(new_log_key(origin, passphrase).verifier)
            head = {"format": FORMAT, "origin": origin, "vkey": vkey}
            files.write(root / "case.json", canonical.dumps(head) + b"\n")
            for folder in (root / "objects", root, *above):
                files.sync_dir(folder)
        except OSError as error:
            raise storage_error(error, "make the case") from error
        case = cls(root, head, write=True)
        info = CaseInfo(
            title=title or root.resolve().name,
            origin=origin,
            vkey=vkey,
            format=FORMAT,
            tool=f"firsthand {__version__}",
        )
        with case.batch(by=by) as batch:
            batch.noun("case", to_json(info))
        return case

    @classmethod
    def open(cls, root: Path, *, write: bool = False, fresh: bool = False) -> Case:
        """Open a case.

        ``fresh``: read everything from the ledger, not from index.db, which is only a view and
        which anybody who can write to the folder could have changed.

        Raises
        ------
        NotACase
            When the folder is not a case, or its log has lost its checkpoint.
        NewerCase
            When a newer firsthand made it.
        """
        head = read_head(root)
        if not (root / "log" / "checkpoint").is_file():
            raise NotACase(
                f"{root} is not a whole case",
                why="its log has no checkpoint: making it was interrupted, or part of it is lost",
                hint="restore log/ from a copy; if nothing was added yet, remove the folder and "
                "make the case again",
            )
        case = cls(root, head, write=write, fresh=fresh)
        if write:
            case.tidy()
        return case

    def tidy(self) -> None:
        """Remove what an interrupted write left behind, if there is any.

        Done when a case is opened for writing, since there may be nothing more to write.
        """
        if self.ledger.interrupted():
            try:
                with locked(self.root / "lock"):
                    self.ledger.recover()
                    self.blobs.sweep()
            except OSError as error:
                raise storage_error(error, "write to the case") from error

    @property
    def info(self) -> CaseInfo | None:
        """Title and keys from entry 0; None when that entry is withheld."""
        found = self.catalog.nouns("case")
        return from_json(CaseInfo, found[0].data) if found else None

    @property
    def queue(self) -> Queue:
        """Durable work of this case."""
        return SqlQueue(self.catalog.engine)

    @contextlib.contextmanager
    def batch(self, *, by: str | None = None) -> Iterator[Batch]:
        """Hold the lock, collect entries, and write them durably when the block ends.

        When the block raises, nothing is written.
        """
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locked(self.root / "lock"))
                self.ledger.recover()
                self.blobs.sweep()
            except OSError as error:
                raise storage_error(error, "write to the case") from error
            self.sync()
            by = by or default_person()
            self._note_clock(by)
            batch = Batch(self, by)
            try:
                yield batch
                if batch.drafts:
                    indices = self.ledger.append(batch.drafts, list(batch.staged.values()))
            except BaseException:
                for staged in batch.staged.values():
                    self.discard(staged)
                raise
        if batch.drafts:
            # What was just written need not be read back; `sync` takes in whatever is missing.
            written = zip(indices, batch.drafts, strict=True)
            entries = (LedgerEntry(index, d.kind, d.fields) for index, d in written)
            self.catalog.apply(entries, self.blobs.get)
        self.sync()

    def _note_clock(self, by: str) -> None:
        """Record that the clock jumped, before what was claimed by the clock as it is now."""
        jump = self.watch.jump(self.catalog)
        if jump is not None:
            batch = Batch(self, by)
            batch.noun("clock", jump)
            self.ledger.append(batch.drafts)
            self.sync()

    def discard(self, staged: Staged) -> None:
        """Drop staged bytes that are not needed."""
        self.blobs.drop(staged)

    def stage(self, source: Path) -> Staged:
        """Copy a file into the waiting room, hashing it on the way (no lock needed)."""
        return self.blobs.stage(source)

    def stage_many(self, sources: Iterable[Path]) -> Iterator[tuple[Path, Staged | Exception]]:
        """Stage files on threads, in order; a file that fails gives its error instead."""
        return self.blobs.stage_many(sources)

    def text(self, digest: Digest) -> str:
        """Return a text exhibit decoded as UTF-8.

        Raises
        ------
        BadInput
            When it is not UTF-8.
        """
        try:
            return self.blobs.get(digest).decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadInput(f"exhibit {digest} is not UTF-8 text", why=str(error)) from error

    def sync(self) -> None:
        """Let the catalog take in what the ledger has and it has not."""
        known = self.catalog.size()
        if known < self.ledger.size():
            self.catalog.apply(self.ledger.entries(known), self.blobs.get)

    def rebuild(self) -> int:
        """Delete the catalog and make it again from the ledger; return the number of entries.

        Raises
        ------
        VerificationFailed
            When the ledger does not hold together.
        """
        self.log.check()
        self.catalog.engine.dispose()
        try:
            for name in CATALOG_FILES:
                self.files.remove(self.root / name)
        except OSError as error:
            raise storage_error(error, "remove the old catalog") from error
        self.catalog = SqlCatalog(open_engine(self.root / "index.db"))
        self.sync()
        return self.catalog.size()

    def close(self) -> None:
        """Release the catalog's database."""
        self.catalog.engine.dispose()

    def _open_catalog(self) -> SqlCatalog:
        path = self.root / "index.db"
        size = self.ledger.size()
        for attempt in ("as it is", "made again"):
            try:
                catalog = SqlCatalog(open_engine(path))
                if catalog.current() and catalog.size() <= size:
                    if catalog.size() < size:
                        catalog.apply(self.ledger.entries(catalog.size()), self.blobs.get)
                    return catalog
                catalog.engine.dispose()
            except CatalogDamaged:
                pass
            except StorageFailed:
                break  # full or read-only: what is there stays as it is
            if attempt == "made again" or not os.access(self.root, os.W_OK):
                break
            with contextlib.suppress(OSError):
                for name in CATALOG_FILES:
                    self.files.remove(self.root / name)
        return self._in_memory()  # a case on read-only media

    def _in_memory(self) -> SqlCatalog:
        catalog = SqlCatalog(open_engine(None))
        catalog.apply(self.ledger.entries(), self.blobs.get)
        return catalog


def _to_be_made(root: Path) -> list[Path]:
    """Return the folders that will get a new name when a folder and its parents are made."""
    above = list(root.absolute().parents)
    there = next(number for number, folder in enumerate(above) if folder.is_dir())
    return above[: there + 1]


def read_head(root: Path) -> Json:
    """Return what ``case.json`` says.

    Raises
    ------
    NotACase
        When it is missing or damaged.
    NewerCase
        When its format is newer than this version knows.
    """
    path = root / "case.json"
    try:
        head = canonical.loads(path.read_bytes().removesuffix(b"\n"))
        made = str(head["format"])
        known = _FORMAT.match(made)
        if known and int(known[1]) > 1:
            raise NewerCase(
                "the case was made by a newer firsthand",
                why=f"its format is {made}, this version knows {FORMAT}",
                hint="install a newer firsthand; nothing was changed",
            )
        if made != FORMAT or set(head) != {"format", "origin", "vkey"}:
            raise VerificationFailed("case.json is damaged", why=str(path))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotACase(
            f"{root} is not a case",
            why="there is no case.json in it",
            hint="make one with `firsthand new CASE`",
        ) from error
    except NewerCase:
        raise
    except (BadInput, KeyError, TypeError) as error:
        raise NotACase(
            f"{root} is not a case",
            why=f"case.json is damaged: {error}",
            hint="restore case.json from a copy of the case",
        ) from error
    return head


def default_person() -> str:
    """Return who acts when nobody says: FIRSTHAND_ACTOR, else the name of the login."""
    named = os.environ.get("FIRSTHAND_ACTOR")
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"
