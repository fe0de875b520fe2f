"""Which keys a case knows, and for which sizes of its log each counts: read from its entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from firsthand.case.custody.keeping import Protection, protection
from firsthand.model.canonical import Json
from firsthand.model.codec import from_json
from firsthand.model.custody import KeyRecord, Policy
from firsthand.model.errors import BadInput, NotFound
from firsthand.model.vocabulary import KeyRole, KeyState
from firsthand.tlog import VerifierKey
from firsthand.tlog.cosignature import WitnessKey
from firsthand.tlog.sshkeys import PublicKey

if TYPE_CHECKING:
    from firsthand.case.case import Case


@dataclass(frozen=True, slots=True)
class Standing:
    """A key and what all entries together say of it. ``valid_to`` is the last size, inclusive."""

    role: KeyRole
    name: str
    key: str
    valid_from: int
    valid_to: int | None = None
    state: KeyState = KeyState.ADDED
    why: str | None = None

    @property
    def short(self) -> str:
        """A short name that tells keys apart: ``SHA256:…`` of a person's, ``name+id`` of others.

        Raises
        ------
        BadInput
            When the record holds no key.
        """
        if self.role is KeyRole.PERSON:
            return PublicKey.parse(self.key).fingerprint
        name, _, rest = self.key.partition("+")
        return f"{name}+{rest.partition('+')[0]}"

    @property
    def private(self) -> Protection | None:
        """How the private part is kept on this machine; None when it is not."""
        return None if self.role is KeyRole.PERSON else protection(self.key)

    def counts(self, size: int) -> bool:
        """Tell whether the key counts for a log of ``size`` entries."""
        return self.valid_from <= size and (self.valid_to is None or size <= self.valid_to)

    def json(self) -> Json:
        """Return the row as the command prints it."""
        return {
            "role": str(self.role),
            "name": self.name,
            "key": self.key,
            "id": self.short,
            "state": str(self.state),
            "valid_from": self.valid_from,
            "valid_to": self.valid_to,
            "private": self.private,
            "why": self.why,
        }


def standings(case: Case) -> list[Standing]:
    """Return all keys of a case in the order in which they came: log, export, persons, witnesses.

    A record that cannot be read, or holds no key, is left out: ``verify`` names it.
    """
    found: dict[tuple[KeyRole, str], Standing] = {}
    first = Standing(KeyRole.LOG, case.origin, _first_key(case), 0)
    found[KeyRole.LOG, first.key] = first
    for noun in case.catalog.nouns("key"):
        try:
            record = from_json(KeyRecord, noun.data)
            _readable(record)
        except BadInput:
            continue
        _take(found, record)
    for vkey in _witnesses(case):
        line = Standing(KeyRole.WITNESS, vkey.partition("+")[0], vkey, 0)
        found.setdefault((KeyRole.WITNESS, vkey), line)
    order = list(KeyRole)
    return sorted(found.values(), key=lambda each: order.index(each.role))


def current(case: Case, role: KeyRole) -> Standing | None:
    """Return the newest key of a role that was neither replaced nor revoked."""
    valid = [each for each in standings(case) if each.role is role and each.valid_to is None]
    return valid[-1] if valid else None


def find(case: Case, text: str) -> Standing:
    """Return the one key that a person means: by the key itself, its short name, or its owner.

    Raises
    ------
    NotFound
        When no key, or more than one, is meant.
    """
    known = standings(case)
    for of in (_names, _beginnings):
        hits = [each for each in known if any(text == name for name in of(each, text))]
        if len(hits) == 1:
            return hits[0]
        if hits:
            break
    raise NotFound(
        f"no single key is {text[:80]!r}",
        why=f"{len(hits)} keys fit",
        hint="`firsthand key list CASE` shows the names of all keys",
    )


def _names(each: Standing, text: str) -> Iterator[str]:
    yield from (each.key, each.short, each.name)
    if each.role is not KeyRole.PERSON:
        yield each.key.split("+", 2)[1]  # the key ID; of a witness the key is of another type
    elif text.count(" ") >= 1:  # a whole .pub line, with its comment
        yield text if text.split()[:2] == each.key.split() else each.key


def _beginnings(each: Standing, text: str) -> Iterator[str]:
    if len(text) >= len("SHA256:") + 4:
        yield each.short[: len(text)]


def _first_key(case: Case) -> str:
    from firsthand.case.case import read_head

    return str(read_head(case.root)["vkey"])


def _readable(record: KeyRecord) -> None:
    if record.role is KeyRole.PERSON:
        PublicKey.parse(record.key)
    elif record.role is KeyRole.WITNESS:
        WitnessKey.parse(record.key)
    else:
        VerifierKey.parse(record.key)


def _take(found: dict[tuple[KeyRole, str], Standing], record: KeyRecord) -> None:
    at = (record.role, record.key)
    known = found.get(at)
    if record.state is KeyState.REVOKED:
        start = known.valid_from if known else record.valid_from
        found[at] = Standing(
            record.role,
            known.name if known else record.name,
            record.key,
            start,
            record.valid_to,
            KeyState.REVOKED,
            record.why,
        )
        return
    found.pop(at, None)  # added again: it stands at its new place
    found[at] = Standing(record.role, record.name, record.key, record.valid_from, record.valid_to)
    old = found.get((record.role, record.replaces or ""))
    if old is not None and old.valid_to is None:
        found[record.role, old.key] = replace(
            old, valid_to=record.valid_from - 1, state=KeyState.ROTATED, why=record.why
        )


def _witnesses(case: Case) -> tuple[str, ...]:
    policies = case.catalog.nouns("policy")
    if not policies:
        return ()
    try:
        wanted = from_json(Policy, policies[-1].data).witnesses
    except BadInput:
        return ()
    return tuple(vkey for vkey in wanted if vkey.count("+") >= 2)
