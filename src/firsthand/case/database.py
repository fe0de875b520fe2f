"""How the catalog's database is opened, written to, and what its errors mean to a person."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import StaticPool

from firsthand.model.errors import CaseBusy, StorageFailed

PATIENCE_S = 20
"""How long to wait for another process that writes to the catalog [s]."""


class CatalogDamaged(StorageFailed):
    """The catalog's file is no database, or a broken one; the ledger is not touched by that."""


def open_engine(path: Path | None) -> Engine:
    """Open the catalog's database; None gives one in memory (a case on read-only media)."""
    if path is None:
        engine = create_engine(
            "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
    else:
        url = URL.create("sqlite", database=str(path))
        engine = create_engine(url, connect_args={"timeout": PATIENCE_S})
        event.listen(engine, "connect", _pragmas)
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _explain)
    return engine


@contextlib.contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Hold one transaction that has the write lock from its start.

    What it reads is then what it changes; a transaction that reads first and asks for the lock
    later is refused by SQLite when another process wrote in between.
    """
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def _pragmas(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    # NORMAL may lose the last commits on power loss: harmless for a view that can be rebuilt.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={PATIENCE_S}000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _leave_transactions_to_us(connection: Any, _: object) -> None:
    # sqlite3 begins transactions only before some statements, and never before CREATE TABLE.
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _explain(context: ExceptionContext) -> None:
    error = context.sqlalchemy_exception
    if not isinstance(error, DatabaseError):
        return
    why = str(context.original_exception)
    if any(words in why for words in ("malformed", "not a database", "no such ")):
        raise CatalogDamaged(
            "the catalog is damaged",
            why=why,
            hint="remove index.db from the case folder; it is made again from the ledger",
        ) from error
    if isinstance(error, OperationalError):
        if "locked" in why:
            raise CaseBusy(
                "another process is writing to the catalog",
                hint="wait until it ends, then run the command again",
            ) from error
        raise StorageFailed(
            "the catalog cannot be used",
            why=why,
            hint="check free space and permissions of the case folder, then run the command again; "
            "nothing acknowledged is lost",
        ) from error
