"""Media files that are broken or mean harm, generated and mutated, the same ones every time.

Nothing here is a real attack on a real decoder; it is what decoders have tripped over: sizes that
do not fit the data, structures that lead into themselves, bytes that were lost or changed.
"""

from __future__ import annotations

import io
import os
import random
import struct
import subprocess
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from . import heic_file

ANY = frozenset({"decoded", "failed", "refused", "timeout", "killed"})
NOT_DECODED = ANY - {"decoded"}
FAILED = frozenset({"failed"})
REFUSED = frozenset({"refused"})
DECODED = frozenset({"decoded"})


@dataclass(frozen=True)
class Hostile:
    """A file to be, and which outcomes are right for it."""

    name: str
    data: bytes
    expected: frozenset[str] = ANY
    video: bool = False


def scenery(width: int = 320, height: int = 240, seed: int = 1) -> Image.Image:
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (8, 10, 3), dtype=np.uint8))
    large = np.asarray(small.resize((width, height), Image.Resampling.BICUBIC)).astype(int)
    return Image.fromarray(
        np.clip(large + rng.integers(-9, 10, large.shape), 0, 255).astype(np.uint8)
    )


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


@cache
def good() -> dict[str, bytes]:
    """Return one good file of each format."""
    picture = scenery()
    more = [scenery(seed=seed) for seed in (2, 3)]
    return {
        "baseline.jpg": saved(picture, "JPEG", quality=85),
        "progressive.jpg": saved(picture, "JPEG", quality=85, progressive=True),
        "colour.png": saved(picture, "PNG"),
        "moving.gif": saved(picture, "GIF", save_all=True, append_images=more),
        "lossy.webp": saved(picture, "WEBP"),
        "lossless.webp": saved(picture, "WEBP", lossless=True),
        "lzw.tif": saved(picture, "TIFF", compression="tiff_lzw"),
        "plain.tif": saved(picture, "TIFF"),
        "plain.bmp": saved(picture, "BMP"),
        "icon.ico": saved(picture.resize((64, 64)), "ICO", sizes=[(64, 64)]),
        "still.avif": saved(picture, "AVIF", speed=10),
    }


# ---- cut and changed --------------------------------------------------------------------------


def cut() -> Iterator[Hostile]:
    for name, data in good().items():
        for part in (1, 4, 12, 30, 60, 90, 99):
            yield Hostile(f"cut-{part}-{name}", data[: max(len(data) * part // 100, 1)])


def changed(name: str, data: bytes, seed: int, places: int, first: int) -> bytes:
    """Return data with some bytes changed, all of them within the first so many."""
    source, result = random.Random(f"{name} {seed}"), bytearray(data)
    for _ in range(places):
        result[source.randrange(min(first, len(result)))] = source.randrange(256)
    return bytes(result)


def mutated() -> Iterator[Hostile]:
    for name, data in good().items():
        for seed in range(3):
            yield Hostile(f"anywhere-{seed}-{name}", changed(name, data, seed, 12, len(data)))
        for seed in range(4):
            yield Hostile(f"head-{seed}-{name}", changed(name, data, seed, 4, 120))


# ---- bombs ------------------------------------------------------------------------------------


def chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def png(
    width: int, height: int, rows: bytes, *extra: bytes, depth: int = 8, kind: int = 0
) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    body = b"".join(extra) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body


def zeros(count: int) -> bytes:
    """Return so many zero bytes, compressed; never held as a whole."""
    packer, piece = zlib.compressobj(9), bytes(1 << 20)
    parts = [packer.compress(piece) for _ in range(count >> 20)]
    return b"".join([*parts, packer.compress(bytes(count & 0xFFFFF)), packer.flush()])


def bombs() -> Iterator[Hostile]:
    little = zlib.compress(bytes(1000))
    yield Hostile("claims-50000.png", png(50_000, 50_000, little), REFUSED)
    yield Hostile("claims-most.png", png(2**31 - 1, 2**31 - 1, little), NOT_DECODED)
    yield Hostile("claims-line.png", png(2**31 - 1, 1, little), REFUSED)
    yield Hostile("claims-nothing.png", png(0, 0, little), FAILED)
    yield Hostile("bomb-196mp.png", png(14_000, 14_000, zeros(1751 * 14_000), depth=1), DECODED)
    yield Hostile("bomb-grey.png", png(30_000, 30_000, zeros(200 << 20)), REFUSED)
    yield Hostile("more-than-said.png", png(10, 10, zeros(300 << 20)), ANY)
    for name in (b"zTXt", b"iCCP"):
        bomb = chunk(name, b"x\0\0" + zeros(200 << 20))
        yield Hostile(f"{name.decode()}-bomb.png", png(8, 8, zlib.compress(bytes(72)), bomb), ANY)
    text = chunk(b"tEXt", b"x\0" + bytes(1000)) * 20_000
    yield Hostile("much-text.png", png(8, 8, zlib.compress(bytes(72)), text), ANY)
    data = good()
    gif = bytearray(data["moving.gif"])
    gif[6:10] = b"\xff" * 4
    yield Hostile("claims-65535.gif", bytes(gif), REFUSED)
    bmp = bytearray(data["plain.bmp"])
    bmp[18:26] = struct.pack("<ii", 2**31 - 1, 2**31 - 1)
    yield Hostile("claims-most.bmp", bytes(bmp), REFUSED)
    bmp[18:26] = struct.pack("<ii", 100_000, -100_000)
    yield Hostile("claims-downwards.bmp", bytes(bmp), NOT_DECODED)
    webp = b"VP8X" + struct.pack("<I", 10) + b"\x10\0\0\0" + b"\xff\xff\xff" * 2 + bytes(8)
    yield Hostile("claims.webp", b"RIFF" + struct.pack("<I", len(webp) + 4) + b"WEBP" + webp,
                  NOT_DECODED)  # fmt: skip
    inner = png(60_000, 60_000, little)
    icon = struct.pack("<HHHBBBBHHII", 0, 1, 1, 16, 16, 0, 0, 1, 32, len(inner), 22) + inner
    yield Hostile("icon-with-bomb.ico", icon, NOT_DECODED)
    yield Hostile("many-icons.ico", struct.pack("<HHH", 0, 1, 65_535) + bytes(16 * 65_535), ANY)


def large() -> Iterator[Hostile]:
    """Pictures of 100 megapixels, honest ones."""
    picture = Image.new("RGB", (12_000, 8_400), (90, 120, 60))
    yield Hostile("100mp.jpg", saved(picture, "JPEG"), DECODED)
    # Its decoder keeps all coefficients, so that it may need more than it is given.
    yield Hostile("100mp-progressive.jpg", saved(picture, "JPEG", progressive=True),
                  DECODED | REFUSED)  # fmt: skip
    yield Hostile("100mp.png", saved(picture, "PNG", compress_level=1), DECODED)


# ---- without end ------------------------------------------------------------------------------


def gif_of(frames: int, end: bytes = b";") -> bytes:
    frame = b",\0\0\0\0\x01\0\x01\0\0" + b"\x02\x02\x44\x01\0"
    return b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff" + frame * frames + end


def endless() -> Iterator[Hostile]:
    yield Hostile("many-frames.gif", gif_of(200_000), DECODED)
    yield Hostile("no-end.gif", gif_of(50, b""), ANY)
    yield Hostile("extensions.gif", gif_of(1, b"") + b"!\xfe\x01a\0" * 400_000, ANY)
    yield Hostile("tiny-blocks.gif", gif_of(1, b"!\xfe") + b"\x01a" * 3_000_000, ANY)
    control = chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))
    yield Hostile("endless.apng", png(8, 8, zlib.compress(bytes(72)), control), ANY)
    tiff = b"II*\0\x08\0\0\0"
    size = struct.pack("<HHII", 256, 4, 1, 1) + struct.pack("<HHII", 257, 4, 1, 1)
    yield Hostile("cycle.tif", tiff + struct.pack("<H", 2) + size + struct.pack("<I", 8), ANY)
    page = saved(Image.new("L", (1, 1)), "TIFF")
    yield Hostile("cycle-of-good-page.tif", page[:-4] + struct.pack("<I", 8), ANY)
    pages = saved(Image.new("1", (4, 4)), "TIFF", save_all=True,
                  append_images=[Image.new("1", (4, 4))] * 3000)  # fmt: skip
    yield Hostile("many-pages.tif", pages, DECODED)


# ---- what stands beside the picture -----------------------------------------------------------


def exif(*entries: tuple[int, int, int, int], next_at: int = 0) -> bytes:
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    head = b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries))
    return b"Exif\0\0" + head + body + struct.pack("<I", next_at)


def beside() -> Iterator[Hostile]:
    picture = scenery()
    odd = {
        "orientation-99": exif((0x0112, 3, 1, 99)),
        "orientation-text": exif((0x0112, 2, 4, 0x36363636)),
        "orientation-many": exif((0x0112, 3, 2**31, 8)),
        "points-to-itself": exif((0x8769, 4, 1, 8), (0x8825, 4, 1, 8), next_at=8),
        "points-outside": exif((0x010F, 2, 4096, 2**32 - 1), (0x8769, 4, 1, 2**31)),
        "huge-count": exif((0x9286, 7, 2**32 - 1, 8)),
        "many-entries": b"Exif\0\0II*\0\x08\0\0\0" + b"\xff\xff" + bytes(400),
        "unknown-type": exif((0x0112, 77, 1, 6)),
        "no-order": b"Exif\0\0XX*\0\x08\0\0\0",
        "empty": b"Exif\0\0",
    }
    for name, data in odd.items():
        # A broken description must not cost the picture.
        yield Hostile(f"exif-{name}.jpg", saved(picture, "JPEG", exif=data), DECODED)
    profiles = {"text": b"not a profile", "zeros": bytes(5000), "cut": _profile()[:200],
                "changed": changed("icc", _profile(), 1, 30, 400)}  # fmt: skip
    for name, data in profiles.items():
        yield Hostile(f"icc-{name}.jpg", saved(picture, "JPEG", icc_profile=data), DECODED)
        yield Hostile(f"icc-{name}.png", saved(picture, "PNG", icc_profile=data), DECODED)


def _profile() -> bytes:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def absurd_tiffs() -> Iterator[Hostile]:
    usual = {256: (4, 1, 64), 257: (4, 1, 64), 258: (3, 1, 8), 259: (3, 1, 1), 262: (3, 1, 1),
             273: (4, 1, 500), 277: (3, 1, 1), 278: (4, 1, 64), 279: (4, 1, 4096)}  # fmt: skip
    odd: dict[str, dict[int, tuple[int, int, int]]] = {
        "many-strips": {273: (4, 2**31, 500)},
        "huge-strip": {279: (4, 1, 2**32 - 1)},
        "strip-outside": {273: (4, 1, 2**32 - 5)},
        "no-rows": {278: (4, 1, 0)},
        "rows-most": {278: (4, 1, 2**32 - 1)},
        "samples-65535": {277: (3, 1, 65_535)},
        "bits-65535": {258: (3, 1, 65_535)},
        "bits-many": {258: (3, 2**30, 500)},
        "compression-0": {259: (3, 1, 0)},
        "compression-99": {259: (3, 1, 9999)},
        "lzw-of-zeros": {259: (3, 1, 5)},
        "deflate-of-zeros": {259: (3, 1, 8)},
        "jpeg-of-zeros": {259: (3, 1, 7)},
        "fax-of-zeros": {259: (3, 1, 4), 258: (3, 1, 1)},
        "size-most": {256: (4, 1, 2**32 - 1), 257: (4, 1, 2**32 - 1)},
        "size-zero": {256: (4, 1, 0)},
        "size-text": {256: (2, 4, 0x39393939)},
        "tiles-of-nothing": {322: (4, 1, 0), 323: (4, 1, 0), 324: (4, 1, 500)},
        "tiles-huge": {322: (4, 1, 2**31), 323: (4, 1, 2**31), 324: (4, 1, 500)},
    }
    for name, entries in odd.items():
        tags = sorted((usual | entries).items())
        body = b"".join(struct.pack("<HHII", tag, *entry) for tag, entry in tags)
        data = b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + body + bytes(4)
        yield Hostile(f"tiff-{name}.tif", data.ljust(500, b"\0") + bytes(4096))
    big = b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2**60)
    yield Hostile("tiff-big.tif", big + bytes(200), NOT_DECODED)


# ---- something else ---------------------------------------------------------------------------


def other(port: int) -> Iterator[Hostile]:
    """Files that are two things, or not what their name says. ``port`` listens on this machine."""
    data = good()
    jpeg, gif = data["baseline.jpg"], data["moving.gif"]
    archive = b"PK\x05\x06" + bytes(18)
    address = f"http://127.0.0.1:{port}/seen".encode()
    yield Hostile("jpeg-and-zip.jpg", jpeg + archive, DECODED)
    yield Hostile("png-and-zip.png", data["colour.png"] + archive, DECODED)
    yield Hostile("png-and-php.png", data["colour.png"] + b"<?php system('id'); ?>", DECODED)
    yield Hostile("gif-and-script.gif", gif + b"/*" + b"=1;fetch('" + address + b"')", DECODED)
    yield Hostile("pdf-and-jpeg.jpg", b"%PDF-1.4\n" + jpeg, FAILED)
    yield Hostile("jpeg-in-html.jpg", b"<img src='" + address + b"'>" + jpeg, FAILED)
    yield Hostile("jpeg-of-jpegs.jpg", jpeg + jpeg + jpeg, DECODED)
    for name, wrong in (("baseline.jpg", "png"), ("colour.png", "jpg"), ("moving.gif", "webp"),
                        ("lzw.tif", "jpg"), ("lossy.webp", "tif"), ("still.avif", "heic"),
                        ("plain.bmp", "")):  # fmt: skip
        # What a file is, is told by its content.
        yield Hostile(f"{Path(name).stem}-named.{wrong}", data[name], DECODED)
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="' + address + b'"/></svg>'
    script = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n"
    entity = b'<!DOCTYPE a [<!ENTITY b SYSTEM "' + address + b'">]><a>&b;</a>'
    others = {
        "empty": b"", "one-byte": b"\xff", "zeros": bytes(100_000), "text": b"a photograph\n" * 50,
        "html": b"<html><script src='" + address + b"'></script>", "svg": drawing, "ps": script,
        "entity": entity, "zip": archive, "gzip": b"\x1f\x8b\x08" + bytes(50),
        "elf": b"\x7fELF" + bytes(200), "pe": b"MZ" + bytes(200), "pdf": b"%PDF-1.7\n%%EOF\n",
        "psd": b"8BPS\0\x01" + bytes(40), "xpm": b"/* XPM */\nstatic char * a[] = {",
        "ppm": b"P6 99999 99999 255\n", "fits": b"SIMPLE  =                    T" + bytes(2850),
        "jpeg2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(60), "dds": b"DDS " + bytes(124),
        "only-jpeg-start": b"\xff\xd8", "only-png-start": b"\x89PNG\r\n\x1a\n",
        "only-riff": b"RIFF\xff\xff\xff\xffWEBP", "only-ftyp": b"\0\0\0\x18ftypheic" + bytes(12),
        "noise": random.Random(5).randbytes(20_000), "symbols": "صورة\u202egpj".encode(),
    }  # fmt: skip
    for name, content in others.items():
        yield Hostile(f"{name}.jpg", content, FAILED)


def heics(folder: Path) -> Iterator[Hostile]:
    """Need ffmpeg, which encodes the good one."""
    film = heic_file.film(folder)
    data = heic_file.heic(film.read_bytes())
    film.unlink()
    for part in (5, 30, 60, 90):
        yield Hostile(f"cut-{part}.heic", data[: len(data) * part // 100])
    for seed in range(8):
        first = len(data) if seed % 2 else 400
        yield Hostile(f"changed-{seed}.heic", changed("heic", data, seed, 5, first))
    at = data.index(b"ispe") + 8
    size = struct.pack(">II", 2**31 - 1, 2**31 - 1)
    yield Hostile("claims-most.heic", data[:at] + size + data[at + 8 :], NOT_DECODED)


# ---- videos -----------------------------------------------------------------------------------


def _film(folder: Path, name: str, *options: str) -> bytes:
    target = folder / name
    made = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=d=1:r=5:s=160x120"]
    subprocess.run([*made, "-threads", "1", *options, str(target)], check=True)
    data = target.read_bytes()
    target.unlink()
    return data


def videos(folder: Path, port: int) -> Iterator[Hostile]:
    """Need ffmpeg, which writes the good ones."""
    films = {
        "film.mp4": _film(folder, "a.mp4", "-c:v", "libx264", "-pix_fmt", "yuv420p"),
        "film.webm": _film(folder, "a.webm", "-c:v", "libvpx"),
        "film.mkv": _film(folder, "a.mkv", "-c:v", "mpeg4"),
    }
    for name, data in films.items():
        for part in (2, 20, 50, 80, 97):
            yield Hostile(f"cut-{part}-{name}", data[: len(data) * part // 100], video=True)
        for seed in range(6):
            mutant = changed(name, data, seed, 20, len(data) if seed % 2 else 200)
            yield Hostile(f"changed-{seed}-{name}", mutant, video=True)
    film = films["film.mp4"]
    for box in (b"moov", b"mdat", b"stsz", b"stco", b"trak", b"mvhd"):
        for size in (0, 1, 7, 2**32 - 1):
            at = film.index(box) - 4
            data = film[:at] + struct.pack(">I", size) + film[at + 4 :]
            yield Hostile(f"{box.decode()}-{size}.mp4", data, video=True)
    address = f"http://127.0.0.1:{port}/seen.ts"
    lists = {
        "list.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{address}\n#EXT-X-ENDLIST\n",
        "local.m3u8": "#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "list.mp4": f"#EXTM3U\n#EXTINF:9,\n{address}\n#EXT-X-ENDLIST\n",
        "concat.mkv": f"ffconcat version 1.0\nfile {address}\n",
        "session.sdp": "v=0\nc=IN IP4 127.0.0.1\nm=video 9999 RTP/AVP 96\n",
    }
    for name, text in lists.items():
        yield Hostile(name, text.encode(), video=True)


def every(folder: Path, port: int) -> Iterator[Hostile]:
    """Yield all, one at a time: together they would fill the memory that is watched."""
    makers: list[Callable[[], Iterator[Hostile]]] = [cut, mutated, bombs, large, endless, beside,
                                                     absurd_tiffs]  # fmt: skip
    for make in makers:
        yield from make()
    yield from other(port)
    yield from heics(folder)
    yield from videos(folder, port)


def write(folder: Path, port: int) -> list[tuple[Path, Hostile]]:
    """Write all into a folder; return where each is, without its bytes."""
    written = []
    for number, each in enumerate(every(folder, port)):
        path = folder / f"{number:03d}-{each.name}"
        path.write_bytes(each.data)
        written.append((path, Hostile(each.name, b"", each.expected, each.video)))
    os.mkfifo(folder / "pipe.jpg")
    written.append((folder / "pipe.jpg", Hostile("pipe.jpg", b"", FAILED)))
    (folder / "device.jpg").symlink_to("/dev/zero")
    written.append((folder / "device.jpg", Hostile("device.jpg", b"", FAILED)))
    (folder / "folder.jpg").mkdir()
    written.append((folder / "folder.jpg", Hostile("folder.jpg", b"", FAILED)))
    return written
