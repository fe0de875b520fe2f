"""``firsthand export-posts``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import case_argument, counted, emit, example, json_option, out, progress


@click.command(name="export-posts", epilog=example("firsthand export-posts tikrit -o tikrit-posts"))
@case_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR",
    help="A new folder for posts.jsonl and media/.",
)
@json_option
def export_posts(case: Path, output: Path, as_json: bool) -> None:
    """Write all sightings as posts that other programs and other cases can read.

    Adding posts.jsonl to a new case gives equal sightings. What people entered (claims, notes,
    judgements) and the ledger stay behind: this is no evidence, `firsthand export` is.
    """
    from firsthand.case import Case
    from firsthand.report.posts_export import export_posts as write

    with progress("posts") as tick:
        done = write(Case.open(case), output, tick=tick)
    if as_json:
        emit(done)
        return
    out(f"wrote {counted(done['posts'], 'post')} and {counted(done['media'], 'file')} to {output}")
    if done["not_held"]:
        out(f"  {done['not_held']} media are not held and are named by their digest only")
    if done["texts_by_digest"]:
        out(f"  {done['texts_by_digest']} texts are named by their digest only")
    out(f"next: firsthand new OTHER; firsthand add OTHER {output / 'posts.jsonl'}")
