"""What a witness decides: pure rules over what it saw of a log before and what it is asked now.

A witness promises one thing: it never signs two trees of a log of which none continues the other.

References
----------
C2SP tlog-witness (https://c2sp.org/tlog-witness), "add-checkpoint"; here by file or text instead
of HTTP, with the same status numbers.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace

from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.tlog.checkpoint import Checkpoint, SignedCheckpoint
from firsthand.tlog.consistency import verify_consistency
from firsthand.tlog.keys import VerifierKey
from firsthand.tlog.merkle import EMPTY_ROOT, HASH_BYTES, MAX_SIZE
from firsthand.tlog.rotation import KeyChain
from firsthand.tlog.strict import from_decimal, hash_from_base64, to_base64

MAX_PROOF_LINES = 63
"""Most hashes of a request (C2SP tlog-witness, "add-checkpoint")."""

MAX_REQUEST_BYTES = 64_000
"""Largest request read [bytes]: 63 lines of 45 bytes, and a checkpoint with many signatures."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a log asks a witness to sign: a checkpoint, and how it continues that of ``old`` leaves.

    Raises
    ------
    BadInput
        For a size out of range, more than 63 hashes, or a hash that has not 32 bytes.
    """

    old: int
    proof: tuple[bytes, ...]
    checkpoint: SignedCheckpoint

    def __post_init__(self) -> None:
        if not 0 <= self.old <= MAX_SIZE or len(self.proof) > MAX_PROOF_LINES:
            raise BadInput("not a request", why=f"old {self.old}, {len(self.proof)} hashes")
        if any(len(node) != HASH_BYTES for node in self.proof):
            raise BadInput("not a request", why=f"a hash has not {HASH_BYTES} bytes")

    @classmethod
    def parse(cls, data: bytes) -> Request:
        """Read a request; :func:`bytes` of the result gives ``data`` again.

        Raises
        ------
        BadInput
            When it is anything else than a request in its only spelling.
        """
        what = "cannot read the request"
        if len(data) > MAX_REQUEST_BYTES:
            raise BadInput(what, why=f"more than {MAX_REQUEST_BYTES} bytes")
        # Proof lines are not empty, so the first empty line ends the proof.
        head, blank, signed = data.partition(b"\n\n")
        if not blank:
            raise BadInput(what, why="no checkpoint")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise BadInput(what, why=str(error)) from error
        first = lines.pop(0)
        if not first.startswith("old "):
            raise BadInput(what, why="does not start with: old")
        old = from_decimal(first.removeprefix("old "), "old size")
        if len(lines) > MAX_PROOF_LINES:
            raise BadInput(what, why=f"more than {MAX_PROOF_LINES} hashes")
        proof = tuple(hash_from_base64(line, "consistency proof") for line in lines)
        return cls(old, proof, SignedCheckpoint.parse(signed))

    def __bytes__(self) -> bytes:
        lines = [f"old {self.old}", *(to_base64(node) for node in self.proof)]
        return "\n".join((*lines, "", "")).encode("ascii") + bytes(self.checkpoint)


@dataclass(frozen=True, slots=True)
class Known:
    """What a witness holds of a log: its keys, and the largest tree that it signed."""

    keys: KeyChain
    size: int = 0
    root: bytes = EMPTY_ROOT

    def after(self, checkpoint: Checkpoint) -> Known:
        """Return the state after signing a checkpoint."""
        return replace(self, size=checkpoint.size, root=checkpoint.root)


class Status(enum.IntEnum):
    """Answer of a witness; the numbers are the HTTP status of C2SP tlog-witness."""

    SIGNED = 200
    BAD_REQUEST = 400
    WRONG_SIGNATURE = 403
    UNKNOWN_LOG = 404
    CONFLICT = 409
    WRONG_PROOF = 422


@dataclass(frozen=True, slots=True)
class Decision:
    """What a witness answers, why, and which size it knows.

    ``fork`` says that the log signed two trees that cannot both be its history; ``state`` is what
    the witness must keep, durably, before it signs, and is None when it refuses.
    """

    status: Status
    why: str = ""
    known: int | None = None
    fork: bool = False
    state: Known | None = None


def decide(known: Known | None, request: Request) -> Decision:
    """Decide whether to sign; ``known`` is None when the witness does not know the log.

    The order of the checks is that of C2SP tlog-witness. One is made earlier than there: a tree of
    the size that was signed with another root is called a fork whatever old size is claimed.
    """
    if known is None or known.keys.origin != request.checkpoint.checkpoint.origin:
        return Decision(Status.UNKNOWN_LOG, "the log is not known to this witness")
    try:
        new = known.keys.verify(request.checkpoint)
    except VerificationFailed as error:
        return Decision(Status.WRONG_SIGNATURE, str(error), known.size)
    if new.size == known.size and new.root != known.root:
        why = f"a fork: another tree of {new.size} entries was signed before"
        return Decision(Status.CONFLICT, why, known.size, fork=True)
    if request.old > new.size:
        why = f"from {request.old} entries to fewer, {new.size}"
        return Decision(Status.BAD_REQUEST, why, known.size)
    if new.size < known.size:
        why = f"a smaller tree: {new.size} entries after {known.size}"
        return Decision(Status.CONFLICT, why, known.size)
    if request.old != known.size:
        why = f"the proof starts from {request.old} entries, the witness knows {known.size}"
        return Decision(Status.CONFLICT, why, known.size)
    if new.size == 0 or (request.old == 0 and request.proof):
        why = "an empty log says nothing" if new.size == 0 else "a proof from no entries"
        return Decision(Status.WRONG_PROOF, why, known.size)
    try:
        if request.old:
            verify_consistency(known.size, new.size, request.proof, known.root, new.root)
    except VerificationFailed as error:
        why = f"{error}: the proof is damaged, or what was signed before is not in this log"
        return Decision(Status.WRONG_PROOF, why, known.size)
    return Decision(Status.SIGNED, "", new.size, state=known.after(new))


class Pair(enum.StrEnum):
    """How two signed checkpoints stand to each other."""

    SAME = "same"
    CONSISTENT = "consistent"
    FORK = "fork"
    UNDECIDED = "undecided"
    OTHER_LOGS = "other_logs"


def fork_evidence(
    one: bytes, two: bytes, keys: Sequence[VerifierKey], proof: Sequence[bytes] | None = None
) -> Pair:
    """Compare two checkpoints, mostly as two witnesses signed them.

    ``FORK`` is evidence against whoever holds the log's key: two signed trees of one size. Trees of
    different sizes need a consistency ``proof``; one that fails decides nothing, since anybody can
    make a wrong one.

    Raises
    ------
    BadInput
        When one is not a signed checkpoint.
    VerificationFailed
        When none of the ``keys`` of the log signed one of them.
    """
    first, second = (SignedCheckpoint.parse(data) for data in (one, two))
    for each in (first, second):
        each.note.verify(keys)
    small, large = sorted((first.checkpoint, second.checkpoint), key=lambda each: each.size)
    if small.origin != large.origin or any(key.name != small.origin for key in keys):
        return Pair.OTHER_LOGS
    if small.size == large.size:
        return Pair.SAME if small.root == large.root else Pair.FORK
    if proof is None or small.size == 0:
        return Pair.UNDECIDED
    try:
        verify_consistency(small.size, large.size, proof, small.root, large.root)
    except VerificationFailed:
        return Pair.UNDECIDED
    return Pair.CONSISTENT
