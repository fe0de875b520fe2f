"""``firsthand add``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import (
    by_option,
    case_argument,
    counted,
    emit,
    example,
    json_option,
    out,
    progress,
)

STATUSES = ("done", "already", "failed", "quarantined")


@click.command(epilog=example("firsthand add tikrit export.jsonl --as posts --source 'A. Source'"))
@case_argument
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--as",
    "kind",
    metavar="KIND",
    help=(
        "folder, posts, article, claims, x-archive, telegram, whatsapp, auto-archiver, yt-dlp, "
        "gallery-dl, warc, wacz, pdf or zip. Recognised when not given; give it when in doubt."
    ),
)
@click.option("--source", metavar="NAME", help="From whom you have plain files.")
@click.option(
    "--published",
    metavar="WHEN",
    help="When an article or PDF was published: 2014-06-14T10:00+03:00, 2014-06 (EDTF).",
)
@click.option("--publisher", metavar="NAME", help="Publisher of an article or PDF.")
@click.option("--url", metavar="URL", help="Address of an article or PDF.")
@click.option("--lang", metavar="xx", help="Language of an article or PDF (BCP 47).")
@by_option
@json_option
def add(
    case: Path,
    paths: tuple[Path, ...],
    kind: str | None,
    source: str | None,
    published: str | None,
    publisher: str | None,
    url: str | None,
    lang: str | None,
    by: str | None,
    as_json: bool,
) -> None:
    """Import what you already hold; original bytes are kept, and adding twice adds nothing.

    Each item gets a recorded outcome: done, already (it was there), failed or quarantined, the
    last two with the reason. What fails does not stop the rest. Nothing is fetched from the web.
    """
    from firsthand.case import Case
    from firsthand.collect import add as take_in

    opened = Case.open(case, write=True)
    with progress("items") as tick:
        summary = take_in(
            opened, paths, kind=kind, source=source, by=by, published=published,
            publisher=publisher, url=url, lang=lang, progress=tick,
        )  # fmt: skip
    if as_json:
        emit(summary)
        return
    for one in summary["imports"]:
        parts = [
            f"{one[key]} {key}" if key in STATUSES else counted(one[key], key)
            for key in one
            if key not in ("path", "kind", "basis", "notes") and one[key]
        ]
        out(f"{one['path']} as {one['kind']}: " + (", ".join(parts) or "nothing in it"))
        if one["basis"]:
            out(f"  note: reading of {one['kind']} is {one['basis']}")
        for note in one["notes"]:
            out(f"  note: {note['what']} ({counted(note['items'], 'items')})")
    for outcome in summary["outcomes"][:50]:
        out(f"  {outcome['status']}: {outcome['item']}: {outcome['reason']}")
    if len(summary["outcomes"]) > 50:
        out(f"  … {len(summary['outcomes']) - 50} more: firsthand show {case}")
