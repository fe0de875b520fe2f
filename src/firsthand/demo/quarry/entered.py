"""What a person enters by hand: who is who, the events, and claims with the words they stand in."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from firsthand.demo.quarry.event import HOUR, Event
from firsthand.demo.quarry.pages import Page
from firsthand.demo.quarry.stock import Stock
from firsthand.model.canonical import Json

MAIN_EVENT = "quarry"
TAKEOVER = "takeover"
DESK = "desk"
"""Platform of the sighting that a person enters: the material as it was looked at."""


def entered(event: Event, stock: Stock, pages: tuple[Page, Page], path: Path) -> None:
    """Write the rows as claims JSON lines.

    The event is bounded below by the day on which the town fell. That the pictures show the event
    is a person's judgement: a sighting of its own, days later, of all that was looked at.
    """
    names = event.names
    first, second = pages
    day = f"{event.place.local(event.takeover):%Y-%m-%d}"
    group, official = "armed-group", "official"
    rows: list[Json] = [
        _actor(group, names.group.latin, "group", aliases=[names.group.arabic], party=True),
        _actor("office", names.office, "office", party=True),
        _actor(official, names.official.latin, "person", part_of="office"),
        _actor("outlet-1", names.first_outlet, "outlet"),
        _actor("outlet-2", names.second_outlet, "outlet"),
        {
            "type": "event", "id": TAKEOVER, "when": day,
            "label": f"{names.town.latin} is taken by the {names.group.latin}",
        },
        {
            "type": "event", "id": MAIN_EVENT, "after": [TAKEOVER],
            "label": f"Captives in a quarry near {names.town.latin}",
        },
    ]  # fmt: skip
    count = {"min": event.claimed, "max": event.claimed, "kind": "captured"}
    place = {"place": names.town.latin, "level": "place"}
    rows += [
        _claim("a1-where", first, "where", place, ["outlet-1"],
               f"in a quarry near {names.town.latin}", attribution="own_voice"),
        _claim("a1-count", first, "count", count, ["outlet-1", group],
               f"The group says that it holds {event.claimed} captives"),
        _claim("a1-genuine", first, "authenticity", {"genuine": False}, ["outlet-1", official],
               "said that the pictures are not genuine"),
        _claim("a2-count", second, "count", count, ["outlet-2", "outlet-1", group],
               f"the group claims to hold {event.claimed} captives", cites="a1-count"),
        _claim("a2-genuine", second, "authenticity", {"genuine": False},
               ["outlet-2", "outlet-1", official], "doubts that the pictures are genuine",
               hedge="possible", cites="a1-genuine"),
    ]  # fmt: skip
    looked = event.articles[1] + 48 * HOUR
    rows.append({
        "type": "sighting", "id": "looked-through", "platform": DESK, "account": "investigator",
        "published": f"{event.place.local(looked):%Y-%m-%d}", "shows": [MAIN_EVENT],
        "exhibits": [
            f"sha256:{sha256(original.data).hexdigest()}" for original in stock.originals.values()
        ],
        "remark": "looked through at the desk: a quarry, people standing and sitting, lorries",
    })  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(lines, encoding="utf-8")


def _actor(actor: str, name: str, kind: str, **more: Json) -> Json:
    return {"type": "actor", "id": actor, "name": name, "kind": kind, **more}


def _claim(
    label: str,
    page: Page,
    question: str,
    value: Json,
    chain: list[str],
    quote: str,
    *,
    attribution: str = "indirect",
    hedge: str = "asserted",
    cites: str | None = None,
) -> Json:
    row: Json = {
        "id": label,
        "doc": page.url,
        "question": question,
        "event": MAIN_EVENT,
        "value": value,
        "polarity": "asserts",
        "hedge": hedge,
        "attribution": attribution,
        "source_chain": chain,
        "quote": quote,
        "lang": page.lang,
    }
    return {**row, "links": [{"rel": "cites", "claim": cites}]} if cites else row
