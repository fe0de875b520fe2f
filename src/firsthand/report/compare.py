"""The ``claims --compare`` shape of a report's questions (interfaces: ``questions``)."""

from __future__ import annotations

from collections import Counter
from itertools import product

from firsthand.model.canonical import Json


def compared(report: Json) -> Json:
    """Return ``{"questions":[…],"hedge_drift":[…]}``, with labels for claims that have their own.

    ``contradictions`` are pairs of claims, ``sides`` the same as pairs of positions.

    A relay whose words are surer than those of what it relays is a hedge drift.
    """
    labels = Counter(claim["label"] for claim in report["claims"])
    names = {
        claim["id"]: claim["label"]
        if claim["label"] and labels[claim["label"]] == 1
        else claim["id"]
        for claim in report["claims"]
    }
    questions = []
    for finding in report["findings"]:
        if finding["kind"] != "claims.position":
            continue
        event, question = finding["subjects"]
        value = finding["value"]
        texts = {
            tuple(position["claims"]): position["text"]
            for item in report["events"]
            if item["id"] == event
            for answer in item["questions"].values()
            for position in answer["positions"]
        }
        questions.append(
            {
                "question": question,
                "event": event,
                "kind": "positions",
                "positions": [
                    {
                        **position,
                        "text": texts.get(tuple(position["claims"]), ""),
                        "claims": [names[c] for c in position["claims"]],
                    }
                    for position in value["positions"]
                ],
                "contradictions": [
                    [names[a], names[b]]
                    for pair in value["contradictions"]
                    for a, b in product(*pair["claims"])
                ],
                "sides": [
                    [[names[c] for c in side] for side in pair["claims"]]
                    for pair in value["contradictions"]
                ],
                "roots": {root: [names[c] for c in ids] for root, ids in value["roots"].items()},
                "independent": value["independent"],
                "consistent": value["consistent"],
            }
        )
    questions.sort(key=lambda q: (q["event"], q["question"]))
    return {"questions": questions, "hedge_drift": hedge_drift(report, names)}


HEDGES = ("confirmed", "asserted", "probable", "possible", "open")


def hedge_drift(report: Json, names: dict[str, str]) -> list[Json]:
    """Return claims that say more surely what they cite or copy."""
    by_id = {claim["id"]: claim for claim in report["claims"]}
    found = []
    for claim in report["claims"]:
        for link in claim["links"]:
            cited = by_id.get(link["claim"])
            if link["rel"] not in ("cites", "copies") or cited is None:
                continue
            if HEDGES.index(claim["hedge"]) < HEDGES.index(cited["hedge"]):
                found.append(
                    {
                        "claim": names[claim["id"]],
                        "of": names[cited["id"]],
                        "from": cited["hedge"],
                        "to": claim["hedge"],
                    }
                )
    return found
