"""Checkpoints: the signed size and root of a log.

References
----------
C2SP tlog-checkpoint (https://c2sp.org/tlog-checkpoint).
"""

from __future__ import annotations

from dataclasses import dataclass

from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.tlog.keys import Signer, VerifierKey
from firsthand.tlog.merkle import EMPTY_ROOT, HASH_BYTES, MAX_SIZE
from firsthand.tlog.note import Note
from firsthand.tlog.strict import check_line, from_decimal, hash_from_base64, to_base64


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: origin, size [leaves], root, and rarely further lines.

    Raises
    ------
    BadInput
        For an empty origin or extension line, control characters, a size out of range, a root
        that has not 32 bytes, or an empty tree with a root of its own.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_line(self.origin, "origin")
        for line in self.extensions:
            check_line(line, "extension line")
        if not 0 <= self.size <= MAX_SIZE:
            raise BadInput("not a checkpoint", why=f"size {self.size}")
        if len(self.root) != HASH_BYTES:
            raise BadInput("not a checkpoint", why=f"root of {len(self.root)} bytes")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise BadInput("not a checkpoint", why="size 0 with a root that is not the empty one")

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a checkpoint (without signatures); ``str`` gives the text again.

        Raises
        ------
        BadInput
            When it is anything else than a checkpoint in its only spelling.
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] != "":
            raise BadInput("cannot read checkpoint", why="fewer than three lines")
        size = from_decimal(lines[1], "checkpoint size")
        root = hash_from_base64(lines[2], "checkpoint root")
        return cls(lines[0], size, root, tuple(lines[3:-1]))

    def __str__(self) -> str:
        head = (self.origin, str(self.size), to_base64(self.root))
        return "".join(f"{line}\n" for line in (*head, *self.extensions))

    def signed_by(self, *signers: Signer) -> SignedCheckpoint:
        """Return the checkpoint with a signature by each signer.

        A log must never sign two checkpoints of which none continues the other; that is the
        caller's duty.

        Raises
        ------
        BadInput
            When there are no signers.
        """
        if not signers:
            raise BadInput("nobody signs the checkpoint")
        note = Note(str(self))
        for signer in signers:
            note = note.signed_by(signer)
        return SignedCheckpoint(self, note)


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint and the note it stands in; unchecked until :meth:`verify` was called."""

    checkpoint: Checkpoint
    note: Note

    @classmethod
    def parse(cls, data: bytes) -> SignedCheckpoint:
        """Read a signed checkpoint; :func:`bytes` of the result gives ``data`` again.

        Raises
        ------
        BadInput
            When it is not a signed note, or its text is not a checkpoint.
        """
        note = Note.parse(data)
        return cls(Checkpoint.parse(note.text), note)

    def __bytes__(self) -> bytes:
        return bytes(self.note)

    def verify(self, key: VerifierKey, origin: str | None = None) -> Checkpoint:
        """Return the checkpoint after checking that this log key signed it for this origin.

        ``origin`` is by default the name of the key. It is always compared: without that, a
        checkpoint of another log that uses the same key would pass.

        Raises
        ------
        VerificationFailed
            When the key did not sign, its signature is wrong, or the origin is another.
        """
        self.note.verify((key,))
        # Read again from what was signed: a value built by hand could pair another note.
        checkpoint = Checkpoint.parse(self.note.text)
        expected = key.name if origin is None else origin
        if checkpoint.origin != expected:
            raise VerificationFailed(
                "checkpoint is of another log", why=f"{checkpoint.origin!r}, not {expected!r}"
            )
        return checkpoint
