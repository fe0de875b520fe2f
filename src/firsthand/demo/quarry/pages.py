"""Saved web pages: the group's own site, and two articles of which one cites the other."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from pathlib import Path

from firsthand.demo.quarry.event import Event, zoned
from firsthand.demo.quarry.seen import Record, Seen
from firsthand.demo.quarry.stock import Stock
from firsthand.model.canonical import Json

WEB = "web"
"""Platform of a saved page, as the importer of articles names it."""


@dataclass(frozen=True)
class Page:
    """A page to be saved: paragraphs in one language, and pictures by key and file name."""

    name: str
    url: str
    title: str
    publisher: str
    t_ms: int
    lang: str
    paragraphs: tuple[str, ...]
    pictures: tuple[tuple[str, str], ...]


def site(event: Event, stock: Stock, material: Path, record: Record) -> None:
    """Write the two pages of the group's site with their pictures, which are the originals."""
    names = event.names
    pages = []
    for number, (t_ms, keys) in enumerate(
        ((event.first_page, stock.first_page), (event.second_page, stock.second_page)), 1
    ):
        local = f"{event.place.local(t_ms):%d %B %Y, %H:%M}"
        pages.append(
            Page(
                name=f"page-{number}",
                url=f"https://{names.host}/news/{1200 + 7 * number}",
                title=f"{names.group.latin}: pictures from the quarry near {names.town.latin}",
                publisher=names.group.latin,
                t_ms=t_ms,
                lang="en",
                paragraphs=(
                    f"Published {local} local time by the media office.",
                    f"{names.group.latin} says that it holds {event.claimed} captives who were"
                    f" taken near {names.town.latin}, in {names.province.latin} province.",
                    f"{names.group.arabic}: صور من المحجر القديم قرب {names.town.arabic}.",
                    f"More pictures will follow, said {names.spokesman.latin} of the media office.",
                ),
                pictures=tuple((key, stock.originals[key].name) for key in keys),
            )
        )
    _save(material, "site", pages, event, stock, record)


def articles(event: Event, stock: Stock, material: Path, record: Record) -> tuple[Page, Page]:
    """Write the two articles; the second cites the first and adds nothing of its own."""
    names = event.names
    first, second = event.articles
    own = Page(
        name="article-1",
        url=f"https://{names.first_outlet.split()[0].lower()}-news.example/world/quarry",
        title=f"Group posts pictures of captives near {names.town.latin}",
        publisher=names.first_outlet,
        t_ms=first,
        lang="en",
        paragraphs=(
            f"{names.group.latin} has posted pictures of captives in a quarry near"
            f" {names.town.latin}, a town in {names.province.latin} province that it took a day"
            " before the pictures are said to have been taken.",
            f"The group says that it holds {event.claimed} captives. The pictures show far fewer"
            " people, some standing and some sitting on the ground.",
            f"{names.official.latin} of the {names.office} said that the pictures are not genuine."
            " He gave no reason.",
            "The pictures first appeared on the group's own site, and later under the tag of a"
            " sports tournament.",
        ),
        pictures=((stock.articles[0], "quarry-1.jpg"),),
    )
    relay = Page(
        name="article-2",
        url=f"https://{names.second_outlet.split()[-1].lower()}.example/2/quarry-pictures",
        title="Doubts about pictures from a quarry",
        publisher=names.second_outlet,
        t_ms=second,
        lang="en",
        paragraphs=(
            f"Pictures from a quarry near {names.town.latin} have been posted on the internet, the"
            f" {names.first_outlet} reports.",
            f"According to the {names.first_outlet}, the group claims to hold {event.claimed}"
            " captives.",
            f"An official, {names.official.latin}, doubts that the pictures are genuine, the same"
            " report says.",
        ),
        pictures=((stock.articles[1], "picture.jpg"),),
    )
    _save(material, "articles", [own, relay], event, stock, record)
    return own, relay


def _save(
    material: Path, folder: str, pages: list[Page], event: Event, stock: Stock, record: Record
) -> None:
    below = material / folder
    manifest: list[Json] = []
    for page in pages:
        files = below / f"{page.name}_files"
        files.mkdir(parents=True, exist_ok=True)
        for key, name in page.pictures:
            (files / name).write_bytes(stock.data(key))
        published = zoned(page.t_ms, event.place)
        (below / f"{page.name}.html").write_text(_html(page, published), encoding="utf-8")
        manifest.append({
            "path": f"{page.name}.html", "published": published, "publisher": page.publisher,
            "url": page.url, "lang": page.lang, "title": page.title,
        })  # fmt: skip
        paths = tuple(f"{folder}/{page.name}_files/{name}" for _, name in page.pictures)
        keys = tuple(key for key, _ in page.pictures)
        record.posts.append(Seen(WEB, page.publisher, page.t_ms, page.url, paths, keys))
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (below / "documents.json").write_text(text, encoding="utf-8")


def _html(page: Page, published: str) -> str:
    title, publisher = html.escape(page.title), html.escape(page.publisher)
    body = "\n".join(f"<p>{html.escape(text)}</p>" for text in page.paragraphs)
    pictures = "\n".join(
        f'<figure><img src="{page.name}_files/{html.escape(name)}" alt=""></figure>'
        for _, name in page.pictures
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{page.lang}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{title}</title>\n"
        f'<meta property="og:site_name" content="{publisher}">\n'
        f'<meta property="article:published_time" content="{published}">\n'
        f"</head>\n<body>\n<article>\n<h1>{title}</h1>\n"
        f'<p><time datetime="{published}">{published}</time></p>\n'
        f"{body}\n{pictures}\n</article>\n</body>\n</html>\n"
    )
