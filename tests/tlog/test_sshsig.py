"""SSH signatures: what Debian's ssh-keygen signs is accepted, and what it refuses is refused."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.tlog.sshkeys import PublicKey
from firsthand.tlog.sshsig import SshSignature

KEYGEN = shutil.which("ssh-keygen")
DATA = b"firsthand.case/0123456789abcdef\n7\nabc=\n"
SPACE = "firsthand-checkpoint"

pytestmark = pytest.mark.skipif(KEYGEN is None, reason="no ssh-keygen (openssh-client)")

KINDS = [
    pytest.param(["ed25519"], id="ed25519"),
    pytest.param(["ecdsa", "-b", "256"], id="ecdsa 256"),
    pytest.param(["ecdsa", "-b", "384"], id="ecdsa 384"),
    pytest.param(["ecdsa", "-b", "521"], id="ecdsa 521"),
    pytest.param(["rsa", "-b", "2048"], id="rsa"),
]


def make_key(folder: Path, kind: list[str], name: str = "key") -> Path:
    path = folder / name
    command = ["ssh-keygen", "-q", "-t", *kind, "-N", "", "-C", "anna@laptop", "-f", str(path)]
    subprocess.run(command, check=True)
    return path


def sign(key: Path, data: bytes = DATA, *options: str, space: str = SPACE) -> bytes:
    command = ["ssh-keygen", "-Y", "sign", "-q", "-f", str(key), "-n", space, *options]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def accepted_by_ssh_keygen(
    folder: Path, key: PublicKey, signature: bytes, data: bytes = DATA, space: str = SPACE
) -> bool:
    (folder / "allowed").write_text(f"anna {key}\n")
    (folder / "sig").write_bytes(signature)
    command = ["ssh-keygen", "-Y", "verify", "-f", str(folder / "allowed"), "-I", "anna"]
    command += ["-n", space, "-s", str(folder / "sig")]
    return subprocess.run(command, input=data, capture_output=True).returncode == 0


@pytest.mark.parametrize("kind", KINDS)
def test_what_ssh_keygen_signs_is_accepted_and_read_whole(tmp_path: Path, kind: list[str]) -> None:
    key = make_key(tmp_path, kind)
    armoured = sign(key)
    signature = SshSignature.parse(armoured)
    public = PublicKey.parse(key.with_suffix(".pub").read_text())
    assert signature.verify(DATA, SPACE, public) == public
    assert bytes(signature) == armoured
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(key)], capture_output=True, text=True, check=True
    )
    assert public.fingerprint in shown.stdout.split()
    assert "anna" not in str(public)
    for data, space in ((DATA + b"\n", SPACE), (DATA, "file")):
        with pytest.raises(VerificationFailed):
            signature.verify(data, space)
    other = PublicKey.parse(
        make_key(tmp_path, ["ed25519"], "other").with_suffix(".pub").read_text()
    )
    with pytest.raises(VerificationFailed, match="another key"):
        signature.verify(DATA, SPACE, other)


def string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def armour(blob: bytes) -> bytes:
    text = base64.b64encode(blob).decode()
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    head, foot = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
    return "\n".join([head, *lines, foot, ""]).encode()


def mpint(number: int) -> bytes:
    return string(number.to_bytes(number.bit_length() // 8 + 1, "big"))


def token_signature(kind: str, flags: int) -> tuple[PublicKey, bytes]:
    """Sign as a security token does (OpenSSH PROTOCOL.u2f); no such token is at hand in a test."""
    name = kind.encode()
    digest = hashlib.sha512(DATA).digest()
    to_sign = b"SSHSIG" + string(SPACE.encode()) + string(b"") + string(b"sha512") + string(digest)
    tail = bytes([flags]) + (5).to_bytes(4, "big")
    message = hashlib.sha256(b"ssh:").digest() + tail + hashlib.sha256(to_sign).digest()
    if "ed25519" in kind:
        private = Ed25519PrivateKey.generate()
        blob = string(name) + string(private.public_key().public_bytes_raw()) + string(b"ssh:")
        raw = private.sign(message)
    else:
        curve = ec.generate_private_key(ec.SECP256R1())
        point = curve.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        blob = string(name) + string(b"nistp256") + string(point) + string(b"ssh:")
        r, s = decode_dss_signature(curve.sign(message, ec.ECDSA(SHA256())))
        raw = mpint(r) + mpint(s)
    signed = string(name) + string(raw) + tail
    whole = b"SSHSIG" + (1).to_bytes(4, "big") + string(blob) + string(SPACE.encode())
    whole += string(b"") + string(b"sha512") + string(signed)
    return PublicKey.of_blob(blob), armour(whole)


@pytest.mark.parametrize(
    "kind", ["sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"]
)
def test_keys_on_a_token_need_a_touch(tmp_path: Path, kind: str) -> None:
    key, armoured = token_signature(kind, flags=1)
    assert accepted_by_ssh_keygen(tmp_path, key, armoured)  # the foreign reader agrees
    assert SshSignature.parse(armoured).verify(DATA, SPACE, key) == key
    key, armoured = token_signature(kind, flags=0)
    with pytest.raises(VerificationFailed):
        SshSignature.parse(armoured).verify(DATA, SPACE, key)


def test_every_flipped_bit_is_refused(tmp_path: Path) -> None:
    key = make_key(tmp_path, ["ed25519"])
    public = PublicKey.parse(key.with_suffix(".pub").read_text())
    body = b"".join(sign(key).splitlines()[1:-1])
    blob = base64.b64decode(body)
    for place in range(len(blob) * 8):
        changed = bytearray(blob)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises((BadInput, VerificationFailed)):
            SshSignature.parse(armour(bytes(changed))).verify(DATA, SPACE, public)


def test_line_ends_and_widths_may_change_on_the_way(tmp_path: Path) -> None:
    armoured = sign(make_key(tmp_path, ["ed25519"]))
    lines = armoured.decode().splitlines()
    mailed = "\r\n".join(["", lines[0], "".join(lines[1:-1]), lines[-1], "", ""]).encode()
    assert bytes(SshSignature.parse(mailed)) == armoured


def test_another_hash_and_what_is_no_signature_are_refused(tmp_path: Path) -> None:
    key = make_key(tmp_path, ["ed25519"])
    with pytest.raises(BadInput, match="not sha512"):
        SshSignature.parse(sign(key, DATA, "-O", "hashalg=sha256"))
    armoured = sign(key)
    for wrong in (
        b"",
        b"\xff" * 100,
        armoured[:120],
        armoured.replace(b"SSH SIG", b"PGP SIG"),
        armoured + b"more\n",
        armoured * 200,
        armour(b"SSHSIG"),
        armour(b"SSHSIG" + (1).to_bytes(4, "big") + (2**32 - 1).to_bytes(4, "big")),
    ):
        with pytest.raises(BadInput):
            SshSignature.parse(wrong)


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_as_bad_input(data: bytes) -> None:
    with pytest.raises(BadInput):
        SshSignature.parse(armour(data))
    with pytest.raises(BadInput):
        PublicKey.of_blob(data)


def public_line(kind: str, *parts: bytes) -> str:
    blob = string(kind.encode()) + b"".join(parts)
    return f"{kind} {base64.b64encode(blob).decode()}"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "not a kind"),
        ("ssh-ed25519", "not a kind"),
        ("ssh-ed25519 ????", "base64"),
        ('command="rm" ssh-ed25519 AAAA', "base64"),
        (public_line("ssh-ed25519", string(b"\x01" + bytes(31))), "small order"),
        (public_line("ssh-ed25519", string(b"\x07" * 31)), "31 bytes"),
        (public_line("ssh-ed25519", string(b"\x07" * 32), b"x"), "after its end"),
        (public_line("ssh-dss", mpint(7)), "not taken"),
        (public_line("ssh-ed25519-cert-v01@openssh.com", string(b"")), "not taken"),
        (public_line("ssh-rsa", mpint(65537), mpint(2**1023 + 1)), "1024 bits"),
        (public_line("ssh-rsa", mpint(65537), mpint(2**2048)), "not an RSA key"),
        (public_line("ssh-rsa", mpint(2**4000 + 1), mpint(2**2048 + 1)), "not an RSA key"),
        (public_line("ssh-rsa", string(b"\x00\x01"), mpint(2**2048 + 1)), "one form"),
        (
            public_line("ecdsa-sha2-nistp256", string(b"nistp256"), string(b"\x04" + bytes(64))),
            "not on the curve",
        ),
        (
            public_line("ecdsa-sha2-nistp256", string(b"nistp384"), string(b"\x04" + bytes(96))),
            "not that of the kind",
        ),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "private part"),
        ("ssh-ed25519 AAAA\nssh-ed25519 AAAA", "not one line"),
    ],
)
def test_public_keys_are_read_strictly(line: str, why: str) -> None:
    with pytest.raises(BadInput) as raised:
        PublicKey.parse(line)
    assert why in str(raised.value)
