"""``firsthand search``, ``searches`` and ``search-log``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import (
    by_option,
    case_argument,
    emit,
    example,
    fields_argument,
    json_option,
    object_of,
    out,
    safe,
)
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput, UsageError

KINDS = ("exhibit", "sighting", "claim", "finding", "translation", "note", "event", "actor")

ALL = 1_000_000
"""Results that are counted when a search is put on record."""


@click.command(epilog=example("firsthand search tikrit 'صلاح الدين' --tag trench"))
@case_argument
@click.argument("query", nargs=-1)
@click.option("--tag", "tags", multiple=True, metavar="LABEL", help="Only things with this tag.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(KINDS),
    help="Only things of this kind.",
)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, help="At most this many.")
@click.option("--save", metavar="NAME", help="Save the search; run it again as @NAME.")
@click.option("--log", is_flag=True, help="Put the search on record.")
@click.option("--why", metavar="TEXT", help="What is looked for; for --log and --save.")
@by_option
@json_option
def search(
    case: Path,
    query: tuple[str, ...],
    tags: tuple[str, ...],
    kinds: tuple[str, ...],
    limit: int,
    save: str | None,
    log: bool,
    why: str | None,
    by: str | None,
    as_json: bool,
) -> None:
    """Find texts, quotes, posts, translations, actors and events that have all the words.

    Arabic is folded: alef and ya forms, marks and tatweel do not matter. QUERY may be @NAME, a
    saved search, or be left out when there is a --tag. A search is put on record only with --log
    or --save, and never what was looked at.
    """
    from firsthand.case import Case
    from firsthand.collect.acts import IN_CASE, record_search, saved
    from firsthand.report.searching import find, places

    if why and not (log or save):
        raise UsageError("--why belongs to a search on record", hint="add --log or --save NAME")
    opened = Case.open(case, write=log or save is not None)
    words = " ".join(query)
    if words.startswith("@"):
        known = saved(opened).get(words[1:])
        if known is None:
            raise BadInput(f"no search is saved as {words[1:]}", hint="see `firsthand searches`")
        words, kept = known["query"], known.get("filters") or {}
        words = "" if words == "*" else words
        tags, kinds = (*kept.get("tags", ()), *tags), (*kept.get("kinds", ()), *kinds)
    if not words and not tags:
        raise UsageError("nothing to search for", hint="give words, a --tag, or @NAME")
    found = find(opened, words, tags, kinds, ALL if log or save else limit)
    if log or save:
        filters = {n: list(v) for n, v in (("tags", tags), ("kinds", kinds)) if v}
        value: Json = {"where": IN_CASE, "query": words or "*", "found": len(found)}
        value |= {"filters": filters} if filters else {}
        value |= {name: item for name, item in (("why", why), ("name", save)) if item}
        done = record_search(opened, value, by=by)
        click.echo(f"note: on record as {done['id']}", err=True)
    rows = list(zip(found[:limit], places(opened, found[:limit]), strict=True))
    if as_json:
        emit(
            [
                {"kind": kind, "id": ref, "text": shown, "where": where}
                for (kind, ref, shown), where in rows
            ]
        )
        return
    for (kind, ref, shown), where in rows:
        line = " ".join(shown.split())
        out(f"{kind}  {ref}\n    {line[:160]}{'…' if len(line) > 160 else ''}")
        if where:
            out(f"    in {where}")
    if not found:
        out("nothing found")


@click.command(epilog=example("firsthand searches tikrit"))
@case_argument
@json_option
def searches(case: Path, as_json: bool) -> None:
    """Show the saved searches, and the log of searches that people put on record."""
    from firsthand.case import Case, View
    from firsthand.collect.acts import saved
    from firsthand.report.trace import entry

    opened = Case.open(case)
    view = View(opened)
    log = []
    for noun in opened.catalog.nouns("search"):
        about = entry(opened, noun.entry) or {}
        log.append(
            {**noun.data, "by": view.by(noun.entry), "entry": noun.entry}
            | {"claimed_at": about.get("claimed_at")}
        )
    named = saved(opened)
    if as_json:
        emit({"saved": named, "log": log})
        return
    for name, data in named.items():
        out(f"@{name}: {data['query']}{_filters(data)}")
    for each in log:
        when = each["at"]["text"] if each.get("at") else each["claimed_at"]
        count = "" if each.get("found") is None else f", {each['found']} found"
        why = f" ({each['why']})" if each.get("why") else ""
        out(f"{when}  {each['by']} in {each['where']}: {each['query']}{_filters(each)}{count}{why}")
    if not log:
        out("no search is on record")


def _filters(data: Json) -> str:
    parts = [
        f"{name}={'|'.join(map(str, item)) if isinstance(item, list) else item}"
        for name, item in (data.get("filters") or {}).items()
    ]
    return f" [{safe(', '.join(parts))}]" if parts else ""


@click.command(
    name="search-log",
    epilog=example(
        'firsthand search-log tikrit \'{"where": "x.com", "query": "#worldcup", '
        '"at": "2014-06-15T18:00Z", "found": 40, "why": "pictures pushed through the tag"}\''
    ),
)
@case_argument
@fields_argument
@by_option
@json_option
def search_log(case: Path, fields: str, by: str | None, as_json: bool) -> None:
    """Put a search on record that was made elsewhere: on a platform, in an archive, by letter.

    Fields: where and query; also at (when, by your own statement), filters (an object), found
    (how many results), why, name (saves the query).
    """
    from firsthand.case import Case
    from firsthand.collect.acts import record_search

    done = record_search(Case.open(case, write=True), object_of(fields), by=by)
    if as_json:
        emit(done)
    else:
        out(f"{'on record as' if done['new'] else 'known already:'} {done['id']}")
