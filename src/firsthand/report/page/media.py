"""Images and videos of a report: named, never shown before somebody asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firsthand.report.page.times import between


@dataclass(frozen=True, slots=True)
class Medium:
    """An exhibit with pixels, by digest and in words."""

    id: str
    hex: str
    kind: str
    media_type: str
    size: int
    extent: str
    taken: str
    description: str | None
    remarks: tuple[str, ...]
    made_from: str | None
    made_how: str | None
    shows: tuple[str, ...]
    sightings: tuple[str, ...]


def media_of(report: Mapping[str, Any]) -> tuple[Medium, ...]:
    """Return the exhibits whose media type is an image or a video, in the order of the report."""
    seen: dict[str, list[Mapping[str, Any]]] = {}
    for sighting in report["sightings"]:
        for exhibit in sighting["exhibits"]:
            seen.setdefault(exhibit, []).append(sighting)
    found = []
    for exhibit in report["exhibits"]:
        kind = exhibit["media_type"].partition("/")[0].lower()
        if kind not in ("image", "video"):
            continue
        at = seen.get(exhibit["id"], [])
        found.append(
            Medium(
                id=exhibit["id"],
                hex=exhibit["id"].removeprefix("sha256:"),
                kind=kind,
                media_type=exhibit["media_type"],
                size=exhibit["size"],
                extent=_extent(exhibit),
                taken=_taken(exhibit.get("taken")),
                description=exhibit.get("description"),
                made_from=exhibit.get("derived_from"),
                made_how=exhibit.get("derivation"),
                remarks=tuple(dict.fromkeys(s["remark"] for s in at if s["remark"])),
                shows=tuple(dict.fromkeys(e for s in at for e in s["shows"])),
                sightings=tuple(s["id"] for s in at),
            )
        )
    return tuple(found)


def _extent(exhibit: Mapping[str, Any]) -> str:
    """Return width and height, and the length of a video; what could not be read is said."""
    parts = []
    if exhibit.get("width") and exhibit.get("height"):
        parts.append(f"{exhibit['width']} x {exhibit['height']} px")
    if exhibit.get("duration_ms") is not None:
        parts.append(f"{exhibit['duration_ms'] / 1000:.1f} s")
    if exhibit.get("media_reason"):
        parts.append(f"{exhibit['media_status']}: {exhibit['media_reason']}")
    return ", ".join(parts)


def _taken(taken: Mapping[str, Any] | None) -> str:
    """Return when the picture was taken: what is firm, then what its own file says."""
    if taken is None:
        return ""
    firm, likely = taken["bounds"], taken["likely"]
    parts = ["what is known of it cannot all be true"] if firm is None else []
    if firm is not None and (firm["not_before"] or firm["not_after"]):
        parts.append(between(firm["not_before"], firm["not_after"]))
    if likely is not None:
        said = between(likely["not_before"], likely["not_after"])
        parts.append(f"by its own file {said}, if that is right")
    if firm is not None and taken["conflicts"]:
        parts.append("its own file contradicts that")
    return "; ".join(parts)
