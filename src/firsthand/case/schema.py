"""Tables of the catalog: a view of the ledger that can be deleted and rebuilt at any time."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    text,
)

SCHEMA = 2
"""Number of this layout; a catalog with another number is rebuilt, never migrated."""

metadata = MetaData()

meta = Table("meta", metadata, Column("key", String, primary_key=True), Column("value", String))

entries = Table(
    "entries",
    metadata,
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("at_ms", BigInteger),
    Column("by", String),
    # What is missing of the opening: null nothing, "*" everything, else the number of fields.
    Column("withheld", String),
    # Where the entry came from when it was taken over from another case: canonical JSON.
    Column("merged", String),
)

nouns = Table(
    "nouns",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("id", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("entry", BigInteger, nullable=False),
    Column("current", Boolean, nullable=False),
    Column("json", String, nullable=False),
    Index("nouns_id", "kind", "id"),
    Index("nouns_digest", "digest"),
)

sightings = Table(
    "sightings",
    metadata,
    Column("id", String, primary_key=True),
    Column("entry", BigInteger, nullable=False),
    Column("address", String, nullable=False),
    Column("platform", String, nullable=False),
    Column("account", String),
    Column("start_ms", BigInteger),
    Column("end_ms", BigInteger),
    Column("json", String, nullable=False),
    Column("content", String),
    Index("sightings_time", "start_ms"),
    Index("sightings_account", "platform", "account"),
)

# Meeting a sighting again adds a row here, so that what was seen when stays on record.
collected = Table(
    "collected",
    metadata,
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    Column("address", String, primary_key=True),
    Column("sighting", String, nullable=False),
    Index("collected_sighting", "sighting"),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    Column("address", String, primary_key=True),
    Column("item", String, nullable=False),
    Column("status", String, nullable=False),
    Column("reason", String),
    Column("result", String),
    Index("outcomes_status", "status"),
)

findings = Table(
    "findings",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", String, nullable=False),
    Column("run", String, nullable=False),
    Column("key", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("subjects", String, nullable=False),
    Column("value", String, nullable=False),
    Index("findings_id", "id"),
    Index("findings_key", "key"),
    Index("findings_run", "run"),
)

queue = Table(
    "queue",
    metadata,
    Column("id", String, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("payload", String, nullable=False),
    Column("worker", String),
    Column("lease_ms", BigInteger, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reason", String),
    Index("queue_state", "state", "lease_ms", "seq"),
)


def create(connection: Connection) -> None:
    """Make all tables and the full-text index."""
    metadata.create_all(connection)
    connection.execute(
        text(
            "CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5("
            "body, kind UNINDEXED, ref UNINDEXED, shown UNINDEXED, tokenize='unicode61')"
        )
    )
