"""What is read out of a page or a text, and the sighting of it at its address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from firsthand.case import Staged
from firsthand.collect.addresses import normalised
from firsthand.collect.extraction import Extractor, derivation
from firsthand.collect.items import Context, Item, Kept, failed, make_gap, reason_of
from firsthand.collect.sniffing import TEXT
from firsthand.model.canonical import Json, keepable
from firsthand.model.errors import BadInput, StorageFailed
from firsthand.model.nouns import Sighting, Written, sighting_id
from firsthand.model.values import Digest, Interval
from firsthand.words.dates import written_time

FROM_PAGE = "publication time from the page's own metadata"
UNREAD_TIME = "the publication time could not be read"

Find = Callable[[str], Kept | Digest | None]
"""Leads from what a page calls a picture to the picture, when it is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a manifest or the options say about one document.

    ``known``: the file only tells of the document at the address, which nobody here saw.
    ``captured``: the bound on its publication where nothing states a time.
    """

    path: str
    published: str | None = None
    publisher: str | None = None
    url: str | None = None
    lang: str | None = None
    title: str | None = None
    remark: str | None = None
    captured: Written | None = None
    known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What came out of an original: its text, what the page says about itself, what it shows."""

    text: Kept | None = None
    about: Json = None
    pictures: tuple[Digest, ...] = ()
    kept: tuple[Kept, ...] = ()
    gaps: tuple[tuple[str, str, str | None], ...] = ()
    problem: str | None = None


def page_items(
    context: Context,
    name: str,
    document: Document,
    original: Kept,
    reading: Reading,
    *,
    parts: tuple[Kept, ...] = (),
    platform: str = "web",
) -> Iterator[Item]:
    """Yield the item of a document, and what could not be read out of it as items that failed.

    ``parts`` were taken out of the original on the way to its text.
    """
    sighting, problem = _sighting(context, name, document, original.staged, reading, platform)
    text = reading.text
    derived = (text,) if text and text.staged is not original.staged else ()
    yield Item(
        name=name,
        kept=(original, *parts, *derived, *reading.kept),
        sighting=sighting,
        gaps=tuple(make_gap(what, why, sighting.id, ref) for what, why, ref in reading.gaps),
    )
    if reading.problem:
        yield failed(f"{name}#text", reading.problem)
    if problem:
        yield failed(f"{name}#published", problem)


def read_text(staged: Staged) -> Reading:
    """Read a file that is text already."""
    data = staged.path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return Reading(problem=f"not UTF-8 text: {error.reason} at byte {error.start}")
    if "\0" in text or not text.strip():
        return Reading(problem="no text in it" if not text.strip() else "not text: null characters")
    return Reading(text=Kept(staged=staged, media_type=TEXT))


def read_page(context: Context, page: Staged, extractor: Extractor, find: Find) -> Reading:
    """Read a page: its text, what it says of itself, and which of its pictures are held."""
    try:
        about = extractor.read(page.path.read_bytes())
    except BadInput as error:
        return Reading(problem=reason_of(error))
    pictures, kept, gaps = _pictures(context, about["images"], find)
    if about["text"] is None:
        problem = "no text was found in the page"
        return Reading(about=about, pictures=pictures, kept=kept, gaps=gaps, problem=problem)
    text = Kept(
        staged=context.case.blobs.stage_bytes(keepable(about["text"])[0].encode()),
        media_type=TEXT,
        derived_from=page.digest,
        derivation=derivation(),
    )
    return Reading(text=text, about=about, pictures=pictures, kept=kept, gaps=gaps)


def _pictures(
    context: Context, sources: list[str], find: Find
) -> tuple[tuple[Digest, ...], tuple[Kept, ...], tuple[tuple[str, str, str | None], ...]]:
    """Look for the pictures of a page; those that are not held are known to be missing."""
    held: list[Digest] = []
    kept: list[Kept] = []
    missing: list[tuple[str, str, str | None]] = []
    for source in sources:
        if source.startswith("data:"):
            continue  # it stands in the page itself
        try:
            found = find(source)
        except StorageFailed:
            raise
        except (BadInput, OSError, ValueError):
            found = None
        if isinstance(found, Kept):
            kept.append(found)
            held.append(found.staged.digest)
        elif found is not None:
            held.append(found)
        else:
            shown = keepable(source)[0][:2000]
            missing.append((f"picture {shown}", "named by the page but not held", shown))
    more = len(missing) - context.limits.page_gaps
    if more > 0:
        missing = missing[: context.limits.page_gaps]
        missing.append((f"{more} more pictures", "named by the page but not held", None))
    return tuple(dict.fromkeys(held)), tuple(kept), tuple(missing)


def _sighting(
    context: Context,
    name: str,
    document: Document,
    staged: Staged,
    reading: Reading,
    platform: str,
) -> tuple[Sighting, str | None]:
    """Return the sighting of a document, and what was wrong with its publication time."""
    about = reading.about or {}
    remarks = [document.remark] if document.remark else []
    published, problem = context.published, None
    if published is None and document.published is not None:
        published = written_time(document.published)
        if published is None:
            problem = f"{UNREAD_TIME}: {document.published[:200]!r}"
            published = Written(text=document.published[:200], bounds=Interval())
            remarks.append(UNREAD_TIME)
    elif published is None and about.get("date"):
        published = written_time(str(about["date"]))
        remarks.append(FROM_PAGE if published else UNREAD_TIME)
    if published is None:
        published = document.captured
    publisher = context.publisher or document.publisher
    if publisher is None and about.get("sitename"):
        publisher = keepable(about["sitename"])[0]
        remarks.append("publisher from the page's own metadata")
    url = document.url or context.url
    title = document.title or about.get("title")
    lang = context.lang or document.lang or about.get("lang")
    exhibits: tuple[Digest, ...] = () if document.known else (staged.digest, *reading.pictures)
    text = reading.text.staged.digest if reading.text else None
    ref = normalised(url) if url else name
    when = published.text if published else None
    sighting = Sighting(
        id=sighting_id(platform, ref, publisher, when, exhibits, text),
        platform=platform,
        ref=ref,
        url=url,
        account=publisher,
        published=published,
        exhibits=exhibits,
        text=text,
        title=keepable(title)[0] if title else None,
        lang=keepable(lang)[0] if lang else None,
        known_through=staged.digest if document.known else None,
        remark="; ".join(remarks) or None,
    )
    return sighting, problem
