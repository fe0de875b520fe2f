"""Every accept and reject case of transparency-dev/merkle (Apache-2.0).

The files are not part of this repository: they lie in ../shared/vectors/merkle beside it.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from firsthand.model.errors import VerificationFailed
from firsthand.tlog import (
    verify_consistency,
    verify_inclusion,
    verify_subtree_consistency,
    verify_subtree_inclusion,
)

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "merkle"
# Counted in the files of 2026-07-23, so that a folder that is half there does not pass.
COUNTS = {
    "inclusion": 98,
    "consistency": 98,
    "subtreeinclusion": 204,
    "subtreeconsistency": 118,
}

pytestmark = pytest.mark.skipif(
    not VECTORS.is_dir(), reason="merkle vectors are absent: ../shared/vectors/merkle"
)


def unpack(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def check(kind: str, case: dict) -> None:
    proof = [unpack(node) for node in case["proof"] or []]
    if kind == "inclusion":
        leaf, root = unpack(case["leafHash"]), unpack(case["root"])
        verify_inclusion(case["leafIdx"], case["treeSize"], leaf, proof, root)
    elif kind == "subtreeinclusion":
        leaf, root = unpack(case["leafHash"]), unpack(case["root"])
        verify_subtree_inclusion(case["leafIdx"], case["start"], case["end"], leaf, proof, root)
    elif kind == "consistency":
        roots = unpack(case["root1"]), unpack(case["root2"])
        verify_consistency(case["size1"], case["size2"], proof, *roots)
    else:
        roots = unpack(case["root1"]), unpack(case["root2"])
        verify_subtree_consistency(case["start"], case["end"], case["size"], proof, *roots)


@pytest.mark.parametrize("kind", COUNTS)
def test_published_verdicts(kind: str) -> None:
    paths = sorted((VECTORS / kind).rglob("*.json"))
    assert len(paths) == COUNTS[kind]
    other = []
    for path in paths:
        case = json.loads(path.read_bytes())
        try:
            check(kind, case)
            failed = False
        except VerificationFailed:
            failed = True
        if failed != case["wantErr"]:
            other.append(str(path.relative_to(VECTORS)))
    assert other == []
