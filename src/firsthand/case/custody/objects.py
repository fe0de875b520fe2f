"""Small bytes that an entry of custody rests on: checkpoints, signatures, documents."""

from __future__ import annotations

from firsthand.case.batch import Batch
from firsthand.model.values import Digest


def keep_bytes(batch: Batch, data: bytes) -> Digest:
    """Keep bytes as an object of the batch and return their digest; kept ones stay one object."""
    case = batch.case
    staged = case.blobs.stage_bytes(data)
    if case.blobs.has(staged.digest) or staged.digest in batch.staged:
        case.discard(staged)
    else:
        batch.staged[staged.digest] = staged
    case.sizes[staged.digest] = staged.size
    return staged.digest
