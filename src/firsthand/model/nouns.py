"""The nouns of a case, as frozen records. No other module defines a domain noun.

Ids of things found or said are digests of their content; ids of actors and events are chosen by
people, and a later entry with the same id replaces the earlier one while both stay in the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass

from firsthand.model.canonical import Json, digest_of
from firsthand.model.codec import to_json
from firsthand.model.values import Digest, Interval, Span
from firsthand.model.vocabulary import (
    ActorType,
    Attribution,
    Basis,
    Hedge,
    Importance,
    NoteKind,
    Polarity,
    Question,
    Relation,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseInfo:
    """Entry 0: what the investigation is and which key signs its log."""

    title: str
    origin: str
    vkey: str
    format: str
    tool: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """Bytes preserved. What they show is never part of it."""

    digest: Digest
    size: int
    media_type: str
    derived_from: Digest | None = None
    derivation: str | None = None

    @property
    def id(self) -> str:
        """The digest of the bytes."""
        return self.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A time as a source wrote it, and what it bounds.

    ``text`` is kept as it stands (with its zone); ``bounds`` is the UTC interval that it allows.
    """

    text: str
    bounds: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A relation of a sighting to another (reply, repost, quote, edit, forward)."""

    rel: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """That an exhibit or text was seen at an address, from an account, at a time.

    ``ref`` is the post id, the normalised URL or the path in an archive. ``text`` is the digest of
    the text exhibit. ``shows`` names events that a person says the seen media shows.
    ``known_through`` is the exhibit that tells of a sighting that nobody here saw.
    """

    id: str
    platform: str
    ref: str
    url: str | None = None
    account: str | None = None
    published: Written | None = None
    exhibits: tuple[Digest, ...] = ()
    text: Digest | None = None
    title: str | None = None
    lang: str | None = None
    shows: tuple[str, ...] = ()
    known_through: Digest | None = None
    links: tuple[Link, ...] = ()
    removed: Written | None = None
    remark: str | None = None


def sighting_id(
    platform: str,
    ref: str,
    account: str | None,
    published: str | None,
    exhibits: tuple[Digest, ...],
    text: Digest | None,
) -> str:
    """Return the identity of a sighting; meeting it again adds a collection record only."""
    parts: Json = [platform, ref, account, published, sorted(exhibits), text]
    return "sighting:" + digest_of(parts).removeprefix("sha256:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that a source mentions and the case does not hold, with the reason."""

    id: str
    what: str
    reason: str
    mentioned_in: str | None = None
    ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who speaks or acts. ``party``: has a side in the conflict. ``part_of``: larger body."""

    id: str
    name: str
    type: ActorType
    aliases: tuple[str, ...] = ()
    party: bool = False
    interest: str | None = None
    part_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What questions are about. ``after``/``before`` name dated events that bound this one."""

    id: str
    label: str
    when: Written | None = None
    places: tuple[str, ...] = ()
    part_of: str | None = None
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLink:
    """How a claim refers to another claim (by its id)."""

    rel: Relation
    claim: str
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An attributed statement, accepted or entered by a person.

    Attributes
    ----------
    source_chain
        Outermost speaker first, ultimate source last: actor ids or surface forms.
    exhibit, span, quote
        Where it stands: text exhibit, code points ``[start, end)``, and the very words.
    sighting
        The sighting in which the statement was published; its time is the claim's.
    basis
        What the ultimate source rests it on; relays rest on what they cite.
    """

    id: str
    question: Question
    event: str
    value: Json
    polarity: Polarity
    hedge: Hedge
    attribution: Attribution
    source_chain: tuple[str, ...]
    exhibit: Digest
    span: Span
    quote: str
    cue: str | None = None
    importance: Importance = Importance.CORE
    sighting: str | None = None
    basis: Basis | None = None
    links: tuple[ClaimLink, ...] = ()
    label: str | None = None
    lang: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a person drew or entered on an exhibit."""

    id: str
    exhibit: Digest
    kind: str
    value: Json
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Why something matters, in a person's words. ``kind``: what the note is for."""

    id: str
    subject: str
    text: str
    kind: NoteKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """That a person put a label on something, or took it off (``removed``).

    The newest act on the same subject and label holds; ``after`` is the one before it, so that
    tagging, taking off and tagging again are three acts. Nothing is deleted.
    """

    id: str
    subject: str
    label: str
    removed: bool = False
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """A text in another language, with whoever or whatever translated it.

    ``subject`` is a text exhibit or a sighting. ``translator`` is a person, or a tool with its
    version where ``machine`` says so. A translation is never a source: quotes are of the original.
    """

    id: str
    subject: str
    text: str
    lang_to: str
    translator: str
    machine: bool = False
    lang_from: str | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRecord:
    """A search that a person wants on record: in the case (``where`` is "case"), or elsewhere.

    What a person looked at is never part of it. ``at`` is the person's own statement of when, for
    searches made elsewhere. ``name`` saves the query under a name; the newest of a name holds.
    ``after`` is the search recorded before, so that the same search on two days is two records.
    """

    id: str
    where: str
    query: str
    filters: Json = None
    at: Written | None = None
    found: int | None = None
    why: str | None = None
    name: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """That the case was copied to a second place, called ``name``, as far as ``size`` entries."""

    name: str
    size: int
    root: str
    objects: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """That another case was taken in as far as ``size`` entries of its log.

    ``history`` is the exhibit that keeps its log, openings and stamps as they were; ``counts`` and
    ``conflicts`` say what came of it. ``state`` is "objects" for a part that only brings objects.
    """

    origin: str
    vkey: str
    size: int
    root: str
    history: Digest
    state: str
    counts: Json = None
    conflicts: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of one method. ``inputs`` are sorted references to immutable content."""

    id: str
    method: str
    version: str
    params: Json
    unit: str
    inputs: tuple[str, ...]
    models: tuple[Digest, ...] = ()
    status: str = "done"
    reason: str | None = None
    rows: Digest | None = None
    count: int = 0
    environment: Json = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One machine output of a Run. It can never carry a person's verdict."""

    id: str
    key: str
    kind: str
    subjects: tuple[str, ...]
    value: Json
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A person's named, reasoned act on a finding (by key) or a claim (by id).

    ``value_digest`` is what was judged; ``value`` is the correction, if any; ``after`` is the act
    on the same target before this one, so that doing, undoing and doing again are three acts.
    """

    id: str
    target: str
    value_digest: str
    verdict: str
    why: str
    value: Json = None
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A bounded answer. ``kind`` is time, area or count; bounds are in the units of the kind."""

    kind: str
    bounds: Json
    method: str
    level: str
    assumptions: tuple[str, ...] = ()


def content_id(prefix: str, noun: object) -> str:
    """Return ``prefix:<hex>`` of everything in a noun but its own id."""
    body = to_json(noun)
    body.pop("id", None)
    return f"{prefix}:" + digest_of(body).removeprefix("sha256:")


def finding_key(kind: str, subjects: tuple[str, ...]) -> str:
    """Return the key under which a newer run replaces an older finding."""
    parts: Json = [kind, sorted(subjects)]
    return "key:" + digest_of(parts).removeprefix("sha256:")
