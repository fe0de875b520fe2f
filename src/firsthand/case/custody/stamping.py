"""Time stamps on the checkpoints of a case: asked for, answered, refused, still pending.

Asking is an entry, so a request that no network carries today is on record and can travel by USB.
An answer is another entry that names the token's bytes: bytes that nobody could know before, so
they also bound from below when every later entry was made.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from firsthand.case.batch import Batch
from firsthand.case.case import Case
from firsthand.case.custody.objects import keep_bytes
from firsthand.case.custody.places import put_copy
from firsthand.case.custody.reading import Reading, answers, read_answer
from firsthand.case.custody.reading_ots import read_proof_of
from firsthand.case.custody.stamp_records import (
    Recorded,
    open_requests,
    policy_of,
    stamps,
    unconfirmed,
)
from firsthand.model.codec import from_json
from firsthand.model.custody import Authority, Policy, Stamp
from firsthand.model.errors import BadInput
from firsthand.model.nouns import content_id
from firsthand.model.values import digest_bytes
from firsthand.model.vocabulary import StampKind, StampState
from firsthand.tlog import rfc3161
from firsthand.tlog.bitcoin import Header

QUIET = frozenset(("stamp", "clock", "cosignature", "signature"))
"""Entries after a stamped checkpoint that alone do not make it worth stamping again."""


# --- asking -------------------------------------------------------------------------------------


def ask(case: Case, *, by: str | None = None) -> list[Stamp]:
    """Record a request to each authority of the policy that has not been asked for what is there.

    What is stamped is the checkpoint as it is before the requests are recorded.

    Raises
    ------
    BadInput
        When the policy names no authority, or one of kind RFC 3161 without root certificates.
    """
    wanted = policy_of(case).authorities
    if not wanted:
        raise BadInput(
            "nobody is asked for time stamps",
            why="the policy of the case names no authority",
            hint="name two that have nothing to do with one another: "
            "firsthand stamp authority CASE NAME --url URL --roots roots.pem",
        )
    made: list[Stamp] = []
    checkpoint = b""
    with case.batch(by=by) as batch:
        known = stamps(case)
        wanted = tuple(each for each in wanted if not _asked(case, known, each))
        for each in wanted:
            _roots(case, each)
        if wanted:
            checkpoint = case.files.read(case.root / "log" / "checkpoint")
            made = [_request(batch, each, checkpoint) for each in wanted]
    for stamp in made:
        put_copy(case, stamp.size, "checkpoint", checkpoint)
        if stamp.request is not None:
            request = case.blobs.get(stamp.request)
            put_copy(case, stamp.size, f"{stamp.authority}.tsq", request)
    return made


def _asked(case: Case, known: list[Recorded], authority: Authority) -> bool:
    sizes = [
        r.stamp.size
        for r in known
        if (r.stamp.authority, r.stamp.kind) == (authority.name, authority.kind)
    ]
    return bool(sizes) and all(e.kind in QUIET for e in case.ledger.entries(max(sizes)))


def _request(batch: Batch, authority: Authority, checkpoint: bytes) -> Stamp:
    head = batch.case.log.checkpoint()  # the lock is held: it is these bytes
    request = None
    if authority.kind is StampKind.RFC3161:
        request = keep_bytes(batch, rfc3161.new_request(checkpoint))
    return _append(
        batch,
        Stamp(
            id="",
            state=StampState.REQUESTED,
            kind=authority.kind,
            authority=authority.name,
            size=head.size,
            root=head.root.hex(),
            checkpoint=keep_bytes(batch, checkpoint),
            request=request,
        ),
    )


def _append(batch: Batch, stamp: Stamp) -> Stamp:
    stamp = dataclasses.replace(stamp, id=content_id("stamp", stamp))
    named = (stamp.checkpoint, stamp.request, stamp.token)
    batch.noun("stamp", stamp, objects=[digest for digest in named if digest is not None])
    return stamp


def _roots(case: Case, authority: Authority) -> bytes:
    if authority.kind is not StampKind.RFC3161:
        return b""
    if authority.roots is None:
        raise BadInput(
            f"what {authority.name} answers cannot be judged",
            why="its root certificates are not in the policy",
            hint=f"get them from its own site, then: firsthand stamp authority CASE "
            f"{authority.name} --url URL --roots roots.pem",
        )
    return case.blobs.get(authority.roots)


def authority_named(case: Case, name: str, kind: StampKind) -> Authority:
    """Return an authority as the newest policy that names it says, even if it was removed since.

    Raises
    ------
    BadInput
        When no policy named it.
    """
    elsewhere = case.catalog.merged()
    for noun in reversed(case.catalog.nouns("policy", current=False)):
        if noun.entry in elsewhere:
            continue
        for each in from_json(Policy, noun.data).authorities:
            if (each.name, each.kind) == (name, kind):
                return each
    raise BadInput(
        f"no policy of this case names the authority {name}",
        hint="name it again with `firsthand stamp authority`",
    )


# --- taking answers -------------------------------------------------------------------------------


def take(
    case: Case,
    asked: Recorded,
    answer: bytes,
    *,
    by: str | None = None,
) -> Stamp:
    """Judge an answer to a request and record it with the verdict of each reader.

    Whatever came is kept as it came, refused or not. Bytes that are on record for this request
    add nothing. A later OpenTimestamps proof, which may say more, follows the one before.

    Raises
    ------
    BadInput
        When the request has another answer already that was accepted (RFC 3161).
    """
    before = asked.stamp
    for known in stamps(case):
        mine = (known.stamp.authority, known.stamp.kind) == (before.authority, before.kind)
        if not mine or known.stamp.checkpoint != before.checkpoint:
            continue
        if known.stamp.request != before.request or known.stamp.state is StampState.REQUESTED:
            continue
        if known.stamp.token == digest_bytes(answer):
            return known.stamp
        if known.stamp.state is not StampState.RECEIVED:
            continue
        if before.kind is StampKind.RFC3161:
            raise BadInput(
                f"the request to {before.authority} has its answer already",
                why=f"entry {known.entry} names it, and its bytes are others",
                hint="nothing needs to be done; parts of a token that no signature covers can be "
                "changed by anybody, so the bytes on record are those that count",
            )
        before = known.stamp
    return _record(case, before, answer, _read(case, before, answer, {}), by)


def _read(case: Case, stamp: Stamp, answer: bytes, headers: Mapping[bytes, Header]) -> _Judged:
    if stamp.kind is StampKind.OPENTIMESTAMPS:
        digest = hashlib.sha256(case.blobs.get(stamp.checkpoint)).digest()
        proof = read_proof_of(digest, answer, headers)
        return _Judged(proof.state, proof.readers, proof.time_ms, proof.accuracy_ms, proof.why)
    assert stamp.request is not None  # every request of this kind has one
    roots = _roots(case, authority_named(case, stamp.authority, stamp.kind))
    found: Reading = read_answer(case.blobs.get(stamp.request), answer, roots)
    token = found.token
    if token is None:
        return _Judged(found.state, found.readers, why=found.why)
    return _Judged(found.state, found.readers, token.time_ms, token.accuracy_ms, found.why)


@dataclass(frozen=True, slots=True)
class _Judged:
    state: StampState
    readers: list[dict[str, str]]
    time_ms: int | None = None
    accuracy_ms: int | None = None
    why: str | None = None


def _record(case: Case, asked: Stamp, answer: bytes, judged: _Judged, by: str | None) -> Stamp:
    with case.batch(by=by) as batch:
        stamp = _append(
            batch,
            dataclasses.replace(
                asked,
                state=judged.state,
                token=keep_bytes(batch, answer),
                time_ms=judged.time_ms,
                accuracy_ms=judged.accuracy_ms,
                readers=judged.readers,
                why=judged.why,
                after=asked.id,
            ),
        )
    if stamp.state is StampState.RECEIVED:
        suffix = ".ots" if stamp.kind is StampKind.OPENTIMESTAMPS else ".tsr"
        put_copy(case, stamp.size, stamp.authority + suffix, answer)
    return stamp


def match(case: Case, answer: bytes) -> Recorded:
    """Find the request that an answer belongs to: by nonce and digest, or as the only one open.

    Raises
    ------
    BadInput
        When it answers nothing that this case asked, or it cannot be told which of several.
    """
    known = [r for r in stamps(case) if r.stamp.state is StampState.REQUESTED]
    fits = [r for r in known if _fits(case, r.stamp, answer)]
    if not fits:
        fits = [r for r in known if r in open_requests(case) and _same_kind(r.stamp, answer)]
        if len(fits) != 1:
            raise BadInput(
                "this answers no request of the case",
                why="no request has its nonce and digest",
                hint="`firsthand stamp CASE --pending` lists what is waited for",
            )
    still = [r for r in fits if r in open_requests(case)]
    return (still or fits)[0]


def _fits(case: Case, stamp: Stamp, answer: bytes) -> bool:
    if stamp.kind is StampKind.RFC3161:
        return stamp.request is not None and answers(case.blobs.get(stamp.request), answer)
    digest = hashlib.sha256(case.blobs.get(stamp.checkpoint)).digest()
    return read_proof_of(digest, answer, {}).state is StampState.RECEIVED


def _same_kind(stamp: Stamp, answer: bytes) -> bool:
    is_der = answer[:1] == b"\x30"
    return is_der == (stamp.kind is StampKind.RFC3161)


def confirm(
    case: Case,
    headers: Mapping[bytes, Header],
    *,
    by: str | None = None,
    better: Callable[[Stamp, bytes], bytes] | None = None,
) -> list[Stamp]:
    """Judge the unconfirmed proofs again: as ``better`` completes them, and with block headers.

    What says no more than before is not recorded again.
    """
    found = []
    for each in unconfirmed(case):
        assert each.stamp.token is not None
        old = case.blobs.get(each.stamp.token)
        new = better(each.stamp, old) if better else old
        judged = _read(case, each.stamp, new, headers)
        if judged.state is StampState.RECEIVED and (new != old or judged.time_ms is not None):
            found.append(_record(case, each.stamp, new, judged, by))
    return found
