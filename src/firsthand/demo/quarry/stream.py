"""A stream of posts in which a campaign pushes the pictures through an unrelated tag.

Most of it is chatter. The tag belongs to a sports tournament; the campaign's accounts are new, post
in a burst with captions that are nearly alike, and repost one another. Two decoys look alike and
are harmless: fans who vote with one text, and many accounts that share one headline.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random

from firsthand.demo.quarry.decoys import decoys
from firsthand.demo.quarry.event import HOUR, MINUTE, Event, utc
from firsthand.demo.quarry.seen import Record, Seen
from firsthand.demo.quarry.stock import Stock
from firsthand.demo.quarry.wording import account, caption, chatter
from firsthand.model.canonical import Json

PLATFORM = "twitter"
CAMPAIGN, BYSTANDER, FAN, HEADLINE, CHATTER = "campaign", "bystander", "fan", "headline", "chatter"
LEAST_POSTS = 400


@dataclass
class Draft:
    """A post before it has its id: posts get ids in the order of time."""

    t_ms: int
    user: str
    text: str
    lang: str
    role: str
    media: list[str] = field(default_factory=list)
    of: Draft | None = None
    id: str = ""


def stream(event: Event, stock: Stock, material: Path, record: Record, posts: int) -> Json:
    """Write ``stream/stream.jsonl`` and its media; return who and what the campaign was."""
    random = Random(f"{event.seed}/stream")
    others = decoys(event.seed)
    pushed = _campaign(random, event, stock, max(len(stock.push) + 12, posts * 3 // 100))
    drafts = [
        *pushed,
        *_bystanders(random, event, stock, pushed),
        *_fans(random, event, sorted(others), max(12, posts * 6 // 1000)),
        *_headlines(random, event, max(10, posts * 4 // 1000)),
    ]
    drafts += _chatter(random, event, sorted(others), max(0, posts - len(drafts)))
    drafts.sort(key=lambda draft: (draft.t_ms, draft.user, draft.text))
    number = random.randrange(10**17, 9 * 10**17)
    for draft in drafts:
        number += random.randrange(10**6, 10**9)
        draft.id = str(number)
    files = _media(material, stock, others, drafts)
    with (material / "stream" / "stream.jsonl").open("w", encoding="utf-8") as out:
        for draft in drafts:
            out.write(json.dumps(_row(draft, files), ensure_ascii=False) + "\n")
    _remember(drafts, stock, files, record)
    return _told(event, drafts)


def _campaign(random: Random, event: Event, stock: Stock, count: int) -> list[Draft]:
    users = [account(random) for _ in range(max(18, count // 6))]
    tags = (event.names.tag, event.names.arabic_tag)
    # Every copy is posted at least once; after that as often as it comes.
    pictures = [*stock.push, *random.choices(stock.push, k=max(0, count // 2 - len(stock.push)))]
    random.shuffle(pictures)
    found: list[Draft] = []
    for number in range(count):
        t_ms = event.push + round(min(random.expovariate(1 / 45), 170) * MINUTE)
        user = random.choice(users)
        if number >= len(pictures) and random.random() < 0.55:
            of = random.choice(found)
            t_ms = max(t_ms, of.t_ms + random.randint(20, 1500) * 1000)
            found.append(Draft(t_ms, user, f"RT @{of.user}: {of.text}", of.lang, CAMPAIGN, of=of))
            continue
        lang = random.choice(("en", "ar"))
        text = f"{caption(random, event, lang=lang)} #{tags[random.random() < 0.25]}"
        media = [pictures[number]] if number < len(pictures) else []
        found.append(Draft(t_ms, user, text, lang, CAMPAIGN, media))
    # One that was reposted is never itself a repost.
    for draft in found:
        while draft.of is not None and draft.of.of is not None:
            draft.of = draft.of.of
    return found


def _bystanders(random: Random, event: Event, stock: Stock, pushed: list[Draft]) -> list[Draft]:
    """Return posts of people who ask or warn, hours later and without the tag of the campaign."""
    first = {key: min(d.t_ms for d in pushed if key in d.media) for key in stock.push}
    found = []
    for key in random.sample(stock.push, 20):
        text = random.choice((
            "Does anyone know where this was taken?", "Is this real? Seen under a sports tag",
            "Please do not share these without checking", "Reverse search finds nothing older",
        ))  # fmt: skip
        t_ms = first[key] + random.randint(25, 30 * 60) * MINUTE
        text += random.choice(("", " #verification", f" #{event.names.town.latin}"))
        found.append(Draft(t_ms, account(random), text, "en", BYSTANDER, [key]))
    return found


def _fans(random: Random, event: Event, others: list[str], count: int) -> list[Draft]:
    start = event.push - random.randint(5, 12) * HOUR
    captain = event.names.cup.latin[:3].upper()
    return [
        Draft(
            start + random.randint(0, 5 * 60) * MINUTE,
            account(random),
            f"My vote for player of the final goes to {captain} number 7"
            f"{'!' * random.randint(0, 4)} #{event.names.tag}",
            "en",
            FAN,
            [random.choice(others)] if random.random() < 0.4 else [],
        )
        for _ in range(count)
    ]


def _headlines(random: Random, event: Event, count: int) -> list[Draft]:
    start = event.articles[0] + 4 * MINUTE
    text = f"Group posts pictures of captives near {event.names.town.latin}"
    end = event.stream[1]
    return [
        Draft(min(start + round(random.expovariate(1 / 90) * MINUTE), end), account(random),
              f"{text} | {event.names.first_outlet}", "en", HEADLINE)
        for _ in range(count)
    ]  # fmt: skip


def _chatter(random: Random, event: Event, others: list[str], count: int) -> list[Draft]:
    users = [account(random) for _ in range(max(40, count // 6))]
    start, end = event.stream
    found: list[Draft] = []
    for _ in range(count):
        t_ms = random.randrange(start // 1000, end // 1000) * 1000
        if event.place.local(t_ms).hour < 6 and random.random() < 0.6:
            t_ms = min(end, t_ms + 7 * HOUR)  # fewer people post at night
        user = users[int(len(users) * random.random() ** 2)]  # some post more than others
        if found and random.random() < 0.08:
            of = random.choice(found)
            if of.of is None:
                t_ms = max(t_ms, of.t_ms + 30_000)
                text = f"RT @{of.user}: {of.text}"
                found.append(Draft(t_ms, user, text, of.lang, CHATTER, of=of))
                continue
        text, lang = chatter(random, event.names.tag, event.names.arabic_tag)
        media = [random.choice(others)] if random.random() < 0.02 else []
        found.append(Draft(t_ms, user, text, lang, CHATTER, media))
    return found


def _media(
    material: Path, stock: Stock, others: dict[str, bytes], drafts: list[Draft]
) -> dict[str, str]:
    """Write what the posts carry; return the paths below the stream's folder by key."""
    folder = material / "stream" / "media"
    folder.mkdir(parents=True)
    found = {}
    for key in sorted({key for draft in drafts for key in draft.media}):
        data = others[key] if key in others else stock.data(key)
        name = f"{sha256(data).hexdigest()[:16]}.jpg"
        (folder / name).write_bytes(data)
        found[key] = f"media/{name}"
    return found


def _row(draft: Draft, files: dict[str, str]) -> Json:
    row: Json = {
        "id": draft.id,
        "t": utc(draft.t_ms),
        "platform": PLATFORM,
        "user": draft.user,
        "text": draft.text,
        "lang": draft.lang,
        "url": f"https://stream.example/{draft.user}/status/{draft.id}",
    }
    if draft.of is not None:
        row["repost_of"] = draft.of.id
    if draft.media:
        row["media"] = [{"path": files[key]} for key in draft.media]
    return row


def _remember(drafts: list[Draft], stock: Stock, files: dict[str, str], record: Record) -> None:
    for draft in drafts:
        shown = tuple(key for key in draft.media if key in stock.copies)
        if shown:
            paths = tuple(f"stream/{files[key]}" for key in shown)
            record.posts.append(Seen(PLATFORM, draft.user, draft.t_ms, draft.id, paths, shown))
        if draft.of is not None and any(key in stock.copies for key in draft.of.media):
            record.reposts.append((PLATFORM, draft.user, draft.t_ms, draft.of.id))


def _told(event: Event, drafts: list[Draft]) -> Json:
    def of(role: str) -> list[Draft]:
        return [draft for draft in drafts if draft.role == role]

    campaign = of(CAMPAIGN)
    return {
        "posts": len(drafts),
        "window": [utc(drafts[0].t_ms), utc(drafts[-1].t_ms)],
        "campaign": {
            "tags": [event.names.tag, event.names.arabic_tag],
            "accounts": sorted({draft.user for draft in campaign}),
            "posts": [draft.id for draft in campaign],
            "window": [utc(campaign[0].t_ms), utc(campaign[-1].t_ms)],
        },
        "decoys": {"fans": [d.id for d in of(FAN)], "headlines": [d.id for d in of(HEADLINE)]},
        "bystanders": [draft.id for draft in of(BYSTANDER)],
    }
