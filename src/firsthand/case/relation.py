"""How two cases stand to each other: the same one at two times, two that parted, or two cases."""

from __future__ import annotations

import enum
import tempfile
from pathlib import Path

from firsthand.case.case import Case
from firsthand.case.history import Closed, unpack


class Relation(enum.Enum):
    """What another case is to this one."""

    CONTAINED = "contained"
    """This case holds all of it: an older copy of this case, or merged before."""
    OLDER = "older"
    """This case is an older copy of the other."""
    PARTED = "parted"
    """Copies of one case that two people continued."""
    OTHER = "other"
    """Another case, or one that has grown since it was merged."""


def relate(case: Case, other: Closed) -> Relation:
    """Compare the logs of two cases, by their entries and not by what anybody says of them.

    Raises
    ------
    VerificationFailed
        When entries are missing.
    """
    size = other.log.size()
    if other.origin == case.origin:
        mine = case.log.size()
        common = min(mine, size)
        if case.log.root_at(common) != other.log.root_at(common):
            return Relation.PARTED if not _merged(case, other, size) else Relation.CONTAINED
        return Relation.CONTAINED if size == common else Relation.OLDER
    return Relation.CONTAINED if _merged(case, other, size) else Relation.OTHER


def _merged(case: Case, other: Closed, size: int) -> bool:
    """Tell whether a history that was merged begins with the other log as it is now."""
    root = other.log.root_at(size)
    said_by_others = case.catalog.merged()  # that somebody else merged it shows nothing here
    for noun in case.catalog.nouns("merge"):
        data = noun.data
        if noun.entry in said_by_others:
            continue
        if data["origin"] != other.origin or data["state"] != "closed" or data["size"] < size:
            continue
        if data["size"] == size:
            if data["root"] == root.hex():
                return True
            continue
        with tempfile.TemporaryDirectory(dir=case.root / "incoming") as folder:
            unpack(case.blobs.path(data["history"]), Path(folder))
            kept = Closed(Path(folder), {"origin": other.origin, "vkey": data["vkey"]})
            if kept.log.root_at(size) == root:
                return True
    return False
