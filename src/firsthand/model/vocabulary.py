"""Closed vocabularies of claims; plug-ins extend them, nothing changes them silently."""

from __future__ import annotations

from enum import StrEnum


class Question(StrEnum):
    """What a claim is about."""

    ACT = "act"
    METHOD = "method"
    WHEN = "when"
    WHERE = "where"
    VICTIM_STATUS = "victim_status"
    PERPETRATOR = "perpetrator"
    COUNT = "count"
    MOTIVE = "motive"
    AUTHENTICITY = "authenticity"
    PROVENANCE = "provenance"
    CONTEXT = "context"


class Polarity(StrEnum):
    """Whether the speaker asserts, denies, or leaves the proposition open."""

    ASSERTS = "asserts"
    DENIES = "denies"
    OPEN = "open"


class Hedge(StrEnum):
    """How surely the speaker says it, strongest first."""

    CONFIRMED = "confirmed"
    ASSERTED = "asserted"
    PROBABLE = "probable"
    POSSIBLE = "possible"
    OPEN = "open"


class Attribution(StrEnum):
    """How the text gives the words to a source."""

    OWN_VOICE = "own_voice"
    DIRECT_QUOTE = "direct_quote"
    INDIRECT = "indirect"
    PASSIVE_UNSOURCED = "passive_unsourced"
    MEDIA_CONTENT = "media_content"
    CAPTION = "caption"


class Importance(StrEnum):
    """Whether a claim carries the story or stands beside it."""

    CORE = "core"
    MINOR = "minor"


class Basis(StrEnum):
    """What a statement rests on.

    ``claim``: said, nothing shown. ``analysis``: derived from examined material.
    ``report``: a record or account of the source's own. ``relay``: passed on from another.
    """

    CLAIM = "claim"
    ANALYSIS = "analysis"
    REPORT = "report"
    RELAY = "relay"


class Relation(StrEnum):
    """How one claim refers to another, in the words of the source or by a person's judgement."""

    CITES = "cites"
    COPIES = "copies"
    SUPERSEDES = "supersedes"
    PART_OF = "part_of"
    ADDS_TO = "adds_to"
    RETRACTS = "retracts"


class Verdict(StrEnum):
    """A person's act on a finding or claim."""

    ACCEPT = "accept"
    REJECT = "reject"
    CORRECT = "correct"
    SPLIT = "split"
    MERGE = "merge"


class NoteKind(StrEnum):
    """What a note is for: ``relevance`` says why an item belongs in the case."""

    RELEVANCE = "relevance"


class ActorType(StrEnum):
    """Kinds of actors."""

    OUTLET = "outlet"
    ACCOUNT = "account"
    AGENCY = "agency"
    OFFICE = "office"
    PERSON = "person"
    GROUP = "group"
    DEVICE = "device"


class StampKind(StrEnum):
    """What kind of time stamp an authority gives."""

    RFC3161 = "rfc3161"
    OPENTIMESTAMPS = "opentimestamps"


class StampState(StrEnum):
    """How far a time stamp has come; ``refused`` is an answer that no reader here accepts."""

    REQUESTED = "requested"
    RECEIVED = "received"
    REFUSED = "refused"


class KeyRole(StrEnum):
    """What a key is for."""

    LOG = "log"
    EXPORT = "export"
    PERSON = "person"
    WITNESS = "witness"


class KeyState(StrEnum):
    """What an entry says of a key: ``rotated`` takes the place of another, which ends there."""

    ADDED = "added"
    ROTATED = "rotated"
    REVOKED = "revoked"


class Release(StrEnum):
    """What a person may let go into a public bundle."""

    QUOTE = "quote"
    NAME = "name"
    TEXT = "text"
    MEDIUM = "medium"
    TITLE = "title"
