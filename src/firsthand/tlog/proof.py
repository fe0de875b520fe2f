"""Proof files (``.tlog-proof``): one entry, its way to the root, and the signed checkpoint.

References
----------
C2SP tlog-proof (https://c2sp.org/tlog-proof).
"""

from __future__ import annotations

from dataclasses import dataclass

from firsthand.model.errors import BadInput
from firsthand.tlog.checkpoint import Checkpoint, SignedCheckpoint
from firsthand.tlog.inclusion import verify_inclusion
from firsthand.tlog.keys import VerifierKey
from firsthand.tlog.merkle import HASH_BYTES, MAX_SIZE, leaf_hash
from firsthand.tlog.strict import from_base64, from_decimal, hash_from_base64, to_base64

MAX_PATH = 63
"""Most hashes on a path: a tree has at most 2**63 - 1 leaves."""

MAX_PROOF_BYTES = 2_000_000
"""Largest proof file read [bytes]: a note and as much extra data again."""

_HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class LogProof:
    """What a ``.tlog-proof`` file says; unchecked until :meth:`verify` was called.

    ``index`` counts from zero; ``path`` goes from the leaf's sibling upwards; ``extra`` is opaque
    and never authenticated.

    Raises
    ------
    BadInput
        For an index out of range, more than 63 hashes, a hash that has not 32 bytes, or extra data
        that is there and empty (the format has no line for that).
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: SignedCheckpoint
    extra: bytes | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.index < MAX_SIZE or len(self.path) > MAX_PATH:
            raise BadInput("not a log proof", why=f"index {self.index}, {len(self.path)} hashes")
        if any(len(node) != HASH_BYTES for node in self.path):
            raise BadInput("not a log proof", why=f"a hash has not {HASH_BYTES} bytes")
        if self.extra == b"":
            raise BadInput("not a log proof", why="empty extra data")

    @classmethod
    def parse(cls, data: bytes) -> LogProof:
        """Read a proof file; :func:`bytes` of the result gives ``data`` again.

        Raises
        ------
        BadInput
            When it is anything else than a proof in its only spelling.
        """
        what = "cannot read log proof"
        if len(data) > MAX_PROOF_BYTES:
            raise BadInput(what, why=f"more than {MAX_PROOF_BYTES} bytes")
        # Path lines are not empty, so the first empty line ends the path.
        head, blank, signed = data.partition(b"\n\n")
        if not blank:
            raise BadInput(what, why="no checkpoint")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise BadInput(what, why=str(error)) from error
        if lines.pop(0) != _HEADER:
            raise BadInput(what, why=f"does not start with {_HEADER}")
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = from_base64(lines.pop(0).removeprefix("extra "), "extra data of log proof")
        if not lines or not lines[0].startswith("index "):
            raise BadInput(what, why="no index line")
        index = from_decimal(lines.pop(0).removeprefix("index "), "index of log proof")
        path = tuple(hash_from_base64(line, "path of log proof") for line in lines)
        return cls(index, path, SignedCheckpoint.parse(signed), extra)

    def __bytes__(self) -> bytes:
        lines = [_HEADER]
        if self.extra is not None:
            lines.append(f"extra {to_base64(self.extra)}")
        lines.append(f"index {self.index}")
        lines.extend(to_base64(node) for node in self.path)
        return "\n".join((*lines, "", "")).encode("ascii") + bytes(self.checkpoint)

    def verify(self, entry: bytes, key: VerifierKey, origin: str | None = None) -> Checkpoint:
        """Check that the log with this key holds ``entry`` at ``index``; return its checkpoint.

        ``origin`` is by default the name of the key.

        Raises
        ------
        VerificationFailed
            When the checkpoint is not signed by the key, is of another origin, or the path does
            not lead from the entry to its root.
        """
        checkpoint = self.checkpoint.verify(key, origin)
        verify_inclusion(self.index, checkpoint.size, leaf_hash(entry), self.path, checkpoint.root)
        return checkpoint
