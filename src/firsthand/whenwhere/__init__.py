"""Bounds on when and where: by posts, events, named areas, and what files say themselves."""

from firsthand.whenwhere.bounds import bounds
from firsthand.whenwhere.exhibits import exhibits
from firsthand.whenwhere.shown import shown

METHODS = (bounds, exhibits, shown)

__all__ = ["METHODS", "bounds", "exhibits", "shown"]
