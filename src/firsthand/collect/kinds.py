"""The importers, as an explicit tuple, and which of them a path needs."""

from __future__ import annotations

from firsthand.collect import (
    article,
    auto_archiver,
    claims,
    folder,
    gallery_dl,
    pdf,
    posts,
    telegram,
    warc,
    whatsapp,
    x_archive,
    ytdlp,
    zip,
)
from firsthand.collect.items import Importer
from firsthand.collect.recognising import recognise
from firsthand.model.errors import UsageError

IMPORTERS: tuple[Importer, ...] = (
    Importer("folder", "files and folders as they are", folder.items),
    Importer("posts", "posts as JSON lines or CSV", posts.items),
    Importer("claims", "claims, actors, events and sightings as JSON lines", claims.items),
    Importer("article", "web pages and texts, or a documents.json that lists them", article.items),
    Importer("x-archive", "an archive of an X/Twitter account", x_archive.items, x_archive.CHECKED),
    Importer("telegram", "an export of Telegram Desktop", telegram.items, telegram.CHECKED),
    Importer("whatsapp", "a chat that WhatsApp exported", whatsapp.items, whatsapp.CHECKED),
    Importer(
        "auto-archiver",
        "an archive folder or db.csv of auto-archiver",
        auto_archiver.items,
        auto_archiver.CHECKED,
    ),
    Importer("yt-dlp", "what yt-dlp saved with its .info.json", ytdlp.items, ytdlp.CHECKED),
    Importer(
        "gallery-dl", "what gallery-dl saved with its JSON", gallery_dl.items, gallery_dl.CHECKED
    ),
    Importer("pdf", "a PDF file, its text by page", pdf.items, pdf.CHECKED),
    Importer("warc", "a WARC file of captured pages", warc.items, warc.CHECKED),
    Importer("wacz", "a WACZ package of captured pages", zip.wacz_items, warc.CHECKED),
    Importer("zip", "a zip archive of any of these", zip.items),
)

KINDS = tuple(importer.kind for importer in IMPORTERS)


def importer_of(kind: str) -> Importer:
    """Return the importer of a kind.

    Raises
    ------
    UsageError
        When there is none.
    """
    for importer in IMPORTERS:
        if importer.kind == kind:
            return importer
    raise UsageError(f"kind {kind!r} is not known", hint=f"one of: {', '.join(KINDS)}")


__all__ = ["IMPORTERS", "KINDS", "importer_of", "recognise"]
