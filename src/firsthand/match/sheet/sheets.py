"""Writes contact sheets: from the result of ``firsthand match`` to pages that stand alone."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from firsthand.match.sheet.maps import map_of, places, reduced
from firsthand.match.sheet.page import render
from firsthand.match.sheet.text import visible
from firsthand.model.canonical import Json

SIDE = 480
"""Longest side [px] of a picture in a sheet."""

QUALITY = 72
"""JPEG quality of these: about 25 kB each."""

MOST_PICTURES = 150
"""Pictures that one sheet holds; of a larger group the rest is listed without."""

MOST_LINKS = 300
"""Links that one sheet lists, the surest first."""

Pixels = NDArray[np.uint8]

_PLAIN: Json = {
    "score": 0.0,
    "transform": "none",
    "derived": "undetermined",
    "time_a": None,
    "time_b": None,
}
"""What a link that does not say it is taken to be."""


def write_sheets(
    result: Json,
    pictures: Callable[[str], Pixels | None],
    folder: Path,
    *,
    colour: bool = False,
    seen: Mapping[str, str] | None = None,
) -> list[Path]:
    """Write a contact sheet for each group, and ``index.html`` that lists them; return the paths.

    Parameters
    ----------
    result
        What ``firsthand match --json`` prints.
    pictures
        Returns the picture at a path as shown: brightness of shape (h, w) or RGB of shape
        (h, w, 3), of any size; None when it has none or cannot be opened.
    folder
        Where to write; made when it is missing. Pages of an earlier result are written over.
    colour
        Whether pages hold colour. They show grey first even then.
    seen
        When each path was first seen, in words.

    Raises
    ------
    OSError
        When a page cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    items = {item["path"]: item for item in result["items"]}
    pages, listed = [], []
    for number, group in enumerate(result["groups"], 1):
        name = f"group-{number:04}.html"
        sheet = _sheet(number, group, items, result["links"], seen or {})
        data = _drawn(sheet, pictures, colour)
        page = folder / name
        page.write_text(
            render("sheet.html.j2", sheet=sheet, data=data, colour=colour), encoding="utf-8"
        )
        pages.append(page)
        listed.append({"page": name, **sheet})
    index = folder / "index.html"
    index.write_text(render("index.html.j2", sheets=listed, data=None), encoding="utf-8")
    return [index, *pages]


def _sheet(
    number: int,
    group: Json,
    items: Mapping[str, Json],
    links: list[Json],
    seen: Mapping[str, str],
) -> dict[str, Any]:
    members = set(group["members"])
    own = [link for link in links if link["a"] in members and link["b"] in members]
    own.sort(key=lambda link: (-(link.get("score") or 0), link["a"], link["b"]))
    at = {path: place for place, path in enumerate(group["members"])}
    return {
        "number": number,
        "relation": group["relation"],
        "first": group.get("first"),
        "members": [
            {
                "path": path,
                "name": path.replace("\\", "/").rsplit("/", 1)[-1] or path,
                "kind": items.get(path, {}).get("kind", "image"),
                "size": _size(items.get(path, {})),
                "sha256": items.get(path, {}).get("sha256"),
                "seen": seen.get(path),
                "links": sum(path in (link["a"], link["b"]) for link in own),
            }
            for path in group["members"]
        ],
        "links": [
            _PLAIN | link | {"at": [at[link["a"]], at[link["b"]]]} for link in own[:MOST_LINKS]
        ],
        "links_more": max(0, len(own) - MOST_LINKS),
    }


def _size(item: Json) -> list[int] | None:
    width, height = item.get("width"), item.get("height")
    return [width, height] if width and height else None


def _drawn(
    sheet: dict[str, Any], pictures: Callable[[str], Pixels | None], colour: bool
) -> dict[str, Any]:
    """Return what the script of a page draws: pictures by place, and how links lie."""
    drawn = []
    for place, member in enumerate(sheet["members"]):
        pixels = pictures(member["path"]) if place < MOST_PICTURES else None
        picture = None if pixels is None or not pixels.size else encoded(pixels, colour)
        if picture is not None and member["size"] is None and pixels is not None:
            member["size"] = [pixels.shape[1], pixels.shape[0]]
        drawn.append(picture)
        member["shown"] = picture is not None
    links = [_alignment(link, sheet["members"], drawn) for link in sheet["links"]]
    for link, made in zip(sheet["links"], links, strict=True):
        link["aligned"] = made is not None
    names = [visible(member["name"]) for member in sheet["members"]]
    return {"pictures": drawn, "links": links, "names": names, "colour": colour}


def encoded(pixels: Pixels, colour: bool) -> dict[str, Any]:
    """Return a picture for a page: its size as drawn [px], and JPEG data as base64.

    Nothing but pixels goes in: no metadata, no name.
    """
    rgb = pixels.ndim == 3
    if rgb and not colour:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    height, width = pixels.shape[:2]
    factor = min(1.0, SIDE / max(height, width))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    if small.ndim == 3:
        small = small[:, :, ::-1]
    done, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    assert done
    return {
        "width": size[0],
        "height": size[1],
        "jpeg": base64.b64encode(data.tobytes()).decode("ascii"),
    }


def _alignment(
    link: Json, members: list[dict[str, Any]], drawn: list[dict[str, Any] | None]
) -> dict[str, Any] | None:
    """Return how two pictures lie on one another in px as drawn, or None when it is not known.

    Frames can be drawn for pictures that have no pixels here.
    """
    a, b = link["at"]
    sizes = members[a]["size"], members[b]["size"]
    if sizes[0] is None or sizes[1] is None:
        return None
    frames = [_frame(drawn[place], size) for place, size in zip((a, b), sizes, strict=True)]
    grow = [
        (frame[0] / size[0], frame[1] / size[1]) for frame, size in zip(frames, sizes, strict=True)
    ]
    found = map_of(link, sizes[0], sizes[1])
    regions = [link.get("region_a"), link.get("region_b")]
    if found is None and not any(regions):
        return None
    return {
        "at": [a, b],
        "frames": frames,
        "map": None if found is None else reduced(found, grow[0], grow[1]),
        "regions": [
            None if box is None else [round(value * by[k % 2], 1) for k, value in enumerate(box)]
            for box, by in zip(regions, grow, strict=True)
        ],
        "points": places(
            link,
            lambda p: [
                round(value * by, 1) for value, by in zip(p, (*grow[0], *grow[1]), strict=True)
            ],
        ),
        "one_plane": link["relation"] in ("identical", "copy"),
    }


def _frame(picture: dict[str, Any] | None, size: list[int]) -> list[int]:
    if picture is not None:
        return [picture["width"], picture["height"]]
    factor = min(1.0, SIDE / max(size))
    return [max(1, round(size[0] * factor)), max(1, round(size[1] * factor))]
