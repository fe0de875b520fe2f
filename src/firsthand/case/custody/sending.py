"""Carry requests to authorities and calendars: over the network, or as files for another machine.

Nothing here runs unless a person asks for it; the network is reached through ``egress`` only, and
only hosts that the policy of the case or that person names.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable
from pathlib import Path

from firsthand.case.case import Case
from firsthand.case.custody.places import plain_name
from firsthand.case.custody.stamp_records import Recorded, policy_of
from firsthand.case.custody.stamping import authority_named, confirm, take
from firsthand.egress import Egress
from firsthand.egress.address import target_of
from firsthand.model.custody import Stamp
from firsthand.model.errors import BadInput, CouldNotCheck, FirsthandError
from firsthand.model.vocabulary import StampKind
from firsthand.tlog import opentimestamps as ots
from firsthand.tlog import rfc3161

PATIENCE_S = 60.0
CALENDAR_BYTES = 10_000
"""Longest answer of a calendar: what OpenTimestamps' own client reads, too [bytes]."""

QUERY = "application/timestamp-query"
"""RFC 3161, section 3.4."""

CALENDAR = "application/vnd.opentimestamps.v1"


def send(case: Case, asked: Recorded, *, by: str | None = None, local: bool = False) -> Stamp:
    """Send one request to its authority and take the answer in, whatever it says.

    Raises
    ------
    BadInput
        When the policy gives no address for it, or its host is not a public one.
    CouldNotCheck
        When no answer came; the request stays pending.
    """
    stamp = asked.stamp
    url = authority_named(case, stamp.authority, stamp.kind).url
    if url is None:
        raise BadInput(
            f"{stamp.authority} has no address in the policy",
            hint=f"firsthand stamp authority CASE {stamp.authority} --url URL, or carry the "
            "request by hand: -o FOLDER",
        )
    egress = _egress([url], local=local)
    if stamp.kind is StampKind.OPENTIMESTAMPS:
        return take(case, asked, _submit(case, stamp, url, egress), by=by)
    assert stamp.request is not None  # every request of this kind has one
    answer = egress.post(
        url,
        case.blobs.get(stamp.request),
        QUERY,
        limit_bytes=rfc3161.MOST_BYTES,
        timeout_s=PATIENCE_S,
    )
    _is_200(answer.status, url)
    return take(case, asked, answer.body, by=by)


def _submit(case: Case, stamp: Stamp, url: str, egress: Egress) -> bytes:
    """Return a proof with the promise of a calendar, or what it said where that is no proof."""
    proof = ots.Timestamp(hashlib.sha256(case.blobs.get(stamp.checkpoint)).digest())
    # A nonce, so that a calendar cannot tell whose checkpoint it is, not even one it knows.
    at = proof.then(ots.APPEND, secrets.token_bytes(16)).then(ots.SHA256)
    answer = egress.post(
        f"{url.rstrip('/')}/digest",
        at.message,
        "application/x-www-form-urlencoded",
        limit_bytes=CALENDAR_BYTES,
        timeout_s=PATIENCE_S,
    )
    _is_200(answer.status, url)
    try:
        at.merge(ots.read_answer(answer.body, at.message))
        return ots.write_proof(proof)
    except BadInput:
        return answer.body


def upgrade(
    case: Case, *, by: str | None = None, calendars: Iterable[str] = (), local: bool = False
) -> tuple[list[Stamp], list[str]]:
    """Ask calendars whether their promises are in a block by now.

    Only calendars are asked that the policy or ``calendars`` name. Returns what was recorded, and
    for each calendar that gave nothing the reason.
    """
    named = [e.url for e in policy_of(case).authorities if e.kind is StampKind.OPENTIMESTAMPS]
    egress = _egress([*(url for url in named if url), *calendars], local=local)
    missed: list[str] = []

    def better(stamp: Stamp, old: bytes) -> bytes:
        proof = ots.read_proof(old)
        for at, uri in proof.pending():
            try:
                at.merge(_completed(egress, uri, at.message))
            except FirsthandError as error:
                missed.append(f"{uri}: {error}")
        return ots.write_proof(proof)

    return confirm(case, {}, by=by, better=better), missed


def _completed(egress: Egress, uri: str, message: bytes) -> ots.Timestamp:
    url = f"{uri.rstrip('/')}/timestamp/{message.hex()}"
    answer = egress.get(url, accept=CALENDAR, limit_bytes=CALENDAR_BYTES, timeout_s=PATIENCE_S)
    if answer.status == 404:
        raise CouldNotCheck("not in a block yet", hint="ask again in some hours")
    _is_200(answer.status, url)
    return ots.read_answer(answer.body, message)


def _egress(urls: Iterable[str], *, local: bool) -> Egress:
    places = {target_of(url).place for url in urls}
    return Egress(places, local=places if local else ())


def _is_200(status: int, url: str) -> None:
    if status != 200:
        raise CouldNotCheck(
            f"{target_of(url).place} gave no time stamp",
            why=f"it answered with status {status}",
            hint="check the address in the policy; the request stays pending",
        )


# --- by hand --------------------------------------------------------------------------------------

README = """\
Requests for time stamps. They hold digests and signatures, nothing of what the case is about.
Carry this folder to a machine with a network. There, for each file:

{lines}
Carry the answers back, then:  firsthand stamp CASE --take FILE...
"""


def write_requests(case: Case, folder: Path, asked: Collection[Recorded]) -> list[Path]:
    """Write open requests as files that another machine can send, and how to send them.

    Raises
    ------
    BadInput
        When a file of the same name with other bytes is there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines, written = "", []
    for each in asked:
        stamp = each.stamp
        name = plain_name(f"{stamp.authority}-{stamp.size}")
        url = authority_named(case, stamp.authority, stamp.kind).url or "ADDRESS"
        if stamp.request is not None:
            path, data = folder / f"{name}.tsq", case.blobs.get(stamp.request)
            how = f"curl -H 'Content-Type: {QUERY}' --data-binary @{path.name} -o {name}.tsr {url}"
        else:
            path, data = folder / f"{name}.checkpoint", case.blobs.get(stamp.checkpoint)
            how = f"ots stamp {path.name}        (makes {path.name}.ots)"
        lines += f"  {how}\n"
        written.append(_write(path, data))
    written.append(_write(folder / "README.txt", README.format(lines=lines).encode()))
    return written


def _write(path: Path, data: bytes) -> Path:
    if path.name != "README.txt" and path.exists() and path.read_bytes() != data:
        raise BadInput(
            f"{path} is there already",
            why="it holds another request",
            hint="name another folder, or move that file away",
        )
    path.write_bytes(data)
    return path
