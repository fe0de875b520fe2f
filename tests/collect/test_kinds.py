"""Each kind is named where people look for it, with what its reading was checked against."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from firsthand.case import Case
from firsthand.cli.add_command import add as command
from firsthand.collect import IMPORTERS, KINDS
from firsthand.collect.items import Importer

PAGE = Path(__file__).parents[2] / "docs/howto/collect.md"
# What others define; the rest are formats of our own.
PLATFORMS = ("x-archive", "telegram", "whatsapp")


def test_help_names_every_kind() -> None:
    (option,) = [each for each in command.params if each.name == "kind"]
    named = getattr(option, "help", "").partition(".")[0]
    assert set(re.findall(r"[a-z][a-z-]+", named)) - {"or"} == set(KINDS)


@pytest.mark.parametrize("importer", IMPORTERS, ids=KINDS)
def test_the_page_says_against_what_a_reading_was_checked(importer: Importer) -> None:
    if importer.kind in PLATFORMS:
        assert importer.checked is not None and importer.checked.startswith("unverified")
        assert f"| `{importer.kind}` | {importer.checked} |" in PAGE.read_text()


def test_add_says_so_too(case: Case, inbox: Path) -> None:
    (inbox / "_chat.txt").write_text("14/06/2014, 10:00 - A: b\n")
    case.close()
    arguments = [str(case.root), str(inbox), "--by", "tester"]
    said = CliRunner().invoke(command, arguments)
    assert said.exit_code == 0
    assert "  note: reading of whatsapp is unverified" in said.output
    as_json = CliRunner().invoke(command, [*arguments, "--json"])
    assert '"basis": "unverified' in as_json.output
