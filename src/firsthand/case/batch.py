"""One append batch: what is added in it becomes durable together, or not at all."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from firsthand.case.custody import clock
from firsthand.case.interfaces import Staged
from firsthand.case.ledger import Draft
from firsthand.case.lookup import known_ids
from firsthand.case.quotes import check_quote
from firsthand.case.rows import write_rows
from firsthand.model import canonical
from firsthand.model.canonical import Json, digest_of
from firsthand.model.codec import to_json
from firsthand.model.nouns import Exhibit, Run, Sighting
from firsthand.model.values import Digest

if TYPE_CHECKING:
    from firsthand.case.case import Case


class Batch:
    """Collects entries while the case's lock is held; :meth:`Case.batch` writes it at the end."""

    def __init__(self, case: Case, by: str) -> None:
        self.case = case
        self.by = by
        self.drafts: list[Draft] = []
        self.staged: dict[Digest, Staged] = {}
        self._new: set[tuple[str, str]] = set()
        self._asked: dict[tuple[str, str], bool] = {}
        self._latest: dict[tuple[str, str], Json] = {}

    def has(self, kind: str, noun_id: str) -> bool:
        """Tell whether the case or this batch holds a noun with this id."""
        if (kind, noun_id) in self._new:
            return True
        known = self._asked.get((kind, noun_id))
        return self.case.catalog.has(kind, noun_id) if known is None else known

    def ask(self, kind: str, ids: Sequence[str]) -> None:
        """Look many ids up at once, so that :meth:`has` need not ask for each."""
        known = known_ids(self.case.catalog, kind, ids)
        self._asked.update({(kind, noun_id): noun_id in known for noun_id in ids})

    def bytes_of(self, digest: Digest) -> bytes:
        """Return the bytes of an object, kept or staged in this batch."""
        staged = self.staged.get(digest)
        return staged.path.read_bytes() if staged else self.case.blobs.get(digest)

    def exhibit(
        self,
        staged: Staged,
        media_type: str,
        *,
        derived_from: Digest | None = None,
        derivation: str | None = None,
    ) -> bool:
        """Add bytes as an exhibit; False when the case has it already."""
        if self.has("exhibit", staged.digest):
            self.case.discard(staged)
            return False
        noun = Exhibit(
            digest=staged.digest,
            size=staged.size,
            media_type=media_type,
            derived_from=derived_from,
            derivation=derivation,
        )
        self.staged[staged.digest] = staged
        self._new.add(("exhibit", staged.digest))
        self._draft("exhibit", to_json(noun), [_named(staged)])
        return True

    def noun(self, kind: str, noun: Any, objects: Sequence[Digest] = ()) -> bool:
        """Add a noun; False when exactly this one is current already.

        Raises
        ------
        VerificationFailed
            When it is a claim whose quote is not in its exhibit.
        """
        body = noun if isinstance(noun, dict) else to_json(noun)
        noun_id = str(body.get("id") or digest_of(body))
        if self.current(kind, noun_id) == body:
            return False
        if kind == "sighting" and self.has(kind, noun_id):
            return False
        if kind == "claim":
            check_quote(body, self.bytes_of)
        self._new.add((kind, noun_id))
        self._latest[kind, noun_id] = body
        self._draft(kind, body, [self._object(digest) for digest in objects])
        return True

    def remember(self, kind: str, body: Json) -> None:
        """Count a noun as known from here on."""
        noun_id = str(body.get("id") or body.get("digest") or digest_of(body))
        self._new.add((kind, noun_id))
        self._latest[kind, noun_id] = body

    def taken_over(
        self, kind: str, body: Json, objects: Sequence[Json], source: Json, staged: Sequence[Staged]
    ) -> None:
        """Add an entry of another case as it stands there; ``source`` says where that is.

        Raises
        ------
        VerificationFailed
            When it is a claim whose quote is not in its exhibit.
        """
        for each in staged:
            self.staged[each.digest] = each
        if kind == "claim":
            check_quote(body, self.bytes_of)
        self.remember(kind, body)
        self._draft(kind, body, objects, source)

    def bring(self, kind: str, body: Json, staged: Sequence[Staged]) -> None:
        """Add an entry that does nothing but bring objects."""
        for each in staged:
            self.staged[each.digest] = each
        self._draft(kind, body, [_named(each) for each in staged])

    def rows(self, table: str, rows: Sequence[dict[str, str | None]]) -> Digest | None:
        """Keep bulk rows as an object and return its digest; None when there are none."""
        if not rows:
            return None
        staged = self.case.blobs.stage_bytes(write_rows(table, rows))
        if self.case.blobs.has(staged.digest) or staged.digest in self.staged:
            self.case.discard(staged)
        else:
            self.staged[staged.digest] = staged
        self._sizes[staged.digest] = staged.size
        return staged.digest

    def imported(
        self,
        body: Json,
        outcomes: Sequence[dict[str, str | None]],
        sightings: Sequence[tuple[Sighting, str | None]] = (),
    ) -> None:
        """Record one part of an import: an outcome for each item, and the sightings it met.

        A sighting that was met before is recorded again as collected; it stays one sighting.
        """
        found: list[dict[str, str | None]] = []
        for noun, content in sightings:
            self._new.add(("sighting", noun.id))
            found.append(
                {
                    "id": noun.id,
                    "noun": canonical.dumps(to_json(noun)).decode(),
                    "content": content,
                }
            )
        record = dict(body)
        named: list[Json] = []
        for name, table, rows in (
            ("rows", "outcomes", outcomes),
            ("sightings", "sightings", found),
        ):
            digest = self.rows(table, rows)
            if digest:
                record[name] = digest
                named.append(self._object(digest))
        self._draft("import", record, named)

    def run(self, run: Run, findings: Sequence[dict[str, str | None]]) -> None:
        """Record a run with its findings."""
        digest = self.rows("findings", findings)
        noun = dataclasses.replace(run, rows=digest)
        self._new.add(("run", run.id))
        self._draft("run", to_json(noun), [self._object(digest)] if digest else [])

    def current(self, kind: str, noun_id: str) -> Json:
        """Return the newest noun with this id, of the case or of this batch; None without one."""
        if (kind, noun_id) in self._latest:
            return self._latest[kind, noun_id]
        known = self.case.catalog.noun(kind, noun_id)
        return known.data if known else None

    @property
    def _sizes(self) -> dict[Digest, int]:
        return self.case.sizes

    def _object(self, digest: Digest) -> Json:
        size = self._sizes.get(digest)
        if size is None:
            staged = self.staged.get(digest)
            size = staged.size if staged else self.case.blobs.path(digest).stat().st_size
        return {"sha256": digest.removeprefix("sha256:"), "size": size}

    def _draft(
        self, kind: str, body: Json, objects: Sequence[Json], source: Json | None = None
    ) -> None:
        fields = {
            "at_ms": clock.wall_ms(),
            "body": body,
            "by": self.by,
            "objects": list(objects),
        }
        if source is not None:
            fields["from"] = source
        self.drafts.append(Draft.checked(kind, fields))


def _named(staged: Staged) -> Json:
    return {"sha256": staged.digest.removeprefix("sha256:"), "size": staged.size}
