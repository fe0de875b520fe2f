"""What a file says of itself: EXIF, XMP, IPTC and GPS as typed values, with both readers' words.

Two readers look at every file that carries metadata: exiftool where it is installed, and wheels.
Where they disagree neither is taken. Nothing read here is proof: whoever had the file could write
it, and platforms remove it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from firsthand.media.exif_names import Tags, from_exiftool, from_wheels
from firsthand.media.exif_values import scaled
from firsthand.media.metadata_fields import Fields, fields_of
from firsthand.media.metadata_problems import problems_of
from firsthand.media.metadata_readers import Reading, exiftool, wheels, wheels_version
from firsthand.media.structure import carried
from firsthand.model.canonical import Json

RAW_LONGEST = 256 << 10
"""Code points kept of one reader's output."""

_POSITION = ("gps.lat_e7", "gps.lon_e7")


def read_metadata(path: str | Path, media_type: str) -> Json:
    """Return what one file says of itself; see :func:`read_many`."""
    return read_many([(path, media_type)])[0]


def read_many(files: Sequence[tuple[str | Path, str]]) -> list[Json]:
    """Return what each of many files says of itself, in their order; never raises for a file.

    ``{"status": "read"|"failed", "carries", "readers", "raw", "disagreements", "problems"}`` and,
    where said: ``make, model, software, serial, lens, artist, copyright, description,
    user_comment, orientation, width, height`` [px], ``exposure_us`` [µs], ``f_milli`` [1/1000],
    ``iso, flash, focal_um`` [µm], ``focal35_mm`` [mm], ``thumbnail_bytes``; times ``taken,
    digitized, modified, container_created`` as :func:`firsthand.media.exif_values.moment` gives
    them; ``gps`` with ``lat_e7, lon_e7`` [1e-7 degrees], ``alt_mm, error_mm`` [mm], ``dop_milli,
    direction_mdeg, direction_ref, time``; ``xmp`` and ``iptc``. ``carries`` is empty when the
    outline of the file shows that it holds no metadata; then no reader was started.
    """
    values: list[Json] = [_outline(Path(path)) for path, _ in files]
    some = [n for n, value in enumerate(values) if value.get("carries")]
    paths = [str(Path(files[n][0]).resolve()) for n in some]
    for n, first, second in zip(some, exiftool(paths), wheels(paths), strict=True):
        values[n] |= _read(first, second)
    return values


def _outline(path: Path) -> Json:
    try:
        carries = carried(path)
    except OSError as fault:
        return {"status": "failed", "reason": f"cannot be read: {fault.strerror}"}
    return {"status": "read", "carries": carries, "disagreements": [], "problems": []}


def _read(first: Reading, second: Reading) -> Json:
    """Put together what the two readers gave."""
    tags = {"exiftool": _sorted(first, from_exiftool), "exifread": _sorted(second, from_wheels)}
    reasons = {"exiftool": first.reason, "exifread": second.reason}
    value: Json = {
        "readers": {
            "exiftool": tags["exiftool"].version if tags["exiftool"] else None,
            "exifread": wheels_version(),
        },
        "raw": {"exiftool": _cut(first.text), "exifread": _cut(second.text)},
    }
    cut = [name for name, each in (("exiftool", first), ("exifread", second))
           if each.text and len(each.text) > RAW_LONGEST]  # fmt: skip
    if cut:
        value["raw_cut"] = cut
    unread = [{"reader": name, "reason": why} for name, why in reasons.items() if why]
    if unread:
        value["unread"] = unread
    found = {name: fields_of(each) for name, each in tags.items() if each is not None}
    if not found:
        reason = "; ".join(f"{name}: {why}" for name, why in reasons.items())
        return value | {"status": "failed", "reason": reason, "problems": []}
    merged, disagreements = _merged(found)
    composite = tags["exiftool"].composite if tags["exiftool"] else {}
    disagreements += _other_positions(merged, composite)
    problems = [problem for fields in found.values() for problem in fields.problems]
    for each in tags.values():
        if each is not None:
            problems += [
                {"what": "tag stands twice", "where": tag, "values": values}
                for tag, values in sorted(each.twice.items())
            ]
            problems += [{"what": "reader complains", "where": fault} for fault in each.faults]
    problems += problems_of(merged)
    return value | _nested(merged) | {"disagreements": disagreements, "problems": _once(problems)}


def _sorted(reading: Reading, sort: Callable[[str], Tags]) -> Tags | None:
    if reading.text is None:
        return None
    try:
        return sort(reading.text)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # a reader gave what it never should; its output is kept as it is


def _cut(output: str | None) -> str | None:
    return output if output is None else output[:RAW_LONGEST]


def _merged(found: dict[str, Fields]) -> tuple[dict[str, Json], list[Json]]:
    """Return the values on which the readers agree, and the others with what each says."""
    merged: dict[str, Json] = {}
    apart: list[Json] = []
    names = {name: None for fields in found.values() for name in fields.values}
    for name in names:
        said = {who: fields.values[name] for who, fields in found.items() if name in fields.values}
        first, *others = said.values()
        if all(_same(first, other) for other in others):
            merged[name] = first
        else:
            apart.append({"field": name} | said)
    if any(each["field"] in _POSITION for each in apart):
        for name in _POSITION:  # half a position is none
            merged.pop(name, None)
    return merged, apart


def _same(one: Json, other: Json) -> bool:
    """Say whether two readers mean the same: spelling of times and the last digit may differ."""
    if isinstance(one, int) and isinstance(other, int):
        return abs(one - other) <= 1
    if isinstance(one, dict) and isinstance(other, dict):
        keys = (one.keys() | other.keys()) - {"text", "tag"}
        if one.get("local", "") is None and other.get("local", "") is None:
            keys |= {"text"}
        return all(_same(one.get(key), other.get(key)) for key in keys)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, str) and isinstance(other, str):
        return " ".join(one.split()) == " ".join(other.split())
    return bool(one == other)


def _other_positions(merged: dict[str, Json], composite: dict[str, object]) -> list[Json]:
    """Compare value and letter with what exiftool composes, and EXIF with XMP (a lost sign)."""
    apart: list[Json] = []
    for name, tag in (("lat_e7", "GPSLatitude"), ("lon_e7", "GPSLongitude")):
        value = merged.get(f"gps.{name}")
        composed = scaled(composite.get(tag), 10**7)
        for who, other in (("composite", composed), ("xmp", merged.get(f"xmp.{name}"))):
            if value is not None and other is not None and abs(value - other) > _ROUNDED_E7:
                apart.append({"field": f"gps.{name}", "exif": value, who: other})
    return apart


_ROUNDED_E7 = 1000
"""XMP is often written with four decimals of a minute, which is 8e-7 degrees at most; ten times
that and more is another place."""


def _nested(merged: dict[str, Json]) -> Json:
    """Turn dotted names into objects."""
    value: Json = {}
    for name, said in merged.items():
        group, dot, last = name.rpartition(".")
        target = value.setdefault(group, {}) if dot else value
        target[last] = said
    return value


def _once(problems: list[Json]) -> list[Json]:
    kept: list[Json] = []
    for problem in problems:
        if problem not in kept:
            kept.append(problem)
    return kept
