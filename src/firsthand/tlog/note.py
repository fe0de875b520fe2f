"""Signed notes: a text with signature lines below it.

References
----------
C2SP signed-note (https://c2sp.org/signed-note).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.tlog.keys import NoteKey, Signer, check_name
from firsthand.tlog.strict import check_line, from_base64, to_base64

MAX_NOTE_BYTES = 1_000_000
"""Largest note read [bytes], as in golang.org/x/mod/sumdb/note."""

MAX_SIGNATURES = 100
"""Most signature lines read, as in golang.org/x/mod/sumdb/note; C2SP asks for at least 16."""

_DASH = "— "
_ID_BYTES = 4


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: key name, four-byte key id, and the bytes after the id.

    Raises
    ------
    BadInput
        For a bad name, an id of another length, or no signature bytes.
    """

    name: str
    key_id: bytes
    signature: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.key_id) != _ID_BYTES or not self.signature:
            raise BadInput("not a note signature", why="key id or signature too short")

    @classmethod
    def parse(cls, line: str) -> NoteSignature:
        """Read a line (without its newline): em dash, name, base64.

        Raises
        ------
        BadInput
            When the line is anything else.
        """
        parts = line.removeprefix(_DASH).split(" ")
        if not line.startswith(_DASH) or len(parts) != 2:
            raise BadInput("cannot read signature line", why=f"{line[:60]!r}")
        data = from_base64(parts[1], "signature line")
        return cls(parts[0], data[:_ID_BYTES], data[_ID_BYTES:])

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {to_base64(self.key_id + self.signature)}"


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise BadInput("not the text of a note", why="does not end with a newline")
    for line in text[:-1].split("\n"):
        if line:
            check_line(line, "text of a note")


@dataclass(frozen=True, slots=True)
class Note:
    """A text and its signatures, in the order of the lines; being one proves nothing.

    Only :meth:`verify` tells who signed. Signatures by keys that nobody asked about are kept.

    Raises
    ------
    BadInput
        When the text does not end with a newline or has other control characters.
    """

    text: str
    signatures: tuple[NoteSignature, ...] = ()

    def __post_init__(self) -> None:
        _check_text(self.text)

    @classmethod
    def parse(cls, data: bytes) -> Note:
        """Read a signed note; :func:`bytes` of the result gives ``data`` again.

        Raises
        ------
        BadInput
            When it is too large, not UTF-8, has control characters, or no or broken signature
            lines.
        """
        what = "cannot read signed note"
        if len(data) > MAX_NOTE_BYTES:
            raise BadInput(what, why=f"more than {MAX_NOTE_BYTES} bytes")
        try:
            whole = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadInput(what, why=str(error)) from error
        # The last empty line separates: the text itself may have empty lines.
        head, blank, tail = whole.rpartition("\n\n")
        if not blank or not tail.endswith("\n"):
            raise BadInput(what, why="no signature lines")
        lines = tail[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise BadInput(what, why=f"more than {MAX_SIGNATURES} signatures")
        return cls(head + "\n", tuple(NoteSignature.parse(line) for line in lines))

    def __bytes__(self) -> bytes:
        lines = "".join(f"{signature}\n" for signature in self.signatures)
        return f"{self.text}\n{lines}".encode()

    def signed_by(self, signer: Signer) -> Note:
        """Return the note with the signer's signature line added at the end."""
        signature = signer.sign(self.text.encode("utf-8"))
        line = NoteSignature(signer.name, signer.verifier.key_id, signature)
        return Note(self.text, (*self.signatures, line))

    def verify(self, keys: Sequence[NoteKey]) -> tuple[NoteKey, ...]:
        """Check the signatures by the given keys; return the keys that signed, each once.

        Signatures by other keys are neither counted nor held against the note.

        Raises
        ------
        VerificationFailed
            When no key signed, or a signature line that names one of the keys is wrong.
        BadInput
            When two different keys share name and id, so that a line could mean either.
        """
        known: dict[tuple[str, bytes], NoteKey] = {}
        for key in keys:
            if known.setdefault((key.name, key.key_id), key) != key:
                raise BadInput("keys cannot be told apart", why=f"two keys {key.name!r}")
        text = self.text.encode("utf-8")
        signed: list[NoteKey] = []
        for line in self.signatures:
            known_key = known.get((line.name, line.key_id))
            if known_key is None:
                continue
            if not known_key.verifies(text, line.signature):
                raise VerificationFailed("signature is wrong", why=f"of the key {line.name!r}")
            if known_key not in signed:
                signed.append(known_key)
        if not signed:
            names = ", ".join(repr(key.name) for key in keys) or "no key"
            raise VerificationFailed("note is not signed", why=f"by {names}")
        return tuple(signed)


def sign_note(text: str, signers: Sequence[Signer]) -> bytes:
    """Return the signed note of a text that ends with a newline.

    Raises
    ------
    BadInput
        For a text that cannot be a note, or no signers.
    """
    if not signers:
        raise BadInput("nobody signs the note")
    note = Note(text)
    for signer in signers:
        note = note.signed_by(signer)
    return bytes(note)


def open_note(data: bytes, keys: Sequence[NoteKey]) -> str:
    """Return the text of a signed note after checking that one of the keys signed it.

    Raises
    ------
    BadInput
        When the bytes are not a signed note.
    VerificationFailed
        See :meth:`Note.verify`.
    """
    note = Note.parse(data)
    note.verify(keys)
    return note.text
