"""What a seal keeps in: everything that mentions the sealed thing, in whatever entry or object.

It errs on the side of keeping in: a table of posts with one sealed row stays in as a whole, and so
does an archive in which the sealed text is found, with all that only they name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from firsthand.case import Case
from firsthand.case.custody.letting_out import seals
from firsthand.model import canonical
from firsthand.model.canonical import Json
from firsthand.model.values import Digest
from firsthand.report.bundle.layers import Unsearchable, layers
from firsthand.report.bundle.narrow import ALL, Entry, entries

SHORTEST = 4
"""Characters of a text that is looked for inside of others; shorter ones are in everything."""


@dataclass(slots=True)
class Needles:
    """What is looked for: texts anywhere, ids only as whole JSON strings, entries by number."""

    texts: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    entries: set[int] = field(default_factory=set)

    def add(self, *texts: Json) -> None:
        """Add texts that are long enough to be looked for."""
        for text in texts:
            if isinstance(text, str) and len(text.strip()) >= SHORTEST:
                self.texts.add(text.strip())

    def forms(self) -> list[bytes]:
        """Return the bytes that mention one of them, in lower case."""
        found: set[bytes] = set()
        for text in self.texts:
            for form in (text, json.dumps(text, ensure_ascii=False)[1:-1]):
                found |= {form.encode(code, "surrogatepass") for code in _CODES}
        found |= {json.dumps(name, ensure_ascii=False).encode() for name in self.ids}
        return sorted(form.lower() for form in found)


_CODES = ("utf-8", "utf-16-le", "utf-16-be")


@dataclass(frozen=True, slots=True)
class Selection:
    """The fields that stay open, by entry, and how many seals there are."""

    found: list[Entry]
    keep: dict[int, frozenset[str]]
    seals: int


def unsealed(case: Case) -> Selection:
    """Return what is left of a case when everything about sealed things stays in."""
    found = entries(case)
    open_ones = {entry.index: ALL for entry in found if entry.opening is not None}
    subjects = list(seals(case))
    if not subjects:
        return Selection(found, open_ones, 0)
    needles = Needles()
    gather = _Gather(case, needles)
    for subject in subjects:
        gather.subject(subject)
    hidden = _hidden(case, found, needles)
    keep = {index: names for index, names in open_ones.items() if index not in hidden}
    return Selection(found, keep, len(subjects))


def _hidden(case: Case, found: list[Entry], needles: Needles) -> set[int]:
    forms = needles.forms()
    hidden = set(needles.entries)
    for entry in found:
        opening = entry.opening
        if opening and _mentions([canonical.dumps(dict(opening.fields))], forms):
            hidden.add(entry.index)
    objects = {hexes for entry in found for hexes in entry.objects}
    bad = {hexes for hexes in objects if _object_mentions(case, hexes, forms)}
    hidden |= {entry.index for entry in found if bad.intersection(entry.objects)}
    return hidden


def _object_mentions(case: Case, hexes: str, forms: list[bytes]) -> bool:
    path = case.blobs.path(Digest(f"sha256:{hexes}"))
    if not path.is_file():
        return False
    try:
        return _mentions(layers(path.read_bytes()), forms)
    except Unsearchable:
        return True


def _mentions(found: Iterable[bytes], forms: list[bytes]) -> bool:
    for data in found:
        small = data.lower()
        if any(form in small for form in forms):
            return True
    return False


class _Gather:
    """From sealed subjects to what mentions them."""

    def __init__(self, case: Case, needles: Needles) -> None:
        self.case = case
        self.needles = needles
        self.above = {n.id: n.data.get("derived_from") for n in case.catalog.nouns("exhibit")}
        self.types = {n.id: str(n.data["media_type"]) for n in case.catalog.nouns("exhibit")}
        self.seen: set[str] = set()

    def subject(self, subject: str) -> None:
        """Add what mentions one subject."""
        kind, _, name = subject.partition(":")
        if kind == "sha256":
            self._exhibits({subject})
            for noun in self._carrying(subject):
                self.needles.add(noun["id"])
        elif kind == "sighting":
            self._sighting(subject)
        elif kind in ("actor", "event"):
            self.needles.ids.add(name)
            self.needles.add(subject)
            for noun in self.case.catalog.nouns(kind, current=False):
                if noun.id == name:
                    self.needles.entries.add(noun.entry)
                    data = noun.data
                    self.needles.add(data.get("name"), data.get("label"), *data.get("aliases", ()))
        elif kind == "entry" and name.isdigit():
            self.needles.entries.add(int(name))
            self.needles.add(subject)
        else:
            self._noun(subject)

    def _noun(self, subject: str) -> None:
        """Add a claim, note, tag, mark, search, translation, finding, by its id or key."""
        self.needles.add(subject)
        for noun in self.case.catalog.nouns_like(subject):
            if noun.id == subject:
                self.needles.entries.add(noun.entry)
                if noun.kind == "claim":  # its quote belongs to the text, which has its own seal
                    self.needles.add(noun.data.get("label"))
                else:
                    self.needles.add(*(noun.data.get(key) for key in ("text", "query")))

    def _carrying(self, exhibit: str) -> Iterator[Json]:
        for _, noun, _ in self.case.catalog.sightings():
            if exhibit in noun.get("exhibits", ()) or exhibit == noun.get("text"):
                yield noun

    def _sighting(self, subject: str) -> None:
        known = self.case.catalog.sighting(subject)
        self.needles.add(subject)
        if known is None:
            return
        _, _, noun, content = known
        ref = str(noun["ref"])
        self.needles.add(ref, noun.get("url"), noun.get("title"), content)
        if noun["platform"] == "file":
            self.needles.add(ref.rpartition("/")[2])
        carried = {*noun.get("exhibits", ()), *filter(None, [noun.get("text")])}
        elsewhere = {
            digest
            for digest in carried
            for other in self._carrying(digest)
            if other["id"] != subject
        }
        self._exhibits(carried - elsewhere)

    def _exhibits(self, digests: set[str]) -> None:
        """Add exhibits, what was derived from them, and what they were derived from."""
        group = set(digests)
        while True:
            more = {d for d, above in self.above.items() if above in group or d in group}
            more |= {above for d, above in self.above.items() if d in group and above} | group
            if more == group:
                break
            group = more
        for digest in group - self.seen:
            self.seen.add(digest)
            self.needles.add(digest.removeprefix("sha256:"))
            if self.types.get(digest, "").startswith("text/plain"):
                path = self.case.blobs.path(Digest(digest))
                if path.is_file():
                    self.needles.add(path.read_bytes().decode("utf-8", "replace"))
