"""Stamps of a case: asked, carried by hand or sent to loopback servers, judged, kept, upgraded."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from authority import DAY, NOW, Authority
from click.testing import CliRunner
from opentimestamps.core.notary import BitcoinBlockHeaderAttestation, PendingAttestation
from opentimestamps.core.op import OpAppend, OpPrepend, OpSHA256
from opentimestamps.core.serialize import BytesDeserializationContext, BytesSerializationContext
from opentimestamps.core.timestamp import DetachedTimestampFile
from opentimestamps.core.timestamp import Timestamp as Theirs

from firsthand.case import Case
from firsthand.case.custody import brackets
from firsthand.case.custody.authorities import remove_authority, set_authority
from firsthand.case.custody.places import put_copy
from firsthand.case.custody.reading import read_answer
from firsthand.case.custody.sending import send, upgrade, write_requests
from firsthand.case.custody.stamp_records import Recorded, open_requests, stamps, unconfirmed
from firsthand.case.custody.stamp_rows import stamp_rows
from firsthand.case.custody.stamping import ask, confirm, match, take
from firsthand.cli.stamp_command import stamp as command
from firsthand.model.errors import BadInput, CouldNotCheck, FirsthandError, NotFound
from firsthand.model.nouns import Note
from firsthand.model.values import to_ms
from firsthand.model.vocabulary import StampKind, StampState
from firsthand.tlog import opentimestamps as ots
from firsthand.tlog.bitcoin import SLACK_MS, Header

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")

RFC3161, OTS = StampKind.RFC3161, StampKind.OPENTIMESTAMPS
Answer = Callable[[str, bytes], tuple[int, bytes]]


@contextmanager
def serving(answer: Answer) -> Iterator[tuple[str, list[tuple[str, str, bytes]]]]:
    """Serve on loopback; gives the address and what was asked (path, content type, body)."""
    asked: list[tuple[str, str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append((self.path, self.headers.get("Content-Type") or "", body))
            status, data = answer(self.path, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/stamp", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def name_both(case: Case, authorities: tuple[Authority, Authority], url: str | None = None) -> None:
    for each in authorities:
        set_authority(case, each.name, RFC3161, url=url, roots=each.roots, by="tester")


def by_name(case: Case, name: str) -> Recorded:
    return next(r for r in open_requests(case) if r.stamp.authority == name)


def grow(case: Case, text: str) -> None:
    with case.batch(by="tester") as batch:
        batch.noun("note", Note(id=f"note-{text}", subject="case", text=text))


def test_a_stamp_from_asking_to_bracket(
    case: Case, authorities: tuple[Authority, Authority]
) -> None:
    one, _ = authorities
    name_both(case, authorities)
    checkpoint = (case.root / "log" / "checkpoint").read_bytes()
    size = case.ledger.size()
    made = ask(case, by="tester")
    assert [(s.authority, s.size, s.state) for s in made] == [
        ("one", size, StampState.REQUESTED),
        ("two", size, StampState.REQUESTED),
    ]
    assert case.ledger.size() == size + 2
    assert case.blobs.get(made[0].checkpoint) == checkpoint
    assert ask(case) == []  # nothing new but stamps: nobody is asked again
    asked = by_name(case, "one")
    assert asked.stamp.request is not None
    request = case.blobs.get(asked.stamp.request)
    answer = one.reply(request)
    taken = take(case, match(case, answer), answer, by="tester")
    assert taken.state is StampState.RECEIVED
    assert taken.token is not None
    # The ledger names the very bytes: a token can be changed in places without its signature.
    assert taken.token == "sha256:" + hashlib.sha256(answer).hexdigest()
    assert case.blobs.get(taken.token) == answer
    assert [r.stamp.authority for r in open_requests(case)] == ["two"]
    # The copies for other tools are what openssl reads.
    folder = case.root / "stamps" / str(size)
    assert (folder / "checkpoint").read_bytes() == checkpoint
    assert (folder / "one.tsr").read_bytes() == answer
    assert sorted(p.name for p in folder.iterdir()) == [
        "checkpoint",
        "one.tsq",
        "one.tsr",
        "two.tsq",
    ]
    (folder.parent.parent / "roots.pem").write_bytes(one.roots)
    words = f"openssl ts -verify -data stamps/{size}/checkpoint -in stamps/{size}/one.tsr"
    done = subprocess.run(
        [*words.split(), "-CAfile", "roots.pem"], cwd=case.root, capture_output=True, check=True
    )
    assert b"Verification: OK" in done.stdout
    grow(case, "after")
    found = brackets.bounds(case)
    assert found.of(0)["not_after"]["by"] == "one"
    assert found.of(case.ledger.size() - 1)["not_before"]["by"] == "one"
    assert found.of(case.ledger.size() - 1)["not_after"] is None
    # Taken again, nothing is added; with something new, both are asked again.
    now = case.ledger.size()
    assert take(case, match(case, answer), answer) == taken
    assert case.ledger.size() == now
    # Bit 2 of byte 34 is in what no signature covers: every reader takes it, the record does not.
    changed = answer[:34] + bytes((answer[34] ^ 4,)) + answer[35:]
    assert read_answer(request, changed, one.roots).state is StampState.RECEIVED
    with pytest.raises(BadInput, match="has its answer already"):
        take(case, match(case, changed), changed)
    assert case.ledger.size() == now
    assert [s.authority for s in ask(case)] == ["one", "two"]
    rows = stamp_rows(case)
    assert [len(rows[k]) for k in ("stamps", "pending", "contradictions")] == [1, 3, 0]
    # Everything can be made again from the ledger.
    case.rebuild()
    assert stamp_rows(case) == rows


def test_refused_answers_are_kept_and_the_request_stays(
    case: Case, authorities: tuple[Authority, Authority]
) -> None:
    one, two = authorities
    name_both(case, authorities)
    ask(case)
    asked = by_name(case, "one")
    assert asked.stamp.request is not None
    request = case.blobs.get(asked.stamp.request)
    for bad in (two.reply(request), b"<html>", b"", one.forge(request, nonce=1)):
        refused = take(case, asked, bad)
        assert refused.state is StampState.REFUSED
        assert refused.token is not None
        assert case.blobs.get(refused.token) == bad
        assert refused.time_ms is None
        assert refused.why
    assert {r.stamp.authority for r in open_requests(case)} == {"one", "two"}
    assert brackets.bounds(case).outside == ()
    assert take(case, asked, one.reply(request)).state is StampState.RECEIVED
    # One request of the kind is open: what cannot be told apart goes there. With none, nowhere.
    assert match(case, b"0 rubbish").stamp.authority == "two"
    last = by_name(case, "two").stamp.request
    assert last is not None
    take(case, by_name(case, "two"), two.reply(case.blobs.get(last)))
    with pytest.raises(BadInput, match="answers no request"):
        match(case, one.forge(request, nonce=9))


def test_a_token_for_another_checkpoint_fits_only_its_own_request(
    case: Case, authorities: tuple[Authority, Authority]
) -> None:
    one, _ = authorities
    name_both(case, authorities)
    ask(case)
    first = by_name(case, "one")
    grow(case, "more")
    ask(case)
    second = next(
        r for r in open_requests(case) if r.stamp.authority == "one" and r.entry != first.entry
    )
    assert first.stamp.request and second.stamp.request
    answer = one.reply(case.blobs.get(second.stamp.request))
    assert match(case, answer).stamp.id == second.stamp.id
    assert take(case, first, answer).state is StampState.REFUSED
    assert take(case, second, answer).state is StampState.RECEIVED


def test_a_dishonest_authority_beside_an_honest_one(
    case: Case, authorities: tuple[Authority, Authority]
) -> None:
    one, two = authorities
    name_both(case, authorities)
    ask(case)
    honest = by_name(case, "one")
    assert honest.stamp.request is not None
    take(case, honest, one.reply(case.blobs.get(honest.stamp.request)))
    assert stamp_rows(case)["contradictions"] == []
    grow(case, "new")
    ask(case)
    lying = [r for r in open_requests(case) if r.stamp.authority == "two"][-1]
    assert lying.stamp.request is not None
    # Two says that a checkpoint existed years before the token of one that it contains.
    back = two.forge(case.blobs.get(lying.stamp.request), time=NOW - 800 * DAY)
    assert take(case, lying, back).state is StampState.RECEIVED
    (shown,) = stamp_rows(case)["contradictions"]
    assert (shown["first"]["authority"], shown["second"]["authority"]) == ("one", "two")
    done = CliRunner().invoke(command, [str(case.root), "--pending"], catch_exceptions=False)
    assert "time stamps contradict one another: one (entry" in done.output


def test_a_date_in_the_future_is_found_by_a_later_stamp(
    case: Case, authorities: tuple[Authority, Authority]
) -> None:
    one, two = authorities
    name_both(case, authorities)
    ask(case)
    lying = by_name(case, "two")
    assert lying.stamp.request is not None
    take(case, lying, two.forge(case.blobs.get(lying.stamp.request), time=NOW + 900 * DAY))
    grow(case, "new")
    ask(case)
    honest = [r for r in open_requests(case) if r.stamp.authority == "one"][-1]
    assert honest.stamp.request is not None
    take(case, honest, one.reply(case.blobs.get(honest.stamp.request)))
    (shown,) = stamp_rows(case)["contradictions"]
    assert (shown["first"]["authority"], shown["second"]["authority"]) == ("two", "one")


def test_an_authority_needs_its_roots_and_can_be_removed(
    case: Case, authorities: tuple[Authority, Authority]
) -> None:
    one, _ = authorities
    with pytest.raises(BadInput, match="names no authority"):
        ask(case)
    for bad in (None, b"rubbish", b""):
        with pytest.raises(BadInput, match="root certificates"):
            set_authority(case, "one", RFC3161, url=None, roots=bad)
    for url in ("ftp://a.test", "http://user@a.test/"):
        with pytest.raises(BadInput):
            set_authority(case, "one", RFC3161, url=url, roots=one.roots)
    with pytest.raises(NotFound):
        remove_authority(case, "one")
    policy = set_authority(case, "one", RFC3161, url=None, roots=one.roots)
    size = case.ledger.size()
    assert set_authority(case, "one", RFC3161, url=None, roots=one.roots) == policy
    assert case.ledger.size() == size
    ask(case)
    asked = by_name(case, "one")
    assert remove_authority(case, "one").after == policy.id
    # What it was asked before can still be answered and judged.
    assert asked.stamp.request is not None
    answer = one.reply(case.blobs.get(asked.stamp.request))
    assert take(case, asked, answer).state is StampState.RECEIVED


# --- over the network, on loopback ----------------------------------------------------------------


def test_sending(case: Case, authorities: tuple[Authority, Authority]) -> None:
    one, two = authorities

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        return 200, one.reply(body)

    with serving(answer) as (url, asked):
        set_authority(case, "one", RFC3161, url=url, roots=one.roots)
        ask(case)
        with pytest.raises(BadInput, match="not a public address"):
            send(case, by_name(case, "one"))
        assert asked == []
        assert send(case, by_name(case, "one"), local=True).state is StampState.RECEIVED
    assert [(path, kind) for path, kind, _ in asked] == [("/stamp", "application/timestamp-query")]
    with serving(lambda path, body: (500, b"no")) as (url, _):
        set_authority(case, "two", RFC3161, url=url, roots=two.roots)
        ask(case)
        with pytest.raises(CouldNotCheck, match="status 500"):
            send(case, by_name(case, "two"), local=True)
    with pytest.raises(FirsthandError):  # nobody listens any more
        send(case, by_name(case, "two"), local=True)
    assert by_name(case, "two")


def test_by_usb(case: Case, authorities: tuple[Authority, Authority], tmp_path: Path) -> None:
    one, two = authorities
    name_both(case, authorities, "https://tsa.test/tsr")
    set_authority(case, "calendar", OTS, url=None)
    ask(case)
    folder = tmp_path / "usb"
    write_requests(case, folder, open_requests(case))
    size = open_requests(case)[0].stamp.size
    names = {"README.txt", f"calendar-{size}.checkpoint", f"one-{size}.tsq", f"two-{size}.tsq"}
    assert {p.name for p in folder.iterdir()} == names
    readme = (folder / "README.txt").read_text(encoding="utf-8")
    assert f"@one-{size}.tsq -o one-{size}.tsr https://tsa.test/tsr" in readme
    write_requests(case, folder, open_requests(case))  # again: nothing is in the way
    (folder / f"two-{size}.tsq").write_bytes(b"other")
    with pytest.raises(BadInput, match="there already"):
        write_requests(case, folder, open_requests(case))
    for each in (one, two):
        asked = by_name(case, each.name).stamp.request
        assert asked is not None
        (folder / f"{each.name}.tsr").write_bytes(each.reply(case.blobs.get(asked)))
    (folder / "bad.tsr").write_bytes(b"rubbish")
    files = [str(folder / name) for name in ("one.tsr", "two.tsr", "bad.tsr")]
    arguments = [str(case.root), "--json", *(x for name in files for x in ("--take", name))]
    done = CliRunner().invoke(command, arguments, standalone_mode=False)
    data = json.loads(done.output)
    assert [(t["authority"], t["state"]) for t in data["taken"][:2]] == [
        ("one", "received"),
        ("two", "received"),
    ]
    # Rubbish goes to the only request that is open: kept, refused, and said with exit 4.
    assert [t["state"] for t in data["taken"][2:]] == ["refused"]
    assert done.return_value == 4


# --- OpenTimestamps, whose own library is the calendar --------------------------------------------

ROOT = hashlib.sha256(b"left" + b"\0" * 32).digest()


def calendar(url: str, blocks: dict[bytes, bytes]) -> Answer:
    """Answer as a calendar does; ``blocks`` gets the Merkle roots of what is in a block."""

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        if path.endswith("/digest"):
            made = Theirs(body)
            at = made.ops.add(OpAppend(b"calendar")).ops.add(OpSHA256())
            at.attestations.add(PendingAttestation(url))
            blocks[at.msg] = b""
            return 200, serialized(made)
        commitment = bytes.fromhex(path.rsplit("/", 1)[1])
        if not blocks.get(commitment):
            return 404, b"not yet"
        made = Theirs(commitment)
        at = made.ops.add(OpPrepend(b"left")).ops.add(OpSHA256())
        at.attestations.add(BitcoinBlockHeaderAttestation(900000))
        return 200, serialized(made)

    return answer


def serialized(made: Theirs) -> bytes:
    context = BytesSerializationContext()
    made.serialize(context)
    return context.getbytes()


def test_a_calendar_from_promise_to_block(case: Case) -> None:
    blocks: dict[bytes, bytes] = {}
    place: dict[str, str] = {}
    with serving(lambda path, body: calendar(place["url"], blocks)(path, body)) as (url, asked):
        place["url"] = url
        set_authority(case, "calendar", OTS, url=url)
        ask(case)
        first = send(case, by_name(case, "calendar"), local=True)
        assert (first.state, first.time_ms) == (StampState.RECEIVED, None)
        assert first.why == f"promised by {url}"
        assert first.token is not None
        # Their library reads the proof, and it is about the checkpoint's bytes.
        proof = DetachedTimestampFile.deserialize(
            BytesDeserializationContext(case.blobs.get(first.token))
        )
        digest = hashlib.sha256(case.blobs.get(first.checkpoint)).digest()
        assert proof.file_digest == digest
        # The calendar was not told that digest: a nonce stands between.
        assert asked[0][2] not in (digest, case.blobs.get(first.checkpoint))
        found, missed = upgrade(case, local=True)
        assert (found, len(missed)) == ([], 1)
        assert "not in a block yet" in missed[0]
        (commitment,) = blocks
        blocks[commitment] = b"yes"
        ((second,), missed) = upgrade(case, local=True)
        assert missed == []
        assert second.after == first.id
        assert second.time_ms is None
        assert second.why == "said to be in the Bitcoin block 900000: its header was not given"
        assert upgrade(case, local=True)[0] == []
    # Only the block's header gives a time, and only one with the right root does.
    root = hashlib.sha256(b"left" + commitment).digest()
    assert confirm(case, {b"x" * 32: Header("00", b"x" * 32, 5000, 1)}) == []
    at = to_ms(NOW)
    (third,) = confirm(case, {root: Header("ab", root, at, 10**12)})
    assert (third.time_ms, third.accuracy_ms) == (at, SLACK_MS)
    assert third.token == second.token
    assert brackets.bounds(case).of(0)["not_after"]["by"] == "calendar"
    assert [r.stamp.id for r in stamps(case)][-3:] == [first.id, second.id, third.id]
    assert confirm(case, {root: Header("ab", root, at, 10**12)}) == []


def test_calendars_that_nobody_named_are_not_asked(case: Case) -> None:
    with (
        serving(lambda path, body: (404, b"")) as (elsewhere, asked),
        serving(lambda path, body: calendar(elsewhere, {})(path, body)) as (url, _),
    ):
        set_authority(case, "calendar", OTS, url=url)
        ask(case)
        send(case, by_name(case, "calendar"), local=True)
        _, missed = upgrade(case, local=True)
        assert "not contacted" in missed[0]
        assert asked == []
        _, missed = upgrade(case, local=True, calendars=[elsewhere])
        assert "not in a block yet" in missed[0]
    assert len(asked) == 1


@pytest.mark.parametrize("answer", [b"", b"<html>", b"\x00unknown!\x00", b"\x08" * 300])
def test_a_calendar_that_answers_rubbish(case: Case, answer: bytes) -> None:
    with serving(lambda path, body: (200, answer)) as (url, _):
        set_authority(case, "calendar", OTS, url=url)
        ask(case)
        refused = send(case, by_name(case, "calendar"), local=True)
    assert refused.state is StampState.REFUSED
    assert by_name(case, "calendar")


def test_a_proof_of_their_client_is_taken(case: Case) -> None:
    set_authority(case, "calendar", OTS, url=None)
    ask(case)
    asked = by_name(case, "calendar")
    digest = hashlib.sha256(case.blobs.get(asked.stamp.checkpoint)).digest()
    for message, state in ((digest, StampState.RECEIVED), (b"x" * 32, StampState.REFUSED)):
        made = Theirs(message)
        made.ops.add(OpSHA256()).attestations.add(PendingAttestation("https://c.test"))
        context = BytesSerializationContext()
        DetachedTimestampFile(OpSHA256(), made).serialize(context)
        data = context.getbytes()
        if state is StampState.RECEIVED:
            assert match(case, data).stamp.id == asked.stamp.id
        assert take(case, asked, data).state is state
    assert ots.read_proof(data).message == b"x" * 32
    # What `ots upgrade` made of it elsewhere follows the promise, which is then waited for no more.
    first = stamps(case)[1].stamp
    assert first.token is not None
    proof = ots.read_proof(case.blobs.get(first.token))
    (at, _), *_ = proof.pending()
    at.attestations.add(ots.bitcoin_attestation(900001))
    later = ots.write_proof(proof)
    assert take(case, match(case, later), later).after == first.id
    assert [r.stamp.why for r in unconfirmed(case)] == [
        "said to be in the Bitcoin block 900001: its header was not given"
    ]


# --- copies ---------------------------------------------------------------------------------------


def test_copies_never_replace_other_bytes(case: Case) -> None:
    first = put_copy(case, 7, "A b/c.tsr", b"1")
    assert first == case.root / "stamps" / "7" / "A-b-c.tsr"
    assert put_copy(case, 7, "A b/c.tsr", b"1") == first
    assert put_copy(case, 7, "A b/c.tsr", b"2").name == "A-b-c-2.tsr"
    assert put_copy(case, 7, "A b/c.tsr", b"3").name == "A-b-c-3.tsr"
    assert put_copy(case, 7, "A b/c.tsr", b"2").name == "A-b-c-2.tsr"
    assert first.read_bytes() == b"1"
    for name in ("..", ".", "", "../../x", "é", "x" * 500, ".hidden"):
        path = put_copy(case, 8, name, name.encode())
        assert path.parent == case.root / "stamps" / "8"
        assert path.read_bytes() == name.encode()
    assert list((case.root / "incoming").iterdir()) == []
