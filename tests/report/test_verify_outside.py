"""What others signed, judged by verify.py; tokens are by openssl, SSH signatures by OpenSSH."""

from __future__ import annotations

import datetime
import hashlib
import random
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from rfc3161_client import VerifierBuilder, decode_timestamp_response

from firsthand.report import verify as v
from firsthand.tlog import bitcoin

from .outside_material import (
    Authority,
    Pairs,
    cosigned,
    now,
    run,
    signature_entry,
    ssh_key,
    ssh_sign,
    stamp_entry,
    witness_entry,
    witness_vkey,
)
from .test_verify import Case, build, export, lay, make, opened, pack, put, sha, store, whats

NOW = int(time.time())


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "rsa")


def stamped(authority: Authority, more: int = 2, **changed: Any) -> tuple[Case, Pairs]:
    """Six entries, a token on them as the seventh, and later ones."""
    case, pairs = make(6)
    note = now(pairs)
    request, token = authority.stamp(note)
    given = {"request": request, "token": token, "note": note, **changed}
    stamp_entry(case, pairs, **given)
    pairs += [opened("note", len(pairs) + n) for n in range(more)]
    lay(case, pairs)
    return case, pairs


# --- RFC 3161 ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "digest"),
    [("rsa", "sha256"), ("rsa", "sha512"), ("P-256", "sha256"), ("P-384", "sha384"),
     ("P-521", "sha512")],
)  # fmt: skip
def test_tokens_of_openssl(tmp_path: Path, kind: str, digest: str) -> None:
    authority = Authority(
        tmp_path / "a", kind, digest=digest, ess="sha1" if kind == "rsa" else digest
    )
    folder = store(stamped(authority)[0], tmp_path / "case")
    result = v.verify(folder, trust=[authority.root])
    assert (result["verdict"], whats(result)) == ("ok", [])
    (item,) = result["outside"]
    assert (item["verdict"], item["trusted"], item["entry"]) == ("ok", "given", 6)
    assert result["covered_to"]["size"] == 6
    # The second opinion: openssl itself reads the time.
    said = run("openssl", "ts", "-reply", "-in", "r", "-text", cwd=authority.folder).decode()
    when = next(line for line in said.splitlines() if line.startswith("Time stamp: "))[12:]
    gen = datetime.datetime.strptime(when, "%b %d %H:%M:%S %Y GMT")
    assert item["time"] == {  # accuracy 1.5 s
        "earliest": f"{gen - datetime.timedelta(seconds=1.5):%Y-%m-%dT%H:%M:%S}.500Z",
        "latest": f"{gen + datetime.timedelta(seconds=1.5):%Y-%m-%dT%H:%M:%S}.500Z",
    }
    intervals = result["brackets"]["intervals"]
    assert [(one["from"], one["to"]) for one in intervals] == [(0, 5), (6, 6), (7, 8)]
    assert intervals[0]["not_after"]["time"] == item["time"]["latest"]
    assert intervals[1]["not_before"] is intervals[1]["not_after"] is None
    assert intervals[2]["not_before"]["time"] == item["time"]["earliest"]
    # Entries claim to be of 2014 (test_verify.opened); the one after the token cannot be.
    assert [one["entry"] for one in result["brackets"]["clock"]] == [7, 8]
    text = v.describe(result)
    assert "entries 6 to 8: no outside checkpoint covers this" in text


def test_trust_of_the_case_alone_and_of_nobody(tmp_path: Path, authority: Authority) -> None:
    case, pairs = make(6)
    roots = put(case, authority.root.read_bytes())
    named = {"name": "Stamps", "kind": "rfc3161", "roots": "sha256:" + roots["sha256"]}
    body = {"authorities": [named], "stamps": 1, "witnesses": [], "quorum": 0}
    pairs.append(opened("policy", 6, body=body, objects=[roots]))
    note = now(pairs)
    stamp_entry(case, pairs, *authority.stamp(note), note)
    lay(case, pairs)
    result = v.verify(store(case, tmp_path / "case"))
    assert whats(result) == []
    assert result["covered_to"] == {
        "size": 0,
        "by": [],
        "by_case": {"size": 7, "by": ["Stamps (Stamps)"]},
    }
    assert result["policy"]["stamps"] == {"of": 1, "met": True, "size": 7}
    assert "whom only the case itself names" in v.describe(result)
    assert v.verify(tmp_path / "case", trust=[authority.root])["covered_to"]["size"] == 7
    result = v.verify(store(stamped(authority)[0], tmp_path / "nobody"))
    assert (result["verdict"], result["problems"]) == ("ok", [])
    (item,) = result["outside"]
    assert (item["verdict"], item["trusted"]) == ("not_checked", "nobody")
    assert result["covered_to"]["by_case"]["size"] == 0
    assert result["brackets"]["intervals"] == [
        {"from": 0, "to": 8, "not_before": None, "not_after": None}
    ]


def swapped(token: bytes, other: Authority) -> bytes:
    """The token with the certificate in it replaced by another one of the same length, if so."""
    mine = x509.load_pem_x509_certificate((other.folder / "tsa.pem").read_bytes())
    old = v.read_token(token).signer.raw
    new = mine.public_bytes(Encoding.DER)
    assert len(old) == len(new)
    return token.replace(old, new)


def test_wrong_tokens(tmp_path: Path, authority: Authority) -> None:
    note = now(make(6)[1])
    request, token = authority.stamp(note)
    other_request, _ = authority.stamp(note)
    _, elsewhere = authority.stamp(b"other bytes")
    wrong_use = Authority(tmp_path / "use", extensions="wrong")
    attempts: dict[str, tuple[dict[str, Any], str]] = {
        "nonce": ({"request": other_request, "token": token}, "another request"),
        "imprint": ({"token": elsewhere, "request": None}, "other bytes"),
        "cut": ({"token": token[:-7]}, "cut off"),
        "longer": ({"token": token + b"\0"}, "alone should be"),
        "empty": ({"token": b""}, "cut off"),
        "size": ({"request": request, "token": token, "size": 5}, "another size"),
        "root": ({"request": request, "token": token, "root": "0" * 64}, "another size or root"),
    }
    changed = bytearray(token)
    changed[-5] ^= 1  # within the signature
    attempts["signature"] = {"request": request, "token": bytes(changed)}, "signature is wrong"
    for name, (given, what) in attempts.items():
        case, _ = stamped(authority, **{"note": note, **given})
        result = v.verify(store(case, tmp_path / name), trust=[authority.root])
        assert result["verdict"] == "failed", name
        assert result["problems"][0]["entry"] == 6 and what in result["problems"][0]["what"], name
        assert result["covered_to"]["size"] == 0
        refused, _ = stamped(authority, **{"note": note, **given}, state="refused")
        if name not in ("size", "root"):
            result = v.verify(store(refused, tmp_path / f"{name}-refused"), trust=[authority.root])
            assert (result["verdict"], result["problems"]) == ("ok", []), name
            assert result["outside"][0]["verdict"] == "failed"
    (tmp_path / "use" / "data").write_bytes(note)
    # openssl itself refuses to sign with such a certificate, so a right token gets it put in.
    assert "not for time stamping alone" in purpose_fault(wrong_use)


def purpose_fault(authority: Authority) -> str:
    data = authority.folder / "tsa.pem"
    (certificate,) = v.read_pem(data.read_bytes())
    with pytest.raises(v.Damage) as raised:
        v.check_signer(certificate, 1000 * NOW)
    return str(raised.value)


def test_a_token_by_another_signer_and_another_root(tmp_path: Path, authority: Authority) -> None:
    other = Authority(tmp_path / "other")
    folder = store(stamped(authority)[0], tmp_path / "case")
    result = v.verify(folder, trust=[other.root])  # the same names, another key
    assert result["outside"][0]["trusted"] == "nobody"
    assert "did not sign" in result["outside"][0]["why"]
    note = now(make(6)[1])
    request, token = authority.stamp(note)
    for _ in range(20):  # serial numbers and signatures vary in length
        if len(v.read_token(token).signer.raw) == len(
            v.read_token(other.stamp(note)[1]).signer.raw
        ):
            break
    else:
        pytest.fail("no certificate of the same length")
    case, _ = stamped(authority, request=request, token=swapped(token, other), note=note)
    result = v.verify(store(case, tmp_path / "swapped"), trust=[authority.root, other.root])
    assert result["verdict"] == "failed"


def test_certificates_count_at_the_time_of_the_token(authority: Authority) -> None:
    _, token = authority.stamp(b"x")
    read = v.read_token(token)
    (root,) = v.read_pem(authority.root.read_bytes())
    assert v.chain_fault(read.signer, read.certificates, [root], read.time) == ""
    later = read.time + 40 * 86_400_000  # the signer is valid for 30 days, the root for 10 years
    with pytest.raises(v.Damage, match="not valid at the time"):
        v.check_signer(read.signer, later)
    assert "not valid" in v.chain_fault(read.signer, [], [root], read.time + 4000 * 86_400_000)
    assert "no root" in v.chain_fault(read.signer, read.certificates, [], read.time)
    (leaf,) = v.read_pem((authority.folder / "tsa.pem").read_bytes())
    fake = root._replace(extensions={**root.extensions, "2.5.29.19": (True, b"\x30\0")})
    assert "not of a certification authority" in v.chain_fault(leaf, [], [fake], read.time)


def test_certificates_in_an_order_that_is_not_der(tmp_path: Path, authority: Authority) -> None:
    note = now(make(6)[1])
    request, token = authority.stamp(note, chain=True)
    read = v.read_token(token)
    assert len(read.certificates) == 2
    case, _ = stamped(authority, request=request, token=token, note=note)
    result = v.verify(store(case, tmp_path / "case"), trust=[authority.root])
    assert result["outside"][0]["verdict"] == "ok"
    raw = [one.raw for one in read.certificates]
    assert ("order of DER" in str(result["outside"][0])) == (raw != sorted(raw))


def test_weak_keys_and_hashes_do_not_count(tmp_path: Path) -> None:
    for name, kind, digest in (("bits", "rsa1024", "sha256"), ("hash", "rsa", "sha1")):
        weak = Authority(tmp_path / name, kind, digest=digest)
        result = v.verify(store(stamped(weak)[0], tmp_path / f"{name}-case"), trust=[weak.root])
        (item,) = result["outside"]
        assert (result["verdict"], item["verdict"]) == ("ok", "not_checked")
        assert "weak" in item["why"] and "openssl ts -verify" in item["why"]
        assert result["covered_to"]["size"] == 0


@pytest.mark.slow
def test_single_bit_flips_of_a_token(authority: Authority) -> None:
    _, token = authority.stamp(b"checkpoint")
    good, accepted = v.read_token(token), []
    (root,) = v.read_pem(authority.root.read_bytes())
    for bit in range(8 * len(token)):
        changed = bytearray(token)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            read = v.read_token(bytes(changed))
            v.check_signer(read.signer, read.time)
            if v.chain_fault(read.signer, read.certificates, [root], read.time):
                continue
        except (v.Damage, v.Unsupported):
            continue
        accepted.append(bit)
        assert (read.time, read.imprint, read.nonce) == (good.time, good.imprint, good.nonce)
    # Fields that no signature covers: the status, version numbers, lists of algorithms.
    assert len(accepted) < 8 * len(token) // 50, accepted


def test_rfc3161_client_is_of_the_same_opinion(authority: Authority) -> None:
    _, token = authority.stamp(b"checkpoint")
    certificate = x509.load_pem_x509_certificate(authority.root.read_bytes())
    verifier = VerifierBuilder().add_root_certificate(certificate).build()
    chance, agreed = random.Random(3), 0
    (root,) = v.read_pem(authority.root.read_bytes())
    for _ in range(200):
        changed = bytearray(token)
        changed[chance.randrange(len(token))] ^= 1 << chance.randrange(8)
        try:
            theirs = verifier.verify_message(
                decode_timestamp_response(bytes(changed)), b"checkpoint"
            )
        except Exception:
            theirs = False
        try:
            read = v.read_token(bytes(changed))
            v.check_signer(read.signer, read.time)
            mine = not v.chain_fault(read.signer, read.certificates, [root], read.time)
            mine = mine and read.imprint == ("sha256", sha(b"checkpoint"))
        except (v.Damage, v.Unsupported):
            mine = False
        agreed += mine == theirs
        if mine and not theirs:  # then only in what nobody signed
            assert read.signer.raw == v.read_token(token).signer.raw
    assert agreed >= 190


@pytest.mark.parametrize(
    "data",
    [
        b"\x30\x84\xff\xff\xff\xff" + b"\0" * 50,
        b"\x30\x80" * 100_000,
        b"\x30\x82\xff\xf0" * 16_000,
        (b"\x30\x03\x02\x01\x00" * 50_000),
        b"\x30\x88" + b"\xff" * 20,
        b"\x3f\xff\xff\xff\x7f\0",
        b"\x30\0",
        b"\x30\x02\x30\0",
        b"\xff" * 1_000_000,
    ],
)
def test_hostile_der_ends(data: bytes) -> None:
    with pytest.raises((v.Damage, v.Unsupported)):
        v.read_token(data)
    with pytest.raises((v.Damage, v.Unsupported)):
        v.read_certificate(data)


def test_rsa_pss_and_ecdsa_agree_with_another_implementation() -> None:
    chance = random.Random(9)
    key = rsa.generate_private_key(65537, 2048)
    numbers = key.public_key().public_numbers()
    for name, hashed in (("sha256", hashes.SHA256()), ("sha512", hashes.SHA512())):
        message = chance.randbytes(90)
        pss = key.sign(message, padding.PSS(padding.MGF1(hashed), 32), hashed)
        v.pss_check(numbers.n, numbers.e, name, 32, message, pss)
        with pytest.raises(v.Damage):
            v.pss_check(numbers.n, numbers.e, name, 32, message + b"x", pss)
        with pytest.raises(v.Damage):
            v.pss_check(numbers.n, numbers.e, name, 20, message, pss)
    for curve, made in zip(
        v.CURVES.values(), (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()), strict=True
    ):
        for _ in range(6):
            secret, message = ec.generate_private_key(made), chance.randbytes(50)
            r, s = decode_dss_signature(secret.sign(message, ec.ECDSA(hashes.SHA512())))
            point = secret.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            digest = hashlib.sha512(message).digest()
            assert v.ecdsa_valid(curve, point, digest, r, s)
            assert not v.ecdsa_valid(curve, point, digest, r, s + 1)
            assert not v.ecdsa_valid(curve, point, digest[:-1] + b"\0" + b"", r, s ^ 1)
            assert not v.ecdsa_valid(curve, point, digest, 0, s)
            assert not v.ecdsa_valid(curve, point, digest, r + curve.n, s)
            assert not v.ecdsa_valid(curve, point[:-1] + bytes([point[-1] ^ 1]), digest, r, s)


# --- witnesses, persons -----------------------------------------------------------------------


def test_cosignatures(tmp_path: Path) -> None:
    trust = tmp_path / "trust"
    trust.write_text("# the clerk of the court\n" + witness_vkey() + "\n")
    case, pairs = make(6)
    witness_entry(case, pairs, cosigned(now(pairs), NOW), NOW)
    lay(case, pairs)
    folder = store(case, tmp_path / "case")
    result = v.verify(folder, trust=[trust])
    assert whats(result) == []
    assert result["covered_to"]["size"] == 6 and result["covered_to"]["by"] == ["clerk.example"]
    assert v.verify(folder)["outside"][0]["verdict"] == "not_checked"
    thief = Ed25519PrivateKey.from_private_bytes(bytes(range(9, 41)))
    for name, data, more in (
        ("thief", cosigned(now(make(6)[1]), NOW, thief), {}),
        ("bit", cosigned(now(make(6)[1]), NOW)[:-9] + b"A" * 6 + b"==\n", {}),
        ("time", cosigned(now(make(6)[1]), NOW), {"time_ms": 5}),
        ("size", cosigned(now(make(6)[1]), NOW), {"size": 4}),
    ):
        case, pairs = make(6)
        witness_entry(case, pairs, data, NOW, **more)
        lay(case, pairs)
        result = v.verify(store(case, tmp_path / name), trust=[trust])
        assert result["covered_to"]["size"] == 0, name
        assert result["verdict"] == ("ok" if name == "thief" else "failed"), name


def test_quorum_of_the_policy(tmp_path: Path) -> None:
    second = Ed25519PrivateKey.from_private_bytes(bytes(range(20, 52)))
    keys = [witness_vkey(), witness_vkey(second, "bar.example")]
    case, pairs = make(6)
    body = {"witnesses": keys, "quorum": 2, "authorities": [], "stamps": 0}
    pairs.append(opened("policy", 6, body=body))
    witness_entry(case, pairs, cosigned(now(pairs), NOW), NOW)
    folder = store({**case, **laid(case, pairs)}, tmp_path / "one")
    result = v.verify(folder)
    assert result["policy"]["quorum"] == {"of": 2, "met": False, "size": 0}
    assert "The case asks for 2 witnesses: not met." in v.describe(result)
    data = cosigned(now(pairs), NOW, second, "bar.example")
    witness_entry(case, pairs, data, NOW, witness=keys[1])
    result = v.verify(store(laid(case, pairs), tmp_path / "two"))
    assert result["policy"]["quorum"] == {"of": 2, "met": True, "size": 7}


def laid(case: Case, pairs: Pairs) -> Case:
    lay(case, pairs)
    return case


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa:256", "ecdsa:384", "ecdsa:521", "rsa:3072"])
def test_signatures_by_ssh_keygen(tmp_path: Path, kind: str) -> None:
    key, public = ssh_key(tmp_path, kind)
    case, pairs = make(6)
    note = now(pairs)
    signature = ssh_sign(key, note)
    signature_entry(case, pairs, note, signature, public)
    lay(case, pairs)
    folder = store(case, tmp_path / "case")
    result = v.verify(folder, trust=[tmp_path / "id.pub"])
    assert whats(result) == [] and result["covered_to"]["size"] == 6
    signers = tmp_path / "allowed_signers"
    signers.write_text(f'ada@example.org namespaces="firsthand-*" {public}\n')
    assert v.verify(folder, trust=[signers])["covered_to"]["size"] == 6
    result = v.verify(folder)
    assert (result["verdict"], result["outside"][0]["verdict"]) == ("ok", "not_checked")
    for name, changed in (
        ("other", ssh_sign(key, note + b"x")),
        ("namespace", ssh_sign(key, note, "file")),
        ("cut", signature[:-40]),
    ):
        case, pairs = make(6)
        signature_entry(case, pairs, note, changed, public)
        lay(case, pairs)
        result = v.verify(store(case, tmp_path / name), trust=[signers])
        assert (result["verdict"], result["problems"][0]["entry"]) == ("failed", 6), name


def test_a_person_signs_the_list_of_files(tmp_path: Path) -> None:
    key, _ = ssh_key(tmp_path)
    sums = export(build())["SHA256SUMS"]
    signed = ssh_sign(key, sums, "firsthand-export")
    bundle = pack(export(build(), extra={"SHA256SUMS.sig": signed}), tmp_path / "x.zip")
    result = v.verify(bundle, trust=[tmp_path / "id.pub"])
    assert whats(result) == [] and result["covered_to"]["size"] == 6
    other = ssh_sign(key, sums + b"x", "firsthand-export")
    bundle = pack(export(build(), extra={"SHA256SUMS.sig": other}), tmp_path / "y.zip")
    assert v.verify(bundle)["problems"][0]["where"] == "SHA256SUMS.sig"


# --- time and history -------------------------------------------------------------------------


def test_times_that_contradict_one_another(tmp_path: Path) -> None:
    trust = tmp_path / "trust"
    trust.write_text(witness_vkey() + "\n")
    for name, second, verdict in (("later", NOW + 60, "ok"), ("earlier", NOW - 3600, "failed")):
        case, pairs = make(6)
        witness_entry(case, pairs, cosigned(now(pairs), NOW), NOW)
        pairs.append(opened("note", 7, at_ms=1000 * NOW))
        witness_entry(case, pairs, cosigned(now(pairs), second), second)
        lay(case, pairs)
        result = v.verify(store(case, tmp_path / name), trust=[trust])
        assert result["verdict"] == verdict
        if verdict == "failed":
            assert "time stamps contradict one another" in result["problems"][0]["what"]
            assert result["problems"][0]["entry"] == 6


def test_a_checkpoint_of_another_history(tmp_path: Path, authority: Authority) -> None:
    case, pairs = make(6)
    note = now(pairs)
    request, token = authority.stamp(note)
    pairs[4] = opened("gap", 4, body={"what": "another"})  # rewritten, and signed again
    stamp_entry(case, pairs, request, token, note)
    lay(case, pairs)
    for trust in ([], [authority.root]):
        result = v.verify(store(case, tmp_path / "case"), trust=trust)
        assert result["verdict"] == "failed"
        assert "proof of two histories" in result["problems"][0]["what"]


def test_what_is_brought_from_outside(tmp_path: Path) -> None:
    case, pairs = make(300)
    leaves = lay(case, pairs)
    folder = store(case, tmp_path / "case")
    held, trust, proof = tmp_path / "held", tmp_path / "trust", tmp_path / "x.tlog-proof"
    note = now(pairs[:280])
    held.write_bytes(cosigned(note, NOW))
    trust.write_text(witness_vkey() + "\n")
    result = v.verify(folder, [held], [trust])
    assert [item["kind"] for item in result["outside"]] == ["checkpoint", "witness"]
    assert result["brackets"]["intervals"][0]["to"] == 279
    proof.write_bytes(b"c2sp.org/tlog-proof@v1\nindex 3\n\n" + note)
    assert v.verify(folder, [proof])["covered_to"]["size"] == 280
    trust.write_text("nonsense\n")
    with pytest.raises(v.NotACase):
        v.verify(folder, trust=[trust])
    assert len(leaves) == 300


# --- OpenTimestamps ---------------------------------------------------------------------------


def ots_proof(note: bytes, *, pending: bool, height: int = 900_000) -> tuple[bytes, bytes]:
    """A proof by OpenTimestamps' own library, and the Merkle root that it leads to."""
    from opentimestamps.core.notary import BitcoinBlockHeaderAttestation, PendingAttestation
    from opentimestamps.core.op import OpAppend, OpPrepend, OpSHA256
    from opentimestamps.core.serialize import BytesSerializationContext
    from opentimestamps.core.timestamp import DetachedTimestampFile, Timestamp

    top = Timestamp(sha(note))
    nonce = top.ops.add(OpAppend(b"nonce")).ops.add(OpSHA256())
    end = nonce.ops.add(OpPrepend(b"left")).ops.add(OpSHA256()).ops.add(OpSHA256())
    if pending:
        nonce.attestations.add(PendingAttestation("https://calendar.example"))
    else:
        end.attestations.add(BitcoinBlockHeaderAttestation(height))
        nonce.attestations.add(PendingAttestation("https://calendar.example"))
    if pending:
        nonce.ops.clear()
    context = BytesSerializationContext()
    DetachedTimestampFile(OpSHA256(), top).serialize(context)
    return context.getbytes(), end.msg


def mined(root: bytes, seconds: int, bits: int = 0x207FFFFF) -> bytes:
    """A header with that root and a proof of work of the least possible difficulty."""
    for number in range(1000):
        header = bytes(36) + root + seconds.to_bytes(4, "little") + bits.to_bytes(4, "little")
        header += number.to_bytes(4, "little")
        if int.from_bytes(sha(sha(header)), "little") <= (bits & 0x7FFFFF) << 8 * (29):
            return header
    raise AssertionError


def test_opentimestamps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note = now(make(6)[1])
    for name, pending in (("pending", True), ("block", False)):
        case, pairs = make(6)
        token, root = ots_proof(note, pending=pending)
        stamp_entry(case, pairs, None, token, note, kind="opentimestamps")
        lay(case, pairs)
        folder = store(case, tmp_path / name)
        (item,) = v.verify(folder)["outside"]
        assert item["verdict"] == "not_checked"
        assert "pending at https://calendar.example" in item["why"]
    assert f"block 900000 must have the Merkle root {root[::-1].hex()}" in item["why"]
    headers = tmp_path / "headers"
    headers.write_text(mined(root, NOW).hex() + "\n")
    with pytest.raises(v.NotACase, match="difficulty"):
        v.verify(folder, headers=[headers])
    monkeypatch.setattr(v, "LEAST_DIFFICULTY", 0)
    result = v.verify(folder, headers=[headers])
    assert result["covered_to"]["size"] == 6
    stamp = datetime.datetime.fromtimestamp(NOW + 7200, datetime.UTC)
    assert result["outside"][0]["time"]["latest"] == f"{stamp:%Y-%m-%dT%H:%M:%S}.000Z"
    bad = bytearray(token)
    bad[len(v.OTS_MAGIC) + 3] ^= 1
    case, pairs = make(6)
    stamp_entry(case, pairs, None, bytes(bad), note, kind="opentimestamps")
    lay(case, pairs)
    assert v.verify(store(case, tmp_path / "bad"))["verdict"] == "failed"


# The header of the first block: its digest is known to everybody, its difficulty is 1.
GENESIS = (
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac7"
    "2c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c"
)


def test_headers_of_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert v.LEAST_DIFFICULTY == bitcoin.LEAST_DIFFICULTY  # two programs, one opinion
    with pytest.raises(v.Damage, match="difficulty"):
        v.read_headers(GENESIS)
    monkeypatch.setattr(v, "LEAST_DIFFICULTY", 1)
    ((root, when),) = v.read_headers(GENESIS).items()
    assert root[::-1].hex() == "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"
    assert when == 1_231_006_505_000
    with pytest.raises(v.Damage, match="proof of work"):
        v.read_headers(GENESIS[:-1] + "d")


@pytest.mark.parametrize("data", [b"\xff" * 100_000, b"\x08" * 100_000, b"\xf0\xff\xff\xff\xff\x7f",
                                  b"\xff\x08" * 30_000, b"", b"\0"])  # fmt: skip
def test_hostile_proofs_end(data: bytes) -> None:
    with pytest.raises(v.Damage):
        v.read_ots(v.OTS_MAGIC + b"\x08" + bytes(32) + data)
