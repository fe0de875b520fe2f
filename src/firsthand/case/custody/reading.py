"""What each reader says of a time-stamp token: whether it answers our request, and is signed.

Three readers, and the verdict of each is kept: ``firsthand`` compares the token with the request
and looks at the signer's certificate; ``rfc3161-client`` and ``openssl`` check signature and chain
at the token's own time. A token counts as received when the first and one of the others accept it;
where the others differ, that is recorded as it is.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import VerifierBuilder, decode_timestamp_response

from firsthand import __version__
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput
from firsthand.model.values import to_rfc3339
from firsthand.model.vocabulary import StampState
from firsthand.tlog import rfc3161

EARLIEST_MS = 996_624_000_000
"""2001-08-01T00:00:00Z: RFC 3161 is of August 2001, so no token is older."""

LATEST_MS = 253_402_300_799_000
"""9999-12-31T23:59:59Z, the last time that is written in four digits."""

PATIENCE_S = 30


@dataclass(frozen=True, slots=True)
class Reading:
    """The verdict on an answer, and how it came about."""

    state: StampState
    readers: list[Json]
    token: rfc3161.Token | None = None
    why: str | None = None


def read_answer(request: bytes, answer: bytes, roots: bytes) -> Reading:
    """Let every reader judge an answer; ``roots`` are the authority's root certificates (PEM)."""
    token: rfc3161.Token | None = None
    ours: Json = {"reader": "firsthand", "version": __version__}
    try:
        token = _judged(request, answer)
        readers = [ours | {"verdict": "accepted"}]
    except BadInput as error:
        readers = [ours | {"verdict": "refused", "why": str(error)[:500]}]
    readers += [by_rfc3161_client(request, answer, roots), by_openssl(request, answer, roots)]
    accepted = [each["reader"] for each in readers[1:] if each["verdict"] == "accepted"]
    if token is None or not accepted:
        first = next(each for each in readers if each["verdict"] != "accepted")
        return Reading(StampState.REFUSED, readers, None, f"{first['reader']}: {first['why']}")
    refused = [each["reader"] for each in readers[1:] if each["verdict"] == "refused"]
    why = f"refused by {refused[0]}, accepted by {accepted[0]}" if refused else None
    return Reading(StampState.RECEIVED, readers, token, why)


def answers(request: bytes, answer: bytes) -> bool:
    """Tell whether an answer has the nonce and the imprint of a request."""
    try:
        asked, found = rfc3161.read_request(request), rfc3161.read_answer(answer)
    except BadInput:
        return False
    token = found.token
    return token is not None and (token.nonce, token.imprint) == (asked.nonce, asked.imprint)


def _judged(request: bytes, answer: bytes) -> rfc3161.Token:
    asked, found = rfc3161.read_request(request), rfc3161.read_answer(answer)
    token = found.token
    if not found.granted or token is None:
        raise BadInput("the authority gave no time stamp", why=found.says)
    if (token.algorithm, token.imprint) != (rfc3161.SHA256, asked.imprint):
        raise _not("it is about other bytes")
    if token.nonce != asked.nonce:
        raise _not("its nonce is not that of the request")
    if asked.policy is not None and token.policy != asked.policy:
        raise _not(f"it is under the policy {token.policy}, not {asked.policy}")
    if not EARLIEST_MS <= token.time_ms <= LATEST_MS:
        raise _not(f"its time is {to_rfc3339(token.time_ms)}, before such tokens existed")
    if token.digests & rfc3161.WEAK_SIGNATURES:
        raise _not("it is signed over SHA-1 or MD5, with which other contents can be made to fit")
    _check_purpose(rfc3161.signer_certificate(token), token.time_ms)
    return token


def _check_purpose(certificate: x509.Certificate, time_ms: int) -> None:
    """Check that a certificate is for time stamps only (RFC 3161, section 2.3), and was valid."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        purposes, critical = list(usage.value), usage.critical
        first = certificate.not_valid_before_utc.timestamp() * 1000
        last = certificate.not_valid_after_utc.timestamp() * 1000
    except x509.ExtensionNotFound as error:
        raise _not("its signer's certificate is not one for time stamps") from error
    except Exception as error:  # whatever the library raises on a hostile certificate
        raise _not(f"its signer's certificate cannot be read: {error}") from error
    if purposes != [ExtendedKeyUsageOID.TIME_STAMPING] or not critical:
        raise _not("its signer's certificate is not for time stamps alone")
    if not first <= time_ms <= last + 999:
        raise _not("its signer's certificate was not valid at the token's time")


def _not(why: str) -> BadInput:
    return BadInput("the token is not used", why=why)


# --- the others ---------------------------------------------------------------------------------


def by_rfc3161_client(request: bytes, answer: bytes, roots: bytes) -> Json:
    """Return the verdict of the library rfc3161-client."""

    def check() -> str | None:
        asked = rfc3161.read_request(request)
        builder = VerifierBuilder()
        for root in dict.fromkeys(x509.load_pem_x509_certificates(roots)):
            builder = builder.add_root_certificate(root)
        if asked.nonce is not None:
            builder = builder.nonce(asked.nonce)
        if asked.policy is not None:
            builder = builder.policy_id(x509.ObjectIdentifier(asked.policy))
        builder.build().verify(decode_timestamp_response(answer), asked.imprint)
        return None

    return _verdict("rfc3161-client", importlib.metadata.version("rfc3161-client"), check)


def by_openssl(request: bytes, answer: bytes, roots: bytes) -> Json:
    """Return the verdict of ``openssl ts -verify``, with the chain at the token's own time."""
    program = shutil.which("openssl")
    if program is None:
        return {"reader": "openssl", "version": "", "verdict": "not_run", "why": "not installed"}
    return _verdict("openssl", _version(program), lambda: _ask(program, request, answer, roots))


def _ask(program: str, request: bytes, answer: bytes, roots: bytes) -> str | None:
    with tempfile.TemporaryDirectory(prefix="firsthand-") as folder:
        for name, data in (("tsq", request), ("tsr", answer), ("pem", roots)):
            (Path(folder) / name).write_bytes(data)
        command = [program, "ts", "-verify", "-queryfile", "tsq", "-in", "tsr", "-CAfile", "pem"]
        with contextlib.suppress(BadInput):  # what we cannot read is judged at today's time
            token = rfc3161.read_answer(answer).token
            if token is not None:
                command += ["-attime", str(max(token.time_ms, 0) // 1000)]
        done = _run(command, folder)
    # Both: the exit code alone would accept a program that does not know the option.
    if done.returncode == 0 and b"Verification: OK" in done.stdout:
        return None
    said = re.findall(r"error:[0-9A-F]*:([^\n]*)", done.stderr.decode("utf-8", "replace"))
    # The first line is the cause, without the source file and line that follow it.
    return ":".join(said[0].split(":")[:3]) if said else f"it ended with {done.returncode}"


def _run(command: list[str], folder: str) -> subprocess.CompletedProcess[bytes]:
    # No settings of the user or the machine: they could name engines and other trust.
    return subprocess.run(
        command,
        cwd=folder,
        env={"LC_ALL": "C", "OPENSSL_CONF": os.devnull},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )


@cache
def _version(program: str) -> str:
    try:
        said = _run([program, "version"], "/").stdout.decode("ascii", "replace")
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.strip()[:100]


def _verdict(reader: str, version: str, check: Callable[[], str | None]) -> Json:
    result: Json = {"reader": reader, "version": version}
    try:
        why = check()
    except (OSError, subprocess.TimeoutExpired) as error:
        return result | {"verdict": "not_run", "why": str(error)[:300]}
    except Exception as error:  # whatever a library raises on hostile bytes is a refusal
        return result | {"verdict": "refused", "why": f"{error or type(error).__name__}"[:300]}
    if why is not None:
        return result | {"verdict": "refused", "why": why[:300]}
    return result | {"verdict": "accepted"}
