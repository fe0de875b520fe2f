"""How something came into a case: the outcomes of imports that name it."""

from __future__ import annotations

from sqlalchemy import select

from firsthand.case import schema
from firsthand.case.catalog import SqlCatalog
from firsthand.model.canonical import Json


def arrivals(catalog: SqlCatalog, result: str) -> list[Json]:
    """Return the items of imports that brought or met something: name, outcome, entry."""
    table = schema.outcomes
    query = select(table).where(table.c.result == result).order_by(table.c.entry, table.c.address)
    with catalog.engine.connect() as connection:
        return [
            {"item": row.item, "status": row.status, "entry": row.entry}
            for row in connection.execute(query)
        ]


def relevance_notes(catalog: SqlCatalog) -> set[str]:
    """Return what has a note of a person on why it matters."""
    return {
        str(noun.data["subject"])
        for noun in catalog.nouns("note")
        if noun.data.get("kind") == "relevance"
    }


def times(catalog: SqlCatalog) -> tuple[int | None, int | None]:
    """Return the earliest and the latest time that entries claim [ms UTC]."""
    table = schema.entries
    query = select(table.c.at_ms).where(table.c.at_ms.is_not(None)).order_by(table.c.at_ms)
    with catalog.engine.connect() as connection:
        first = connection.execute(query.limit(1)).scalar()
        last = connection.execute(
            query.order_by(None).order_by(table.c.at_ms.desc()).limit(1)
        ).scalar()
    return (None if first is None else int(first)), (None if last is None else int(last))
