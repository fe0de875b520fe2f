"""Questions about many sightings that must not load them all: answered as a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from sqlalchemy import select

from firsthand.case import schema
from firsthand.case.catalog import SqlCatalog
from firsthand.model.canonical import Json

_AT_ONCE = 500
"""Ids in one query: SQLite before 3.32 takes 999 variables at most."""


def each_sighting(catalog: SqlCatalog, platform: str | None = None) -> Iterator[Json]:
    """Yield the nouns of all sightings, or those of one platform, in no promised order."""
    query = select(schema.sightings.c.json)
    if platform is not None:
        query = query.where(schema.sightings.c.platform == platform)
    with catalog.engine.connect() as connection:
        for row in connection.execution_options(yield_per=1000).execute(query):
            yield json.loads(row.json)


def known_sightings(catalog: SqlCatalog, ids: Sequence[str]) -> set[str]:
    """Return those of many sighting ids that are known; one query for each 500."""
    return known_ids(catalog, "sighting", ids)


def known_ids(catalog: SqlCatalog, kind: str, ids: Sequence[str]) -> set[str]:
    """Return those of many ids of one kind that are known; one query for each 500."""
    found: set[str] = set()
    column = schema.sightings.c.id if kind == "sighting" else schema.nouns.c.id
    query = (
        select(column) if kind == "sighting" else select(column).where(schema.nouns.c.kind == kind)
    )
    with catalog.engine.connect() as connection:
        for start in range(0, len(ids), _AT_ONCE):
            part = ids[start : start + _AT_ONCE]
            found.update(connection.execute(query.where(column.in_(part))).scalars())
    return found
