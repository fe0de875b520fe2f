"""What a device writes into a photograph: plausible EXIF, as wrong as real clocks and fixes are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational


@dataclass(frozen=True)
class Fix:
    """A GPS fix [degree], the time of it [ms since 1970], where the camera looks [degree].

    A ``stale`` fix is an old one: neither its place nor its time are those of the photograph.
    """

    latitude: float
    longitude: float
    t_ms: int
    bearing: float | None
    stale: bool


@dataclass(frozen=True)
class Shot:
    """What the file of one photograph says; ``written`` is the device's clock, without a zone."""

    make: str
    model: str
    written: datetime
    focal35: float
    size: tuple[int, int]
    fix: Fix | None


def metadata(shot: Shot) -> Image.Exif:
    """Return the EXIF of a photograph: local time without an offset, as most devices write it."""
    base, photo, gps = ExifTags.Base, ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo
    written = f"{shot.written:%Y:%m:%d %H:%M:%S}"
    found = Image.Exif()
    found[base.Make], found[base.Model] = shot.make, shot.model
    found[base.Orientation] = 1
    found[base.XResolution] = found[base.YResolution] = IFDRational(72, 1)
    found[base.ResolutionUnit] = 2
    found[base.Software] = f"{shot.model} 1.{len(shot.make)}"
    found[base.DateTime] = written
    found.get_ifd(photo).update({
        base.ExposureTime: IFDRational(1, 400),
        base.FNumber: IFDRational(56, 10),
        base.ISOSpeedRatings: 100,
        base.ExifVersion: b"0230",
        base.DateTimeOriginal: written,
        base.DateTimeDigitized: written,
        base.FocalLength: IFDRational(round(shot.focal35 * 100 / 5.6), 100),
        base.FocalLengthIn35mmFilm: round(shot.focal35),
        base.ExifImageWidth: shot.size[0],
        base.ExifImageHeight: shot.size[1],
    })  # fmt: skip
    if shot.fix is not None:
        found.get_ifd(gps).update(_gps(shot.fix))
    return found


def _gps(fix: Fix) -> dict[int, object]:
    tag = ExifTags.GPS
    when = datetime.fromtimestamp(fix.t_ms / 1000, UTC)
    found: dict[int, object] = {
        tag.GPSVersionID: b"\x02\x03\x00\x00",
        tag.GPSLatitudeRef: "N" if fix.latitude >= 0 else "S",
        tag.GPSLatitude: _sexagesimal(fix.latitude),
        tag.GPSLongitudeRef: "E" if fix.longitude >= 0 else "W",
        tag.GPSLongitude: _sexagesimal(fix.longitude),
        tag.GPSTimeStamp: tuple(IFDRational(n, 1) for n in (when.hour, when.minute, when.second)),
        tag.GPSDateStamp: f"{when:%Y:%m:%d}",
    }
    if fix.bearing is not None:
        found[tag.GPSImgDirectionRef] = "T"
        found[tag.GPSImgDirection] = IFDRational(round(fix.bearing * 100), 100)
    return found


def _sexagesimal(value: float) -> tuple[IFDRational, IFDRational, IFDRational]:
    hundredths = round(abs(value) * 3600 * 100)
    degrees, rest = divmod(hundredths, 3600 * 100)
    minutes, seconds = divmod(rest, 60 * 100)
    return IFDRational(degrees, 1), IFDRational(minutes, 1), IFDRational(seconds, 100)
