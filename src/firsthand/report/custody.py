"""What a report says of custody: who else vouches for the record, and for which part of it.

All of it is as recorded. Whether tokens and signatures hold is for ``verify.py`` to say, which
reads them again.
"""

from __future__ import annotations

from collections.abc import Iterator

from firsthand.case import View
from firsthand.case.custody.brackets import Bounds
from firsthand.model.canonical import Json
from firsthand.model.values import to_rfc3339

FIELDS = {
    "policy": "authorities stamps witnesses quorum why",
    "stamp": "state kind authority size root checkpoint request token time accuracy_ms readers why",
    "cosignature": "witness size root cosigned time",
    "signature": "person key size root checkpoint signature namespace",
    "key": "role state name key valid_from valid_to replaces why",
    "transfer": "state giver receiver bundle document size purpose",
    "export": "profile files sha256sums size",
    "scrub": "what part of objects bytes wrong missing size",
    "repair": "source repaired left",
    "clock": "before now elapsed_ms before_entry",
    "release": "subject what why withdrawn copy",
    "seal": "subject why lifted",
}
"""What is shown of each kind of entry; the order of acts and ids are left out."""

_TIMES = ("time_ms", "before_ms", "now_ms")


def custody(view: View, bounds: Bounds) -> Json:
    """Return the custody section: a list for each kind of entry, and brackets of time.

    Rows are in ledger order, each with who acted, when by the machine's clock, and its entry.
    ``brackets`` are runs of entries with the same bracket: when they were recorded, by the times
    of others.
    """
    return {
        **{kind: list(_rows(view, kind)) for kind in FIELDS},
        "brackets": [
            {**each, **{side: _side(each[side]) for side in ("not_before", "not_after")}}
            for each in bounds.intervals()
        ],
    }


def covered_to(bounds: Bounds) -> Json:
    """Return how many entries others vouch for, and who; None when nobody does."""
    best = max((each.size for each in bounds.outside), default=0)
    if not best:
        return None
    return {"size": best, "by": sorted({each.by for each in bounds.outside if each.size == best})}


def recorded(bounds: Bounds, entry: int) -> Json:
    """Return between which times of others an entry was recorded; None where nobody says."""
    bracket = bounds.of(entry)
    sides = {side: _side(bracket[side]) for side in ("not_before", "not_after")}
    return sides if any(sides.values()) else None


def _side(side: Json) -> Json:
    if side is None:
        return None
    return {"time": to_rfc3339(side["time_ms"]), "by": side["by"], "entry": side["entry"]}


def _rows(view: View, kind: str) -> Iterator[Json]:
    for noun in view.case.catalog.nouns(kind):
        data = dict(noun.data)
        for name in _TIMES:
            if name in data:
                data[name.removesuffix("_ms")] = to_rfc3339(data.pop(name))
        about = view.case.catalog.entry(noun.entry) or {}
        at_ms = about.get("at_ms")
        yield {
            **{name: data.get(name) for name in FIELDS[kind].split()},
            "by": view.by(noun.entry),
            "at": None if at_ms is None else to_rfc3339(at_ms),
            "entry": noun.entry,
        }
