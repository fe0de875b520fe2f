"""Nouns of custody: what makes a ledger hard to rewrite, and who had the case when.

They are records of acts and of what others signed. That a record says so proves nothing by itself;
what is proved is what the signed bytes that it names prove to whoever trusts their signer.
"""

from __future__ import annotations

from dataclasses import dataclass

from firsthand.model.canonical import Json
from firsthand.model.values import Digest
from firsthand.model.vocabulary import KeyRole, KeyState, Release, StampKind, StampState


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A time-stamping service of a policy; ``roots`` is an object with its root certificates."""

    name: str
    kind: StampKind
    url: str | None = None
    roots: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What this case asks of others: ``stamps`` authorities and ``quorum`` witnesses.

    The newest holds. It is the owner's choice, so a verifier may trust others, or fewer.
    """

    id: str
    authorities: tuple[Authority, ...] = ()
    stamps: int = 0
    witnesses: tuple[str, ...] = ()
    quorum: int = 0
    why: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A time stamp on the checkpoint of ``size`` entries: asked for, received, or refused.

    ``checkpoint`` is the object with the very bytes that are stamped (a signed checkpoint),
    ``request`` the RFC 3161 request, ``token`` the answer as it came (``.tsr`` or ``.ots``).
    """

    id: str
    state: StampState
    kind: StampKind
    authority: str
    size: int
    root: str
    checkpoint: Digest
    request: Digest | None = None
    token: Digest | None = None
    time_ms: int | None = None
    accuracy_ms: int | None = None
    readers: Json = None
    why: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosignature:
    """That a witness signed the checkpoint of ``size`` entries at ``time_ms`` by its clock.

    ``cosigned`` is the object with the checkpoint, the log's signature and the witness's line.
    """

    id: str
    witness: str
    size: int
    root: str
    cosigned: Digest
    time_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSignature:
    """That a person signed the checkpoint of ``size`` entries with an OpenSSH key.

    ``checkpoint`` is the object that was signed, ``signature`` the armoured SSH signature.
    """

    id: str
    person: str
    key: str
    size: int
    root: str
    checkpoint: Digest
    signature: Digest
    namespace: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """A key and for which sizes of the log it counts; ``key`` is a vkey or an OpenSSH key.

    Of a log key that replaces another, ``endorsement`` is the object with the note that both
    signed.
    """

    id: str
    role: KeyRole
    state: KeyState
    name: str
    key: str
    valid_from: int
    valid_to: int | None = None
    replaces: str | None = None
    endorsement: Digest | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockJump:
    """That the machine's clock went back, or moved otherwise than time that was measured.

    ``before_ms`` is what it said at the entry or moment before, ``now_ms`` what it says now,
    ``elapsed_ms`` what a clock that cannot be set measured between, where there is one.
    """

    id: str
    before_ms: int
    now_ms: int
    elapsed_ms: int | None = None
    before_entry: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrub:
    """That part of the bytes were read again: ``part`` of ``of`` parts, or the whole log."""

    id: str
    what: str
    part: int
    of: int
    objects: int
    bytes: int
    wrong: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """That damaged parts were replaced from a second copy called ``source``."""

    id: str
    source: str
    repaired: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """That a person lets part of the case go into public bundles, or takes that back.

    ``what`` of ``subject``: the quote of a claim, the name or handle of an actor or account, the
    text of a sighting, a stripped copy of a medium. The newest act on the same pair holds.
    """

    id: str
    subject: str
    what: Release
    why: str
    withdrawn: bool = False
    copy: Digest | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """That a person keeps something out of every bundle but ``full``, or takes that back."""

    id: str
    subject: str
    why: str
    lifted: bool = False
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """That a bundle went from one person to another; ``document`` is what both signed."""

    id: str
    state: str
    giver: str
    receiver: str
    bundle: Digest
    document: Digest
    size: int
    purpose: str | None = None
