"""JSON files that lie beside media and tell where these came from (yt-dlp, gallery-dl)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path
from typing import Any

from firsthand.case import Staged
from firsthand.collect import folder
from firsthand.collect.items import Context, Item, Kept
from firsthand.collect.posting import Post, Poster
from firsthand.collect.sniffing import JSON
from firsthand.model.canonical import keepable
from firsthand.model.errors import BadInput, StorageFailed

LARGEST = 64 << 20
"""Bytes of one file; yt-dlp writes all comments of a video into it."""

_LOOK_AT = 2000


@dataclass(slots=True)
class Tree:
    """A folder with such files while it is read."""

    context: Context
    root: Path
    name: str
    poster: Poster
    beside: dict[str, list[str]] = field(default_factory=dict)
    """Names of files by the folder [below the root, ends in a slash] that they lie in."""

    def names(self) -> Iterator[tuple[str, str]]:
        """Yield (folder, name) of every file."""
        for below, names in self.beside.items():
            for name in names:
                yield below, name

    def rest(self) -> Iterator[Item]:
        """Yield the files that no post used, as plain files."""
        walked = folder.relative(folder.walk(self.root, self.name, self.context.case.root))
        left = (each for each in walked if each.path not in self.poster.used)
        yield from folder.file_items(self.context, left)


def tree(context: Context, root: Path, name: str, only: str | None = None) -> Tree:
    """List a folder; ``only`` one level of it, for a single file of that name."""
    found = Tree(context, root, name, Poster(context, root))
    if only is not None:
        found.beside[""] = sorted(each.name for each in root.iterdir() if each.is_file())
        return found
    for each in folder.relative(folder.walk(root, "", context.case.root)):
        if each.reason is None:
            found.beside.setdefault(each.name[: -len(each.path.name)], []).append(each.path.name)
    return found


def load(tree: Tree, below: str) -> tuple[Staged, dict[str, Any]]:
    """Stage a file and read the JSON object in it; numbers with a fraction stay text.

    Raises
    ------
    BadInput
        When it is too large or no JSON object; nothing stays staged.
    """
    case = tree.context.case
    staged = case.stage(tree.root / below)
    try:
        if staged.size > LARGEST:
            raise BadInput("not read", why=f"{staged.size} bytes are more than {LARGEST}")
        value = json.loads(staged.path.read_bytes(), parse_float=str)
        if not isinstance(value, dict):
            raise BadInput("not read", why="no JSON object")
    except (ValueError, RecursionError) as error:
        case.discard(staged)
        raise BadInput("not JSON", why=str(error)[:200]) from error
    except BadInput:
        case.discard(staged)
        raise
    return staged, value


def post_item(tree: Tree, where: str, post: Post, told: list[tuple[str, Staged]]) -> Item:
    """Return the item of a post together with the files that told of it."""
    try:
        item = tree.poster.item(where, post)
    except StorageFailed:
        raise
    if item.status is not None:
        for _, staged in told:
            tree.context.case.discard(staged)
        return item
    tree.poster.used.update(tree.root / below for below, _ in told)
    kept = tuple(Kept(staged=staged, media_type=JSON) for _, staged in told)
    return replace(item, kept=(*kept, *item.kept))


def word(values: dict[str, Any], *names: str) -> str | None:
    """Return the first of these fields that holds a text or a whole number, as text."""
    for name in names:
        value = values.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value:
            value = str(value)
        if isinstance(value, str) and value.strip():
            return keepable(value)[0]
    return None


def first_files(root: Path) -> Iterator[Path]:
    """Yield the files that a walk meets first, as many as telling a format may cost."""
    for each in islice(folder.walk(root, ""), _LOOK_AT):
        if each.reason is None:
            yield each.path


def has_fields(path: Path, *names: str) -> bool:
    """Tell whether a file is a JSON object with these fields."""
    try:
        if path.stat().st_size > LARGEST:
            return False
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(value, dict) and all(name in value for name in names)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br" or (tag == "p" and self.parts):
            self.parts.append("\n" if tag == "br" else "\n\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def words_of(markup: str) -> str:
    r"""Return the words of a post that a platform hands out as HTML.

    >>> words_of("<p>One &amp; two</p><p>three<br>four</p>")
    'One & two\n\nthree\nfour'
    """
    parser = _Words()
    parser.feed(markup)
    parser.close()
    return "".join(parser.parts)
