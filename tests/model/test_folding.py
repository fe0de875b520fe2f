"""Folding of names: expected pairs are spellings of one name in public use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.model.folding import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("صلاح الدين", "صَلاحُ ٱلدِّينِ"),  # bare and vowelled, alef wasla
        ("الأنبار", "الانبار"),  # hamza on alef
        ("إدلب", "ادلب"),
        ("آمرلي", "امرلي"),  # madda
        ("نينوى", "نينوي"),  # alef maqsura
        ("كركوك", "کرکوک"),  # Persian kaf
        ("تكريت", "تکریت"),  # Persian kaf and yeh
        ("الحويجة", "الحويجه"),  # teh marbuta
        ("سامراء", "سامرا"),  # final hamza
        ("مؤمن", "مومن"),  # hamza on waw
        ("تـكـريت", "تكريت"),  # tatweel
        ("Şalāḩ ad Dīn", "salah ad din"),  # ISO 3166-2 name of IQ-SD
        ("Ba‘qūbah".replace("‘", "ʿ"), "baqubah"),
        ("İSTANBUL", "istanbul"),
        ("Diyarbakır", "diyarbakir"),
        ("Łódź", "lodz"),
        ("Straße", "STRASSE"),
        ("ΑΘΉΝΑΣ", "αθηνας"),
        ("ｔｉｋｒｉｔ", "tikrit"),  # full-width
        ("ﻻ", "لا"),  # presentation form of lam-alef
        ("می‌شود", "ميشود"),  # zero-width non-joiner
        ("١٧٠٠", "1700"),
        ("۱۷۰۰", "1700"),  # Persian digits
        ("१७००", "1700"),  # Devanagari digits
        ("\u202bتكريت\u202c", "تكريت"),  # direction marks
    ],
)
def test_spellings_of_one_name_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("تكريت", "الكويت"),
        ("か", "が"),  # voicing is a letter, not an accent
        ("한글", "한국"),
        ("दिन", "दान"),  # vowel signs of Indic scripts are letters
        ("Iraq", "Iran"),
    ],
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_spaces_and_punctuation_stay() -> None:
    assert fold("Salah ad-Din, IQ") == "salah ad-din, iq"


def test_empty() -> None:
    assert fold("") == ""


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=st.characters(min_codepoint=0x600, max_codepoint=0x6FF)))
def test_arabic_block_is_stable_and_keeps_no_marks(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert not set(folded) & set("أإآٱىیکةـ\u064b\u0651\u0670")


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz 0123456789"))
def test_plain_text_is_itself(text: str) -> None:
    assert fold(text) == text == fold(text.upper())
