"""What is compared: the fingerprints of photographs, and of the key frames of videos."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from firsthand.model.canonical import Json

ORIENTATIONS = 8
HASH_BYTES = 32

LEAST_SIDE = 8
"""Of a picture [px] that has a fingerprint: PDQ of up to three rows is always the same."""

REDUCED = 1024
"""Longest side [px] to which a picture may be reduced before it gets a fingerprint."""

SEEN_FOR_MS = 1000
"""How long a last key frame is taken to last [ms]; part of the note, not of the comparison."""


@dataclass(frozen=True, slots=True)
class Print:
    """The fingerprint of one picture.

    Attributes
    ----------
    owner
        Whose picture it is: the photograph itself, or the video that a key frame is from.
    codes
        PDQ of the picture under the 8 symmetries of the square, 32 bytes each; the first is the
        picture as it stands. Empty when it has none.
    top, bottom
        The same of the picture without its upper or lower edge
        (:func:`firsthand.media.pdq.without_edge`). Empty when it has none.
    quality
        PDQ quality [0 to 100]: how much there is to tell pictures apart by.
    width, height
        Size as shown [px].
    start_ms, end_ms
        Of a key frame: from when until when in the video [ms]; None for a photograph.
    partial
        The file is broken, and this is of what could be decoded.
    exhibit
        Of a key frame: the exhibit that it is.
    edge_only
        All that there is to see lies along the upper or lower edge: a black frame with a ticker.
    """

    owner: str
    pixels: str | None
    codes: tuple[bytes, ...]
    quality: int
    width: int
    height: int
    start_ms: int | None = None
    end_ms: int | None = None
    partial: bool = False
    edge_only: bool = False
    top: tuple[bytes, ...] = ()
    bottom: tuple[bytes, ...] = ()
    exhibit: str | None = None

    @property
    def is_frame(self) -> bool:
        """Whether it is a key frame of a video."""
        return self.start_ms is not None


def of_image(owner: str, image: Json, span: tuple[int, int] | None = None) -> Print | None:
    """Return the print of a decoded picture, or None when nothing was decoded.

    ``image`` is what :meth:`firsthand.media.reader.MediaReader.image` returns; ``span`` the time
    [ms] of a key frame. Hashes that are no hashes are left out, never an error. What can be seen
    of a broken file has a fingerprint; its pixels, and those of the first of several pictures in
    a file, are equal to nothing: they are not the whole.
    """
    if not isinstance(image, dict):
        return None
    partial = bool(image.get("partial"))
    if image.get("status") != "decoded" and not partial:
        return None
    codes = _whole(image.get("pdq"))
    if _thin(int(image.get("width") or 0), int(image.get("height") or 0)):
        codes = ()
    edges = image.get("pdq_without_edge") if codes else None
    edges = edges if isinstance(edges, dict) else {}
    start, end = span or (None, None)
    return Print(
        owner=owner,
        pixels=None if partial or (image.get("frames") or 1) > 1 else image.get("pixels"),
        codes=codes,
        quality=int(image.get("pdq_quality") or 0),
        width=int(image.get("width") or 0),
        height=int(image.get("height") or 0),
        start_ms=start,
        end_ms=end,
        partial=partial,
        edge_only=[] in (edges.get("top"), edges.get("bottom")),
        top=_whole(edges.get("top")),
        bottom=_whole(edges.get("bottom")),
    )


def _thin(width: int, height: int) -> bool:
    """Tell whether a picture is no more than a line, also when it was reduced before."""
    shorter, longer = sorted((width, height))
    return 0 < shorter * min(1.0, REDUCED / max(longer, 1)) < LEAST_SIDE


def _whole(listed: Json) -> tuple[bytes, ...]:
    codes = tuple(_codes(listed))
    return codes if len(codes) == ORIENTATIONS else ()


def _codes(listed: Json) -> Iterator[bytes]:
    for text in listed if isinstance(listed, list) else ():
        try:
            code = bytes.fromhex(str(text))
        except ValueError:
            return
        if len(code) == HASH_BYTES:
            yield code


def spans(frames: Iterable[Json], duration_ms: int | None) -> Iterator[tuple[Json, int, int]]:
    """Yield each key frame with the time until the next one [ms]."""
    ordered = sorted(frames, key=lambda frame: int(frame["t_ms"]))
    for at, frame in enumerate(ordered):
        start = int(frame["t_ms"])
        after = ordered[at + 1]["t_ms"] if at + 1 < len(ordered) else duration_ms
        yield frame, start, max(int(after or 0), start + 1 if after else start + SEEN_FOR_MS)


def of_findings(
    images: Mapping[str, Json], videos: Mapping[str, Json]
) -> tuple[list[Print], dict[str, Json]]:
    """Return the prints of all pictures, and what could not be compared, with why.

    Parameters
    ----------
    images, videos
        Values of ``media.image`` and ``media.video`` by exhibit. A picture that is a key frame of
        a video stands for the video.
    """
    found: list[Print] = []
    missing: dict[str, Json] = {}
    frames: set[str] = set()
    for video, value in sorted(videos.items()):
        listed = value.get("frames") or []
        frames.update(frame["exhibit"] for frame in listed)
        prints = [
            replace(made, exhibit=frame["exhibit"])
            for frame, start, end in spans(listed, value.get("duration_ms"))
            if (made := of_image(video, images.get(frame["exhibit"]), (start, end)))
        ]
        found += prints
        if not prints:
            missing[video] = _missing(value, "no key frame could be read")
    for exhibit, value in sorted(images.items()):
        if exhibit in frames:
            continue
        made = of_image(exhibit, value)
        if made is None:
            missing[exhibit] = _missing(value, "not decoded")
        else:
            found.append(made)
    return found, missing


def _missing(value: Json, otherwise: str) -> Json:
    status = value.get("status") or "failed"
    known = value.get("reason")
    if status in ("read", "decoded"):
        status, known = "failed", known or otherwise
    return {"status": str(status), "reason": str(known or otherwise)}
