"""Options and printing that every command shares."""

from __future__ import annotations

import json
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from firsthand.model.canonical import Json
from firsthand.model.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])


def case_argument(function: F) -> F:
    """Add the argument CASE: the folder of a case."""
    return click.argument("case", type=click.Path(path_type=Path))(function)


def fields_argument(function: F) -> F:
    """Add the argument JSON: the fields of what is entered; ``-`` reads them from stdin."""
    return click.argument("fields", metavar="JSON")(function)


def object_of(text: str) -> dict[str, Json]:
    """Read the argument JSON: one object, or ``-`` for one on stdin.

    Raises
    ------
    UsageError
        When it is not a JSON object.
    """
    source = sys.stdin.read() if text == "-" else text
    try:
        data = json.loads(source)
    except json.JSONDecodeError as error:
        raise UsageError(
            "that is not JSON",
            why=str(error),
            hint="put single quotes around the object, or write - and give it on stdin",
        ) from error
    if not isinstance(data, dict):
        raise UsageError("one JSON object is needed", hint='such as \'{"id": "killings"}\'')
    return data


def json_option(function: F) -> F:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")(
        function
    )


def by_option(function: F) -> F:
    """Add ``--by NAME``."""
    return click.option(
        "--by",
        metavar="NAME",
        help="Who acts (default: FIRSTHAND_ACTOR, else your login name).",
    )(function)


def as_of_option(function: F) -> F:
    """Add ``--as-of DATE``."""
    return click.option(
        "--as-of",
        metavar="DATE",
        help="Only what had been published by the end of this UTC day, written YYYY-MM-DD.",
    )(function)


def example(command: str) -> str:
    """Return the epilog of a command: one line that can be pasted, never wrapped."""
    return f"\b\nExample:\n  {command}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it is not one.

    >>> counted(1, "exhibit"), counted(2, "entry"), counted(0, "sightings"), counted(3, "search")
    ('1 exhibit', '2 entries', '0 sightings', '3 searches')
    """
    single = noun[:-1] if noun.endswith("s") else noun
    if number == 1:
        return f"1 {single}"
    if single.endswith("y"):
        return f"{number} {single[:-1]}ies"
    return f"{number} {single}{'es' if single.endswith('ch') else 's'}"


def safe(text: object) -> str:
    r"""Make text from a case harmless on a terminal: control and direction marks are shown.

    >>> safe("a\u202eb\x1b[31m")
    'a<U+202E>b<U+001B>[31m'
    """
    return "".join(
        f"<U+{ord(c):04X}>"
        if unicodedata.category(c) in ("Cc", "Cf", "Cs") and c not in "\n\t\u200c\u200d"
        else c
        for c in str(text)
    )


def out(text: object = "") -> None:
    """Print a line of a result."""
    click.echo(safe(text))


def paragraph(text: str, first: str = "", rest: str = "") -> None:
    """Print a long text: wrapped on a terminal, in one line each for other programs."""
    if not sys.stdout.isatty():
        out(first + text)
        return
    width = min(shutil.get_terminal_size().columns, 100)
    out(click.wrap_text(text, width, initial_indent=first, subsequent_indent=rest))


def emit(data: Json) -> None:
    """Print one JSON document."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


Tick = Callable[[int, int | None, str], None]
"""Called with done, total (None: not known yet) and what is being done."""


@contextmanager
def progress(what: str) -> Iterator[Tick]:
    """Show a progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda done, total, current: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[current]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, current="")

        def tick(done: int, total: int | None, current: str) -> None:
            bar.update(task, completed=done, total=total, current=safe(current)[-60:])

        yield tick
