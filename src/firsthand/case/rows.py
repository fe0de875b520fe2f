"""Bulk rows as content-addressed Parquet objects, addressed ``sha256:<hex>#<row>``.

Used where one ledger entry per row would be too much: posts, outcomes of an import, findings of a
run. Values that have a shape of their own travel as canonical JSON text. Comparison is always by
rows; the Parquet bytes depend on the library's version.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from firsthand.model.errors import BadInput

TABLES: Mapping[str, Sequence[str]] = {
    "sightings": ("id", "noun", "content"),
    "outcomes": ("item", "status", "reason", "result"),
    "findings": ("id", "key", "kind", "subjects", "value"),
}
"""Column names of each table; all columns are text, and may be null."""


def write_rows(table: str, rows: Sequence[Mapping[str, str | None]]) -> bytes:
    """Return the Parquet bytes of rows of a known table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = TABLES[table]
    schema = pa.schema([(name, pa.string()) for name in columns], metadata={"table": table})
    data = pa.table({name: [row.get(name) for row in rows] for name in columns}, schema=schema)
    sink = io.BytesIO()
    pq.write_table(data, sink, compression="zstd")
    return sink.getvalue()


def read_rows(table: str, data: bytes) -> Iterator[dict[str, Any]]:
    """Yield the rows of Parquet bytes, in order.

    Raises
    ------
    BadInput
        When the bytes are not Parquet or hold another table.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        reader = pq.ParquetFile(io.BytesIO(data))
        names = tuple(reader.schema_arrow.names)
        if names != tuple(TABLES[table]):
            raise BadInput(f"rows are not a table of {table}", why=f"columns {names}")
        batches: Iterable[Any] = reader.iter_batches(batch_size=4096)
        for batch in batches:
            yield from batch.to_pylist()
    except pa.ArrowInvalid as error:
        raise BadInput("rows cannot be read", why=str(error)) from error
