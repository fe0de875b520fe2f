"""Write docs/cli.md from what ``--help`` says: one section for each command.

python tools/cli_docs.py            writes docs/cli.md
python tools/cli_docs.py --check    exits 1 when docs/cli.md is not what it would write
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from firsthand.cli.main import COMMANDS, firsthand

TARGET = Path(__file__).resolve().parent.parent / "docs" / "cli.md"
WIDTH = 96
"""Columns, so that the page does not depend on the terminal of whoever makes it."""

HEAD = """\
# Commands

Written by `make docs` from what `--help` says; do not edit. How the commands work together stands
in the [how-to pages](index.md); exit codes and errors in [errors.md](errors.md).
"""


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every public command with its full name, groups before what is in them."""
    yield "firsthand", firsthand
    for name in COMMANDS:
        command = firsthand.get_command(click.Context(firsthand), name)
        assert command is not None, name
        yield f"firsthand {name}", command
        if isinstance(command, click.Group):
            for below, inside in command.commands.items():
                yield f"firsthand {name} {below}", inside


def help_of(name: str, command: click.Command) -> str:
    """Return the help text of a command at a fixed width."""
    settings = {"help_option_names": ["-h", "--help"]}
    context = click.Context(
        command, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH, **settings
    )
    return command.get_help(context).rstrip()


def page() -> str:
    """Return docs/cli.md."""
    parts = [HEAD]
    for name, command in commands():
        text = "\n".join(line.rstrip() for line in help_of(name, command).splitlines())
        parts.append(f"## {name}\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


def main() -> int:
    """Write or check the page."""
    if "--check" in sys.argv[1:]:
        return 0 if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == page() else 1
    TARGET.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
