"""What the documentation says is true: examples run, pages that are made are up to date."""

from __future__ import annotations

import importlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from firsthand.case import Case, View
from firsthand.cli.main import COMMANDS, run
from firsthand.collect import add
from firsthand.model import errors
from firsthand.report.registry import BUILT_IN
from firsthand.run import Analysis, Registry

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
HOWTO = sorted((DOCS / "howto").glob("*.md"))
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])

FENCE = re.compile(
    r"(?:<!-- (?P<mark>[^\n]*?) -->\n)?"
    r"(?P<indent> *)```(?P<kind>\w*)\n(?P<body>.*?)\n(?P=indent)```",
    re.S,
)
# Relative targets of [text](target) and ![text](target).
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)\s]*)?\)")
MADE_LATER: set[Path] = set()
"""Pages that a checkout may lack; none today."""
# In pieces, as in test_house.py: package registries and their files.
REGISTRY = re.compile(
    r"https?://\S*(?:pypi\." + r"|python" + r"hosted|registry\." + r"|crates\." + r"|npmjs|debian)",
    re.I,
)


def tool(name: str) -> ModuleType:
    """Load a script of tools/ as a module."""
    spec = spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fences(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (mark, language, body) of the fenced blocks of a page."""
    for match in FENCE.finditer(path.read_text(encoding="utf-8")):
        yield match["mark"] or "", match["kind"], match["body"] + "\n"


def block(path: Path, mark: str) -> str:
    """Return the one block with a mark."""
    found = [body for each, _, body in fences(path) if each == mark]
    assert len(found) == 1, f"{path.name} has {len(found)} blocks marked {mark!r}"
    return found[0]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# ---- pages that are made -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cli_docs", "noun_docs"])
def test_made_page_is_up_to_date(name: str) -> None:
    # In a process of its own: a command that another test has invoked on its own remembers the
    # help option of that call, and would print it here.
    script = ROOT / "tools" / f"{name}.py"
    done = subprocess.run([sys.executable, str(script), "--check"], check=False)
    assert done.returncode == 0, "run: make docs"


def test_a_field_without_a_meaning_stops_the_script(monkeypatch: pytest.MonkeyPatch) -> None:
    script = tool("noun_docs")
    monkeypatch.delitem(script.MEANINGS["Claim"], "quote")
    with pytest.raises(SystemExit, match="Claim: meanings do not fit: quote"):
        script.page()


def test_every_command_is_in_the_reference() -> None:
    text = (DOCS / "cli.md").read_text(encoding="utf-8")
    assert not [name for name in COMMANDS if f"\n## firsthand {name}\n" not in text]


COMMAND_HELP = dict(tool("cli_docs").commands())


@pytest.mark.parametrize("name", [name for name in COMMAND_HELP if name != "firsthand"])
def test_help_has_an_example_that_can_be_pasted(name: str) -> None:
    text = tool("cli_docs").help_of(name, COMMAND_HELP[name])
    example = text.partition("\n  Example:\n    ")[2]
    assert example.startswith(f"{name} "), text
    assert "\n" not in example  # one line, however long


@pytest.mark.parametrize("name", [name for name in COMMAND_HELP if name != "firsthand"])
def test_the_example_of_a_command_is_understood(name: str) -> None:
    """Its options and arguments are parsed; what it names need not exist."""
    text = tool("cli_docs").help_of(name, COMMAND_HELP[name])
    words = shlex.split(text.partition("\n  Example:\n    ")[2])[len(name.split()) :]
    command = COMMAND_HELP[name]
    for option in {"--against", "--trust"} & set(words):  # the options that look at the disk
        words[words.index(option) + 1] = str(ROOT / "LICENSE")
    with command.make_context(name, words):
        pass
    for word in words:
        if word.startswith("{"):
            json.loads(word)


# ---- text --------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_relative_links_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    broken = {target for target in LINK.findall(text) if not (page.parent / target).exists()}
    assert not {t for t in broken if (page.parent / t).resolve() not in MADE_LATER}


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_no_page_links_to_a_package_registry(page: Path) -> None:
    assert not REGISTRY.findall(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", HOWTO, ids=relative)
def test_how_to_says_what_it_does_not_prove(page: Path) -> None:
    last = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.M)[-1]
    assert re.fullmatch(r"What .* does NOT (prove|protect)", last)


def test_index_leads_to_every_page() -> None:
    linked = {
        (DOCS / target).resolve()
        for target in LINK.findall((DOCS / "index.md").read_text(encoding="utf-8"))
    }
    missing = [path for path in DOCS.rglob("*.md") if path not in linked]
    assert [path.name for path in missing] == ["index.md"]


def test_every_error_class_and_exit_code_is_explained() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (\d+) \|", (DOCS / "errors.md").read_text(encoding="utf-8"), re.M
    )
    known = {
        name: str(int(item.exit_code))
        for name, item in vars(errors).items()
        if isinstance(item, type) and issubclass(item, errors.FirsthandError)
    }
    del known["FirsthandError"]
    assert dict(rows) == known
    text = (DOCS / "errors.md").read_text(encoding="utf-8")
    assert all(f"\n| {int(code)} | " in text for code in errors.ExitCode)


def test_commands_of_the_readme_are_makefile_targets() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    targets = set(" ".join(re.findall(r"^([a-z][a-z -]*):(?!=)", makefile, re.M)).split())
    asked = set()
    for page in PAGES:
        shown = "\n".join(body for _, kind, body in fences(page) if kind == "sh")
        prose = FENCE.sub("", page.read_text(encoding="utf-8"))
        asked |= set(re.findall(r"^\s*make ([a-z-]+)", shown, re.M))
        asked |= set(re.findall(r"`make ([a-z-]+)`", prose))
    assert {"demo", "test", "docs"} <= asked
    assert asked - targets == set()


def test_commands_that_pages_name_exist() -> None:
    named = set()
    for page in PAGES:
        shown = "\n".join(body for _, kind, body in fences(page) if kind == "sh")
        prose = FENCE.sub("", page.read_text(encoding="utf-8"))
        named |= set(re.findall(r"^\s*firsthand ([a-z][a-z-]*)", shown, re.M))
        named |= set(re.findall(r"`firsthand ([a-z][a-z-]*)", prose))
    named.discard("log")  # `firsthand log key` is the first line of a note (docs/case-format.md)
    assert len(named) > 10
    assert named <= set(COMMANDS), named - set(COMMANDS)


def test_picture_is_small() -> None:
    picture = DOCS / "images" / "report.png"
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert picture.stat().st_size <= tool("screenshots").LARGEST <= 300_000


# ---- examples ----------------------------------------------------------------------------------

LITERAL_JSON = [
    pytest.param(mark, body, id=f"{page.stem}-{number}")
    for page in (*HOWTO, ROOT / "README.md", DOCS / "index.md", DOCS / "errors.md")
    for number, (mark, kind, body) in enumerate(fences(page))
    if kind == "json"
]


@pytest.mark.parametrize(("mark", "body"), LITERAL_JSON)
def test_json_parses(mark: str, body: str) -> None:
    if mark.endswith(".jsonl"):
        assert all(isinstance(json.loads(line), dict) for line in body.splitlines())
    else:
        json.loads(body)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty working folder with a home for keys."""
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))
    folder = tmp_path / "desk"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_tolls_example(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = DOCS / "howto" / "tolls.md"
    Path("tolls.json").write_text(block(page, "example: tolls.json"), encoding="utf-8")
    assert run(["count", "tolls", "tolls.json"]) == 0
    assert capsys.readouterr().out == block(page, "output: tolls.json")


def test_flags_of_tolls_are_all_explained() -> None:
    source = (ROOT / "src/firsthand/count/flags.py").read_text(encoding="utf-8")
    made = set(re.findall(r'(?:Flag\(\s*|found\.append\(\()"([a-z_]+)"', source))
    table = (DOCS / "howto" / "tolls.md").read_text(encoding="utf-8").partition("## Flags")[2]
    assert len(made) == 10
    assert set(re.findall(r"^\| `([a-z_]+)` \|", table, re.M)) == made


@pytest.fixture
def mill(desk: Path) -> Case:
    """Return the case of howto/claims.md, made as that page says."""
    claims, collect = DOCS / "howto" / "claims.md", DOCS / "howto" / "collect.md"
    material = desk / "material"
    material.mkdir()
    for page, name in (
        (claims, "news.txt"),
        (claims, "wire.txt"),
        (collect, "documents.json"),
        (claims, "claims.jsonl"),
    ):
        (material / name).write_text(block(page, f"example: {name}"), encoding="utf-8")
    case = Case.create(desk / "mill", title="Killings at the mill", by="docs")
    for path, kind in ((material, None), (material / "claims.jsonl", "claims")):
        summary = add(case, [path], kind=kind, by="docs")
        assert summary["outcomes"] == []
        assert summary["totals"]["failed"] == summary["totals"]["quarantined"] == 0
    return case


def test_claims_example_is_taken_in_whole(mill: Case) -> None:
    rows = block(DOCS / "howto" / "claims.md", "example: claims.jsonl").splitlines()
    kinds = [json.loads(row)["type"] for row in rows]
    assert set(kinds) == {"actor", "event", "sighting", "claim", "note"}
    for kind in ("actor", "event", "claim", "note"):
        assert len(list(mill.catalog.nouns(kind))) == kinds.count(kind)


def test_roots_of_the_claims_example_are_as_the_page_says(mill: Case) -> None:
    resolved = Analysis(View(mill), Registry(BUILT_IN), record=True, by="docs").run()
    labels = {noun.id: noun.data["label"] for noun in mill.catalog.nouns("claim")}
    roots = {labels[f["subjects"][0]]: f["value"] for f in resolved.of_kind("claims.root")}
    # By hand: the wire cites the news, the news gives the group's word; the doctor is the clinic's.
    assert roots["wire-count"]["root"] == roots["group-count"]["root"] == "group"
    assert roots["clinic-count"]["root"] == "clinic"
    (toll,) = resolved.of_kind("count.toll")
    # A report that is known only through an outlet is hearsay, so nothing is documented.
    assert [group["documented"] for group in toll["value"]["groups"]] == [None, None]


def test_posts_example(desk: Path) -> None:
    text = block(DOCS / "howto" / "collect.md", "example: posts.jsonl")
    Path("posts.jsonl").write_text(text, encoding="utf-8")
    case = Case.create(desk / "case", title="t", by="docs")
    summary = add(case, ["posts.jsonl"], by="docs")
    assert summary["imports"][0]["kind"] == "posts"
    assert summary["outcomes"] == []
    # Two media are named and not there; the reposted post is in the file.
    assert (summary["totals"]["sightings"], summary["totals"]["gaps"]) == (2, 2)


def test_method_example(mill: Case, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = block(DOCS / "howto" / "write-a-method.md", "example: desk_methods.py")
    (desk / "desk_methods.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(desk))
    method = importlib.import_module("desk_methods").unsourced
    resolved = Analysis(View(mill), Registry([*BUILT_IN, method]), record=True, by="docs").run()
    assert {run.status for run, _ in resolved.runs} == {"done"}
    assert "desk.unsourced" in {run.method for run, _ in resolved.runs}
    # Every claim of the example names a source.
    assert resolved.of_kind("desk.unsourced") == []
    sys.modules.pop("desk_methods", None)


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a block of a page as a person would paste it."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=folder,
        env=os.environ | {"PATH": path, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_first_case_of_the_readme(desk: Path) -> None:
    page = ROOT / "README.md"
    commands = block(page, "run: first case")
    assert len(commands.splitlines()) == 5
    made = shell(block(page, "run: material") + commands, desk)
    assert made.returncode == 0, made.stderr
    assert (desk / "mill-report" / "report.html").is_file()
    shown = block(page, "output: first case")
    asked = [line[2:] for line in shown.splitlines() if line.startswith("$ ")]
    seen = "".join(f"$ {each}\n{shell(each, desk).stdout}" for each in asked)
    assert seen == shown
    checked = shell("firsthand export mill -o mill.zip && firsthand verify mill.zip", desk)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", ["claims", "judge", "daily-work", "when-and-where", "report-and-export", "verify"]
)
def test_shell_blocks_of_a_page_run_as_they_stand(mill: Case, desk: Path, page: str) -> None:
    mill.close()
    if page == "verify":
        shutil.copy(ROOT / "src/firsthand/report/verify.py", desk)
        shutil.copy(desk / "mill/log/checkpoint", desk / "checkpoint-from-june.txt")
        for name in ("roots.pem", "witness.txt", "signers.txt"):
            (desk / name).write_text("# nobody yet\n")
        shell("firsthand export mill -o mill.zip && python3 -m zipfile -e mill.zip to", desk)
    for _, kind, body in fences(DOCS / "howto" / f"{page}.md"):
        if kind == "sh":
            inside = desk / "to/mill" if body.lstrip().startswith("sha256sum") else desk
            done = shell(textwrap.dedent(body), inside)
            assert done.returncode == 0, body + done.stdout + done.stderr


@pytest.mark.slow
def test_undoing_finds_the_earlier_runs(mill: Case, desk: Path) -> None:
    mill.close()
    steps = [
        "firsthand analyse mill",
        "firsthand assess mill clinic-count reject --why doubt",
        "firsthand analyse mill",
        "firsthand assess mill clinic-count accept --why undone",
        "firsthand analyse mill",
    ]
    said = [shell(step, desk).stdout.partition(" ")[0] for step in steps]
    first, _, again, _, undone = said
    assert int(first) > 0
    assert int(again) > 0
    assert undone == "0"


def test_documented_verifier_is_where_the_page_says(desk: Path) -> None:
    text = (DOCS / "howto" / "verify.md").read_text(encoding="utf-8")
    (place,) = set(re.findall(r"`(src/\S+verify\.py)`", text))
    assert (ROOT / place).is_file()


def test_key_file_is_found_as_the_page_says(desk: Path) -> None:
    Case.create(desk / "mill", title="t", by="docs")
    page = (DOCS / "howto" / "keys-and-backup.md").read_text(encoding="utf-8")
    (command,) = [line for line in page.splitlines() if line.startswith("python3 -c")]
    name = shell(command, desk).stdout.strip()
    assert (desk.parent / "home" / "keys" / name).is_file()
