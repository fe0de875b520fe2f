"""Two people's cases become one: one sighting per post, both histories, nothing twice."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case, View
from firsthand.case.files import Files
from firsthand.case.history import MEDIA_TYPE
from firsthand.cli.main import run
from firsthand.collect import add, enter
from firsthand.collect.acts import record_search, tag, translate
from firsthand.model.errors import BadInput, StorageFailed, VerificationFailed
from firsthand.report.build import build
from firsthand.report.checking import check
from firsthand.report.judge import judge
from firsthand.report.merging import merge, restore_merged
from firsthand.report.registry import registry

STATEMENT = "The clinic says that forty bodies were found near the mill. The police say twelve."


def rows(*values: Any) -> bytes:
    return b"".join(json.dumps(v, ensure_ascii=False).encode() + b"\n" for v in values)


def post(number: int) -> dict[str, Any]:
    return {"id": str(number), "platform": "x", "user": f"u{number % 7}", "t": 1402740000 + number,
            "text": f"post {number}", "media": [{"path": f"{number % 5}.png"}]}  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Exports that overlap: posts 0 to 59, and posts 40 to 99; five pictures in both."""
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))
    for name, numbers in (("first", range(60)), ("second", range(40, 100))):
        (tmp_path / name).mkdir()
        for picture in range(5):
            (tmp_path / name / f"{picture}.png").write_bytes(b"\x89PNG\r\n\x1a\n%d" % picture)
        (tmp_path / name / "posts.jsonl").write_bytes(rows(*map(post, numbers)))
    (tmp_path / "statement.txt").write_text(STATEMENT)
    return tmp_path


def claim(case: Case, desk: Path, quote: str, number: int) -> str:
    made = enter(
        case,
        {
            "type": "claim", "doc": str(desk / "statement.txt"), "question": "count",
            "event": "mill", "value": {"kind": "killed", "min": number, "max": number},
            "source_chain": ["clinic"], "quote": quote, "polarity": "asserts",
            "hedge": "asserted", "attribution": "indirect", "id": f"c{number}",
        },
    )  # fmt: skip
    return str(made["id"])


def made(desk: Path, name: str, person: str, label: str) -> Case:
    case = Case.create(desk / f"case-{name}", title=name, by=person)
    add(case, [desk / name / "posts.jsonl"], by=person)
    add(case, [desk / "statement.txt"], kind="article", by=person, url="https://a.example/")
    enter(case, {"type": "event", "id": "mill", "label": label}, by=person)
    enter(case, {"type": "actor", "id": "clinic", "name": "Clinic", "kind": "office"}, by=person)
    return case


@pytest.fixture
def ours(desk: Path) -> Iterator[Case]:
    case = made(desk, "first", "ana", "Killings at the mill")
    claim(case, desk, "forty bodies", 40)
    yield case
    case.close()


@pytest.fixture
def theirs(desk: Path) -> Iterator[Case]:
    case = made(desk, "second", "ben", "The mill, 14 June")
    twelve = claim(case, desk, "twelve", 12)
    claim(case, desk, "forty bodies", 40)
    sighting = case.catalog.sightings()[0][1]
    tag(case, sighting["id"], ["trench"], by="ben")
    translate(case, "sighting", sighting, text="Beitrag", lang_to="de", translator="T", by="ben")
    record_search(case, {"where": "x.com", "query": "#mill", "at": "2014-06-15"}, by="ben")
    enter(case, {"type": "note", "subject": twelve, "text": "ask", "kind": "relevance"}, by="ben")
    judge(case, registry(), twelve, "reject", None, "the police withdrew it", by="ben")
    yield case
    case.close()


def whole(case: Case) -> None:
    """The case verifies; rebuilding changes nothing that its catalog says."""
    verdict = check(case.root)
    assert verdict["verdict"] == "ok", verdict["problems"][:3]
    before = build(case, registry())
    case.rebuild()
    after = build(case, registry())
    assert {**before, "built_at": 0} == {**after, "built_at": 0}


def test_merged_cases_verify_and_hold_one_sighting_per_post(ours: Case, theirs: Case) -> None:
    done = merge(ours, theirs.root, by="ana")
    assert done["status"] == "merged"
    sightings = [noun for _, noun, _ in ours.catalog.sightings()]
    posts = [noun["ref"] for noun in sightings if noun["platform"] == "x"]
    assert sorted(posts, key=int) == [str(number) for number in range(100)]
    # Posts 40 to 59 were met by both: two records of collection, one sighting.
    met = {n["ref"]: len(ours.catalog.collected(n["id"])) for n in sightings}
    assert {ref for ref, times in met.items() if times == 2} >= {str(n) for n in range(40, 60)}
    assert met["39"] == met["60"] == 1
    pictures = [n for n in ours.catalog.nouns("exhibit") if n.data["media_type"] == "image/png"]
    assert len(pictures) == 5
    whole(ours)


def test_who_and_when_of_the_other_ledger_are_kept(ours: Case, theirs: Case) -> None:
    merge(ours, theirs.root, by="ana")
    view = View(ours)
    ((label, at),) = view.tags
    assert (label.label, view.by(at)) == ("trench", "ben")
    (noun,) = theirs.catalog.nouns("tag")
    known, was = ours.catalog.entry(at), theirs.catalog.entry(noun.entry)
    assert known["by"] == "ana"
    assert known["from"]["origin"] == theirs.origin
    assert (known["from"]["entry"], known["from"]["by"]) == (noun.entry, "ben")
    assert known["from"]["at_ms"] == was["at_ms"]
    assert [t.text for t in view.translations] == ["Beitrag"]
    assert [s.query for s in view.searches] == ["#mill"]
    assert [n.text for n in view.notes] == ["ask"]
    assert len(view.claims) == 2  # one is in both
    report = build(ours, registry())
    assert [a["by"] for a in report["assessments"]] == ["ben"]
    rejected = [c["label"] for c in report["claims"] if c["status"] == "rejected"]
    assert rejected == ["c12"]


def test_merging_twice_adds_nothing_and_growth_adds_what_is_new(ours: Case, theirs: Case) -> None:
    merge(ours, theirs.root, by="ana")
    size = ours.ledger.size()
    assert merge(ours, theirs.root, by="ana")["status"] == "contained"
    assert ours.ledger.size() == size
    old = theirs.root.with_name("older copy")
    shutil.copytree(theirs.root, old)
    tag(theirs, "mill", ["new"], by="ben")
    done = merge(ours, theirs.root, by="ana")
    assert (done["status"], done["counts"]["entered"]) == ("merged", 1)
    # One entry, the new history, and the record of the merge.
    assert ours.ledger.size() == size + 3
    assert merge(ours, old)["status"] == "contained"  # a history that begins so was merged
    whole(ours)


def test_what_both_say_differently_is_named_and_ours_stays(ours: Case, theirs: Case) -> None:
    planned = merge(ours, theirs.root, dry_run=True)
    size = ours.ledger.size()
    done = merge(ours, theirs.root, by="ana")
    assert done["conflicts"] == planned["conflicts"]
    assert done["counts"]["entered"] == planned["counts"]["entered"]
    assert [(c["kind"], c["id"]) for c in done["conflicts"]] == [("event", "mill")]
    assert ours.ledger.size() > size
    assert View(ours).events["mill"].label == "Killings at the mill"
    versions = [n.data["label"] for n in ours.catalog.nouns("event", current=False)]
    assert versions == ["Killings at the mill", "The mill, 14 June", "Killings at the mill"]
    assert len(ours.catalog.nouns("actor", current=False)) == 1  # said the same
    # The other way round neither side loses its own version, and it ends.
    back = merge(theirs, ours.root, by="ben")
    assert View(theirs).events["mill"].label == "The mill, 14 June"
    assert [c["id"] for c in back["conflicts"]] == ["mill"]
    again = merge(ours, theirs.root, by="ana")
    assert again["conflicts"] == []
    assert View(ours).events["mill"].label == "Killings at the mill"
    for case in (ours, theirs):
        posts = [n for _, n, _ in case.catalog.sightings() if n["platform"] == "x"]
        assert len(posts) == 100
        whole(case)


def test_a_merge_never_overrules_a_judgement_made_here(
    ours: Case, theirs: Case, desk: Path
) -> None:
    twelve = claim(ours, desk, "twelve", 12)
    judge(ours, registry(), twelve, "accept", None, "we called them", by="ana")
    done = merge(ours, theirs.root, by="ana")
    assert ("assessment", twelve) in [(c["kind"], c["id"]) for c in done["conflicts"]]
    (stands,) = [c for c in build(ours, registry())["claims"] if c["label"] == "c12"]
    assert stands["status"] == "accepted"
    judge(ours, registry(), twelve, "reject", None, "they are right", by="ana")
    (stands,) = [c for c in build(ours, registry())["claims"] if c["label"] == "c12"]
    assert stands["status"] == "rejected"
    whole(ours)


def test_the_other_case_can_be_made_again_and_is_the_same(
    ours: Case, theirs: Case, desk: Path
) -> None:
    from firsthand.run import Analysis

    Analysis(View(theirs), registry(), record=True, by="ben").run()  # rows that only runs name
    merge(ours, theirs.root, by="ana")
    assert not ours.catalog.nouns("run")
    kinds = [n.data["media_type"] for n in ours.catalog.nouns("exhibit")]
    assert kinds.count(MEDIA_TYPE) == 1
    done = restore_merged(ours, theirs.origin.rpartition("/")[2], desk / "again")
    point = theirs.log.checkpoint()
    assert (done["size"], done["root"]) == (point.size, point.root.hex())
    assert (done["missing"], done["verdict"]) == ([], "ok")
    again = Case.open(desk / "again")
    assert {**build(again, registry()), "built_at": 0} == {
        **build(theirs, registry()), "built_at": 0
    }  # fmt: skip
    assert merge(ours, desk / "again")["status"] == "contained"
    for name, words in enumerate(("second", "")):
        done = restore_merged(ours, words, desk / f"again-{name}")
        assert (done["origin"], done["verdict"]) == (theirs.origin, "ok")
    whole(ours)


def test_a_case_that_came_through_another_is_taken_once(
    ours: Case, theirs: Case, desk: Path
) -> None:
    other = Case.create(desk / "case-third", title="third", by="eva")
    merge(other, theirs.root, by="eva")
    tag(other, "mill", ["third"], by="eva")
    merge(ours, other.root, by="ana")  # brings what is of ben and of eva
    size = ours.ledger.size()
    view = View(ours)
    assert {(t.label, view.by(at)) for t, at in view.tags} == {("trench", "ben"), ("third", "eva")}
    direct = merge(ours, theirs.root, by="ana")
    assert direct["counts"]["entered"] == 0
    assert ours.ledger.size() == size + 1  # that it was merged; its history came with the third
    assert restore_merged(ours, theirs.origin, desk / "again")["verdict"] == "ok"
    whole(ours)
    other.close()


def test_copies_of_one_case_that_two_people_continued_can_be_merged(
    ours: Case, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = desk / "copy"
    shutil.copytree(ours.root, copy)
    assert merge(ours, copy)["status"] == "contained"
    tag(ours, "mill", ["one"], by="ana")
    assert merge(ours, copy)["status"] == "contained"  # an older copy
    older = Case.open(copy, write=True)
    with pytest.raises(BadInput, match="older copy of the other"):
        merge(older, ours.root)
    tag(older, "mill", ["two"], by="ben")
    done = merge(ours, copy, by="ana")
    assert (done["status"], done["counts"]["entered"]) == ("merged", 1)
    assert {t.label for t, _ in View(ours).tags} == {"one", "two"}
    assert merge(ours, copy)["status"] == "contained"
    older.close()
    whole(ours)


def test_what_does_not_verify_is_refused_whole(
    ours: Case, theirs: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    size = ours.ledger.size()
    path = theirs.blobs.path(theirs.catalog.nouns("exhibit")[0].id)
    path.chmod(0o644)
    path.write_bytes(b"changed")
    with pytest.raises(VerificationFailed, match="does not verify"):
        merge(ours, theirs.root)
    assert run(["merge", str(ours.root), str(theirs.root)]) == 4
    assert run(["merge", str(ours.root), str(ours.root)]) == 2
    assert run(["merge", str(ours.root)]) == 1
    assert run(["merge", str(ours.root), "--restore", "nobody", "-o", "x"]) == 2
    assert run(["merge", str(ours.root), "--restore", "-o", "x"]) == 2
    assert "no case was merged into this one" in capsys.readouterr().err
    assert ours.ledger.size() == size


def test_an_interrupted_merge_is_continued(
    ours: Case, theirs: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    import firsthand.case.merging as merging

    monkeypatch.setattr(merging, "PART_ENTRIES", 3)
    stops = len(list(theirs.ledger.entries()))
    for after in range(2, stops, 5):

        def tick(done: int, total: int | None, what: str, after: int = after) -> None:
            if done == after:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            merge(ours, theirs.root, by="ana", tick=tick)
        assert check(ours.root)["verdict"] == "ok"
    done = merge(ours, theirs.root, by="ana")
    assert done["status"] == "merged"
    places = [(s["origin"], s["root"]) for s in ours.catalog.merged().values()]
    assert len(places) == len(set(places))
    posts = [n for _, n, _ in ours.catalog.sightings() if n["platform"] == "x"]
    assert len(posts) == 100
    assert View(ours).events["mill"].label == "Killings at the mill"
    whole(ours)


def test_an_entry_whose_object_the_disk_does_not_give_is_not_left_out(
    ours: Case, theirs: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Files.fetch

    def fetch(self: Files, path: Path) -> bytes:
        if path.is_relative_to(theirs.root / "objects"):
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return real(self, path)

    with monkeypatch.context() as patch, pytest.raises(StorageFailed, match="Input/output error"):
        patch.setattr(Files, "fetch", fetch)
        merge(ours, theirs.root, by="ana")
    assert merge(ours, theirs.root, by="ana")["status"] == "merged"
    whole(ours)


def test_the_command_tells_what_came_of_it(
    ours: Case, theirs: Case, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = [str(ours.root), str(theirs.root)]
    size = ours.ledger.size()
    assert run(["merge", *both, "--dry-run"]) == 0
    assert "conflict: event mill" in capsys.readouterr().out
    assert ours.ledger.size() == size
    assert run(["merge", *both, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["origin"] == theirs.origin
    assert run(["merge", *both]) == 0
    assert "already contained" in capsys.readouterr().out
    again = ["--restore", theirs.origin, "-o", str(desk / "again")]
    assert run(["merge", str(ours.root), *again]) == 0
    assert "verified: ok" in capsys.readouterr().out
    assert run(["merge", str(ours.root), *again]) == 2  # the folder is not empty
