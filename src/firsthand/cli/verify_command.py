"""``firsthand verify``."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli.shared import emit, example, json_option, out
from firsthand.model.errors import ExitCode, UsageError

CODES = {
    "ok": ExitCode.OK,
    "failed": ExitCode.VERIFICATION_FAILED,
    "incomplete": ExitCode.COULD_NOT_CHECK,
}


@click.command(epilog=example("firsthand verify tikrit.zip --against june.txt --trust roots.pem"))
@click.argument("case", type=click.Path(path_type=Path))
@click.argument(
    "more", nargs=-1, metavar="", type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option(
    "--against",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="An earlier checkpoint of this case (its log/checkpoint, also with lines of witnesses, or "
    "a .tlog-proof) that somebody else has kept. May be given several times.",
)
@click.option(
    "--trust",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="Whom you trust: a file with root certificates of time-stamping authorities (PEM), keys "
    "of witnesses, or OpenSSH keys of persons. May be given several times.",
)
@click.option(
    "--headers",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="Headers of Bitcoin blocks (160 hex digits a line), for OpenTimestamps.",
)
@click.option(
    "--copy",
    "copies",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    help="Another copy of the case (folder or bundle). Where history was rewritten, it names the "
    "entry.",
)
@json_option
def verify(
    case: Path,
    more: tuple[Path, ...],
    against: tuple[Path, ...],
    trust: tuple[Path, ...],
    headers: tuple[Path, ...],
    copies: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Check a case folder or an exported zip (CASE), offline.

    Exit 0: nothing is wrong. 4: something was altered, added or removed; the first thing is named.
    5: something could not be checked. What no outside checkpoint covers is never called verified.
    Time stamps, witnesses and persons that only the case itself names count apart from those that
    you name with --trust.
    """
    from firsthand.report.checking import check

    if more and not against:
        raise UsageError(
            f"what is {more[0]} for?",
            hint="write --against before checkpoints, --trust before keys",
        )
    # The stand-alone verify.py takes several files after one --against, so this does, too.
    result = check(case, (*against, *more), trust, headers, copies)
    if as_json:
        emit(result)
    else:
        out(result["text"]) if "text" in result else _print(result)
    return CODES[result["verdict"]]


def _print(result: dict[str, object]) -> None:
    from firsthand.report.verify import describe

    out(describe(result))
