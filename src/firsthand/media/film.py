"""What a film file holds, through ffprobe in a limited child; what ffmpeg may open at all.

Only containers that hold their own pictures and sound are opened: playlists (HLS, DASH, concat,
IMF) and devices name other files or addresses, and a hostile one would have us open them.
"""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

from firsthand.media.exif_values import moment, number, text
from firsthand.media.sandbox import Bounds, Finished, run_limited
from firsthand.model.canonical import MAX_INTEGER, Json
from firsthand.model.errors import MissingDependency

CONTAINERS = (
    "mov", "matroska", "avi", "mpegts", "mpeg", "mpegvideo", "flv", "asf", "ogg", "m4v", "h264",
    "hevc", "av1", "obu", "ivf", "mjpeg", "mxf", "rm", "dv", "nut", "wtv", "amr", "aac", "mp3",
    "wav", "flac",
)  # fmt: skip
"""ffmpeg's names of the containers that are opened; each has its media inside itself."""

MISSING = "ffmpeg is not installed (Debian: ffmpeg)"
MOST_STREAMS, MOST_TAGS = 64, 100
"""Streams and text tags told of one file; the counts tell how many there were."""

_PROBE_BOUNDS = Bounds(memory_mib=1024, cpu_s=30, wall_s=60, output_mib=16)
_ADDRESS = re.compile(r" @ 0x[0-9a-f]+")
_DROPPED = {"attached_pic", "timed_thumbnails"}


def source(path: str | Path) -> list[str]:
    """Return the options that open one file and nothing else, for ffprobe and ffmpeg alike."""
    return [
        "-protocol_whitelist", "file", "-format_whitelist", ",".join(CONTAINERS),
        "-i", f"file:{Path(path).resolve()}",
    ]  # fmt: skip


def complaint(finished: Finished, path: str | Path) -> str:
    """Return why a program failed, without this machine's paths and addresses in memory."""
    if finished.status in ("timeout", "killed", "output"):
        return finished.reason or finished.status
    said = _ADDRESS.sub("", finished.stderr).replace(f"file:{Path(path).resolve()}", "the file")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return "; ".join(dict.fromkeys(lines[-3:]))[:500] or finished.reason or finished.status


def probe(path: str | Path) -> Json:
    """Return what a film file holds; never raises for a fault of the file.

    ``{"status": "read"|"refused"|"failed"|"timeout"|"killed"|"not_checked", "reason"?}``, and when
    it was read: ``container``, ``duration_ms`` [ms], ``bit_rate`` [bit/s], ``codec``, ``width`` and
    ``height`` [px, as shown], ``rotation_deg`` [degrees clockwise, 0 to 359], ``fps_milli``
    [frames per 1000 s], ``frames``, ``audio``, ``streams``, ``created``, ``tags``, ``reader``.
    What the file does not tell is None. ``created`` are times as
    :func:`firsthand.media.exif_values.moment` gives them; those of a container's own field are
    UTC by its standard (ISO/IEC 14496-12, 8.2.2) and often the camera's clock in fact, so they
    have ``utc_by_standard_ms`` and no ``utc_ms``.
    ``refused`` is for playlists and other forms that name files or addresses of their own.
    """
    argv = [
        "ffprobe", "-v", "error", *source(path), "-print_format", "json", "-show_format",
        "-show_streams", "-show_program_version",
    ]  # fmt: skip
    try:
        finished = run_limited(argv, bounds=_PROBE_BOUNDS, inputs=[Path(path).resolve()])
    except MissingDependency:
        return {"status": "not_checked", "reason": MISSING}
    except OSError as fault:
        return {"status": "failed", "reason": f"cannot be read: {fault.strerror}"}
    if finished.status != "ok":
        reason = complaint(finished, path)
        if "not on whitelist" in finished.stderr:
            reason = "names other files or addresses, or is no film: its form is not opened"
            return {"status": "refused", "reason": reason}
        return {"status": finished.status, "reason": reason}
    try:
        return _told(json.loads(finished.stdout, parse_float=str))
    except (ValueError, TypeError, AttributeError, KeyError) as fault:
        return {"status": "failed", "reason": f"ffprobe's answer cannot be read: {fault}"[:300]}


def _told(answer: dict[str, Any]) -> Json:
    container = answer["format"]
    streams: list[dict[str, Any]] = answer.get("streams", [])
    shown = next((each for each in streams if _is_film(each)), None)
    value: Json = {
        "status": "read",
        "reader": f"ffprobe {answer.get('program_version', {}).get('version')}",
        "container": text(container.get("format_name")),
        "duration_ms": _scaled(container.get("duration"), 1000),
        "bit_rate": _scaled(container.get("bit_rate"), 1),
        "audio": any(each.get("codec_type") == "audio" for each in streams),
        "codec": None, "width": None, "height": None, "rotation_deg": None, "fps_milli": None,
        "frames": None,
        "stream_count": len(streams),
        "streams": [_stream(each) for each in streams[:MOST_STREAMS]],
    }  # fmt: skip
    if shown is not None:
        rotation = _rotation(shown)
        width, height = _scaled(shown.get("width"), 1), _scaled(shown.get("height"), 1)
        if rotation in (90, 270):
            width, height = height, width
        value |= {
            "codec": text(shown.get("codec_name")),
            "width": width,
            "height": height,
            "rotation_deg": rotation,
            "fps_milli": _scaled(shown.get("avg_frame_rate"), 1000),
            "frames": _scaled(shown.get("nb_frames"), 1),
        }
        if value["duration_ms"] is None:
            value["duration_ms"] = _scaled(shown.get("duration"), 1000)
    return value | _tags(container, streams)


def _is_film(stream: dict[str, Any]) -> bool:
    """Say whether a stream is moving pictures: a cover picture counts as video, too."""
    marks = stream.get("disposition", {})
    return stream.get("codec_type") == "video" and not any(marks.get(name) for name in _DROPPED)


def _stream(stream: dict[str, Any]) -> Json:
    """Return one stream in short."""
    said: Json = {
        "kind": text(stream.get("codec_type")),
        "codec": text(stream.get("codec_name")),
        "profile": text(stream.get("profile")),
        "pixels": text(stream.get("pix_fmt")),
        "width": _scaled(stream.get("width"), 1),
        "height": _scaled(stream.get("height"), 1),
        "sample_rate": _scaled(stream.get("sample_rate"), 1),
        "channels": _scaled(stream.get("channels"), 1),
        "duration_ms": _scaled(stream.get("duration"), 1000),
    }
    return {key: item for key, item in said.items() if item is not None}


def _tags(container: dict[str, Any], streams: list[dict[str, Any]]) -> Json:
    """Return what the tags say, and which of them are times of creation."""
    listed = [("container", name, item) for name, item in container.get("tags", {}).items()]
    for n, stream in enumerate(streams[:MOST_STREAMS]):
        listed += [(f"stream {n}", name, item) for name, item in stream.get("tags", {}).items()]
    created = []
    for where, name, item in listed:
        if name.lower() in ("creation_time", "com.apple.quicktime.creationdate", "date"):
            said = moment(text(item), f"{where}: {name}"[:200])
            if said and name.lower() == "creation_time":
                # The reader appends a Z to whatever the field holds.
                said |= {"offset_min": None, "utc_ms": None, "utc_by_standard_ms": said["utc_ms"]}
            created += [said] if said else []
    return {
        "created": created[:MOST_TAGS],
        "tag_count": len(listed),
        "tags": [
            {"where": where, "name": text(name), "value": (text(item) or "")[:500]}
            for where, name, item in listed[:MOST_TAGS]
        ],
    }


def _rotation(stream: dict[str, Any]) -> int:
    """Return how far the picture is turned for showing [degrees clockwise, 0 to 359]."""
    for each in stream.get("side_data_list", []):
        turned = _scaled(each.get("rotation"), 1)
        if turned is not None:
            return -turned % 360  # ffprobe tells the display matrix, counter-clockwise
    turned = _scaled(stream.get("tags", {}).get("rotate"), 1)
    return 0 if turned is None else turned % 360


def _scaled(value: Any, factor: int) -> int | None:
    found = number(value)
    if found is None or abs(found * factor) > MAX_INTEGER or (found == 0 and "/" in str(value)):
        return None  # ffprobe writes "0/0" and "0/1" for a rate that it does not know
    return round(Fraction(found) * factor)
