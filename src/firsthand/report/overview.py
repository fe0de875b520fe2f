"""What is in a case, in one look."""

from __future__ import annotations

from firsthand.case import Case, View
from firsthand.case.custody.stamp_records import open_requests, unconfirmed
from firsthand.model.canonical import Json
from firsthand.report.current import Current

BAD = ("failed", "quarantined")


def overview(case: Case) -> Json:
    """Return title, counts, events, what is withheld and what did not come in."""
    view = View(case)
    current = Current(case, view)
    info = case.info
    return {
        "title": info.title if info else None,
        "origin": case.origin,
        "size": case.ledger.size(),
        "counts": case.catalog.counts(),
        "events": [{"id": e.id, "label": e.label} for e in view.events.values()],
        "withheld": case.catalog.withheld(),
        "stamps": {"pending": len(open_requests(case)), "unconfirmed": len(unconfirmed(case))},
        "not_done": [outcome for status in BAD for outcome in case.catalog.outcomes(status=status)],
        "gaps": [{"what": gap.what, "reason": gap.reason} for gap in view.gaps],
        "not_read": [
            {"exhibit": f.subjects[0], "names": current.names(f.subjects[0])}
            | {key: f.value.get(key) for key in ("status", "reason")}
            for method in ("media.image", "media.video")
            for f in current.of_runs(method)
            if f.value["status"] not in ("decoded", "read")
        ],
        "waiting": sum(
            held.media_type.startswith(("image/", "video/")) and not current.looked_at(held.id)
            for held in view.exhibits.values()
        ),
    }
