"""RFC 6962 Merkle tree hashing, and a tree that grows without keeping its leaves.

References
----------
RFC 6962, section 2.1 (https://www.rfc-editor.org/rfc/rfc6962#section-2.1). RFC 9162 defines the
same tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from firsthand.model.errors import BadInput

HASH_BYTES = 32
"""Length of a node [bytes]: SHA-256."""

MAX_SIZE = 2**63 - 1
"""Largest tree size accepted [leaves]; the Go implementations count in a signed 64-bit integer."""

EMPTY_ROOT = sha256(b"").digest()
"""Root of the tree without leaves: the hash of nothing (RFC 6962, section 2.1)."""

RangeHash = Callable[[int, int], bytes]
"""Gives the Merkle tree hash of the leaves ``[start, end)``; proofs are made through it."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one entry: SHA-256 of a zero byte and the entry.

    The prefix keeps a leaf from being passed off as an inner node (RFC 6962, section 2.1).
    """
    return sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """Return the leaf hash of each entry, in order."""
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256 of a one byte, the left and the right child."""
    return sha256(b"\x01" + left + right).digest()


def pair_hashes(nodes: Sequence[bytes]) -> list[bytes]:
    """Return the nodes one level up: neighbours hashed two by two, an odd last node left out."""
    each = iter(nodes)
    return [
        sha256(b"\x01" + left + right).digest() for left, right in zip(each, each, strict=False)
    ]


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(length != HASH_BYTES for length in set(map(len, hashes))):
        raise BadInput("not a leaf hash", why=f"a hash has {HASH_BYTES} bytes")


def root(hashes: Sequence[bytes]) -> bytes:
    """Return the Merkle tree hash of leaf hashes.

    Also gives the hash of an inner node from all the nodes of one level below it.

    Raises
    ------
    BadInput
        When a hash has not 32 bytes.

    References
    ----------
    RFC 6962, section 2.1. Pairing from the left and carrying an odd last node upwards unchanged
    gives the same tree as the recursive split at the largest power of two.

    >>> root([]) == EMPTY_ROOT
    True
    """
    _check_hashes(hashes)
    if not hashes:
        return EMPTY_ROOT
    nodes = list(hashes)
    while len(nodes) > 1:
        above = pair_hashes(nodes)
        if len(nodes) % 2:
            above.append(nodes[-1])
        nodes = above
    return nodes[0]


def hashes_of(hashes: Sequence[bytes]) -> RangeHash:
    """Return the :data:`RangeHash` of leaf hashes held in memory.

    Its cost grows with the number of leaves; for a log on disk see
    :class:`firsthand.tlog.tile_tree.TileHashes`.

    Raises
    ------
    BadInput
        From the returned function, for a range that is not inside the tree.
    """

    def range_hash(start: int, end: int) -> bytes:
        if not 0 <= start <= end <= len(hashes):
            raise BadInput("no such leaves", why=f"[{start}, {end}) of {len(hashes)}")
        return root(hashes[start:end])

    return range_hash


class Frontier:
    """A growing tree that keeps only its peaks: the roots of its complete subtrees.

    ``peaks`` are ordered from the left, one for each bit set in ``size``: at most 63 hashes
    whatever the size. Known elsewhere as a compact range.

    Raises
    ------
    BadInput
        When the number of peaks does not fit the size.

    >>> tree = Frontier()
    >>> tree.extend(leaf_hashes([b"a", b"b", b"c"]))
    >>> tree.size, len(tree.peaks)
    (3, 2)
    """

    __slots__ = ("_by_height", "_size")

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if not 0 <= size <= MAX_SIZE:
            raise BadInput("not a tree size", why=f"{size}")
        heights = [height for height in range(size.bit_length()) if size >> height & 1]
        if len(peaks) != len(heights):
            raise BadInput("peaks do not fit the tree", why=f"{len(peaks)} peaks, size {size}")
        _check_hashes(peaks)
        self._size = size
        self._by_height = dict(zip(reversed(heights), peaks, strict=True))

    @property
    def size(self) -> int:
        """Number of leaves."""
        return self._size

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """Roots of the complete subtrees, largest (leftmost) first."""
        return tuple(self._by_height[height] for height in sorted(self._by_height, reverse=True))

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash; see :meth:`extend`."""
        self.extend((leaf,))

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add leaf hashes in order; large batches are cheapest.

        Raises
        ------
        BadInput
            When a hash has not 32 bytes or the tree would pass :data:`MAX_SIZE`; nothing is added.
        """
        _check_hashes(leaves)
        if self._size + len(leaves) > MAX_SIZE:
            raise BadInput("the tree is full", why=f"more than {MAX_SIZE} leaves")
        nodes, height = list(leaves), 0
        while nodes:
            # A peak of this height is the left neighbour of the first new node.
            if self._size >> height & 1:
                nodes.insert(0, self._by_height.pop(height))
            if len(nodes) % 2:
                self._by_height[height] = nodes[-1]
            nodes, height = pair_hashes(nodes), height + 1
        self._size += len(leaves)

    def root(self) -> bytes:
        """Return the Merkle tree hash of everything added so far."""
        if not self._size:
            return EMPTY_ROOT
        peaks = self.peaks
        result = peaks[-1]
        for peak in reversed(peaks[:-1]):
            result = node_hash(peak, result)
        return result
