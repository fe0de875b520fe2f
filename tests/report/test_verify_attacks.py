"""Attempts to make verify.py say more than others signed: each of these once worked."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firsthand.report import verify as v

from . import outside_material
from .outside_material import (
    Authority,
    Pairs,
    about,
    cosigned,
    digest_of,
    now,
    signature_entry,
    ssh_key,
    ssh_sign,
    stamp_entry,
    witness_entry,
    witness_vkey,
)
from .test_verify import (
    ORIGIN,
    Case,
    dumps,
    export,
    lay,
    make,
    opened,
    pack,
    sha,
    store,
    vkey_of,
    whats,
)
from .test_verify_bundle import SECOND, rotated

NOW = int(time.time())
THIEF = Ed25519PrivateKey.from_private_bytes(bytes(range(40, 72)))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "rsa")


def policy(pairs: Pairs, **body: Any) -> None:
    whole = {"witnesses": [], "quorum": 0, "authorities": [], "stamps": 0, **body}
    objects = whole.pop("objects", [])
    pairs.append(opened("policy", len(pairs), body=whole, objects=objects))


def judged(case: Case, pairs: Pairs, folder: Path, trust: Path | None = None) -> dict[str, Any]:
    lay(case, pairs)
    return v.verify(store(case, folder), trust=[trust] if trust else [])


def why_not(result: dict[str, Any]) -> str:
    return " | ".join(f"{row['what']}: {row['why']}" for row in result["not_checked"])


# --- Who counts, and how often ----------------------------------------------------------------


def test_one_authority_under_two_names_is_one(tmp_path: Path, authority: Authority) -> None:
    case, pairs = make(6)
    policy(pairs, stamps=2)
    for name in ("North", "South"):
        note = now(pairs)
        request, token = authority.stamp(note)
        stamp_entry(case, pairs, request, token, note, authority=name)
    result = judged(case, pairs, tmp_path / "case", authority.root)
    assert [item["verdict"] for item in result["outside"]] == ["ok", "ok"]
    assert result["policy"]["stamps"] == {"of": 2, "met": False, "size": 0}


def test_one_witness_key_under_two_names_is_one(tmp_path: Path) -> None:
    keys = [witness_vkey(THIEF, "foo.example"), witness_vkey(THIEF, "bar.example")]
    case, pairs = make(6)
    policy(pairs, witnesses=keys, quorum=2)
    for key in keys:
        data = cosigned(now(pairs), NOW, THIEF, key.partition("+")[0])
        witness_entry(case, pairs, data, NOW, witness=key)
    result = judged(case, pairs, tmp_path / "case")
    assert [item["verdict"] for item in result["outside"]] == ["ok", "ok"]
    assert result["policy"]["quorum"]["met"] is False


def test_a_former_witness_does_not_meet_the_policy_by_its_name(tmp_path: Path) -> None:
    old, new = witness_vkey(THIEF), witness_vkey()
    case, pairs = make(6)
    policy(pairs, witnesses=[old], quorum=1)
    policy(pairs, witnesses=[new], quorum=1)
    witness_entry(case, pairs, cosigned(now(pairs), NOW, THIEF), NOW, witness=old)
    result = judged(case, pairs, tmp_path / "case")
    assert result["policy"]["quorum"]["met"] is False
    witness_entry(case, pairs, cosigned(now(pairs), NOW), NOW)
    assert judged(case, pairs, tmp_path / "met")["policy"]["quorum"]["met"] is True


def test_a_policy_that_asks_for_less_is_named(tmp_path: Path) -> None:
    case, pairs = make(6)
    policy(pairs, witnesses=[witness_vkey()], quorum=1, stamps=1)
    policy(pairs, witnesses=[witness_vkey()], quorum=0, stamps=1)
    said = why_not(judged(case, pairs, tmp_path / "case"))
    assert "policy of entry 7 says: that of entry 6 asked for 1" in said


def test_a_policy_does_not_write_to_the_terminal(tmp_path: Path) -> None:
    case, pairs = make(6)
    policy(pairs, quorum="\x1b[31m2", stamps=[])
    result = judged(case, pairs, tmp_path / "case")
    assert ("policy asks for something that is no number", "policy", 6) in whats(result)
    assert "\x1b" not in v.describe(result)


def test_a_witness_that_was_revoked_counts_for_what_it_signed_before(tmp_path: Path) -> None:
    case, pairs = make(6)
    policy(pairs, witnesses=[witness_vkey()], quorum=1)
    witness_entry(case, pairs, cosigned(now(pairs), NOW), NOW)
    body = {"role": "witness", "name": "clerk", "key": witness_vkey(), "valid_from": 0}
    pairs.append(opened("key", 8, body={**body, "state": "revoked", "valid_to": 8}))
    witness_entry(case, pairs, cosigned(now(pairs), NOW + 5), NOW + 5)
    result = judged(case, pairs, tmp_path / "case")
    assert [item["verdict"] for item in result["outside"]] == ["ok", "not_checked"]
    assert result["covered_to"]["by_case"]["size"] == 7
    trust = tmp_path / "trust"  # whoever verifies may still rely on it
    trust.write_text(witness_vkey() + "\n")
    assert judged(case, pairs, tmp_path / "given", trust)["covered_to"]["size"] == 9


@pytest.mark.parametrize("how", ["revoked", "replaced"])
def test_a_persons_key_counts_for_its_sizes(tmp_path: Path, how: str) -> None:
    (tmp_path / "next").mkdir()
    key, public = ssh_key(tmp_path)
    _, other = ssh_key(tmp_path / "next")
    line, following = (" ".join(text.split()[:2]) for text in (public, other))
    case, pairs = make(6)
    body = {"role": "person", "state": "added", "name": "Ada", "key": line, "valid_from": 0}
    pairs.append(opened("key", 6, body=body))
    signature_entry(case, pairs, now(pairs), ssh_sign(key, now(pairs)), public)
    ended = {
        "revoked": {**body, "state": "revoked", "valid_to": 7},
        "replaced": {**body, "key": following, "replaces": line, "valid_from": 8},
    }
    pairs.append(opened("key", 8, body=ended[how]))
    signature_entry(case, pairs, now(pairs), ssh_sign(key, now(pairs)), public)
    result = judged(case, pairs, tmp_path / "case")
    assert [item["verdict"] for item in result["outside"]] == ["ok", "not_checked"]
    assert "does not count for this size" in result["outside"][1]["why"]
    assert result["covered_to"]["by_case"]["size"] == 7


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("cert-authority", "cert-authority"),
        ('valid-before="20200101"', "valid-before"),
        ('namespaces="git,file"', "namespace"),
        ('namespaces="firsthand-*",valid-after="20300101"', "valid-after"),
    ],
)
def test_an_ssh_key_with_limits_is_not_taken_without_them(
    tmp_path: Path, option: str, says: str
) -> None:
    _, public = ssh_key(tmp_path)
    case, pairs = make(6)
    signers = tmp_path / "signers"
    signers.write_text(f"ada@example.org {option} {public}\n")
    with pytest.raises(v.NotACase, match=says):
        judged(case, pairs, tmp_path / "case", signers)


# --- What an entry is about -------------------------------------------------------------------


def test_a_field_that_hides_that_an_entry_is_of_another_case(tmp_path: Path) -> None:
    case, pairs = make(6)
    policy(pairs, witnesses=[witness_vkey()], quorum=1)
    origin = {"origin": "firsthand.case/" + 16 * "0", "entry": 3, "root": 64 * "0"}
    body = {"role": "export", "state": "added", "name": "x", "valid_from": 7}
    body["key"] = vkey_of(THIEF, f"{ORIGIN}/export")[0]
    entry, line = opened("key", 7, **{"body": body, "from": origin})
    rows = v._decode(line)["f"]
    at = [row[1] for row in rows].index("from")
    rows[at] = sha(b"\0" + dumps(rows[at])).hex()
    pairs.append((entry, dumps({"f": rows, "i": 7}) + b"\n"))
    lay(case, pairs)
    files = export(case, [7], THIEF, f"{ORIGIN}/export")
    result = v.verify(pack(files, tmp_path / "x.zip"))
    assert result["verdict"] == "failed"
    assert "SHA256SUMS.note" in [row["where"] for row in result["problems"]]


def test_withheld_news_of_the_export_key_is_told(tmp_path: Path) -> None:
    case, pairs = make(6)
    body = {"role": "export", "name": "x", "key": vkey_of(THIEF, f"{ORIGIN}/export")[0]}
    pairs.append(opened("key", 6, body={**body, "state": "added", "valid_from": 7}))
    entry, _ = opened("key", 7, body={**body, "state": "revoked", "valid_from": 7, "valid_to": 7})
    pairs.append((entry, b""))
    lay(case, pairs)
    files = export(case, [7], THIEF, f"{ORIGIN}/export")
    said = why_not(v.verify(pack(files, tmp_path / "x.zip")))
    assert "was replaced or revoked: entry 7, of type key, is withheld" in said


def test_an_entry_about_another_key_does_not_name_a_key_of_the_log(tmp_path: Path) -> None:
    folder = store(rotated(role="export", endorsement="sha256:" + 64 * "0",
                           key=vkey_of(SECOND, ORIGIN)[0]), tmp_path / "case")  # fmt: skip
    assert ("no entry names this key", "log/keys/6", 6) in whats(v.verify(folder))


@pytest.mark.parametrize("state", ["received", "refused"])
def test_a_stamp_is_not_listed_as_a_checkpoint(
    tmp_path: Path, authority: Authority, state: str
) -> None:
    case, pairs = make(6)
    note = now(pairs)
    request, token = authority.stamp(note)
    stamp_entry(case, pairs, request, token, note, kind="checkpoint", state=state)
    result = judged(case, pairs, tmp_path / "case", authority.root)
    assert [item["kind"] for item in result["outside"]] == ["stamp"]
    assert (result["covered_to"]["size"], result["differs"]) == (0, None)


def test_a_checkpoint_with_more_signatures_is_not_one_to_stamp(
    tmp_path: Path, authority: Authority
) -> None:
    trust = tmp_path / "trust"
    trust.write_text(witness_vkey() + "\n" + authority.root.read_text())
    case, pairs = make(6)
    note = cosigned(now(pairs), NOW)
    witness_entry(case, pairs, note, NOW)  # read first: there more signatures are right
    request, token = authority.stamp(note)
    stamp_entry(case, pairs, request, token, note)
    result = judged(case, pairs, tmp_path / "case", trust)
    assert [item["verdict"] for item in result["outside"]] == ["ok", "failed"]


def test_a_critical_extension_of_the_signer_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 1.2.3.4.5 stands for a limit that this reader does not know (RFC 5280, section 4.2).
    config = outside_material.CONFIG
    changed = config.replace("[wrong]", "1.2.3.4.5 = critical, DER:0500\n[wrong]")
    monkeypatch.setattr(outside_material, "CONFIG", changed)
    limited = Authority(tmp_path / "limited")
    case, pairs = make(6)
    note = now(pairs)
    request, token = limited.stamp(note)
    stamp_entry(case, pairs, request, token, note)
    result = judged(case, pairs, tmp_path / "case", limited.root)
    assert "critical extension 1.2.3.4.5" in result["outside"][0]["why"]
    assert result["covered_to"]["size"] == 0


# --- Small things that cost much --------------------------------------------------------------


def test_roots_that_are_named_many_times_are_read_once(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, pairs = make(6)
    named: list[dict[str, Any]] = []
    roots = digest_of(case, authority.root.read_bytes() * 3, named)
    many = [{"name": f"a{n}", "roots": roots} for n in range(500)]
    policy(pairs, authorities=many, stamps=1, objects=named)
    policy(pairs, authorities=many, stamps=1, objects=named)
    calls: list[int] = []
    real = v.read_pem
    monkeypatch.setattr(v, "read_pem", lambda data: calls.append(1) or real(data))
    judged(case, pairs, tmp_path / "case")
    assert len(calls) == 1


def test_a_note_with_very_many_signatures_is_refused(tmp_path: Path) -> None:
    case, pairs = make(6)
    data = cosigned(now(pairs), NOW)
    for n in range(120):
        line = cosigned(now(pairs), NOW, name=f"w{n}.example").decode().rpartition("\n— ")[2]
        data += f"— {line}".encode()
    named: list[dict[str, Any]] = []
    body = {"witness": witness_vkey(), "cosigned": digest_of(case, data, named)}
    body.update({**about(data), "time_ms": 1000 * NOW})
    pairs.append(opened("cosignature", len(pairs), body=body, objects=named))
    result = judged(case, pairs, tmp_path / "case")
    assert "more than 100 signatures" in result["outside"][0]["why"]
