"""Writes what importers find, in parts that become durable together, and keeps the balance.

Each part is one append batch: exhibits and other nouns, then one ``import`` entry whose rows name
the outcome of each item and the sightings that were met. A crash loses at most the part that was
being collected; running the same import again brings exactly what is missing.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

from firsthand import __version__
from firsthand.case import Batch, Case
from firsthand.case.custody import clock
from firsthand.case.lookup import known_sightings
from firsthand.collect.items import FAILED, Item, failed
from firsthand.media import programs
from firsthand.model import canonical
from firsthand.model.canonical import Json
from firsthand.model.codec import to_json
from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.model.nouns import Claim, Sighting
from firsthand.model.values import Digest
from firsthand.run import environment

PART_ITEMS = 1024
"""Items with bytes or entries of their own in one part: each costs at least one ledger entry."""
PART_ROWS = 4096
"""Items in one part altogether; a post without media is only a row of a table."""
PART_BYTES = 512 << 20
"""Staged bytes in one part [B]."""
PART_SECONDS = 2.0
"""Age of a part at which it is written [s], so that a crash costs little."""
SHOWN_OUTCOMES = 1000
"""Outcomes that are returned to the caller; the ledger has all of them."""

STATUSES = ("done", "already", "failed", "quarantined")
BROUGHT = ("exhibits", "sightings", "gaps", "claims")

Progress = Callable[[int, int | None, str], None]


class Recorder:
    """Takes the items of one import and writes them to the case, part by part."""

    def __init__(
        self,
        case: Case,
        *,
        name: str,
        kind: str,
        source: str | None = None,
        by: str | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.case = case
        self.name = name
        self.kind = kind
        self.source = source
        self.by = by
        self.progress = progress
        self.total: int | None = None
        self.session = secrets.token_hex(8)
        self.counts = dict.fromkeys((*STATUSES, *BROUGHT), 0)
        self.not_done: list[dict[str, str]] = []
        self._taken = 0
        self._parts = 0
        self._pending: list[Item] = []
        self._started, self._heavy, self._size = 0.0, 0, 0

    def take(self, item: Item) -> None:
        """Accept an item; writes a part when enough has come together."""
        item = _recordable(item, self.case)
        if not self._pending:
            self._started, self._heavy, self._size = time.monotonic(), 0, 0
        self._pending.append(item)
        self._heavy += bool(item.kept or item.nouns or item.gaps)
        self._size += sum(kept.staged.size for kept in item.kept)
        self._taken += item.counted
        if self.progress and item.counted:
            self.progress(self._taken, self.total, item.name)
        if self._enough():
            self.flush()

    def expect(self, total: int) -> None:
        """Say how many items there will be, for whoever watches the progress."""
        self.total = total

    def flush(self) -> None:
        """Write what was taken so far."""
        if self._pending:
            self._write(closing=False)

    def close(self) -> None:
        """Write the rest and the closing session entry.

        Raises
        ------
        VerificationFailed
            When an item has no outcome: a fault in an importer, never to be hidden.
        """
        self._write(closing=True)

    def abandon(self) -> None:
        """Drop what was taken and not written; it was never part of the case."""
        for item in self._pending:
            for kept in item.kept:
                self.case.discard(kept.staged)
        self._pending = []

    def _enough(self) -> bool:
        return (
            self._heavy >= PART_ITEMS
            or len(self._pending) >= PART_ROWS
            or self._size >= PART_BYTES
            or time.monotonic() - self._started >= PART_SECONDS
        )

    def _write(self, *, closing: bool) -> None:
        counts = dict.fromkeys((*STATUSES, *BROUGHT), 0)
        not_done: list[dict[str, str]] = []
        try:
            with self.case.batch(by=self.by) as batch:
                if not self._parts:
                    batch.noun("session", self._session("open", None))
                known = known_sightings(self.case.catalog, _sighting_ids(self._pending))
                staged = [kept.staged.digest for item in self._pending for kept in item.kept]
                batch.ask("exhibit", staged)
                part = _Part(batch, counts, not_done, known)
                for item in self._pending:
                    part.add(item)
                if self._pending:
                    self._parts += 1
                    body = self._body(counts)
                    batch.imported(body, part.outcomes, part.sightings)
                if closing:
                    batch.noun("session", self._session("closed", self._balanced(counts)))
        except BaseException:
            self.abandon()
            raise
        self._pending = []
        for name, number in counts.items():
            self.counts[name] += number
        self.not_done += not_done[: SHOWN_OUTCOMES - len(self.not_done)]

    def _balanced(self, counts: dict[str, int]) -> Json:
        total = {name: self.counts[name] + number for name, number in counts.items()}
        if sum(total[status] for status in STATUSES) != self._taken:
            raise VerificationFailed(
                "the import does not balance", why=f"{self._taken} items, outcomes {total}"
            )
        return {"in": self._taken, **total}

    def _session(self, state: str, counts: Json) -> Json:
        body = {
            "id": self.session,
            "command": "add",
            "tool": f"firsthand {__version__}",
            "kind": self.kind,
            "name": self.name,
            "source": self.source,
            "counts": counts,
            "state": state,
            # No network address and no name of the machine: either says who the collector is.
            "clock": clock.claimed(),
            "tools": dict(programs.versions()),
            # What PDF files and pages were read under, once that is known.
            "sandbox": environment.collect().get("sandbox") if state == "closed" else None,
        }
        return {key: value for key, value in body.items() if value is not None}

    def _body(self, counts: dict[str, int]) -> Json:
        body = {
            "id": f"import:{self.session}/{self._parts}",
            "session": self.session,
            "part": self._parts,
            "kind": self.kind,
            "name": self.name,
            "source": self.source,
            "counts": dict(counts),
        }
        return {key: value for key, value in body.items() if value is not None}


class _Part:
    """The entries of one part, while the case's lock is held."""

    def __init__(
        self,
        batch: Batch,
        counts: dict[str, int],
        not_done: list[dict[str, str]],
        known: set[str],
    ) -> None:
        self.batch = batch
        self.counts = counts
        self.not_done = not_done
        self.outcomes: list[dict[str, str | None]] = []
        self.sightings: list[tuple[Sighting, str | None]] = []
        self._met = known

    def add(self, item: Item) -> None:
        """Draft the entries of an item and note its outcome."""
        status, result = item.status, None
        if status is None:
            new, result = self._bring(item)
            status = "done" if new else "already"
        for gap in item.gaps:
            self.counts["gaps"] += self.batch.noun("gap", gap)
        if not item.counted:
            return
        self.counts[status] += 1
        self.outcomes.append(
            {"item": item.name, "status": status, "reason": item.reason, "result": result}
        )
        if status in ("failed", "quarantined"):
            self.not_done.append({"item": item.name, "status": status, "reason": item.reason or ""})

    def _bring(self, item: Item) -> tuple[bool, str | None]:
        new = False
        result: str | None = None
        for kept in item.kept:
            result = result or kept.staged.digest
            added = self.batch.exhibit(
                kept.staged,
                kept.media_type,
                derived_from=kept.derived_from,
                derivation=kept.derivation,
            )
            self.counts["exhibits"] += added
            new |= added
        if item.sighting is not None:
            result = item.sighting.id
            known = result in self._met
            self._met.add(result)
            self.sightings.append((item.sighting, item.content))
            self.counts["sightings"] += not known
            new |= not known
        for kind, noun in item.nouns:
            result = str(noun.id)
            added = self.batch.noun(kind, noun, objects=_rests_on(noun))
            if kind in ("claim", "sighting"):
                self.counts[f"{kind}s"] += added
                self._met.add(result)
            new |= added
        return new, result


def _sighting_ids(items: list[Item]) -> list[str]:
    return [item.sighting.id for item in items if item.sighting is not None]


def _rests_on(noun: Any) -> list[Digest]:
    if isinstance(noun, Claim):
        return [noun.exhibit]
    return []


def _recordable(item: Item, case: Case) -> Item:
    """Turn an item that canonical JSON refuses into a failed one, before anything is drafted."""
    try:
        for noun in (item.sighting, *(noun for _, noun in item.nouns), *item.gaps):
            if noun is not None:
                canonical.dumps(to_json(noun))
    except BadInput as error:
        for kept in item.kept:
            case.discard(kept.staged)
        return failed(item.name, error)
    if item.status == FAILED and not item.reason:
        raise VerificationFailed("an item failed without a reason", why=item.name)
    return item
