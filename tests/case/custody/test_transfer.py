"""Hand-overs: both sides sign, ssh-keygen alone can check it, hostile papers are refused."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firsthand.case import Case
from firsthand.case.custody.transfer import read_document
from firsthand.cli.main import run
from firsthand.model import canonical
from firsthand.model.errors import BadInput, VerificationFailed

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="no ssh-keygen (openssh-client)"
)


def make_key(folder: Path, name: str, kind: str = "ed25519") -> Path:
    command = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", f"{name}@laptop"]
    subprocess.run([*command, "-f", str(folder / name)], check=True)
    return folder / name


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a case, its bundle, two keys, an offer and an acceptance."""
    folder = tmp_path_factory.mktemp("desk")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRSTHAND_HOME", str(folder / "home"))
        case = Case.create(folder / "mill", title="T", by="t")
        with case.batch(by="t") as batch:
            batch.noun("event", {"id": "e1", "label": "E"})
        case.close()
        anna, boris = make_key(folder, "anna"), make_key(folder, "boris", "ecdsa")
        bundle = ["export", str(folder / "mill"), "-o", str(folder / "mill.zip")]
        assert run([*bundle, "--profile", "full"]) == 0
        offer = ["transfer", "offer", str(folder / "mill"), str(folder / "mill.zip")]
        offer += ["--from", "Anna Name", "--to", "Boris Name", "--purpose", "a hearing"]
        assert run([*offer, "--key", str(anna), "-o", str(folder / "transfer.json")]) == 0
        # The receiver's machine has no case and no key of ours.
        patch.setenv("FIRSTHAND_HOME", str(folder / "home of the receiver"))
        accept = ["transfer", "accept", str(folder / "transfer.json"), str(folder / "mill.zip")]
        accept += ["--key", str(boris), "--name", "Boris Name"]
        assert run([*accept, "-o", str(folder / "accepted.json")]) == 0
    return folder


@pytest.fixture
def work(desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the desk that a test may change."""
    shutil.copytree(desk, tmp_path / "work")
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "work" / "home"))
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def test_both_acts_are_entries_with_the_document(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["key", "add", "mill", "anna.pub", "--person", "Anna Name"]) == 0
    capsys.readouterr()
    assert run(["transfer", "record", "mill", "accepted.json", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["giver"]["known_as"] == "Anna Name"
    assert said["receiver"]["known_as"] is None
    assert run(["transfer", "record", "mill", "accepted.json"]) == 0
    assert "is no key of the receiver" in capsys.readouterr().out
    case = Case.open(work / "mill")
    nouns = [noun.data for noun in case.catalog.nouns("transfer")]
    assert [noun["state"] for noun in nouns] == ["offered", "accepted"]
    digest = hashlib.sha256((work / "mill.zip").read_bytes()).hexdigest()
    for noun, name in zip(nouns, ("transfer.json", "accepted.json"), strict=True):
        assert (noun["giver"], noun["receiver"]) == ("Anna Name", "Boris Name")
        assert (noun["bundle"], noun["purpose"]) == (f"sha256:{digest}", "a hearing")
        assert case.blobs.get(noun["document"]) == (work / name).read_bytes()
    case.close()


def fence(mark: str) -> str:
    page = (ROOT / "docs" / "howto" / "transfer.md").read_text(encoding="utf-8")
    found = re.search(rf"<!-- {mark} -->\n```sh\n(.*?)```", page, re.S)
    assert found is not None
    return found[1]


def test_a_stranger_checks_both_signatures_with_ssh_keygen_alone(work: Path) -> None:
    """The block of docs/howto/transfer.md, run as it stands, in a folder without firsthand."""
    place = work / "stranger"
    place.mkdir()
    for name in ("accepted.json", "mill.zip"):
        shutil.copy(work / name, place)
    for name in ("anna", "boris"):
        shutil.copy(work / f"{name}.pub", place)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(place)}
    script = fence("run: without firsthand")
    done = subprocess.run(
        ["bash", "-e", "-c", script], cwd=place, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count('Good "firsthand-transfer" signature for') == 2
    offer = (place / "offer.txt").read_text()
    assert "giver: Anna Name\nreceiver: Boris Name\n" in offer
    digest = hashlib.sha256((place / "mill.zip").read_bytes()).hexdigest()
    assert f"bundle sha256: {digest}\n" in offer
    # And the foreign program refuses what was changed.
    (place / "offer.txt").write_text(offer.replace("a hearing", "my archive"))
    check = "ssh-keygen -Y check-novalidate -n firsthand-transfer -s offer.sig < offer.txt"
    assert subprocess.run(["bash", "-c", check], cwd=place, capture_output=True).returncode != 0


def test_unpacked_parts_are_what_ssh_keygen_takes(work: Path) -> None:
    assert run(["transfer", "check", "accepted.json", "mill.zip", "--unpack", "parts"]) == 0
    for name, signer in (("offer", "giver"), ("acceptance", "receiver")):
        command = ["ssh-keygen", "-Y", "verify", "-f", f"parts/{signer}.allowed", "-I", signer]
        command += ["-n", "firsthand-transfer", "-s", f"parts/{name}.sig"]
        text = (work / "parts" / f"{name}.txt").read_bytes()
        subprocess.run(command, input=text, check=True, capture_output=True)


def test_a_wrong_bundle_name_key_or_time_is_refused_before_anything_is_signed(work: Path) -> None:
    accept = ["transfer", "accept", "transfer.json", "mill.zip", "--key", "boris", "-o", "x.json"]
    assert run([*accept, "--name", "Someone Else"]) == 2
    assert run([a.replace("boris", "anna") for a in accept]) == 4  # one key for both sides
    assert run([a.replace("transfer.json", "accepted.json") for a in accept]) == 2
    bundle = bytearray((work / "mill.zip").read_bytes())
    bundle[len(bundle) // 2] ^= 1
    (work / "mill.zip").write_bytes(bundle)
    assert run(accept) == 4
    assert run(["transfer", "check", "accepted.json", "mill.zip"]) == 4
    again = ["transfer", "offer", "mill", "mill.zip", "--from", "A", "--to", "B", "--key", "anna"]
    assert run([*again, "-o", "x.json"]) == 4
    assert run([a.replace("mill.zip", "transfer.json") for a in accept]) in (2, 4)
    assert run([a.replace("mill.zip", "none.zip") for a in accept]) == 2
    assert not (work / "x.json").exists()


def test_another_case_and_another_history_record_nothing(work: Path) -> None:
    assert run(["new", "other"]) == 0
    assert run(["transfer", "record", "other", "accepted.json"]) == 4
    # A copy that was taken before, and went on by itself.
    shutil.copytree("mill", "fork")
    fork = Case.open(work / "fork", write=True)
    with fork.batch(by="t") as batch:
        batch.noun("event", {"id": "fork", "label": "F"})
    fork.close()
    bundle = ["export", "fork", "-o", "fork.zip", "--profile", "full"]
    assert run(bundle) == 0
    one = Case.open(work / "mill", write=True)
    for number in range(9):
        with one.batch(by="t") as batch:
            batch.noun("event", {"id": f"later{number}", "label": "L"})
    before = one.ledger.size()
    one.close()
    offer = ["transfer", "offer", "mill", "fork.zip", "--from", "A", "--to", "B", "--key", "anna"]
    assert run([*offer, "-o", "x.json"]) == 4
    assert Case.open(work / "mill").ledger.size() == before
    assert not (work / "x.json").exists()


def test_every_changed_character_of_a_document_is_refused(work: Path) -> None:
    data = (work / "accepted.json").read_bytes()
    assert read_document(data).acceptance is not None
    for place in range(len(data)):
        for other in (data[place] ^ 1, 0x20):
            if data[place] == other:
                continue
            with pytest.raises((BadInput, VerificationFailed)):
                read_document(data[:place] + bytes([other]) + data[place + 1 :])
    for place in range(0, len(data), 7):
        with pytest.raises(BadInput):
            read_document(data[:place])


def changed(change: Callable[[Any], Any]) -> Callable[[Any], bytes]:
    def make(body: Any) -> bytes:
        change(body)
        return canonical.dumps(body) + b"\n"

    return make


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda body: b"", id="empty"),
        pytest.param(lambda body: b"[" * 100_000, id="deep"),
        pytest.param(lambda body: b"\xff\xfe" * 50, id="no text"),
        pytest.param(lambda body: canonical.dumps({"a": "x" * 300_000}), id="huge"),
        pytest.param(lambda body: json.dumps(body).encode(), id="not canonical"),
        pytest.param(lambda body: canonical.dumps([body]), id="a list"),
        pytest.param(lambda body: canonical.dumps(body), id="no newline"),
        pytest.param(changed(lambda b: b.update(format="firsthand-transfer/2")), id="newer"),
        pytest.param(changed(lambda b: b.update(note="x")), id="a part too many"),
        pytest.param(changed(lambda b: b.pop("offer")), id="no offer"),
        pytest.param(changed(lambda b: b.update(offer=None)), id="offer is null"),
        pytest.param(changed(lambda b: b["offer"].pop("key")), id="no key"),
        pytest.param(changed(lambda b: b["offer"].update(text=7)), id="text is a number"),
        pytest.param(changed(lambda b: b["offer"].update(signature="")), id="no signature"),
        pytest.param(changed(lambda b: b["offer"].update(text="x\n")), id="other text"),
        pytest.param(
            changed(lambda b: b["offer"].update(key=b["acceptance"]["key"])), id="key of another"
        ),
        pytest.param(
            changed(lambda b: b.update(acceptance=dict(b["offer"]))), id="offer as acceptance"
        ),
        pytest.param(
            changed(lambda b: b["acceptance"].update(signature=b["offer"]["signature"])),
            id="signature of the other side",
        ),
    ],
)
def test_hostile_documents_get_a_clear_error(work: Path, make: Callable[[Any], bytes]) -> None:
    body = canonical.loads((work / "accepted.json").read_bytes().removesuffix(b"\n"))
    data = make(body)
    with pytest.raises((BadInput, VerificationFailed)):
        read_document(data)
    (work / "hostile.json").write_bytes(data)
    assert run(["transfer", "check", "hostile.json"]) in (2, 4)
    assert run(["transfer", "record", "mill", "hostile.json"]) in (2, 4)


def test_an_acceptance_of_another_offer_is_refused(work: Path) -> None:
    """The receiver's good signature under an earlier offer does not cover a later one."""
    offer = ["transfer", "offer", "mill", "mill.zip", "--from", "Anna Name", "--to", "Boris Name"]
    assert run([*offer, "--key", "anna", "-o", "second.json"]) == 0
    first = canonical.loads((work / "accepted.json").read_bytes().removesuffix(b"\n"))
    second = canonical.loads((work / "second.json").read_bytes().removesuffix(b"\n"))
    mixed = {**second, "acceptance": first["acceptance"]}
    with pytest.raises(VerificationFailed, match="not of this offer"):
        read_document(canonical.dumps(mixed) + b"\n")


@pytest.mark.parametrize("name", ["", "\u202egnp.exe", "a\nreceiver: b", "x" * 300])
def test_names_that_show_as_something_else_are_refused(work: Path, name: str) -> None:
    offer = ["transfer", "offer", "mill", "mill.zip", "--from", name, "--to", "B", "--key", "anna"]
    done = run([*offer, "-o", "x.json"])
    if "\n" in name:  # one line is made of it, so it cannot pass for another line
        assert done == 0
        assert "giver: a receiver: b\n" in read_document(Path("x.json").read_bytes()).offer.text
    else:
        assert done == 2
