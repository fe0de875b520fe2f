"""Which pictures and videos show one picture or scene, where it was seen first, how it spread."""

from firsthand.match.links import Link, Linked, link_all
from firsthand.match.method import copies, groups, keypoints_of
from firsthand.match.prints import Print, of_image, spans
from firsthand.match.scenes_method import scenes
from firsthand.match.thin import components

METHODS = (keypoints_of, copies, groups, scenes)

__all__ = [
    "METHODS",
    "Link",
    "Linked",
    "Print",
    "components",
    "copies",
    "groups",
    "keypoints_of",
    "link_all",
    "of_image",
    "scenes",
    "spans",
]
