"""What is in a case, in one look."""

from __future__ import annotations

from firsthand.case import Case, View
from firsthand.model.canonical import Json

BAD = ("failed", "quarantined")


def overview(case: Case) -> Json:
    """Return title, counts, events, what is withheld and what did not come in."""
    view = View(case)
    info = case.info
    return {
        "title": info.title if info else None,
        "origin": case.origin,
        "size": case.ledger.size(),
        "counts": case.catalog.counts(),
        "events": [{"id": e.id, "label": e.label} for e in view.events.values()],
        "withheld": case.catalog.withheld(),
        "not_done": [outcome for status in BAD for outcome in case.catalog.outcomes(status=status)],
    }
