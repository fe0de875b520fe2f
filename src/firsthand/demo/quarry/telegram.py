"""Two channels as Telegram Desktop exports them: the group's, and one that passes it on.

The shape follows what public readers of such exports expect; it was not checked against a real
export.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

from PIL import Image

from firsthand.demo.quarry.event import MINUTE, Event
from firsthand.demo.quarry.seen import Record, Seen
from firsthand.demo.quarry.stock import Stock
from firsthand.demo.quarry.wording import caption
from firsthand.model.canonical import Json

TELEGRAM = "telegram"


def channels(event: Event, stock: Stock, material: Path, record: Record) -> None:
    """Write both exports: ``telegram/group`` and ``telegram/relay``."""
    random = Random(f"{event.seed}/telegram")
    group = _Channel(material, "group", event.names.group.latin, event, random)
    group.service("create_channel", event.takeover - 900 * MINUTE)
    group.text(
        event.takeover + 47 * MINUTE, f"{event.names.town.latin} | {event.names.town.arabic}"
    )
    t_ms = event.channel
    for number, key in enumerate(stock.channel):
        words = caption(random, event, lang="ar" if number % 3 else "en") if number % 4 == 0 else ""
        group.photo(t_ms, stock, key, words, record)
        # Pictures of an album carry one time; albums of four follow one another.
        t_ms += 0 if (number + 1) % 4 else random.randint(3, 22) * MINUTE
    group.save()
    relay = _Channel(material, "relay", event.names.relay_channel, event, random)
    relay.service("create_channel", event.takeover - 90_000 * MINUTE)
    t_ms = event.channel + random.randint(100, 300) * MINUTE
    for key in stock.relay:
        words = caption(random, event, lang=random.choice(("ar", "en")))
        relay.photo(t_ms, stock, key, words, record)
        t_ms += random.randint(2, 60) * MINUTE
    relay.text(t_ms, "More at our second channel", forwarded=event.names.group.latin)
    relay.save()


class _Channel:
    """One export while it is written."""

    def __init__(
        self, material: Path, folder: str, name: str, event: Event, random: Random
    ) -> None:
        self._folder = f"{TELEGRAM}/{folder}"
        self._below = material / self._folder
        (self._below / "photos").mkdir(parents=True)
        self._name, self._place, self._random = name, event.place, random
        self._id = random.randrange(1_000_000_000, 1_900_000_000)
        self._messages: list[Json] = []

    def service(self, action: str, t_ms: int) -> None:
        """Add a message of the service itself."""
        about = {"actor": self._name, "actor_id": f"channel{self._id}", "action": action}
        self._add(t_ms, "service", {**about, "title": self._name, "text": "", "text_entities": []})

    def text(self, t_ms: int, words: str, forwarded: str | None = None) -> None:
        """Add a message without a picture."""
        about = {"forwarded_from": forwarded} if forwarded else {}
        self._add(t_ms, "message", {**self._from(), **about, **_said(words)})

    def photo(self, t_ms: int, stock: Stock, key: str, words: str, record: Record) -> None:
        """Add a picture with or without a caption."""
        stamp = f"{self._place.local(t_ms):%d-%m-%Y_%H-%M-%S}"
        number = 1 + sum("photo" in message for message in self._messages)
        name = f"photos/photo_{number}@{stamp}.jpg"
        path = self._below / name
        path.write_bytes(stock.data(key))
        with Image.open(path) as image:
            size = {"width": image.width, "height": image.height}
        about = {**self._from(), "photo": name, "photo_file_size": path.stat().st_size, **size}
        message = self._add(t_ms, "message", {**about, **_said(words)})
        file = f"{self._folder}/{name}"
        ref = f"{self._id}/{message}"
        record.posts.append(Seen(TELEGRAM, self._name, t_ms, ref, (file,), (key,)))

    def save(self) -> None:
        """Write the export."""
        found = {
            "name": self._name,
            "type": "public_channel",
            "id": self._id,
            "messages": self._messages,
        }
        text = json.dumps(found, ensure_ascii=False, indent=1)
        (self._below / "result.json").write_text(text, encoding="utf-8")

    def _from(self) -> Json:
        return {"from": self._name, "from_id": f"channel{self._id}"}

    def _add(self, t_ms: int, kind: str, about: Json) -> int:
        last = self._messages[-1]["id"] if self._messages else 0
        number: int = last + self._random.randint(1, 3)
        date = f"{self._place.local(t_ms):%Y-%m-%dT%H:%M:%S}"
        when = {"date": date, "date_unixtime": str(t_ms // 1000)}
        self._messages.append({"id": number, "type": kind, **when, **about})
        return number


def _said(words: str) -> Json:
    return {"text": words, "text_entities": [{"type": "plain", "text": words}] if words else []}
