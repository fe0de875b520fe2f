"""Proof files: one entry, its way to the root, and the checkpoint that most witnesses signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from firsthand.case.case import Case
from firsthand.case.custody.policy import current, witness_keys
from firsthand.case.custody.witnessing import Seen, cosignatures
from firsthand.model.errors import BadInput, CouldNotCheck, NotFound, VerificationFailed
from firsthand.tlog import (
    Checkpoint,
    LogProof,
    SignedCheckpoint,
    TileHashes,
    VerifierKey,
    inclusion_proof,
)
from firsthand.tlog.cosignature import WitnessKey, cosigners
from firsthand.tlog.note import Note, NoteSignature


@dataclass(frozen=True, slots=True)
class Proved:
    """A proof, the entry that it is about, and the witnesses whose lines it carries."""

    proof: LogProof
    entry: bytes
    key: VerifierKey
    witnesses: tuple[WitnessKey, ...]


def prove(case: Case, index: int, *, cosigned: bool = False) -> Proved:
    """Prove that an entry is in the log, under the checkpoint with the most witnesses' lines.

    Of several the smallest tree is taken: it was signed earliest. Without any, the checkpoint as it
    is now, which only says what the log's own key says. ``cosigned``: rather fail then.

    Raises
    ------
    NotFound
        When the log has no such entry.
    CouldNotCheck
        When no witness covers the entry, and ``cosigned`` asks for one.
    VerificationFailed
        When the log on disk is not the one that was signed.
    """
    head = SignedCheckpoint.parse((case.root / "log" / "checkpoint").read_bytes())
    chain = case.log.keys.chain(head.checkpoint.size)
    size = chain.verify(head).size
    if not 0 <= index < size:
        raise NotFound(f"the log has no entry {index}", why=f"it has {size}")
    signed, witnesses = _best(case, index)
    if signed is None and cosigned:
        raise CouldNotCheck(
            f"no outside checkpoint covers entry {index}",
            hint="ask a witness with `firsthand witness request CASE NAME`",
        )
    signed = signed or head
    hashes = TileHashes(size, case.log.read_tile)
    path = inclusion_proof(hashes.range_hash, index, signed.checkpoint.size)
    [entry] = case.log.entries(index, index + 1)
    proof = LogProof(index, tuple(path), signed)
    key = chain.key_for(signed.checkpoint.size)
    proof.verify(entry, key)
    return Proved(proof, entry, key, witnesses)


def _best(case: Case, index: int) -> tuple[SignedCheckpoint | None, tuple[WitnessKey, ...]]:
    wanted = set(witness_keys(current(case)))
    by_size: dict[int, list[Seen]] = {}
    for seen in cosignatures(case):
        if seen.noun.size > index and (not wanted or seen.key in wanted):
            by_size.setdefault(seen.noun.size, []).append(seen)
    if not by_size:
        return None, ()
    size = min(by_size, key=lambda each: (-len({s.key for s in by_size[each]}), each))
    found = by_size[size]
    lines: dict[WitnessKey, NoteSignature] = {}
    for seen in found:
        lines.setdefault(seen.key, seen.note.signatures[1])
    note = Note(found[0].note.text, (found[0].note.signatures[0], *lines.values()))
    return SignedCheckpoint(Checkpoint.parse(note.text), note), tuple(lines)


def check_proof(
    data: bytes,
    entry: bytes,
    key: VerifierKey,
    witnesses: Sequence[WitnessKey] = (),
    quorum: int | None = None,
) -> tuple[LogProof, dict[WitnessKey, int]]:
    """Check a proof file against an entry, offline and without the case.

    Returns the proof, and the given witnesses that signed its checkpoint with their times [s].
    ``quorum`` is by default the number of witnesses given.

    Raises
    ------
    BadInput
        When the file is no proof, or the quorum is more than the witnesses given.
    VerificationFailed
        When the entry, the path, the log's signature or a witness's is wrong, or too few signed.
    """
    wanted = len(witnesses) if quorum is None else quorum
    if not 0 <= wanted <= len(set(witnesses)):
        raise BadInput("the quorum cannot be met", why=f"{wanted} of {len(set(witnesses))}")
    proof = LogProof.parse(data)
    proof.verify(entry, key)
    times = cosigners(proof.checkpoint.note, witnesses)
    if len(times) < wanted:
        raise VerificationFailed(
            "too few witnesses signed the checkpoint", why=f"{len(times)} of {wanted} that it takes"
        )
    return proof, times
