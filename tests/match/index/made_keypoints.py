"""Keypoints that no picture has: random places, and descriptors with few large parts, as SIFT."""

from __future__ import annotations

import numpy as np

from firsthand.match.local.features import Features, rooted


def keypoints(seed: int, count: int = 120, width: int = 1000, height: int = 700) -> Features:
    """Return random keypoints."""
    dice = np.random.default_rng(seed)
    return Features(
        xy=(dice.random((count, 2)) * (width - 1, height - 1)).astype(np.float32),
        scale=dice.uniform(2, 20, count).astype(np.float32),
        angle=(dice.random(count) * 2 * np.pi).astype(np.float32),
        descriptors=rooted(dice.gamma(0.4, 1.0, (count, 128)).astype(np.float32)),
        width=width,
        height=height,
    )


def seen_again(
    features: Features, seed: int, *, factor: float, turn: float, kept: int, noise: float = 0.15
) -> Features:
    """Return some keypoints as a copy has them: reduced, turned, moved, with other descriptors."""
    dice = np.random.default_rng(seed)
    rows = dice.choice(len(features), kept, replace=False)
    cos, sin = np.cos(turn) * factor, np.sin(turn) * factor
    xy = features.xy[rows] @ np.array([[cos, sin], [-sin, cos]])
    xy += dice.normal(0, 0.5, xy.shape) - xy.min(axis=0) + 20
    width, height = (int(most) + 20 for most in xy.max(axis=0))
    values = features.descriptors[rows].astype(np.float32)
    squares = np.maximum(values + dice.normal(0, noise * values.mean(), values.shape), 0) ** 2
    return Features(
        xy=xy.astype(np.float32),
        scale=(features.scale[rows] * factor).astype(np.float32),
        angle=((features.angle[rows] + turn) % (2 * np.pi)).astype(np.float32),
        descriptors=rooted(squares.astype(np.float32)),
        width=width,
        height=height,
    )


def beside(one: Features, other: Features) -> Features:
    """Return a picture that shows one picture to the left of another."""
    moved = other.xy + np.array([one.width, 0], np.float32)
    return Features(
        xy=np.concatenate([one.xy, moved]),
        scale=np.concatenate([one.scale, other.scale]),
        angle=np.concatenate([one.angle, other.angle]),
        descriptors=np.concatenate([one.descriptors, other.descriptors]),
        width=one.width + other.width,
        height=max(one.height, other.height),
    )
