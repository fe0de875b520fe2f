"""A closer look at two pictures laid on one another: where their pixels agree, and how well.

Keypoints say that something in two pictures is the same thing. Whether it is the same *picture* is
said by everything between the keypoints: in a copy all of it agrees but what was drawn over it; in
another shot of the same scene what stands nearer or has moved does not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from firsthand.match.boxes import Box
from firsthand.match.local.align import Aligned, overlap
from firsthand.match.local.laying import Blocks, Floats, Laid, blocks_of, corrected, lay
from firsthand.match.local.picture import Picture

DIFFERS = 0.5
"""Correlation below which they do not."""

PATCH, FILLS = 6, 0.6
"""Blocks, and share of the blocks in its box, of a patch that may have been drawn over."""

AGREES = 0.7
"""Correlation of two blocks from which they show the same."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a closer look at one map found; shares are of 1, sizes in px of a 512 px overlap.

    Attributes
    ----------
    homography, region_a, region_b
        The map after correction, and the overlap.
    support, residual, loose
        Of the keypoints: distinct places that agree, their median distance, and good matches inside
        the overlap that do not agree.
    blocks
        Blocks with something to see in both.
    agree
        Share of them that show the same at their place.
    median
        Median correlation.
    low
        The 10 % quantile of correlation.
    sure, none
        Shares of blocks whose correlation is 0.9 or more, and below 0.5: where a picture was drawn
        over, there is little between the two.
    held
        Share of the agreeing keypoints that lie in blocks that agree.
    inner
        Share of the blocks inside the agreed boxes that agree.
    moved
        Share of blocks that show the same, but elsewhere within reach (0.75 px off or more).
    jitter
        Median distance by which agreeing blocks are off [px].
    one_sided
        Share of all seen blocks that are plain in one picture only: something was drawn over.
    filled
        Share of all blocks of the overlap that have something to see in both: little on a page of
        text, most in a photograph.
    strewn
        Share of blocks that show something else and lie here and there, not in a few patches that
        fill a box, as what is drawn over a picture does.
    overflow
        How far each frame at least reaches beyond the other, as a share of the longest side: 0 when
        one holds the other, as a copy of a part does.
    covered_a, covered_b
        Share of each frame that the overlap covers.
    agreed_a, agreed_b
        Boxes around the blocks that agree.
    agreed_share
        Share of the area of the overlap that those boxes cover.
    detail
        Correlation of fine detail (what is left after smoothing) over the agreeing blocks.
    perspective
        How much the size of the map differs over the overlap (natural logarithm of largest over
        smallest area).
    tilt
        Turn of the map [rad].
    stretch
        Largest over smallest stretch of the map in its middle.
    corners
        Largest distance between the corners of the two frames under the map, as a share of the
        longest side of b: 0 when one frame lies exactly on the other.
    """

    homography: NDArray[np.float64]
    region_a: Box
    region_b: Box
    mirrored: bool
    support: int
    residual: float
    loose: int
    blocks: int
    agree: float
    median: float
    low: float
    sure: float
    none: float
    held: float
    inner: float
    moved: float
    jitter: float
    one_sided: float
    filled: float
    strewn: float
    overflow: float
    covered_a: float
    covered_b: float
    agreed_a: Box
    agreed_b: Box
    agreed_share: float
    detail: float
    perspective: float
    tilt: float
    stretch: float
    corners: float

    def swapped(self) -> Evidence:
        """Return the same from the other side; what was measured in b's frame stays as it is."""
        back = np.linalg.inv(self.homography)
        return replace(
            self,
            homography=np.asarray(back / back[2, 2], np.float64),
            region_a=self.region_b,
            region_b=self.region_a,
            covered_a=self.covered_b,
            covered_b=self.covered_a,
            agreed_a=self.agreed_b,
            agreed_b=self.agreed_a,
            tilt=self.tilt if self.mirrored else -self.tilt,
        )


def look_closer(one: Picture, other: Picture, aligned: Aligned) -> Evidence:
    """Lay two pictures on one another and say where they agree."""
    homography = aligned.homography
    laid = lay(one, other, homography)
    blocks = blocks_of(laid)
    for _ in range(2):
        better = corrected(laid, blocks, homography)
        if better is homography:
            break
        again = lay(one, other, better)
        seen = blocks_of(again)
        if _score(seen) <= _score(blocks):
            break
        homography, laid, blocks = better, again, seen
    return _evidence(one, other, aligned, homography, laid, blocks)


def _score(blocks: Blocks) -> float:
    found = blocks.same[blocks.both]
    return float(found.sum()) if len(found) else -1.0


def _evidence(
    one: Picture,
    other: Picture,
    aligned: Aligned,
    homography: NDArray[np.float64],
    laid: Laid,
    blocks: Blocks,
) -> Evidence:
    region_a, region_b = overlap(homography, (one.width, one.height), (other.width, other.height))
    told = blocks.both
    same, best = blocks.same[told], blocks.best[told]
    off = np.hypot(blocks.shift[..., 0], blocks.shift[..., 1])[told]
    agree = same >= AGREES
    away = (best >= 0.8) & (off >= 0.75) & (best > same + 0.1)
    seen = told | blocks.one
    agreeing = np.zeros_like(told)
    agreeing[told] = agree
    box, share = _box(agreeing, laid.seen.shape)
    inner = _within(agreeing, told, box, laid.seen.shape)
    slopes = [_slope(homography, x, y) for x, y in _corners(region_a)]
    areas = [abs(float(np.linalg.det(slope))) for slope in slopes]
    middle = _slope(homography, region_a[0] + region_a[2] / 2, region_a[1] + region_a[3] / 2)
    stretch = np.linalg.svd(middle, compute_uv=False)
    flip = np.diag([-1.0, 1.0]) if np.linalg.det(middle) < 0 else np.eye(2)
    upright = middle @ flip
    return Evidence(
        homography=homography,
        region_a=region_a,
        region_b=region_b,
        mirrored=bool(np.linalg.det(middle) < 0),
        support=aligned.support,
        residual=aligned.residual,
        loose=len(aligned.loose_a),
        blocks=int(told.sum()),
        agree=float(agree.mean()) if len(same) else 0.0,
        median=float(np.median(same)) if len(same) else 0.0,
        low=float(np.quantile(same, 0.1)) if len(same) else 0.0,
        sure=float((same >= 0.9).mean()) if len(same) else 0.0,
        none=float((same < 0.5).mean()) if len(same) else 1.0,
        held=_held(aligned, laid, agreeing),
        inner=inner,
        moved=float(away.mean()) if len(same) else 0.0,
        jitter=float(np.median(off[agree])) if agree.any() else 0.0,
        one_sided=float(blocks.one.sum() / max(seen.sum(), 1)),
        filled=float(told.sum() / max(told.size, 1)),
        strewn=_strewn(told, blocks.same),
        overflow=_overflow(homography, one, other),
        covered_a=region_a[2] * region_a[3] / max(one.width * one.height, 1),
        covered_b=region_b[2] * region_b[3] / max(other.width * other.height, 1),
        agreed_a=_carried(box, laid.to_a, one),
        agreed_b=_carried(box, laid.to_b, other),
        agreed_share=share,
        detail=_detail(laid, agreeing),
        perspective=float(np.log(max(areas) / max(min(areas), 1e-12))),
        tilt=float(np.arctan2(upright[1, 0] - upright[0, 1], upright[0, 0] + upright[1, 1])),
        stretch=float(stretch[0] / max(stretch[1], 1e-9)),
        corners=_off_corners(homography, one, other),
    )


def _corners(box: Box) -> list[tuple[float, float]]:
    x, y, width, height = box
    return [(x + width * u, y + height * v) for u in (0, 1) for v in (0, 1)]


def _slope(homography: NDArray[np.float64], x: float, y: float) -> NDArray[np.float64]:
    depth = homography[2] @ (x, y, 1.0)
    at = (homography[:2] @ (x, y, 1.0)) / depth
    found = (homography[:2, :2] - np.outer(at, homography[2, :2])) / depth
    return np.asarray(found, np.float64)


def _strewn(told: NDArray[np.bool_], same: Floats) -> float:
    """Return the share of blocks that differ and are in no patch that fills its box."""
    if not told.any():
        return 0.0
    unlike = told & (np.nan_to_num(same, nan=1.0) < DIFFERS)
    count, marked, boxes, _ = cv2.connectedComponentsWithStats(
        unlike.astype(np.uint8), connectivity=8
    )
    labels, stats = np.asarray(marked), np.asarray(boxes)
    loose = 0
    for label in range(1, count):
        left, top, wide, high, area = (int(value) for value in stats[label])
        seen = told[top : top + high, left : left + wide].sum()
        if area < PATCH or area < FILLS * seen:
            loose += int((labels == label).sum())
    return float(loose / told.sum())


def _overflow(homography: NDArray[np.float64], one: Picture, other: Picture) -> float:
    back = np.asarray(np.linalg.inv(homography), np.float64)
    return min(_beyond(homography, one, other), _beyond(back, other, one))


def _beyond(homography: NDArray[np.float64], inner: Picture, outer: Picture) -> float:
    """Return how far a frame, mapped into another, reaches out of it [share of longest side]."""
    x, y, depth = homography @ _frame(inner)
    x, y = x / depth, y / depth
    over = np.maximum.reduce([-x, -y, x - (outer.width - 1), y - (outer.height - 1)])
    return float(max(over.max(), 0) / max(outer.width, outer.height))


def _frame(picture: Picture) -> NDArray[np.float64]:
    across, down = picture.width - 1.0, picture.height - 1.0
    return np.array([[0, 0, 1], [across, 0, 1], [0, down, 1], [across, down, 1.0]]).T


def _off_corners(homography: NDArray[np.float64], one: Picture, other: Picture) -> float:
    x, y, depth = homography @ _frame(one)
    x, y = x / depth, y / depth
    mates = np.array([[0, 0], [1, 0], [0, 1], [1, 1.0]]) * (other.width - 1, other.height - 1)
    off = np.hypot(x[:, None] - mates[:, 0], y[:, None] - mates[:, 1]).min(axis=0)
    return float(off.max() / max(other.width, other.height))


def _box(agreeing: NDArray[np.bool_], shape: tuple[int, ...]) -> tuple[Box, float]:
    """Return the box around agreeing blocks that are not alone, and its share of the frame."""
    kept = agreeing
    if agreeing.sum() > 8:
        around = cv2.filter2D(agreeing.astype(np.float32), -1, np.ones((3, 3), np.float32))
        kept = agreeing & (np.asarray(around) >= 3)
    if not kept.any():
        return (0, 0, 0, 0), 0.0
    rows, columns = np.nonzero(kept)
    high, wide = shape[0] / agreeing.shape[0], shape[1] / agreeing.shape[1]
    left, top = columns.min() * wide, rows.min() * high
    right, bottom = (columns.max() + 1) * wide, (rows.max() + 1) * high
    box = round(left), round(top), round(right - left), round(bottom - top)
    return box, float(box[2] * box[3] / (shape[0] * shape[1]))


def _within(
    agreeing: NDArray[np.bool_], told: NDArray[np.bool_], box: Box, shape: tuple[int, ...]
) -> float:
    if box[2] <= 0:
        return 0.0
    high, wide = shape[0] / told.shape[0], shape[1] / told.shape[1]
    left, top = round(box[0] / wide), round(box[1] / high)
    right, bottom = round((box[0] + box[2]) / wide), round((box[1] + box[3]) / high)
    inside = told[top:bottom, left:right]
    return float(agreeing[top:bottom, left:right].sum() / max(inside.sum(), 1))


def _held(aligned: Aligned, laid: Laid, agreeing: NDArray[np.bool_]) -> float:
    """Return the share of agreeing keypoints that lie in blocks that agree, or beside one."""
    if not len(aligned.points_b):
        return 0.0
    ones = np.ones((len(aligned.points_b), 1))
    back = np.linalg.inv(laid.to_b) @ np.hstack([aligned.points_b, ones]).T
    columns = (back[0] / back[2] * agreeing.shape[1] / laid.seen.shape[1]).astype(int)
    rows = (back[1] / back[2] * agreeing.shape[0] / laid.seen.shape[0]).astype(int)
    near = np.asarray(cv2.dilate(agreeing.astype(np.uint8), np.ones((3, 3), np.uint8))) > 0
    inside = (
        (rows >= 0) & (columns >= 0) & (rows < agreeing.shape[0]) & (columns < agreeing.shape[1])
    )
    if not inside.any():
        return 0.0
    return float(near[rows[inside], columns[inside]].mean())


def _carried(box: Box, homography: NDArray[np.float64], picture: Picture) -> Box:
    if box[2] <= 0 or box[3] <= 0:
        return 0, 0, 0, 0
    places = np.array([(*place, 1.0) for place in _corners(box)]).T
    x, y, depth = homography @ places
    x, y = x / depth, y / depth
    left, top = max(0, round(float(x.min()))), max(0, round(float(y.min())))
    right = min(picture.width, round(float(x.max())))
    bottom = min(picture.height, round(float(y.max())))
    return left, top, max(0, right - left), max(0, bottom - top)


def _detail(laid: Laid, agreeing: NDArray[np.bool_]) -> float:
    """Return how the fine detail of agreeing blocks correlates."""
    if not agreeing.any():
        return 0.0
    high = [
        laid_one - np.asarray(cv2.GaussianBlur(laid_one, (0, 0), 1.5), np.float32)
        for laid_one in (laid.a, laid.b)
    ]
    where = np.asarray(
        cv2.resize(
            agreeing.astype(np.uint8), (laid.a.shape[1], laid.a.shape[0]),
            interpolation=cv2.INTER_NEAREST,
        )
    )  # fmt: skip
    held = (where > 0) & laid.seen
    one, other = high[0][held], high[1][held]
    spread = float(one.std() * other.std())
    return float(((one - one.mean()) * (other - other.mean())).mean() / spread) if spread else 0.0
