"""What every Catalog must keep: a function of the ledger, and questions about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from firsthand.case.interfaces import Catalog, LedgerEntry
from firsthand.model.errors import NotFound
from firsthand.model.values import Digest, digest_bytes

TEXTS = ["قُتِلَ في صلاح الدين", "the Şalāḩ ad Dīn province", "١٧٠٠ soldiers"]


def blob(digest: Digest) -> bytes:
    for shown in TEXTS:
        if digest_bytes(shown.encode()) == digest:
            return shown.encode()
    raise NotFound(digest)


def entry(index: int, kind: str, **body: Any) -> LedgerEntry:
    return LedgerEntry(index, kind, {"at_ms": index, "by": "me", "body": body, "objects": []})


def exhibit(index: int, shown: str) -> LedgerEntry:
    digest = digest_bytes(shown.encode())
    return entry(index, "exhibit", digest=digest, size=1, media_type="text/plain; charset=utf-8")


def history() -> list[LedgerEntry]:
    return [
        entry(0, "case", title="t"),
        *(exhibit(1 + number, shown) for number, shown in enumerate(TEXTS)),
        entry(4, "actor", id="a", name="first name", type="person"),
        entry(5, "actor", id="b", name="other", type="person"),
        entry(6, "actor", id="a", name="second name", type="person"),
        LedgerEntry(7, "note", None),
        LedgerEntry(8, "note", {"at_ms": 8, "by": "me"}, 1),
    ]


class CatalogContract:
    """Subclass it and give the fixtures `new_catalog` (an empty one each time) and `dump`."""

    def test_it_follows_the_ledger(self, new_catalog: Callable[[], Catalog]) -> None:
        catalog = new_catalog()
        assert catalog.size() == 0
        catalog.apply(history()[:3], blob)
        assert catalog.size() == 3
        catalog.apply(history()[3:], blob)
        assert catalog.size() == 9

    def test_taking_in_twice_changes_nothing(
        self, new_catalog: Callable[[], Catalog], dump: Callable[[Catalog], Any]
    ) -> None:
        once, twice = new_catalog(), new_catalog()
        once.apply(history(), blob)
        for end in (2, 5, 4, 9, 9):
            twice.apply(history()[:end], blob)
        assert dump(once) == dump(twice)

    def test_all_or_nothing(
        self, new_catalog: Callable[[], Catalog], dump: Callable[[Catalog], Any]
    ) -> None:
        catalog = new_catalog()
        catalog.apply(history()[:4], blob)
        before = dump(catalog)
        with pytest.raises(NotFound):
            catalog.apply([*history(), exhibit(9, "nowhere kept")], blob)
        assert dump(catalog) == before
        assert catalog.size() == 4

    def test_a_gap_is_not_jumped(self, new_catalog: Callable[[], Catalog]) -> None:
        catalog = new_catalog()
        catalog.apply([history()[0], *history()[2:]], blob)
        assert catalog.size() == 1

    def test_the_newest_of_an_id_is_current(self, new_catalog: Callable[[], Catalog]) -> None:
        catalog = new_catalog()
        catalog.apply(history(), blob)
        assert [(n.id, n.entry) for n in catalog.nouns("actor")] == [("b", 5), ("a", 6)]
        everything = catalog.nouns("actor", current=False)
        assert [(n.id, n.entry, n.data["name"]) for n in everything] == [
            ("a", 4, "first name"), ("b", 5, "other"), ("a", 6, "second name"),
        ]  # fmt: skip
        assert catalog.nouns("note") == []  # withheld

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("صلاح", {0}),  # without the vowel signs of the text
            ("صَلاح ٱلدِّين", {0}),  # with others
            ("قتل صلاح", {0}),
            ("salah DIN", {1}),
            ("1700", {2}),
            ("١٧٠٠", {2}),
            ("soldiers 1700", {2}),
            ("soldiers province", set()),
            ('"', set()),
            ("", set()),
            ("   ", set()),
            ("soldiers OR province", set()),  # words, not a language
            ("soldier*", set()),
            ("soldiers\0", {2}),
            ("a\udcff", set()),
            ("NEAR(", set()),
            ("body:soldiers", set()),
        ],
    )
    def test_search_is_folded_and_harmless(
        self, new_catalog: Callable[[], Catalog], query: str, found: set[int]
    ) -> None:
        catalog = new_catalog()
        catalog.apply(history(), blob)
        shown = {text for _, _, text in catalog.search(query, 10)}
        assert shown == {TEXTS[number] for number in found}

    def test_search_stops_at_the_limit(self, new_catalog: Callable[[], Catalog]) -> None:
        catalog = new_catalog()
        catalog.apply(history(), blob)
        assert len(catalog.search("name", 10)) == 2  # the name that was replaced is found too
        assert len(catalog.search("name", 1)) == 1
