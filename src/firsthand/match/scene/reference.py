"""A photograph beside reference pictures of landmarks that a person supplies.

It shows which structure may be the same, with the matched places to look at. It never says where
a photograph was taken: buildings have twins, and a picture of a landmark may hang on a wall.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from markupsafe import escape

from firsthand.match.scene.graph import points_of
from firsthand.match.scene.mates import ALWAYS, Mates, mates
from firsthand.match.scene.view import View
from firsthand.match.sheet.sheets import encoded
from firsthand.match.sheet.text import visible
from firsthand.model.canonical import Json

MAY_BE, NOTHING = "same_structure_possible", "nothing_in_common_found"

WORDING = {
    MAY_BE: "The same structure may be shown. Look at the matched places; check that no other "
    "building looks like it.",
    NOTHING: "Nothing in common was found. That does not show that the places differ.",
}

_GAP = 24
_SIDE = 480


def compare_with_reference(photo: View, references: Iterable[View]) -> list[Json]:
    """Return what a photograph has in common with each reference picture, the most first.

    Each is ``{"photo","reference","verdict","wording","support","surprise_mdec","region_photo":
    [x,y,w,h]|null,"region_reference","overlap_permille":[of the photograph, of the reference],
    "points":[[x,y in the photograph, x,y in the reference]…],"tilted"}``; px of the pictures as
    shown. ``verdict`` is ``same_structure_possible`` or ``nothing_in_common_found``.
    """
    rows = [
        _row(photo, reference, mates(photo, reference, tilts=ALWAYS)) for reference in references
    ]
    return sorted(rows, key=lambda row: (-row["surprise_mdec"], row["reference"]))


def _row(photo: View, reference: View, found: Mates | None) -> Json:
    verdict = NOTHING if found is None else MAY_BE
    row: Json = {
        "photo": photo.name,
        "reference": reference.name,
        "verdict": verdict,
        "wording": WORDING[verdict],
        "support": 0,
        "surprise_mdec": 0,
        "region_photo": None,
        "region_reference": None,
        "overlap_permille": [0, 0],
        "points": [],
        "tilted": False,
    }
    if found is None:
        return row
    return row | {
        "support": found.support,
        "surprise_mdec": round(found.surprise * 1000),
        "region_photo": list(found.region_a),
        "region_reference": list(found.region_b),
        "overlap_permille": [
            round(1000 * box[2] * box[3] / (view.width * view.height))
            for box, view in ((found.region_a, photo), (found.region_b, reference))
        ],
        "points": points_of(found),
        "tilted": found.tilted,
    }


def drawing(row: Json, photo: View, reference: View, *, pixels: bool = False) -> str:
    """Return a drawing (SVG text) of the matched places of a row of the comparison.

    Two frames beside one another with numbered places. ``pixels``: with both pictures in grey,
    which a person must have asked for; else the frames are empty.
    """
    views = photo, reference
    sizes = [_reduced(view) for view in views]
    lefts = 0, sizes[0][0] + _GAP
    width, height = lefts[1] + sizes[1][0], max(size[1] for size in sizes) + 22
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>{escape(row['wording'])}</title>",
    ]
    for view, size, left in zip(views, sizes, lefts, strict=True):
        parts.append(f'<rect x="{left}" width="{size[0]}" height="{size[1]}" fill="#cfccc4"/>')
        if pixels:
            data = encoded(np.asarray(view.gray, np.uint8), colour=False)["jpeg"]
            parts.append(
                f'<image x="{left}" width="{size[0]}" height="{size[1]}" '
                f'preserveAspectRatio="none" href="data:image/jpeg;base64,{data}"/>'
            )
        parts.append(
            f'<text x="{left + 4}" y="{height - 5}" font-size="14" fill="#545b64">'
            f"{escape(visible(view.name))}</text>"
        )
    parts += _marks(row, views, sizes, lefts)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _marks(
    row: Mapping[str, list[list[int]]],
    views: tuple[View, View],
    sizes: list[tuple[int, int]],
    lefts: tuple[int, int],
) -> list[str]:
    parts = []
    for number, point in enumerate(row["points"], 1):
        for at in (0, 1):
            x = lefts[at] + point[2 * at] * sizes[at][0] / views[at].width
            y = point[2 * at + 1] * sizes[at][1] / views[at].height
            parts.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="none" stroke="#fff" '
                f'stroke-width="4"/><circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="none" '
                f'stroke="#b3541e" stroke-width="1.6"/><text x="{x + 5:.1f}" y="{y - 4:.1f}" '
                f'font-size="10" stroke="#fff" stroke-width="2.5" paint-order="stroke" '
                f'fill="#16191c">{number}</text>'
            )
    return parts


def _reduced(view: View) -> tuple[int, int]:
    factor = min(1.0, _SIDE / max(view.width, view.height))
    return max(1, round(view.width * factor)), max(1, round(view.height * factor))
