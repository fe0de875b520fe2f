"""Bounds on when and where: first by posts, dated events and named areas."""

from firsthand.whenwhere.bounds import bounds

METHODS = (bounds,)

__all__ = ["METHODS", "bounds"]
