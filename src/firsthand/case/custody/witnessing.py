"""A case and its witnesses: what is asked of them, and what they signed.

Requests and answers are small texts, so they travel by file, on a stick or in a mail.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from firsthand.case.case import Case
from firsthand.case.custody.objects import keep_bytes
from firsthand.case.custody.places import put_copy
from firsthand.case.custody.policy import current, witness_keys
from firsthand.model.canonical import MAX_INTEGER
from firsthand.model.codec import from_json
from firsthand.model.custody import Cosignature
from firsthand.model.errors import BadInput, NotFound, VerificationFailed
from firsthand.model.nouns import content_id
from firsthand.tlog import (
    SignedCheckpoint,
    TileHashes,
    VerifierKey,
    consistency_proof,
    verify_consistency,
)
from firsthand.tlog.cosignature import WitnessKey, cosigners
from firsthand.tlog.note import Note
from firsthand.tlog.witness import Pair, Request, fork_evidence


@dataclass(frozen=True, slots=True)
class Seen:
    """A cosignature that the case holds, with the entry that brought it."""

    entry: int
    noun: Cosignature
    key: WitnessKey
    note: Note


def cosignatures(case: Case) -> list[Seen]:
    """Return the cosignatures of the case in order, each checked again.

    Raises
    ------
    VerificationFailed
        When one is not what its entry says.
    """
    merged = case.catalog.merged()
    found = []
    for noun in case.catalog.nouns("cosignature"):
        if noun.entry in merged:
            continue
        body = from_json(Cosignature, noun.data)
        key = WitnessKey.parse(body.witness)
        signed = SignedCheckpoint.parse(case.blobs.get(body.cosigned))
        checkpoint = case.log.keys.chain(case.log.size()).verify(signed)
        times = cosigners(signed.note, [key])
        if (checkpoint.size, checkpoint.root.hex()) != (body.size, body.root) or key not in times:
            raise VerificationFailed(
                f"the cosignature of entry {noun.entry} is not what the entry says",
                hint="run `firsthand verify`",
            )
        found.append(Seen(noun.entry, body, key, signed.note))
    return found


def find_witness(case: Case, name: str) -> WitnessKey:
    """Return the witness of the policy, or of a cosignature, with this name or key.

    Raises
    ------
    NotFound
        When there is none, or more than one.
    """
    keys = dict.fromkeys(witness_keys(current(case)))
    keys |= dict.fromkeys(seen.key for seen in cosignatures(case))
    hits = [key for key in keys if name in (key.name, str(key))]
    if len(hits) != 1:
        raise NotFound(
            f"no single witness is called {name[:80]}",
            why=f"{len(hits)} fit",
            hint="`firsthand witness policy CASE --witness VKEY` adds one; --old N asks anybody",
        )
    return hits[0]


def last_size(case: Case, key: WitnessKey) -> int:
    """Return the largest size that a witness signed, as far as the case knows; 0 for none."""
    return max((seen.noun.size for seen in cosignatures(case) if seen.key == key), default=0)


def request(case: Case, old: int) -> bytes:
    """Return the request to sign the log as it is now, for a witness that knows ``old`` entries.

    Raises
    ------
    BadInput
        When the log has not so many entries.
    VerificationFailed
        When the log on disk is not the one that was signed.
    """
    signed = SignedCheckpoint.parse((case.root / "log" / "checkpoint").read_bytes())
    head = case.log.keys.chain(signed.checkpoint.size).verify(signed)
    if not 0 <= old <= head.size:
        raise BadInput("no such request", why=f"the log has {head.size} entries, not {old}")
    hashes = TileHashes(head.size, case.log.read_tile)
    proof = consistency_proof(hashes.range_hash, old, head.size) if old else []
    if old:
        verify_consistency(old, head.size, proof, hashes.range_hash(0, old), head.root)
    return bytes(Request(old, tuple(proof), signed))


def take(
    case: Case, data: bytes, *, keys: tuple[WitnessKey, ...] = (), by: str | None = None
) -> list[Cosignature]:
    """Check a cosigned checkpoint and record each witness's line that is new.

    ``keys``: witnesses to look for besides those of the policy.

    Raises
    ------
    BadInput
        When it is no cosigned checkpoint, or no known witness signed it.
    VerificationFailed
        When a signature is wrong, or the log has not, and never had, that root at that size.
    """
    signed = SignedCheckpoint.parse(data)
    log_key = case.log.keys.chain(case.log.size()).key_for(signed.checkpoint.size)
    checkpoint = case.log.keys.chain(case.log.size()).verify(signed)
    _check_ours(case, checkpoint.size, checkpoint.root)
    known = tuple(dict.fromkeys((*witness_keys(current(case)), *keys)))
    times = cosigners(signed.note, known)
    if not times:
        raise BadInput(
            "no known witness signed this",
            why=", ".join(repr(line.name) for line in signed.note.signatures),
            hint="add the witness with `firsthand witness policy CASE --witness VKEY`, or give "
            "--key VKEY",
        )
    [own, *_] = [s for s in signed.note.signatures if s.key_id == log_key.key_id]
    made = []
    with case.batch(by=by) as batch:
        for key, seconds in times.items():
            if seconds * 1000 > MAX_INTEGER:
                raise BadInput("the cosignature cannot be recorded", why="its time is too far off")
            [line, *_] = [
                s
                for s in signed.note.signatures
                if (s.name, s.key_id) == (key.name, key.key_id)
                and int.from_bytes(s.signature[:8], "big") == seconds
            ]
            note = bytes(Note(signed.note.text, (own, line)))
            digest = keep_bytes(batch, note)
            noun = Cosignature(
                id="",
                witness=str(key),
                size=checkpoint.size,
                root=checkpoint.root.hex(),
                cosigned=digest,
                time_ms=seconds * 1000,
            )
            noun = dataclasses.replace(noun, id=content_id("cosignature", noun))
            if batch.noun("cosignature", noun, objects=[digest]):
                made.append((noun, note, key))
    for noun, note, key in made:
        put_copy(case, noun.size, f"{key.name}.cosig", note)
    return [noun for noun, _, _ in made]


def _check_ours(case: Case, size: int, root: bytes) -> None:
    """Check that the log as it is now begins with a tree, by proof and not by its tiles' word."""
    head = case.log.checkpoint()
    what = "the checkpoint is not of the past of this log"
    hint = "this is how a second history shows; compare with `firsthand witness compare`"
    if not 0 < size <= head.size:
        raise VerificationFailed(what, why=f"{size} entries, the log has {head.size}", hint=hint)
    hashes = TileHashes(head.size, case.log.read_tile)
    try:
        proof = consistency_proof(hashes.range_hash, size, head.size)
        verify_consistency(size, head.size, proof, root, head.root)
    except VerificationFailed as error:
        raise VerificationFailed(what, why=str(error), hint=hint) from error


def compare_signed(
    one: bytes, two: bytes, keys: Sequence[VerifierKey], case: Case | None = None
) -> Pair:
    """Compare two signed checkpoints, with the keys and, for two sizes, the proof of a case.

    Raises
    ------
    BadInput
        When one is not a signed checkpoint.
    VerificationFailed
        When no key of the log signed one of them.
    """
    proof: list[bytes] | None = None
    known = tuple(keys)
    if case is not None:
        size = case.log.size()
        known += tuple(key for _, key in case.log.keys.chain(size).keys)
        sizes = sorted(SignedCheckpoint.parse(data).checkpoint.size for data in (one, two))
        if 0 < sizes[0] < sizes[1] <= size:
            hashes = TileHashes(size, case.log.read_tile)
            proof = consistency_proof(hashes.range_hash, *sizes)
    return fork_evidence(one, two, known, proof)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which witnesses of the policy signed, and up to which size the quorum is met."""

    quorum: int
    witnesses: tuple[WitnessKey, ...]
    sizes: dict[WitnessKey, list[tuple[int, int]]]
    covered: int | None


def coverage(case: Case) -> Coverage:
    """Return per witness of the policy the sizes signed and when [ms], and the size covered.

    A witness that signed a larger tree covers all smaller ones, so the quorum is met up to the
    quorum-th largest of the sizes that each witness reached. None without a quorum.
    """
    policy = current(case)
    witnesses, quorum = witness_keys(policy), policy.quorum if policy else 0
    sizes: dict[WitnessKey, list[tuple[int, int]]] = {key: [] for key in witnesses}
    for seen in cosignatures(case):
        sizes.setdefault(seen.key, []).append((seen.noun.size, seen.noun.time_ms))
    reached = sorted(
        (max((s for s, _ in sizes[key]), default=0) for key in witnesses), reverse=True
    )
    return Coverage(quorum, witnesses, sizes, reached[quorum - 1] if quorum else None)
