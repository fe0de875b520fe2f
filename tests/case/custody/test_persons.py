"""Persons sign checkpoints; Debian's ssh-keygen signs, and judges what is kept."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from firsthand.case import Case
from firsthand.case.custody.keys import revoke
from firsthand.case.custody.persons import (
    NAMESPACE,
    add_person,
    checkpoint_bytes,
    sign_here,
    take_signature,
)
from firsthand.case.custody.sshkeygen import ssh_sign
from firsthand.case.custody.standing import find, standings
from firsthand.cli.main import run
from firsthand.model.custody import KeyRecord
from firsthand.model.errors import BadInput, NotFound, VerificationFailed
from firsthand.model.nouns import content_id
from firsthand.model.vocabulary import KeyRole, KeyState
from firsthand.tlog import Note, Signer
from firsthand.tlog.cosignature import WitnessSigner
from firsthand.tlog.sshkeys import PublicKey

pytestmark = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="no ssh-keygen (openssh-client)"
)


def make_key(folder: Path, name: str = "anna", *kind: str) -> Path:
    path = folder / name
    options = kind or ("-t", "ed25519")
    command = ["ssh-keygen", "-q", *options, "-N", "", "-C", f"{name}@secret-laptop"]
    subprocess.run([*command, "-f", str(path)], check=True)
    return path


def public(key: Path) -> PublicKey:
    return PublicKey.parse(key.with_name(key.name + ".pub").read_text())


def ssh_keygen_agrees(folder: Path, person: PublicKey, signature: Path, data: bytes) -> bool:
    (folder / "allowed_signers").write_text(f"anna {person}\n")
    command = ["ssh-keygen", "-Y", "verify", "-f", str(folder / "allowed_signers"), "-I", "anna"]
    command += ["-n", "firsthand-checkpoint", "-s", str(signature)]
    return subprocess.run(command, input=data, capture_output=True).returncode == 0


def sign_elsewhere(key: Path, file: Path, namespace: str = NAMESPACE) -> Path:
    """Do by hand what the command tells the person to do."""
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", str(key), str(file)]
    subprocess.run(command, check=True, capture_output=True)
    return file.with_name(file.name + ".sig")


def grow(case: Case, number: int) -> None:
    with case.batch(by="t") as batch:
        for each in range(number):
            batch.noun("note", {"id": f"note-{case.ledger.size()}-{each}", "text": "x"})


def persons(case: Case) -> list[tuple[str, int | None]]:
    return [(e.name, e.valid_to) for e in standings(case) if e.role is KeyRole.PERSON]


def test_a_signature_is_an_entry_and_a_copy_that_ssh_keygen_accepts(
    case: Case, tmp_path: Path
) -> None:
    key = make_key(tmp_path)
    data = checkpoint_bytes(case)
    noun = sign_here(case, key, person="Anna Name", by="tester")
    assert (noun.person, noun.size) == ("Anna Name", 1)
    assert case.blobs.get(noun.checkpoint) == data
    copies = case.root / "stamps" / "1"
    assert (copies / "checkpoint").read_bytes() == data
    assert (copies / "Anna-Name.sig").read_bytes() == case.blobs.get(noun.signature)
    assert ssh_keygen_agrees(tmp_path, public(key), copies / "Anna-Name.sig", data)
    assert persons(case) == [("Anna Name", None)]
    # Names of machines and logins are in no file of the case.
    held = b"".join(path.read_bytes() for path in case.root.rglob("*") if path.is_file())
    assert b"secret-laptop" not in held
    case.rebuild()
    assert [n.data["person"] for n in case.catalog.nouns("signature")] == ["Anna Name"]


def test_who_signs_must_be_known_or_named(case: Case, tmp_path: Path) -> None:
    key = make_key(tmp_path)
    with pytest.raises(BadInput, match="nobody is known"):
        sign_here(case, key)
    assert add_person(case, public(key), "Anna Name")
    assert not add_person(case, public(key), " Anna  Name ")
    with pytest.raises(BadInput, match="another person's"):
        add_person(case, public(key), "Boris")
    with pytest.raises(BadInput, match="another person's"):
        sign_here(case, key, person="Boris")
    assert sign_here(case, key).person == "Anna Name"
    for name in ("", "  ", "a\u202eb", "x" * 201):
        with pytest.raises(BadInput, match="no name"):
            add_person(case, public(make_key(tmp_path, f"k{len(name)}")), name)


def test_a_revoked_key_signs_what_it_counted_for_and_nothing_later(
    case: Case, tmp_path: Path
) -> None:
    key = make_key(tmp_path)
    add_person(case, public(key), "Anna")
    early = tmp_path / "early"
    early.write_bytes(checkpoint_bytes(case))
    size = case.ledger.size()
    grow(case, 3)
    revoke(case, public(key).fingerprint, valid_to=size, why="token lost")
    with pytest.raises(BadInput, match="does not count any more"):
        sign_here(case, key)
    signed = sign_elsewhere(key, early)
    assert take_signature(case, early.read_bytes(), signed.read_bytes()).size == size
    # Entered once more, by whoever found it again, it counts from here on.
    assert add_person(case, public(key), "Anna")
    assert sign_here(case, key).person == "Anna"


def test_a_person_elsewhere_signs_an_older_state(case: Case, tmp_path: Path) -> None:
    key = make_key(tmp_path, "boris", "-t", "ecdsa")
    root = str(case.root)
    request = tmp_path / "to-sign"
    assert run(["sign", root, "--request", "-o", str(request)]) == 0
    grow(case, 300)
    signed = sign_elsewhere(key, request)
    mailed = tmp_path / "to-sign.mail.sig"
    mailed.write_bytes(signed.read_bytes().replace(b"\n", b"\r\n"))
    shutil.copy(request, tmp_path / "to-sign.mail")
    args = ["sign", root, "--take", str(mailed), "--public", f"{key}.pub", "--person", "Boris"]
    assert run(args) == 0
    copies = case.root / "stamps" / "1"
    assert ssh_keygen_agrees(tmp_path, public(key), copies / "Boris.sig", request.read_bytes())


def test_what_was_not_signed_for_this_log_is_refused(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make_key(tmp_path)
    data = checkpoint_bytes(case)
    place = tmp_path / "c"
    place.write_bytes(data)
    good = sign_elsewhere(key, place).read_bytes()
    size = case.ledger.size()

    def refused(kind: type[Exception], checkpoint: bytes, signature: bytes, **more: object) -> None:
        with pytest.raises(kind):
            take_signature(case, checkpoint, signature, person="Anna", **more)  # type: ignore[arg-type]

    other = Case.create(tmp_path / "other")
    theirs = checkpoint_bytes(other)
    place.write_bytes(theirs)
    place.with_name("c.sig").unlink()
    refused(VerificationFailed, theirs, sign_elsewhere(key, place).read_bytes())  # another log
    refused(VerificationFailed, theirs, good)  # a signature over something else
    refused(VerificationFailed, data, good, public=public(make_key(tmp_path, "x")))
    place.write_bytes(data)
    place.with_name("c.sig").unlink()
    refused(VerificationFailed, data, sign_elsewhere(key, place, "file").read_bytes())
    more = bytes(Note.parse(data).signed_by(Signer.generate("witness")))
    place.write_bytes(more)
    place.with_name("c.sig").unlink()
    refused(BadInput, more, sign_elsewhere(key, place).read_bytes())
    # Another history of the same log, with its own key: a copy that went on by itself.
    shutil.copytree(case.root, tmp_path / "fork")
    fork = Case.open(tmp_path / "fork", write=True)
    grow(fork, 2)
    grow(case, 5)
    place.write_bytes(checkpoint_bytes(fork))
    place.with_name("c.sig").unlink()
    refused(VerificationFailed, place.read_bytes(), sign_elsewhere(key, place).read_bytes())
    assert case.ledger.size() == size + 5
    assert persons(case) == []
    assert not (case.root / "stamps").exists() or not list((case.root / "stamps").iterdir())
    other.close()
    fork.close()


def test_ssh_keygen_says_why_it_did_not_sign(case: Case, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no key"):
        sign_here(case, tmp_path / "none")
    wrong = tmp_path / "wrong"
    wrong.write_text("not a key\n")
    wrong.chmod(0o600)
    with pytest.raises(BadInput, match=r"did not sign: .*wrong"):
        sign_here(case, wrong)


def test_two_persons_of_one_name_are_told_apart_by_their_keys(case: Case, tmp_path: Path) -> None:
    first, second = make_key(tmp_path, "one"), make_key(tmp_path, "two")
    assert add_person(case, public(first), "Anna")
    assert add_person(case, public(second), "Anna")
    with pytest.raises(NotFound, match="2 keys fit"):
        find(case, "Anna")
    line = second.with_name("two.pub").read_text().strip()  # with its comment
    for text in (public(second).fingerprint, public(second).fingerprint[:20], line):
        assert find(case, text).key == str(public(second))
    sign_here(case, first)
    sign_here(case, second)
    names = sorted(path.name for path in (case.root / "stamps").rglob("*.sig"))
    assert names == ["Anna.sig", "Anna.sig"]  # of two sizes


def test_key_list_shows_everything_once(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = make_key(tmp_path)
    root = str(case.root)
    assert run(["key", "add", root, f"{key}.pub", "--person", "Anna"]) == 0
    assert run(["key", "revoke", root, "Anna", "--valid-to", "2", "--why", "left"]) == 0
    assert run(["key", "rotate", root, "--export", "--why", "first"]) == 0
    capsys.readouterr()
    assert run(["key", "list", root, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(r["role"], r["state"], r["private"]) for r in rows] == [
        ("log", "added", "plain"),
        ("export", "added", "plain"),
        ("person", "revoked", None),
    ]
    assert run(["key", "list", root]) == 0
    shown = capsys.readouterr().out
    assert "Anna: from 0 entries up to 2 (revoked)" in shown
    assert "PRIVATE" not in shown


def test_ssh_keygen_learns_no_passphrase_of_firsthand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, told = make_key(tmp_path), tmp_path / "told"
    real = shutil.which("ssh-keygen")
    programs = tmp_path / "bin"
    programs.mkdir()
    spy = programs / "ssh-keygen"
    spy.write_text(f'#!/bin/sh\nenv > "{told}"\nexec {real} "$@"\n')
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("FIRSTHAND_PASSPHRASE", "a heron over the mill")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/nowhere")
    ssh_sign(b"data", key, NAMESPACE)
    lines = told.read_text().splitlines()
    assert "SSH_AUTH_SOCK=/nowhere" in lines
    assert not any(line.startswith("FIRSTHAND_") for line in lines)


def test_a_witness_key_as_an_entry_is_read_as_one(case: Case) -> None:
    vkey = str(WitnessSigner.generate("clerk.example/w").key)
    record = KeyRecord(
        id="", role=KeyRole.WITNESS, state=KeyState.ADDED, name="clerk", key=vkey, valid_from=0
    )
    with case.batch() as batch:
        record = dataclasses.replace(record, id=content_id("key", record))
        batch.noun("key", record, objects=[])
    assert find(case, vkey).name == "clerk"
