"""Bundles by profile: what goes in, what stays in, and what plain tools say of them."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from firsthand.case import Case
from firsthand.case.custody.letting_out import seal, seals
from firsthand.cli.main import run
from firsthand.collect import add, enter
from firsthand.model.errors import BadInput
from firsthand.model.values import digest_bytes
from firsthand.model.vocabulary import Release
from firsthand.report.bundle.encryption import recipients_of
from firsthand.report.bundle.giving import give
from firsthand.report.bundle.public_schema import validate
from firsthand.report.bundle.releasing import release
from firsthand.report.checking import check
from firsthand.report.registry import registry

TEXT = "A doctor called Zubayda said that 12 bodies were brought in."
POSTS = [
    {"id": "100001", "platform": "telegram", "user": "quietchannel", "t": 1714813200,
     "text": "Seen at the quarry gate", "title": "Gate"},
    {"id": "100002", "platform": "telegram", "user": "otherchannel", "t": 1714813300,
     "text": "Another thing altogether"},
]  # fmt: skip


def photo() -> bytes:
    sink = io.BytesIO()
    exif = Image.Exif()
    exif[0x013B] = "Secret Artist"
    Image.radial_gradient("L").convert("RGB").save(sink, "JPEG", exif=exif)
    return sink.getvalue()


PHOTO = digest_bytes(photo())


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))
    made = Case.create(tmp_path / "case", title="Quarry", by="tester")
    inbox = tmp_path / "inbox"
    (inbox / "pictures").mkdir(parents=True)
    (inbox / "pictures" / "gate.jpg").write_bytes(photo())
    (inbox / "news.txt").write_text(TEXT)
    (inbox / "posts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in POSTS))
    add(made, [inbox / "pictures"], kind="folder", by="tester")
    add(made, [inbox / "posts.jsonl"], kind="posts", by="tester")
    add(made, [inbox / "news.txt"], kind="article", by="tester")
    enter(made, {"type": "event", "id": "quarry", "label": "The quarry"}, by="tester")
    enter(
        made, {"type": "actor", "id": "zubayda", "name": "Zubayda", "kind": "person"}, by="tester"
    )
    enter(
        made,
        {
            "type": "claim", "id": "bodies", "doc": str(inbox / "news.txt"), "question": "count",
            "event": "quarry", "value": {"kind": "bodies", "min": 12, "max": 12},
            "polarity": "asserts", "hedge": "asserted", "attribution": "indirect",
            "source_chain": ["zubayda"], "quote": "12 bodies were brought in", "basis": "report",
        },
        by="tester",
    )  # fmt: skip
    yield made
    made.close()


def bundle(case: Case, tmp_path: Path, profile: str, name: str = "b", **more: Any) -> Path:
    """Write a bundle and return the folder that it unpacks to."""
    target = tmp_path / f"{name}.zip"
    give(case, target, registry(), profile=profile, by="tester", **more)
    out = tmp_path / f"{name}-unpacked"
    with zipfile.ZipFile(target) as archive:
        archive.extractall(out)
    verdict = check(target)
    assert verdict["verdict"] == "ok", verdict["problems"]
    return next(out.iterdir())


def everything(folder: Path) -> bytes:
    return b"\n".join(p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file())


@pytest.mark.parametrize("profile", ["full", "court", "public"])
def test_other_tools_accept_every_profile(case: Case, tmp_path: Path, profile: str) -> None:
    seal(case, PHOTO, why="a face", by="tester")
    top = bundle(case, tmp_path, profile)
    # RFC 8493 as its reference implementation reads it, and GNU coreutils.
    bagit = [sys.executable, "-m", "bagit", "--validate", str(top)]
    assert subprocess.run(bagit, capture_output=True, check=False).returncode == 0
    for listed in ("SHA256SUMS", "manifest-sha256.txt", "tagmanifest-sha256.txt"):
        command = ["sha256sum", "--strict", "--quiet", "-c", listed]
        done = subprocess.run(command, cwd=top, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
    listed_there = {line[66:] for line in (top / "SHA256SUMS").read_text().splitlines()}
    files = {p.relative_to(top).as_posix() for p in top.rglob("*") if p.is_file()}
    assert files - listed_there == {"SHA256SUMS", "SHA256SUMS.note", "tagmanifest-sha256.txt"}
    alone = [sys.executable, "-I", str(top / "verify.py"), str(top)]
    assert subprocess.run(alone, capture_output=True, check=False, cwd="/").returncode == 0


def test_a_seal_keeps_in_all_that_mentions_it(case: Case, tmp_path: Path) -> None:
    seal(case, PHOTO, why="a face", by="tester")
    top = bundle(case, tmp_path, "court")
    data = everything(top)
    assert PHOTO.removeprefix("sha256:").encode() not in data
    assert b"gate.jpg" not in data and b"a face" not in data and b"Secret Artist" not in data
    assert b"12 bodies were brought in" in data  # what was not sealed is there
    report = json.loads((top / "data" / "report" / "report.json").read_text())
    assert report["ledger"]["sealed"] == 1
    assert report["exhibits"] and PHOTO not in {each["id"] for each in report["exhibits"]}
    withheld = json.loads((top / "data" / "withheld.json").read_text())
    assert withheld == sorted(each["entry"] for each in report["ledger"]["withheld"])
    whole = bundle(case, tmp_path, "full", "whole")
    assert (whole / "data" / "objects" / "sha256" / PHOTO[7:9] / PHOTO[9:11] / PHOTO[7:]).is_file()


def test_a_sealed_post_takes_its_table_and_file_along(case: Case, tmp_path: Path) -> None:
    post = next(n["id"] for _, n, _ in case.catalog.sightings() if n["ref"] == "100001")
    seal(case, post, why="a source", by="tester")
    data = everything(bundle(case, tmp_path, "court"))
    assert b"quarry gate" not in data and b"100001" not in data
    assert b"Another thing altogether" not in data  # in the same table, which stays in as a whole


def test_a_sealed_actor_is_in_no_table_either(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"type": "actor", "id": "nightowl", "name": "Owl", "kind": "person"}
    listed = tmp_path / "claims.jsonl"
    listed.write_text(json.dumps(row) + "\n")
    add(case, [listed], kind="claims", by="tester")  # its outcome has the bare id in a cell
    seal(case, "actor:nightowl", why="in danger", by="tester")
    top = bundle(case, tmp_path, "court")
    hidden = pyarrow_text(top)
    assert "nightowl" not in hidden and b"nightowl" not in everything(top)
    monkeypatch.setattr("firsthand.report.bundle.sealed.layers", lambda data: [data])
    assert "nightowl" in pyarrow_text(bundle(case, tmp_path, "court", "blind"))


def pyarrow_text(top: Path) -> str:
    """Return all cells of all tables of an unpacked bundle."""
    import pyarrow.parquet as pq

    tables = [p for p in (top / "data" / "objects").rglob("*") if p.is_file()]
    tables = [p for p in tables if p.read_bytes().startswith(b"PAR1")]
    return "".join(json.dumps(pq.read_table(path).to_pylist()) for path in tables)


def test_a_lifted_seal_keeps_nothing_in(case: Case, tmp_path: Path) -> None:
    assert seal(case, PHOTO, why="a face", by="tester") is not None
    assert seal(case, PHOTO, why="again", by="tester") is None  # it is so already
    assert seal(case, PHOTO, why="agreed", lift=True, by="tester") is not None
    assert seals(case) == {}
    top = bundle(case, tmp_path, "court")
    assert not (top / "data" / "withheld.json").exists()
    assert PHOTO.removeprefix("sha256:").encode() in everything(top)


def test_a_public_bundle_has_answers_and_no_words(case: Case, tmp_path: Path) -> None:
    data = everything(bundle(case, tmp_path, "public"))
    for word in ("Quarry", "Zubayda", "brought in", "quietchannel", "gate.jpg", "tester", "Gate"):
        assert word.encode() not in data
    report = json.loads((tmp_path / "b-unpacked").rglob("report.json").__next__().read_text())
    validate(report)
    event = report["events"][0]
    position = event["questions"]["how_many"]["positions"]
    found = event["questions"]["how_many"]["groups"] or position
    assert "12" in json.dumps(found)
    claim = case.catalog.nouns("claim")[0]
    assert (
        claim.entry
        in json.loads(json.dumps(event["questions"]["how_many"]["positions"]))[0]["claims"]
    )
    assert report["counts"]["exhibits"]["image"] == 1
    assert report["released"] == {"quotes": [], "names": [], "texts": [], "titles": [], "media": []}


def test_what_is_released_leaves_and_nothing_beside_it(case: Case, tmp_path: Path) -> None:
    release(case, "bodies", Release.QUOTE, why="published", by="tester")
    release(case, PHOTO, Release.MEDIUM, why="no face", by="tester")
    release(case, "100001", Release.TITLE, why="known", by="tester")
    top = bundle(case, tmp_path, "public")
    report = json.loads((top / "data" / "report" / "report.json").read_text())
    assert [each["quote"] for each in report["released"]["quotes"]] == ["12 bodies were brought in"]
    assert [each["title"] for each in report["released"]["titles"]] == ["Gate"]
    data = everything(top)
    assert b"Zubayda" not in data and b"quarry gate" not in data and b"Secret Artist" not in data
    assert PHOTO.removeprefix("sha256:").encode() not in data
    copy = top / "data" / report["released"]["media"][0]["path"]
    with Image.open(copy) as shown, Image.open(io.BytesIO(photo())) as original:
        assert shown.size == original.size and not shown.getexif() and "comment" not in shown.info
        assert shown.getpixel((0, 0)) != shown.getpixel((128, 128))  # it still shows something
    release(case, "bodies", Release.QUOTE, why="a mistake", withdraw=True, by="tester")
    later = everything(bundle(case, tmp_path, "public", "later"))
    assert b"brought in" not in later


def test_what_is_sealed_stays_in_even_if_released(case: Case, tmp_path: Path) -> None:
    release(case, "bodies", Release.QUOTE, why="published", by="tester")
    seal(case, case.catalog.nouns("claim")[0].id, why="doubts", by="tester")
    assert b"brought in" not in everything(bundle(case, tmp_path, "public"))


def test_what_cannot_be_released(case: Case) -> None:
    with pytest.raises(BadInput, match="no quote to release"):
        release(case, PHOTO, Release.QUOTE, why="x", by="tester")
    text = next(n.id for n in case.catalog.nouns("exhibit") if n.data["media_type"] == "text/plain")
    with pytest.raises(BadInput, match="cannot be released"):
        release(case, text, Release.MEDIUM, why="x", by="tester")
    with pytest.raises(BadInput, match="reason is missing"):
        release(case, "bodies", Release.QUOTE, why="  ", by="tester")
    assert case.catalog.nouns("release") == []


def test_the_export_is_on_record(case: Case, tmp_path: Path) -> None:
    before = case.ledger.size()
    done = give(case, tmp_path / "x.zip", registry(), profile="court", to=["Court clerk"], by="A")
    noun = case.catalog.nouns("export")[-1]
    assert noun.data["profile"] == "court" and noun.data["to"] == ["Court clerk"]
    assert noun.data["sha256sums"] == done["sha256sums"]
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert digest_bytes(archive.read("x/SHA256SUMS")) == done["sha256sums"]
    assert (case.catalog.entry(noun.entry) or {})["by"] == "A"
    assert case.ledger.size() == before + 2  # the export key at first use, and the export


def test_equal_cases_give_equal_bundles(case: Case, tmp_path: Path) -> None:
    give(case, tmp_path / "first.zip", registry(), profile="public", by="tester")
    copy = Path(shutil.copytree(case.root, tmp_path / "copy"))
    sums = []
    for root, name in ((case.root, "a"), (copy, "b")):
        opened = Case.open(root, write=True, fresh=True)
        sums.append(give(opened, tmp_path / f"{name}.zip", registry(), profile="public", by="t"))
        opened.close()
    assert sums[0]["sha256sums"] == sums[1]["sha256sums"]
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


@pytest.mark.skipif(shutil.which("age") is None, reason="age is not installed")
def test_debian_age_opens_what_was_encrypted(case: Case, tmp_path: Path) -> None:
    identity = tmp_path / "identity"
    made = subprocess.run(
        ["age-keygen", "-o", identity], capture_output=True, text=True, check=True
    )
    ssh = tmp_path / "ssh"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", ssh], check=True)
    listed = tmp_path / "recipients"
    listed.write_text("# two people\n" + made.stderr.split()[-1] + "\n")
    keys = recipients_of([str(listed), ssh.with_suffix(".pub").read_text()])
    target = tmp_path / "x.zip.age"
    give(case, target, registry(), recipients=keys, by="tester")
    assert target.stat().st_mode & 0o077 == 0
    with pytest.raises(BadInput) as raised:
        check(target)
    assert "age -d" in raised.value.hint
    for key in (identity, ssh):
        plain = tmp_path / f"{key.name}.zip"
        subprocess.run(["age", "-d", "-i", key, "-o", plain, target], check=True)
        assert check(plain)["verdict"] == "ok"
    assert [p.name for p in tmp_path.glob(".*")] == []  # no plain zip was left beside it


def test_bad_recipients_are_refused(tmp_path: Path) -> None:
    secret = "AGE-SECRET-KEY-" + "1" * 59
    keys = tmp_path / "keys"
    keys.write_text(secret)
    for wrong in ("age1notakey", "ssh-rsa nothing", str(tmp_path / "gone"), str(keys)):
        with pytest.raises(BadInput) as raised:
            recipients_of([wrong])
        assert secret not in str(raised.value) + str(raised.value.why)


def test_a_person_signs_the_list_of_files(case: Case, tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    top = bundle(case, tmp_path, "full", person_key=key)
    allowed = tmp_path / "allowed"
    allowed.write_text("clerk " + key.with_suffix(".pub").read_text())
    command = ["ssh-keygen", "-Y", "verify", "-f", allowed, "-I", "clerk", "-n", "firsthand-export",
               "-s", top / "SHA256SUMS.sig"]  # fmt: skip
    with (top / "SHA256SUMS").open("rb") as sums:
        done = subprocess.run(command, stdin=sums, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_commands_say_what_leaves(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = str(case.root)
    assert run(["release", root, "bodies", "--what", "quote", "--why", "published", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["new"] is True
    assert run(["seal", root, "100002", "--why", "a source"]) == 0
    capsys.readouterr()
    size = Case.open(case.root).ledger.size()
    assert run(["export", root, "--profile", "public", "--dry-run", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [(each["what"], each["why"]) for each in said["leaves"]] == [("quote", "published")]
    assert Case.open(case.root).ledger.size() == size
    assert run(["export", root, "--profile", "public"]) == 1  # no name for the file
    assert run(["seal", root, "100002"]) == 1  # no reason
    assert run(["seal", root]) == 0 and run(["release", root]) == 0
    assert "a source" in (out := capsys.readouterr().out) and "published" in out
    target = tmp_path / "made.zip"
    assert run(["export", root, "--profile", "public", "-o", str(target)]) == 0
    assert "leaves: quote" in capsys.readouterr().out and target.is_file()


def test_nothing_is_left_when_it_fails(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("firsthand.report.bundle.write.sign_note", fail)
    before = set(tmp_path.iterdir())
    with pytest.raises(BadInput):
        give(case, tmp_path / "x.zip", registry(), by="tester")
    assert set(tmp_path.iterdir()) == before
    assert case.catalog.nouns("export") == []
