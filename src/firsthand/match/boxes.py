"""Boxes in pictures."""

from __future__ import annotations

Box = tuple[int, int, int, int]
"""x, y, width, height [px of the picture as shown]."""
