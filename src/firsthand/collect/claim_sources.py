"""What the rows of a claims file refer to: documents, sightings, and other claims by label."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from firsthand.case import Case
from firsthand.case.files import is_regular
from firsthand.case.lookup import each_sighting
from firsthand.collect.addresses import normalised
from firsthand.collect.items import Kept
from firsthand.collect.sniffing import TEXT
from firsthand.model.canonical import Json
from firsthand.model.codec import to_json
from firsthand.model.errors import BadInput, NotFound
from firsthand.model.nouns import Actor, Sighting
from firsthand.model.values import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The text that a claim stands in, and the sighting in which it was published, if it is one."""

    exhibit: Digest
    text: str
    sighting: str | None = None
    of_post: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """What is needed of a sighting to refer to it."""

    id: str
    platform: str
    text: Digest | None
    exhibits: tuple[str, ...]


class Sources:
    """Resolves the references of one file against the case and against the file itself."""

    def __init__(self, case: Case, below: Path) -> None:
        self.case = case
        self.folder = below
        self.claims: dict[str, str] = {}
        self.actors: dict[str, Actor] = {}
        self._by_hand: dict[str, str] = {}
        self._documents: dict[str, Source] = {}

    @cached_property
    def _heads(self) -> tuple[dict[str, list[Head]], dict[str, list[Head]]]:
        """Sightings by address (ref, URL, id) and by the digests that they carry."""
        addresses: dict[str, list[Head]] = {}
        carried: dict[str, list[Head]] = {}
        for noun in each_sighting(self.case.catalog):
            exhibits = tuple(noun.get("exhibits") or ())
            head = Head(noun["id"], noun["platform"], noun.get("text"), exhibits)
            for address in {noun["id"], noun["ref"], noun.get("url") or noun["ref"]}:
                addresses.setdefault(address, []).append(head)
            for digest in {*exhibits, *([head.text] if head.text else [])}:
                carried.setdefault(digest, []).append(head)
        return addresses, carried

    @cached_property
    def _labels(self) -> dict[str, str]:
        nouns = self.case.catalog.nouns("claim")
        return {str(noun.data["label"]): noun.id for noun in nouns if noun.data.get("label")}

    def add_sighting(self, label: str, noun: Sighting) -> None:
        """Make a sighting of this file known by its label."""
        self._by_hand[label] = noun.id

    def refuse_taken(self, label: str, claim: str) -> None:
        """Refuse a label that another claim of the case has: links by label would be a guess.

        Raises
        ------
        BadInput
            When the label is taken.
        """
        taken = self._labels.get(label)
        if taken is not None and taken != claim:
            raise BadInput(
                f"label {label!r} is taken by another claim",
                why=taken,
                hint="choose another id, or correct that claim with `firsthand assess`",
            )

    def refuse_changed(self, noun: Sighting) -> None:
        """Refuse a sighting that is known with other particulars: it would silently stay as it is.

        Raises
        ------
        BadInput
            When what it shows, its title or its remark differ.
        """
        known = self.case.catalog.sighting(noun.id)
        if known is not None and known[2] != to_json(noun):
            raise BadInput(
                f"sighting {noun.ref!r} is known with other particulars",
                why="what a sighting shows or remarks cannot be changed afterwards yet",
                hint="enter it under another id, and note why",
            )

    def claim_id(self, label: str) -> str:
        """Return the id of a claim by its label, in this file or the case, or by its id."""
        found = self.claims.get(label) or self._labels.get(label)
        if found is None and self.case.catalog.has("claim", label):
            found = label
        if found is None:
            raise NotFound(f"claim {label!r} is neither in this file nor in the case")
        return found

    def sighting_id(self, label: Json) -> str:
        """Return the id of a sighting by its label, reference, address or id."""
        if not isinstance(label, str):
            raise BadInput("sighting is not a text")
        found = self._by_hand.get(label)
        if found is not None:
            return found
        heads = self._at(label)
        if len(heads) != 1:
            what = "is not in the case" if not heads else f"stands for {len(heads)} sightings"
            raise NotFound(f"sighting {label!r} {what}", hint="give its full id")
        return heads[0].id

    def file_or_digest(self, doc: str) -> Digest:
        """Return the digest of an exhibit, given as digest or as a file beside the claims."""
        named = self._digest(doc) or self._file(doc)
        if named is None:
            raise NotFound(f"{doc!r} is neither an exhibit nor a file beside the claims")
        if not self.case.catalog.has("exhibit", named):
            raise NotFound(f"{doc!r} is not in the case", hint="add the document first")
        return named

    def document(self, doc: str) -> Source:
        """Return the text that a document stands for.

        Raises
        ------
        BadInput
            When there is none, or more than one.
        """
        if doc not in self._documents:
            self._documents[doc] = self._resolve(doc)
        return self._documents[doc]

    def keep_text(self, source: Source) -> tuple[Kept, ...]:
        """Return the text of a post as bytes to keep, when it is not an exhibit yet."""
        if source.of_post is None or self.case.catalog.has("exhibit", source.exhibit):
            return ()
        staged = self.case.blobs.stage_bytes(source.text.encode())
        return (Kept(staged=staged, media_type=TEXT, derivation=f"text of {source.of_post}"),)

    def _resolve(self, doc: str) -> Source:
        named = self._digest(doc) or self._file(doc)
        if named is not None:
            return self._of_exhibit(doc, named)
        at = self._at(doc)
        heads = [head for head in at if head.text is not None]
        texts = {head.text for head in heads}
        files = {exhibit for head in at for exhibit in head.exhibits}
        if not heads and len(files) == 1:  # a file of a folder: its path stands in the case
            return self._of_exhibit(doc, Digest(files.pop()))
        if len(texts) != 1:
            several = heads or files
            what = "several texts" if several else "no file, exhibit or sighting with a text"
            raise NotFound(f"document {doc!r} is not found", why=what, hint="add it first")
        return self._of_sighting(heads)

    def _of_exhibit(self, doc: str, named: Digest) -> Source:
        noun = self.case.catalog.noun("exhibit", named)
        carried = self._heads[1].get(named, [])
        if noun is None:
            if carried:  # the digest of the text of a post
                return self._of_sighting(carried)
            raise NotFound(f"document {doc!r} is not in the case", hint="add it first")
        if str(noun.data["media_type"]).startswith(TEXT):
            return self._text_exhibit(named)
        texts = {head.text for head in carried if head.text is not None}
        if not texts:
            texts = {
                Digest(other.id)
                for other in self.case.catalog.nouns("exhibit")
                if other.data.get("derived_from") == named
                and str(other.data["media_type"]).startswith(TEXT)
            }
        if len(texts) != 1:
            why = "no text was read from it" if not texts else f"{len(texts)} texts come from it"
            raise NotFound(f"document {doc!r} has no text", why=why, hint="name the text's digest")
        return self._text_exhibit(texts.pop())

    def _of_sighting(self, heads: list[Head]) -> Source:
        head = heads[0]
        digest = Digest(str(head.text))
        if self.case.catalog.has("exhibit", digest):
            source = self._text_exhibit(digest)
            ids = {each.id for each in heads}
            sighting = ids.pop() if len(ids) == 1 else source.sighting
            return Source(exhibit=digest, text=source.text, sighting=sighting)
        found = self.case.catalog.sighting(head.id)
        if found is None or found[3] is None:
            raise NotFound(f"the text of {head.id} is not in the case")
        return Source(exhibit=digest, text=found[3], sighting=head.id, of_post=head.id)

    def _text_exhibit(self, digest: Digest) -> Source:
        return Source(
            exhibit=digest, text=self.case.text(digest), sighting=self._publication(digest)
        )

    def _publication(self, digest: Digest) -> str | None:
        """Return the one sighting in which a text was published; None when it is not just one."""
        heads = {head.id: head for head in self._heads[1].get(digest, [])}
        public = [head.id for head in heads.values() if head.platform != "file"]
        named = public or list(heads)
        return named[0] if len(named) == 1 else None

    def _at(self, address: str) -> list[Head]:
        addresses = self._heads[0]
        found = addresses.get(address) or addresses.get(normalised(address)) or []
        return list({head.id: head for head in found}.values())

    def _digest(self, doc: str) -> Digest | None:
        hexes = doc.removeprefix("sha256:")
        plain = len(hexes) == 64 and all(c in "0123456789abcdef" for c in hexes)
        return Digest(f"sha256:{hexes}") if plain else None

    def _file(self, doc: str) -> Digest | None:
        try:
            path = self.folder / doc
            if os.path.isabs(doc) or not os.path.lexists(path):
                return None
            is_regular(path)
            with open(path, "rb") as stream:
                return Digest("sha256:" + hashlib.file_digest(stream, "sha256").hexdigest())
        except (OSError, ValueError) as error:
            raise BadInput(f"document {doc!r} cannot be read", why=str(error)) from error
