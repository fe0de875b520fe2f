"""What yt-dlp saved: a ``.info.json`` beside each video, with subtitles, pictures and comments."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from firsthand.collect import folder
from firsthand.collect.addresses import normalised
from firsthand.collect.captured import captured
from firsthand.collect.items import Context, Item, failed, shown_name
from firsthand.collect.posting import MediaRef, Post, remark_of, written
from firsthand.collect.sidecars import Tree, first_files, has_fields, load, post_item, tree, word
from firsthand.model.errors import BadInput, StorageFailed
from firsthand.model.nouns import Link, Written
from firsthand.words.dates import written_time

CHECKED = "checked against files that yt-dlp 2026.10.26 made; comments were not among them"
ENDING = ".info.json"
PAGES = frozenset({"generic", "html5"})
"""Extractors that read any web page: what they find belongs to the address, not to a platform."""
LAST_MODIFIED = (
    "yt-dlp gives the server's Last-Modified as the time of a clip on a page: {} is not taken as "
    "the time of publication"
)
ESTIMATED = (
    "the platform said {!r}: the time that yt-dlp gives is its estimate from that and is not taken"
)
"""Comments with ``_time_text`` have a time that was computed backwards from when they were fetched
(yt-dlp 2026.10.26, extractor/youtube/_video.py, which says so)."""
MOST_COMMENTS = 1_000_000


def items(context: Context, path: Path) -> Iterator[Item]:
    """Yield items for a folder, or for one ``.info.json`` and the files that belong to it."""
    if path.is_dir() and not path.is_symlink():
        yield from folder_items(context, path, folder.base_name(path))
        return
    one = tree(context, path.parent, "", only=path.name)
    bases = _bases(one)
    try:
        yield from _video(one, "", path.name, _belonging(one, "", bases))
    except StorageFailed:
        raise
    except (BadInput, OSError) as error:
        yield failed(context.prefix + shown_name(path.name)[0], error)


def folder_items(context: Context, path: Path, name: str) -> Iterator[Item]:
    """Yield the videos of a folder, then its other files as files under a name."""
    whole = tree(context, path, name)
    bases = _bases(whole)
    for below in whole.beside:
        belonging = _belonging(whole, below, bases)
        for info in [each for each in whole.beside[below] if each.endswith(ENDING)]:
            try:
                yield from _video(whole, below, info, belonging)
            except StorageFailed:
                raise
            except (BadInput, OSError) as error:
                yield failed(context.prefix + shown_name(below + info)[0], error)
    yield from whole.rest()


def is_folder(path: Path) -> bool:
    """Tell whether a folder holds what yt-dlp writes beside a video."""
    return any(each.name.endswith(ENDING) for each in first_files(path))


def is_part(path: Path, _media_type: str) -> bool:
    """Tell whether a file is what yt-dlp writes beside a video."""
    return path.name.endswith(ENDING) and has_fields(path, "extractor", "webpage_url")


def _bases(tree: Tree) -> set[str]:
    return {below + n.removesuffix(ENDING) for below, n in tree.names() if n.endswith(ENDING)}


def _belonging(tree: Tree, below: str, bases: set[str]) -> dict[str, list[str]]:
    """Return the files of a folder by the video that they belong to: the longest name wins."""
    found: dict[str, list[str]] = {}
    for name in tree.beside.get(below, []):
        if name.endswith(ENDING):
            continue
        base = name
        while "." in base:
            base = base.rpartition(".")[0]
            if below + base in bases:
                found.setdefault(base, []).append(name)
                break
    return found


def _video(tree: Tree, below: str, name: str, belonging: dict[str, list[str]]) -> Iterator[Item]:
    where = tree.context.prefix + shown_name(below + name)[0]
    staged, info = load(tree, below + name)
    base = name.removesuffix(ENDING)
    have = sorted(belonging.get(base, []))
    media = [MediaRef(path=below + each) for each in have]
    whole = f"{base}.{word(info, 'ext') or 'mp4'}"
    if info.get("_type", "video") == "video" and whole not in have:
        media.append(MediaRef(path=below + whole))
    try:
        post = _post(info, name, tuple(media))
    except BadInput:
        tree.context.case.discard(staged)
        raise
    yield post_item(tree, where, post, [(below + name, staged)])
    comments = info.get("comments")
    for number, comment in enumerate(comments if isinstance(comments, list) else []):
        spot = f"{where}#comment-{number}"
        if number >= MOST_COMMENTS:
            yield failed(spot, f"more than {MOST_COMMENTS} comments: the others were not read")
            return
        yield _comment(tree, spot, post, comment, captured(word(info, "epoch")))


def _post(info: dict[str, Any], name: str, media: tuple[MediaRef, ...]) -> Post:
    url = word(info, "webpage_url", "original_url", "url")
    extractor = (word(info, "extractor", "extractor_key") or "").lower().partition(":")[0]
    page = extractor in PAGES or not extractor
    ref = (normalised(url) if url else None) if page else word(info, "id")
    if ref is None:
        raise BadInput("not read", why="it has neither an id nor an address")
    published, remark = _published(info, page)
    version = info.get("_version")
    tool = word(version, "version") if isinstance(version, dict) else None
    epoch = _whole(info, "epoch")
    fetched = written_time(epoch) if epoch else None
    told = f"read from {shown_name(name)[0]}: yt-dlp {tool or 'of unknown version'}"
    if fetched:
        told += f" fetched at {fetched.bounds.to_json()['earliest']} by the clock of its machine"
    published = published or captured(str(epoch) if epoch else None)
    return Post(
        platform="web" if page else extractor,
        ref=ref,
        url=url,
        account=word(info, "uploader_id", "uploader", "channel_id", "channel", "creator"),
        text=word(info, "description"),
        title=word(info, "title", "fulltitle"),
        lang=word(info, "language"),
        published=published,
        media=media,
        remark=remark_of(published, told, remark),
    )


def _whole(info: dict[str, Any], name: str) -> int | None:
    """Return Unix seconds; a fraction is cut off."""
    text = word(info, name)
    digits = text.partition(".")[0] if text else ""
    return int(digits) if digits.isdecimal() and len(digits) < 16 else None


def _published(info: dict[str, Any], page: bool) -> tuple[Written | None, str | None]:
    stamp = _whole(info, "timestamp") or _whole(info, "release_timestamp")
    day = word(info, "upload_date", "release_date")
    found: Written | None = None
    if stamp:
        found = written_time(stamp)
    elif day:
        # YYYYMMDD, a UTC day (yt-dlp README, output template).
        split = f"{day[:4]}-{day[4:6]}-{day[6:]}" if len(day) == 8 and day.isdecimal() else day
        found = written(split)
    if page and found is not None:
        return None, LAST_MODIFIED.format(found.text)
    return found, None


def _comment(tree: Tree, where: str, video: Post, comment: Any, fetched: Written | None) -> Item:
    if not isinstance(comment, dict) or (ref := word(comment, "id")) is None:
        return failed(where, "a comment without an id")
    parent = word(comment, "parent")
    stamp = _whole(comment, "timestamp")
    published = written_time(stamp) if stamp else None
    relative = word(comment, "_time_text")
    if relative is not None:
        published = fetched
    post = Post(
        platform=video.platform,
        ref=ref,
        account=word(comment, "author_id", "author"),
        text=word(comment, "text"),
        published=published,
        links=(Link(rel="reply", target=video.ref if parent in (None, "root") else parent),),
        remark=remark_of(
            published,
            "a comment, as yt-dlp read it",
            ESTIMATED.format(relative[:60]) if relative else None,
        ),
    )
    return tree.poster.item(where, post)
