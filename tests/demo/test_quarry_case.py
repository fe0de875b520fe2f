"""The worked case ``quarry``: its answers equal the truth, which nothing of the case could read."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.cli.main import run
from firsthand.demo import quarry_case
from firsthand.demo.quarry import ENTERED, MATERIAL, TRUTH
from firsthand.demo.quarry_answers import Answer, answers
from firsthand.demo.quarry_case import Built, build_case
from firsthand.model.errors import BadInput

pytestmark = pytest.mark.slow

SEED, POSTS, WIDTH = 21, 600, 480
NEVER_SAID = b"clock_off_s"
"""A name that stands in the truth, and nowhere else."""

JUDGED = {
    "copies that a fingerprint can reach",
    "links between different pictures",
    "first sighting of each picture",
    "spread of each picture",
    "posting bounds hold the time of each",
}


@dataclass
class Watched:
    """A built case, and what lay below its folder when the methods were about to run."""

    folder: Path
    built: Built
    truth_was_there: list[bool] = field(default_factory=list)
    files_that_tell: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("quarry-case") / "demo"
    found = Watched(folder, None)  # type: ignore[arg-type]
    real = quarry_case.analyse

    def analyse(case: Path) -> Any:
        found.truth_was_there.append((folder / TRUTH).exists())
        files = [path for path in folder.parent.rglob("*") if path.is_file()]
        found.files_that_tell += [str(p) for p in files if NEVER_SAID in p.read_bytes()]
        return real(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quarry_case, "analyse", analyse)
        found.built = build_case(folder, SEED, found.told.append, posts=POSTS, width=WIDTH)
    yield found
    found.built.case.close()


@pytest.fixture(scope="module")
def answered(watched: Watched) -> dict[str, Answer]:
    return {each.question: each for each in answers(watched.built.case, watched.built.truth)}


# ---- the truth --------------------------------------------------------------------------------


def test_the_truth_is_nowhere_while_the_methods_run(watched: Watched) -> None:
    assert watched.truth_was_there == [False]
    assert watched.files_that_tell == []
    written = json.loads((watched.folder / TRUTH).read_text(encoding="utf-8"))
    assert written == watched.built.truth
    assert NEVER_SAID.decode() in json.dumps(written)


def test_every_file_of_the_material_that_is_posted_is_in_the_case(watched: Watched) -> None:
    catalog = watched.built.case.catalog
    for one in [*watched.built.truth["originals"], *watched.built.truth["copies"]]:
        assert catalog.has("exhibit", f"sha256:{one['sha256']}")


# ---- answers ----------------------------------------------------------------------------------


def test_every_question_that_is_judged_is_answered_right(answered: dict[str, Answer]) -> None:
    judged = {question: each for question, each in answered.items() if each.right is not None}
    assert set(judged) == JUDGED
    assert {q: each.wrong for q, each in judged.items() if not each.right} == {}


def test_what_no_room_answers_is_said_to_be_open(answered: dict[str, Answer]) -> None:
    assert answered["persons standing + sitting"].answer == "not yet"
    assert answered["who pushed it, and how"].answer == "not yet"
    assert all(each.truth for each in answered.values())


def test_two_articles_and_the_group_are_one_source(answered: dict[str, Answer]) -> None:
    assert answered["sources of the count"].answer == "1 for 2 statements"


def test_the_stale_position_is_not_taken_for_the_place(answered: dict[str, Answer]) -> None:
    right, stale = answered["positions in files"].truth.split(", ")
    assert stale == "1 stale"
    assert answered["positions in files"].answer.startswith(f"{right.split()[0]} within 1000 m")


def _forget(truth: Any) -> None:
    """Leave out the last post of a picture that the case must have linked."""
    linked = set(truth["groups"][2]["linked"])
    truth["posts"].remove([post for post in truth["posts"] if linked & set(post["copies"])][-1])


def _with(truth: Any, change: Any) -> Any:
    changed = copy.deepcopy(truth)
    change(changed)
    return changed


@pytest.mark.parametrize(
    ("question", "change"),
    [
        (
            "first sighting of each picture",
            lambda t: t["posts"][0].update(account="somebody else"),
        ),
        (
            "first sighting of each picture",
            lambda t: t["posts"][0].update(t="2001-01-01T00:00:00Z"),
        ),
        (
            "spread of each picture",
            lambda t: _forget(t),
        ),
        (
            "posting bounds hold the time of each",
            lambda t: t["originals"][0].update(t="2031-01-01T00:00:00Z"),
        ),
        (
            "copies that a fingerprint can reach",
            lambda t: t["groups"][0]["linked"].append(t["groups"][1]["linked"][1]),
        ),
        ("links between different pictures", lambda t: t["groups"][2].update(showing=[])),
    ],
)
def test_the_judge_finds_a_difference(watched: Watched, question: str, change: Any) -> None:
    found = answers(watched.built.case, _with(watched.built.truth, change))
    wrong = {each.question for each in found if each.right is False}
    assert question in wrong
    assert next(each for each in found if each.question == question).wrong


# ---- doing it again ---------------------------------------------------------------------------


def test_a_second_call_adds_nothing_but_knows_the_truth(watched: Watched) -> None:
    before = _held(watched.folder)
    again = build_case(watched.folder, SEED, lambda text: None, posts=POSTS, width=WIDTH)
    again.case.close()
    assert again.truth == watched.built.truth
    assert again.summary["new"] == 0
    assert _held(watched.folder) == before


def _held(folder: Path) -> dict[str, int]:
    case = Case.open(folder / "case")
    try:
        kinds = ("exhibit", "sighting", "claim", "event", "actor", "run", "gap")
        return {kind: sum(1 for _ in case.catalog.nouns(kind)) for kind in kinds}
    finally:
        case.close()


def test_a_stopped_call_makes_the_truth_again(watched: Watched) -> None:
    (watched.folder / TRUTH).unlink()
    told: list[str] = []
    again = build_case(watched.folder, SEED, told.append, posts=POSTS, width=WIDTH)
    again.case.close()
    assert again.truth == watched.built.truth
    assert (watched.folder / TRUTH).exists()


@pytest.mark.parametrize(("seed", "posts"), [(SEED + 1, POSTS), (SEED, POSTS + 1)])
def test_another_demo_is_not_mixed_in(watched: Watched, seed: int, posts: int) -> None:
    with pytest.raises(BadInput, match=f"seed {SEED}"):
        build_case(watched.folder, seed, lambda text: None, posts=posts, width=WIDTH)


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(BadInput, match="not empty"):
        build_case(tmp_path, SEED, lambda text: None, posts=POSTS, width=WIDTH)
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


# ---- the command ------------------------------------------------------------------------------


def _exit(patch: pytest.MonkeyPatch, built: Built, folder: Path, *more: str) -> int:
    patch.setattr(quarry_case, "build_case", lambda *args, **options: built)
    return run(["demo", "quarry", "-o", str(folder), *more])


def test_command_prints_answer_beside_truth(
    watched: Watched,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _exit(monkeypatch, watched.built, tmp_path, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["verify"] == "ok"
    assert {each["question"] for each in found["answers"] if each["right"]} == JUDGED
    assert Path(found["report"]).exists()


def test_command_fails_when_an_answer_is_not_the_truth(
    watched: Watched,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    truth = _with(watched.built.truth, _forget)
    assert _exit(monkeypatch, replace(watched.built, truth=truth), tmp_path) == 4
    told = capsys.readouterr().out
    assert "spread of each picture: WRONG" in told
    assert "not as it was: o" in told


def test_numbers_do_nothing_for_tikrit(tmp_path: Path) -> None:
    for option in ("--seed", "--posts"):
        assert run(["demo", "tikrit", option, "500", "-o", str(tmp_path)]) == 1
    assert list(tmp_path.iterdir()) == []


def test_material_lies_apart_from_the_truth(watched: Watched) -> None:
    assert {path.name for path in watched.folder.iterdir()} == {
        quarry_case.MARKER, "case", MATERIAL, Path(ENTERED).parts[0], Path(TRUTH).parts[0],
    }  # fmt: skip
