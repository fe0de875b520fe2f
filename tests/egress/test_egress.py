"""What is contacted and what is not; answers that never end, drip, or point elsewhere."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firsthand.egress import Egress
from firsthand.egress.address import is_public, target_of
from firsthand.model.errors import BadInput, CouldNotCheck, FirsthandError

Serve = Callable[[socket.socket], None]


@contextmanager
def server(serve: Serve) -> Iterator[tuple[int, list[bytes]]]:
    """Answer each connection on loopback as told; gives the port and what was received."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(20)
    got: list[bytes] = []

    def run() -> None:
        while True:
            try:
                peer, _ = listening.accept()
            except OSError:
                return
            with peer:
                peer.settimeout(20)
                try:
                    got.append(peer.recv(65536))
                    serve(peer)
                except OSError:
                    pass

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1], got
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(20)


def says(data: bytes) -> Serve:
    return lambda peer: peer.sendall(data)


def local(port: int, host: str = "127.0.0.1") -> Egress:
    return Egress([f"{host}:{port}"], local=[f"{host}:{port}"])


OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"


def test_a_request_and_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # nothing listens there
    with server(says(OK)) as (port, got):
        answer = local(port).post(
            f"http://127.0.0.1:{port}/tsa?x=1", b"body", "a/b", limit_bytes=5, timeout_s=20
        )
    assert (answer.status, answer.body, answer.content_type) == (200, b"hello", "text/plain")
    assert answer.peer == "127.0.0.1"
    head, _, body = got[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /tsa?x=1 HTTP/1.1\r\n")
    assert b"Content-Type: a/b" in head
    assert f"Host: 127.0.0.1:{port}".encode() in head
    assert body in (b"", b"body")


def test_another_status_is_an_answer() -> None:
    with server(says(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")) as (port, _):
        url = f"http://127.0.0.1:{port}/"
        assert local(port).get(url, limit_bytes=5, timeout_s=20).status == 404


def refuses(egress: Egress, url: str, *, limit: int = 100, seconds: float = 20) -> FirsthandError:
    with pytest.raises((BadInput, CouldNotCheck)) as raised:
        egress.get(url, limit_bytes=limit, timeout_s=seconds)
    assert raised.value.hint
    return raised.value


def test_a_redirect_is_not_followed() -> None:
    with server(says(OK)) as (other, got_there):
        there = f"http://127.0.0.1:{other}/".encode()
        moved = b"HTTP/1.1 302 Found\r\nLocation: " + there + b"\r\nContent-Length: 0\r\n\r\n"
        with server(says(moved)) as (port, got):
            error = refuses(local(port), f"http://127.0.0.1:{port}/")
    assert "not followed" in error.why
    assert len(got) == 1
    assert got_there == []


def endless(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        peer.sendall(b"x" * 65536)


def endless_chunks(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        peer.sendall(b"1\r\nx\r\n" * 1000)


def endless_head(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        peer.sendall(b"A: " + b"x" * 60000 + b"\r\n")


@pytest.mark.parametrize("serve", [endless, endless_chunks, endless_head])
def test_an_endless_answer_is_given_up(serve: Serve) -> None:
    with server(serve) as (port, _):
        assert "longer" in refuses(local(port), f"http://127.0.0.1:{port}/").why


def test_a_length_that_is_too_large_is_given_up() -> None:
    with server(says(b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + b"x" * 101)) as (port, _):
        assert "longer" in refuses(local(port), f"http://127.0.0.1:{port}/").why


def test_a_cut_answer_is_no_answer() -> None:
    with server(says(OK[:-2])) as (port, _):
        assert "too soon" in refuses(local(port), f"http://127.0.0.1:{port}/").why


def drip(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        peer.sendall(b"x")
        time.sleep(0.05)


def silent(peer: socket.socket) -> None:
    peer.recv(1)


@pytest.mark.parametrize("serve", [drip, silent])
def test_the_deadline_holds_for_the_whole(serve: Serve) -> None:
    # A limit for each read alone would let the drip go on for 50 seconds.
    with server(serve) as (port, _):
        url = f"http://127.0.0.1:{port}/"
        error = refuses(local(port), url, limit=5000, seconds=0.5)
    assert "within 0.5 seconds" in error.why


def test_a_look_up_that_hangs_is_given_up() -> None:
    waiting = threading.Event()

    def resolve(host: str, port: int) -> list[object]:
        waiting.wait(20)
        return []

    egress = Egress(["a.test:80"], resolve=resolve)  # type: ignore[arg-type]
    assert "seconds" in refuses(egress, "http://a.test/", seconds=0.2).why
    waiting.set()


def test_rubbish_is_no_answer() -> None:
    with server(says(b"\x00\xff rubbish\r\n\r\n")) as (port, _):
        refuses(local(port), f"http://127.0.0.1:{port}/")


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    refuses(local(port), f"http://127.0.0.1:{port}/")


# ---- whom ---------------------------------------------------------------------------------------


def test_only_hosts_on_the_list() -> None:
    with server(says(OK)) as (port, got):
        with server(says(OK)) as (other, _):
            assert "not among" in refuses(local(other), f"http://127.0.0.1:{port}/").why
        assert "not among" in refuses(Egress([]), f"http://127.0.0.1:{port}/").why
        assert "not among" in refuses(local(port, "a.test"), f"http://127.0.0.1:{port}/").why
    assert got == []


def test_loopback_needs_to_be_allowed_as_local() -> None:
    with server(says(OK)) as (port, got):
        egress = Egress([f"127.0.0.1:{port}"])
        assert "not a public address" in refuses(egress, f"http://127.0.0.1:{port}/").why
    assert got == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "2001:db8::1",
    ],
)
def test_a_name_that_resolves_inside_is_not_contacted(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[object, ...]]]:
        asked.append(host)
        return [(socket.AF_INET, ("9.9.9.9", port)), (family, (address, port))]

    egress = Egress(["a.test:80"], resolve=resolve)
    assert address in refuses(egress, "http://a.test/").why
    assert asked == ["a.test"]


def test_the_connection_goes_to_the_address_that_was_judged() -> None:
    # A name that resolves otherwise the second time changes nothing: there is no second time.
    with server(says(OK)) as (port, _):
        answers = iter([[(socket.AF_INET, ("127.0.0.1", port))]])
        place = f"a.test:{port}"
        egress = Egress([place], local=[place], resolve=lambda host, port: next(answers))
        answer = egress.get(f"http://a.test:{port}/", limit_bytes=5, timeout_s=20)
    assert answer.body == b"hello"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.test/",
        "file:///etc/passwd",
        "http://",
        "http:///x",
        "http://a.test:0/",
        "http://a.test:99999/",
        "http://a.test:/",
        "http://user@a.test/",
        "http://user:pw@a.test/",
        "http://localhost./",
        "http://a..test/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://0x7f.0.0.1/",
        "http://0x7f000001/",
        "http://127.1/",
        "http://127.0.0.1.:80/",
        "http://a.test\\@b.test/",
        "http://a.test/\r\nX: y",
        "http://a.test/ x",
        "http://ａ.test/",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://%31.test/",
        "http://-a.test/",
    ],
)
def test_unusual_spellings_are_refused(url: str) -> None:
    with pytest.raises(BadInput):
        target_of(url)


def test_usual_spellings_are_read() -> None:
    assert target_of("https://TSA.test").place == "tsa.test:443"
    assert target_of("http://[::1]:8080/x?y").place == "[::1]:8080"
    assert target_of("http://a.test/x?y=1#z").path == "/x?y=1"


@pytest.mark.parametrize("address", ["9.9.9.9", "2620:fe::fe", "::ffff:9.9.9.9"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


def test_tls_needs_a_certificate_of_the_name(tmp_path: Path) -> None:
    made = _certificate(tmp_path, "a.test")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made)
    trust = ssl.create_default_context(cafile=str(made))

    def serve(peer: socket.socket) -> None:
        raise AssertionError("not reached")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def run() -> None:
            for _ in range(3):
                peer, _ = listening.accept()
                try:
                    with context.wrap_socket(peer, server_side=True) as secure:
                        secure.recv(65536)
                        secure.sendall(OK)
                except OSError:
                    peer.close()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()

        def ask(name: str, trust: ssl.SSLContext | None) -> bytes:
            egress = Egress(
                [f"{name}:{port}"],
                local=[f"{name}:{port}"],
                resolve=lambda host, port: [(socket.AF_INET, ("127.0.0.1", port))],
                trust=trust,
            )
            return egress.get(f"https://{name}:{port}/", limit_bytes=5, timeout_s=20).body

        assert ask("a.test", trust) == b"hello"
        with pytest.raises(CouldNotCheck, match="certificate"):
            ask("b.test", trust)
        with pytest.raises(CouldNotCheck, match="certificate"):
            ask("a.test", None)
        thread.join(20)


def _certificate(folder: Path, name: str) -> Path:
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path
