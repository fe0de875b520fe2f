"""Everything that was posted, as it is remembered for the truth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from firsthand.demo.quarry.event import utc
from firsthand.model.canonical import Json


@dataclass(frozen=True)
class Seen:
    """One post or page with pictures: where, by whom, when, and what its pictures are copies of.

    ``files`` are paths below the material, ``copies`` the keys of what they hold.
    """

    platform: str
    account: str
    t_ms: int
    ref: str
    files: tuple[str, ...]
    copies: tuple[str, ...]


@dataclass
class Record:
    """The posts with pictures, and reposts of them by (platform, account, time, post)."""

    posts: list[Seen] = field(default_factory=list)
    reposts: list[tuple[str, str, int, str]] = field(default_factory=list)

    def showing(self, copies: Iterable[str]) -> list[Seen]:
        """Return the posts with any of some copies, the earliest first."""
        wanted = set(copies)
        found = [seen for seen in self.posts if wanted & set(seen.copies)]
        return sorted(found, key=lambda seen: (seen.t_ms, seen.platform, seen.ref))

    def spread(self, copies: Iterable[str]) -> Json:
        """Return per platform and account when some copies were first posted, and how often."""
        found: dict[str, dict[str, Json]] = {}
        for seen in self.showing(copies):
            accounts = found.setdefault(seen.platform, {})
            about = accounts.setdefault(seen.account, {"first": utc(seen.t_ms), "posts": 0})
            about["posts"] += 1
        return {
            platform: {
                "first": min(about["first"] for about in accounts.values()),
                "posts": sum(about["posts"] for about in accounts.values()),
                "accounts": dict(sorted(accounts.items())),
            }
            for platform, accounts in sorted(found.items())
        }

    def first(self, copies: Iterable[str]) -> Json:
        """Return the earliest post with any of some copies."""
        seen = self.showing(copies)
        if not seen:
            return None
        first = seen[0]
        return {
            "platform": first.platform,
            "account": first.account,
            "t": utc(first.t_ms),
            "ref": first.ref,
        }
