"""One naming for what the two metadata readers call differently.

Names are those of Exif 2.32; XMP properties are ``prefix:name`` in small letters; IPTC datasets
carry their names of IPTC-IIM 4.2.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

EXIFTOOL = {
    "IFD0": {
        "Make": "Make", "Model": "Model", "Software": "Software", "Artist": "Artist",
        "Copyright": "Copyright", "ImageDescription": "ImageDescription",
        "Orientation": "Orientation", "ModifyDate": "DateTime",
    },
    "ExifIFD": {
        "DateTimeOriginal": "DateTimeOriginal", "CreateDate": "DateTimeDigitized",
        "SubSecTime": "SubSecTime", "SubSecTimeOriginal": "SubSecTimeOriginal",
        "SubSecTimeDigitized": "SubSecTimeDigitized", "OffsetTime": "OffsetTime",
        "OffsetTimeOriginal": "OffsetTimeOriginal", "OffsetTimeDigitized": "OffsetTimeDigitized",
        "ExposureTime": "ExposureTime", "FNumber": "FNumber", "ISO": "PhotographicSensitivity",
        "FocalLength": "FocalLength", "FocalLengthIn35mmFormat": "FocalLengthIn35mmFilm",
        "LensModel": "LensModel", "SerialNumber": "BodySerialNumber", "UserComment": "UserComment",
        "ExifImageWidth": "PixelXDimension", "ExifImageHeight": "PixelYDimension",
        "Flash": "Flash",
    },
    "IFD1": {"ThumbnailLength": "JPEGInterchangeFormatLength"},
    "Keys": {
        "Make": "Make", "Model": "Model", "Software": "Software", "CreationDate": "CreationDate",
        "GPSCoordinates": "GPSCoordinates",
    },
    "UserData": {"GPSCoordinates": "GPSCoordinates"},
    "ItemList": {"GPSCoordinates": "GPSCoordinates", "CreateDate": "ContentCreateDate"},
    "QuickTime": {"CreateDate": "ContainerCreated", "ModifyDate": "ContainerModified"},
}  # fmt: skip
"""Group, then exiftool's name (-G1): Exif's name."""

EXIFREAD = {
    "Image DateTime": "DateTime", "EXIF ISOSpeedRatings": "PhotographicSensitivity",
    "EXIF ExifImageWidth": "PixelXDimension", "EXIF ExifImageLength": "PixelYDimension",
    "Thumbnail JPEGInterchangeFormatLength": "JPEGInterchangeFormatLength",
    "GPS GPSDate": "GPSDateStamp", "GPS Tag 0x001F": "GPSHPositioningError",
}  # fmt: skip
"""exifread's names that are not Exif's own after the group."""

_EXIFREAD_GROUPS = ("Image ", "EXIF ", "GPS ")

IPTC = {
    "2:55": "DateCreated", "2:60": "TimeCreated", "2:62": "DigitalCreationDate",
    "2:63": "DigitalCreationTime", "2:80": "By-line", "2:90": "City", "2:92": "Sub-location",
    "2:95": "Province-State", "2:101": "Country-PrimaryLocationName", "2:105": "Headline",
    "2:110": "Credit", "2:115": "Source", "2:120": "Caption-Abstract", "2:25": "Keywords",
}  # fmt: skip
"""Record and dataset: name, of IPTC-IIM 4.2, chapter 6."""


@dataclass
class Tags:
    """What one reader found, under common names."""

    exif: dict[str, Any] = field(default_factory=dict)
    xmp: dict[str, Any] = field(default_factory=dict)
    iptc: dict[str, Any] = field(default_factory=dict)
    composite: dict[str, Any] = field(default_factory=dict)
    twice: dict[str, list[str]] = field(default_factory=dict)
    version: str | None = None
    faults: list[str] = field(default_factory=list)


def from_exiftool(output: str) -> Tags:
    """Sort exiftool's JSON; numbers stay the texts that they were.

    Raises
    ------
    ValueError
        When it is no JSON list of one object.
    """
    listed = json.loads(output, parse_float=str, parse_int=str)
    if not isinstance(listed, list) or not listed or not isinstance(listed[0], dict):
        raise ValueError("no list with one object")
    tags = Tags()
    seen: dict[tuple[str, str], Any] = {}
    for key, value in listed[0].items():
        # "Copy1" counts a name over the whole file; a tag is twice there only within its group.
        group, *_, name = key.split(":")
        if (group, name) in seen:
            if group in ("IFD0", "ExifIFD", "GPS"):
                both = tags.twice.setdefault(f"{group}:{name}", [str(seen[group, name])[:200]])
                both.append(str(value)[:200])
            continue
        seen[group, name] = value
        if group == "GPS":
            tags.exif[name] = value
        elif group in EXIFTOOL and name in EXIFTOOL[group]:
            tags.exif.setdefault(EXIFTOOL[group][name], value)
        elif group.startswith("XMP-"):
            tags.xmp[f"{group[4:]}:{name}".lower()] = _small(value)
        elif group == "IPTC":
            tags.iptc[name] = value
        elif group == "Composite":
            tags.composite[name] = value
        elif group == "ExifTool":
            _of_itself(tags, name, value)
    return tags


def _of_itself(tags: Tags, name: str, value: Any) -> None:
    if name == "ExifToolVersion":
        tags.version = f"exiftool {value}"
    elif name in ("Error", "Warning"):
        tags.faults.append(f"exiftool: {value}"[:300])


def _small(value: Any) -> Any:
    """Return a structured value with the names of its fields in small letters, without prefix."""
    if isinstance(value, list):
        return [_small(item) for item in value]
    if isinstance(value, dict):
        return {key.rpartition(":")[2].lower(): _small(item) for key, item in value.items()}
    return value


def from_wheels(output: str) -> Tags:
    """Sort the answer of ``exif_child``.

    Raises
    ------
    ValueError
        When it is not the object that it should be.
    """
    answer = json.loads(output)
    tags = Tags(faults=list(answer["faults"]))
    for key, value in answer["exif"].items():
        group = next((each for each in _EXIFREAD_GROUPS if key.startswith(each)), None)
        if key in EXIFREAD:
            tags.exif[EXIFREAD[key]] = value
        elif group is not None:
            tags.exif.setdefault(key.removeprefix(group), value)
    tags.xmp = {key.lower(): _small(value) for key, value in answer["xmp"].items()}
    for key, value in answer["iptc"].items():
        if key in IPTC:
            tags.iptc[IPTC[key]] = value[0] if len(value) == 1 else value
    return tags
