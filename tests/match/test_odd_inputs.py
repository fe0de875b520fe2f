"""Files that are broken, huge, plain or not what they are called: each has an outcome, none links.

Everything lies in one folder that is matched once, as a person would. What belongs together is
known, since it is made here: files of one ``family`` show one picture.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from firsthand.cli.main import run
from firsthand.match.files import File, compare

from ..media import heic_file, hostile_files

Json = dict[str, Any]

READ, FAILED, LEFT_OUT = "read", "failed", "left out"
"""A picture or a video with its size; named with a reason; of another kind, and counted."""


def scene(seed: int, width: int = 640, height: int = 480) -> Image.Image:
    """Return a made picture with many corners, unlike that of another seed."""
    rng = np.random.default_rng(seed)
    picture = Image.new("RGB", (width, height), tuple(rng.integers(0, 256, 3).tolist()))
    draw = ImageDraw.Draw(picture)
    for _ in range(150):
        x, y = rng.integers(0, width), rng.integers(0, height)
        points = (rng.integers(-70, 70, (4, 2)) + np.array([x, y])).ravel().tolist()
        draw.polygon(points, fill=tuple(rng.integers(0, 256, 3).tolist()))
    return picture


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


@dataclass
class Odd:
    """A folder of odd files: outcome and family of each, and who must be found to be copies."""

    folder: Path
    outcomes: dict[str, set[str]] = field(default_factory=dict)
    families: dict[str, str] = field(default_factory=dict)
    copies: set[str] = field(default_factory=set)

    def add(
        self, name: str, data: bytes, *outcomes: str, family: str = "", copy: bool = False
    ) -> None:
        (self.folder / name).write_bytes(data)
        self.expect(name, *outcomes, family=family, copy=copy)

    def expect(self, name: str, *outcomes: str, family: str = "", copy: bool = False) -> None:
        self.outcomes[name] = set(outcomes)
        if family:
            self.families[name] = family
        if copy:
            self.copies.add(name)


def broken(odd: Odd) -> None:
    whole = saved(scene(1), "JPEG", quality=85)
    head = bytearray(whole)
    at = whole.index(b"\xff\xc0")
    head[at + 4 : at + 9] = b"\xff" * 5  # depth and size in the frame header (ITU-T T.81, B.2.2)
    odd.add("corrupt-head.jpg", bytes(head), FAILED)
    inside = bytearray(whole)
    inside[len(whole) // 2 : len(whole) // 2 + 200] = bytes(200)
    odd.add("corrupt-inside.jpg", bytes(inside), READ, FAILED, family="one")
    odd.add("cut.jpg", whole[: len(whole) // 2], FAILED, family="one")
    odd.add("cut-at-once.jpg", whole[:300], FAILED)
    odd.add("cut.png", saved(scene(1), "PNG")[:9000], FAILED, family="one")
    odd.add("empty.jpg", b"", FAILED, LEFT_OUT)
    odd.add("text.jpg", b"A photograph of the square, taken at noon.\n" * 20, FAILED, LEFT_OUT)
    odd.add("zeros.jpg", bytes(5000), FAILED, LEFT_OUT)
    claims = hostile_files.png(50_000, 50_000, hostile_files.zeros(1000))
    odd.add("claims-2500mp.png", claims, FAILED)
    bomb = hostile_files.png(30_000, 30_000, hostile_files.zeros(100 << 20))
    odd.add("bomb-900mp.png", bomb, FAILED)


def plain(odd: Odd) -> None:
    """Add pictures with nothing in them, each unlike the other, and each unlike a picture."""
    for name, colour in (("red", (200, 0, 0)), ("grey", (128,) * 3), ("black", (0,) * 3)):
        odd.add(f"one-pixel-{name}.png", saved(Image.new("RGB", (1, 1), colour), "PNG"), READ)
        odd.add(f"flat-{name}.png", saved(Image.new("RGB", (640, 480), colour), "PNG"), READ)
    odd.add("flat-almost.jpg", saved(Image.new("RGB", (641, 480), (1, 1, 1)), "JPEG"), READ)
    odd.add("196mp-flat.png",
            hostile_files.png(14_000, 14_000, hostile_files.zeros(1751 * 14_000), depth=1),
            READ, FAILED)  # fmt: skip
    odd.add("20000-wide.png", saved(scene(11, 20_000, 10), "PNG"), READ)


def formats(odd: Odd) -> None:
    """Add one picture in many forms: whatever the form is, they show one thing."""
    picture = scene(1)
    odd.add("one.png", saved(picture, "PNG"), READ, family="one", copy=True)
    odd.add("cmyk.jpg", saved(picture.convert("CMYK"), "JPEG", quality=90), READ,
            family="one", copy=True)  # fmt: skip
    odd.add("palette.png", saved(picture.quantize(64), "PNG"), READ, family="one", copy=True)
    deep = np.asarray(picture).astype(np.uint16) * 257
    grey = np.asarray(picture.convert("L")).astype(np.uint16) * 257
    for name, values in (("16-bit.png", deep[..., ::-1]), ("16-bit-grey.png", grey)):
        odd.add(name, cv2.imencode(".png", values)[1].tobytes(), READ, family="one", copy=True)
    clear = picture.convert("RGBA")
    clear.putalpha(255)
    clear.paste((0, 0, 0, 0), (0, 0, 30, 30))
    odd.add("alpha.png", saved(clear, "PNG"), READ, family="one", copy=True)
    odd.add("still.avif", saved(picture, "AVIF", quality=80, speed=10), READ,
            family="one", copy=True)  # fmt: skip
    odd.add("picture.mp4", saved(picture, "JPEG", quality=70), READ, family="one", copy=True)
    huge = picture.resize((12_000, 9000), Image.Resampling.BILINEAR)
    odd.add("108mp.jpg", saved(huge, "JPEG", quality=60), READ, family="one", copy=True)
    odd.add("108mp.png", saved(huge, "PNG", compress_level=1), READ, family="one", copy=True)
    odd.add(os.fsdecode(b"caf\xe9 \x80.jpg"), saved(picture, "JPEG"), READ,
            family="one", copy=True)  # fmt: skip
    odd.add("-\n\x1b[31m\u202egpj.jpg", saved(picture, "JPEG", quality=60), READ,
            family="one", copy=True)  # fmt: skip
    moving = {"save_all": True, "append_images": [scene(3)], "duration": 300}
    odd.add("two.png", saved(scene(2), "PNG"), READ, family="two", copy=True)
    odd.add("moving.gif", saved(scene(2), "GIF", **moving), READ, family="two", copy=True)
    odd.add("moving.webp", saved(scene(2), "WEBP", **moving), READ, family="two", copy=True)


def films(odd: Odd) -> None:
    made = odd.folder.parent / "films"
    made.mkdir()

    def film(name: str, *options: str) -> bytes:
        subprocess.run(
            ["ffmpeg", "-v", "error", *options, "-threads", "1", str(made / name)], check=True
        )
        return (made / name).read_bytes()

    seen = ("-f", "lavfi", "-i", "testsrc2=d=3:r=10:s=320x240", "-c:v", "mpeg4", "-q:v", "3")
    heard = ("-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac")
    whole, front = film("a.mp4", *seen), film("b.mp4", *seen, "-movflags", "+faststart")
    odd.add("film.jpg", whole, READ, family="film", copy=True)
    odd.add("cut.mp4", whole[: len(whole) // 2], FAILED, family="film")  # its index is at the end
    odd.add("cut-later.mp4", front[: len(front) // 2], READ, FAILED, family="film")
    odd.add("sound-only.mp4", film("c.mp4", *heard), FAILED, LEFT_OUT)
    one_frame = heic_file.film(made).read_bytes()
    odd.add("phone.heic", heic_file.heic(one_frame), READ, family="bars")


def places(odd: Odd) -> None:
    """Add what is no file."""
    os.mkfifo(odd.folder / "pipe.jpg")
    (odd.folder / "loop").symlink_to(odd.folder)
    (odd.folder / "linked.png").symlink_to("one.png")
    (odd.folder / "nowhere.png").symlink_to("gone.png")
    for name in ("pipe.jpg", "loop", "linked.png", "nowhere.png"):
        odd.expect(name, FAILED)
    odd.add("locked.png", saved(scene(21), "PNG"))
    (odd.folder / "locked.png").chmod(0)
    # Whoever runs as root may read it all the same.
    odd.expect("locked.png", READ if os.access(odd.folder / "locked.png", os.R_OK) else FAILED)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Odd:
    made = Odd(tmp_path_factory.mktemp("odd") / "files")
    made.folder.mkdir()
    for add in (broken, plain, formats, films, places):
        add(made)
    return made


@pytest.fixture(scope="module")
def found(odd: Odd) -> Json:
    """Return what ``firsthand match FOLDER --json`` prints."""
    done = subprocess.run(
        [sys.executable, "-m", "firsthand", "match", str(odd.folder), "--json"],
        capture_output=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    answer: Json = json.loads(done.stdout)
    return answer


@pytest.fixture(scope="module")
def name_of(odd: Odd, found: Json) -> Callable[[str], str]:
    """Return a function from a path that is shown to the name of the file."""
    from firsthand.collect.items import shown_name

    shown = {shown_name(f"{odd.folder}/{name}")[0]: name for name in odd.outcomes}
    assert len(shown) == len(odd.outcomes)
    return shown.__getitem__


@pytest.mark.slow
def test_each_file_has_an_outcome_and_the_right_one(
    odd: Odd, found: Json, name_of: Callable[[str], str]
) -> None:
    items = {name_of(item["path"]): item for item in found["items"]}
    reasons = {name_of(each["path"]): each["reason"] for each in found["failed"]}
    assert len(items) == len(found["items"]) and len(reasons) == len(found["failed"])
    outcome = {name: LEFT_OUT for name in odd.outcomes}
    outcome |= {name: READ for name in items}
    outcome |= {name: FAILED for name in reasons}
    wrong = {n: (o, reasons.get(n)) for n, o in outcome.items() if o not in odd.outcomes[n]}
    assert not wrong
    assert list(outcome.values()).count(LEFT_OUT) == found["other_files"]
    assert all(reasons.values())
    sizes = {n: (items[n]["width"], items[n]["height"]) for n in items if outcome[n] == READ}
    assert sizes["108mp.jpg"] == sizes["108mp.png"] == (12_000, 9000)
    assert sizes["one-pixel-red.png"] == (1, 1)
    assert sizes["20000-wide.png"] == (20_000, 10)
    assert sizes["film.jpg"] == (320, 240)
    kinds = {n: item["kind"] for n, item in items.items()}
    assert (kinds["film.jpg"], kinds["picture.mp4"]) == ("video", "image")


@pytest.mark.slow
def test_no_link_is_wrong(odd: Odd, found: Json, name_of: Callable[[str], str]) -> None:
    for link in found["links"]:
        a, b = name_of(link["a"]), name_of(link["b"])
        assert a in odd.families and odd.families[a] == odd.families.get(b), link
        if link["relation"] == "identical":
            # One is the other with each byte written twice; nothing else is without loss.
            assert {a, b} == {"one.png", "16-bit.png"}, link
        for region, name in ((link.get("region_a"), a), (link.get("region_b"), b)):
            if region is not None:
                assert min(region) >= 0 and min(region[2:]) >= 1, (name, link)


@pytest.mark.slow
@pytest.mark.parametrize("family", ["one", "two"])
def test_one_picture_is_found_in_whatever_form_it_is(
    family: str, odd: Odd, found: Json, name_of: Callable[[str], str]
) -> None:
    wanted = {name for name in odd.copies if odd.families[name] == family}
    groups = [{name_of(member) for member in group["members"]} for group in found["groups"]]
    missing = min((wanted - group for group in groups), key=len)
    assert not missing


@pytest.mark.slow
def test_nothing_is_changed_or_left_behind(odd: Odd, found: Json) -> None:
    assert {os.fsdecode(path.name) for path in odd.folder.iterdir()} == set(odd.outcomes)
    assert found["links"]


def test_lines_are_no_copies_of_one_another(tmp_path: Path) -> None:
    """Five pictures with nothing in common but that they are hardly wider or higher than a line."""
    files = []
    for seed, size in enumerate([(20_000, 10), (10, 20_000), (20_000, 1), (1, 900), (700, 2)]):
        scene(seed, *size).save(tmp_path / f"{seed}.png")
        files.append(File(tmp_path / f"{seed}.png", f"{seed}.png", "image/png"))
    found = compare(files, against=False)
    assert [(item["width"], item["height"]) for item in found["items"][:2]] == [
        (20_000, 10),
        (10, 20_000),
    ]
    assert found["links"] == []


# ---- what changes while it is looked at -------------------------------------------------------


def test_a_file_that_is_gone_fails_alone(tmp_path: Path) -> None:
    files = []
    for name in ("a.png", "b.png", "gone.png"):
        scene(1).save(tmp_path / name)
        files.append(File(tmp_path / name, name, "image/png"))
    (tmp_path / "gone.png").unlink()
    found = compare(files, against=False)
    assert [(f["path"], f["status"]) for f in found["failed"]] == [("gone.png", "failed")]
    assert [(link["a"], link["b"], link["relation"]) for link in found["links"]] == [
        ("a.png", "b.png", "identical")
    ]


def test_a_file_that_became_a_pipe_or_a_folder_holds_up_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    scene(1).save(tmp_path / "a.png")
    program = (
        "import json,pathlib,sys; from firsthand.match.files import File, compare\n"
        "files = [File(pathlib.Path(p), p, 'image/png') for p in sys.argv[1:]]\n"
        "print(json.dumps(compare(files, against=False)))"
    )
    names = [str(tmp_path / name) for name in ("pipe.png", "folder.png", "a.png")]
    done = subprocess.run(
        [sys.executable, "-c", program, *names], capture_output=True, timeout=60, check=True
    )
    found = json.loads(done.stdout)
    assert {each["path"] for each in found["failed"]} == set(names[:2])
    assert [item["path"] for item in found["items"] if item["width"]] == names[2:]


def test_the_only_file_is_odd(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cut.jpg").write_bytes(saved(scene(1), "JPEG")[:300])
    assert run(["match", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["status"] for each in found["failed"]] == ["failed"]
    assert found["links"] == found["groups"] == []
