"""Consistency proofs: that a tree, or one subtree, is an unchanged part of a larger tree.

References
----------
RFC 6962, section 2.1.2; for subtrees draft-ietf-plants-merkle-tree-certs, section 4.
"""

from __future__ import annotations

from collections.abc import Sequence

from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.tlog.inclusion import is_subtree, split
from firsthand.tlog.merkle import EMPTY_ROOT, HASH_BYTES, MAX_SIZE, RangeHash, node_hash


def _ranges(start: int, end: int, size: int) -> tuple[list[tuple[int, int]], bool]:
    """List the ranges whose hashes prove ``[start, end)`` in a tree, deepest first.

    The flag tells that the walk ended on the subtree itself: the verifier has that hash, and the
    proof leaves it out.
    """
    low, high, ranges, whole = 0, size, [], True
    while (low, high) != (start, end):
        middle = low + split(high - low)
        if end <= middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            if start < middle:
                # Only the right edge of the subtree is cut; its left part is a node of the tree.
                start, whole = middle, False
            low = middle
    if not whole:
        ranges.append((low, high))
    ranges.reverse()
    return ranges, whole


def consistency_proof(hashes: RangeHash, old: int, new: int) -> list[bytes]:
    """Make the proof that the tree of ``old`` leaves is the beginning of that of ``new`` leaves.

    Raises
    ------
    BadInput
        When ``old`` is not in ``[1, new]``, or ``hashes`` cannot give a needed hash.

    References
    ----------
    RFC 6962, section 2.1.2, ``PROOF(m, D[n])``, defined for ``0 < m``: the empty tree is the
    beginning of every tree, so there is nothing to prove.
    """
    if old == 0:
        raise BadInput("no such proof", why="the empty tree is the beginning of every tree")
    return subtree_consistency_proof(hashes, 0, old, new)


def subtree_consistency_proof(hashes: RangeHash, start: int, end: int, size: int) -> list[bytes]:
    """Make the proof that the subtree ``[start, end)`` is part of the tree of ``size`` leaves.

    Raises
    ------
    BadInput
        When ``[start, end)`` is no subtree or reaches past the tree.

    References
    ----------
    draft-ietf-plants-merkle-tree-certs, section 4.4.1, ``SUBTREE_PROOF(start, end, D_n)``.
    """
    if not is_subtree(start, end) or not end <= size <= MAX_SIZE:
        raise BadInput("no such proof", why=f"[{start}, {end}) in a tree of {size}")
    if start == end:
        return []
    return [hashes(low, high) for low, high in _ranges(start, end, size)[0]]


def verify_consistency(
    old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """Check that the tree of ``old`` leaves is the unchanged beginning of that of ``new`` leaves.

    An empty tree is only consistent with itself here: to accept that it became ``new_root`` would
    look like a check, and check nothing.

    Raises
    ------
    VerificationFailed
        For anything but exactly that: also for a proof of another length.

    References
    ----------
    RFC 6962, section 2.1.2; RFC 9162, section 2.1.4.2.
    """
    if old == 0 and (new != 0 or new_root != EMPTY_ROOT):
        raise VerificationFailed("consistency proof fails", why="from the empty tree to another")
    verify_subtree_consistency(0, old, new, proof, old_root, new_root)


def verify_subtree_consistency(
    start: int, end: int, size: int, proof: Sequence[bytes], part_root: bytes, root: bytes
) -> None:
    """Check that the subtree ``[start, end)`` with ``part_root`` is part of the tree with ``root``.

    An empty subtree with the empty root passes whatever ``root`` is, and so says nothing; the
    conformance vectors of transparency-dev/merkle want it so.

    Raises
    ------
    VerificationFailed
        For anything but exactly that.

    References
    ----------
    draft-ietf-plants-merkle-tree-certs, section 4.4.3.
    """
    what = "consistency proof fails"
    if not is_subtree(start, end) or not end <= size <= MAX_SIZE:
        raise VerificationFailed(what, why=f"no subtree [{start}, {end}) of {size}")
    if start == end:
        if proof or part_root != EMPTY_ROOT:
            raise VerificationFailed(what, why="empty part with hashes")
        return
    ranges, whole = _ranges(start, end, size)
    if len(proof) != len(ranges):
        raise VerificationFailed(what, why=f"{len(proof)} hashes instead of {len(ranges)}")
    # Two roots that are only compared may be anything (published vectors want it so).
    if ranges and any(len(node) != HASH_BYTES for node in (part_root, root, *proof)):
        raise VerificationFailed(what, why="a hash has not 32 bytes")
    steps = list(zip(ranges, proof, strict=True))
    part = total = part_root if whole else steps.pop(0)[1]
    for (low, high), sibling in steps:
        if low >= end:
            total = node_hash(total, sibling)
        else:
            total = node_hash(sibling, total)
            if high > start:
                part = node_hash(sibling, part)
    if part != part_root:
        raise VerificationFailed(what, why="the proof gives another root of the earlier part")
    if total != root:
        raise VerificationFailed(what, why=f"the proof gives another root of the tree of {size}")
