"""How many: conflicting tolls, victim lists, scenes and multiple systems estimation."""

from firsthand.count.method import count_tolls
from firsthand.count.toll import tolls

METHODS = (count_tolls,)

__all__ = ["METHODS", "count_tolls", "tolls"]
