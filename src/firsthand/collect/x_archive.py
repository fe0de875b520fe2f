"""Archives of an X/Twitter account: posts, deleted posts and long posts with their media.

The files are JSON behind an assignment; nothing in them is ever evaluated. Other data of the
archive (messages, followers, advertising) is kept as files and not read.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firsthand.collect.exports import Export, open_export
from firsthand.collect.items import Context, Item, failed
from firsthand.collect.json_stream import Element, elements
from firsthand.collect.posting import Post, Poster, remark_of, written
from firsthand.collect.sniffing import TEXT, UNKNOWN
from firsthand.collect.x_posts import PLATFORM, inside, read_post, words
from firsthand.model.errors import BadInput
from firsthand.model.nouns import Link

CHECKED = (
    "unverified: written after public readers of the format, not checked against a real archive"
)
FOLDERS = ("data", "data/js/tweets", "")
"""Where files of posts lie: since 2019, until 2018 by months, and in between at the top."""
JAVASCRIPT = "text/javascript"
BY_TIME = "the post that it completes was found by its time and first words"

_ASSIGNED = re.compile(r"\s*(?:window\.)?YTD\.([a-z_]+)\.part[0-9]+\s*=\s*")
_MONTHLY = re.compile(r"\s*Grailbird\.data\.(tweets)_[0-9_]+\s*=\s*")
_DETAILS = re.compile(r"\s*var (user_details)\s*=\s*")
_KINDS = {
    "tweet": "posts", "tweets": "posts",
    "community_tweet": "posts", "community_tweets": "posts",
    "deleted_tweet": "deleted", "deleted_tweets": "deleted",
    "note_tweet": "notes", "note_tweets": "notes",
    "account": "account", "user_details": "account",
}  # fmt: skip
_MEDIA = re.compile(r"(?:deleted_|community_)?tweets?_media")
_ALIKE = 60
"""Letters in which a long post and its beginning must agree."""
_LONG = 180
"""Least length of a post that may be the beginning of a long one: those begin at 280 letters, and
letters of some scripts count twice."""


def kind_of(head: str) -> tuple[str, re.Pattern[str]] | None:
    """Tell by its first letters what a file of an archive holds: posts, deleted, notes, account."""
    for pattern in (_ASSIGNED, _MONTHLY, _DETAILS):
        found = pattern.match(head)
        if found and found[1] in _KINDS:
            return _KINDS[found[1]], pattern
    return None


def kind_of_file(path: Path) -> tuple[str, re.Pattern[str]] | None:
    """Tell what a file of an archive holds, or None when it is none that is read out."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return None  # a pipe would never answer
        with open(path, "rb") as stream:
            head = stream.read(512)
    except OSError:
        return None
    return kind_of(head.decode("utf-8", "replace").removeprefix("\ufeff"))


def is_archive(path: Path) -> bool:
    """Tell whether a folder is an archive: whether it holds a file of posts."""
    return any(kind == "posts" for _, kind, _ in _files(path))


def is_part(path: Path, media_type: str) -> bool:
    """Tell whether a file is one of an archive's files of posts."""
    found = kind_of_file(path) if media_type in (TEXT, UNKNOWN) else None
    return found is not None and found[0] != "account"


def items(context: Context, path: Path) -> Iterator[Item]:
    """Yield items for an archive that is a folder, or for one of its files."""
    yield from folder_items(context, path)


def folder_items(context: Context, path: Path, name: str | None = None) -> Iterator[Item]:
    """Yield the files and posts of an archive, then its other files as files under a name."""
    export, only = open_export(context, path, name)
    archive = _Archive(export, Poster(context, export.root))
    files = list(_files(export.root))
    if only is not None:
        wanted = [each for each in files if each[0] == only]
        files = [each for each in files if each[1] == "account"] + wanted
        if not wanted:
            yield failed(export.shown(only), "no posts of an archive are in it")
            return
    # Posts before what completes them, and the account before everything.
    for kind in ("account", "posts", "deleted", "notes"):
        for relative, found, start in files:
            if found == kind:
                yield from archive.read(relative, kind, start)
    yield from archive.poster.absent_originals()
    yield from export.rest(archive.poster.used)


def _files(root: Path) -> Iterator[tuple[str, str, re.Pattern[str]]]:
    """Yield the files that are read out, with what they hold and how they begin."""
    for below in (*FOLDERS, "data/js"):
        for name in _names(root, below):
            relative = f"{below}/{name}".lstrip("/")
            found = kind_of_file(root / relative) if name.endswith(".js") else None
            if found is not None:
                yield relative, *found


def _names(root: Path, below: str) -> list[str]:
    """Return the names in a folder of an archive; a link is not followed."""
    folder = root
    try:
        for part in below.split("/") if below else ():
            folder = folder / part
            if folder.is_symlink():
                return []
        return sorted(os.listdir(folder), key=_by_number)
    except OSError:
        return []


def _by_number(name: str) -> list[tuple[int, str]]:
    return [(int(part[:9]), "") if part.isdecimal() else (-1, part)
            for part in re.split(r"([0-9]+)", name)]  # fmt: skip


@dataclass(slots=True)
class _Archive:
    export: Export
    poster: Poster
    account: str | None = None
    media: dict[str, list[str]] | None = None
    beginnings: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    """By time [ms]: id and first letters of posts that may be beginnings of long ones."""

    def read(self, relative: str, kind: str, start: re.Pattern[str]) -> Iterator[Item]:
        """Yield the file, and what is read out of it."""
        kept = yield from self.export.keep(relative, JAVASCRIPT)
        if kept is None:
            return
        name, path = kept
        limit = self.export.context.limits.line
        try:
            with open(path, "rb") as stream:
                for each in elements(stream, lambda place: place == (), limit, start=start):
                    if isinstance(each, Element):
                        yield from self._element(f"{name}#{each.number}", kind, each)
                    elif kind == "account" and each.path == ("screen_name",):
                        self.account = words(each.value)
        except BadInput as error:
            yield failed(f"{name}#", error)

    def _element(self, where: str, kind: str, each: Element) -> Iterator[Item]:
        if kind == "account":
            self.account = words(inside(each.value, "account", "username")) or self.account
        elif each.problem is not None or not isinstance(each.value, dict):
            yield failed(where, each.problem or "not an object")
        else:
            try:
                post = self._note(each.value) if kind == "notes" else self._post(each.value, kind)
            except BadInput as error:
                yield failed(where, error)
                return
            yield self.poster.item(where, post)

    def _post(self, row: dict[str, Any], kind: str) -> Post:
        if self.media is None:
            self.media = _media_files(self.export.root)
        inner = row.get("tweet")
        deleted = kind == "deleted"
        post = read_post(
            inner if isinstance(inner, dict) else row, self.account, self.media, deleted=deleted
        )
        start = post.published.bounds.start_ms if post.published else None
        if post.text and len(post.text) >= _LONG and start is not None:
            self.beginnings.setdefault(start, []).append((post.ref, post.text[:_ALIKE]))
        return post

    def _note(self, row: dict[str, Any]) -> Post:
        note = row.get("noteTweet")
        ref, text = words(inside(note, "noteTweetId")), words(inside(note, "core", "text"))
        if ref is None:
            raise BadInput("long post cannot be read", why="it has no id")
        time = words(inside(note, "createdAt"))
        published = written(time) if time else None
        start = published.bounds.start_ms if published else None
        alike = [
            post
            for post, beginning in self.beginnings.get((start or 0) // 1000 * 1000, [])
            if text and text.startswith(beginning)
        ]
        links = (Link(rel="full_text_of", target=alike[0]),) if len(alike) == 1 else ()
        return Post(
            platform=PLATFORM,
            ref=ref,
            account=self.account,
            text=text,
            published=published,
            links=links,
            remark=remark_of(published, "the full text of a long post", BY_TIME if links else None),
        )


def _media_files(root: Path) -> dict[str, list[str]]:
    """Return the media files by the id that their names begin with."""
    found: dict[str, list[str]] = {}
    for below in ("data", ""):
        for folder in _names(root, below):
            if not _MEDIA.fullmatch(folder):
                continue
            inner = f"{below}/{folder}".lstrip("/")
            for name in _names(root, inner):
                found.setdefault(name.partition("-")[0], []).append(f"{inner}/{name}")
    return found
