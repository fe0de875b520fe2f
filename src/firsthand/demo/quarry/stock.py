"""The stock of copies: which are made of which originals, and where each may be posted."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from firsthand.demo.quarry.copies import Copy, altered, collage, decoded, encoded, without_metadata
from firsthand.demo.quarry.event import Event
from firsthand.demo.quarry.photographs import Original

ON_FIRST_PAGE = 8
"""How many originals the first page shows; the others come a day later."""

EVERY = ("recompressed", "resized", "mirrored", "grey", "banner", "crop")
"""What the push makes of every original."""

SOME = {"stripped": 4, "screenshot": 5, "tall_banner": 4}


@dataclass
class Stock:
    """All originals and copies by key, and who posts which."""

    originals: dict[str, Original]
    first_page: list[str] = field(default_factory=list)
    second_page: list[str] = field(default_factory=list)
    copies: dict[str, Copy] = field(default_factory=dict)
    channel: list[str] = field(default_factory=list)
    relay: list[str] = field(default_factory=list)
    push: list[str] = field(default_factory=list)
    articles: list[str] = field(default_factory=list)

    def data(self, key: str) -> bytes:
        """Return the bytes of an original or copy."""
        return self.originals[key].data if key in self.originals else self.copies[key].data

    def linked(self, original: str) -> list[str]:
        """Return an original and the copies that a chain of whole-image links leads to."""
        found = [original]
        for copy in self.copies.values():  # a copy always comes after its source
            if copy.reachable and copy.source in found:
                found.append(copy.key)
        return found

    def showing(self, original: str) -> list[str]:
        """Return an original and every copy that shows it or a part of it."""
        return [original, *(copy.key for copy in self.copies.values() if original in copy.of)]

    def originals_of(self, key: str) -> tuple[str, ...]:
        """Return which originals a picture shows."""
        return (key,) if key in self.originals else self.copies[key].of


def stocked(event: Event, originals: list[Original]) -> Stock:
    """Return the stock of an event: about a hundred copies of a dozen originals."""
    random = Random(f"{event.seed}/copies")
    stock = Stock({each.key: each for each in originals})
    order = sorted(stock.originals)
    random.shuffle(order)
    stock.first_page, stock.second_page = order[:ON_FIRST_PAGE], order[ON_FIRST_PAGE:]
    office = f"{event.names.group.latin} media office"
    relay = f"{event.names.relay_channel} | {event.names.town.latin}"
    # Two of those that the site shows only later are in the channel at once.
    for key in (*stock.first_page[:6], *stock.second_page[:2]):
        stock.channel.append(_made(random, stock, "resized", key, office))
    for key in random.sample(stock.channel, 5):
        stock.relay.append(_made(random, stock, "banner", key, relay))
    by_original = {stock.copies[key].of[0]: key for key in stock.channel}
    for key in sorted(stock.originals):
        for kind in EVERY:
            source = by_original.get(key, key) if random.random() < 0.4 else key
            stock.push.append(_made(random, stock, kind, source, office))
    for kind, count in SOME.items():
        for key in random.sample(sorted(stock.originals), count):
            stock.push.append(_made(random, stock, kind, key, office))
    for _ in range(3):
        stock.push.append(_collage(random, stock))
    shown = _made(random, stock, "resized", stock.first_page[0], office)
    stock.articles = [shown, _made(random, stock, "recompressed", shown, office)]
    return stock


def _made(random: Random, stock: Stock, kind: str, source: str, words: str) -> str:
    known = stock.data(source)
    image, params = altered(random, kind, decoded(known), words)
    key = f"c{len(stock.copies) + 1:03}"
    if kind == "stripped":
        data = without_metadata(known)
    else:
        params = {**params, "quality": random.randint(30, 80)}
        data = encoded(image, params["quality"])
    stock.copies[key] = Copy(key, data, kind, source, stock.originals_of(source), params)
    return key


def _collage(random: Random, stock: Stock) -> str:
    keys = random.sample(sorted(stock.originals), 4)
    image, params = collage(random, [decoded(stock.data(key)) for key in keys])
    key = f"c{len(stock.copies) + 1:03}"
    params = {**params, "quality": random.randint(50, 80)}
    data = encoded(image, params["quality"])
    stock.copies[key] = Copy(key, data, "collage", keys[0], tuple(keys), params)
    return key
