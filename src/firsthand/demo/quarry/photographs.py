"""The originals: what two devices took at three moments, and what their files say of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random

import numpy as np

from firsthand.demo.quarry.camera import Camera
from firsthand.demo.quarry.exif import Fix, Shot, metadata
from firsthand.demo.quarry.place import Place
from firsthand.demo.quarry.render import Rendered, render
from firsthand.demo.quarry.scene import VIEWS, Quarry
from firsthand.demo.quarry.sun import Sun, sun_at
from firsthand.demo.quarry.texture import Texture
from firsthand.demo.quarry.uprights import Upright, uprights

LEAST_SHOWN = 40
"""A mannequin counts as seen in a photograph from so many pixels on."""


@dataclass(frozen=True)
class Device:
    """A camera or telephone of an invented make; its clock is wrong by ``clock_off_s`` [s]."""

    key: str
    make: str
    model: str
    clock_off_s: int
    gps: bool


@dataclass(frozen=True)
class Original:
    """One photograph as it left the device, and what is true of it."""

    key: str
    name: str
    data: bytes
    moment: int
    view: int
    camera: Camera
    sun: Sun
    t_ms: int
    device: Device
    written: str
    fix: Fix | None
    uprights: tuple[Upright, ...]
    seen: dict[int, int]
    """By number of a mannequin: how many pixels show it."""


def draw_devices(random: Random) -> tuple[Device, Device]:
    """Return a camera without and a telephone with GPS; both clocks are off by minutes."""
    makes = ["Ostra", "Lumenta", "Karrow", "Vexel", "Pellar"]
    random.shuffle(makes)
    first, second = (random.choice((-1, 1)) * random.randint(185, 1300) for _ in range(2))
    return (
        Device("a", makes[0], f"{makes[0][:2].upper()}-{random.randint(100, 999)}", first, False),
        Device("b", makes[1], f"{makes[1]} {random.randint(2, 9)}", second, True),
    )


def draw_times(random: Random, moments: tuple[int, ...]) -> dict[tuple[int, int], int]:
    """Return when each view of each moment is taken, by (moment, view) [ms since 1970]."""
    found = {}
    for moment, start in enumerate(moments):
        views = list(range(VIEWS))
        random.shuffle(views)
        t_ms = start
        for view in views:
            found[moment, view] = t_ms
            t_ms += random.randint(35, 170) * 1000
    return found


def take(
    random: Random,
    quarry: Quarry,
    place: Place,
    moments: tuple[int, ...],
    devices: tuple[Device, Device],
) -> Iterator[Original]:
    """Yield every photograph in the order in which they were taken."""
    times = draw_times(random, moments)
    texture = Texture(quarry.look.seed)
    with_gps = [key for key in sorted(times) if devices[key[1] // 2].gps]
    random.shuffle(with_gps)
    stale, none = with_gps[0], with_gps[1]
    count = {device.key: random.randint(100, 8000) for device in devices}
    for key in sorted(times, key=lambda each: times[each]):
        moment, view = key
        device = devices[view // 2]
        camera, t_ms = quarry.cameras[view][moment], times[key]
        latitude, longitude = place.at(*camera.position[:2])
        sun = sun_at(t_ms, latitude, longitude)
        solids = quarry.solids(moment)
        picture = render(solids, camera, sun, quarry.look, texture)
        fix = None
        if device.gps and key != none:
            fix = _fix(random, camera, latitude, longitude, t_ms, stale=key == stale)
        count[device.key] += random.randint(1, 3)
        written = place.local(t_ms) + timedelta(seconds=device.clock_off_s)
        shot = Shot(device.make, device.model, written, camera.focal35, picture.image.size, fix)
        data = io.BytesIO()
        picture.image.save(data, "JPEG", quality=92, exif=metadata(shot))
        yield Original(
            key=f"o{moment * VIEWS + view + 1:02}",
            name=f"{'DSC' if device.key == 'a' else 'IMG'}_{count[device.key]:04}.jpg",
            data=data.getvalue(),
            moment=moment,
            view=view,
            camera=camera,
            sun=sun,
            t_ms=t_ms,
            device=device,
            written=f"{written:%Y:%m:%d %H:%M:%S}",
            fix=fix,
            uprights=tuple(uprights(quarry.poles, solids, picture, camera, sun)),
            seen=_seen(picture, [solid.owner for solid in solids]),
        )


def _fix(
    random: Random, camera: Camera, latitude: float, longitude: float, t_ms: int, *, stale: bool
) -> Fix:
    if stale:  # the last place that the telephone knew, some hours and tens of km before
        away = random.choice((-1, 1)) * random.uniform(0.25, 0.7)
        return Fix(latitude + away, longitude - away / 2, t_ms - random.randint(9000, 26000) * 1000,
                   None, True)  # fmt: skip
    off = [random.gauss(0, 5e-5) for _ in range(2)]
    bearing = (camera.yaw + random.gauss(0, 4)) % 360 if random.random() < 0.6 else None
    return Fix(latitude + off[0], longitude + off[1], t_ms, bearing, False)


def _seen(picture: Rendered, owners: list[int]) -> dict[int, int]:
    by_solid = np.bincount(picture.shown[picture.shown >= 0].ravel(), minlength=len(owners))
    found: dict[int, int] = {}
    for owner, pixels in zip(owners, by_solid.tolist(), strict=True):
        if owner:
            found[owner] = found.get(owner, 0) + pixels
    return {owner: pixels for owner, pixels in sorted(found.items()) if pixels >= LEAST_SHOWN}
