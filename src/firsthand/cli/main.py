"""The entry point: a group that loads a command only when it is called, and one way to fail."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from collections.abc import Mapping
from typing import Any

import click

from firsthand.model.errors import BadInput, CouldNotCheck, ExitCode, FirsthandError, UsageError

# Command -> (module that defines `command`, one line of help). The line stands here so that
# `firsthand --help` imports no command.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "new": ("new", "Make a case: a folder that keeps everything."),
    "add": ("add", "Import what you already hold: folders, exports, pages, claims, archives."),
    "claim": ("person", "Enter a claim with its quote."),
    "actor": ("person", "Say who someone is."),
    "event": ("person", "Say what the questions are about."),
    "note": ("person", "Say why an item matters."),
    "tag": ("tag", "Put tags on things, or take them off."),
    "translate": ("translate", "Record a translation with its translator."),
    "mark": ("person", "Enter a mark on an exhibit."),
    "sighting": ("person", "Write down a sighting by hand."),
    "analyse": ("analyse", "Run every method that has new inputs."),
    "assess": ("assess", "Judge a finding or claim: accept, reject, correct, split, merge."),
    "show": ("show", "Show the case, or one thing with everything that leads to it."),
    "search": ("search", "Find words in texts, quotes and posts (Arabic folded)."),
    "searches": ("search", "Show saved searches and the search log."),
    "search-log": ("search", "Put a search on record that was made elsewhere."),
    "claims": ("claims", "Show who says what, who differs, and how many sources there are."),
    "count": ("count", "Compare conflicting tolls without adding what must not be added."),
    "match": ("match", "Find copies among pictures and videos in folders."),
    "whenwhere": ("whenwhere", "Bound when and where by events, posts and named areas."),
    "report": ("report", "Write report.json and report.html."),
    "export": ("export", "Write a signed bundle with a verifier for a stranger."),
    "release": ("release", "Let a quote, name, text, title or medium into public bundles."),
    "seal": ("seal", "Keep a thing out of every bundle but full ones."),
    "export-posts": ("export_posts", "Write all sightings as posts and media."),
    "key": ("key", "List, add, revoke, replace, protect and carry keys."),
    "sign": ("sign", "Let a person sign the state of the log with an OpenSSH key."),
    "transfer": ("transfer", "Hand a bundle over, signed by giver and receiver."),
    "backup": ("backup", "Copy the case to a second place, or bring the copy up to date."),
    "custody": ("custody", "Show who did what with the case, or with one thing in it."),
    "scrub": ("scrub", "Read preserved bytes again, a part a day; name what is damaged."),
    "repair": ("repair", "Replace what is damaged or missing from a second copy."),
    "merge": ("merge", "Take another person's case in; both histories are kept."),
    "stamp": ("stamp", "Ask others when the record existed: time stamps on its checkpoint."),
    "witness": ("witness", "Let others sign what the log was, or be a witness for others."),
    "prove": ("prove", "Prove offline that an entry is in the log, with witnesses' signatures."),
    "verify": ("verify", "Check a case or bundle; name the first thing that is wrong."),
    "protocol-check": (
        "protocol_check",
        "Hold the case against the Berkeley Protocol, row by row.",
    ),
    "recheck": ("recheck", "Run recorded methods again and compare."),
    "rebuild": ("rebuild", "Make the catalog again from the ledger."),
    "demo": ("demo", "Build a worked case from start to end."),
}

# The sections of `firsthand --help`; each command stands in one.
SECTIONS: Mapping[str, str] = {
    "Collect": "new add sighting merge",
    "Enter": "claim actor event note tag translate mark assess",
    "Analyse": "analyse match whenwhere claims count recheck",
    "Look": "show search searches search-log report",
    "Custody": "key sign stamp witness prove custody protocol-check",
    "Keep": "backup scrub repair rebuild",
    "Give out": "release seal export export-posts transfer verify",
    "Try": "demo",
}


class LazyGroup(click.Group):
    """A group whose commands are modules that are imported when used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return command names in the order in which people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command."""
        found = COMMANDS.get(cmd_name)
        if found is None:
            return None
        module = importlib.import_module(f"firsthand.cli.{found[0]}_command")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands without importing them."""
        widest = max(len(name) for name in COMMANDS)
        for title, names in SECTIONS.items():
            with formatter.section(title):
                # Padded, so that the lines of all sections begin in one column.
                formatter.write_dl([(n.ljust(widest), COMMANDS[n][1]) for n in names.split()])


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from firsthand import __version__

        click.echo(f"firsthand {__version__}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with:  firsthand demo tikrit  then:  firsthand new CASE; firsthand add CASE PATH",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_version,
    help="Show the version.",
)
def firsthand(debug: bool) -> None:
    """From atrocity media to a case file that a stranger can check offline, years later.

    Results go to standard output, progress and errors to standard error. Every command takes
    --json (one JSON document) and --help (with an example). Exit codes: 0 ok, 1 usage, 2 bad input,
    3 missing dependency, 4 verification failed, 5 could not check, 130 interrupted.
    """


def complain(error: FirsthandError) -> None:
    """Write an error and its hint to standard error."""
    click.echo(f"error: {error}", err=True)
    if error.hint:
        click.echo(f"hint: {error.hint}", err=True)


def main(argv: list[str] | None = None) -> None:
    """Run the command line; exits with one of the documented codes."""
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: list[str]) -> int:
    """Run one command and return its exit code."""
    debug = "--debug" in argv
    try:
        result: Any = firsthand.main(argv, standalone_mode=False)
        return int(result) if isinstance(result, int) else ExitCode.OK
    except FirsthandError as error:
        if debug:
            raise
        complain(error)
        _json_error(argv, error)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        _json_error(argv, UsageError(error.format_message()))
        return ExitCode.USAGE
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted: run the same command again to go on", err=True)
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has gone; nothing more can be told to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except OSError as error:
        if debug:
            raise
        failed = BadInput(error.strerror or str(error), why=str(error.filename or ""))
        complain(failed)
        with contextlib.suppress(OSError):  # it may be standard output that cannot be written
            _json_error(argv, failed)
        return ExitCode.BAD_INPUT
    except Exception as error:
        if debug:
            raise
        return _unexpected(argv, error)


def _unexpected(argv: list[str], error: Exception) -> int:
    """Report a fault of ours without a traceback; --debug shows it."""
    failed = CouldNotCheck(
        "something went wrong that should not",
        why=f"{type(error).__name__}: {error}"[:300],
        hint="run it again with --debug for the details; if the catalog may be damaged, "
        "`firsthand rebuild CASE` makes it again from the ledger",
    )
    complain(failed)
    _json_error(argv, failed)
    return failed.exit_code


def _json_error(argv: list[str], error: FirsthandError) -> None:
    if "--json" in argv:
        body = {"error": {"what": error.what, "why": error.why, "hint": error.hint}}
        click.echo(json.dumps(body, ensure_ascii=False))


if __name__ == "__main__":
    main()
