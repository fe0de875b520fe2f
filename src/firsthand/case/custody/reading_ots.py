"""What an OpenTimestamps proof says of a checkpoint, and what a block's header adds to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from firsthand import __version__
from firsthand.model.errors import BadInput
from firsthand.model.vocabulary import StampState
from firsthand.tlog import opentimestamps as ots
from firsthand.tlog.bitcoin import SLACK_MS, Header


@dataclass(frozen=True, slots=True)
class ProofReading:
    """The verdict on a proof; ``time_ms`` only where a block's header was shown."""

    state: StampState
    readers: list[dict[str, str]]
    time_ms: int | None = None
    accuracy_ms: int | None = None
    why: str | None = None


def read_proof_of(digest: bytes, data: bytes, headers: Mapping[bytes, Header]) -> ProofReading:
    """Judge a detached proof over the SHA-256 of a checkpoint.

    A promise of a calendar is received but has no time. A block counts when its header was given
    and has the Merkle root that the proof leads to; of several, the earliest.
    """
    reader = {"reader": "firsthand", "version": __version__}
    try:
        proof = ots.read_proof(data)
        if proof.message != digest:
            raise BadInput("the proof is not used", why="it is about other bytes")
        if not proof.pending() and not proof.blocks():
            raise BadInput("the proof is not used", why="no calendar or block that is known here")
    except BadInput as error:
        refused = reader | {"verdict": "refused", "why": str(error)[:300]}
        return ProofReading(StampState.REFUSED, [refused], why=str(error)[:300])
    shown = [headers[at.message] for at, _ in proof.blocks() if at.message in headers]
    readers = [reader | {"verdict": "accepted"}]
    if shown:
        first = min(shown, key=lambda header: header.time_ms)
        why = f"in the Bitcoin block {first.block_hash}, whose header was given"
        return ProofReading(StampState.RECEIVED, readers, first.time_ms, SLACK_MS, why)
    if proof.blocks():
        heights = sorted({height for _, height in proof.blocks()})
        why = "said to be in the Bitcoin block " + ", ".join(map(str, heights))
        return ProofReading(StampState.RECEIVED, readers, why=f"{why}: its header was not given")
    calendars = sorted({uri for _, uri in proof.pending()})
    return ProofReading(StampState.RECEIVED, readers, why=f"promised by {', '.join(calendars)}")
