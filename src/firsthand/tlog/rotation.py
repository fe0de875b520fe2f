"""Keys of a log that replace one another, each endorsed by the one before.

A log signs with one key at a time. The note that ends a key and begins the next is signed by both,
so that nobody can put a key of his own in the place of a lost one, and nobody can be given one.

References
----------
docs/case-format.md, "Keys of the log".
"""

from __future__ import annotations

from dataclasses import dataclass

from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.tlog.checkpoint import Checkpoint, SignedCheckpoint
from firsthand.tlog.keys import Signer, VerifierKey
from firsthand.tlog.note import Note
from firsthand.tlog.strict import from_decimal

HEADER = "firsthand log key"
"""First line of the note: no checkpoint begins like that, since no origin of ours has blanks."""


@dataclass(frozen=True, slots=True)
class Endorsement:
    """That ``key`` signs for the log at sizes above ``size``; unchecked until :meth:`verify`."""

    origin: str
    size: int
    key: VerifierKey
    note: Note

    @classmethod
    def parse(cls, data: bytes) -> Endorsement:
        """Read the note; :func:`bytes` of the result gives ``data`` again.

        Raises
        ------
        BadInput
            When it is anything else than such a note with exactly two signatures.
        """
        note = Note.parse(data)
        lines = note.text.split("\n")
        what = "not the endorsement of a log key"
        if len(lines) != 5 or lines[0] != HEADER:
            raise BadInput(what, why=f"not four lines that begin with {HEADER!r}")
        size = from_decimal(lines[2], "size of the endorsement")
        key = VerifierKey.parse(lines[3])
        if key.name != lines[1]:
            raise BadInput(what, why="the name of the new key is not the origin")
        if len(note.signatures) != 2:
            raise BadInput(what, why=f"{len(note.signatures)} signatures instead of two")
        return cls(lines[1], size, key, note)

    def __bytes__(self) -> bytes:
        return bytes(self.note)

    def verify(self, old: VerifierKey) -> VerifierKey:
        """Return the new key after checking that it and the old one signed, and nobody else.

        Raises
        ------
        VerificationFailed
            When that is not so, or the note is about another log.
        """
        what = "the new log key is not endorsed"
        if self.origin != old.name or self.key == old:
            raise VerificationFailed(what, why="the note is about another log, or no other key")
        if len(self.note.verify((old, self.key))) != 2:
            raise VerificationFailed(what, why="it takes the signatures of the old and the new key")
        return self.key


def endorse(size: int, old: Signer, new: Signer) -> bytes:
    """Return the note that ends the key ``old`` at ``size`` entries and begins ``new``.

    Raises
    ------
    BadInput
        When the two keys have different names or are the same.
    """
    if old.name != new.name or old == new:
        raise BadInput("no new key of this log", why=f"{new.name!r} after {old.name!r}")
    text = f"{HEADER}\n{old.name}\n{size}\n{new.verifier}\n"
    return bytes(Note(text).signed_by(old).signed_by(new))


@dataclass(frozen=True, slots=True)
class KeyChain:
    """The keys of a log in order: each with the size up to which the one before it counts."""

    keys: tuple[tuple[int, VerifierKey], ...]

    @classmethod
    def of(cls, first: VerifierKey) -> KeyChain:
        """Return the chain of a log that never replaced its key."""
        return cls(((-1, first),))

    @property
    def origin(self) -> str:
        """Name of the log, which all its keys have."""
        return self.keys[0][1].name

    @property
    def newest(self) -> VerifierKey:
        """The key that counts for the largest sizes."""
        return self.keys[-1][1]

    def extended(self, data: bytes) -> KeyChain:
        """Return the chain with the key that an endorsement brings.

        Raises
        ------
        BadInput
            When the bytes are no endorsement.
        VerificationFailed
            When the newest key did not endorse it, its size is not above that of the one before,
            or the key was used before.
        """
        note = Endorsement.parse(data)
        key = note.verify(self.newest)
        if note.size <= self.keys[-1][0]:
            raise VerificationFailed(
                "the new log key is not endorsed", why=f"{note.size} is before the last change"
            )
        if any(key == known for _, known in self.keys):
            raise VerificationFailed("the new log key is not endorsed", why="it was used before")
        return KeyChain((*self.keys, (note.size, key)))

    def key_for(self, size: int) -> VerifierKey:
        """Return the one key that counts for a log of ``size`` entries."""
        return next(key for end, key in reversed(self.keys) if end < size)

    def verify(self, signed: SignedCheckpoint) -> Checkpoint:
        """Return a checkpoint after checking that the key that counts for its size signed it.

        Raises
        ------
        VerificationFailed
            Also when another key of the log signed it: a replaced key is good for nothing later.
        """
        size = signed.checkpoint.size
        key = self.key_for(size)
        try:
            return signed.verify(key, self.origin)
        except VerificationFailed as error:
            names = {(line.name, line.key_id) for line in signed.note.signatures}
            for _, other in self.keys:
                if other != key and (other.name, other.key_id) in names:
                    raise VerificationFailed(
                        "checkpoint is signed by a key that does not count for its size",
                        why=f"key {other.key_id.hex()} at {size} entries",
                    ) from error
            raise
