"""Which of two copies is the later generation, when the pixels decide it.

A picture cannot be made from one that lacks what it shows. So each strict sign says what *cannot*
have been: a crop is not the parent of what shows more, a picture with a banner is not the parent of
what shows the place below. When such signs speak against one way only, the other way is named; when
they speak against both, neither was made from the other, and both come from a parent that is not
among the two. A parent that nobody has seen, and that looks like the named one, is always possible.

Two re-encodings of one picture differ by what JPEG took. That says nothing about which was made
from which, so it is no sign; but one that follows from the other number for number is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from firsthand.match.local.align import Aligned
from firsthand.match.local.generation_detail import Differs, lost_by
from firsthand.match.local.generation_files import Coded, coded
from firsthand.match.local.generation_frames import beyond, inverse, outside
from firsthand.match.local.generation_overlay import (
    LEAST_AREA,
    Drawn,
    clipped,
    drawn,
    flattened,
    laid,
)
from firsthand.match.local.generation_requantised import foretold
from firsthand.match.local.generation_signs import (
    A_FROM_B,
    B_FROM_A,
    EXACT,
    STRICT,
    UNDETERMINED,
    VETO,
    WEAK,
    Sign,
    turned,
)
from firsthand.match.local.laying import Laid
from firsthand.match.local.picture import Picture
from firsthand.model.canonical import Json

_LEAST_BANDS = 3
_LEAST_BLURRED = 0.005
_LEAST_CLIPPED, _LEAST_SPREAD, _LEAST_FORETOLD = 0.01, 12.0, 0.8
_GREY, _COLOURED = 2.5, 12.0
"""Mean distance of colours from grey [of 255]: a grey picture, and one with colours."""
_MOST_AROUND = 0.05
"""Share of a picture outside the other one up to which its colours are those of both."""


@dataclass(frozen=True, slots=True)
class Derived:
    """Which of two copies was made from the other.

    Attributes
    ----------
    derived
        ``a_from_b``, ``b_from_a`` or ``undetermined``.
    common_parent
        Whether each holds what the other lacks: both come from a third picture.
    signs
        What was found, see :class:`~firsthand.match.local.generation_signs.Sign`.
    """

    derived: str
    common_parent: bool = False
    signs: tuple[Sign, ...] = ()

    def swapped(self) -> Derived:
        """Return the same with the two pictures exchanged."""
        signs = tuple(replace(sign, says=turned(sign.says)) for sign in self.signs)
        return Derived(turned(self.derived), self.common_parent, signs)


def derive(
    one: Picture,
    other: Picture,
    aligned: Aligned,
    about_a: Json,
    about_b: Json,
    data_a: bytes | None,
    data_b: bytes | None,
) -> Derived:
    """Return which of two copies (a is ``one``, b ``other``) was made from the other.

    Assumes that they are copies: two shots of one scene have no generations. ``aligned`` maps a to
    b; the map of a closer look is better than that of the keypoints. ``about_a``, ``about_b``: what
    the decoder said (``saturation``). ``data_a``, ``data_b``: the files, or their first 256 kB; of
    them only tables and tags of a JPEG are read.

    The more pixels the two pictures hold, the more can be told; encoding anew is only seen in
    pictures at full size.
    """
    if _first(other) < _first(one):  # so that the order of the two changes nothing
        return derive(other, one, aligned.swapped(), about_b, about_a, data_b, data_a).swapped()
    how_a, how_b = coded(data_a), coded(data_b)
    if one.gray.shape == other.gray.shape and np.array_equal(one.gray, other.gray):
        return _same_pixels(one, other, _of_files(how_a, how_b))
    signs: list[Sign] = []
    signs += _of_frames(one, other, aligned.homography)
    both = laid(one, other, aligned.homography)
    tones = _of_tones(both)
    over = drawn(both, flattened(both) if tones else None)
    signs += _of_overlay(over) + tones
    differs = None if over.differs is None else Differs(over.differs, both.to_a, both.to_b)
    signs += _of_detail(one, other, aligned.homography, (how_a, how_b), differs)
    signs += _of_colour(one, other, aligned.homography, (about_a, about_b), over)
    signs += _of_encoding(one, other, aligned.homography, how_a, how_b)
    signs += _of_files(how_a, how_b)
    return combined(signs)


def _first(picture: Picture) -> tuple[int, int]:
    return picture.width * picture.height, int(picture.gray.sum(dtype=np.int64))


def combined(signs: list[Sign]) -> Derived:
    """Return what signs say together."""
    exact = {sign.says for sign in signs if sign.weight == EXACT}
    strict = {sign.says for sign in signs if sign.weight == STRICT}
    against = {turned(sign.says) for sign in signs if sign.weight == VETO}
    found = tuple(signs)
    if len(strict) == 2:
        return Derived(UNDETERMINED, common_parent=True, signs=found)
    # With equal tables each follows from the other: that says nothing.
    named = strict | (exact if len(exact) == 1 else set())
    if len(named) != 1 or named & against:
        return Derived(UNDETERMINED, signs=found)
    return Derived(named.pop(), signs=found)


def _same_pixels(one: Picture, other: Picture, signs: list[Sign]) -> Derived:
    """Judge two files with equal brightness: only what is written beside the pixels may differ."""
    full = (one.width, one.height) == (other.width, other.height)
    says = {sign.says for sign in signs if sign.what == "metadata"}
    derived = says.pop() if full and len(says) == 1 else UNDETERMINED
    return Derived(derived, signs=tuple(signs))


def _of_frames(one: Picture, other: Picture, homography: NDArray[np.float64]) -> list[Sign]:
    found = []
    for says, inner, outer, way in (
        (A_FROM_B, one, other, homography),
        (B_FROM_A, other, one, inverse(homography)),
    ):
        more = beyond(inner, outer, way)
        if more.real:
            numbers = {"more": round(more.more, 4), "goes_on": more.goes_on, "seams": more.seams}
            found.append(Sign("frame", says, STRICT, numbers))
    return found


def _of_overlay(over: Drawn) -> list[Sign]:
    found = []
    places = {
        A_FROM_B: (over.drawn_a, over.blurred_a),
        B_FROM_A: (over.drawn_b, over.blurred_b),
    }
    most = max(sum(each) for each in places.values())
    for says, (above, soft) in places.items():
        soft = soft if soft >= _LEAST_BLURRED else 0.0
        # A few odd places are found in all pairs; beside a large one they say nothing.
        if above + soft >= max(LEAST_AREA, 0.2 * most):
            numbers = {"drawn": round(above, 4), "blurred": round(soft, 4)}
            found.append(
                Sign("overlay", says, STRICT, numbers | {"unclear": round(over.unclear, 4)})
            )
    return found


def _of_tones(both: Laid) -> list[Sign]:
    found = []
    for says, full, flat in ((A_FROM_B, both.b, both.a), (B_FROM_A, both.a, both.b)):
        gone = clipped(full, flat, both.seen)
        if (
            gone.area >= _LEAST_CLIPPED
            and gone.spread >= _LEAST_SPREAD
            and gone.foretold >= _LEAST_FORETOLD
        ):
            numbers = {"area": round(gone.area, 4), "spread": round(gone.spread, 1)}
            found.append(Sign("tones", says, STRICT, numbers))
    return found


def _of_detail(
    one: Picture,
    other: Picture,
    homography: NDArray[np.float64],
    hows: tuple[Coded | None, Coded | None],
    differs: Differs | None,
) -> list[Sign]:
    found = []
    for says, poor, rich, way, how, place in (
        (A_FROM_B, one, other, homography, hows, differs),
        (B_FROM_A, other, one, inverse(homography), hows[::-1], differs and differs.swapped()),
    ):
        strict, whole = lost_by(poor, rich, way, *how, place)
        lost = strict if strict.bands >= _LEAST_BANDS else whole
        if lost.bands < _LEAST_BANDS:
            continue
        numbers = {"bands": lost.bands, "limit": round(lost.limit, 3)}
        if lost is strict:
            found.append(Sign("bandwidth", says, STRICT, numbers))
        else:
            found.append(Sign("detail", says, VETO, numbers))
    return found


def _of_colour(
    one: Picture,
    other: Picture,
    homography: NDArray[np.float64],
    abouts: tuple[Json, Json],
    over: Drawn,
) -> list[Sign]:
    a, b = (about.get("saturation") for about in abouts)
    if a is None or b is None:
        return []
    found = []
    # A coloured banner on a grey picture, or a coloured page around it, is no colour of its own.
    for says, grey, colour, inner, outer, way, own in (
        (A_FROM_B, a, b, one, other, homography, over.drawn_b),
        (B_FROM_A, b, a, other, one, inverse(homography), over.drawn_a),
    ):
        drained = grey < _GREY and colour > _COLOURED and own < LEAST_AREA
        if drained and outside(inner, outer, way) < _MOST_AROUND:
            found.append(Sign("colour", says, STRICT, {"a": float(a), "b": float(b)}))
    return found


def _of_encoding(
    one: Picture,
    other: Picture,
    homography: NDArray[np.float64],
    how_a: Coded | None,
    how_b: Coded | None,
) -> list[Sign]:
    found = []
    for says, child, parent, way, how in (
        (A_FROM_B, one, other, homography, how_a),
        (B_FROM_A, other, one, inverse(homography), how_b),
    ):
        told = foretold(child, parent, way, how)
        if told is not None and told.exact:
            numbers = {"tests": told.tests, "wrong": round(told.wrong, 5)}
            found.append(Sign("requantised", says, EXACT, numbers))
    return found


def _of_files(how_a: Coded | None, how_b: Coded | None) -> list[Sign]:
    """Return what tags say: weak, since anybody can write or remove them."""
    found = []
    for says, child, parent in ((A_FROM_B, how_a, how_b), (B_FROM_A, how_b, how_a)):
        if parent is not None and parent.camera and not (child is not None and child.camera):
            found.append(Sign("metadata", says, WEAK))
        if child is not None and child.thumbnail is not None and parent is not None:
            small, own, its = (
                width / height
                for width, height in (
                    child.thumbnail, (child.width, child.height), (parent.width, parent.height)
                )
            )  # fmt: skip
            if abs(np.log(small / own)) > 0.06 and abs(np.log(small / its)) < 0.03:
                numbers = {"thumbnail": round(small, 3), "picture": round(own, 3)}
                found.append(Sign("thumbnail", says, WEAK, numbers))
    return found
