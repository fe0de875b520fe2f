"""Versions of programs are what the programs themselves say, asked once for each installed file."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from firsthand.media import programs


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    programs.versions.cache_clear()
    yield
    programs.versions.cache_clear()


def plain(*argv: str) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split("\n")[0]


def test_versions_are_those_that_the_programs_print() -> None:
    said = programs.versions()
    assert set(said) == {"python", *programs.ASKED}
    for name, arguments in programs.ASKED.items():
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed")
        assert said[name] is not None
        assert said[name] in plain(name, *arguments)


def test_a_program_is_asked_again_only_when_its_file_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ask(name: str, arguments: tuple[str, ...]) -> str | None:
        asked.append(name)
        return "1.0" if name != "tesseract" else None

    place = tmp_path / "exiftool"
    place.write_text("one")
    monkeypatch.setattr(programs, "_ask", ask)
    monkeypatch.setattr(
        programs.shutil,
        "which",
        lambda name: str(place) if name in ("exiftool", "tesseract") else None,
    )
    for _ in range(2):
        programs.versions.cache_clear()
        said = programs.versions()
        assert (said["exiftool"], said["tesseract"], said["ffmpeg"]) == ("1.0", None, None)
    assert asked == ["exiftool", "tesseract", "tesseract"]  # what said nothing is asked again
    place.write_text("another")
    programs.versions.cache_clear()
    programs.versions()
    assert asked[3:] == ["exiftool", "tesseract"]


@pytest.mark.parametrize(
    "data", [b"", b"\xff\x00", b"[]", b'{"exiftool": "x"}', b'{"exiftool": [1, 2]}']
)
def test_a_damaged_cache_is_as_good_as_none(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_ask", lambda name, arguments: "7.7")
    monkeypatch.setattr(programs.shutil, "which", lambda name: "/bin/sh")
    place = programs._cache_file()
    place.parent.mkdir(parents=True)
    place.write_bytes(data)
    assert programs.versions()["exiftool"] == "7.7"


def test_no_cache_folder_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(programs, "_ask", lambda name, arguments: "7.7")
    monkeypatch.setattr(programs.shutil, "which", lambda name: "/bin/sh")
    assert programs.versions()["openssl"] == "7.7"
