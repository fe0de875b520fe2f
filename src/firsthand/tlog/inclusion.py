"""Inclusion proofs: that a leaf is in a tree, or in one subtree of it.

A proof is the list of the sibling hashes on the way from the leaf to the root, leaf first.

References
----------
RFC 6962, section 2.1.1; for subtrees draft-ietf-plants-merkle-tree-certs, section 4.
"""

from __future__ import annotations

from collections.abc import Sequence

from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.tlog.merkle import HASH_BYTES, MAX_SIZE, RangeHash, node_hash


def split(width: int) -> int:
    """Return the largest power of two below a width of two or more [leaves].

    >>> split(2), split(7), split(8)
    (1, 4, 4)
    """
    return 1 << ((width - 1).bit_length() - 1)


def is_subtree(start: int, end: int) -> bool:
    """Tell whether ``[start, end)`` is a subtree: start is a multiple of its width rounded up.

    Only such a range has one hash in every tree that holds it.

    References
    ----------
    draft-ietf-plants-merkle-tree-certs, section 4.1.

    >>> is_subtree(4, 7), is_subtree(2, 5)
    (True, False)
    """
    width = end - start
    if start < 0 or width < 0 or end > MAX_SIZE:
        return False
    return width == 0 or start % (1 << (width - 1).bit_length()) == 0


def _siblings(index: int, start: int, end: int) -> list[tuple[int, int]]:
    """List the ranges beside the path from a leaf up to the subtree ``[start, end)``."""
    beside = []
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            beside.append((middle, end))
            end = middle
        else:
            beside.append((start, middle))
            start = middle
    beside.reverse()
    return beside


def inclusion_proof(hashes: RangeHash, index: int, size: int) -> list[bytes]:
    """Make the proof that leaf ``index`` is in the tree of ``size`` leaves.

    Raises
    ------
    BadInput
        When the tree has no such leaf, or ``hashes`` cannot give a needed hash.

    References
    ----------
    RFC 6962, section 2.1.1, ``PATH(m, D[n])``.
    """
    return subtree_inclusion_proof(hashes, index, 0, size)


def subtree_inclusion_proof(hashes: RangeHash, index: int, start: int, end: int) -> list[bytes]:
    """Make the proof that leaf ``index`` (counted in the whole tree) is in ``[start, end)``.

    Raises
    ------
    BadInput
        When ``[start, end)`` is no subtree or does not hold the leaf.
    """
    if not is_subtree(start, end) or not start <= index < end:
        raise BadInput("no such proof", why=f"leaf {index} in [{start}, {end})")
    return [hashes(low, high) for low, high in _siblings(index, start, end)]


def verify_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Check the proof that the leaf hash ``leaf`` is number ``index`` of the tree with ``root``.

    Raises
    ------
    VerificationFailed
        For anything but exactly that: also for a proof of another length.

    References
    ----------
    RFC 6962, section 2.1.1; RFC 9162, section 2.1.3.2.
    """
    verify_subtree_inclusion(index, 0, size, leaf, proof, root)


def verify_subtree_inclusion(
    index: int, start: int, end: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that the leaf hash ``leaf`` is number ``index`` of the tree, inside ``[start, end)``.

    ``index`` counts from the start of the whole tree; ``root`` is the hash of the subtree.

    Raises
    ------
    VerificationFailed
        For anything but exactly that.
    """
    if not is_subtree(start, end) or not start <= index < end:
        raise VerificationFailed(
            "inclusion proof fails", why=f"no leaf {index} in [{start}, {end})"
        )
    beside = _siblings(index, start, end)
    if len(proof) != len(beside):
        raise VerificationFailed(
            "inclusion proof fails", why=f"{len(proof)} hashes instead of {len(beside)}"
        )
    if any(len(node) != HASH_BYTES for node in (leaf, root, *proof)):
        raise VerificationFailed("inclusion proof fails", why="a hash has not 32 bytes")
    result = leaf
    for (low, _), sibling in zip(beside, proof, strict=True):
        result = node_hash(result, sibling) if low > index else node_hash(sibling, result)
    if result != root:
        raise VerificationFailed("inclusion proof fails", why=f"leaf {index} gives another root")
