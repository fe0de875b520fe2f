"""A transparency log in files: RFC 6962 tree, C2SP tiles, signed checkpoints, offline proofs.

This room computes and checks bytes. It reads and writes no files: callers pass ``read`` functions
and store what they are given.
"""

from firsthand.tlog.bundles import MAX_ENTRY_BYTES, decode_bundle, encode_bundle
from firsthand.tlog.checkpoint import Checkpoint, SignedCheckpoint
from firsthand.tlog.consistency import (
    consistency_proof,
    subtree_consistency_proof,
    verify_consistency,
    verify_subtree_consistency,
)
from firsthand.tlog.inclusion import (
    inclusion_proof,
    is_subtree,
    subtree_inclusion_proof,
    verify_inclusion,
    verify_subtree_inclusion,
)
from firsthand.tlog.keys import NoteKey, Signer, VerifierKey
from firsthand.tlog.merkle import (
    EMPTY_ROOT,
    HASH_BYTES,
    MAX_SIZE,
    Frontier,
    RangeHash,
    hashes_of,
    leaf_hash,
    leaf_hashes,
    node_hash,
    root,
)
from firsthand.tlog.note import Note, NoteSignature, open_note, sign_note
from firsthand.tlog.proof import LogProof
from firsthand.tlog.tile_tree import Read, TileHashes, grow_bundles, grow_tiles
from firsthand.tlog.tiles import TILE_WIDTH, Tile, entry_bundles, hash_tiles, tile_at

__all__ = [
    # hashing
    "EMPTY_ROOT",
    "HASH_BYTES",
    "MAX_SIZE",
    "Frontier",
    "RangeHash",
    "hashes_of",
    "leaf_hash",
    "leaf_hashes",
    "node_hash",
    "root",
    # proofs
    "consistency_proof",
    "inclusion_proof",
    "is_subtree",
    "subtree_consistency_proof",
    "subtree_inclusion_proof",
    "verify_consistency",
    "verify_inclusion",
    "verify_subtree_consistency",
    "verify_subtree_inclusion",
    # tiles
    "MAX_ENTRY_BYTES",
    "TILE_WIDTH",
    "Read",
    "Tile",
    "TileHashes",
    "decode_bundle",
    "encode_bundle",
    "entry_bundles",
    "grow_bundles",
    "grow_tiles",
    "hash_tiles",
    "tile_at",
    # signed texts
    "Checkpoint",
    "LogProof",
    "Note",
    "NoteKey",
    "NoteSignature",
    "Signer",
    "SignedCheckpoint",
    "VerifierKey",
    "open_note",
    "sign_note",
]
