"""Read the two data files of the gazetteer: places as text rows, outlines as topology.

Nothing is parsed before it is asked for. Rows stay one block of bytes and are found by their
keys, which takes milliseconds and no index; outlines are unpacked one country at a time.
"""

from __future__ import annotations

import json
import lzma
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Any

from firsthand.globe.names import NAMES_VERSION
from firsthand.globe.polygon import MultiPolygon, Point
from firsthand.model.errors import BadInput
from firsthand.model.folding import FOLDING_VERSION

FORMAT = 1
COLUMN = b"\x1e"
"""Stands between the header and the columns of the file; whole columns pack an eighth smaller
than rows."""

KEY = b"\x1f"
"""Stands before, between and after the skeleton keys that begin each row."""


def _bytes(name: str) -> bytes:
    return (files("firsthand.globe") / "data" / name).read_bytes()


@cache
def rows() -> bytes:
    """Return all places, one line each: keys, then tab-separated fields.

    Raises
    ------
    BadInput
        When the file was made with another rule of folding or of skeletons.
    """
    head, *columns = lzma.decompress(_bytes("places.xz")).split(COLUMN)
    wanted = f"firsthand places {FORMAT} names {NAMES_VERSION} folding {FOLDING_VERSION}"
    if head.decode() != wanted:
        raise BadInput(
            "gazetteer does not fit this version",
            why=f"file says {head.decode()!r}, code wants {wanted!r}",
            hint="run tools/build_gazetteer.py",
        )
    fields = zip(*(column.split(b"\n") for column in columns), strict=True)
    return b"\n".join(map(b"\t".join, fields)) + b"\n"


def _lines(needle: bytes) -> Iterator[list[str]]:
    data = rows()
    last = -1
    at = data.find(needle)
    while at >= 0:
        start = data.rfind(b"\n", 0, at) + 1
        end = data.index(b"\n", at)
        if start != last:
            yield data[start:end].decode().split("\t")
        last = start
        at = data.find(needle, end)


def with_key(skeleton: str) -> Iterator[list[str]]:
    """Yield the fields of each row that has this skeleton key."""
    yield from _lines(KEY + skeleton.encode() + KEY)


def with_id(place_id: str) -> list[str] | None:
    """Return the fields of the row with this id, or None."""
    if not place_id or "\t" in place_id or "\n" in place_id:
        return None
    return next(_lines(KEY + b"\t" + place_id.encode() + b"\t"), None)


@dataclass(frozen=True, slots=True)
class Area:
    """Where the outline of one area is kept, and its box [1e-6 degree] for quick refusal."""

    id: str
    member: str
    box: tuple[int, int, int, int]

    def may_hold(self, lon: int, lat: int) -> bool:
        """Tell whether the box of the area holds a point [1e-6 degree]."""
        west, south, east, north = self.box
        return west <= lon <= east and south <= lat <= north


@cache
def _archive() -> zipfile.ZipFile:
    return zipfile.ZipFile(BytesIO(_bytes("outlines.zip")))


@cache
def areas() -> dict[str, Area]:
    """Return every area that has an outline, by id."""
    listed = json.loads(_archive().read("index.json"))
    return {key: Area(key, member, tuple(box)) for key, (member, box) in listed.items()}


def pack(arcs: list[list[list[int]]]) -> bytes:
    """Return TopoJSON arcs as bytes: point counts and zigzag steps as LEB128 numbers.

    A third smaller in the archive than as text.
    """
    packed = bytearray()
    for arc in arcs:
        for number in (2 * len(arc), *(value for step in arc for value in step)):
            rest = number * 2 if number >= 0 else -number * 2 - 1
            while rest > 127:
                packed.append(rest & 127 | 128)
                rest >>= 7
            packed.append(rest)
    return bytes(packed)


def _numbers(packed: bytes) -> Iterator[int]:
    value = shift = 0
    for byte in packed:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield value >> 1 if value & 1 == 0 else -(value + 1 >> 1)
            value = shift = 0


def unpacked(packed: bytes, transform: dict[str, list[float]]) -> list[list[Point]]:
    """Return arcs as points [1e-6 degree]; the reverse of :func:`pack`."""
    (sx, sy), (tx, ty) = transform["scale"], transform["translate"]
    numbers = _numbers(packed)
    arcs = []
    for count in numbers:
        x = y = 0
        points = []
        for _ in range(count // 2):
            x, y = x + next(numbers), y + next(numbers)
            points.append((round((x * sx + tx) * 1e6), round((y * sy + ty) * 1e6)))
        arcs.append(points)
    return arcs


def joined(arcs: list[list[Point]], polygons: list[list[list[int]]]) -> MultiPolygon:
    """Return polygons whose rings are lists of arc numbers; ``~n`` is arc n backwards.

    References: TopoJSON 1.0, section 2.1.4.
    """

    def ring(indexes: list[int]) -> tuple[Point, ...]:
        points: list[Point] = []
        for index in indexes:
            arc = arcs[index] if index >= 0 else arcs[~index][::-1]
            points.extend(arc[1:] if points else arc)
        return tuple(points)

    return tuple(tuple(ring(indexes) for indexes in polygon) for polygon in polygons)


@lru_cache(maxsize=16)
def _topology(member: str) -> tuple[list[list[Point]], dict[str, Any]]:
    shapes = json.loads(_archive().read(f"{member}.json"))
    return unpacked(_archive().read(f"{member}.arcs"), shapes["transform"]), shapes["areas"]


@lru_cache(maxsize=512)
def multipolygon(area_id: str) -> MultiPolygon | None:
    """Return the outline of an area [1e-6 degree], or None when none is kept."""
    area = areas().get(area_id)
    if area is None:
        return None
    arcs, shapes = _topology(area.member)
    return joined(arcs, shapes[area_id])
