"""Rolls: photographs of rendered places, one folder each, with what is true between them.

Each place has a base view; from it hand-held bursts, other moments from the same tripod, and views
from elsewhere, with other cameras, days and light.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from render3d.actors import Moment
from render3d.camera import Body, Camera, develop, jpeg
from render3d.places import KINDS, Place
from render3d.shoot import Shot
from render3d.textures import forget
from render3d.truth import between

Truth = dict[str, Any]

ROLLS = 25
"""Places: five kinds with five seeds each."""


def places(count: int = ROLLS) -> list[Place]:
    """Return the first places: kinds in turn."""
    return [Place(KINDS[at % len(KINDS)], at // len(KINDS)) for at in range(count)]


def half(place: Place) -> str:
    """Return which half a place belongs to: so that both have each kind."""
    return "tune" if (place.seed + KINDS.index(place.kind)) % 2 == 0 else "report"


def roll(place: Place, folder: Path) -> list[Truth]:
    """Photograph a place, or read what was photographed before; return its pairs."""
    told = folder / f"{place.name}.json"
    if told.exists():
        found: list[Truth] = json.loads(told.read_text())
        return found
    folder.mkdir(parents=True, exist_ok=True)
    forget()
    pairs = _Roll(place, folder).pairs()
    told.write_text(json.dumps(pairs, indent=1))
    forget()
    return pairs


class _Roll:
    """One place while it is photographed."""

    def __init__(self, place: Place, folder: Path) -> None:
        self.place, self.folder = place, folder
        self.rng = np.random.default_rng([place.seed, KINDS.index(place.kind), 20])
        self.base, self.target = place.camera(0)
        self.base = place.around(self.base, self.target, 0.0)

    def pairs(self) -> list[Truth]:
        own = Body.of(self.rng)
        second = float(self.rng.uniform(0, 5))
        base = self._take("base", self.base, Moment(0, second), own)
        made: list[Truth] = []
        # Bursts: shaken hands. Steps of a walking person are bursts as well, but harder.
        for number, (turn, shift) in enumerate(((0.2, 0.01), (0.6, 0.04), (1.5, 0.12))):
            later = second + float(self.rng.uniform(0.15, 3.0))
            camera = self.base.shaken(self.rng, np.deg2rad(turn), shift)
            body = replace(own, exposure=own.exposure * float(self.rng.uniform(0.96, 1.04)))
            shot = self._take(f"burst{number}", camera, Moment(0, later), body)
            made.append(self._pair("burst", base, shot, seconds=round(later - second, 2)))
        # The same tripod or balcony, another hour or day: light and people differ.
        for number in range(2):
            body = own if number else Body.of(self.rng)
            near = self.base.shaken(self.rng, np.deg2rad(0.8), 0.03) if number else self.base
            shot = self._take(f"tripod{number}", near, Moment(1 + number, 0.0), body)
            made.append(self._pair("same_scene", base, shot, view="same place, other day"))
        # Another place to stand, the same moment for other witnesses, or another day.
        for number, degrees in enumerate((4.0, 8.0, 15.0, 25.0)):
            sign = float(self.rng.choice([-1, 1]))
            nearer = float(self.rng.uniform(0.85, 1.2))
            around = self.place.around(self.base, self.target, sign * degrees, nearer)
            # People point a camera only roughly at one thing, and each camera has its own lens.
            moved = around.shaken(self.rng, np.deg2rad(3), 0.0)
            moved = replace(moved, focal=moved.focal * float(self.rng.uniform(0.85, 1.2)))
            day = 0 if number % 2 == 0 else 3
            shot = self._take(f"view{number}", moved, Moment(day, second + 1.0), Body.of(self.rng))
            pair = self._pair("same_scene", base, shot, view=f"{degrees:g} degrees", day=day)
            # Less than a quarter in common, or all of it hidden: nobody could say.
            made.append(
                pair if pair["truth"]["overlap"] >= 0.25 else {**pair, "relation": "unclear"}
            )
        return made

    def _take(self, name: str, camera: Camera, when: Moment, body: Body) -> tuple[str, Shot]:
        world = self.place.at(when)
        shot = world.shoot(camera, self.place.weather(when.day))
        image = develop(shot.light, body, self.rng)
        path = self.folder / f"{self.place.name}-{name}.jpg"
        path.write_bytes(jpeg(image, body.quality))
        return path.name, shot

    def _pair(
        self, relation: str, one: tuple[str, Shot], other: tuple[str, Shot], **more: Any
    ) -> Truth:
        return {
            "a": one[0], "b": other[0], "relation": relation, "scene": self.place.name,
            "half": half(self.place), "source": "rendered",
            "truth": {**between(one[1], other[1]), **more},
        }  # fmt: skip
