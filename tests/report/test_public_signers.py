"""What others signed in a public bundle: it can be checked, and whoever is named in it is listed.

Tokens are by ``openssl ts`` and judged by all readers, as in daily work: openssl calls its version
``OpenSSL 3.0.13 30 Jan 2024 (Library: …)``.
"""

from __future__ import annotations

import hashlib
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.case.custody import witnessing
from firsthand.case.custody.authorities import set_authority
from firsthand.case.custody.policy import set_policy
from firsthand.case.custody.stamp_records import open_requests
from firsthand.case.custody.stamping import ask, take
from firsthand.cli.main import run
from firsthand.model.vocabulary import StampKind
from firsthand.report.bundle.giving import give
from firsthand.report.bundle.public_entries import STAMP
from firsthand.report.checking import check
from firsthand.report.registry import registry
from firsthand.tlog import SignedCheckpoint
from firsthand.tlog import opentimestamps as ots
from firsthand.tlog.cosignature import WitnessSigner
from firsthand.tlog.note import Note

from .outside_material import Authority
from .outside_material import run as program

STRANGE = "Zeitstempel, von Anton"
"""A label with a comma: none that a public bundle may show."""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "one")


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))
    made = Case.create(tmp_path / "case", title="Mill", by="tester")
    yield made
    made.close()


def stamped(case: Case, authority: Authority, label: str) -> None:
    """Let an authority of a policy stamp the case, by openssl."""
    roots = authority.root.read_bytes()
    url = "https://tsa.example/secret-path"
    set_authority(case, label, StampKind.RFC3161, url=url, roots=roots, why="of little cost")
    ask(case)
    [asked] = open_requests(case)
    assert asked.stamp.request is not None
    (authority.folder / "q").write_bytes(case.blobs.get(asked.stamp.request))
    program("openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q", "-signer",
            "tsa.pem", "-inkey", "tsa.key", "-out", "r", cwd=authority.folder)  # fmt: skip
    assert take(case, asked, (authority.folder / "r").read_bytes()).state == "received"


def promised(case: Case) -> None:
    """Let a calendar promise a block."""
    set_authority(case, "Calendar", StampKind.OPENTIMESTAMPS, url="https://other.example")
    ask(case)
    [asked] = open_requests(case)
    proof = ots.Timestamp(hashlib.sha256(case.blobs.get(asked.stamp.checkpoint)).digest())
    proof.attestations.add(ots.pending_attestation("https://calendar.example"))
    assert take(case, asked, ots.write_proof(proof)).state == "received"


def public(case: Case, tmp_path: Path) -> tuple[Path, list[Any]]:
    """Give a public bundle; return it, and what the command listed."""
    listed: list[Any] = []
    target = tmp_path / "public.zip"
    give(case, target, registry(), profile="public", show=lambda plan: listed.extend(plan.leaves))
    return target, listed


def everything(bundle: Path) -> bytes:
    with zipfile.ZipFile(bundle) as archive:
        return b"\n".join(name.encode() + archive.read(name) for name in archive.namelist())


def test_a_stranger_can_check_the_stamps_and_cosignatures(
    case: Case, authority: Authority, tmp_path: Path
) -> None:
    stamped(case, authority, "Stamps Ltd")
    stamps_size = case.ledger.size()
    witness = WitnessSigner.generate("clerk.example/w")
    set_policy(case, add_witnesses=[str(witness.key)], quorum=1, why="a neighbour")
    size = case.ledger.size()
    note = SignedCheckpoint.parse((case.root / "log" / "checkpoint").read_bytes()).note
    line = witness.cosign(note, int(time.time()))
    witnessing.take(case, bytes(Note(note.text, (*note.signatures, line))))
    bundle, listed = public(case, tmp_path)
    found = check(bundle, trust=[authority.root])
    assert found["verdict"] == "ok"
    # The request came with the policy before it: the token is about what the log was then.
    assert 0 < found["covered_to"]["size"] < stamps_size
    keys = tmp_path / "witnesses.txt"
    keys.write_text(f"{witness.key}\n")
    assert check(bundle, trust=[keys])["covered_to"]["size"] == size
    names = {(each["what"], each["subject"]) for each in listed}
    assert names == {("name", "Stamps Ltd"), ("name", str(witness.key))}
    data = everything(bundle)
    hidden = (b"secret-path", b"of little cost", b"a neighbour", b"tester")
    assert not [words for words in hidden if words in data]


def test_a_label_that_cannot_be_listed_stays_in_with_its_token(
    case: Case, authority: Authority, tmp_path: Path
) -> None:
    stamped(case, authority, STRANGE)
    [copy] = (case.root / "stamps").rglob("*.tsr")
    assert "Anton" in copy.name  # so that the name of the file would tell
    bundle, listed = public(case, tmp_path)
    assert check(bundle)["verdict"] == "ok" and listed == []
    assert b"Anton" not in everything(bundle)


def test_the_calendar_in_a_proof_is_listed(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    promised(case)
    bundle, listed = public(case, tmp_path)
    names = {(each["what"], each["subject"]) for each in listed}
    assert names == {("name", "Calendar"), ("address", "https://calendar.example")}
    assert b"calendar.example" in (data := everything(bundle)) and b"other.example" not in data
    assert check(bundle)["verdict"] == "ok"
    assert run(["export", str(case.root), "--profile", "public", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "leaves: address of https://calendar.example: " in said and "None" not in said
    assert run(["export", str(case.root), "--profile", "public", "--dry-run", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["leaves"]) == 2


@pytest.mark.parametrize(
    ("field", "value", "leaves"),
    [
        ("why", "refused by openssl, accepted by rfc3161-client", True),
        ("why", "promised by https://a.example, https://b.example", True),
        ("why", "refused by openssl, accepted by Anton", False),
        ("why", "promised by https://a.example for Anton", False),
        ("readers", [{"reader": "openssl", "version": "", "verdict": "not_run",
                      "why": "not installed"}], True),
        ("readers", [{"reader": "openssl", "version": "OpenSSL 3.0.13 30 Jan 2024 (Library: "
                      "OpenSSL 3.0.13 30 Jan 2024)", "verdict": "accepted"}], True),
        ("readers", [{"reader": "openssl", "version": "3", "verdict": "refused",
                      "why": "Anton was here"}], False),
    ],
)  # fmt: skip
def test_only_what_firsthand_itself_says_of_a_token_leaves(
    field: str, value: Any, leaves: bool
) -> None:
    assert STAMP[field](value) is leaves
