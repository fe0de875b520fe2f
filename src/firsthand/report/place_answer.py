"""Where: the named areas of the place finding in words."""

from __future__ import annotations

from firsthand.model.canonical import Json
from firsthand.report import media_answer
from firsthand.report.known import Known


def fill(result: Json, known: Known) -> None:
    """Put named areas and their conflicts into the answer."""
    place = known.value("whenwhere.place", known.event.id)
    if place is not None:
        _named(result, known, place)
    media_answer.places(result, known)


def _named(result: Json, known: Known, place: Json) -> None:
    result["support"] += known.ids("whenwhere.place", known.event.id)
    parts = []
    if place["agreed"]:
        candidates = [n.get("candidate") for n in place["named"] if n["name"] in place["agreed"]]
        result["estimate"] = {
            "kind": "area",
            "method": "whenwhere.bounds",
            "level": "named areas, not a probability",
            "assumptions": ["the gazetteer's best candidate is the place that is meant"],
            "bounds": {
                "names": place["agreed"],
                "ids": [candidate for candidate in candidates if candidate],
            },
        }
    for named in place["named"]:
        by = sorted({known.speaker(c) for c in named["claims"] if c in known.claims})
        parts.append(f"{named['name']}, per {'; '.join(by) or 'no source named'}")
    if place["conflict"]:
        result["status"] = "disputed"
        pairs = "; ".join(" against ".join(pair) for pair in place["conflict"])
        parts.insert(0, f"Places that exclude each other: {pairs}")
    if place["not_located"]:
        parts.append(f"{len(place['not_located'])} further part not located by its source")
    result["answer"] = ". ".join(parts) + "."
