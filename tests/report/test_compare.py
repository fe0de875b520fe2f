"""The shape of ``firsthand claims --json``: what a script can look up again."""

from __future__ import annotations

from typing import Any

from firsthand.report.compare import compared


def claim(name: str, label: str | None) -> dict[str, Any]:
    return {"id": name, "label": label, "links": [], "hedge": "asserted"}


def test_contradictions_are_pairs_of_claims() -> None:
    value = {
        "positions": [],
        "contradictions": [{"what": "ranges", "claims": [["claim:1", "claim:2"], ["claim:3"]]}],
        "roots": {"w": ["claim:4", "claim:5"]},
        "independent": [1, 1],
        "consistent": None,
    }
    finding = {"kind": "claims.position", "subjects": ["e", "count"], "value": value}
    claims = [claim("claim:1", "a"), claim("claim:2", "b"), claim("claim:3", None)]
    twice = [claim("claim:4", "same"), claim("claim:5", "same")]
    report = {"claims": claims + twice, "events": [], "findings": [finding]}
    (question,) = compared(report)["questions"]
    # interfaces: [[doc:id, doc:id]...]
    assert question["contradictions"] == [["a", "claim:3"], ["b", "claim:3"]]
    assert question["sides"] == [[["a", "b"], ["claim:3"]]]
    # A label that two claims have names neither.
    assert question["roots"] == {"w": ["claim:4", "claim:5"]}
