"""The document of a hand-over: two texts that people can read, each signed by one side.

The texts are the record: whatever the document says is read from them, line by line, and written
again, so nothing can stand beside them. Words in the texts are those of preservation: an object is
in the custody of an agent; the events are a transfer and an accession (PREMIS event types by these
names; that their definitions cover a hand-over between persons is unchecked).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from firsthand.case.custody.wording import one_line
from firsthand.model import canonical
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.tlog.sshkeys import PublicKey
from firsthand.tlog.sshsig import SshSignature

FORMAT = "firsthand-transfer/1"
NAMESPACE = "firsthand-transfer"
"""Namespace of both signatures."""

MAX_BYTES = 262_144
"""Largest document read [bytes]; two signatures of large RSA keys and both texts take 20,000."""

HEAD = "firsthand transfer of custody, version 1"
OFFER = (
    "event",
    "giver",
    "receiver",
    "bundle sha256",
    "bundle bytes",
    "case",
    "log entries",
    "log root",
    "purpose",
    "time by the giver's clock",
    "statement",
)
ACCEPTANCE = (
    "event",
    "giver",
    "receiver",
    "bundle sha256",
    "offer sha256",
    "giver's signature sha256",
    "giver's key",
    "check of the bundle",
    "time by the receiver's clock",
    "statement",
)
_SAID = {
    OFFER: {
        "event": "transfer, offered",
        "statement": "The giver hands the bundle named above over to the receiver.",
    },
    ACCEPTANCE: {
        "event": "accession, accepted",
        "statement": "The receiver got the bundle named above, read it whole, and takes it into "
        "custody from the giver.",
    },
}
_LINE = 600
_NUMBER = re.compile(r"0|[1-9][0-9]{0,14}")


@dataclass(frozen=True, slots=True)
class Half:
    """One side: the text, what it says by its labels, and the signature over it."""

    text: str
    fields: dict[str, str]
    signature: SshSignature

    @property
    def json(self) -> Json:
        """Return the side as it stands in the document."""
        return {
            "key": str(self.signature.key),
            "signature": bytes(self.signature).decode(),
            "text": self.text,
        }

    @property
    def key(self) -> PublicKey:
        """The key that signed."""
        return self.signature.key


@dataclass(frozen=True, slots=True)
class Document:
    """A hand-over that was offered, and perhaps accepted."""

    offer: Half
    acceptance: Half | None = None

    def __bytes__(self) -> bytes:
        body = {"format": FORMAT, "offer": self.offer.json}
        if self.acceptance is not None:
            body["acceptance"] = self.acceptance.json
        return canonical.dumps(body) + b"\n"

    @property
    def bundle(self) -> str:
        """Digest of the bundle, 64 hex digits."""
        return self.offer.fields["bundle sha256"]

    @property
    def size(self) -> int:
        """Entries of the log in the bundle."""
        return int(self.offer.fields["log entries"])


def write_text(kind: tuple[str, ...], fields: dict[str, str]) -> str:
    """Return the text of one side: a heading, and a line for each label, in their order.

    Raises
    ------
    BadInput
        When a value is not one plain line.
    """
    said = {**fields, **_SAID[kind]}
    lines = [f"{label}: {one_line(said[label], label, _LINE)}" for label in kind]
    return "\n".join([HEAD, *lines, ""])


def offer_hashes(offer: Half) -> dict[str, str]:
    """Return what an acceptance says of the offer: who, what, and the digests of both its parts."""
    signature = hashlib.sha256(bytes(offer.signature)).hexdigest()
    return {
        "giver": offer.fields["giver"],
        "receiver": offer.fields["receiver"],
        "bundle sha256": offer.fields["bundle sha256"],
        "offer sha256": hashlib.sha256(offer.text.encode()).hexdigest(),
        "giver's signature sha256": signature,
        "giver's key": offer.key.fingerprint,
    }


def signed_half(kind: tuple[str, ...], text: str, signature: SshSignature) -> Half:
    """Return one side after reading its text and checking its signature.

    Raises
    ------
    BadInput
        When the text is not of this kind, in its one form.
    VerificationFailed
        When the signature is not over it.
    """
    half = Half(text, _fields(kind, text), signature)
    signature.verify(text.encode(), NAMESPACE)
    return half


def read_document(data: bytes) -> Document:
    """Read a document and check everything that it holds in itself.

    Raises
    ------
    BadInput
        When it is no such document, or not in its one form.
    VerificationFailed
        When a signature is wrong, the acceptance is of another offer, or one key signed both.
    """
    what = "that is no document of a transfer"
    if len(data) > MAX_BYTES:
        raise BadInput(what, why=f"more than {MAX_BYTES} bytes")
    try:
        body = canonical.loads(data.removesuffix(b"\n"))
    except BadInput as error:
        raise BadInput(
            what, why=str(error), hint="give the file that `firsthand transfer` wrote, unchanged"
        ) from error
    wanted = {"format", "offer"}
    if not isinstance(body, dict) or not wanted <= set(body) <= wanted | {"acceptance"}:
        raise BadInput(what, why="it lacks a part, or has one too many")
    if body["format"] != FORMAT:
        raise BadInput(what, why="another format", hint=f"this version knows {FORMAT}")
    offer = _half(OFFER, body["offer"], "offer")
    accepted = body.get("acceptance")
    if accepted is None:
        document = Document(offer)
    else:
        document = Document(offer, _half(ACCEPTANCE, accepted, "acceptance"))
        check_pair(document)
    if bytes(document) != data:
        raise BadInput(what, why="the same content in other bytes")
    return document


def check_pair(document: Document) -> None:
    """Check that the acceptance is of this offer, and by somebody else's key.

    Raises
    ------
    VerificationFailed
        When it is not.
    """
    acceptance = document.acceptance
    if acceptance is None:
        return
    for label, value in offer_hashes(document.offer).items():
        if acceptance.fields[label] != value:
            raise VerificationFailed(
                "the acceptance is not of this offer", why=f"{label!r} is another"
            )
    if acceptance.key == document.offer.key:
        raise VerificationFailed(
            "giver and receiver signed with one key",
            why="so one side alone could have made both signatures",
        )


def _half(kind: tuple[str, ...], body: Json, name: str) -> Half:
    what = f"the {name} in the document cannot be read"
    if not isinstance(body, dict) or set(body) != {"key", "signature", "text"}:
        raise BadInput(what, why="not text, key and signature")
    if not all(isinstance(value, str) for value in body.values()):
        raise BadInput(what, why="not text, key and signature")
    signature = SshSignature.parse(body["signature"].encode())
    if str(signature.key) != body["key"]:
        raise VerificationFailed(what, why="the key beside the signature is not the one in it")
    return signed_half(kind, body["text"], signature)


def _fields(kind: tuple[str, ...], text: str) -> dict[str, str]:
    what = "the text of the transfer is not in its one form"
    lines = text.split("\n")
    if len(lines) != len(kind) + 2 or lines[0] != HEAD or lines[-1]:
        raise BadInput(what, why=f"not {len(kind) + 1} lines that begin with {HEAD!r}")
    fields: dict[str, str] = {}
    for label, line in zip(kind, lines[1:], strict=False):
        start, colon, value = line.partition(": ")
        if start != label or not colon:
            raise BadInput(what, why=f"the line {label!r} is missing")
        fields[label] = value
    if write_text(kind, fields) != text:
        raise BadInput(what, why="a line has other words or blanks than it should")
    for label in ("bundle sha256", "log root", "offer sha256", "giver's signature sha256"):
        value = fields.get(label, "0" * 64)
        if len(value) != 64 or set(value) - set("0123456789abcdef"):
            raise BadInput(what, why=f"{label!r} is not 64 hex digits")
    for label in ("log entries", "bundle bytes"):
        value = fields.get(label, "0")
        if (
            not value.isascii()
            or not value.isdigit()
            or len(value) > 15
            or str(int(value)) != value
        ):
            raise BadInput(what, why=f"{label!r} is no plain number")
    return fields
