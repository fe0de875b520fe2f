"""What of a very large report stands on the page; the rest is in report.json, and is counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Record = Mapping[str, Any]

MOST = 400
"""Rows of one list on the page: a stream of 20,000 posts makes a page that nobody can open."""

_REFERRING = ("events", "claims", "groups", "assessments", "tags", "notes", "translations")


def on_page(report: Record) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the report as far as the page shows it, and how many rows of each list are left out.

    Rows that answers, claims, groups or people refer to come first, then sightings that carry
    media, then the others in the order of the report. What is kept stays in that order.
    """
    named = {text for name in _REFERRING for text in _texts(report.get(name))}
    choosers: Mapping[str, Callable[[Record], int]] = {
        "sightings": lambda s: 0 if s["id"] in named or s["shows"] else 1 if s["exhibits"] else 2,
        "exhibits": lambda x: 0 if x["id"] in named else 2 if x["derived_from"] else 1,
        "findings": lambda f: 2 if f["kind"].startswith("media.") else int(f["id"] not in named),
        "runs": lambda r: int(not r["unit"]),
        "gaps": lambda g: int(g["id"] not in named),
    }
    trimmed, left_out = dict(report), {}
    for name, rank in choosers.items():
        rows = report[name]
        if len(rows) > MOST:
            order = sorted(range(len(rows)), key=lambda at: (rank(rows[at]), at))
            trimmed[name] = [rows[at] for at in sorted(order[:MOST])]
            left_out[name] = len(rows) - MOST
    failed = report["outcomes"]["not_done"]
    if len(failed) > MOST:
        trimmed["outcomes"] = {**report["outcomes"], "not_done": failed[:MOST]}
        left_out["outcomes"] = len(failed) - MOST
    return trimmed, left_out


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
