"""Canaries in what others sign and what is done with a case: stamps, witnesses, keys, hand-overs.

The tokens are real ones of an authority made by openssl, the signatures real ones of ssh-keygen;
nothing is fetched. Of all this a public bundle may name whom a stranger must know to check what was
signed (``SIGNERS``); no reason, address, person, comment or purpose.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rewrite import authority, openssl

from firsthand.case import Case
from firsthand.case.custody import witnessing
from firsthand.case.custody.authorities import set_authority
from firsthand.case.custody.keys import revoke
from firsthand.case.custody.persons import sign_here
from firsthand.case.custody.policy import set_policy
from firsthand.case.custody.stamp_records import open_requests
from firsthand.case.custody.stamping import ask, take
from firsthand.case.custody.transfers import record_transfer
from firsthand.model.custody import ClockJump, Repair, Scrub
from firsthand.model.nouns import content_id
from firsthand.model.vocabulary import StampKind
from firsthand.report.bundle.giving import give
from firsthand.report.handing_over import accept_offer, make_offer
from firsthand.report.registry import registry
from firsthand.tlog import SignedCheckpoint
from firsthand.tlog import opentimestamps as ots
from firsthand.tlog.cosignature import WitnessSigner
from firsthand.tlog.note import Note

if TYPE_CHECKING:
    from canaries import Canaries

SIGNERS = frozenset(
    ("authority label", "certificate name", "proof label", "proof calendar", "witness who signs")
)
"""Who must be named so that others can check what they signed; most are listed before they leave.

The name in the certificate is part of the token itself.
"""

LISTED = SIGNERS - {"certificate name"}


def person_key(c: Canaries, folder: Path, label: str) -> Path:
    """Let ssh-keygen make a key with a comment; its public half is a canary, too."""
    folder.mkdir(exist_ok=True)
    place = folder / f"key-{len(list(folder.iterdir()))}"
    comment = c(f"comment on {label}")
    new = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(place)]
    subprocess.run(new, check=True, capture_output=True)
    blob = base64.b64decode(place.with_suffix(".pub").read_text().split()[1])
    c.digests[label] = blob[-32:].hex()  # the bytes of the key itself (RFC 8709 section 4)
    return place


def stamps(c: Canaries, case: Case, folder: Path, by: str) -> None:
    """Ask two authorities; one answers wrongly and then well, one promises a block."""
    here = authority(folder / "authorities", c("certificate name"))
    set_authority(
        case, c("authority label"), StampKind.RFC3161,
        url=f"https://{c('stamp host')}.example/{c('stamp path')}",
        roots=(here / "ca.pem").read_bytes(), why=c("reason of an authority"), by=by,
    )  # fmt: skip
    c.entries["a policy"] = case.ledger.size() - 1
    set_authority(
        case, c("proof label"), StampKind.OPENTIMESTAMPS,
        url=f"https://{c('calendar host')}.example", why=c("reason of a calendar"), by=by,
    )  # fmt: skip
    ask(case, by=by)
    for asked in open_requests(case):
        checkpoint = case.blobs.get(asked.stamp.checkpoint)
        if asked.stamp.kind is StampKind.RFC3161:
            assert asked.stamp.request is not None
            take(case, asked, f"no token but {c('refused answer')}".encode(), by=by)
            (here / "q").write_bytes(case.blobs.get(asked.stamp.request))
            reply = ("ts", "-reply", "-config", "tsa.cnf", "-section", "one", "-queryfile", "q")
            sign = ("-signer", "tsa.pem", "-inkey", "tsa.key", "-out", "r")
            openssl(*reply, *sign, folder=here)
            answer = c.bytes_of("digest of a token", (here / "r").read_bytes())
            assert take(case, asked, answer, by=by).state == "received"
            c.entries["a stamp"] = case.ledger.size() - 1
        else:
            proof = ots.Timestamp(hashlib.sha256(checkpoint).digest())
            uri = f"https://{c('proof calendar')}.example"
            proof.then(ots.APPEND, bytes(16)).attestations.add(ots.pending_attestation(uri))
            assert take(case, asked, ots.write_proof(proof), by=by).state == "received"


def cosigned(case: Case, name: str, why: str, by: str) -> None:
    """Let a witness sign the log as it is, by the product's own signer."""
    witness = WitnessSigner.generate(name)
    set_policy(case, add_witnesses=[str(witness.key)], quorum=1, why=why, by=by)
    note = SignedCheckpoint.parse((case.root / "log" / "checkpoint").read_bytes()).note
    line = witness.cosign(note, int(time.time()))
    witnessing.take(case, bytes(Note(note.text, (*note.signatures, line))), by=by)


def handed_over(c: Canaries, case: Case, folder: Path, by: str) -> None:
    """Give the case to somebody who accepts it."""
    bundle = folder / "handed-over.zip"
    give(case, bundle, registry(), to=[c("given to")], by=by)
    giver, receiver = (person_key(c, folder / "pens", f"key of a {who}") for who in ("giver", "r"))
    offer = make_offer(
        case, bundle, giver, giver=c("giver"), receiver=c("receiver"), purpose=c("purpose"),
    )  # fmt: skip
    record_transfer(case, offer, by=by)
    accepted = accept_offer(offer, bundle, receiver)
    c.bytes_of("digest of an acceptance", bytes(accepted))
    record_transfer(case, accepted, by=by)
    c.entries["a transfer"] = case.ledger.size() - 1
    bundle.unlink()


def custody(c: Canaries, case: Case, folder: Path) -> None:
    """Do everything that there is of custody, with a canary in every text."""
    by = c("by")
    stamps(c, case, folder, by)
    cosigned(case, f"{c('witness who signs')}.example/w", c("reason of a witness"), by)
    person = person_key(c, folder / "pens", "key of a person")
    signed = sign_here(case, person, person=c("person who signs"), by=by)
    c.digests["digest of a signature"] = str(signed.signature).removeprefix("sha256:")
    c.entries["a signature"] = case.ledger.size() - 1
    revoke(case, signed.key, valid_to=case.ledger.size(), why=c("reason of a revocation"), by=by)
    c.entries["a revocation"] = case.ledger.size() - 1
    handed_over(c, case, folder, by)
    session = {
        "id": "session:canary", "command": "add", "tool": "firsthand", "state": "closed",
        "kind": "folder", "name": c("session name"), "source": c("session source"),
        "clock": {"zone": c("session zone"), "utc_offset_s": 0, "synchronised": True},
        "tools": {"ffmpeg": c("tool version")}, "sandbox": c("sandbox"),
    }  # fmt: skip
    scrub = Scrub(id="", what="log", part=1, of=1, objects=0, bytes=0,
                  wrong=(f"log/{c('scrub path')}",), size=1)  # fmt: skip
    repair = Repair(id="", source=c("repair source"), repaired=(f"log/{c('repaired path')}",))
    c.words["clock before"], c.words["clock now"] = "1503217946831", "1402739946827"
    jump = ClockJump(id="", before_ms=1503217946831, now_ms=1402739946827)
    acts = {"session": session, "scrub": scrub, "repair": repair, "clock": jump}
    for kind, noun in acts.items():
        with case.batch(by=by) as batch:
            known = noun if isinstance(noun, dict) else replace(noun, id=content_id(kind, noun))
            c.entries[f"a {kind}"] = case.ledger.size() + len(batch.drafts)
            batch.noun(kind, known)
