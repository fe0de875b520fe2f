"""What is done to films before they are looked for: re-encoding, reframing, cutting, overlays."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

FFMPEG = ["ffmpeg", "-v", "error", "-y", "-nostdin", "-threads", "1", "-filter_threads", "1"]


@dataclass(frozen=True)
class Attack:
    """An ffmpeg filter, and where moment t of the result was: ``speed * t + start`` [s].

    ``cut``: length that is kept [s]; ``over``: a second film is needed, below or above this one.
    """

    name: str
    filters: str
    crf: int = 28
    speed: float = 1.0
    start: float = 0.0
    cut: float | None = None
    over: bool = False


_EVEN = "scale=trunc(iw/2)*2:trunc(ih/2)*2"

ATTACKS = (
    Attack("crf35", _EVEN, crf=35),
    Attack("240p", "scale=-2:240", crf=30),
    Attack("speed_1.5", f"setpts=PTS/1.5,{_EVEN}", speed=1.5),
    Attack("clip_3s", _EVEN, start=0.9, cut=3.0),
    Attack("gray", f"hue=s=0,{_EVEN}"),
    Attack("mirror", f"hflip,{_EVEN}"),
    Attack("letterbox", f"pad=iw:ih*1.34:0:(oh-ih)/2:black,{_EVEN}"),
    Attack("portrait", "scale=404:-2,pad=404:ceil(max(720\\,ih+80)/2)*2:(ow-iw)/2:(oh-ih)/2:black"),
    Attack("banner", f"drawbox=y=ih*0.8:h=ih*0.2:w=iw:color=0x102a80:t=fill,"
           f"drawbox=x=iw*0.04:y=ih*0.84:w=iw*0.5:h=ih*0.035:color=white:t=fill,"
           f"drawbox=x=iw*0.04:y=ih*0.91:w=iw*0.7:h=ih*0.03:color=white:t=fill,{_EVEN}"),
    Attack("crop_80", f"crop=iw*0.8:ih*0.8:iw*0.06:ih*0.14,{_EVEN}"),
    Attack("crop_60", f"crop=iw*0.6:ih*0.6:iw*0.26:ih*0.17,{_EVEN}"),
    Attack("rotate_5", f"rotate=5*PI/180:c=black,{_EVEN}"),
)  # fmt: skip
"""The twelve of the note; crops are off the middle."""

EXTRA = (
    Attack("speed_0.75", f"setpts=PTS/0.75,{_EVEN}", speed=0.75),
    Attack("logo", f"drawbox=x=iw*0.78:y=ih*0.05:w=iw*0.18:h=ih*0.12:color=red:t=fill,{_EVEN}"),
    Attack("pip", "scale=iw*0.4:-2", over=True),
    Attack("programme", _EVEN, over=True, start=1.0, cut=4.0),
)
"""``pip``: at 40 % in a corner of another film. ``programme``: four seconds between two parts of
another film."""


def frame_size(path: Path) -> tuple[int, int, float]:
    """Return width, height [px] and length [s] of a film."""
    argv = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
            "stream=width,height:format=duration", "-of", "json", str(path)]  # fmt: skip
    told = json.loads(subprocess.run(argv, check=True, capture_output=True).stdout)
    stream = told["streams"][0]
    return stream["width"], stream["height"], float(told["format"]["duration"])


def apply(attack: Attack, source: Path, other: Path, target: Path) -> float:
    """Write the attacked film; return how much later its part begins in it [s]."""
    ends = ["-an", "-c:v", "libx264", "-preset", "veryfast", "-crf", str(attack.crf),
            "-pix_fmt", "yuv420p", "-threads", "1", str(target)]  # fmt: skip
    part = ["-ss", str(attack.start)] if attack.start else []
    part += ["-t", str(attack.cut)] if attack.cut else []
    before = 0.0
    if attack.name == "pip":
        graph = f"[1:v]{attack.filters}[s];[0:v]{_EVEN}[o];[o][s]overlay=W-w-20:20:shortest=1"
        inputs = ["-stream_loop", "-1", "-i", str(other), "-i", str(source)]
        argv = [*FFMPEG, *inputs, "-filter_complex", graph, *ends]
    elif attack.name == "programme":
        width, height, _ = frame_size(other)
        width, height, before = width // 2 * 2, height // 2 * 2, 2.0
        fit = (f"scale={width}:{height}:force_original_aspect_ratio=decrease,"
               f"pad={width}:{height}:(ow-iw)/2:(oh-ih)/2,setsar=1,fps=25")  # fmt: skip
        graph = ";".join(f"[{n}:v]{fit}[v{n}]" for n in range(3)) + ";[v0][v1][v2]concat=n=3"
        inputs = ["-t", "2", "-i", str(other), *part, "-i", str(source), "-ss", "2", "-t", "2",
                  "-i", str(other)]  # fmt: skip
        argv = [*FFMPEG, *inputs, "-filter_complex", graph, *ends]
    else:
        argv = [*FFMPEG, *part, "-i", str(source), "-vf", attack.filters, *ends]
    subprocess.run(argv, check=True)
    return before
