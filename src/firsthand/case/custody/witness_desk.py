"""The witness on its own machine: one key, and what it signed of each log.

All lies in the user's configuration folder, readable by this user only: ``witness/<name>/key`` and
one ``log-….json`` for each log. What is kept of a log is on the disk before a signature goes out,
so that no crash lets a witness sign two histories; a damaged state signs nothing.
"""

from __future__ import annotations

import os
import re
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from firsthand.case.custody.keeping import config_dir
from firsthand.case.files import Files, locked, storage_error
from firsthand.model import canonical
from firsthand.model.errors import BadInput, NotFound, VerificationFailed
from firsthand.tlog import EMPTY_ROOT, VerifierKey
from firsthand.tlog.cosignature import WitnessKey, WitnessSigner
from firsthand.tlog.note import Note
from firsthand.tlog.rotation import HEADER, Endorsement, KeyChain
from firsthand.tlog.witness import Decision, Known, Request, Status, decide

MOST_REFUSED = 100
"""Refused requests that are kept as evidence; a stranger must not fill the disk."""


@dataclass(frozen=True, slots=True)
class LogState:
    """What a witness keeps of a log; ``note`` is the last checkpoint that it signed."""

    vkey: str
    endorsements: tuple[str, ...] = ()
    size: int = 0
    root: bytes = EMPTY_ROOT
    time: int = 0
    note: str = ""

    @property
    def known(self) -> Known:
        """The state as the rules of :mod:`firsthand.tlog.witness` take it."""
        chain = KeyChain.of(VerifierKey.parse(self.vkey))
        for each in self.endorsements:
            chain = chain.extended(each.encode())
        return Known(chain, self.size, self.root)

    def dumps(self) -> bytes:
        """Write the state as one canonical line."""
        return (
            canonical.dumps(
                {
                    "endorsements": list(self.endorsements),
                    "note": self.note,
                    "root": self.root.hex(),
                    "size": self.size,
                    "time": self.time,
                    "vkey": self.vkey,
                }
            )
            + b"\n"
        )

    @classmethod
    def loads(cls, data: bytes) -> LogState:
        """Read what :meth:`dumps` wrote.

        Raises
        ------
        VerificationFailed
            When it is anything else.
        """
        try:
            body = canonical.loads(data.removesuffix(b"\n"))
            root = bytes.fromhex(body["root"])
            state = cls(
                body["vkey"], tuple(body["endorsements"]), body["size"], root, body["time"],
                body["note"],
            )  # fmt: skip
            if state.dumps() != data or state.known.size < 0:
                raise BadInput("not as it was written")
        except (BadInput, VerificationFailed, KeyError, TypeError, ValueError) as error:
            raise VerificationFailed(
                "what this witness remembers of the log is damaged",
                why=str(error),
                hint="nothing is signed; restore the folder of the witness from a copy that is not "
                "older than its last signature, or begin a new witness under another name",
            ) from error
        return state


class WitnessDesk:
    """A witness by name."""

    def __init__(self, name: str) -> None:
        plain = re.sub(r"[^A-Za-z0-9._-]", "-", name)[:60].lstrip(".")
        self.name = name
        self.folder = config_dir() / "witness" / f"{plain}-{sha256(name.encode()).hexdigest()[:8]}"
        self.files = Files()

    def create(self) -> WitnessKey:
        """Make the key of a new witness.

        Raises
        ------
        BadInput
            When there is a witness of that name, or the name cannot be one of a key.
        """
        signer = WitnessSigner.generate(self.name)
        if self.folder.exists():
            raise BadInput(
                f"there is a witness {self.name} already",
                hint=f"`firsthand witness key {self.name}` prints its key",
            )
        try:
            self.folder.mkdir(parents=True, mode=0o700)
            self._write(self.folder / "key", signer.secret_text().encode() + b"\n")
            for folder in (self.folder.parent, self.folder.parent.parent):
                self.files.sync_dir(folder)
        except OSError as error:
            raise storage_error(error, "keep the key of the witness") from error
        return signer.key

    def signer(self) -> WitnessSigner:
        """Return the key.

        Raises
        ------
        NotFound
            When there is no such witness on this machine.
        """
        try:
            text = (self.folder / "key").read_text(encoding="utf-8", errors="replace").strip()
        except FileNotFoundError as error:
            raise NotFound(
                f"there is no witness {self.name} here",
                hint=f"make one with `firsthand witness new {self.name}`",
            ) from error
        signer = WitnessSigner.parse(text)
        if signer.name != self.name:
            raise BadInput("the key is of another witness", why=str(self.folder))
        return signer

    def states(self) -> list[LogState]:
        """Return what is kept of each log.

        Raises
        ------
        VerificationFailed
            When one is damaged.
        """
        self.signer()
        return [
            LogState.loads(path.read_bytes()) for path in sorted(self.folder.glob("log-*.json"))
        ]

    def trust(self, data: bytes) -> LogState:
        """Take in the key of a log, its case.json, or the note by which a log changed its key.

        Raises
        ------
        BadInput
            When it is none of these, or another key is trusted for this log already.
        VerificationFailed
            When the key before did not endorse the new one, or the change is before a size that
            was signed already.
        """
        self.signer()
        if data.startswith(HEADER.encode() + b"\n"):
            return self._endorsed(data)
        vkey = str(VerifierKey.parse(_vkey_text(data)))
        origin = VerifierKey.parse(vkey).name
        with self._lock():
            old = self._state(origin)
            if old is not None and old.vkey != vkey:
                raise BadInput(
                    "another key is trusted for this log already",
                    why=f"{origin}",
                    hint="a log that changed its key comes with a note: trust that (log/keys/N)",
                )
            state = old or LogState(vkey)
            self._keep(origin, state)
        return state

    def _endorsed(self, data: bytes) -> LogState:
        note = Endorsement.parse(data)
        with self._lock():
            old = self._state(note.origin)
            if old is None:
                raise NotFound("this witness does not know the log", hint="trust its first key")
            text = data.decode()
            if text in old.endorsements:
                return old
            if note.size < old.size:
                raise VerificationFailed(
                    "the change of keys is before what was signed",
                    why=f"{note.size} entries, the witness signed {old.size}",
                )
            state = replace(old, endorsements=(*old.endorsements, text))
            _ = state.known  # checks the signatures of both keys
            self._keep(note.origin, state)
        return state

    def sign(
        self, request: Request, *, first_use: str | None = None, now: int | None = None
    ) -> tuple[Decision, bytes | None]:
        """Decide about a request, and return the cosigned checkpoint when it is signed.

        ``first_use``: the vkey to trust when nothing is known of the log. ``now``: the time of the
        signature [s since 1970 UTC], by default the clock's.

        Raises
        ------
        BadInput
            When the clock of the machine went back behind the last signature.
        VerificationFailed
            When what is kept of the log is damaged.
        """
        signer = self.signer()
        origin = request.checkpoint.checkpoint.origin
        with self._lock():
            state = self._state(origin)
            if state is None and first_use is not None:
                state = LogState(str(VerifierKey.parse(first_use)))
            decision = decide(state.known if state else None, request)
            if decision.state is None or state is None:
                self._refused(decision, request)
                return decision, None
            seconds = int(time.time()) if now is None else now
            if seconds < state.time:
                raise BadInput(
                    "the clock of this machine went back",
                    why=f"the last signature is of {state.time - seconds} seconds later",
                    hint="set the clock, then sign again; nothing was signed",
                )
            own = state.known.keys.key_for(decision.state.size)
            line = next(s for s in request.checkpoint.note.signatures if s.key_id == own.key_id)
            bare = Note(request.checkpoint.note.text, (line,))
            cosigned = bytes(Note(bare.text, (line, signer.cosign(bare, seconds))))
            self._keep(
                origin,
                replace(
                    state,
                    size=decision.state.size,
                    root=decision.state.root,
                    time=seconds,
                    note=cosigned.decode(),
                ),
            )
        return decision, cosigned

    def _lock(self) -> AbstractContextManager[None]:
        return locked(self.folder / "lock")

    def _place(self, origin: str) -> Path:
        return self.folder / f"log-{sha256(origin.encode()).hexdigest()[:32]}.json"

    def _state(self, origin: str) -> LogState | None:
        try:
            state = LogState.loads(self._place(origin).read_bytes())
        except FileNotFoundError:
            return None
        if state.known.keys.origin != origin:
            raise VerificationFailed("what this witness remembers is of another log", why=origin)
        return state

    def _keep(self, origin: str, state: LogState) -> None:
        try:
            self._write(self._place(origin), state.dumps())
        except OSError as error:
            raise storage_error(error, "keep what was signed; so nothing was signed") from error

    def _refused(self, decision: Decision, request: Request) -> None:
        """Keep a refused request that the log did sign: it may be evidence of a second history."""
        if decision.status not in (Status.CONFLICT, Status.WRONG_PROOF):
            return
        data = bytes(request)
        place = self.folder / "refused" / f"{sha256(data).hexdigest()[:32]}.txt"
        if place.exists() or len(list(place.parent.glob("*.txt"))) >= MOST_REFUSED:
            return
        place.parent.mkdir(exist_ok=True, mode=0o700)
        self._write(place, data)

    def _write(self, place: Path, data: bytes) -> None:
        aside = place.with_name(f".{place.name}.new")
        self.files.remove(aside)
        fd = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            self.files.extend(fd, memoryview(data))
            self.files.flush(fd)
        finally:
            os.close(fd)
        self.files.rename(aside, place)
        self.files.sync_dir(place.parent)


def _vkey_text(data: bytes) -> str:
    """Return the vkey in a text: the bare key, or a case.json."""
    text = data.decode("utf-8", errors="replace").strip()
    if text.startswith("{"):
        body = canonical.loads(text.encode())
        text = str(body.get("vkey"))
    return text
