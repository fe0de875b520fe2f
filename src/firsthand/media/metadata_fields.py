"""Typed values of one reader's tags: camera, times, position, XMP, IPTC.

Every function returns only what is really said; what is said badly becomes a problem
``{"what", "where"}`` and no value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from firsthand.media.exif_names import Tags
from firsthand.media.exif_values import (
    clock_ms,
    degrees,
    is_unset,
    moment,
    number,
    offset_min,
    scaled,
    text,
    time_of_day_ms,
    user_comment,
)
from firsthand.model.canonical import Json

_TEXTS = {
    "make": "Make", "model": "Model", "software": "Software", "serial": "BodySerialNumber",
    "lens": "LensModel", "artist": "Artist", "copyright": "Copyright",
    "description": "ImageDescription",
}  # fmt: skip
_NUMBERS = {
    "orientation": ("Orientation", 1), "width": ("PixelXDimension", 1),
    "height": ("PixelYDimension", 1), "exposure_us": ("ExposureTime", 1_000_000),
    "f_milli": ("FNumber", 1000), "iso": ("PhotographicSensitivity", 1),
    "focal_um": ("FocalLength", 1000), "focal35_mm": ("FocalLengthIn35mmFilm", 1),
    "flash": ("Flash", 1), "thumbnail_bytes": ("JPEGInterchangeFormatLength", 1),
}  # fmt: skip
# Each time with its own sub-seconds and its own offset: OffsetTime is of DateTime alone.
_TIMES = {
    "taken": ("DateTimeOriginal", "SubSecTimeOriginal", "OffsetTimeOriginal"),
    "digitized": ("DateTimeDigitized", "SubSecTimeDigitized", "OffsetTimeDigitized"),
    "modified": ("DateTime", "SubSecTime", "OffsetTime"),
    "container_created": ("ContainerCreated", "", ""),
    "container_modified": ("ContainerModified", "", ""),
}
_XMP_TIMES = {
    "created": "xmp:createdate", "modified": "xmp:modifydate",
    "metadata_modified": "xmp:metadatadate", "date_created": "photoshop:datecreated",
    "taken": "exif:datetimeoriginal",
}  # fmt: skip
_XMP_TEXTS = {
    "creator_tool": "xmp:creatortool", "document_id": "xmpmm:documentid",
    "instance_id": "xmpmm:instanceid", "original_document_id": "xmpmm:originaldocumentid",
    "creator": "dc:creator", "title": "dc:title", "description": "dc:description",
    "rights": "dc:rights", "city": "photoshop:city", "country": "photoshop:country",
    "credit": "photoshop:credit",
}  # fmt: skip
_IPTC_TEXTS = {
    "city": "City", "place": "Sub-location", "province": "Province-State",
    "country": "Country-PrimaryLocationName", "headline": "Headline", "credit": "Credit",
    "source": "Source", "byline": "By-line", "caption": "Caption-Abstract", "keywords": "Keywords",
}  # fmt: skip
_COORDINATES = re.compile(r"\s*([+-]?[\d.]+)[\s,]+([+-]?[\d.]+)(?:[\s,]+([+-]?[\d.]+))?\s*\Z")
_XMP_DEGREES = re.compile(r"\s*(\d+)[,](\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?\s*([NSEW])\s*\Z")
MOST_HISTORY = 200
"""Steps kept of an XMP editing history."""


@dataclass
class Fields:
    """Typed values under dotted names, and what was wrong with others."""

    values: dict[str, Json] = field(default_factory=dict)
    problems: list[Json] = field(default_factory=list)

    def put(self, name: str, value: Json | None) -> None:
        """Keep a value unless there is none."""
        if value is not None and value != {}:
            self.values[name] = value

    def wrong(self, what: str, where: str, **more: Json) -> None:
        """Note a problem."""
        self.problems.append({"what": what, "where": where} | more)


def fields_of(tags: Tags) -> Fields:
    """Return the typed values of what one reader found."""
    found = Fields()
    exif = tags.exif
    for name, tag in _TEXTS.items():
        found.put(name, text(exif.get(tag)))
    found.put("user_comment", user_comment(exif.get("UserComment")))
    for name, (tag, factor) in _NUMBERS.items():
        found.put(name, scaled(exif.get(tag), factor))
    for name, (tag, part, offset) in _TIMES.items():
        _put_time(found, name, tag, exif.get(tag), part=exif.get(part), offset=exif.get(offset))
        if exif.get(offset) and text(exif[offset]) and offset_min(text(exif[offset])) is None:
            found.wrong("offset cannot be read", offset)
    if "taken" not in found.values:  # films say it in their container, with the offset
        tag = "CreationDate" if "CreationDate" in exif else "ContentCreateDate"
        _put_time(found, "taken", tag, exif.get(tag))
    _gps(found, exif)
    _xmp(found, tags.xmp)
    _iptc(found, tags.iptc)
    return found


def _put_time(found: Fields, name: str, tag: str, value: Any, **more: Any) -> None:
    said = moment(text(value), tag, **{key: _first(item) for key, item in more.items()})
    if said is None:
        return
    if said["local"] is None:
        if is_unset(said["text"]):
            found.wrong("time is not set", tag)
            return
        found.wrong("impossible time", tag)
    found.put(name, said)


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


# ---- position ---------------------------------------------------------------------------------


def _gps(found: Fields, exif: dict[str, Any]) -> None:
    lat = _angle(found, exif, "GPSLatitude", "NS", 90)
    lon = _angle(found, exif, "GPSLongitude", "EW", 180)
    if lat is None and lon is None and "GPSCoordinates" in exif:
        _coordinates(found, str(_first(exif["GPSCoordinates"])))
    elif lat == 0 and lon == 0:
        # Where the equator meets the zero meridian: what devices write that have no position.
        found.wrong("position is 0, 0", "GPSLatitude, GPSLongitude")
    else:
        found.put("gps.lat_e7", None if lat is None else round(lat * 10**7))
        found.put("gps.lon_e7", None if lon is None else round(lon * 10**7))
    height = scaled(exif.get("GPSAltitude"), 1000)
    below = text(exif.get("GPSAltitudeRef")) == "1"
    found.put("gps.alt_mm", -height if height is not None and below else height)
    found.put("gps.dop_milli", scaled(exif.get("GPSDOP"), 1000))
    found.put("gps.error_mm", scaled(exif.get("GPSHPositioningError"), 1000))
    direction = number(exif.get("GPSImgDirection"))
    if direction is not None and not 0 <= direction <= 360:
        found.wrong("direction is no angle from 0 to 360", "GPSImgDirection")
    elif direction is not None:
        found.put("gps.direction_mdeg", round(direction * 1000))
        found.put("gps.direction_ref", text(exif.get("GPSImgDirectionRef")))
    found.put("gps.datum", text(exif.get("GPSMapDatum")))
    if (text(exif.get("GPSStatus")) or "").upper() == "V":
        found.wrong("receiver had no position then", "GPSStatus")
    _gps_time(found, exif)


def _angle(found: Fields, exif: dict[str, Any], tag: str, signs: str, most: int) -> Fraction | None:
    value = exif.get(tag)
    if text(value) is None and tag not in exif:
        return None
    angle = degrees(value)
    if angle is None:
        found.wrong("position is undefined (such as 0/0)", tag)
        return None
    letter = (text(exif.get(f"{tag}Ref")) or " ")[0].upper()
    if letter not in signs:
        # Without it north is not told from south, nor east from west: no value is better.
        found.wrong(f"no {signs[0]} or {signs[1]} beside it", f"{tag}Ref")
        return None
    if abs(angle) > most:
        found.wrong(f"more than {most} degrees", tag)
        return None
    if angle < 0:
        found.wrong("negative beside a letter of its own", tag)
        return None
    return -angle if letter == signs[1] else angle


def _coordinates(found: Fields, written: str) -> None:
    match = _COORDINATES.match(written)
    lat, lon = (scaled(match[n], 10**7) for n in (1, 2)) if match else (None, None)
    if match is None or lat is None or lon is None:
        found.wrong("position cannot be read", "GPSCoordinates")
    elif lat == lon == 0:
        found.wrong("position is 0, 0", "GPSCoordinates")
    elif abs(lat) > 90 * 10**7 or abs(lon) > 180 * 10**7:
        found.wrong("more than 90 or 180 degrees", "GPSCoordinates")
    else:
        found.put("gps.lat_e7", lat)
        found.put("gps.lon_e7", lon)
        found.put("gps.alt_mm", scaled(match[3], 1000))


def _gps_time(found: Fields, exif: dict[str, Any]) -> None:
    date, time = text(exif.get("GPSDateStamp")), exif.get("GPSTimeStamp")
    of_day = time_of_day_ms(_first(time) if isinstance(time, list) and len(time) == 1 else time)
    if time is not None and of_day is None:
        found.wrong("GPS time cannot be read", "GPSTimeStamp")
    day = moment(date, "GPSDateStamp")
    known = day is not None and day["local"] is not None
    if day is not None and not known:
        found.wrong("malformed GPS date", "GPSDateStamp")
    if of_day is not None and not known:
        found.wrong("GPS time without a GPS date: the day is open", "GPSDateStamp")
    if day is None and of_day is None:
        return
    utc = None
    if known and of_day is not None:
        utc = clock_ms(day) // 86_400_000 * 86_400_000 + of_day
    written = " ".join(part for part in (date, _clock(of_day)) if part)
    found.put(
        "gps.time",
        {"text": written, "utc_ms": utc, "date_known": known, "of_day_ms": of_day},
    )


def _clock(of_day: int | None) -> str:
    if of_day is None:
        return ""
    seconds, part = divmod(of_day, 1000)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return clock + (f".{part:03}" if part else "")


# ---- XMP and IPTC -----------------------------------------------------------------------------


def _xmp(found: Fields, xmp: dict[str, Any]) -> None:
    for name, key in _XMP_TIMES.items():
        found.put(f"xmp.{name}", moment(text(xmp.get(key)), f"XMP {key}"))
    for name, key in _XMP_TEXTS.items():
        found.put(f"xmp.{name}", text(xmp.get(key)))
    steps = xmp.get("xmpmm:history")
    if isinstance(steps, list):
        found.put("xmp.history", [_step(step) for step in steps[:MOST_HISTORY]])
    for name, key in (("lat_e7", "exif:gpslatitude"), ("lon_e7", "exif:gpslongitude")):
        angle = _xmp_angle(xmp.get(key))
        found.put(f"xmp.{name}", None if angle is None else round(angle * 10**7))


def _step(step: Any) -> Json:
    if not isinstance(step, dict):
        return {"action": text(step)}
    when = moment(text(step.get("when")), "XMP history")
    said = {"action": text(step.get("action")), "when": when,
            "software": text(step.get("softwareagent")),
            "instance_id": text(step.get("instanceid"))}  # fmt: skip
    return {key: value for key, value in said.items() if value is not None}


def _xmp_angle(value: Any) -> Fraction | None:
    written = text(value)
    if written is None:
        return None
    match = _XMP_DEGREES.match(written)
    if match is None:
        return number(written)
    parts = [number(part) or Fraction(0) for part in (match[1], match[2], match[3] or "0")]
    angle = parts[0] + parts[1] / 60 + parts[2] / 3600
    return -angle if match[4] in "SW" else angle


def _iptc(found: Fields, iptc: dict[str, Any]) -> None:
    pairs = {
        "created": ("DateCreated", "TimeCreated"),
        "digitized": ("DigitalCreationDate", "DigitalCreationTime"),
    }
    for name, (day, time) in pairs.items():
        date, clock = text(iptc.get(day)), text(iptc.get(time))
        if date is not None:
            written = f"{_dated(date)} {_clocked(clock)}".strip() if clock else _dated(date)
            found.put(f"iptc.{name}", moment(written, f"IPTC {day}"))
    for name, key in _IPTC_TEXTS.items():
        found.put(f"iptc.{name}", text(iptc.get(key)))


def _dated(date: str) -> str:
    """Write IPTC's ``CCYYMMDD`` as the other reader does."""
    return f"{date[:4]}:{date[4:6]}:{date[6:]}" if re.fullmatch(r"\d{8}", date) else date


def _clocked(clock: str) -> str:
    """Write IPTC's ``HHMMSS±HHMM`` as the other reader does."""
    match = re.fullmatch(r"(\d\d)(\d\d)(\d\d)([+-]\d\d)?(\d\d)?", clock)
    if match is None:
        return clock
    zone = f"{match[4]}:{match[5] or '00'}" if match[4] else ""
    return f"{match[1]}:{match[2]}:{match[3]}{zone}"
