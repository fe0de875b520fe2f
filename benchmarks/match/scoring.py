"""Scores of links against the truth: recall, wrong links, order by score, relations, regions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from placed import Box, shared

COPIES = ("identical", "copy")
LINKED = (*COPIES, "burst", "same_scene")
"""Relations that say that two files show one thing; ``shared_overlay`` says that they do not."""


@dataclass(frozen=True)
class Query:
    """An attacked file, and what it holds: original, and boxes in the query and in the original."""

    name: str
    attack: str
    slice: str
    holds: Mapping[str, tuple[Box, Box]]


@dataclass(frozen=True)
class Found:
    """A link that a matcher made. ``relation`` None: it only gives a score, below its threshold."""

    query: str
    original: str
    score: float
    relation: str | None = "copy"
    region_query: Box | None = None
    region_original: Box | None = None
    derived: str | None = None


def scored(queries: Sequence[Query], found: Iterable[Found]) -> dict[str, Any]:
    """Return all numbers of some queries: those of negatives belong to them.

    ``recall`` counts pairs called copies, ``recall_any`` pairs linked at all (but for an overlay).
    A link is wrong when it says copy, burst or scene of two files without a common picture.
    """
    asked = {query.name: query for query in queries}
    links = best_of(link for link in found if link.query in asked)
    truths = [(query.name, original) for query in queries for original in query.holds]
    linked = {key: link for key, link in links.items() if link.relation in LINKED}
    right = {key: link for key, link in linked.items() if key[1] in asked[key[0]].holds}
    wrong = [link for key, link in linked.items() if key not in right]
    copies = {key for key, link in right.items() if link.relation in COPIES}
    overlays = [key for key, link in links.items() if link.relation == "shared_overlay"]
    ranked = [(links[key].score, key[1] in asked[key[0]].holds) for key in links
              if links[key].relation != "shared_overlay"]  # fmt: skip
    zero, threshold = at_zero_wrong(ranked, len(truths))
    return {
        "queries": len(queries),
        "negatives": sum(not query.holds for query in queries),
        "pairs": len(truths),
        "recall": _share(len(copies), len(truths)),
        "recall_any": _share(len(right), len(truths)),
        "wrong": len(wrong),
        "wrong_called_copy": sum(link.relation in COPIES for link in wrong),
        "wrong_per_query_below": _share(3, len(queries)) if not wrong else None,
        "recall_at_zero_wrong": zero,
        "threshold_at_zero_wrong": threshold,
        "micro_ap": micro_ap(ranked, len(truths)),
        "relations": dict(Counter(str(link.relation) for link in right.values())),
        "overlays_of_true_pairs": sum(key[1] in asked[key[0]].holds for key in overlays),
        "overlays_of_others": sum(key[1] not in asked[key[0]].holds for key in overlays),
        **_regions(right.values(), asked),
        **_direction(right[key] for key in copies),
        "wrong_links": [
            [link.query, link.original, str(link.relation), round(link.score, 4)]
            for link in sorted(wrong, key=lambda each: -each.score)[:40]
        ],
    }


def missed(queries: Sequence[Query], found: Iterable[Found]) -> list[tuple[str, str, str]]:
    """Return true pairs that are not called copies: query, original, and what was said of them."""
    links = best_of(found)
    lost = []
    for query in queries:
        for original in query.holds:
            link = links.get((query.name, original))
            if link is None or link.relation not in COPIES:
                lost.append((query.name, original, str(link and link.relation)))
    return lost


def best_of(found: Iterable[Found]) -> dict[tuple[str, str], Found]:
    """Return one link for each pair: the one with the highest score, of those that say more."""
    best: dict[tuple[str, str], Found] = {}
    for link in found:
        key = link.query, link.original
        if key not in best or _rank(link) > _rank(best[key]):
            best[key] = link
    return best


def _rank(link: Found) -> tuple[bool, float]:
    return link.relation in LINKED, link.score


def at_zero_wrong(
    ranked: Collection[tuple[float, bool]], truths: int
) -> tuple[float | None, float | None]:
    """Return the recall above the highest wrong score, and that score (None: nothing is wrong)."""
    worst = max((score for score, right in ranked if not right), default=None)
    above = sum(right and (worst is None or score > worst) for score, right in ranked)
    return _share(above, truths), worst


def micro_ap(ranked: Collection[tuple[float, bool]], truths: int) -> float | None:
    """Return the average precision over all pairs in order of score; equal scores count together.

    References
    ----------
    F. Perronnin et al., "A family of contextual measures of similarity between distributions with
    application to image retrieval" (CVPR 2009), as used by DISC21 (M. Douze et al. 2021,
    arXiv:2106.09672, section 5).
    """
    if not truths:
        return None
    steps: dict[float, list[bool]] = {}
    for score, right in ranked:
        steps.setdefault(score, []).append(right)
    seen, hits, total = 0, 0, 0.0
    for score in sorted(steps, reverse=True):
        seen, new = seen + len(steps[score]), sum(steps[score])
        hits += new
        total += new * hits / seen
    return round(total / truths, 5)


def _regions(right: Iterable[Found], asked: Mapping[str, Query]) -> dict[str, Any]:
    """Return how well regions fit: half-way intersection over union, in query and original."""
    inner, outer = [], []
    for link in right:
        true_query, true_original = asked[link.query].holds[link.original]
        if link.region_query is not None and link.region_original is not None:
            inner.append(shared(link.region_query, true_query))
            outer.append(shared(link.region_original, true_original))
    if not inner:
        return {"regions": 0}
    return {
        "regions": len(inner),
        "region_query_median": round(median(inner), 3),
        "region_query_half": _share(sum(each >= 0.5 for each in inner), len(inner)),
        "region_original_median": round(median(outer), 3),
        "region_original_half": _share(sum(each >= 0.5 for each in outer), len(outer)),
    }


def _direction(copies: Iterable[Found]) -> dict[str, Any]:
    """Return how often the attacked file is said to be the later one: it always is."""
    said = Counter(link.derived for link in copies)
    decided = said["query"] + said["original"]
    return {
        "direction_decided": _share(decided, said.total()),
        "direction_right": _share(said["query"], decided),
    }


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 5) if whole else None


def by_attack(queries: Sequence[Query], found: Sequence[Found]) -> dict[str, dict[str, Any]]:
    """Return the numbers of each attack, in the order of the queries."""
    names = list(dict.fromkeys(query.attack for query in queries))
    return {
        name: scored([query for query in queries if query.attack == name], found) for name in names
    }


def table(parts: Mapping[str, Mapping[str, Any]]) -> str:
    """Return numbers as text, a row for each part."""
    columns = (
        ("pairs", "pairs"), ("recall", "recall"), ("linked", "recall_any"), ("wrong", "wrong"),
        ("r@0wrong", "recall_at_zero_wrong"), ("microAP", "micro_ap"),
        ("region q", "region_query_median"), ("region o", "region_original_median"),
    )  # fmt: skip
    rows = [f"{'':<14}" + "".join(f"{head:>10}" for head, _ in columns)]
    for name, part in parts.items():
        cells = "".join(f"{_cell(part.get(key)):>10}" for _, key in columns)
        rows.append(f"{name:<14}{cells}")
    return "\n".join(rows)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
