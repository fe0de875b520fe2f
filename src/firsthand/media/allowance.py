"""What one picture may use when it is decoded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allowance:
    """Bounds for one picture; what would need more is refused, with the reason."""

    pixels: int = 200_000_000
    file_mib: int = 256
    frames: int = 1000
    cpu_s: int = 30
    wall_s: float = 60
    memory_mib: int = 1536
