"""What gallery-dl saved: a ``.json`` beside each file; the files of one post are one sighting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firsthand.case import Staged
from firsthand.collect import folder
from firsthand.collect.addresses import normalised
from firsthand.collect.items import Context, Item, failed, shown_name
from firsthand.collect.posting import MediaRef, Post, remark_of, written
from firsthand.collect.sidecars import (
    Tree,
    first_files,
    has_fields,
    load,
    post_item,
    tree,
    word,
    words_of,
)
from firsthand.model.errors import BadInput, StorageFailed
from firsthand.model.nouns import Link, Written
from firsthand.words.dates import written_time

CHECKED = "checked against files that gallery-dl 1.32.18 made (mastodon, directlink)"
BARE = frozenset({"directlink", "generic"})
"""Categories that stand for an address and not for a platform."""
_IDS = ("tweet_id", "post_id", "message_id", "post_shortcode", "id")
_TEXTS = ("content", "description", "caption", "text")
_PEOPLE = ("author", "account", "user", "uploader", "username", "owner", "blog_name", "channel")
_NAMES = ("acct", "screen_name", "username", "name", "nick", "id")
_LINKS = (
    ("in_reply_to_id", "reply"), ("reply_id", "reply"), ("quoted_id", "quote"),
    ("quote_id", "quoted_by"), ("retweet_id", "repost"),
)  # fmt: skip
"""``quote_id`` is the post that quotes this one, through which gallery-dl came to it (1.32.18,
extractor/twitter.py and bluesky.py)."""
_MARKUP = re.compile(r"<(?:p|br|a|span|div)\b", re.IGNORECASE)
_NO_ZONE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\Z")


@dataclass(slots=True)
class Found:
    """The files of one post that were met so far."""

    values: dict[str, Any]
    media: list[tuple[int, MediaRef]] = field(default_factory=list)
    told: list[tuple[str, Staged]] = field(default_factory=list)


def items(context: Context, path: Path) -> Iterator[Item]:
    """Yield items for a folder, or for one ``.json`` and the file that it stands beside."""
    if path.is_dir() and not path.is_symlink():
        yield from folder_items(context, path, folder.base_name(path))
        return
    one = tree(context, path.parent, "", only=path.name)
    yield from _posts(one, [("", path.name)], strict=True)


def folder_items(context: Context, path: Path, name: str) -> Iterator[Item]:
    """Yield the posts of a folder, then its other files as files under a name."""
    whole = tree(context, path, name)
    jsons = [(below, each) for below, each in whole.names() if each.endswith(".json")]
    yield from _posts(whole, jsons, strict=False)
    yield from whole.rest()


def is_folder(path: Path) -> bool:
    """Tell whether a folder holds JSON of gallery-dl beside the file that it tells of."""
    return any(
        each.suffix == ".json" and each.with_suffix("").is_file() and is_part(each, "")
        for each in first_files(path)
    )


def is_part(path: Path, _media_type: str) -> bool:
    """Tell whether a file is what gallery-dl writes beside a file."""
    return path.suffix == ".json" and has_fields(path, "category", "subcategory")


def _posts(tree: Tree, jsons: list[tuple[str, str]], *, strict: bool) -> Iterator[Item]:
    """Yield posts folder by folder; JSON of another kind is left to the plain files."""
    found: dict[Any, Found] = {}
    last = None
    for below, name in jsons:
        if below != last:
            yield from _finished(tree, found)
            last = below
        try:
            staged, values = load(tree, below + name)
        except StorageFailed:
            raise
        except (BadInput, OSError) as error:
            yield failed(tree.context.prefix + shown_name(below + name)[0], error)
            continue
        if word(values, "category") is None:
            tree.context.case.discard(staged)
            if strict:
                yield failed(tree.context.prefix + shown_name(name)[0], "it names no category")
            continue
        key = (word(values, "category"), word(values, *_IDS) or below + name)
        post = found.setdefault(key, Found(values))
        post.told.append((below + name, staged))
        media = _media(tree, below, name, values)
        if media is not None:
            number = values.get("num")
            post.media.append((number if isinstance(number, int) else len(post.media), media))
    yield from _finished(tree, found)


def _media(tree: Tree, below: str, name: str, values: dict[str, Any]) -> MediaRef | None:
    """Return the file that a JSON file stands beside; one about a whole gallery has none."""
    beside = tree.beside.get(below, [])
    base = name.removesuffix(".json")
    ending = word(values, "extension")
    if base in beside:
        return MediaRef(path=below + base)
    if ending is None:
        return None
    named = f"{base}.{ending}" if f"{base}.{ending}" in beside else base
    return MediaRef(path=below + named)


def _finished(tree: Tree, found: dict[Any, Found]) -> Iterator[Item]:
    for post in found.values():
        where = tree.context.prefix + shown_name(post.told[0][0])[0]
        media = tuple(ref for _, ref in sorted(post.media, key=lambda each: each[0]))
        yield post_item(tree, where, _post(post, media), post.told)
    found.clear()


def _post(found: Found, media: tuple[MediaRef, ...]) -> Post:
    values = found.values
    category = (word(values, "category") or "").lower()
    bare = category in BARE
    url = word(values, "post_url", "webpage_url", "url")
    ref = None if bare else word(values, *_IDS)
    remarks = [f"read from {shown_name(found.told[0][0])[0]}: gallery-dl, category {category}"]
    if bare and url is None and (url := _address(values)):
        remarks.append("gallery-dl does not record whether the address was http or https")
    text = word(values, *_TEXTS)
    if text is not None and _MARKUP.search(text):
        text = words_of(text).strip() or None
        remarks.append("text taken out of the platform's HTML")
    published = _published(values)
    return Post(
        platform="web" if bare else category,
        ref=ref or (normalised(url) if url else shown_name(found.told[0][0])[0]),
        url=None if bare and url and "://" not in url else url,
        account=_account(values),
        text=text,
        title=word(values, "title"),
        lang=word(values, "language", "lang"),
        published=published,
        links=tuple(
            Link(rel=rel, target=target) for name, rel in _LINKS if (target := word(values, name))
        ),
        media=media,
        remark=remark_of(published, *remarks),
    )


def _address(values: dict[str, Any]) -> str | None:
    """Return the address of a bare file as far as it is known: without its scheme."""
    domain, path = word(values, "domain"), word(values, "path")
    name, ending = word(values, "filename"), word(values, "extension")
    if not (domain and name and ending):
        return None
    return "/".join(part for part in (domain, path, f"{name}.{ending}") if part)


def _account(values: dict[str, Any]) -> str | None:
    for key in _PEOPLE:
        value = values.get(key)
        if isinstance(value, dict):
            value = word(value, *_NAMES)
        if isinstance(value, str) and value.strip():
            return word({key: value}, key)
    return None


def _published(values: dict[str, Any]) -> Written | None:
    """Return the time of the post; gallery-dl writes its ``date`` in UTC without saying so."""
    own = word(values, "date")
    text = own or word(values, "created_at", "published", "timestamp")
    if text is None:
        return None
    found = written_time(f"{text}Z") if own and _NO_ZONE.match(own) else None
    return Written(text=text, bounds=found.bounds) if found else written(text)
