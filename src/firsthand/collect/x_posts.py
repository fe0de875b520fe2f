"""One post of an X/Twitter archive: its text, time, relations and media.

The fields are those of the platform's own archive format, which has no published specification;
they were read from public readers of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from firsthand.collect.posting import MediaRef, Post, remark_of, written
from firsthand.model.canonical import Json, keepable
from firsthand.model.errors import BadInput
from firsthand.model.nouns import Link, Written
from firsthand.model.values import DAY_MS, Interval

PLATFORM = "twitter"
SENSITIVE = "marked as possibly sensitive"
DELETED = "among the deleted posts of the archive"
CUT_OFF = "the text is cut off in the archive"
BY_ID = "a media file was matched by the id of the post alone"
QUOTE_BY_LINK = "what it quotes was taken from a link to a post"
DAY_ONLY = "midnight stands for an unknown time of day in archives of that age"

_RETWEET = re.compile(r"RT @([A-Za-z0-9_]{1,20}):")
_STATUS = re.compile(
    r"https?://(?:www\.|mobile\.)?(?:twitter|x)\.com/[^/]+/status(?:es)?/([0-9]+)", re.IGNORECASE
)
_MONTHLY_MIDNIGHT = re.compile(r"(20[01][0-9])-([0-9]{2})-[0-9]{2} 00:00:00 \+0000\Z")
_NO_TIME_BEFORE = ("2010", "11")
"""Monthly archives have no time of day for posts before November 2010 (unchecked: from memory of
such archives, no document of the platform was found)."""


def words(value: Json) -> str | None:
    """Return an id or a text as text, or None when it is neither or empty."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return keepable(value)[0] if isinstance(value, str) and value else None


def inside(value: Json, *names: str) -> Json:
    """Return what lies below names in nested objects, or None."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def rows(value: Json) -> list[dict[str, Any]]:
    """Return the objects of a list; anything else is left out."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def read_post(
    row: dict[str, Any], account: str | None, files: Mapping[str, list[str]], *, deleted: bool
) -> Post:
    """Return the post of one element of an archive.

    Parameters
    ----------
    account
        Name of the account that the archive is of.
    files
        Paths of media files by the id of the post that their names begin with.

    Raises
    ------
    BadInput
        When it has no id.
    """
    ref = words(row.get("id_str")) or words(row.get("id"))
    if ref is None:
        raise BadInput("post cannot be read", why="it has no id")
    remarks = []
    published, note = _published(row)
    remarks.append(note)
    links, note = _links(row)
    remarks.append(note)
    media, note = _media(row, ref, files.get(ref, []))
    remarks.append(note)
    if row.get("possibly_sensitive") is True:
        remarks.append(SENSITIVE)
    if row.get("truncated") is True:
        remarks.append(CUT_OFF)
    if deleted:
        remarks.append(DELETED)
    removed = words(row.get("deleted_at"))
    return Post(
        platform=PLATFORM,
        ref=ref,
        account=account,
        text=words(row.get("full_text")) or words(row.get("text")),
        lang=words(row.get("lang")),
        published=published,
        removed=written(removed) if removed else None,
        links=links,
        media=media,
        remark=remark_of(published, *remarks),
    )


def _published(row: dict[str, Any]) -> tuple[Written | None, str | None]:
    text = words(row.get("created_at"))
    if text is None:
        return None, None
    time = written(text)
    found = _MONTHLY_MIDNIGHT.match(text)
    start = time.bounds.start_ms
    if found and start is not None and found.groups() < _NO_TIME_BEFORE:
        return Written(text=text, bounds=Interval(start, start + DAY_MS)), DAY_ONLY
    return time, None


def _links(row: dict[str, Any]) -> tuple[tuple[Link, ...], str | None]:
    note = None
    found: list[tuple[str, str | None]] = []
    name = words(row.get("in_reply_to_screen_name"))
    replied = words(row.get("in_reply_to_status_id_str")) or words(row.get("in_reply_to_status_id"))
    found.append(("reply", replied or (f"@{name}" if name else None)))
    original = row.get("retweeted_status")
    repeated = words(inside(original, "id_str")) or words(inside(original, "id"))
    shared = _RETWEET.match(words(row.get("full_text")) or words(row.get("text")) or "")
    found.append(("repost", repeated or (f"@{shared[1]}" if shared else None)))
    quoted = words(row.get("quoted_status_id_str")) or words(row.get("quoted_status_id"))
    urls = [words(each.get("expanded_url")) for each in rows(inside(row, "entities", "urls"))]
    if quoted is None and not shared:
        linked = [match[1] for url in urls if url and (match := _STATUS.match(url))]
        quoted, note = (linked[-1], QUOTE_BY_LINK) if linked else (None, None)
    found.append(("quote", quoted))
    found += _edits(row)
    found += [("link", url) for url in urls]
    links = [Link(rel=rel, target=target) for rel, target in found if target]
    return tuple(dict.fromkeys(links)), note


def _edits(row: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Yield what this post is a later version of, and its later versions."""
    yield "edit", words(inside(row, "edit_info", "edit", "initialTweetId"))
    own = words(row.get("id_str")) or words(row.get("id"))
    versions = inside(row, "edit_info", "initial", "editTweetIds")
    for each in versions if isinstance(versions, list) else []:
        if words(each) != own:
            yield "edited_as", words(each)


def _media(
    row: dict[str, Any], ref: str, files: list[str]
) -> tuple[tuple[MediaRef, ...], str | None]:
    """Match what the post names with the files whose names begin with its id."""
    named = rows(inside(row, "extended_entities", "media")) or rows(
        inside(row, "entities", "media")
    )
    left = {path.rpartition("/")[2].removeprefix(f"{ref}-"): path for path in files}
    matched: list[str | None] = []
    for each in named:
        name = next((name for name in _file_names(each) if name in left), None)
        matched.append(left.pop(name) if name is not None else None)
    note = None
    media = []
    others = list(left.values())
    for each, path in zip(named, matched, strict=True):
        if path is None and others:
            path, note = others.pop(0), BY_ID
        address = words(each.get("media_url_https")) or words(each.get("media_url"))
        media.append(
            MediaRef(path=path) if path else MediaRef(named=address or words(each.get("id_str")))
        )
    media += [MediaRef(path=path) for path in others]
    return tuple(media), note


def _file_names(medium: dict[str, Any]) -> Iterator[str]:
    """Yield the names that the file of a medium may have, without the id before them."""
    for variant in rows(inside(medium, "video_info", "variants")):
        yield _last_part(variant.get("url"))
    yield _last_part(medium.get("media_url_https"))
    yield _last_part(medium.get("media_url"))


def _last_part(address: Json) -> str:
    if not isinstance(address, str):
        return ""
    try:
        return urlsplit(address).path.rpartition("/")[2]
    except ValueError:
        return ""
