"""Names over spelling and script: pairs are spellings of one place in public use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.globe import names


@pytest.mark.parametrize(
    ("asked", "known", "most"),
    [
        ("Tikrit", "Tikrīt", 0),
        ("AL ANBAR", "al-Anbar", 0),
        ("تکریت", "تكريت", 0),
        ("Anbar", "Al Anbar", 1),
        ("Ash Sharqat", "Sharqat", 1),
        ("Raqqa", "Ar Raqqah", 1),
        ("Salah ad Din Governorate", "Salah ad-Din", 1),
        ("محافظة الأنبار", "الانبار", 1),
        ("Province of Aleppo", "Aleppo", 1),
        ("Salaheddin", "Salahuddin", 2),
        ("Baiji", "Bayji", 2),
        ("Sulaimaniya", "Sulaymaniyah", 2),
        ("Salahuddin", "Saladin", 3),
        ("Tikrit", "تكريت", 3),
        ("Тикрит", "Tikrit", 3),
        ("الموصل", "Mosul", 3),
    ],
)
def test_exactness(asked: str, known: str, most: int) -> None:
    rank = names.exactness(asked, known)
    assert rank is not None and rank <= most
    back = names.exactness(known, asked)
    assert back is not None and back <= most


@pytest.mark.parametrize(
    ("one", "other"),
    [("Tikrit", "Mosul"), ("Iraq", "Iran"), ("بيجي", "تكريت"), ("Basra", "Bursa"), ("Homs", "")],
)
def test_different_places_are_told_apart(one: str, other: str) -> None:
    rank = names.exactness(one, other)
    assert rank is None or rank >= 2


def test_kind_named() -> None:
    assert names.kind_named("Baghdad province") == "admin1"
    assert names.kind_named("محافظة بغداد") == "admin1"
    assert names.kind_named("Baghdad") is None


@given(st.text())
def test_no_text_crashes_and_a_name_equals_itself(text: str) -> None:
    assert names.exactness(text, text) == 0
    assert bool(names.skeletons(text)) == bool(names.words(text))
    for key in names.skeletons(text):
        assert key and "\t" not in key and "\n" not in key and "\x1f" not in key
