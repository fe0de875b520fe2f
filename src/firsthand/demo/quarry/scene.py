"""The quarry: walls, heaps and poles that stay, and at three moments what has been moved.

East is x, north is y, the floor is level at height 0 [m].
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import cos, radians, sin
from random import Random

from firsthand.demo.quarry.camera import Camera
from firsthand.demo.quarry.figures import (
    SITTING,
    STANDING,
    Crate,
    Mannequin,
    Placed,
    Pole,
    Truck,
)
from firsthand.demo.quarry.render import Look
from firsthand.demo.quarry.shapes import Box, Colour, Ellipsoid, Solid

MOMENTS = 3
VIEWS = 4
SPACING = 1.15
"""Distance between mannequins in a row [m]."""


@dataclass(frozen=True)
class Moment:
    """One state of the quarry: what stands where."""

    people: tuple[Mannequin, ...]
    trucks: tuple[Truck, ...]
    crates: tuple[Crate, ...]

    def posed(self, pose: str) -> tuple[int, ...]:
        """Return the numbers of the mannequins in a pose."""
        return tuple(each.number for each in self.people if each.pose == pose)


@dataclass(frozen=True)
class Quarry:
    """Everything that can be photographed, and the cameras that do it."""

    walls: tuple[Solid, ...]
    poles: tuple[Pole, ...]
    moments: tuple[Moment, ...]
    cameras: tuple[tuple[Camera, ...], ...]
    look: Look

    @cached_property
    def persons(self) -> int:
        """How many mannequins there are in all."""
        return len({each.number for moment in self.moments for each in moment.people})

    def solids(self, moment: int) -> list[Solid]:
        """Return all solids of a moment; those of a mannequin carry its number as owner."""
        now = self.moments[moment]
        moved: tuple[Pole | Truck | Crate | Mannequin, ...] = (
            *self.poles, *now.trucks, *now.crates, *now.people
        )  # fmt: skip
        return [*self.walls, *(part for each in moved for part in each.solids())]


def build(random: Random, persons: int, width: int = 1280) -> Quarry:
    """Return a quarry drawn from a random source.

    Parameters
    ----------
    persons
        How many mannequins there are in all.
    width
        Width of the photographs [pixel]; their height is three quarters of it.
    """
    rock = _tinted(random, (0.40, 0.33, 0.25), 0.07)
    soil = _tinted(random, (0.36, 0.30, 0.22), 0.06)
    look = Look(
        soil=soil,
        gravel=_tinted(random, (0.44, 0.40, 0.34), 0.03),
        road_at=-9.0 + random.uniform(-1.0, 1.0),
        road_half=random.uniform(2.0, 2.8),
        haze_m=random.uniform(500, 1100),
        exposure=random.uniform(0.95, 1.1),
        grain=random.uniform(0.012, 0.02),
        seed=random.randrange(1 << 30),
    )
    walls = tuple(_walls(random, rock, soil))
    poles = tuple(
        Pole(
            east=-15.0 + 11.0 * k + random.uniform(-1.5, 1.5),
            north=look.road_at + 4.2 + random.uniform(-0.5, 0.8),
            yaw=random.uniform(-8, 8),
            tall=random.uniform(4.6, 6.2),
        )
        for k in range(4)
    )
    # Short marker posts: their whole shadows are in the picture more often than those of poles.
    markers = tuple(
        Pole(
            east=-13.0 + 5.5 * k + random.uniform(-1.5, 1.5),
            north=random.uniform(-4.5, -1.0),
            yaw=0.0,
            tall=random.uniform(1.5, 2.3),
            barred=False,
        )
        for k in range(6)
    )
    return Quarry(
        walls, (*poles, *markers), tuple(_moments(random, persons)), _cameras(random, width), look
    )


def _tinted(random: Random, colour: Colour, by: float) -> Colour:
    shift = random.uniform(-by, by)
    red, green, blue = (v + shift + random.uniform(-by, by) / 3 for v in colour)
    return red, green, blue


def _walls(random: Random, rock: Colour, soil: Colour) -> Iterator[Solid]:
    # Each face is three benches that step back as they rise, broken into pieces of uneven depth.
    for facing, distance, reach in ((0.0, 25.0, 26.0), (-90.0, 29.0, 17.0), (90.0, 31.0, 12.0)):
        side = Placed(east=0.0, north=4.0, yaw=facing + random.uniform(-5, 5))
        pieces = random.randint(3, 4)
        for bench in range(3):
            rise = random.uniform(2.4, 3.2)
            for piece in range(pieces):
                width = 2 * reach / pieces
                right = -reach + width * (piece + 0.5)
                ahead = distance + 3.2 * bench + random.uniform(-0.9, 0.9) + 4.0
                east, north, _ = side.at(right, ahead, 0.0)
                yield Box(
                    middle=(east, north, rise * (bench + 1) / 2),
                    half=(width / 2 + 0.8, 4.0, rise * (bench + 1) / 2),
                    yaw=side.yaw + random.uniform(-7, 7),
                    colour=_tinted(random, rock, 0.03),
                    rough=0.26,
                )
    for _ in range(5):  # heaps of spoil at the feet of the walls
        around = radians(random.uniform(-100, 100))
        far = random.uniform(17, 21)
        size = random.uniform(1.6, 3.4)
        yield Ellipsoid(
            middle=(far * sin(around), 4 + far * cos(around), -0.2),
            half=(size * random.uniform(0.9, 1.4), size, size * random.uniform(0.45, 0.65)),
            yaw=random.uniform(0, 180),
            colour=_tinted(random, soil, 0.03),
            rough=0.24,
        )
    for _ in range(14):  # loose blocks
        size = random.uniform(0.2, 0.7)
        yield Box(
            middle=(random.uniform(-24, 24), random.uniform(13, 22), size * 0.4),
            half=(size, size * random.uniform(0.6, 1.2), size * random.uniform(0.5, 0.9)),
            yaw=random.uniform(0, 90),
            colour=_tinted(random, rock, 0.04),
            rough=0.24,
        )
    for _ in range(7):  # hills around
        around = random.uniform(0, 6.28)
        far = random.uniform(260, 520)
        yield Ellipsoid(
            middle=(far * sin(around), far * cos(around), -8.0),
            half=(random.uniform(80, 190), random.uniform(60, 120), random.uniform(20, 46)),
            yaw=random.uniform(0, 180),
            colour=_tinted(random, soil, 0.02),
            rough=0.12,
        )


def _moments(random: Random, persons: int) -> Iterator[Moment]:
    tall = [random.uniform(1.6, 1.86) for _ in range(persons)]
    grey = [random.uniform(0.10, 0.42) for _ in range(persons)]
    colours = [_tinted(random, (0.22, 0.24, 0.22), 0.10) for _ in range(3)]
    covers = [_tinted(random, (0.22, 0.24, 0.16), 0.06) for _ in range(3)]
    # Everybody is there at one moment at least; at each moment some have been taken away.
    numbers = list(range(1, persons + 1))
    for moment in range(MOMENTS):
        away = set(random.sample(numbers, persons // 6)) if moment else set()
        here = [n for n in numbers if n not in away]
        random.shuffle(here)
        share = (0.75, 0.35, 0.55)[moment] + random.uniform(-0.1, 0.1)
        cut = round(len(here) * share)
        standing = _rows(random, cut, (-13.0, -2.5), 0.5 + 2.5 * moment)
        sitting = _rows(random, len(here) - cut, (1.0, 12.5), 1.5 + 2.0 * ((moment + 1) % 3))
        people = [
            Mannequin(
                east=spot.east, north=spot.north, yaw=spot.yaw, number=number, pose=pose,
                tall=tall[number - 1], grey=grey[number - 1],
            )
            for pose, group, spots in (
                (STANDING, here[:cut], standing), (SITTING, here[cut:], sitting)
            )
            for number, spot in zip(group, spots, strict=True)
        ]  # fmt: skip
        trucks = tuple(
            Truck(
                east=(-19.0, 9.0, -5.0)[(k + moment) % 3] + random.uniform(-2, 2),
                north=(14.0, 18.0, 16.5)[(k + moment) % 3] + random.uniform(-1.5, 1.5),
                yaw=random.uniform(-50, 50) + 180 * random.randrange(2),
                colour=colours[k],
                cover=covers[k],
            )
            for k in range((2, 3, 2)[moment])
        )
        crates = tuple(_crates(random))
        yield Moment(tuple(people), trucks, crates)


def _rows(random: Random, count: int, across: tuple[float, float], start: float) -> list[Placed]:
    """Return places in rows that nobody shares, all looking about the same way."""
    per_row = int((across[1] - across[0]) / SPACING)
    looks = random.uniform(150, 210)
    return [
        Placed(
            east=across[0] + (n % per_row) * SPACING + random.uniform(-0.2, 0.2),
            north=start + (n // per_row) * 1.5 + random.uniform(-0.25, 0.25),
            yaw=looks + random.uniform(-25, 25),
        )
        for n in range(count)
    ]


def _crates(random: Random) -> Iterator[Crate]:
    for _ in range(random.randint(4, 7)):
        half = random.uniform(0.3, 0.55)
        yield Crate(
            east=random.uniform(-16, 16),
            north=random.uniform(-4.2, -1.8),
            yaw=random.uniform(0, 90),
            half=half,
            colour=_tinted(random, (0.40, 0.28, 0.15), 0.08),
        )


def _cameras(random: Random, width: int) -> tuple[tuple[Camera, ...], ...]:
    """Return cameras by view and moment: a view keeps its place, but is never quite the same."""
    views = ((-7.0, -12.5, 22.0, 1.7), (13.0, -11.0, -42.0, 1.7), (19.0, 8.0, -86.0, 3.2),
             (-19.0, -4.5, 66.0, 2.4))  # fmt: skip
    lenses = random.sample((26.0, 27.0, 28.0, 30.0), 2)  # two devices, two views each
    found = []
    for view, (east, north, yaw, up) in enumerate(views):
        place = (east + random.uniform(-1.5, 1.5), north + random.uniform(-1.5, 1.5))
        turn = random.choice((-1, 1))
        found.append(
            tuple(
                Camera(
                    position=(
                        place[0] + random.uniform(-0.8, 0.8),
                        place[1] + random.uniform(-0.8, 0.8),
                        up + random.uniform(-0.1, 0.15),
                    ),
                    # At least five degrees apart, so that no two pictures are near-copies.
                    yaw=yaw + turn * (moment - 1) * random.uniform(6.0, 8.5),
                    pitch=random.uniform(-3.0, -0.5) - (up - 1.7) * 2.5,
                    roll=random.uniform(-1.5, 1.5),
                    focal35=lenses[view // 2],
                    width=width,
                    height=width * 3 // 4,
                )
                for moment in range(MOMENTS)
            )
        )
    return tuple(found)
