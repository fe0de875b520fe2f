"""The gazetteer against facts that any atlas has; ids of GeoNames and ISO as published."""

from __future__ import annotations

import math
import random
import zoneinfo
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firsthand.globe import gazetteer, polygon, store

TIKRIT = "geonames:90150"
MOSUL = "geonames:99072"
# ISO 3166-2:IQ, the 18 governorates (without the Kurdistan Region and Halabja).
GOVERNORATES = "AN AR BA BB BG DA DI DQ KA KI MA MU NA NI QA SD SU WA".split()


@pytest.mark.parametrize(
    "name",
    [
        *("Salahuddin", "Salaheddin", "Salah ad-Din", "Saladin", "صلاح الدين", "Salah al-Din"),
        *("SALAHUDDIN", "Salah-ad-din province", "محافظة صلاح الدين", "صلاح الدّين", "Salahaddin"),
    ],
)
def test_one_province_under_its_names(name: str) -> None:
    found = gazetteer.find(name, country="IQ")
    assert found[0].id == "IQ-SD"
    assert found[0].level == "admin1"


@pytest.mark.parametrize(
    ("name", "country", "expected"),
    [
        # GeoNames ids as in its public pages.
        ("Tikrit", "IQ", TIKRIT),
        ("تكريت", "IQ", TIKRIT),
        ("تکریت", "IQ", TIKRIT),
        ("Тикрит", "IQ", TIKRIT),
        ("Mosul", "IQ", MOSUL),
        ("al-Mawsil", "IQ", MOSUL),
        ("الموصل", "IQ", MOSUL),
        ("Baiji", "IQ", "geonames:97783"),
        ("Samarra", "IQ", "geonames:91597"),
        ("سامراء", "IQ", "geonames:91597"),
    ],
)
def test_towns_of_iraq(name: str, country: str, expected: str) -> None:
    assert gazetteer.find(name, country=country)[0].id == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Iraq", "IQ"), ("العراق", "IQ"), ("Irak", "IQ"), ("سوريا", "SY"), ("Ukraine", "UA")],
)
def test_countries(name: str, expected: str) -> None:
    assert gazetteer.find(name)[0].id == expected


def test_every_governorate_has_its_code_and_outline() -> None:
    for code in GOVERNORATES:
        place = gazetteer.get(f"IQ-{code}")
        assert place is not None and place.country == "IQ" and place.level == "admin1", code
        assert gazetteer.outline(f"IQ-{code}") is not None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        # Governorates by their capitals' well-known neighbours: name -> ISO 3166-2.
        *(("Nineveh", "IQ-NI"), ("نينوى", "IQ-NI"), ("Anbar", "IQ-AN"), ("الأنبار", "IQ-AN")),
        *(("Diyala", "IQ-DI"), ("ديالى", "IQ-DI"), ("Kirkuk province", "IQ-KI")),
        *(
            ("Dhi Qar", "IQ-DQ"),
            ("ذي قار", "IQ-DQ"),
            ("Babil", "IQ-BB"),
            ("Erbil province", "IQ-AR"),
        ),
    ],
)
def test_governorates_by_name(name: str, code: str) -> None:
    assert gazetteer.find(name, country="IQ")[0].id == code


def test_homonyms_are_all_offered() -> None:
    found = gazetteer.find("Tripoli", limit=20)
    assert {"LY", "LB", "GR"} <= {place.country for place in found}
    assert found[0].country == "LY"  # the largest first


def test_the_word_province_asks_for_the_area() -> None:
    assert gazetteer.find("Baghdad province", country="IQ")[0].level == "admin1"


def test_a_comma_narrows() -> None:
    assert {p.country for p in gazetteer.find("Paris, United States")} == {"US"}
    assert gazetteer.find("Tikrit, Salahuddin, Iraq")[0].id == TIKRIT
    assert gazetteer.find("Tikrit, France") == ()


def test_limits_and_unknown() -> None:
    assert len(gazetteer.find("San Juan", limit=3)) == 3
    assert gazetteer.find("San Juan", limit=0) == ()
    for name in ("", " ", ",", "\t", "\n\x1f", "🜁", "-"):
        assert gazetteer.find(name) == ()
    assert gazetteer.get("geonames:0") is None
    assert gazetteer.get("") is None
    assert gazetteer.get("90150") is None  # ids carry their kind
    assert gazetteer.parents("nowhere") == ()


def test_tikrit_lies_where_atlases_put_it() -> None:
    place = gazetteer.get(TIKRIT)
    assert place is not None
    # 34 deg 36' N, 43 deg 41' E (Britannica), to a tenth of a degree.
    assert abs(place.lat_e6 - 34_600_000) < 100_000 and abs(place.lon_e6 - 43_680_000) < 100_000
    assert [area.id for area in gazetteer.parents(TIKRIT)] == ["IQ-SD", "IQ"]
    assert gazetteer.parents("IQ") == ()
    assert [area.id for area in gazetteer.parents("IQ-SD")] == ["IQ"]


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ("IQ", TIKRIT, True),
        ("IQ-SD", TIKRIT, True),
        ("IQ", "IQ-SD", True),
        ("IQ", "IQ", True),
        ("IQ-NI", TIKRIT, False),
        ("SY", TIKRIT, False),
        ("IQ-SD", "IQ-NI", False),
        (TIKRIT, "IQ", False),
        (TIKRIT, "IQ-SD", False),
        (TIKRIT, "IQ-NI", False),
        (TIKRIT, MOSUL, False),
        (TIKRIT, "geonames:97783", None),  # Baiji: same province, no extent of towns known
        ("IQ", "geonames:0", None),
        ("nowhere", TIKRIT, None),
        ("SG", "geonames:1880252", True),  # Singapore, the city, in Singapore, the country
        ("geonames:1880252", "SG", None),
    ],
)
def test_contains(outer: str, inner: str, expected: bool | None) -> None:
    assert gazetteer.contains(outer, inner) is expected


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ("Iraq", "Tikrit", True),
        ("Iraq", "Salah ad-Din", True),
        ("Salahuddin", "Tikrit", True),
        ("Salaheddin province", "Baiji", True),
        ("العراق", "تكريت", True),
        ("صلاح الدين", "Tikrit", True),
        ("Salaheddin", "Saladin", True),
        ("Tikrit", "TIKRIT", True),
        ("Nowhereville", "nowhereville", True),
        ("Nineveh", "Mosul", True),
        ("Nineveh", "Tikrit", False),
        ("Syria", "Tikrit", False),
        ("Tikrit", "Mosul", False),
        ("Tikrit", "Iraq", False),
        ("Tikrit", "Baiji", None),
        ("Iraq", "Xyzzyville", None),
        ("Xyzzyville", "Iraq", None),
        ("", "Iraq", None),
        # The data has no England; an American town of that name must not decide.
        ("England", "London", None),
    ],
)
def test_contains_name(outer: str, inner: str, expected: bool | None) -> None:
    assert gazetteer.contains_name(outer, inner) is expected


@pytest.mark.parametrize(
    ("lat", "lon", "expected"),
    [
        (34.6, 43.68, ["IQ-SD", "IQ"]),  # Tikrit
        (36.34, 43.13, ["IQ-NI", "IQ"]),  # Mosul
        (33.31, 44.37, ["IQ-BG", "IQ"]),  # Baghdad
        (51.51, -0.13, ["GB"]),  # London: which first level is Natural Earth's affair
        (-17.8, 178.0, ["FJ"]),  # Viti Levu, near the antimeridian
        (66.5, -175.0, ["RU"]),  # Chukotka east of the antimeridian
    ],
)
def test_locate(lat: float, lon: float, expected: list[str]) -> None:
    found = [place.id for place in gazetteer.locate(round(lat * 1e6), round(lon * 1e6))]
    assert found[-len(expected) :] == expected


def test_the_open_sea_is_nowhere() -> None:
    assert gazetteer.locate(0, -30_000_000) == ()


@pytest.mark.parametrize(
    ("area", "km2"),
    [
        # Official sizes; outlines are simplified and borders of provinces differ by source.
        ("IQ", 438_317),  # CIA World Factbook
        ("IQ-SD", 24_751),  # Central Statistical Organization of Iraq (from memory)
        ("FR", 551_500),  # metropolitan France; Natural Earth adds overseas parts
        ("UA", 603_550),
    ],
)
def test_sizes(area: str, km2: float) -> None:
    shape = store.multipolygon(area)
    assert shape is not None
    assert polygon.area_km2(shape) == pytest.approx(km2, rel=0.2)


def test_outline_is_geojson_like_whole_numbers() -> None:
    shape: Any = gazetteer.outline("IQ-SD")
    assert shape["type"] == "MultiPolygon"
    for rings in shape["coordinates"]:
        for ring in rings:
            assert ring[0] == ring[-1] and len(ring) >= 4
            for lon, lat in ring:
                assert isinstance(lon, int) and isinstance(lat, int)
                assert 42_000_000 < lon < 46_000_000 and 33_000_000 < lat < 37_000_000
    assert gazetteer.outline(TIKRIT) is None
    assert gazetteer.outline("nowhere") is None


def _lines() -> list[list[str]]:
    return [line.split("\t") for line in store.rows().decode().splitlines()]


def test_places_lie_in_their_areas() -> None:
    towns = [line for line in _lines() if line[3] == "place" and line[5]]
    sample = random.Random(20140612).sample(towns, 1500)
    near = 0
    for line in sample:
        shape = store.multipolygon(line[5])
        assert shape is not None, line[5]
        near += polygon.distance_km(shape, int(line[7]) * 10, int(line[6]) * 10) <= 20
    assert near / len(sample) >= 0.97


def test_nearly_every_place_has_an_area() -> None:
    towns = [line for line in _lines() if line[3] == "place"]
    assert len(towns) > 100_000
    assert sum(bool(line[5]) for line in towns) / len(towns) > 0.97


def test_rows_are_sound() -> None:
    seen = set()
    levels = {"country", "admin1", "place"}
    known = {line[1] for line in _lines() if line[3] != "place"}
    for line in _lines():
        assert len(line) == 11
        key = (line[3] == "place", line[1])
        assert key not in seen
        seen.add(key)
        assert line[3] in levels and line[4] in known
        assert not line[5] or line[5] in known
        assert -9_000_000 <= int(line[6]) <= 9_000_000
        assert -18_000_000 <= int(line[7]) <= 18_000_000


def test_parts_agree_with_time_zones() -> None:
    # zone.tab (tz database) names a country and a point for each zone: an independent check of
    # country outlines. Islands are smaller than the outlines are good for, hence the share.
    lines = []
    for folder in zoneinfo.TZPATH:
        try:
            with open(f"{folder}/zone.tab", encoding="utf-8") as file:
                lines = [line.split("\t") for line in file if not line.startswith("#")]
            break
        except OSError:
            continue
    if not lines:
        from importlib.resources import files

        import tzdata  # type: ignore[import-untyped,unused-ignore]

        text = (files(tzdata) / "zoneinfo" / "zone.tab").read_text("utf-8")
        lines = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    right = total = 0
    for country, where, *_ in lines:
        split = max(where.rfind("+"), where.rfind("-"))
        lat, lon = (_degrees(part) for part in (where[:split], where[split:]))
        shape = store.multipolygon(country)
        if shape is not None:
            total += 1
            right += polygon.distance_km(shape, lon, lat) <= 20
    assert total > 300
    assert right / total >= 0.97


def _degrees(text: str) -> int:
    sign, digits = (-1 if text[0] == "-" else 1), text[1:]
    seconds = int(digits[-2:]) if len(digits) > 5 else 0
    digits = digits[:-2] if len(digits) > 5 else digits
    return sign * round((int(digits[:-2]) + int(digits[-2:]) / 60 + seconds / 3600) * 1e6)


def test_own_aliases_are_marked() -> None:
    sources = gazetteer.own_aliases()
    assert sources["IQ-SD", "صلاح الدين"] == "record"
    assert set(sources.values()) <= {"record", "unchecked"}
    for place_id, name in sources:
        place = gazetteer.get(place_id)
        assert place is not None
        assert place in gazetteer.find(name, country="IQ"), (place_id, name)


def test_notice_names_the_sources() -> None:
    from importlib.resources import files

    text = (files("firsthand.globe") / "data" / "NOTICE").read_text("utf-8")
    for needed in ("GeoNames", "Attribution 4.0", "Natural Earth", "Unicode License", "MIT"):
        assert needed in text


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_no_name_crashes(one: str, other: str) -> None:
    gazetteer.find(one)
    assert gazetteer.contains_name(one, other) in (True, False, None)


@settings(max_examples=60, deadline=None)
@given(st.floats(-math.pi, math.pi), st.floats(-1, 1))
def test_a_point_is_in_few_countries(turn: float, height: float) -> None:
    lat, lon = math.degrees(math.asin(height)), math.degrees(turn)
    found = gazetteer.locate(round(lat * 1e6), round(lon * 1e6))
    countries = {place.id for place in found if place.level == "country"}
    assert len(countries) <= 1  # the 1:50m countries do not overlap
