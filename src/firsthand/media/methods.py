"""What is read out of pictures and videos, as methods: one finding for each exhibit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache

from firsthand.media import film, metadata, video
from firsthand.media.reader import MediaReader
from firsthand.model.errors import VerificationFailed
from firsthand.model.values import digest_bytes
from firsthand.run import Derived, Held, Inputs, Limits, Method, Output, method

FEW = Limits(memory_mib=4096, seconds=900)
"""Bounds of a run over a batch; each file has tighter ones of its own in its decoder."""


@cache
def _reader() -> MediaReader:
    """Return the reader of this process: starting one for each batch would cost more than it."""
    return MediaReader()


def check_unaltered(held: Held) -> None:
    """Check that an object still has the bytes that were preserved.

    Raises
    ------
    VerificationFailed
        When it has others. Nothing is found of the exhibit then: once the object is repaired,
        ``analyse --retry`` looks at it.
    """
    with open(held.path, "rb") as stream:
        found = "sha256:" + hashlib.file_digest(stream, "sha256").hexdigest()
    if found != held.digest:
        raise VerificationFailed(f"exhibit {held.digest} was altered: its object is {found} now")


@method(
    "media.video",
    version="1",
    per="exhibit",
    media=("video/",),
    batch=4,
    makes=("media.video",),
    needs=("ffmpeg", "ffprobe"),
    limits=FEW,
    every_ms=1000,
    most=60,
)
def videos(inputs: Inputs, every_ms: int, most: int) -> Iterator[Output]:
    """Yield what a video is, and its key frames as derived exhibits.

    Value: what :func:`firsthand.media.film.probe` returns, with ``key_frames``:
    ``{"status","reason"?,"decoded"}`` of :func:`firsthand.media.video.take`, and ``frames``: a
    list of ``{"t_ms" [ms from the start],"exhibit","width","height" [px],"why"}``.
    """
    for held in inputs.held:
        check_unaltered(held)
        value = film.probe(held.path)
        derived: list[Derived] = []
        if value["status"] == "read":
            taken = video.take(held.path, every_ms=every_ms, most=most)
            frames = taken.pop("frames")
            value["key_frames"] = taken
            value["frames"] = [
                {key: frame[key] for key in ("t_ms", "width", "height", "why")}
                | {"exhibit": digest_bytes(frame["data"])}
                for frame in frames
            ]
            derived = [
                Derived(frame["data"], frame["media_type"], "media.video 1 key frame", held.digest)
                for frame in frames
            ]
        yield Output("media.video", (held.digest,), value, tuple(derived))


@method(
    "media.image",
    version="2",
    per="exhibit",
    media=("image/",),
    batch=64,
    derived=True,
    reads=("media.video",),
    makes=("media.image",),
    limits=FEW,
)
def images(inputs: Inputs) -> Iterator[Output]:
    """Yield size, form, digest of the decoded pixels and PDQ of pictures and key frames.

    Value: what :meth:`firsthand.media.reader.MediaReader.image` returns. What cannot be decoded
    has a finding too, with the reason.
    """
    for held in inputs.held:
        value = _reader().image(held.path, held.digest)
        if value["status"] == "failed":
            check_unaltered(held)  # the reader refuses other bytes, which says nothing of these
        yield Output("media.image", (held.digest,), value)


@method(
    "media.metadata",
    version="1",
    per="exhibit",
    media=("image/", "video/"),
    batch=64,
    makes=("media.metadata",),
    uses=("exiftool",),
    limits=FEW,
)
def embedded(inputs: Inputs) -> Iterator[Output]:
    """Yield what files say of themselves: EXIF, XMP, IPTC, GPS, container times.

    Value: what :func:`firsthand.media.metadata.read_many` returns for each file. Nothing in it is
    proof of anything: whoever had the file could write it.
    """
    for held in inputs.held:
        check_unaltered(held)
    found = metadata.read_many([(held.path, held.media_type) for held in inputs.held])
    for held, value in zip(inputs.held, found, strict=True):
        yield Output("media.metadata", (held.digest,), value)


METHODS: tuple[Method, ...] = (videos, images, embedded)
