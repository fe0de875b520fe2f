"""What a store must offer. Each interface has one contract test suite that every backend passes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from firsthand.model.canonical import Json
from firsthand.model.values import Digest


@dataclass(frozen=True, slots=True)
class Staged:
    """Bytes that were copied into the case's waiting room and hashed, not yet evidence."""

    digest: Digest
    size: int
    path: Path


class Log(Protocol):
    """An append-only signed log of entries."""

    def size(self) -> int:
        """Return the number of entries that the signed checkpoint covers."""

    def append(self, expected_size: int, entries: Sequence[bytes]) -> int:
        """Append entries durably and return the new size.

        Raises
        ------
        CaseBusy
            When the log does not have ``expected_size`` entries: somebody else appended.
        """

    def entries(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the entries ``[start, end)``."""


class Blobs(Protocol):
    """Bytes by digest; written once, never changed."""

    def has(self, digest: Digest) -> bool:
        """Tell whether the bytes are kept."""

    def put(self, staged: Staged) -> bool:
        """Keep staged bytes; return False when they were there already. Not yet durable."""

    def settle(self) -> None:
        """Make everything that was put durable."""

    def get(self, digest: Digest) -> bytes:
        """Return the bytes; raises NotFound."""

    def verify(self, digest: Digest) -> bool:
        """Tell whether the kept bytes still have their digest; raises NotFound."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """An entry as it stands. ``fields`` is None when it is withheld as a whole.

    ``root`` is the root of its salted fields, which no other entry of any log has.
    """

    index: int
    kind: str
    fields: Mapping[str, Json] | None
    withheld: int = 0
    root: str = ""


@dataclass(frozen=True, slots=True)
class CatalogNoun:
    """A noun with the entry that brought it; ``digest`` is of its canonical JSON."""

    kind: str
    id: str
    digest: str
    entry: int
    data: Json


@dataclass(frozen=True, slots=True)
class Task:
    """A unit of work that was claimed: ``fence`` must be shown to complete it."""

    id: str
    payload: Json
    fence: int
    attempts: int


class Catalog(Protocol):
    """A view of the ledger for questions; it may lag, be deleted, and be rebuilt."""

    def size(self) -> int:
        """Return how many entries of the ledger the catalog has taken in."""

    def apply(self, entries: Iterable[LedgerEntry], blob: Callable[[Digest], bytes]) -> None:
        """Take in the next entries, in order, all or none."""

    def nouns(self, kind: str, *, current: bool = True) -> list[CatalogNoun]:
        """Return nouns of a kind in ledger order."""

    def search(self, query: str, limit: int) -> list[tuple[str, str, str]]:
        """Return (kind, reference, text) of what contains all words of the query."""


class Queue(Protocol):
    """Durable work with leases. An attempt is charged only to the item that was running."""

    def put(self, tasks: Sequence[tuple[str, Json]]) -> int:
        """Add tasks by id; open and running ones are left alone, finished ones are done again.

        Returns how many were opened.
        """

    def claim(self, worker: str, now_ms: int, lease_ms: int) -> Task | None:
        """Take the next open or expired task."""

    def workers(self) -> list[str]:
        """Return who holds a running task."""

    def release(self, worker: str) -> int:
        """Put the running tasks of a worker that is gone back to work, uncharged."""

    def release_task(self, task: Task) -> bool:
        """Put one task back to work that never began, uncharged; False when the fence is old."""

    def heartbeat(self, task: Task, now_ms: int, lease_ms: int) -> bool:
        """Extend a lease; False when the task was taken over."""

    def complete(self, task: Task) -> bool:
        """Finish a task; False when the fence is old (somebody else has it now)."""

    def fail(self, task: Task, reason: str, *, limit: int) -> bool:
        """Charge an attempt; True when the task is now in quarantine."""

    def quarantined(self) -> list[tuple[str, str]]:
        """Return ids and reasons of what was given up."""

    def retry(self, task_id: str) -> bool:
        """Put a quarantined task back to work."""
