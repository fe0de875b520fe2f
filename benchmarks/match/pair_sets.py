"""Pairs of pictures with what they truly are to each other, for tuning and, apart, for reporting.

Relations: identical, copy, burst, same_scene, shared_overlay, unrelated. ``also`` holds relations
that would not be wrong either, where people themselves would not agree. Halves are by scene or
photograph: nothing of one half is seen in the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from attacks import ATTACKS, Around, attacked
from drawn import COPIES, OVERLAYS, Image
from PIL import Image as Pillow
from render3d.places import Place
from rolls import half, places, roll

Pair = dict[str, Any]
HALVES = ("tune", "report")
PHOTOS = Path(__file__).resolve().parents[3] / "shared" / "photos"
_SUITE = [name for name in ATTACKS if name != "vframe"]
"""Attacks of the suite; frames of videos come from real ones here."""

CHAIR, CHAIR_WITH_LOGO = "chair-orig-22-sd-bar.mp4", "chair-22-with-large-logo-bar.mp4"
SHARP = 40.0
"""Variance of the Laplacian below which a frame is smeared by the hand that moves."""

FLAT = ("doorknob-hd-no-bar.mp4", "pattern-sd-grey-bar.mp4")


def build(folder: Path, rolls: int, photos: Path = PHOTOS) -> list[Pair]:
    """Make all sets in a folder, or what of them is missing; return the pairs."""
    made = list(places(rolls))
    pairs = [pair for place in made for pair in roll(place, folder)]
    for name, parts in (
        ("street", lambda: _street(folder, photos)),
        ("video", lambda: _video(folder, photos)),
        ("stereo", lambda: _stereo(folder)),
        ("bridge", lambda: _bridge(folder, photos)),
        (f"drawn-2-{rolls}", lambda: _drawn(folder, _bases(folder, made, photos))),
    ):
        told = folder / f"set-{name}.json"
        if not told.exists():
            told.write_text(json.dumps(list(parts()), indent=1))
        pairs += json.loads(told.read_text())
    return [pair for pair in pairs if pair["relation"] != "unclear"]


def _pair(a: str, b: str, relation: str, which: str, source: str, **more: Any) -> Pair:
    also = more.pop("also", [])
    return {
        "a": a, "b": b, "relation": relation, "half": which, "source": source, "also": also,
        "truth": more,
    }  # fmt: skip


def _kept(folder: Path, name: str, image: Image, quality: int = 93) -> str:
    cv2.imwrite(str(folder / name), image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return name


def _read(path: Path) -> Image:
    """Return a picture as shown, at most 1280 px, blue first."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"cannot read {path.name}")
    factor = 1280 / max(image.shape)
    if factor < 1:
        image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.asarray(image, np.uint8)


def _linked(folder: Path, path: Path, name: str) -> str:
    target = folder / name
    if not target.exists():
        target.symlink_to(path)
    return name


def _street(folder: Path, photos: Path) -> Iterator[Pair]:
    """Yield real photographs of one street, by one walking person, and of one facade."""
    shots = sorted((photos / "scene-street").glob("*.jpg"))
    names = [_linked(folder, path, f"real-street-{path.name}") for path in shots]
    for first, name in enumerate(names):
        for gap in (1, 2):
            if first + gap < len(names) and (first < 5) == (first + gap < 5):
                which = HALVES[first >= 5]
                yield _pair(name, names[first + gap], "same_scene", which, "real", steps=gap)
    front = sorted((photos / "scene-facade").glob("*.jpg"))
    names = [_linked(folder, path, f"real-facade-{path.name}") for path in front]
    for first, one in enumerate(names):
        for other in names[first + 1 :]:
            yield _pair(one, other, "same_scene", "report", "real", steps=1)


def _stereo(folder: Path) -> Iterator[Pair]:
    """Yield the two eyes of scikit-image's motorcycle: 19 cm apart at one moment."""
    found = find_spec("skimage")
    where = Path(found.origin).parent / "data" if found is not None and found.origin else None
    eyes = [where / f"motorcycle_{side}.png" for side in ("left", "right")] if where else []
    if eyes and all(eye.exists() for eye in eyes):
        left, right = (_linked(folder, eye, f"real-{eye.name}") for eye in eyes)
        yield _pair(left, right, "same_scene", "report", "real", also=["burst"])


def _bridge(folder: Path, photos: Path) -> Iterator[Pair]:
    """Yield copies that others made of one photograph."""
    for group, original in (("bridge-mods", "aaa-orig.jpg"), ("dih", "bridge-1-original.jpg")):
        where = photos / "pdq" / group
        for path in sorted(where.glob("*.jpg")):
            if path.name != original:
                base = _linked(folder, where / original, f"real-{group}-{original}")
                other = _linked(folder, path, f"real-{group}-{path.name}")
                yield _pair(base, other, "copy", "report", "real", attack=path.stem)


def _video(folder: Path, photos: Path) -> Iterator[Pair]:
    """Yield frames of videos from the hand: bursts, and copies where one has a drawing on it.

    The chair has depth; the door and the pattern are flat, so that nothing but noise tells their
    frames from copies: they count apart (``video-flat``).
    """
    if not (photos / "video" / CHAIR).exists():
        return
    for video in (CHAIR, *FLAT):
        film = cv2.VideoCapture(str(photos / "video" / video))
        count, rate = int(film.get(cv2.CAP_PROP_FRAME_COUNT)), film.get(cv2.CAP_PROP_FPS) or 30.0
        starts = np.linspace(5, count - 30, 16 if video == CHAIR else 4).astype(int)
        for number, start in enumerate(starts):
            gap = (6, 9, 15)[number % 3]
            one, other = _frame(film, int(start)), _frame(film, int(start) + gap)
            if one is None or other is None or min(_sharpness(one), _sharpness(other)) < SHARP:
                continue
            stem = f"real-{Path(video).stem[:12]}-{start}"
            a = _kept(folder, f"{stem}.jpg", one)
            b = _kept(folder, f"{stem}+{gap}.jpg", other)
            # Half a second of a fast hand is another place to stand.
            fast = _drift(one, other) > 0.03
            yield _pair(
                a, b, "burst", HALVES[number >= len(starts) // 2],
                "real" if video == CHAIR else "video-flat", seconds=round(gap / rate, 2),
                drift=round(_drift(one, other), 4), also=["same_scene"] if fast else [],
            )  # fmt: skip
    plain = cv2.VideoCapture(str(photos / "video" / CHAIR))
    marked = cv2.VideoCapture(str(photos / "video" / CHAIR_WITH_LOGO))
    for number, at in enumerate(range(30, 640, 61)):
        one, other = _frame(plain, at), _frame(marked, at)
        if one is not None and other is not None:
            a = _kept(folder, f"real-plain-{at}.jpg", one)
            b = _kept(folder, f"real-marked-{at}.jpg", other)
            yield _pair(a, b, "copy", HALVES[number >= 5], "real", attack="drawn on a video")


def _frame(film: cv2.VideoCapture, at: int) -> Image | None:
    film.set(cv2.CAP_PROP_POS_FRAMES, at)
    done, image = film.read()
    return np.asarray(image, np.uint8) if done else None


def _sharpness(image: Image) -> float:
    return float(cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.CV_32F).var())


def _drift(one: Image, other: Image) -> float:
    """Return the median motion between frames, as a share of the longest side."""
    size = 320 / max(one.shape)
    grays = [
        cv2.resize(cv2.cvtColor(i, cv2.COLOR_BGR2GRAY), None, fx=size, fy=size)
        for i in (one, other)
    ]
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(*grays, None)
    return float(np.median(np.linalg.norm(flow, axis=2)) / 320)


def _bases(folder: Path, made: list[Place], photos: Path) -> dict[str, list[tuple[str, str]]]:
    """Return (file, source) of pictures that overlays and copies are made from, for each half."""
    found: dict[str, list[tuple[str, str]]] = {which: [] for which in HALVES}
    for place in made:
        found[half(place)].append((f"{place.name}-base.jpg", "rendered"))
    for number, path in enumerate(sorted((photos / "ordinary").glob("*.jpg"))):
        name = _linked(folder, path, f"real-{path.name}")
        found[HALVES[number % 2]].append((name, "real"))
    return found


def _drawn(folder: Path, bases: dict[str, list[tuple[str, str]]]) -> Iterator[Pair]:
    """Yield identical, copied, overlaid and unrelated pairs of pictures of each half."""
    for number, which in enumerate(HALVES):
        rng = np.random.default_rng([77, number])
        own = bases[which]
        for at, (name, source) in enumerate(own):
            yield _identical(folder, name, source, which, at)
            attack = list(COPIES)[(5 * at) % len(COPIES)]
            yield _copied(folder, name, source, which, attack, at)
            other = own[(at + 7) % len(own)][0]
            yield _attacked(folder, name, other, source, which, _SUITE[(11 * at) % len(_SUITE)], at)
        designs = list(OVERLAYS)
        for at in range(2 * len(own)):
            first, second = _strangers(own, rng)
            yield _overlaid(folder, first, second, which, designs[at % len(designs)], at)
        for at in range(2 * len(own)):
            first, second = _strangers(own, rng, alike=at % 2 == 0)
            if at % 4 == 3:
                yield _same_layout(folder, first, second, which, at)
            else:
                yield _pair(first[0], second[0], "unrelated", which, first[1])


def _identical(folder: Path, name: str, source: str, which: str, at: int) -> Pair:
    """Save a picture again without loss, or with a remark that changes no pixel."""
    data = (folder / name).read_bytes()
    stem = f"same-{Path(name).stem}"
    if at % 2:
        other = f"{stem}.png"
        with Pillow.open(folder / name) as image:
            image.convert("RGB").save(folder / other)
    else:
        other, note = f"{stem}.jpg", b"said by whoever passed it on"
        remark = b"\xff\xfe" + (len(note) + 2).to_bytes(2, "big") + note
        (folder / other).write_bytes(data[:2] + remark + data[2:])
    return _pair(name, other, "identical", which, source)


def _copied(folder: Path, name: str, source: str, which: str, attack: str, at: int) -> Pair:
    rng = np.random.default_rng([78, at, list(COPIES).index(attack)])
    image = COPIES[attack](_read(folder / name), rng)
    other = _kept(folder, f"copy-{attack}-{Path(name).stem}.jpg", image, 90)
    return _pair(name, other, "copy", which, source, attack=attack)


def _attacked(
    folder: Path, name: str, filler: str, source: str, which: str, attack: str, at: int
) -> Pair:
    """Copy a picture as the attack suite does; a filler is what collages put beside it."""
    around = Around([_read(folder / filler)])
    made = attacked(attack, name, _read(folder / name), around, seed=at)
    other = f"suite-{attack}-{Path(name).stem}{made.suffix}"
    (folder / other).write_bytes(made.data)
    return _pair(name, other, "copy", which, source, attack=attack)


def _scene(name: str) -> str:
    return name.partition("-base")[0]


def _strangers(
    own: list[tuple[str, str]], rng: np.random.Generator, alike: bool = False
) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return two pictures of different scenes; ``alike``: of one kind and source."""
    while True:
        first, second = (own[at] for at in rng.choice(len(own), 2, replace=False))
        kinds = [_scene(each[0]).rstrip("0123456789")[:5] for each in (first, second)]
        if not alike or kinds[0] == kinds[1]:
            return first, second


def _overlaid(
    folder: Path, first: tuple[str, str], second: tuple[str, str], which: str, design: str, at: int
) -> Pair:
    names = []
    for number, (name, _) in enumerate((first, second)):
        image = OVERLAYS[design](
            _read(folder / name),
            np.random.default_rng([79, at]),
            np.random.default_rng([80, at, number]),
        )
        names.append(_kept(folder, f"over-{which}-{at}-{number}.jpg", image, 78 + 7 * number))
    # Nobody need see letters half through two pictures; calling them copies is what is wrong.
    also = ["unrelated"] if design == "watermark" else []
    return _pair(names[0], names[1], "shared_overlay", which, first[1], design=design, also=also)


def _same_layout(
    folder: Path, first: tuple[str, str], second: tuple[str, str], which: str, at: int
) -> Pair:
    """Show two pictures in different apps: the icons of phones are much the same everywhere."""
    names = []
    for number, (name, _) in enumerate((first, second)):
        chance = np.random.default_rng([81, at, number])
        image = OVERLAYS["phone"](_read(folder / name), chance, chance)
        names.append(_kept(folder, f"app-{which}-{at}-{number}.jpg", image, 85))
    return _pair(*names, "unrelated", which, first[1], design="phone", also=["shared_overlay"])
