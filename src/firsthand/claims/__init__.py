"""Attributed statements: who stands behind them, where they differ, how many sources there are."""

from firsthand.claims.lineage import lineage
from firsthand.claims.positions import positions

METHODS = (lineage, positions)

__all__ = ["METHODS", "lineage", "positions"]
