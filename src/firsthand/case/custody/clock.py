"""The machine's clock: a claim, of which it is recorded when it went back or jumped.

Three witnesses are held against it: the newest entry of the ledger, which cannot be later than now;
a clock of the system that nobody can set, while one process has the case open; and what the kernel
says about time from outside. None of them proves that the clock is right.
"""

from __future__ import annotations

import ctypes
import dataclasses
import os
import sys
import time
from typing import TYPE_CHECKING

from sqlalchemy import select

from firsthand.case import schema
from firsthand.model.canonical import Json
from firsthand.model.custody import ClockJump
from firsthand.model.nouns import content_id

if TYPE_CHECKING:
    from firsthand.case.catalog import SqlCatalog

BACK_MS = 2_000
"""How far the clock may lie before the newest entry [ms]: less is two processes, or a correction
by small steps."""

APART_MS = 5_000
"""How far the clock and a steady one may move apart between two batches [ms]."""

_STA_UNSYNC = 0x0040
"""``STA_UNSYNC`` of adjtimex(2): no daemon holds the clock to time from outside."""

_STATUS_AT = 40
"""Where ``status`` lies in ``struct timex`` of 64-bit Linux [bytes]: an int, padded, and four longs
before it (adjtimex(2))."""


def wall_ms() -> int:
    """Return what the machine's clock says [ms UTC]. All claims of entries come from here."""
    return time.time_ns() // 1_000_000


def steady_ms() -> int:
    """Return a clock that cannot be set, also counted while the machine sleeps [ms].

    Linux: CLOCK_BOOTTIME. Elsewhere CLOCK_MONOTONIC, of which it is unchecked here whether it
    counts sleep.
    """
    return time.clock_gettime_ns(_STEADY) // 1_000_000


_STEADY: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Watch:
    """Compares the clock with a steady one from batch to batch, while one process has the case."""

    def __init__(self) -> None:
        self._wall, self._steady = wall_ms(), steady_ms()

    def jump(self, catalog: SqlCatalog) -> ClockJump | None:
        """Return how the clock jumped since it was last asked, or since the newest entry."""
        wall, steady = wall_ms(), steady_ms()
        before, elapsed = self._wall, steady - self._steady
        self._wall, self._steady = wall, steady
        if abs(wall - before - elapsed) > APART_MS:
            return _identified(ClockJump(id="", before_ms=before, now_ms=wall, elapsed_ms=elapsed))
        newest = _newest(catalog)
        if newest is not None and wall < newest[1] - BACK_MS:
            entry, at_ms = newest
            return _identified(ClockJump(id="", before_ms=at_ms, now_ms=wall, before_entry=entry))
        return None


def _identified(jump: ClockJump) -> ClockJump:
    return dataclasses.replace(jump, id=content_id("clock", jump))


def _newest(catalog: SqlCatalog) -> tuple[int, int] | None:
    """Return the newest entry whose time is known, with that time [ms UTC].

    Of an entry that was taken over from another case it is the time of taking over, by the clock
    of the machine that did; what the other machine claimed stands elsewhere and is not compared.
    """
    table = schema.entries
    query = select(table.c.entry, table.c.at_ms).where(table.c.at_ms.is_not(None))
    with catalog.engine.connect() as connection:
        for row in connection.execute(query.order_by(table.c.entry.desc()).limit(1)):
            return int(row.entry), int(row.at_ms)
    return None


def claimed() -> Json:
    """Return what the machine says of its clock: time zone, offset, and whether it is kept.

    ``synchronised`` is null where the system does not say. It is the kernel's word, at this
    moment; it does not tell which server the time came from.
    """
    moment = time.localtime()
    return {
        "zone": _zone(),
        "utc_offset_s": int(moment.tm_gmtoff),
        "synchronised": synchronised(),
    }


def _zone() -> str | None:
    """Return the name of the time zone that the machine is set to, as in the tz database."""
    named = os.environ.get("TZ")
    if named:
        return named.removeprefix(":")[:64]
    try:
        target = os.path.realpath("/etc/localtime", strict=True)
    except OSError:
        return None
    _, found, zone = target.partition("/zoneinfo/")
    return zone[:64] if found else None


def synchronised() -> bool | None:
    """Tell whether the kernel says that the clock is held to time from outside (adjtimex(2))."""
    if sys.platform != "linux" or sys.maxsize <= 2**32:
        return None
    try:
        state = ctypes.create_string_buffer(1024)  # larger than the structure; modes 0 only reads
        if ctypes.CDLL(None, use_errno=True).adjtimex(state) < 0:
            return None
    except (OSError, AttributeError):
        return None
    status = int.from_bytes(state.raw[_STATUS_AT : _STATUS_AT + 4], sys.byteorder)
    return not status & _STA_UNSYNC
