"""The stand-alone verifier against a naive writer of the format that shares no code with it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firsthand.report import verify as v

ORIGIN = "example.org/case/test"
SECRET = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SCRIPT = Path(v.__file__)
NOBODY = {"size": 0, "by": [], "by_case": {"size": 0, "by": []}}
Case = dict[str, bytes]
"""Relative path and bytes of each file."""


# --- the naive writer: RFC 6962 and docs/case-format.md, written down as slowly as they read ---


def dumps(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def mth(hashes: list[bytes]) -> bytes:
    """Merkle tree hash of RFC 6962, section 2.1, over leaf hashes."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha(b"")
    k = 1
    while 2 * k < len(hashes):
        k *= 2
    return sha(b"\1" + mth(hashes[:k]) + mth(hashes[k:]))


def vkey_of(secret: Ed25519PrivateKey, name: str) -> tuple[str, bytes]:
    data = b"\1" + secret.public_key().public_bytes_raw()
    key_id = sha(name.encode() + b"\n" + data)[:4]
    return f"{name}+{key_id.hex()}+{base64.b64encode(data).decode()}", key_id


def note(text: str, secret: Ed25519PrivateKey = SECRET, name: str = ORIGIN) -> bytes:
    signature = vkey_of(secret, name)[1] + secret.sign(text.encode())
    return f"{text}\n— {name} {base64.b64encode(signature).decode()}\n".encode()


def name_of(index: int, width: int) -> str:
    digits = str(index).rjust(-(-len(str(index)) // 3) * 3, "0")
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join(["x" + group for group in groups[:-1]] + groups[-1:])
    return path if width == 256 else f"{path}.p/{width}"


def checkpoint(leaves: list[bytes]) -> bytes:
    root = base64.b64encode(mth(leaves)).decode()
    return note(f"{ORIGIN}\n{len(leaves)}\n{root}\n")


def opened(kind: str, index: int, **fields: Any) -> tuple[bytes, bytes]:
    """An entry and its line of openings."""
    fields = {"at_ms": 1_400_000_000_000 + index, "by": "me", "objects": [], **fields}
    rows = [
        [sha(f"{index}{name}".encode()).hex()[:32], name, fields[name]] for name in sorted(fields)
    ]
    root = mth([sha(b"\0" + dumps(row)) for row in rows]).hex()
    entry = dumps({"v": 1, "t": kind, "root": root})
    return entry, dumps({"f": rows, "i": index}) + b"\n"


def put(case: Case, data: bytes) -> dict[str, Any]:
    hexes = sha(data).hex()
    case[f"objects/sha256/{hexes[:2]}/{hexes[2:4]}/{hexes}"] = data
    return {"sha256": hexes, "size": len(data)}


def lay(case: Case, pairs: list[tuple[bytes, bytes]]) -> list[bytes]:
    """Write log and openings; return the leaf hashes."""
    leaves = [sha(b"\0" + entry) for entry, _ in pairs]
    case["log/checkpoint"] = checkpoint(leaves)
    for start in range(0, len(pairs), 256):
        part = pairs[start : start + 256]
        name = name_of(start // 256, len(part))
        case[f"log/tile/entries/{name}"] = b"".join(
            len(entry).to_bytes(2, "big") + entry for entry, _ in part
        )
        if any(line for _, line in part):
            case[f"openings/{name}"] = b"".join(line for _, line in part)
    level, hashes = 0, leaves
    while hashes:
        for start in range(0, len(hashes), 256):
            part256 = hashes[start : start + 256]
            case[f"log/tile/{level}/{name_of(start // 256, len(part256))}"] = b"".join(part256)
        hashes = [mth(hashes[at : at + 256]) for at in range(0, len(hashes) - 255, 256)]
        level += 1
    return leaves


TEXT = "Am 12. Juni 𝟙𝟟𝟘 Männer, says the post — \u202eunconfirmed.\r\n"


def make(size: int = 6) -> tuple[Case, list[tuple[bytes, bytes]]]:
    vkey = vkey_of(SECRET, ORIGIN)[0]
    info = {"format": "firsthand-case/1", "origin": ORIGIN, "vkey": vkey}
    case: Case = {"case.json": dumps(info) + b"\n"}
    photo, text = put(case, b"\xff\xd8 not a photo"), put(case, TEXT.encode())
    span = {"start": 12, "end": 15 + 7}
    claim = {"exhibit": "sha256:" + text["sha256"], "span": span, "quote": TEXT[12:22]}
    pairs = [
        opened("case", 0, body={**info, "title": "Übung", "tool": "test"}),
        opened("exhibit", 1, objects=[photo], body={"n": [1, {"a": None}]}),
        opened("exhibit", 2, objects=[text, photo], body={}),
        opened("claim", 3, objects=[text], body=claim),
        opened("gap", 4, body={"what": "ünïcode \U0001f5ff"}),
    ]
    pairs = pairs[:size] + [opened("note", i) for i in range(5, size)]
    if size < 4:
        case = {path: data for path, data in case.items() if not path.startswith("objects/")}
        pairs = [opened("case", 0, body=info)] + [opened("note", i) for i in range(1, size)]
    return case, pairs


def build(size: int = 6) -> Case:
    case, pairs = make(size)
    lay(case, pairs)
    return case


def export(
    case: Case,
    withheld: list[int] | None = None,
    secret: Ed25519PrivateKey = SECRET,
    signer: str = ORIGIN,
    extra: Case | None = None,
    script: bytes | None = None,
) -> Case:
    """The bag of docs/case-format.md, "Export"; ``extra`` lies unsigned on top.

    ``script`` stands for verify.py where each byte costs a run of the judge.
    """
    files = {f"data/{path}": data for path, data in case.items()}
    files["data/report/report.html"] = b"<p>\xc3\xbc</p>\n"
    if withheld is not None:
        files["data/withheld.json"] = dumps(withheld) + b"\n"
    files["manifest-sha256.txt"] = listed(files)
    files["bagit.txt"] = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    files["bag-info.txt"] = b"External-Identifier: test\n"
    files["verify.py"] = SCRIPT.read_bytes() if script is None else script
    files["README-VERIFY.txt"] = b"read\n"
    files["SHA256SUMS"] = sums = listed(files)
    text = f"firsthand export {ORIGIN}\n{sha(sums).hex()} SHA256SUMS\n"
    files["SHA256SUMS.note"] = note(text, secret, signer)
    files.update(extra or {})
    tags = {path: data for path, data in files.items() if not path.startswith("data/")}
    return {**files, "tagmanifest-sha256.txt": listed(tags)}


def listed(files: Case) -> bytes:
    return b"".join(f"{sha(files[path]).hex()}  {path}\n".encode() for path in sorted(files))


def store(case: Case, folder: Path) -> Path:
    for path, data in case.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def pack(case: Case, path: Path, method: int = zipfile.ZIP_STORED, top: str = "übung") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(case):
            info = zipfile.ZipInfo(f"{top}/{name}", (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr, info.compress_type = 3, 0o644 << 16, method
            archive.writestr(info, case[name])
    return path


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return store(build(), tmp_path / "case")


def whats(result: dict[str, Any]) -> list[tuple[str, str, int | None]]:
    return [(p["what"], p["where"], p.get("entry")) for p in result["problems"]]


# --- whole cases ------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 6, 255, 256, 257, 700])
def test_a_good_case_verifies(tmp_path: Path, size: int) -> None:
    result = v.verify(store(build(size), tmp_path / "case"))
    assert whats(result) == []
    assert result["verdict"] == "ok"
    assert list(result) == [
        "verdict",
        "checked",
        "problems",
        "covered_to",
        "not_checked",
        "brackets",
        "outside",
        "policy",
        "differs",
    ]
    assert result["checked"]["entries"] == result["checked"]["openings"] == size
    assert result["checked"]["quotes"] == (size > 3)
    assert result["checked"]["objects"] == (2 if size > 3 else 0)
    assert result["covered_to"] == NOBODY
    assert result["outside"] == []
    assert result["differs"] is None
    said = " ".join(item["what"] for item in result["not_checked"])
    assert "no outside checkpoint" in said and "at_ms" in said and "genuine" in said


def test_a_level_two_tile(tmp_path: Path) -> None:
    pairs = [opened("case", 0, body=json.loads(build(1)["case.json"]))]
    entry = opened("note", 1)[0]
    pairs += [(entry, b"")] * 69_999
    case = {"case.json": build(1)["case.json"]}
    lay(case, pairs)
    assert len(case["log/tile/2/000.p/1"]) == 32
    folder = store(case, tmp_path / "case")
    result = v.verify(folder)
    assert result["verdict"] == "incomplete"  # every opening but one is absent
    assert result["checked"]["entries"] == 70_000
    assert result["problems"][-1]["what"] == f"{69_999 - v.MAX_LISTED} more, not listed"
    (folder / "log/tile/2/000.p/1").write_bytes(bytes(32))
    result = v.verify(folder)
    assert result["verdict"] == "failed"
    assert [p for p in result["problems"] if "2/000" in p["where"]] == []  # beyond the list


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_exports_verify(tmp_path: Path, method: int) -> None:
    files = export(build(300))
    for path in (pack(files, tmp_path / "x.zip", method), store(files, tmp_path / "unpacked")):
        result = v.verify(path)
        assert (result["verdict"], whats(result)) == ("ok", [])
        assert result["checked"]["files"] == len(files) - 3
        # The report is signed but derived: nothing here compares it with the ledger.
        assert "whether report/ says what the ledger says" in str(result["not_checked"])


def test_zip64_layout_is_that_of_zipfile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 700)
    monkeypatch.setattr(v, "ZIP64_LIMIT", 700)
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        path = pack(export(build()), tmp_path / "x.zip", method)
        assert b"PK\6\6" in path.read_bytes()
        result = v.verify(path)
        assert (result["verdict"], whats(result)) == ("ok", [])


# --- tampering --------------------------------------------------------------------------------


def flips(data: bytes, seed: int, low_bit: bool = True) -> Iterator[bytes]:
    chance = random.Random(seed)
    for at in range(len(data)):
        for mask in (1, chance.randrange(2, 256))[not low_bit :]:
            yield data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]


def names_of(result: dict[str, Any]) -> set[str]:
    return {problem["where"] for problem in result["problems"]}


@pytest.mark.slow
def test_every_byte_of_every_file_counts(good: Path) -> None:
    trials = 0
    for path, data in build().items():
        for number, changed in enumerate(flips(data, 7)):
            (good / path).write_bytes(changed)
            result = v.verify(good)
            assert result["verdict"] == "failed", (path, number)
            if path != "case.json":  # a wrong key shows at what it should have signed
                assert path in names_of(result) or "entries" in str(result), (path, number)
            trials += 1
        (good / path).write_bytes(data)
    assert trials > 5000
    assert v.verify(good)["verdict"] == "ok"


def test_the_entry_is_named(good: Path) -> None:
    path = good / "log/tile/entries/000.p/6"
    data = path.read_bytes()
    size = 2 + int.from_bytes(data[:2], "big")
    at = data.index(b'"t":"claim"')
    path.write_bytes(data[: at + 6] + b"k" + data[at + 7 :])
    first = v.verify(good)["problems"][0]
    assert (first["where"], first["entry"]) == ("log/tile/entries/000.p/6", 3)
    path.write_bytes(data[:size] + b"\0\0" + data[size:])  # an empty entry slipped in as 1
    assert v.verify(good)["problems"][0]["entry"] == 1
    path.write_bytes(data)
    openings = good / "openings/000.p/6"
    openings.write_bytes(
        openings.read_bytes().replace(b'"me"', b'"ME"', 3).replace(b'"ME"', b'"me"', 2)
    )
    result = v.verify(good)
    assert whats(result) == [
        ("opened fields do not have the root of the entry", "openings/000.p/6", 2)
    ]


def damages_to(file: Path, data: bytes, away: Path) -> list[Callable[[], Any]]:
    return [
        file.unlink,
        lambda: file.write_bytes(data[:-1]),
        lambda: file.write_bytes(data[: len(data) // 2 + 1]),
        lambda: file.write_bytes(b""),
        lambda: file.write_bytes(data + b"\n"),
        lambda: file.write_bytes(data + data),
        lambda: file.write_bytes(b"\n" + data),
        lambda: file.rename(file.with_name(file.name + "x")),
        lambda: shutil.copy(file, file.with_name("005")),
        lambda: (file.unlink(), file.mkdir()),
        lambda: (file.rename(away), file.symlink_to(away)),
        lambda: (file.unlink(), os.mkfifo(file)),
    ]


@pytest.mark.parametrize("size", [6, 300])
@pytest.mark.parametrize("form", ["case", "export"])
def test_delete_truncate_append_add_rename_swap(tmp_path: Path, form: str, size: int) -> None:
    case = build(size) if form == "case" else export(build(size))
    folder = store(case, tmp_path / "case")
    paths = sorted(case)
    for path in paths:
        data, file = case[path], folder / path
        damages = damages_to(file, data, tmp_path / "away")
        for number, damage in enumerate(damages):
            damage()
            verdict = v.verify(folder)["verdict"]
            expected = {"failed"}
            if path.startswith("openings/") and number in (0, 9) and form == "case":
                expected = {"incomplete"}
            assert verdict in expected, (path, number)
            for stray in (file, file.with_name(file.name + "x"), file.with_name("005")):
                if stray.is_dir() and not stray.is_symlink():
                    stray.rmdir()
                elif stray.is_symlink() or stray.exists():
                    stray.unlink()
            file.write_bytes(data)
    for left in paths:
        for right in paths:
            if left < right and case[left] != case[right]:
                (folder / left).write_bytes(case[right])
                (folder / right).write_bytes(case[left])
                result = v.verify(folder)
                assert result["verdict"] == "failed", (left, right)
                (folder / left).write_bytes(case[left])
                (folder / right).write_bytes(case[right])
    assert v.verify(folder)["verdict"] == "ok"


@pytest.mark.parametrize(
    "extra",
    [
        "evil.txt",
        "log/tile/0/001",
        "log/tile/1/000.p/1",
        "log/checkpoints/3",
        "log/tile/0/000.p/5",
        "openings/000",
        "openings/001.p/1",
        "stamps/6.tsr",
        "objects/x",
        "report/report.html",
        "objects/sha256/00/00/" + "0" * 64,
        "log/tile/entries/000",
        "withheld.json",
        "Log/x",
    ],
)
def test_files_too_many(good: Path, extra: str) -> None:
    store({extra: b"x"}, good)
    result = v.verify(good)
    assert result["verdict"] == "failed"
    assert any(where and extra.startswith(where) for where in names_of(result)) or (
        extra == "withheld.json" and "SHA256SUMS.note" in names_of(result)
    )


def test_working_files_are_left_alone(good: Path) -> None:
    store({"lock": b"", "index.db": b"x", "index.db-wal": b"", "incoming/a/b": b"z"}, good)
    assert v.verify(good)["verdict"] == "ok"


@pytest.mark.parametrize("instead", ["nothing", "link", "file"])
def test_a_bundle_without_its_data_gets_a_verdict(tmp_path: Path, instead: str) -> None:
    folder = store(export(build()), tmp_path / "bundle")
    (folder / "data").rename(tmp_path / "aside")
    if instead == "link":
        (folder / "data").symlink_to(tmp_path / "aside")
    elif instead == "file":
        (folder / "data").write_bytes(b"x")
    result = v.verify(folder)
    assert result["verdict"] == "failed"
    assert result["problems"][0]["where"] == "data/case.json"


def test_a_link_among_the_files_of_report_is_found(tmp_path: Path) -> None:
    folder = store(export(build()), tmp_path / "bundle")
    (folder / "data/report").mkdir(exist_ok=True)
    (folder / "data/report/stray").symlink_to("/dev/null")
    assert {"what": "symbolic link", "where": "data/report/stray"} in v.verify(folder)["problems"]


def test_working_files_of_an_unpacked_bundle_are_left_alone(tmp_path: Path) -> None:
    folder = store(export(build()), tmp_path / "bundle")
    store({"data/lock": b"", "data/index.db": b"x", "data/incoming/a/b": b"z"}, folder)
    assert v.verify(folder)["verdict"] == "ok"
    store({"lock": b""}, folder)
    assert v.verify(folder)["verdict"] == "failed"


def test_symbolic_links_are_not_followed(good: Path, tmp_path: Path) -> None:
    (good / "log").rename(tmp_path / "elsewhere")
    (good / "log").symlink_to(tmp_path / "elsewhere")
    result = v.verify(good)
    assert result["verdict"] == "failed"
    assert ("symbolic link", "log", None) in whats(result)
    assert result["checked"]["entries"] == 0


# --- openings that are not there ----------------------------------------------------------------


def without(case: Case, index: int) -> Case:
    path = next(path for path in case if path.startswith("openings/"))
    lines = case[path].splitlines(keepends=True)
    return {**case, path: b"".join(line for at, line in enumerate(lines) if at != index)}


def test_absent_opening(tmp_path: Path) -> None:
    case = without(build(), 1)
    result = v.verify(store(case, tmp_path / "case"))
    assert result["verdict"] == "incomplete"
    assert whats(result) == [("opening absent", "openings/000.p/6", 1)]
    assert "content of entry 1 (type exhibit) is withheld or removed" in [
        item["what"] for item in result["not_checked"]
    ]
    declared = v.verify(store(export(case, [1]), tmp_path / "export"))
    assert (declared["verdict"], declared["problems"]) == ("ok", [])
    assert "content of entry 1 (type exhibit) is withheld or removed" in [
        item["what"] for item in declared["not_checked"]
    ]
    forged = export(case, [1])
    forged["data/withheld.json"] = b"[1,2]\n"
    assert v.verify(store(forged, tmp_path / "forged"))["verdict"] == "failed"
    assert v.verify(store(export(case, [2]), tmp_path / "other"))["verdict"] != "ok"


def test_withheld_field(tmp_path: Path) -> None:
    case = build()
    lines = case["openings/000.p/6"].splitlines(keepends=True)
    line = json.loads(lines[4])
    line["f"][1] = sha(b"\0" + dumps(line["f"][1])).hex()
    lines[4] = dumps(line) + b"\n"
    case["openings/000.p/6"] = b"".join(lines)
    result = v.verify(store(case, tmp_path / "case"))
    assert whats(result) == [("fields withheld", "openings/000.p/6", 4)]
    assert result["verdict"] == "incomplete"
    assert v.verify(store(export(case, [4]), tmp_path / "export"))["verdict"] == "ok"


def test_objects_of_absent_openings_are_not_checked_but_hashed(tmp_path: Path) -> None:
    case, pairs = make(6)
    only = put(case, b"named by entry 5 alone")["sha256"]
    path = f"objects/sha256/{only[:2]}/{only[2:4]}/{only}"
    lay(case, pairs)
    assert ("object that no entry names", path, None) in whats(
        v.verify(store(case, tmp_path / "unnamed"))
    )
    folder = store(without(case, 5), tmp_path / "case")
    result = v.verify(folder)
    assert result["verdict"] == "incomplete"
    assert f"what {path} is" in [item["what"] for item in result["not_checked"]]
    (folder / path).write_bytes(b"other")
    assert v.verify(folder)["verdict"] == "failed"


# --- an interrupted write -----------------------------------------------------------------------


def test_left_overs_of_an_interrupted_write(tmp_path: Path) -> None:
    case, pairs = make(6)
    longer = dict(case)
    added = put(longer, b"brought by the batch that did not end")
    lay(case, pairs)
    lay(longer, [*pairs, opened("exhibit", 6, objects=[added])])
    torn = {**longer, **case}  # new objects, openings and tiles; old checkpoint
    folder = store(torn, tmp_path / "case")
    assert v.verify(folder)["verdict"] == "failed"
    batch = {"incoming/batch.json": dumps({"objects": [added["sha256"]], "size": 6}) + b"\n"}
    result = v.verify(store(batch, folder))
    assert (result["verdict"], result["problems"]) == ("incomplete", [])
    assert sum("left over" in item["what"] for item in result["not_checked"]) == 4
    after = {**case, **longer}  # the new checkpoint is there, the old partial tiles still too
    result = v.verify(store({**after, **batch}, tmp_path / "after"))
    assert (result["verdict"], result["problems"]) == ("incomplete", [])
    (folder / "log/tile/0/000.p/5").write_bytes(b"x")  # of a smaller tree: not explained
    assert v.verify(folder)["verdict"] == "failed"


# --- checkpoints held outside -------------------------------------------------------------------


def test_against_outside_checkpoints(tmp_path: Path) -> None:
    case, pairs = make(700)
    leaves = lay(case, pairs)
    folder = store(case, tmp_path / "case")
    held = []
    for size in (1, 256, 300, 700):
        held.append(tmp_path / f"held-{size}")
        held[-1].write_bytes(checkpoint(leaves[:size]) + "— witness AAAAAAAA\n".encode())
    result = v.verify(folder, held[:3])
    assert result["verdict"] == "ok"
    assert result["covered_to"] == {**NOBODY, "size": 300, "by": [str(held[2])]}
    assert "history after entry 299, of 700 entries" in [
        item["what"] for item in result["not_checked"]
    ]
    result = v.verify(folder, held)
    assert result["covered_to"]["size"] == 700
    assert not any("history" in item["what"] for item in result["not_checked"])


def test_where_history_was_rewritten(tmp_path: Path) -> None:
    """Between two outside checkpoints; with another copy of the log, at which entry."""
    case, pairs = make(700)
    leaves = lay(case, pairs)
    held = []
    for size in (100, 256, 600):
        held.append(tmp_path / f"held-{size}")
        held[-1].write_bytes(checkpoint(leaves[:size]))
    copy = store(case, tmp_path / "copy")
    pairs[270] = opened("note", 270, body={"text": "never happened"})
    lay(case, pairs)
    folder = store(case, tmp_path / "rewritten")
    result = v.verify(folder, held)
    assert result["differs"] == {"from": 256, "to": 599}
    assert [(one["size"], one["verdict"]) for one in result["outside"]] == [
        (100, "ok"),
        (256, "ok"),
        (600, "failed"),
    ]
    result = v.verify(folder, held, copies=[copy])
    assert result["differs"]["entry"] == 270
    assert ("history was rewritten, for the first time at entry 270", "log", 270) in whats(result)
    assert {"entry": 270, "fits": [100, 256, 600], "copy": str(copy)} in result["differs"]["copies"]
    # Nothing outside vouches for either: the place is named, and which one is true is not.
    result = v.verify(folder, copies=[copy])
    assert result["differs"]["copies"][0]["fits"] == []
    assert "entry" not in result["differs"]
    # A copy that is older or the same is no problem; one that is longer is: entries are missing.
    assert v.verify(copy, held, copies=[copy])["verdict"] == "ok"
    shorter = store(build(300), tmp_path / "short")
    result = v.verify(shorter, copies=[copy])
    assert result["verdict"] == "failed"
    assert result["differs"]["copies"][0]["entry"] <= 300


def test_rewritten_history(tmp_path: Path) -> None:
    case, pairs = make(300)
    leaves = lay(case, pairs)
    held = tmp_path / "held"
    held.write_bytes(checkpoint(leaves[:280]))
    pairs[270] = opened("note", 270, body={"text": "never happened"})
    lay(case, pairs)
    folder = store(case, tmp_path / "rewritten")
    assert v.verify(folder)["verdict"] == "ok"  # consistent with itself, and it says so
    result = v.verify(folder, [held])
    assert result["verdict"] == "failed"
    assert result["covered_to"] == NOBODY
    assert result["problems"][0]["what"].startswith("history was rewritten")
    case, pairs = make(255)
    lay(case, pairs)
    shorter = v.verify(store(case, tmp_path / "shorter"), [held])
    assert shorter["problems"][0]["what"].startswith("history was rewritten")
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    held.write_bytes(note(checkpoint(leaves[:280]).decode().split("\n\n")[0] + "\n", other))
    assert v.verify(folder, [held])["verdict"] == "failed"


# --- zips -------------------------------------------------------------------------------------


def small_export(script: bytes | None = b"print('read')\n" * 5) -> Case:
    case, pairs = make(2)
    lay(case, pairs)
    return export(case, script=script)


@pytest.mark.slow
def test_every_byte_of_a_zip_counts(tmp_path: Path) -> None:
    path = pack(small_export(), tmp_path / "x.zip", top="t")
    assert v.verify(path)["verdict"] == "ok"
    trials = 0
    for number, changed in enumerate(flips(path.read_bytes(), 11)):
        path.write_bytes(changed)
        assert v.verify(path)["verdict"] == "failed", number
        trials += 1
    assert trials > 8000


def test_bytes_of_the_real_verify_py_in_a_zip_count(tmp_path: Path) -> None:
    path = pack(small_export(None), tmp_path / "x.zip", top="t")
    assert v.verify(path)["verdict"] == "ok"
    data, program = path.read_bytes(), SCRIPT.read_bytes()
    first = data.index(program)
    for at in [*range(first, first + len(program), 499), first + len(program) - 1]:
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert v.verify(path)["verdict"] == "failed", at


@pytest.mark.slow
def test_flips_in_compressed_data_are_found_or_change_nothing(tmp_path: Path) -> None:
    files = small_export(SCRIPT.read_bytes()[:3000])
    path = pack(files, tmp_path / "x.zip", zipfile.ZIP_DEFLATED)
    for number, changed in enumerate(flips(path.read_bytes(), 13, False)):
        path.write_bytes(changed)
        if v.verify(path)["verdict"] != "failed":
            with zipfile.ZipFile(path) as archive:
                read = {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}
            assert read == files, number


def test_zip_surroundings(tmp_path: Path) -> None:
    path = pack(small_export(), tmp_path / "x.zip")
    data = path.read_bytes()
    middle = data.index(b"PK\3\4", 10)
    directory = data.index(b"PK\1\2")
    for changed in (
        data + b"x",
        b"x" + data,
        data[:-1],
        data[:-30],
        data[: len(data) // 2],
        data[:100],
        data[:middle] + b"junk" + data[middle:],
        data[:directory] + b"j" + data[directory:],
        data[:-22] + b"junk" + data[-22:],
        data[:-2] + b"\1\0c",
        data + data,
    ):
        path.write_bytes(changed)
        assert v.verify(path)["verdict"] == "failed"


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/abs",
        "top/../evil",
        "top//x",
        "other/x",
        "top",
        "top/a\\b",
        "C:/x",
        "top/extra",
        "top/data/extra",
        "top/data/incoming/x",
        "top/data/lock",
        "top/data/index.db",
        "top/data/case.json",
        "top/case.json",
        "top/dir/",
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_zip_names(tmp_path: Path, name: str) -> None:
    path = pack(small_export(), tmp_path / "x.zip", top="top")
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        info.create_system, info.external_attr = 3, 0o644 << 16
        archive.writestr(info, b"x")
    assert v.verify(path)["verdict"] == "failed"


def test_zip_bomb_and_link(tmp_path: Path) -> None:
    for attributes, data, method in ((0o644, bytes(50 << 20), 8), (0o120777, b"/etc/passwd", 0)):
        path = pack(small_export(), tmp_path / "x.zip", top="top")
        with zipfile.ZipFile(path, "a") as archive:
            info = zipfile.ZipInfo("top/report/x", (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr, info.compress_type = 3, attributes << 16, method
            archive.writestr(info, data)
        assert v.verify(path)["verdict"] == "failed"


# --- hostile content --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 100_000,
        b'{"a":' * 5000,
        b"1" * 10_000,
        b'{"f":[],"i":0}\n',
        b"null\n",
        b"1e5\n",
        b'{"f":' + b"[" * 70 + b"]" * 70 + b',"i":0}\n',
        b'{"f":[["\\ud800","a",1]],"i":0}\n',
        b'{"f":[["' + b"0" * 32 + b'","a",1.0]],"i":0}\n',
        b"\xff\n",
        b"NaN\n",
        b'{"f":1,"f":2,"i":0}',
    ],
)
def test_hostile_json_is_a_problem_and_no_traceback(good: Path, line: bytes) -> None:
    for path in ("openings/000.p/6", "case.json", "log/checkpoint"):
        data = (good / path).read_bytes()
        (good / path).write_bytes(line)
        assert v.verify(good)["verdict"] == "failed"
        (good / path).write_bytes(data)


def test_a_signed_size_without_entries_ends_soon(good: Path) -> None:
    root = base64.b64encode(bytes(32)).decode()
    (good / "log/checkpoint").write_bytes(note(f"{ORIGIN}\n{10**15}\n{root}\n"))
    assert v.verify(good)["verdict"] == "failed"


@pytest.mark.parametrize(
    "change",
    [
        {"quote": "x" * 10},
        {"span": {"start": 11, "end": 21}},
        {"span": {"start": 12, "end": 21}},
        {"span": {"start": -1, "end": 9}},
        {"exhibit": "sha256:" + "0" * 64},
        {"quote": 7},
        {"span": {"start": 10**9, "end": 10**9 + 10}},
    ],
)
def test_wrong_quotes(tmp_path: Path, change: dict[str, Any]) -> None:
    case, pairs = make(6)
    rows = {name: value for _, name, value in json.loads(pairs[3][1])["f"]}
    rows["body"] = {**rows["body"], **change}
    pairs[3] = opened("claim", 3, **rows)
    lay(case, pairs)
    result = v.verify(store(case, tmp_path / "case"))
    assert result["verdict"] == "failed"
    assert result["problems"][0]["entry"] == 3


def test_entry_zero_repeats_case_json(tmp_path: Path) -> None:
    case, pairs = make(6)
    body = {**json.loads(case["case.json"]), "origin": "other"}
    pairs[0] = opened("case", 0, body=body)
    lay(case, pairs)
    assert whats(v.verify(store(case, tmp_path / "case"))) == [
        ("origin differs from that of entry 0", "case.json", 0)
    ]


def test_object_size_is_held_against_the_entry(tmp_path: Path) -> None:
    case, pairs = make(6)
    named = put(case, b"four")
    pairs[5] = opened("exhibit", 5, objects=[{**named, "size": 5}])
    lay(case, pairs)
    assert whats(v.verify(store(case, tmp_path / "case")))[0][0] == (
        "object has 4 bytes, the entry says 5"
    )


# --- signatures -------------------------------------------------------------------------------

# RFC 8032, section 7.1: TEST 1, TEST 2, TEST 3, TEST SHA(abc): public key, message, signature.
RFC8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
        "b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
        "1d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984d"
        "c6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        hashlib.sha512(b"abc").hexdigest(),
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431"
        "e0303dca179c138ac17ad9bef1177331a704",
    ),
]
ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.parametrize("vector", RFC8032)
def test_rfc_8032_vectors(vector: tuple[str, str, str]) -> None:
    key, message, signature = map(bytes.fromhex, vector)
    assert v.ed25519_valid(key, message, signature)
    assert not v.ed25519_valid(key, message + b"x", signature)
    assert not v.ed25519_valid(key, message, signature + b"\0")
    assert not v.ed25519_valid(key, message, signature[:-1])
    for at in range(0, 64, 3):
        wrong = bytearray(signature)
        wrong[at] ^= 1 << at % 8
        assert not v.ed25519_valid(key, message, bytes(wrong))
    for at in range(0, 32, 3):
        wrong = bytearray(key)
        wrong[at] ^= 1 << at % 8
        assert not v.ed25519_valid(bytes(wrong), message, signature)
    more = int.from_bytes(signature[32:], "little") + ORDER  # malleable without s < L
    assert not v.ed25519_valid(key, message, signature[:32] + more.to_bytes(32, "little"))


def test_weak_and_badly_written_keys_are_refused() -> None:
    prime = 2**255 - 19
    identity = (1).to_bytes(32, "little")
    assert not v.ed25519_valid(identity, b"any", identity + bytes(32))  # small order
    for y in (prime, prime + 1, 2**255 - 1, 1 | 1 << 255, 2):  # not canonical, or not a point
        assert v._point(y.to_bytes(32, "little")) is None


def test_signatures_agree_with_another_implementation() -> None:
    chance = random.Random(5)
    for _ in range(60):
        secret = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        message = chance.randbytes(chance.randrange(200))
        key, signature = secret.public_key().public_bytes_raw(), secret.sign(message)
        assert v.ed25519_valid(key, message, signature)
        assert not v.ed25519_valid(key, message[1:] + b"y", signature)


def test_two_signature_lines_are_one_too_many_inside_a_case(good: Path) -> None:
    path = good / "log/checkpoint"
    data = path.read_bytes()
    path.write_bytes(data + "— witness AAAAAAAA\n".encode())
    assert v.verify(good)["verdict"] == "failed"
    path.write_bytes(data + data.split(b"\n\n")[1])
    assert v.verify(good)["verdict"] == "failed"


# --- the command ------------------------------------------------------------------------------


def run(*arguments: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_command(good: Path, tmp_path: Path) -> None:
    done = run(good)
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("OK: the case is consistent with itself (6 entries, 2 objects).")
    assert "no outside checkpoint" in done.stdout and "verified" not in done.stdout
    held = tmp_path / "held"
    held.write_bytes((good / "log/checkpoint").read_bytes())
    result = json.loads(run(good, "--json", "--against", held).stdout)
    assert result["covered_to"] == {**NOBODY, "size": 6, "by": [str(held)]}
    (good / "openings/000.p/6").unlink()
    assert run(good).returncode == 5
    (good / "evil\x1b[2J").write_bytes(b"")
    done = run(good)
    assert done.returncode == 4 and "\x1b" not in done.stdout
    assert run(tmp_path / "nothing").returncode == 2
    assert run(tmp_path).returncode == 2
    assert run(held).returncode == 2
    assert run(good, "--against", tmp_path / "nothing").returncode == 2
