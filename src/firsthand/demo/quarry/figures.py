"""What stands in the quarry: mannequins, trucks, poles and crates, each of a few solids.

Mannequins are plain grey: they are there to be counted, and are nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, radians, sin

from firsthand.demo.quarry.shapes import Box, Colour, Ellipsoid, Point, Solid, Tube

STANDING, SITTING = "standing", "sitting"
_WHEEL: Colour = (0.03, 0.03, 0.03)
_CLOTH = 0.10


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Where something stands: east, north [m], and where it looks, clockwise from north."""

    east: float
    north: float
    yaw: float

    def at(self, right: float, ahead: float, up: float) -> Point:
        """Return the place of a point given to the right, ahead and above [m]."""
        turned, along = sin(radians(self.yaw)), cos(radians(self.yaw))
        return (
            self.east + right * along + ahead * turned,
            self.north - right * turned + ahead * along,
            up,
        )


@dataclass(frozen=True, kw_only=True)
class Mannequin(Placed):
    """A figure with a number, standing or sitting on the ground, ``tall`` [m], a shade of grey."""

    number: int
    pose: str
    tall: float
    grey: float

    def solids(self) -> Iterator[Solid]:
        """Yield the parts of the figure."""
        size = self.tall / 1.75
        cloth = (self.grey, self.grey, self.grey * 1.03)
        legs = (self.grey * 0.6, self.grey * 0.6, self.grey * 0.62)
        skin = (0.30, 0.29, 0.28)

        def bar(start: Point, end: Point, radius: float, colour: Colour) -> Tube:
            ends = [self.at(*(v * size for v in each)) for each in (start, end)]
            return Tube(
                start=ends[0], end=ends[1], radius=radius * size, colour=colour, rough=_CLOTH,
                owner=self.number,
            )  # fmt: skip

        if self.pose == STANDING:
            hip, ahead = 0.86, 0.0
            for side in (-0.10, 0.10):
                yield bar((side, 0, 0.07), (side, 0, hip), 0.078, legs)
        else:
            hip, ahead = 0.16, 0.0
            for side in (-0.12, 0.12):
                yield bar((side, 0, hip), (side, 0.40, 0.48), 0.078, legs)
                yield bar((side, 0.40, 0.48), (side, 0.52, 0.07), 0.066, legs)
        yield bar((0, ahead, hip + 0.10), (0, ahead, hip + 0.44), 0.165, cloth)
        for side in (-0.235, 0.235):
            reach = 0.06 if self.pose == STANDING else 0.30
            yield bar((side, 0, hip + 0.52), (side * 1.05, reach, hip + 0.02), 0.055, cloth)
        yield bar((0, 0, hip + 0.60), (0, 0, hip + 0.68), 0.055, skin)
        yield Ellipsoid(
            middle=self.at(0, 0, (hip + 0.78) * size),
            half=(0.095 * size, 0.11 * size, 0.125 * size),
            yaw=self.yaw, colour=skin, rough=0.04, owner=self.number,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Truck(Placed):
    """A lorry with a tarpaulin; ``colour`` of the cab, ``cover`` of the tarpaulin."""

    colour: Colour
    cover: Colour

    def solids(self) -> Iterator[Solid]:
        """Yield the parts of the truck."""

        def block(at: Point, half: Point, colour: Colour, rough: float = 0.06) -> Box:
            return Box(middle=self.at(*at), half=half, yaw=self.yaw, colour=colour, rough=rough)

        yield block((0, 2.7, 1.55), (1.15, 0.95, 0.95), self.colour)
        yield block((0, 3.66, 1.95), (1.0, 0.03, 0.38), (0.05, 0.07, 0.09), 0.02)
        yield block((0, 3.70, 0.85), (1.2, 0.12, 0.22), (0.08, 0.08, 0.08))
        yield block((0, -0.6, 0.95), (1.2, 2.4, 0.18), (0.10, 0.09, 0.08))
        yield block((0, -0.6, 2.15), (1.22, 2.35, 1.0), self.cover, 0.14)
        for side in (-1.05, 1.05):
            for ahead in (2.6, -1.2, -2.4):
                yield Ellipsoid(
                    middle=self.at(side, ahead, 0.5), half=(0.2, 0.5, 0.5), yaw=self.yaw,
                    colour=_WHEEL, rough=0.1,
                )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Pole(Placed):
    """An upright pole, with a cross bar or without; ``tall`` [m]."""

    tall: float
    barred: bool = True

    @property
    def base(self) -> Point:
        """Where it stands on the ground."""
        return (self.east, self.north, 0.0)

    @property
    def top(self) -> Point:
        """Its upper end."""
        return (self.east, self.north, self.tall)

    def solids(self) -> Iterator[Solid]:
        """Yield the pole, and its cross bar half a metre below the top."""
        wood, thick = (0.16, 0.11, 0.07), 0.11
        # The end of a tube is round: it begins one radius below the top.
        end = (self.east, self.north, self.tall - thick)
        yield Tube(start=self.base, end=end, radius=thick, colour=wood, rough=0.15)
        if not self.barred:
            return
        left, right = (self.at(side, 0, self.tall - 0.5) for side in (-0.9, 0.9))
        yield Tube(start=left, end=right, radius=0.06, colour=wood, rough=0.1)


@dataclass(frozen=True, kw_only=True)
class Crate(Placed):
    """A crate: half of its side [m], and its colour."""

    half: float
    colour: Colour
    above: float = 0.0

    def solids(self) -> Iterator[Solid]:
        """Yield the crate and the slats around it."""
        middle = self.at(0, 0, self.above + self.half)
        yield Box(
            middle=middle, half=(self.half,) * 3, yaw=self.yaw, colour=self.colour, rough=0.14
        )
        dark = (self.colour[0] * 0.5, self.colour[1] * 0.5, self.colour[2] * 0.5)
        for up in (0.25, 0.75):
            yield Box(
                middle=self.at(0, 0, self.above + 2 * self.half * up),
                half=(self.half + 0.02, self.half + 0.02, 0.05), yaw=self.yaw, colour=dark,
            )  # fmt: skip
