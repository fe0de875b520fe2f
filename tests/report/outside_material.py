"""What others sign, made by their own tools: openssl, ssh-keygen; and cases that hold it."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .test_verify import Case, checkpoint, lay, opened, put, sha

WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(range(7, 39)))
Pairs = list[tuple[bytes, bytes]]

CONFIG = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
crypto_device = builtin
signer_digest = {digest}
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500
ess_cert_id_alg = {ess}
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[stamping]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[wrong]
basicConstraints = critical, CA:false
extendedKeyUsage = critical, timeStamping, serverAuth
"""


def run(*command: Any, cwd: Path, stdin: bytes = b"") -> bytes:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, input=stdin, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


class Authority:
    """A root and a certificate for time stamps, by openssl; ``kind`` as in ``genpkey``."""

    def __init__(
        self,
        folder: Path,
        kind: str = "rsa",
        *,
        digest: str = "sha256",
        extensions: str = "stamping",
        days: str = "30",
        ess: str = "sha256",
    ) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        (folder / "serial").write_text("01\n")
        text = CONFIG.format(folder=folder, digest=digest, ess=ess)
        (folder / "tsa.cnf").write_text(text + "[req]\ndistinguished_name = dn\n[dn]\n")
        making = {
            "rsa": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
            "rsa1024": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"),
            "ed25519": ("-algorithm", "ED25519"),
        }.get(kind, ("-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{kind}"))
        for name in ("root", "tsa"):
            run("openssl", "genpkey", *making, "-out", f"{name}.key", cwd=folder)
        request = ("openssl", "req", "-config", "tsa.cnf", "-new", "-key")
        run(*request, "root.key", "-x509", "-subj", "/CN=Root", "-days", "3650", "-extensions",
            "root", "-out", "root.pem", cwd=folder)  # fmt: skip
        run(*request, "tsa.key", "-subj", "/CN=Stamps", "-out", "tsa.csr", cwd=folder)
        run("openssl", "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key",
            "-CAcreateserial", "-days", days, "-extfile", "tsa.cnf", "-extensions", extensions,
            "-out", "tsa.pem", cwd=folder)  # fmt: skip
        self.root = folder / "root.pem"

    def stamp(self, data: bytes, *query: str, chain: bool = False) -> tuple[bytes, bytes]:
        """Return request and answer over some bytes."""
        (self.folder / "data").write_bytes(data)
        run("openssl", "ts", "-query", "-data", "data", "-sha256", "-cert", *query, "-out", "q",
            cwd=self.folder)  # fmt: skip
        more = ("-chain", "root.pem") if chain else ()
        run("openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q", "-signer",
            "tsa.pem", "-inkey", "tsa.key", *more, "-out", "r", cwd=self.folder)  # fmt: skip
        return (self.folder / "q").read_bytes(), (self.folder / "r").read_bytes()


def digest_of(case: Case, data: bytes, named: list[dict[str, Any]]) -> str:
    named.append(put(case, data))
    return "sha256:" + named[-1]["sha256"]


def stamp_entry(
    case: Case, pairs: Pairs, request: bytes | None, token: bytes, note: bytes, **more: Any
) -> None:
    """Append that a token came; the checkpoint is of all entries so far, but for ``more``."""
    named: list[dict[str, Any]] = []
    body = {
        "state": "received",
        "kind": "rfc3161",
        "authority": "Stamps",
        "checkpoint": digest_of(case, note, named),
        "token": digest_of(case, token, named),
        **about(note),
        **more,
    }
    if request is not None:
        body["request"] = digest_of(case, request, named)
    pairs.append(opened("stamp", len(pairs), body=body, objects=named))


def about(note: bytes) -> dict[str, Any]:
    lines = note.decode().split("\n")
    return {"size": int(lines[1]), "root": base64.b64decode(lines[2]).hex()}


def now(pairs: Pairs) -> bytes:
    """The checkpoint of the log as it is."""
    return checkpoint(lay({}, pairs))


def witness_vkey(secret: Ed25519PrivateKey = WITNESS, name: str = "clerk.example") -> str:
    data = b"\4" + secret.public_key().public_bytes_raw()
    key_id = sha(name.encode() + b"\n" + data)[:4]
    return f"{name}+{key_id.hex()}+{base64.b64encode(data).decode()}"


def cosigned(
    note: bytes, seconds: int, secret: Ed25519PrivateKey = WITNESS, name: str = "clerk.example"
) -> bytes:
    """C2SP tlog-cosignature: the message is two lines and the text of the checkpoint."""
    text = note.split(b"\n\n")[0] + b"\n"
    signature = secret.sign(b"cosignature/v1\ntime %d\n" % seconds + text)
    key_id = bytes.fromhex(witness_vkey(secret, name).split("+")[1])
    line = base64.b64encode(key_id + seconds.to_bytes(8, "big") + signature).decode()
    return note + f"— {name} {line}\n".encode()


def witness_entry(case: Case, pairs: Pairs, data: bytes, seconds: int, **more: Any) -> None:
    named: list[dict[str, Any]] = []
    body = {"witness": witness_vkey(), "cosigned": digest_of(case, data, named)}
    body.update({**about(data), "time_ms": 1000 * seconds, **more})
    pairs.append(opened("cosignature", len(pairs), body=body, objects=named))


def ssh_key(folder: Path, kind: str = "ed25519") -> tuple[Path, str]:
    """A key by ssh-keygen: its file, and its public line."""
    name, _, bits = kind.partition(":")
    more = ("-b", bits) if bits else ()
    run("ssh-keygen", "-q", "-t", name, *more, "-N", "", "-C", "ada", "-f", "id", cwd=folder)
    return folder / "id", (folder / "id.pub").read_text().strip()


def ssh_sign(key: Path, data: bytes, namespace: str = "firsthand-checkpoint") -> bytes:
    return run("ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", namespace, cwd=key.parent,
               stdin=data)  # fmt: skip


def signature_entry(
    case: Case, pairs: Pairs, note: bytes, signature: bytes, key: str, **more: Any
) -> None:
    named: list[dict[str, Any]] = []
    body = {
        "person": "Ada",
        "key": " ".join(key.split()[:2]),
        "checkpoint": digest_of(case, note, named),
        "signature": digest_of(case, signature, named),
        "namespace": "firsthand-checkpoint",
        **about(note),
        **more,
    }
    pairs.append(opened("signature", len(pairs), body=body, objects=named))
