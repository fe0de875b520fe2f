"""Posts of any platform: a sighting with its text, links, media that are held, gaps for others."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from firsthand.case.lookup import each_sighting
from firsthand.collect.items import (
    Context,
    Item,
    Kept,
    failed,
    is_gone,
    make_gap,
    reason_of,
    safe_below,
    shown_name,
)
from firsthand.collect.sniffing import media_type
from firsthand.model.canonical import keepable
from firsthand.model.errors import BadInput, StorageFailed
from firsthand.model.nouns import Gap, Link, Sighting, Written, sighting_id
from firsthand.model.values import Digest, Interval, digest_bytes
from firsthand.words.dates import written_time

NOT_CONTAINED = "not contained in the export"
UNREAD_TIME = "the publication time could not be read"
REPOST = "repost"
_GAPS_AT_ONCE = 200
_HEX = frozenset("0123456789abcdef")

Absent = tuple[str, str, str | None]
"""What is missing, why, and by which reference it could be found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRef:
    """What a post says about one of its media.

    Attributes
    ----------
    path
        Below the folder of the export.
    sha256
        The digest that the export states; ``sha256:`` and 64 lower-case hexadecimal digits.
    named
        What the medium is called when there is no path.
    reason
        Why it is not contained, in the words of the export; without one, that it is not.
    """

    path: str | None = None
    sha256: str | None = None
    named: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post as an importer read it. ``text_sha256`` stands for a text that is not at hand."""

    platform: str
    ref: str
    account: str | None = None
    text: str | None = None
    text_sha256: str | None = None
    url: str | None = None
    lang: str | None = None
    title: str | None = None
    published: Written | None = None
    removed: Written | None = None
    links: tuple[Link, ...] = ()
    media: tuple[MediaRef, ...] = ()
    shows: tuple[str, ...] = ()
    known_through: str | None = None
    remark: str | None = None


def written(text: str) -> Written:
    """Return a time with its writing; what cannot be read bounds nothing.

    >>> written("on a Tuesday")
    Written(text='on a Tuesday', bounds=Interval(start_ms=None, end_ms=None))
    """
    return written_time(text) or Written(text=text[:200], bounds=Interval())


def remark_of(published: Written | None, *remarks: str | None) -> str | None:
    """Join remarks, and say when the publication time could not be read."""
    unread = published is not None and published.bounds == Interval()
    return "; ".join(text for text in (unread and UNREAD_TIME, *remarks) if text) or None


def is_digest(text: str) -> bool:
    """Tell whether a text is 64 lower-case hexadecimal digits."""
    return len(text) == 64 and set(text) <= _HEX


def keep_file(
    context: Context, path: Path, kind: str | None = None
) -> Generator[Item, None, tuple[str, Path]]:
    """Keep a file of an export; return its shown name and the path of the bytes that are kept.

    What is read out is read from there and not from a file that may change.

    Raises
    ------
    BadInput
        When the file cannot be taken in.
    """
    name = context.prefix + shown_name(path.name)[0]
    staged = context.case.stage(path)
    digest = staged.digest
    kept = Kept(staged=staged, media_type=kind or media_type(staged.path))
    yield Item(name=name, kept=(kept,))
    context.flush()
    return name, context.case.blobs.path(digest)


@dataclass(slots=True)
class Poster:
    """Turns the posts of one export into items. ``folder`` is where its media lie.

    Attributes
    ----------
    used
        Files that were met as media of a post.
    """

    context: Context
    folder: Path
    used: set[Path] = field(default_factory=set)
    _media: dict[str, Digest | str] = field(default_factory=dict)
    """By path: the digest of what was kept, or why it was not."""
    _missing: set[str] = field(default_factory=set)
    """Media that have a gap already."""
    _reposted: dict[tuple[str, str], str] = field(default_factory=dict)
    """(platform, post id) of originals that reposts name, with the first sighting to do so."""

    def item(self, where: str, post: Post) -> Item:
        """Return the item of a post: its sighting, media that are there, gaps for others.

        Raises
        ------
        StorageFailed
            When the case cannot be written.
        """
        try:
            return self._item(where, post)
        except StorageFailed:
            raise
        except BadInput as error:
            return failed(where, error)

    def _item(self, where: str, post: Post) -> Item:
        kept, exhibits, absent = self._held(post.media)
        stated = Digest(post.text_sha256) if post.text_sha256 else None
        text = digest_bytes(post.text.encode()) if post.text else stated
        when = post.published.text if post.published else None
        identity = sighting_id(post.platform, post.ref, post.account, when, exhibits, text)
        sighting = Sighting(
            id=identity,
            platform=post.platform,
            ref=post.ref,
            url=post.url,
            account=post.account,
            published=post.published,
            exhibits=exhibits,
            text=text,
            title=post.title,
            lang=post.lang,
            shows=post.shows,
            known_through=Digest(post.known_through) if post.known_through else None,
            links=post.links,
            removed=post.removed,
            remark=post.remark,
        )
        for link in post.links:
            if link.rel == REPOST:
                self._reposted.setdefault((post.platform, link.target), identity)
        gaps = self._gaps(absent, identity)
        return Item(name=where, kept=kept, sighting=sighting, content=post.text, gaps=gaps)

    def _held(
        self, media: tuple[MediaRef, ...]
    ) -> tuple[tuple[Kept, ...], tuple[Digest, ...], list[Absent]]:
        """Keep media that are there; return also all digests of the post, and what is missing.

        A digest that the export states belongs to the post whether or not the bytes are held, so
        that a post keeps its identity when the bytes come later.
        """
        kept: list[Kept] = []
        digests: list[Digest] = []
        absent: list[Absent] = []
        for each in media:
            stated = Digest(each.sha256) if each.sha256 else None
            why = each.reason or NOT_CONTAINED
            if each.path is not None:
                found = self._local(each.path, kept)
                if found.startswith("sha256:"):
                    digests.append(Digest(found))
                    if stated not in (None, found):
                        reason = "the file in the export has other bytes than the export states"
                        absent.append((f"media {stated}", reason, stated))
                    continue
                why = found
            if stated is not None:
                digests.append(stated)
                if self.context.case.catalog.has("exhibit", stated):
                    continue
            named = each.path or each.named
            what = keepable(named or stated or "without a name")[0][:2000]
            absent.append((f"media {what}", why, stated or (what if named else None)))
        return tuple(kept), tuple(dict.fromkeys(digests)), absent

    def _local(self, name: str, kept: list[Kept]) -> str:
        """Return the digest of a file of the export, or why there is none."""
        known = self._media.get(name)
        if known is not None:
            return known
        try:
            path = safe_below(self.folder, name)
            staged = self.context.case.stage(path)
        except StorageFailed:
            raise
        except (BadInput, OSError, ValueError) as error:
            known = NOT_CONTAINED if is_gone(error) else f"{NOT_CONTAINED}: {reason_of(error)}"
        else:
            kept.append(Kept(staged=staged, media_type=media_type(staged.path)))
            known = staged.digest
            self.used.add(path)
        self._media[name] = known
        return known

    def _gaps(self, absent: list[Absent], sighting: str) -> tuple[Gap, ...]:
        """Return a gap for each medium that no earlier post of the export missed."""
        found = []
        for what, why, ref in absent:
            if what not in self._missing:
                self._missing.add(what)
                found.append(make_gap(what, why, sighting, ref))
        return tuple(found)

    def absent_originals(self) -> Iterator[Item]:
        """Yield gaps for reposted posts that neither this export nor the case holds.

        A target that begins with ``@`` names an account and not a post: one gap for each account.
        """
        wanted = self._reposted
        self.context.flush()
        for platform in sorted({platform for platform, _ in wanted}):
            for noun in each_sighting(self.context.case.catalog, platform):
                wanted.pop((platform, noun["ref"]), None)
        gaps = [
            make_gap(_original(platform, ref), f"reposted, but {NOT_CONTAINED}", sighting, ref)
            for (platform, ref), sighting in wanted.items()
        ]
        for start in range(0, len(gaps), _GAPS_AT_ONCE):
            part = tuple(gaps[start : start + _GAPS_AT_ONCE])
            yield Item(name="reposted posts that are not held", gaps=part, counted=False)


def _original(platform: str, ref: str) -> str:
    if ref.startswith("@"):
        return f"posts of {ref} on {platform}"
    return f"post {ref} on {platform}"
