"""One request and one bounded answer over HTTP, to a host that is on the caller's list.

The name is resolved once, every address is judged, and the connection goes to a judged address: a
name that resolves otherwise a moment later changes nothing. No redirect is followed, no proxy of
the environment is used, nothing is kept between requests.
"""

from __future__ import annotations

import http.client
import io
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from firsthand.egress.address import Target, is_public, target_of
from firsthand.model.errors import BadInput, CouldNotCheck

HEAD_BYTES = 64 * 1024
"""What an answer may carry beside its body: status line, headers, framing [bytes]."""

Place = tuple[socket.AddressFamily, tuple[Any, ...]]
Resolve = Callable[[str, int], Sequence[Place]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered; ``peer`` is the address that it had."""

    status: int
    content_type: str
    body: bytes = field(repr=False)
    peer: str


def look_up(host: str, port: int) -> list[Place]:
    """Ask the system for the addresses of a name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, place) for family, _, _, _, place in found]


class Egress:
    """Requests to hosts on a list, and to nobody else.

    ``allow``: places as ``host:port``; ``local``: those of them that may have addresses of this
    machine or of a private network.
    """

    def __init__(
        self,
        allow: Iterable[str],
        *,
        local: Iterable[str] = (),
        resolve: Resolve = look_up,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.allow = frozenset(allow)
        self.local = frozenset(local)
        self._resolve = resolve
        self._trust = trust

    def post(
        self, url: str, data: bytes, content_type: str, *, limit_bytes: int, timeout_s: float
    ) -> Answer:
        """Send bytes and return the answer, whatever its status is.

        Raises
        ------
        BadInput
            When the address is not on the list, or what it resolves to is not public.
        CouldNotCheck
            When nobody answers in time, or the answer is cut, endless or a redirect.
        """
        return self._ask("POST", url, data, {"Content-Type": content_type}, limit_bytes, timeout_s)

    def get(self, url: str, *, accept: str = "*/*", limit_bytes: int, timeout_s: float) -> Answer:
        """Fetch what is at an address; raises as :meth:`post` does."""
        return self._ask("GET", url, None, {"Accept": accept}, limit_bytes, timeout_s)

    def _ask(
        self,
        method: str,
        url: str,
        data: bytes | None,
        headers: Mapping[str, str],
        limit_bytes: int,
        timeout_s: float,
    ) -> Answer:
        target = target_of(url)
        if target.place not in self.allow:
            raise BadInput(
                f"{target.place} is not contacted",
                why="it is not among the hosts that this command may use",
                hint="only addresses that the policy of the case names are contacted",
            )
        deadline = time.monotonic() + timeout_s
        try:
            return self._exchange(method, target, data, headers, limit_bytes, deadline)
        except TimeoutError as error:
            raise _failed(target, f"no complete answer within {timeout_s:g} seconds") from error
        except (OSError, http.client.HTTPException) as error:
            raise _failed(target, str(error) or type(error).__name__) from error

    def _exchange(
        self,
        method: str,
        target: Target,
        data: bytes | None,
        headers: Mapping[str, str],
        limit_bytes: int,
        deadline: float,
    ) -> Answer:
        with self._connected(target, deadline) as sock:
            peer = str(sock.getpeername()[0])  # asked now: it may be gone after its answer
            wire = _Wire(sock, deadline, limit_bytes + HEAD_BYTES)
            connection = http.client.HTTPConnection(target.host, target.port)
            connection.sock = wire
            sent = {"Accept-Encoding": "identity", "Connection": "close", **headers}
            default = target.port == {"http": 80, "https": 443}[target.scheme]
            if default:
                sent["Host"] = f"[{target.host}]" if ":" in target.host else target.host
            connection.request(method, target.path, body=data, headers=sent)
            answer = connection.getresponse()
            if 300 <= answer.status < 400:
                where = (answer.getheader("Location") or "")[:200]
                raise _failed(target, f"it points elsewhere ({where!r}), which is not followed")
            body = answer.read(limit_bytes + 1)
            if len(body) > limit_bytes:
                raise _failed(target, f"the answer is longer than {limit_bytes} bytes")
            if answer.length:
                raise _failed(target, f"the answer ends {answer.length} bytes too soon")
            return Answer(answer.status, answer.getheader("Content-Type") or "", body, peer)

    def _connected(self, target: Target, deadline: float) -> socket.socket:
        places = self._judged(target, deadline)
        last: OSError = OSError("no address")
        for family, place in places:
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                sock.settimeout(_left(deadline))
                sock.connect(place)
                if target.scheme == "https":
                    context = self._trust or ssl.create_default_context()
                    return context.wrap_socket(sock, server_hostname=target.host)
                return sock
            except OSError as error:
                sock.close()
                if isinstance(error, ssl.SSLError):
                    raise
                last = error
            except BaseException:
                sock.close()
                raise
        raise last

    def _judged(self, target: Target, deadline: float) -> Sequence[Place]:
        """Resolve once; one address that is not public spoils all, so that none is hit by luck."""
        places = self._within(lambda: self._resolve(target.host, target.port), deadline)
        if target.place not in self.local:
            for _, place in places:
                if not is_public(str(place[0])):
                    raise BadInput(
                        f"{target.place} is not contacted",
                        why=f"it resolves to {place[0]}, which is not a public address",
                        hint="say that it is local if it is a server of your own network",
                    )
        return places

    @staticmethod
    def _within(work: Callable[[], Sequence[Place]], deadline: float) -> Sequence[Place]:
        # The system's look-up has no time limit of its own.
        done: queue.Queue[Sequence[Place] | Exception] = queue.Queue()

        def run() -> None:
            try:
                done.put(work())
            except Exception as error:
                done.put(error)

        threading.Thread(target=run, daemon=True).start()
        try:
            result = done.get(timeout=_left(deadline))
        except queue.Empty as error:
            raise TimeoutError from error
        if isinstance(result, Exception):
            raise result
        return result


class _Wire:
    """A socket whose every step counts against one deadline and one number of bytes."""

    def __init__(self, sock: socket.socket, deadline: float, most: int) -> None:
        self._sock = sock
        self._deadline = deadline
        self._reader = _Reader(sock, deadline, most)

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(_left(self._deadline))
        self._sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._reader)

    def close(self) -> None:
        """Whoever made the socket closes it; http.client closes early."""


class _Reader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: float, most: int) -> None:
        super().__init__()
        self._sock = sock
        self._deadline = deadline
        self._most = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(_left(self._deadline))
        count = self._sock.recv_into(buffer)
        self._most -= count
        if self._most < 0:
            raise OSError("the answer is longer than may be")
        return count


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _failed(target: Target, why: str) -> CouldNotCheck:
    return CouldNotCheck(
        f"{target.place} gave no usable answer",
        why=why,
        hint="try again later; what was asked stays on record as pending",
    )
