"""Questions about many sightings that must not load them all: answered as a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import select

from firsthand.case import schema
from firsthand.case.catalog import SqlCatalog
from firsthand.model.canonical import Json


def each_sighting(catalog: SqlCatalog, platform: str | None = None) -> Iterator[Json]:
    """Yield the nouns of all sightings, or those of one platform, in no promised order."""
    query = select(schema.sightings.c.json)
    if platform is not None:
        query = query.where(schema.sightings.c.platform == platform)
    with catalog.engine.connect() as connection:
        for row in connection.execution_options(yield_per=1000).execute(query):
            yield json.loads(row.json)
