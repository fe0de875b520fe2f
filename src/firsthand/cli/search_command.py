"""``firsthand search``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import case_argument, emit, example, json_option, out


@click.command(epilog=example("firsthand search tikrit 'صلاح الدين'"))
@case_argument
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, help="At most this many.")
@json_option
def search(case: Path, query: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find texts, quotes, posts, actors and events that have all the words.

    Arabic is folded: alef and ya forms, marks and tatweel do not matter.
    """
    from firsthand.case import Case

    found = Case.open(case).catalog.search(" ".join(query), limit)
    if as_json:
        emit([{"kind": kind, "id": ref, "text": shown} for kind, ref, shown in found])
        return
    for kind, ref, shown in found:
        line = " ".join(shown.split())
        out(f"{kind}  {ref}\n    {line[:160]}{'…' if len(line) > 160 else ''}")
    if not found:
        out("nothing found")
