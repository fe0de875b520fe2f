"""The methods that ship with firsthand, and those that others add by entry point."""

from __future__ import annotations

from importlib.metadata import entry_points

from firsthand.claims import METHODS as CLAIMS
from firsthand.count import METHODS as COUNT
from firsthand.match import METHODS as MATCH
from firsthand.media.methods import METHODS as MEDIA
from firsthand.media.text_method import METHODS as SEEN_TEXT
from firsthand.run import Method, Registry
from firsthand.whenwhere import METHODS as WHENWHERE

GROUP = "firsthand.methods"
BUILT_IN: tuple[Method, ...] = (*MEDIA, *SEEN_TEXT, *MATCH, *CLAIMS, *WHENWHERE, *COUNT)


def registry() -> Registry:
    """Return all methods in working order. Entry points of the group name methods or tuples."""
    found = list(BUILT_IN)
    for entry in entry_points(group=GROUP):
        loaded = entry.load()
        found += [loaded] if isinstance(loaded, Method) else list(loaded)
    return Registry(found)
