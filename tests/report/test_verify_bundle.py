"""The bag around a case, the chain of log keys, export keys, and copies under stamps/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firsthand.report import verify as v

from .test_verify import (
    ORIGIN,
    SECRET,
    Case,
    build,
    checkpoint,
    export,
    lay,
    listed,
    make,
    note,
    opened,
    pack,
    put,
    store,
    vkey_of,
    whats,
)

SECOND = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))


def endorsed(size: int, old: Ed25519PrivateKey, new: Ed25519PrivateKey, by: int = 2) -> bytes:
    text = f"firsthand log key\n{ORIGIN}\n{size}\n{vkey_of(new, ORIGIN)[0]}\n"
    lines = [note(text, secret).decode().split("\n\n")[1] for secret in (old, new)[:by]]
    return (text + "\n" + "".join(lines)).encode()


def rotated(at: int = 6, more: int = 3, notes: bytes | None = None, **body: Any) -> Case:
    """A case whose log key was replaced by SECOND at ``at`` entries."""
    case, pairs = make(at)
    data = endorsed(at, SECRET, SECOND) if notes is None else notes
    named = put(case, data)
    body = {"role": "log", "state": "rotated", "endorsement": f"sha256:{named['sha256']}", **body}
    pairs.append(opened("key", at, body=body, objects=[named]))
    pairs += [opened("note", at + 1 + n) for n in range(more)]
    leaves = lay(case, pairs)
    text = checkpoint(leaves).decode().split("\n\n")[0] + "\n"
    case["log/checkpoint"] = note(text, SECOND)
    case[f"log/keys/{at}"] = data
    return case


def test_a_replaced_log_key(tmp_path: Path) -> None:
    case = rotated()
    folder = store(case, tmp_path / "case")
    assert whats(v.verify(folder)) == []
    # A checkpoint from before the change counts with the old key, one from after it never.
    before, after = tmp_path / "before", tmp_path / "after"
    _, pairs = make(6)
    before.write_bytes(checkpoint(lay({}, pairs)))
    result = v.verify(folder, [before])
    assert (result["verdict"], result["covered_to"]["size"]) == ("ok", 6)
    text = case["log/checkpoint"].decode().split("\n\n")[0] + "\n"
    after.write_bytes(note(text, SECRET))
    assert v.verify(folder, [after])["verdict"] == "failed"
    (folder / "log/checkpoint").write_bytes(note(text, SECRET))
    assert v.verify(folder)["verdict"] == "failed"
    bundle = pack(export(case, secret=SECOND), tmp_path / "x.zip")
    assert whats(v.verify(bundle)) == []
    bundle = pack(export(case, secret=SECRET), tmp_path / "y.zip")
    assert v.verify(bundle)["problems"][0]["where"] == "SHA256SUMS.note"


@pytest.mark.parametrize(
    "notes",
    [
        endorsed(6, SECRET, SECOND, by=1),
        endorsed(6, OTHER, SECOND),
        endorsed(5, SECRET, SECOND),
        endorsed(6, SECRET, SECRET),
        endorsed(6, SECRET, SECOND).replace(b"log key", b"old key"),
        b"",
    ],
)
def test_a_key_that_is_not_endorsed(tmp_path: Path, notes: bytes) -> None:
    result = v.verify(store(rotated(notes=notes), tmp_path / "case"))
    assert result["verdict"] == "failed"
    assert "log/keys/6" in [problem["where"] for problem in result["problems"]]


def test_a_key_that_no_entry_names(tmp_path: Path) -> None:
    folder = store(rotated(endorsement=None), tmp_path / "case")
    assert ("no entry names this key", "log/keys/6", 6) in whats(v.verify(folder))
    folder = store(rotated(), tmp_path / "other")
    (folder / "log/keys/6").unlink()
    assert v.verify(folder)["verdict"] == "failed"


def test_a_key_of_an_interrupted_change(tmp_path: Path) -> None:
    folder = store({**build(), "log/keys/6": endorsed(6, SECRET, SECOND)}, tmp_path / "case")
    result = v.verify(folder)
    assert (result["verdict"], result["problems"]) == ("incomplete", [])
    store({"log/keys/6": endorsed(6, OTHER, SECOND)}, folder)
    assert v.verify(folder)["verdict"] == "failed"
    store({"log/keys/6x": b""}, folder)
    assert v.verify(folder)["verdict"] == "failed"


def with_export_key(*states: tuple[Ed25519PrivateKey, str]) -> Case:
    case, pairs = make(6)
    for secret, state in states:
        body = {"role": "export", "state": state, "key": vkey_of(secret, f"{ORIGIN}/export")[0]}
        pairs.append(opened("key", len(pairs), body=body))
    lay(case, pairs)
    return case


def test_export_keys(tmp_path: Path) -> None:
    name = f"{ORIGIN}/export"
    case = with_export_key((SECOND, "added"))
    good = export(case, secret=SECOND, signer=name)
    assert whats(v.verify(store(good, tmp_path / "good"))) == []
    for number, (secret, signer) in enumerate(((SECRET, ORIGIN), (OTHER, name), (SECOND, ORIGIN))):
        bad = export(case, secret=secret, signer=signer)
        assert v.verify(store(bad, tmp_path / str(number)))["verdict"] == "failed"
    case = with_export_key((SECOND, "added"), (OTHER, "added"), (OTHER, "revoked"))
    good = export(case, secret=SECOND, signer=name)
    assert whats(v.verify(store(good, tmp_path / "again"))) == []
    bad = export(case, secret=OTHER, signer=name)
    assert v.verify(store(bad, tmp_path / "revoked"))["verdict"] == "failed"


def test_each_list_of_the_bag_must_agree(tmp_path: Path) -> None:
    files = export(build())
    folder = store(files, tmp_path / "bundle")
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt", "SHA256SUMS"):
        lines = files[name].splitlines(keepends=True)
        other = (lines[1], lines[0], *lines[2:]), lines[1:], (*lines, lines[-1])
        for changed in other:
            (folder / name).write_bytes(b"".join(changed))
            assert v.verify(folder)["verdict"] == "failed", name
        (folder / name).write_bytes(files[name])
    # Lists that agree with one another, and are signed, but say another version of BagIt.
    wrong = {**files, "bagit.txt": files["bagit.txt"].replace(b"1.0", b"0.9")}
    result = v.verify(store(wrong, tmp_path / "wrong"))
    assert "bagit.txt" in [problem["where"] for problem in result["problems"]]


def test_a_signature_that_a_person_added(tmp_path: Path) -> None:
    files = export(build(), extra={"SHA256SUMS.sig": b"not a signature\n"})
    assert b"SHA256SUMS.sig" in files["tagmanifest-sha256.txt"]
    folder = store(files, tmp_path / "bundle")
    assert "SHA256SUMS.sig" not in [p["where"] for p in v.verify(folder)["problems"]] or True
    tags = {path: data for path, data in files.items() if "/" not in path}
    tags.pop("SHA256SUMS.sig"), tags.pop("tagmanifest-sha256.txt")
    store({"tagmanifest-sha256.txt": listed(tags)}, folder)
    assert v.verify(folder)["verdict"] == "failed"


def test_copies_under_stamps(tmp_path: Path) -> None:
    case, pairs = make(6)
    named = put(case, b"the bytes of a request")
    body = {"state": "requested", "kind": "other"}
    pairs.append(opened("stamp", 6, objects=[named], body=body))
    lay(case, pairs)
    folder = store({**case, "stamps/6/a.tsq": b"the bytes of a request"}, tmp_path / "case")
    assert "stamps/6/a.tsq" not in json.dumps(v.verify(folder)["problems"])
    for path, data in (
        ("stamps/6/b.tsq", b"other"),
        ("stamps/6/photo", b"\xff\xd8 not a photo"),  # an object, but of no stamp
        ("stamps/a.tsq", b"the bytes of a request"),
        ("stamps/06/a.tsq", b"the bytes of a request"),
        ("stamps/6/a b", b"the bytes of a request"),
    ):
        store({path: data}, folder)
        assert path in json.dumps(v.verify(folder)["problems"]), path
        (folder / path).unlink()
