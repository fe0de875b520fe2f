"""Taking another person's case into a case, so that both histories are kept.

Every entry of the other ledger that brings something new is entered again, signed by this case's
key, and says in ``from`` where it stood: origin, entry, root of its fields, who acted and when.
The other log itself is kept whole as an exhibit. An entry is known by the root of its fields, so
that merging again, or going on after an interruption, adds nothing twice.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from firsthand.case.admissible import check_admissible
from firsthand.case.batch import Batch
from firsthand.case.case import Case, read_head
from firsthand.case.history import MEDIA_TYPE, Closed, Tick, pack, quiet
from firsthand.case.interfaces import LedgerEntry, Staged
from firsthand.case.relation import Relation, relate
from firsthand.model import canonical
from firsthand.model.canonical import Json
from firsthand.model.codec import to_json
from firsthand.model.errors import BadInput, NotFound, StorageFailed, VerificationFailed
from firsthand.model.nouns import Merge
from firsthand.model.values import Digest, digest_bytes

HISTORY_ONLY = frozenset(("case", "run", "export", "backup", "session", "clock", "scrub", "repair"))
HISTORY_ONLY |= {"policy", "stamp", "cosignature", "signature", "key", "transfer"}
HISTORY_ONLY |= {"release", "seal"}
"""Kinds that stay in the kept history: runs can be made again, others are about that case only."""

REPLACEABLE = frozenset(("actor", "event"))
"""Kinds whose ids people choose, so that both cases may say different things under one id."""

BY_CONTENT = frozenset(("claim", "gap", "mark", "note", "assessment"))
BY_CONTENT |= {"tag", "translation", "search"}
"""Kinds whose ids are digests of their content: the same id is the same thing."""

VERBATIM = frozenset(("import", "sighting", "merge"))
"""Kinds that record a meeting or an outcome: they are entered even when what they met is known."""

PART_ENTRIES = 1024
PART_BYTES = 512 << 20
"""Where a part is written: entries, and bytes of new objects."""


def merge(
    case: Case,
    other: Path,
    *,
    by: str | None = None,
    dry_run: bool = False,
    tick: Tick = quiet,
) -> Json:
    """Take another case into one that is open for writing; whoever calls has verified the other.

    Returns
    -------
    dict
        ``{"status":"merged|contained|planned","origin","size","root","counts","conflicts"}``;
        counts are of entries of the other ledger: entered, already, history_only, withheld,
        unknown, unreadable; and of objects. Conflicts name what both cases say differently; what
        this case says stays current, the other version stands in the ledger before it.

    Raises
    ------
    BadInput
        When this case is an older copy of the other one.
    VerificationFailed
        When an object of the other case is not what its name says.
    """
    source = Closed(other, read_head(other))
    source.log.check()
    relation = relate(case, source)
    point = source.log.checkpoint()
    result = {"origin": source.origin, "size": point.size, "root": point.root.hex()}
    if relation is Relation.CONTAINED:
        return {"status": "contained", **result, "counts": None, "conflicts": []}
    if relation is Relation.OLDER:
        raise BadInput(
            "this case is an older copy of the other one",
            why=f"the other has all its {case.ledger.size()} entries, and more",
            hint="go on with the other case; there is nothing to merge",
        )
    merger = Merger(case, source, point.size, by=by, tick=tick)
    if dry_run:
        merger.plan()
        return {"status": "planned", **result, **merger.summary()}
    merger.write(point.root.hex())
    return {"status": "merged", **result, **merger.summary()}


class Merger:
    """One merge: decides about each entry of the other ledger, and enters it."""

    def __init__(
        self, case: Case, source: Closed, size: int, *, by: str | None, tick: Tick
    ) -> None:
        self.case = case
        self.source = source
        self.size = size
        self.by = by
        self.tick = tick
        self.counts = dict.fromkeys(
            (
                "entered", "already", "history_only", "withheld", "unknown", "unreadable",
                "objects",
            ),
            0,
        )  # fmt: skip
        self.conflicts: list[Json] = []
        self._dry = False
        self._bytes = 0
        self._judged: dict[str, Json] = {}
        self._came: set[tuple[str, str]] = set()
        self._versions: set[tuple[str, str]] = set()

    def summary(self) -> Json:
        """Return ``{"counts","conflicts"}``."""
        return {"counts": dict(self.counts), "conflicts": list(self.conflicts)}

    def plan(self) -> None:
        """Decide about every entry without writing anything."""
        self._dry = True
        batch = Batch(self.case, self.by or "")
        for entry in self._entries():
            self._take(batch, entry)
        self._compare_judgements()

    def write(self, root: str) -> None:
        """Enter the history, every entry in parts, and the objects that are left; then close."""
        staged = pack(self.source, self.size, self.case.blobs)
        history = staged.digest
        with self.case.batch(by=self.by) as batch:
            what = f"log, openings and stamps of {self.source.origin} at {self.size} entries"
            batch.exhibit(staged, MEDIA_TYPE, derivation=what)
        self._enter_all()
        self._compare_judgements()
        noun = Merge(
            origin=self.source.origin,
            vkey=self.source.vkey,
            size=self.size,
            root=root,
            history=history,
            state="objects",
        )
        left = (digest for digest in self.source.objects() if not self.case.blobs.has(digest))
        while some := list(itertools.islice(left, PART_ENTRIES)):
            with self.case.batch(by=self.by) as batch:
                fetched = [self._fetch(digest, None) for digest in some]
                self.counts["objects"] += len(fetched)
                batch.bring("merge", to_json(noun), fetched)
        body = to_json(noun) | {"state": "closed", **self.summary()}
        with self.case.batch(by=self.by) as batch:
            batch.noun("merge", body, objects=[history])

    def _enter_all(self) -> None:
        entries = self._entries()
        ended = False
        while not ended:
            ended, self._bytes = True, 0
            with self.case.batch(by=self.by) as batch:
                for number, entry in enumerate(entries, 1):
                    self._take(batch, entry)
                    if number >= PART_ENTRIES or self._bytes >= PART_BYTES:
                        ended = False
                        break

    def _entries(self) -> Iterator[LedgerEntry]:
        for entry in self.source.ledger.entries(0, self.size):
            self.tick(entry.index, self.size, entry.kind)
            yield entry

    @cached_property
    def _own(self) -> set[str]:
        """Roots of the entries of this case."""
        return {entry.root for entry in self.case.ledger.entries()}

    @cached_property
    def _merged(self) -> dict[int, Json]:
        return self.case.catalog.merged()

    @cached_property
    def _known(self) -> set[tuple[str, str]]:
        """Origin and root of each entry that was taken over before, from the case itself."""
        return {(source["origin"], source["root"]) for source in self._merged.values()}

    @cached_property
    def _told(self) -> dict[tuple[str, str], int]:
        """Origin and root of entries that came through a third case, as that case told them."""
        return {
            place: entry
            for entry, source in self._merged.items()
            for place in itertools.islice(_places(source), 1, None)
        }

    def _take(self, batch: Batch, entry: LedgerEntry) -> None:
        fields = entry.fields or {}
        body = fields.get("body")
        if entry.kind in HISTORY_ONLY:
            self.counts["history_only"] += 1
        elif entry.kind not in REPLACEABLE | BY_CONTENT | VERBATIM | {"exhibit"}:
            self.counts["unknown"] += 1
        elif body is None or not isinstance(fields.get("objects"), list):
            self.counts["withheld"] += 1
        elif (problem := self._problem(entry)) is not None:
            self.counts[problem] += 1
        else:
            came = self._place(entry)
            if self._is_here(batch, entry, came):
                self.counts["already"] += 1
            else:
                self._enter(batch, entry, came)
                self.counts["entered"] += 1

    def _problem(self, entry: LedgerEntry) -> str | None:
        """Return under what an entry is counted that stays in the kept history only, or None."""
        try:
            check_admissible(entry, self.source.blobs.get)
        except NotFound:
            return "withheld"  # the rows that it names are not there
        except StorageFailed:
            raise  # an entry that the disk does not give now is not left out
        except BadInput:
            return "unreadable"
        return None

    def _place(self, entry: LedgerEntry) -> Json:
        """Return where an entry stands in the other case: the ``from`` of the new one."""
        fields = entry.fields or {}
        found: Json = {"origin": self.source.origin, "entry": entry.index, "root": entry.root}
        known = {name: fields[name] for name in ("at_ms", "by", "from") if name in fields}
        return found | known

    def _is_here(self, batch: Batch, entry: LedgerEntry, came: Json) -> bool:
        places = set(_places(came))
        if places & self._known or any(self._really(p, entry) for p in self._told.keys() & places):
            return True
        if any(origin == self.case.origin and root in self._own for origin, root in places):
            return True
        body = (entry.fields or {})["body"]
        name = str(body.get("id") or body.get("digest"))
        if entry.kind == "exhibit" or entry.kind in BY_CONTENT:
            known = batch.has(entry.kind, name)
            if entry.kind == "assessment" and not known:
                self._judged[str(body["target"])] = body
            return known
        if entry.kind in REPLACEABLE:
            if batch.current(entry.kind, name) == body:
                return True
            digest = digest_bytes(canonical.dumps(body))
            old = self.case.catalog.noun_by_digest(digest)
            ours = not self._stands_from_there(entry.kind, name)
            known = old is not None and old.kind == entry.kind
            return ours and (known or (entry.kind, digest) in self._versions)
        return False

    def _really(self, place: tuple[str, str], entry: LedgerEntry) -> bool:
        """Tell whether what a third case told of an entry is what the entry says."""
        at = self._told[place]
        [known] = self.case.ledger.entries(at, at + 1)
        return (known.fields or {}).get("body") == (entry.fields or {}).get("body")

    def _stands_from_there(self, kind: str, name: str) -> bool:
        """Tell whether what is current under an id came from the other case."""
        if (kind, name) in self._came:
            return True
        known = self.case.catalog.noun(kind, name)
        source = self._merged.get(known.entry) if known else None
        return source is not None and source["origin"] == self.source.origin

    def _enter(self, batch: Batch, entry: LedgerEntry, came: Json) -> None:
        fields = entry.fields or {}
        kind, body, named = entry.kind, fields["body"], fields["objects"]
        name = str(body.get("id") or body.get("digest"))
        ours = batch.current(kind, name) if kind in REPLACEABLE else None
        conflict = ours is not None and not self._stands_from_there(kind, name)
        if kind in REPLACEABLE:
            self._versions.add((kind, digest_bytes(canonical.dumps(body))))
        if conflict:
            said = {"kind": kind, "id": name, "theirs": entry.index}
            self.conflicts.append(said)
        elif kind in REPLACEABLE:
            self._came.add((kind, name))
        if self._dry:
            batch.remember(kind, ours if conflict else body)
            return
        missing = [(Digest(f"sha256:{item['sha256']}"), int(item["size"])) for item in named]
        staged = [
            self._fetch(digest, size)
            for digest, size in dict.fromkeys(missing)
            if not self.case.blobs.has(digest) and digest not in batch.staged
        ]
        self.counts["objects"] += len(staged)
        batch.taken_over(kind, body, named, came, staged)
        if conflict:
            # In the same batch, so that no interruption leaves the other version standing.
            batch.noun(kind, ours)

    def _fetch(self, digest: Digest, size: int | None) -> Staged:
        staged = self.case.stage(self.source.blobs.path(digest))
        if staged.digest != digest or size not in (None, staged.size):
            self.case.discard(staged)
            raise VerificationFailed(
                f"object {digest} of the other case is damaged",
                hint="run `firsthand verify` on it; what was entered so far is kept and whole",
            )
        self._bytes += staged.size
        return staged

    def _compare_judgements(self) -> None:
        """Name what people of both cases judged differently; the judgement of this case stands."""
        mine: dict[str, Json] = {}
        merged = self.case.catalog.merged()
        for noun in self.case.catalog.nouns("assessment"):
            if noun.entry not in merged:
                mine[noun.data["target"]] = noun.data
        for target, theirs in self._judged.items():
            ours = mine.get(target)
            said = ("verdict", "value", "value_digest")
            if ours and any(ours.get(name) != theirs.get(name) for name in said):
                self.conflicts.append(
                    {"kind": "assessment", "id": target, "theirs": theirs["id"], "ours": ours["id"]}
                )


def _places(source: Json) -> Iterator[tuple[str, str]]:
    """Yield every case that an entry went through, with its root there."""
    while source:
        yield str(source["origin"]), str(source["root"])
        source = source.get("from")
