"""Metadata of made files: the bytes are known from made_exif.py, the readers are the real ones."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from firsthand.media import metadata_readers
from firsthand.media.exif_values import user_comment
from firsthand.media.metadata import read_many, read_metadata
from firsthand.media.metadata_problems import series_drift
from firsthand.media.metadata_readers import Reading
from firsthand.media.structure import carried
from firsthand.model import canonical
from firsthand.model.canonical import Json

from . import made_exif as made
from .made_exif import degrees, photo

if shutil.which("exiftool") is None:
    pytest.skip("no exiftool (Debian: libimage-exiftool-perl)", allow_module_level=True)

TIKRIT = [
    (made.LAT_REF, "ascii", "N"), (made.LAT, "ratio", degrees(34, 36, 3000)),
    (made.LON_REF, "ascii", "E"), (made.LON, "ratio", degrees(43, 41, 1212)),
]  # fmt: skip
# By hand: 34 + 36/60 + 30/3600 and 43 + 41/60 + 12.12/3600.
LAT_E7, LON_E7 = 346_083_333, 436_867_000
# `date -u -d "2014-06-12 07:11:12" +%s` says 1402557072.
UTC_MS = 1_402_557_072_000


def taken(text: str, *more: made.Entry) -> list[made.Entry]:
    return [(made.TAKEN, "ascii", text), *more]


def gps_time(hour: int, minute: int, second: int, date: str | None) -> list[made.Entry]:
    stamp: list[made.Entry] = [(made.TIME, "ratio", [(hour, 1), (minute, 1), (second, 1)])]
    return stamp + ([(made.DATE, "ascii", date)] if date is not None else [])


def read(path: Path) -> Json:
    value = read_metadata(path, "image/jpeg")
    canonical.dumps(value)  # no floats, no lone surrogates
    return value


def problems(value: Json) -> set[str]:
    return {problem["what"] for problem in value["problems"]}


def test_values_are_typed_and_both_outputs_are_kept(tmp_path: Path) -> None:
    path = photo(
        tmp_path / "a.jpg",
        main=[(made.MAKE, "ascii", "Maker"), (made.MODEL, "ascii", "Model 1"),
              (made.ORIENTATION, "short", 6), (made.MODIFIED, "ascii", "2014:06:13 01:00:00")],
        photo=taken("2014:06:12 10:11:12", (made.SUBSECOND, "ascii", "34"),
                    (made.OFFSET_TAKEN, "ascii", "+03:00"), (0x829A, "ratio", (1, 250)),
                    (0x829D, "ratio", (28, 10)), (0x8827, "short", 100),
                    (0x920A, "ratio", (425, 100)), (0xA405, "short", 28)),
        gps=[*TIKRIT, *gps_time(7, 11, 12, "2014:06:12"), (5, "byte", 1), (6, "ratio", (241, 2)),
             (0x10, "ascii", "M"), (0x11, "ratio", (617, 5)), (0x0B, "ratio", (5, 2)),
             (0x1F, "ratio", (15, 2))],
    )  # fmt: skip
    value = read(path)
    assert value["status"] == "read" and value["disagreements"] == [] == value["problems"]
    assert {k: value[k] for k in ("make", "model", "orientation")} == {
        "make": "Maker", "model": "Model 1", "orientation": 6,
    }  # fmt: skip
    assert value["taken"] == {
        "text": "2014:06:12 10:11:12", "local": "2014-06-12T10:11:12.34", "offset_min": 180,
        "utc_ms": UTC_MS + 340, "tag": "DateTimeOriginal",
    }  # fmt: skip
    assert (value["exposure_us"], value["f_milli"], value["iso"]) == (4000, 2800, 100)
    assert (value["focal_um"], value["focal35_mm"]) == (4250, 28)
    gps = value["gps"]
    assert (gps["lat_e7"], gps["lon_e7"]) == (LAT_E7, LON_E7)
    assert (gps["alt_mm"], gps["dop_milli"], gps["error_mm"]) == (-120_500, 2500, 7500)
    assert (gps["direction_mdeg"], gps["direction_ref"]) == (123_400, "M")
    assert gps["time"]["utc_ms"] == UTC_MS and gps["time"]["date_known"]
    assert "GPSLatitude" in value["raw"]["exiftool"] and "GPSLatitude" in value["raw"]["exifread"]
    assert json.loads(value["raw"]["exiftool"])[0]["IFD0:Make"] == "Maker"
    assert str(tmp_path) not in json.dumps(value)  # nothing of this machine


def test_picture_without_metadata_starts_no_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a reader was started")

    monkeypatch.setattr(metadata_readers, "run_limited", never)
    value = read(made.jpeg(tmp_path / "plain.jpg"))
    assert value["carries"] == [] and value["status"] == "read"


# ---- the anomalies met in real files ----------------------------------------------------------


def test_offset_of_the_change_is_not_that_of_the_picture(tmp_path: Path) -> None:
    # Exif 2.32: OffsetTime (0x9010) is for DateTime, 0x9011 for DateTimeOriginal.
    value = read(
        photo(
            tmp_path / "a.jpg",
            main=[(made.MODIFIED, "ascii", "2014:06:13 01:00:00")],
            photo=taken("2014:06:12 10:11:12", (made.OFFSET, "ascii", "+03:00")),
        )
    )
    assert value["taken"]["offset_min"] is None and value["taken"]["utc_ms"] is None
    assert value["modified"]["offset_min"] == 180
    assert "no zone beside the time" in problems(value)


def test_gps_date_one_day_off(tmp_path: Path) -> None:
    value = read(
        photo(
            tmp_path / "a.jpg",
            photo=taken("2014:06:12 10:11:12", (made.OFFSET_TAKEN, "ascii", "+03:00")),
            gps=[*TIKRIT, *gps_time(7, 11, 2, "2014:06:11")],
        )
    )
    [problem] = value["problems"]
    assert problem["what"] == "GPS date is one day off" and problem["days"] == 1


def test_camera_clock_off_by_minutes(tmp_path: Path) -> None:
    value = read(
        photo(
            tmp_path / "a.jpg",
            photo=taken("2014:06:12 10:15:32"),
            gps=[*TIKRIT, *gps_time(7, 11, 12, "2014:06:12")],
        )
    )
    [problem] = [p for p in value["problems"] if "differ" in p["what"]]
    assert problem["apart_ms"] == 260_000  # 10:15:32 at UTC+3 is 4 min 20 s after 07:11:12 UTC


def test_camera_clock_drifts_within_a_series(tmp_path: Path) -> None:
    maker = [(made.MAKE, "ascii", "Maker"), (made.MODEL, "ascii", "Model 1")]
    times = [("2014:06:12 10:11:12", 12), ("2014:06:12 10:11:52", 15), ("2014:06:12 10:12:42", 20)]
    paths = [
        photo(tmp_path / f"{n}.jpg", main=maker, photo=taken(text),
              gps=[*TIKRIT, *gps_time(7, 11, second, "2014:06:12")])
        for n, (text, second) in enumerate(times)
    ]  # fmt: skip
    [problem] = series_drift(read_many([(path, "image/jpeg") for path in paths]))
    # 10:11:12 - 07:11:12 is 3 h, 10:12:42 - 07:11:20 is 3 h and 82 s.
    assert (problem["least_ms"], problem["most_ms"]) == (10_800_000, 10_882_000)
    assert problem["where"] == "Maker Model 1"


def test_stale_gps_stamp(tmp_path: Path) -> None:
    known = photo(
        tmp_path / "known.jpg",
        photo=taken("2014:06:12 10:11:12", (made.OFFSET_TAKEN, "ascii", "+03:00")),
        gps=[*TIKRIT, *gps_time(2, 11, 12, "2014:06:12")],
    )
    unknown = photo(
        tmp_path / "unknown.jpg",
        photo=taken("2014:06:12 22:11:12"),
        gps=[*TIKRIT, *gps_time(2, 11, 12, "2014:06:12")],
    )
    old = "GPS time is old, or the camera's clock wrong"
    assert [p["apart_ms"] for p in read(known)["problems"] if p["what"] == old] == [18_000_000]
    # Without an offset twenty hours are more than any zone explains (UTC+14 is the last).
    assert [p["apart_ms"] for p in read(unknown)["problems"] if p["what"] == old] == [72_000_000]


@pytest.mark.parametrize("date", ["2014:13:41", "2014:00:00", "1403", "12 June", "2014:02:30"])
def test_malformed_gps_date_invents_none(tmp_path: Path, date: str) -> None:
    value = read(
        photo(
            tmp_path / "a.jpg",
            photo=taken("2014:06:12 10:11:12"),
            gps=[*TIKRIT, *gps_time(7, 11, 12, date)],
        )
    )
    assert "malformed GPS date" in problems(value)
    time = value["gps"]["time"]
    assert time["utc_ms"] is None and not time["date_known"]
    assert time["of_day_ms"] == ((7 * 60 + 11) * 60 + 12) * 1000


def test_west_is_negative_in_both_readers_and_a_lost_sign_is_named(tmp_path: Path) -> None:
    west = [TIKRIT[0], TIKRIT[1], (made.LON_REF, "ascii", "W"), TIKRIT[3]]
    xmp = (
        b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "
        b"xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description "
        b"xmlns:exif='http://ns.adobe.com/exif/1.0/' exif:GPSLongitude='43,41.202E'/>"
        b"</rdf:RDF></x:xmpmeta>"
    )
    path = made.jpeg(
        tmp_path / "a.jpg",
        made.segment(0xE1, b"Exif\0\0" + made.exif(gps=west)),
        made.segment(0xE1, xmp),
    )
    value = read(path)
    assert value["gps"]["lon_e7"] == -LON_E7
    assert value["disagreements"] == [{"field": "gps.lon_e7", "exif": -LON_E7, "xmp": LON_E7}]
    composed = json.loads(value["raw"]["exiftool"])[0]["Composite:GPSLongitude"]
    assert round(composed * 10**7) in (-LON_E7, LON_E7)


def test_longitude_without_its_letter_is_no_position(tmp_path: Path) -> None:
    value = read(photo(tmp_path / "a.jpg", gps=[TIKRIT[0], TIKRIT[1], TIKRIT[3]]))
    assert "lon_e7" not in value.get("gps", {})
    assert {"what": "no E or W beside it", "where": "GPSLongitudeRef"} in value["problems"]


def test_camera_zone_unlike_the_place(tmp_path: Path) -> None:
    value = read(
        photo(
            tmp_path / "a.jpg",
            photo=taken("2014:06:12 03:11:12"),  # UTC-4 at 43.7 degrees east
            gps=[*TIKRIT, *gps_time(7, 11, 12, "2014:06:12")],
        )
    )
    [problem] = [p for p in value["problems"] if "zone is not the place" in p["what"]]
    assert problem["offset_min"] == -240


def test_gps_time_without_a_date_leaves_the_day_open(tmp_path: Path) -> None:
    value = read(
        photo(
            tmp_path / "a.jpg",
            photo=taken("2014:06:12 10:11:12"),
            gps=[*TIKRIT, *gps_time(7, 11, 12, None)],
        )
    )
    assert "GPS time without a GPS date: the day is open" in problems(value)
    assert value["gps"]["time"]["utc_ms"] is None


def test_no_position_is_not_the_gulf_of_guinea(tmp_path: Path) -> None:
    zero = [(made.LAT_REF, "ascii", "N"), (made.LAT, "ratio", degrees(0, 0)),
            (made.LON_REF, "ascii", "E"), (made.LON, "ratio", degrees(0, 0))]  # fmt: skip
    value = read(photo(tmp_path / "zero.jpg", gps=zero))
    assert "gps" not in value and "position is 0, 0" in problems(value)
    undefined = [(made.LAT_REF, "ascii", "N"), (made.LAT, "ratio", [(0, 0)] * 3),
                 (made.LON_REF, "ascii", "E"), (made.LON, "ratio", [(0, 0)] * 3)]  # fmt: skip
    value = read(photo(tmp_path / "undefined.jpg", gps=undefined))
    assert "lat_e7" not in value.get("gps", {}) and "lon_e7" not in value.get("gps", {})
    assert "position is undefined (such as 0/0)" in problems(value)
    void = read(photo(tmp_path / "void.jpg", gps=[*TIKRIT, (made.STATUS, "ascii", "V")]))
    assert "receiver had no position then" in problems(void)


NO_TIMES = ["2014:02:30 10:11:12", "2014:06:12 25:11:12", "yesterday noon ab"]


@pytest.mark.parametrize("text", NO_TIMES)
def test_impossible_times_are_kept_as_text_only(tmp_path: Path, text: str) -> None:
    value = read(photo(tmp_path / "a.jpg", photo=taken(text)))
    assert value["taken"]["text"] == text and value["taken"]["local"] is None
    assert "impossible time" in problems(value)


@pytest.mark.parametrize("text", ["0000:00:00 00:00:00", "    :  :     :  :  "])
def test_a_time_that_is_not_set_is_none(tmp_path: Path, text: str) -> None:
    value = read(photo(tmp_path / "a.jpg", photo=taken(text)))
    assert "taken" not in value


def test_duplicate_tags_are_named_with_both_values(tmp_path: Path) -> None:
    both = [*taken("2014:06:12 10:11:12"), *taken("2014:06:15 10:11:12")]
    value = read(photo(tmp_path / "a.jpg", photo=both))
    [problem] = [p for p in value["problems"] if p["what"] == "tag stands twice"]
    assert problem["where"] == "ExifIFD:DateTimeOriginal"
    assert set(problem["values"]) == {"2014:06:12 10:11:12", "2014:06:15 10:11:12"}


def test_where_readers_disagree_neither_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {"exif": {"GPS GPSLatitudeRef": ["N"], "GPS GPSLatitude": ["34/1"],
                       "GPS GPSLongitudeRef": ["E"], "GPS GPSLongitude": ["43/1"],
                       "Image Make": ["Maker"]}, "xmp": {}, "iptc": {}, "faults": []}  # fmt: skip
    monkeypatch.setattr(
        "firsthand.media.metadata.wheels", lambda paths: [Reading(json.dumps(answer))]
    )
    value = read(photo(tmp_path / "a.jpg", main=[(made.MAKE, "ascii", "Maker")], gps=TIKRIT))
    assert value["make"] == "Maker"
    assert "lat_e7" not in value.get("gps", {}) and "lon_e7" not in value.get("gps", {})
    assert {"field": "gps.lat_e7", "exiftool": LAT_E7, "exifread": 340_000_000} in value[
        "disagreements"
    ]


# ---- other places for metadata ----------------------------------------------------------------


def test_without_exiftool_the_wheels_read_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = photo(tmp_path / "a.jpg", photo=taken("2014:06:12 10:11:12"), gps=TIKRIT)
    monkeypatch.setattr("firsthand.media.sandbox._PROGRAMS", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    value = read(path)
    assert value["gps"]["lat_e7"] == LAT_E7
    assert value["raw"]["exiftool"] is None and value["readers"]["exiftool"] is None
    assert [each["reader"] for each in value["unread"]] == ["exiftool"]
    assert "libimage-exiftool-perl" in value["unread"][0]["reason"]


def test_xmp_and_iptc_that_exiftool_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made.jpeg(tmp_path / "a.jpg")
    subprocess.run(
        ["exiftool", "-q", "-overwrite_original", "-n", "-XMP-xmp:CreatorTool=Editor 1",
         "-XMP-xmp:CreateDate=2014:06:12 10:11:12+03:00", "-XMP-xmpMM:DocumentID=xmp.did:1",
         "-XMP-xmpMM:History=[{Action=saved,When=2014:06:14 10:00:00+03:00,SoftwareAgent=Ed}]",
         "-IPTC:City=Tikrit", "-IPTC:DateCreated=2014:06:12", "-IPTC:TimeCreated=10:11:12+03:00",
         "-IPTC:Caption-Abstract=a caption", "-IPTC:Credit=an agency", str(path)],
        check=True,
    )  # fmt: skip
    both = read(path)
    assert both["carries"] == ["iptc", "xmp"] and both["disagreements"] == []
    assert both["xmp"]["creator_tool"] == "Editor 1" and both["xmp"]["document_id"] == "xmp.did:1"
    assert both["xmp"]["created"]["utc_ms"] == UTC_MS
    [step] = both["xmp"]["history"]
    assert (step["action"], step["software"], step["when"]["utc_ms"]) == (
        "saved", "Ed", 1_402_729_200_000,
    )  # fmt: skip
    assert both["iptc"]["city"] == "Tikrit" and both["iptc"]["created"]["utc_ms"] == UTC_MS
    assert (both["iptc"]["caption"], both["iptc"]["credit"]) == ("a caption", "an agency")
    monkeypatch.setenv("PATH", str(tmp_path))
    alone = read(path)  # the wheels alone say the same
    assert alone["iptc"] == both["iptc"]
    for name in ("created",):
        assert alone["xmp"][name]["utc_ms"] == both["xmp"][name]["utc_ms"]
    assert alone["xmp"]["history"][0]["action"] == "saved"


def test_png_text_and_film_times(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "a remark")
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png", pnginfo=info)
    value = read_metadata(tmp_path / "a.png", "image/png")
    assert value["carries"] == ["text"] and "a remark" in value["raw"]["exiftool"]


def test_unicode_comment_in_either_byte_order() -> None:
    for order in ("utf-16-be", "utf-16-le"):
        for comment in ("تكريت عراق", "plain words"):
            data = b"UNICODE\0" + comment.encode(order)
            assert user_comment(list(data)) == comment


# ---- outlines -----------------------------------------------------------------------------------


def test_outline_of_each_format(tmp_path: Path) -> None:
    picture = Image.new("RGB", (16, 16))
    exif = Image.Exif()
    exif[made.MAKE] = "Maker"
    expected = {"a.png": ["exif"], "a.webp": ["exif"], "a.jpg": ["exif"]}
    for name, kinds in expected.items():
        picture.save(tmp_path / name, exif=exif)
        picture.save(tmp_path / f"plain-{name}")
        assert carried(tmp_path / name) == kinds
        assert carried(tmp_path / f"plain-{name}") == []
        assert read_metadata(tmp_path / name, "")["make"] == "Maker"
    picture.save(tmp_path / "a.gif", comment=b"a remark")
    assert carried(tmp_path / "a.gif") == ["comment"]
    picture.save(tmp_path / "a.tif")
    assert carried(tmp_path / "a.tif") == ["container"]


def test_cut_and_changed_files_come_to_an_end(tmp_path: Path) -> None:
    whole = photo(
        tmp_path / "whole.jpg",
        main=[(made.MAKE, "ascii", "Maker")],
        photo=taken("2014:06:12 10:11:12"),
        gps=[*TIKRIT, *gps_time(7, 11, 12, "2014:06:12")],
    ).read_bytes()
    chance = random.Random(3)
    paths = []
    for n in range(60):
        data = bytearray(whole[: chance.randrange(1, len(whole))] if n % 2 else whole)
        for _ in range(chance.randrange(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        paths.append(tmp_path / f"{n}.jpg")
        paths[-1].write_bytes(data)
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "bomb.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + b"\0\0\x10\0zTXt" + zlib.compress(b"a" * (1 << 24))[:4096]
    )
    paths += [tmp_path / "empty.jpg", tmp_path / "bomb.png", tmp_path / "missing.jpg"]
    values = read_many([(path, "image/jpeg") for path in paths])
    assert len(values) == len(paths)
    for value in values:
        canonical.dumps(value)
        assert value["status"] in ("read", "failed")
    assert values[-1]["status"] == "failed" and "No such file" in values[-1]["reason"]


def test_file_that_ends_its_reader_is_named_and_the_rest_is_read() -> None:
    asked: list[list[str]] = []

    def reader(paths):  # type: ignore[no-untyped-def]
        asked.append(list(paths))
        good = paths[: paths.index("deadly")] if "deadly" in paths else paths
        finished = metadata_readers.Finished("killed", -9, b"", "", "ended by SIGKILL", "")
        return {n: Reading(f"read {path}") for n, path in enumerate(good)}, finished

    readings = metadata_readers._in_turn(["a", "b", "deadly", "c"], reader)
    assert [reading.text for reading in readings] == ["read a", "read b", None, "read c"]
    assert readings[2].reason == "killed: ended by SIGKILL"
    assert asked == [["a", "b", "deadly", "c"], ["deadly", "c"], ["c"]]


def test_names_with_line_ends_and_dashes_are_only_names(tmp_path: Path) -> None:
    folder = tmp_path / "-ver\n-overwrite_original"
    os.mkdir(folder)
    value = read(photo(folder / "a b\n.jpg", main=[(made.MAKE, "ascii", "Maker")]))
    assert value["make"] == "Maker" and "unread" not in value


def test_a_pipe_in_the_place_of_a_file_holds_up_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    value = read(tmp_path / "pipe.jpg")
    assert value["status"] == "failed" and "not a regular file" in value["reason"]


def test_film_times_and_position(tmp_path: Path) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg (Debian: ffmpeg); of a laptop only, CI has it")
    path = tmp_path / "film.mov"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=d=1:s=64x48:r=5", "-c:v", "mpeg4",
         "-movflags", "use_metadata_tags", "-metadata", "creation_time=2014-06-12T07:11:12Z",
         "-metadata", "com.apple.quicktime.creationdate=2014-06-12T10:11:12+0300",
         "-metadata", "com.apple.quicktime.location.ISO6709=+34.6083+043.6867+120.5/",
         "-metadata", "com.apple.quicktime.make=Maker", str(path)],
        check=True,
    )  # fmt: skip
    value = read_metadata(path, "video/quicktime")
    canonical.dumps(value)
    assert value["carries"] == ["container"] and value["make"] == "Maker"
    assert value["taken"]["offset_min"] == 180 and value["taken"]["utc_ms"] == UTC_MS
    # A container's own time has no zone in it, so it is no instant.
    assert value["container_created"]["local"] == "2014-06-12T07:11:12"
    assert value["container_created"]["utc_ms"] is None
    gps = value["gps"]
    assert (gps["lat_e7"], gps["lon_e7"]) == (346_083_000, 436_867_000)
    assert gps["alt_mm"] == 120_500


def test_avif_and_tiff_are_read_too(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[made.MAKE] = "Maker"
    for name in ("a.avif", "a.tif"):
        Image.new("RGB", (64, 48)).save(tmp_path / name, exif=exif)
        value = read_metadata(tmp_path / name, "")
        assert value["carries"] == ["container"] and value["make"] == "Maker", name
