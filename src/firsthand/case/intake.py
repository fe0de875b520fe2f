"""Taking an entry of the ledger into the tables of the catalog: a function of the entry alone."""

from __future__ import annotations

import json
from collections.abc import Callable

from sqlalchemy import Connection, insert, select, text, update

from firsthand.case import schema
from firsthand.case.interfaces import LedgerEntry
from firsthand.case.quotes import check_quote
from firsthand.case.rows import read_rows
from firsthand.model import canonical
from firsthand.model.canonical import Json
from firsthand.model.folding import fold
from firsthand.model.values import Digest, digest_bytes

Blob = Callable[[Digest], bytes]

TEXT_TYPES = ("text/plain",)
"""Media types whose objects are indexed as text."""

MAX_SEARCHED = 32 << 20
"""Longest text [bytes] that is indexed: the catalog must not fill memory at every rebuild."""

TOGETHER = 1000
"""Entries whose rows are written together."""

NEVER_REPLACED = frozenset(("exhibit", "claim", "gap", "mark", "note", "assessment", "import"))
NEVER_REPLACED |= {"tag", "translation", "search"}
NEVER_REPLACED |= {"policy", "stamp", "cosignature", "signature", "key", "clock", "scrub", "repair"}
NEVER_REPLACED |= {"release", "seal", "transfer"}
"""Kinds whose ids stand for their content, so that no later entry can have the same id."""

ASKED_AT_ONCE = 500
"""Ids in one question; SQLite allows 999 variables in old builds."""


class Intake:
    """Takes entries in, in their order; rows of many entries go to the tables together."""

    def __init__(self, connection: Connection, blob: Blob) -> None:
        self.connection = connection
        self.blob = blob
        self._entries: list[Json] = []
        self._nouns: list[Json] = []
        self._words: list[Json] = []

    def take(self, entry: LedgerEntry) -> None:
        """Add everything that one entry says to the tables."""
        fields = entry.fields or {}
        withheld = "*" if entry.fields is None else str(entry.withheld) if entry.withheld else None
        merged = fields.get("from")
        self._entries.append(
            {
                "entry": entry.index,
                "kind": entry.kind,
                "at_ms": fields.get("at_ms"),
                "by": fields.get("by"),
                "withheld": withheld,
                "merged": None if merged is None else canonical.dumps(merged).decode(),
            }
        )
        body = fields.get("body")
        if body is not None and entry.kind == "sighting":
            address = f"entry:{entry.index}"
            _add_sightings(self.connection, entry.index, [(address, body, None)])
        elif body is not None:
            self._take_noun(entry, body)
        if len(self._entries) >= TOGETHER:
            self.finish()

    def finish(self) -> None:
        """Write what has come together."""
        for table, rows in ((schema.entries, self._entries), (schema.nouns, self._nouns)):
            if rows:
                self.connection.execute(insert(table), rows)
        if self._words:
            self.connection.execute(_INDEX, self._words)
        self._entries, self._nouns, self._words = [], [], []

    def _take_noun(self, entry: LedgerEntry, body: Json) -> None:
        kind = entry.kind
        noun_id = str(body.get("id") or body.get("digest") or f"entry:{entry.index}")
        if kind not in NEVER_REPLACED:
            self.finish()
            self.connection.execute(
                update(schema.nouns)
                .where(schema.nouns.c.kind == kind, schema.nouns.c.id == noun_id)
                .values(current=False)
            )
        data = canonical.dumps(body)
        self._nouns.append(
            {
                "kind": kind,
                "id": noun_id,
                "digest": digest_bytes(data),
                "entry": entry.index,
                "current": True,
                "json": data.decode(),
            }
        )
        if kind == "import":
            _add_import(self.connection, entry.index, body, self.blob)
        elif kind == "run" and body.get("rows"):
            _add_findings(self.connection, body, self.blob)
        elif kind == "exhibit" and _is_searchable(body):
            shown = self.blob(Digest(body["digest"])).decode("utf-8", "replace")
            self._words.append(_words("exhibit", noun_id, shown))
        if kind == "claim":
            check_quote(body, self.blob)
        if kind in ("claim", "note", "event", "actor", "translation"):
            named = (body.get(key) for key in ("quote", "text", "label", "name"))
            shown = " ".join(str(text) for text in named if text)
            self._words.append(_words(kind, noun_id, shown))


def _is_searchable(exhibit: Json) -> bool:
    return str(exhibit["media_type"]).startswith(TEXT_TYPES) and exhibit["size"] <= MAX_SEARCHED


_INDEX = text("INSERT INTO words (body, kind, ref, shown) VALUES (:body, :kind, :ref, :shown)")


def _words(kind: str, ref: str, shown: str) -> Json:
    return {"body": fold(shown), "kind": kind, "ref": ref, "shown": shown}


def _add_import(connection: Connection, index: int, body: Json, blob: Blob) -> None:
    if body.get("rows"):
        address = body["rows"]
        rows = [
            {"address": f"{address}#{number}", "entry": index} | row
            for number, row in enumerate(read_rows("outcomes", blob(Digest(address))))
        ]
        if rows:
            connection.execute(insert(schema.outcomes), rows)
    if body.get("sightings"):
        address = body["sightings"]
        found = read_rows("sightings", blob(Digest(address)))
        _add_sightings(
            connection,
            index,
            [
                (f"{address}#{number}", json.loads(row["noun"]), row["content"])
                for number, row in enumerate(found)
            ],
        )


def _add_sightings(
    connection: Connection, index: int, found: list[tuple[str, Json, str | None]]
) -> None:
    """Add the sightings that are new, and for each that was met where it was collected.

    In bulk, since an export of posts has tens of thousands of rows.
    """
    if not found:
        return
    known = _known(connection, [noun["id"] for _, noun, _ in found])
    fresh: dict[str, Json] = {}
    words: list[Json] = []
    for address, noun, content in found:
        if noun["id"] in known or noun["id"] in fresh:
            continue
        bounds = (noun.get("published") or {}).get("bounds") or {}
        fresh[noun["id"]] = {
            "id": noun["id"],
            "entry": index,
            "address": address,
            "platform": noun["platform"],
            "account": noun.get("account"),
            "start_ms": bounds.get("start_ms"),
            "end_ms": bounds.get("end_ms"),
            "json": canonical.dumps(noun).decode(),
            "content": content,
        }
        if content:
            words.append(_words("sighting", noun["id"], content))
    met = [{"address": a, "sighting": noun["id"], "entry": index} for a, noun, _ in found]
    connection.execute(insert(schema.collected), met)
    if fresh:
        connection.execute(insert(schema.sightings), list(fresh.values()))
    if words:
        connection.execute(_INDEX, words)


def _known(connection: Connection, ids: list[str]) -> set[str]:
    known: set[str] = set()
    column = schema.sightings.c.id
    for start in range(0, len(ids), ASKED_AT_ONCE):
        part = ids[start : start + ASKED_AT_ONCE]
        known.update(connection.execute(select(column).where(column.in_(part))).scalars())
    return known


def _add_findings(connection: Connection, body: Json, blob: Blob) -> None:
    rows = [{**row, "run": body["id"]} for row in read_rows("findings", blob(Digest(body["rows"])))]
    if rows:
        connection.execute(insert(schema.findings), rows)
