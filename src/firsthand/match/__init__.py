"""Which pictures and videos are copies of which, where they were seen first, how they spread."""

from firsthand.match.links import Link, Linked, link_all
from firsthand.match.method import copies, groups
from firsthand.match.prints import Print, of_image, spans
from firsthand.match.thin import components

METHODS = (copies, groups)

__all__ = [
    "METHODS",
    "Link",
    "Linked",
    "Print",
    "components",
    "copies",
    "groups",
    "link_all",
    "of_image",
    "spans",
]
