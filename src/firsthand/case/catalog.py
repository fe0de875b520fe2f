"""The catalog: SQLite tables and a full-text index that answer questions about the ledger.

Taking in an entry is one function of the entry alone, so a catalog that followed every write and
one that was rebuilt from nothing are the same.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Engine, func, inspect, select, text
from sqlalchemy.dialects.sqlite import insert as upsert

from firsthand.case import schema
from firsthand.case.database import writing
from firsthand.case.intake import Blob, Intake
from firsthand.case.interfaces import CatalogNoun, LedgerEntry
from firsthand.model.canonical import Json, keepable
from firsthand.model.folding import fold


class SqlCatalog:
    """Catalog in one SQLite database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        if inspect(engine).has_table("meta"):
            return  # opening for reading must not wait for whoever writes
        with writing(engine) as connection:
            schema.create(connection)
            connection.execute(
                upsert(schema.meta)
                .values(key="schema", value=str(schema.SCHEMA))
                .on_conflict_do_nothing()
            )

    def current(self) -> bool:
        """Tell whether the tables have the layout of this version."""
        return self._meta("schema") == str(schema.SCHEMA)

    def size(self) -> int:
        """Return how many entries of the ledger the catalog has taken in."""
        return int(self._meta("size") or 0)

    def _meta(self, key: str) -> str | None:
        with self.engine.connect() as connection:
            query = select(schema.meta.c.value).where(schema.meta.c.key == key)
            value = connection.execute(query).scalar()
            return None if value is None else str(value)

    def apply(self, entries: Iterable[LedgerEntry], blob: Blob) -> None:
        """Take in the next entries, in order, all or none; those that are known are passed over."""
        with writing(self.engine) as connection:
            known = connection.execute(
                select(schema.meta.c.value).where(schema.meta.c.key == "size")
            ).scalar()
            size = int(known or 0)
            intake = Intake(connection, blob)
            for entry in entries:
                if entry.index == size:
                    intake.take(entry)
                    size += 1
            intake.finish()
            connection.execute(
                upsert(schema.meta)
                .values(key="size", value=str(size))
                .on_conflict_do_update(index_elements=["key"], set_={"value": str(size)})
            )

    def nouns(self, kind: str, *, current: bool = True) -> list[CatalogNoun]:
        """Return nouns of a kind in ledger order, newest of each id only unless told otherwise."""
        query = select(schema.nouns).where(schema.nouns.c.kind == kind)
        if current:
            query = query.where(schema.nouns.c.current)
        return list(self._read_nouns(query))

    def noun(self, kind: str, noun_id: str) -> CatalogNoun | None:
        """Return the newest noun with this id."""
        query = select(schema.nouns).where(
            schema.nouns.c.kind == kind, schema.nouns.c.id == noun_id, schema.nouns.c.current
        )
        return next(self._read_nouns(query), None)

    def noun_by_digest(self, digest: str) -> CatalogNoun | None:
        """Return a noun, current or replaced, by the digest of its content."""
        query = select(schema.nouns).where(schema.nouns.c.digest == digest)
        return next(self._read_nouns(query), None)

    def nouns_like(self, start: str) -> list[CatalogNoun]:
        """Return current nouns whose id starts with a text, at most 20."""
        query = select(schema.nouns).where(
            schema.nouns.c.id.startswith(start, autoescape=True), schema.nouns.c.current
        )
        return list(self._read_nouns(query.limit(20)))

    def _read_nouns(self, query: Any) -> Iterator[CatalogNoun]:
        for row in self._rows(query.order_by(schema.nouns.c.seq)):
            yield CatalogNoun(row.kind, row.id, row.digest, row.entry, json.loads(row.json))

    def _rows(self, query: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(query))

    def has(self, kind: str, noun_id: str) -> bool:
        """Tell whether a noun is known; ``sighting`` looks into the bulk rows too."""
        if kind == "sighting":
            query = select(schema.sightings.c.id).where(schema.sightings.c.id == noun_id)
        else:
            query = select(schema.nouns.c.id).where(
                schema.nouns.c.kind == kind, schema.nouns.c.id == noun_id
            )
        return bool(self._rows(query.limit(1)))

    def sightings(self, *, end_by_ms: int | None = None) -> list[tuple[str, Json, str | None]]:
        """Return (address, noun, text) of all sightings, in ledger order.

        ``end_by_ms``: only those whose publication interval ends by then [ms UTC].
        """
        table = schema.sightings
        query = select(table.c.address, table.c.json, table.c.content)
        if end_by_ms is not None:
            query = query.where(table.c.end_ms <= end_by_ms)
        rows = self._rows(query.order_by(table.c.entry, table.c.address))
        return [(row.address, json.loads(row.json), row.content) for row in rows]

    def sighting(self, sighting_id: str) -> tuple[int, str, Json, str | None] | None:
        """Return (entry, address, noun, text) of a sighting."""
        table = schema.sightings
        rows = self._rows(select(table).where(table.c.id == sighting_id))
        for row in rows:
            return row.entry, row.address, json.loads(row.json), row.content
        return None

    def sighting_places(self) -> dict[str, tuple[int, str]]:
        """Return (entry, address) of every sighting, by its id."""
        table = schema.sightings
        rows = self._rows(select(table.c.id, table.c.entry, table.c.address))
        return {row.id: (row.entry, row.address) for row in rows}

    def sightings_like(self, start: str) -> list[str]:
        """Return ids of sightings that start with a text, at most 20."""
        table = schema.sightings
        where = table.c.id.startswith(start, autoescape=True)
        return [row.id for row in self._rows(select(table.c.id).where(where).limit(20))]

    def collected(self, sighting_id: str) -> list[tuple[str, int]]:
        """Return (address, entry) of each time a sighting was met."""
        table = schema.collected
        rows = self._rows(
            select(table.c.address, table.c.entry)
            .where(table.c.sighting == sighting_id)
            .order_by(table.c.entry, table.c.address)
        )
        return [(row.address, row.entry) for row in rows]

    def run_findings(self, run: str) -> list[Json]:
        """Return the findings of a run, in the order in which it made them."""
        table = schema.findings
        rows = self._rows(select(table).where(table.c.run == run).order_by(table.c.seq))
        return [_finding(row) for row in rows]

    def finding(self, finding_id: str) -> Json | None:
        """Return a finding by its id."""
        table = schema.findings
        rows = self._rows(select(table).where(table.c.id == finding_id).limit(1))
        return _finding(rows[0]) if rows else None

    def findings_like(self, start: str) -> list[Json]:
        """Return findings whose id or key starts with a text, at most 20."""
        table = schema.findings
        where = table.c.id.startswith(start, autoescape=True) | table.c.key.startswith(
            start, autoescape=True
        )
        rows = self._rows(select(table).where(where).order_by(table.c.seq.desc()).limit(20))
        return [_finding(row) for row in rows]

    def entry(self, index: int) -> Json | None:
        """Return what the catalog knows of an entry: type, claimed time, who, what is withheld."""
        table = schema.entries
        for row in self._rows(select(table).where(table.c.entry == index)):
            return _entry(row)
        return None

    def withheld(self) -> list[Json]:
        """Return the entries that are not fully open."""
        table = schema.entries
        where = table.c.withheld.is_not(None)
        return [
            _entry(row) for row in self._rows(select(table).where(where).order_by(table.c.entry))
        ]

    def counts(self) -> dict[str, int]:
        """Return how many entries of each type there are, and how many sightings."""
        table = schema.entries
        rows = self._rows(select(table.c.kind, func.count()).group_by(table.c.kind))
        counts = {row[0]: int(row[1]) for row in rows}
        total = self._rows(select(func.count()).select_from(schema.sightings))[0][0]
        return dict(sorted(counts.items())) | {"sightings": int(total)}

    def outcomes(self, *, status: str | None = None, entry: int | None = None) -> list[Json]:
        """Return outcomes of imports: item, status, reason, result, entry."""
        table = schema.outcomes
        query = select(table).order_by(table.c.entry, table.c.address)
        if status is not None:
            query = query.where(table.c.status == status)
        if entry is not None:
            query = query.where(table.c.entry == entry)
        return [
            {
                "item": row.item,
                "status": row.status,
                "reason": row.reason,
                "result": row.result,
                "entry": row.entry,
            }
            for row in self._rows(query)
        ]

    def merged(self) -> dict[int, Json]:
        """Return where entries came from that were taken over from other cases, by entry."""
        table = schema.entries
        where = table.c.merged.is_not(None)
        rows = self._rows(select(table.c.entry, table.c.merged).where(where).order_by("entry"))
        return {row.entry: json.loads(row.merged) for row in rows}

    def search(
        self,
        query: str,
        limit: int,
        *,
        kinds: Sequence[str] = (),
        refs: Collection[str] | None = None,
    ) -> list[tuple[str, str, str]]:
        """Return (kind, reference, text) of what contains all words of the query, best first.

        ``kinds`` and ``refs`` narrow it to things of these kinds, and to these things.
        """
        words = [
            word.replace('"', "").replace("\0", "") for word in fold(keepable(query)[0]).split()
        ]
        wanted = " ".join(f'"{word}"' for word in words if word)
        if not wanted:
            return []
        chosen: Json = {"wanted": wanted, "limit": limit}
        narrowed = ""
        for column, values in (("kind", kinds or None), ("ref", refs)):
            if values is not None:
                narrowed += f"AND {column} IN (SELECT value FROM json_each(:{column})) "
                chosen[column] = json.dumps(sorted(values))
        with self.engine.connect() as connection:
            rows = connection.execute(
                text(
                    f"SELECT kind, ref, shown FROM words WHERE words MATCH :wanted {narrowed}"
                    "ORDER BY bm25(words), ref LIMIT :limit"
                ),
                chosen,
            )
            return [(row.kind, row.ref, row.shown) for row in rows]


def _finding(row: Any) -> Json:
    return {
        "id": row.id,
        "key": row.key,
        "kind": row.kind,
        "subjects": json.loads(row.subjects),
        "value": json.loads(row.value),
        "run": row.run,
    }


def _entry(row: Any) -> Json:
    found = {
        "entry": row.entry,
        "type": row.kind,
        "at_ms": row.at_ms,
        "by": row.by,
        "withheld": row.withheld,
    }
    return found if row.merged is None else {**found, "from": json.loads(row.merged)}
