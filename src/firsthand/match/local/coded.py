"""Keypoints as bits alone, as a case keeps them: enough to find pairs worth a closer look."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firsthand.match.local.codes import CODE, TABLES, bits_of, packed
from firsthand.match.local.features import Features, mirrored
from firsthand.model.canonical import Json

FINE_MOST = 600
"""Keypoints that a case keeps of a picture that is looked for; 22 kB."""


@dataclass(frozen=True, slots=True)
class Coded:
    """Codes of keypoints, dtype :data:`CODE`, and the bits they have in a mirrored picture.

    ``wide``: width as a share of the longest side, which says where mirrored places are.
    """

    codes: NDArray[np.void]
    mirror: NDArray[np.uint64]
    wide: float

    def __len__(self) -> int:
        return len(self.codes)

    def turned(self) -> NDArray[np.void]:
        """Return the codes of the mirrored picture."""
        made = self.codes.copy()
        made["bits"] = self.mirror
        places = np.round(self.wide * 255) - self.codes["x"].astype(np.int64)
        made["x"] = np.clip(places, 0, 255)
        made["angle"] = (128 - self.codes["angle"].astype(np.int64)) % 256
        return made


def coded(features: Features) -> Coded:
    """Return the codes of keypoints."""
    return Coded(
        packed(features),
        bits_of(mirrored(features).descriptors),
        features.width / max(features.width, features.height, 1),
    )


def to_json(coarse: Features, fine: Features) -> Json:
    """Return the record of a picture's keypoints: base64 of packed codes."""
    wanted = coded(fine.first(FINE_MOST))
    return {
        "tables": TABLES,
        "coarse": _text(packed(coarse).tobytes()),
        "fine": _text(wanted.codes.tobytes()),
        "mirror": _text(wanted.mirror.astype("<u8").tobytes()),
        "size_px": [fine.width, fine.height],
    }


def from_json(value: Json) -> tuple[NDArray[np.void], Coded] | None:
    """Return what was kept: codes to be found by, and codes to look for; None for other tables."""
    if value.get("tables") != TABLES:
        return None
    width, height = value["size_px"]
    codes = np.frombuffer(_bytes(value["fine"]), CODE)
    mirror = np.frombuffer(_bytes(value["mirror"]), "<u8").reshape(-1, 2).astype(np.uint64)
    return (
        np.frombuffer(_bytes(value["coarse"]), CODE),
        Coded(codes, mirror, width / max(width, height, 1)),
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
