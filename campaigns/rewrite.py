"""Rewrite history as the owner of a case could, with the log's own key, and ask the verifier.

    python campaigns/rewrite.py [--full]        (make campaign-rewrite)

The owner holds everything: key, entries, openings, tiles, objects, checkpoints. Each trial makes
another history out of the case (forged, deleted, inserted, back-dated, re-ordered, cut off, rolled
back, forked, mixed with another case, with tokens and cosignatures kept, dropped, moved or bent),
writes it as a whole and signs it, so that the case is consistent with itself. It is then judged
three times: with the checkpoints that others kept, with the time-stamping roots and witness keys
that a verifier trusts, and with nothing. Expected, by comparing both histories entry by entry:

- a change at an entry that an outside checkpoint covers is found, and the checkpoints that still
  hold and those that do not tell between which two of them it lies; with a second copy of the log,
  the very entry is named;
- what is not covered is never called so: coverage never reaches beyond the first change;
- unchanged histories, however they lie on the disk, raise no alarm.

Without --full, a fixed twentieth is done (tests/faults/test_rewrite.py does that).
"""

from __future__ import annotations

import argparse
import base64
import copy
import hashlib
import json
import multiprocessing
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from measured import source_digest, write_result

from firsthand.case import Case
from firsthand.case.blobs import object_path
from firsthand.case.keys import load_log_key
from firsthand.case.openings import entry_bytes, fields_root
from firsthand.model import canonical
from firsthand.model.canonical import Json
from firsthand.model.custody import Authority, Cosignature, Policy, Stamp
from firsthand.model.nouns import Actor, Event, Note, content_id
from firsthand.model.values import digest_bytes
from firsthand.model.vocabulary import ActorType, StampKind, StampState
from firsthand.report import verify as verifier
from firsthand.tlog import Checkpoint, Signer, grow_bundles, grow_tiles, leaf_hashes
from firsthand.tlog.merkle import root as tree_root
from firsthand.tlog.tiles import TILE_WIDTH, Tile

SEED = 20140612
SHARE = 20
TRIALS = 11_000
CLEAN = 1_000
PROCESSES = 2
WORDS = "no outside checkpoint covers this"
"""What must be said of every entry that nothing outside covers."""

LENGTHS = (23, 150, 258, 290)
"""Sizes of the log at which others got a checkpoint; the case goes on to END entries."""
END = 310


# ---- the case, and what others hold -------------------------------------------------------------


@dataclass(frozen=True)
class Outside:
    """What is not in the owner's hands."""

    checkpoints: dict[int, Path]
    trust: tuple[Path, ...]
    second_copy: Path


def openssl(*argv: str | Path, folder: Path) -> bytes:
    done = subprocess.run(["openssl", *map(str, argv)], cwd=folder, capture_output=True, check=True)
    return done.stdout


TSA = """
[tsa]
default_tsa = one
[one]
serial = serial
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def authority(folder: Path, name: str) -> Path:
    """Make a root and a time-stamping certificate with openssl; return the folder."""
    here = folder / name
    here.mkdir(parents=True)
    (here / "tsa.cnf").write_text(TSA)
    (here / "serial").write_text("01\n")
    (here / "ext").write_text("extendedKeyUsage=critical,timeStamping\nkeyUsage=digitalSignature\n")
    new = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj")
    openssl(*new, f"/CN=root of {name}", "-keyout", "ca.key", "-out", "ca.pem", folder=here)
    new = ("req", "-newkey", "rsa:2048", "-nodes", "-subj")
    openssl(*new, f"/CN={name}", "-keyout", "tsa.key", "-out", "tsa.csr", folder=here)
    sign = ("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "3650")
    openssl(*sign, "-CAcreateserial", "-extfile", "ext", "-out", "tsa.pem", folder=here)
    return here


def stamp(here: Path, data: bytes) -> tuple[bytes, bytes]:
    """Return a request and its answer for some bytes."""
    (here / "data").write_bytes(data)
    openssl("ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "q", folder=here)
    reply = ("ts", "-reply", "-config", "tsa.cnf", "-section", "one", "-queryfile", "q")
    openssl(*reply, "-signer", "tsa.pem", "-inkey", "tsa.key", "-out", "r", folder=here)
    return (here / "q").read_bytes(), (here / "r").read_bytes()


class Witness:
    """A C2SP cosigner of our own (Ed25519, type 0x04), apart from the code of the product."""

    def __init__(self, name: str) -> None:
        self.signer = Signer.generate(name)
        data = b"\x04" + self.signer.verifier.public
        self.id = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
        self.vkey = f"{name}+{self.id.hex()}+{base64.b64encode(data).decode()}"

    def cosign(self, note: bytes, seconds: int) -> bytes:
        """Return the note with one more line."""
        text = note.split(b"\n\n")[0] + b"\n"
        signed = self.signer.sign(b"cosignature/v1\ntime %d\n" % seconds + text)
        line = base64.b64encode(self.id + struct.pack(">Q", seconds) + signed).decode()
        return note + f"\N{EM DASH} {self.signer.name} {line}\n".encode()


def with_id(kind: str, noun: Any) -> Any:
    return replace(noun, id=content_id(kind, noun))


class Maker:
    """Makes the case by the product's own ways, with stamps and cosignatures by others."""

    def __init__(self, folder: Path, name: str = "case") -> None:
        self.folder = folder
        self.case = Case.create(folder / name, title="campaign", by="owner")
        self.number = 0
        self.outside: dict[int, Path] = {}
        self.cosigned_at = 0

    def grow(self, size: int) -> None:
        """Add exhibits, actors, events and notes until the log has so many entries."""
        while (left := size - self.case.ledger.size()) > 0:
            few = min(left, 7)
            bring = [b"bytes %d" % (self.number + at) for at in range(min(few, 2))]
            staged = [self.case.blobs.stage_bytes(data) for data in bring]
            with self.case.batch(by=("owner", "ana", "ben")[self.number % 3]) as batch:
                for at in range(few):
                    self.number += 1
                    self.add(batch, self.number, staged[at] if at < len(staged) else None)

    def add(self, batch: Any, number: int, staged: Any) -> None:
        if staged is not None:
            batch.exhibit(staged, "application/octet-stream")
        elif number % 5 == 1:
            batch.noun("event", Event(id=f"e-{number}", label=f"event {number}"))
        elif number % 5 == 2:
            batch.noun(
                "actor", Actor(id=f"a-{number}", name=f"name {number}", type=ActorType.GROUP)
            )
        else:
            batch.noun("note", Note(id=f"n-{number}", subject="case", text=f"words {number}"))

    def keep(self, name: str, digests: dict[str, bytes], kind: str, noun: Any) -> None:
        """Append an entry with objects."""
        with self.case.batch(by="owner") as batch:
            for data in digests.values():
                each = self.case.blobs.stage_bytes(data)
                batch.staged.setdefault(each.digest, each)
            batch.noun(kind, noun, objects=[digest_bytes(data) for data in digests.values()])

    def checkpoint(self) -> tuple[int, str, bytes]:
        data = (self.case.root / "log" / "checkpoint").read_bytes()
        head = self.case.log.checkpoint()
        return head.size, head.root.hex(), data

    def hand_out(self) -> None:
        """Give somebody the checkpoint as it is."""
        size, _, data = self.checkpoint()
        self.outside[size] = self.folder / f"checkpoint-{size}"
        self.outside[size].write_bytes(data)

    def stamped(self, here: Path) -> None:
        size, root, data = self.checkpoint()
        query, reply = stamp(here, data)
        noun = Stamp(
            id="", state=StampState.RECEIVED, kind=StampKind.RFC3161, authority=here.name,
            size=size, root=root, checkpoint=digest_bytes(data), request=digest_bytes(query),
            token=digest_bytes(reply), time_ms=int(time.time()) * 1000,
        )  # fmt: skip
        self.keep("stamp", {"c": data, "q": query, "r": reply}, "stamp", with_id("stamp", noun))

    def cosigned(self, witness: Witness) -> None:
        size, root, data = self.checkpoint()
        self.cosigned_at = int(time.time())
        note = witness.cosign(data, self.cosigned_at)
        noun = Cosignature(
            id="", witness=witness.vkey, size=size, root=root, cosigned=digest_bytes(note),
            time_ms=self.cosigned_at * 1000,
        )  # fmt: skip
        self.keep("cosignature", {"c": note}, "cosignature", with_id("cosignature", noun))


def build(folder: Path) -> tuple[Path, Outside, Path]:
    """Make the case, another case, and what others hold."""
    authorities = [authority(folder / "authorities", name) for name in ("tsa-one", "tsa-two")]
    witnesses = [Witness("example.org/clerk"), Witness("example.org/lawyer")]
    maker = Maker(folder)
    roots = [(each / "ca.pem").read_bytes() for each in authorities]
    policy = Policy(
        id="",
        authorities=tuple(
            Authority(name=each.name, kind=StampKind.RFC3161, roots=digest_bytes(pem))
            for each, pem in zip(authorities, roots, strict=True)
        ),
        stamps=2,
        witnesses=tuple(each.vkey for each in witnesses),
        quorum=1,
    )
    maker.keep("policy", dict(zip("ab", roots, strict=True)), "policy", with_id("policy", policy))
    for number, length in enumerate(LENGTHS):
        maker.grow(length)
        maker.hand_out()
        if number % 2 == 0:
            for each in authorities:
                maker.stamped(each)
        maker.cosigned(witnesses[number % 2])
    second = folder / "second-copy"
    maker.grow(END)
    maker.case.close()
    shutil.copytree(maker.case.root, second)
    other = Maker(folder, "other")
    other.grow(60)
    other.case.close()
    trust = [folder / "roots.pem", folder / "witnesses.txt"]
    trust[0].write_bytes(b"".join(roots))
    trust[1].write_text("".join(f"{each.vkey}\n" for each in witnesses))
    return maker.case.root, Outside(maker.outside, tuple(trust), second), other.case.root


# ---- what the owner can do ----------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """One entry and its opened fields, each as [salt, name, value]."""

    kind: str
    parts: tuple[Json, ...]

    def value(self, name: str) -> Json:
        return next(part[2] for part in self.parts if part[1] == name)

    def changed(self, **values: Json) -> Item:
        """Return the entry with other values under fresh salts."""
        salt = hashlib.sha256(canonical.dumps(list(values.values()))).hexdigest()[:32]
        parts = [[salt, p[1], values[p[1]]] if p[1] in values else p for p in self.parts]
        return Item(self.kind, tuple(parts))

    @property
    def entry(self) -> bytes:
        return entry_bytes(self.kind, fields_root(self.parts))


@dataclass
class History:
    """All that the owner writes: entries in order, and objects beside those that are there."""

    items: list[Item]
    objects: dict[str, bytes] = field(default_factory=dict)

    def bring(self, data: bytes) -> Json:
        hexes = hashlib.sha256(data).hexdigest()
        self.objects[hexes] = data
        return {"sha256": hexes, "size": len(data)}


def load(root: Path) -> History:
    case = Case.open(root)
    items = []
    for index in range(case.ledger.size()):
        tile = case.ledger._openings(index // TILE_WIDTH)
        entry = json.loads(next(iter(case.log.entries(index, index + 1))))
        items.append(Item(entry["t"], tuple(tile[index].parts)))
    case.close()
    return History(items)


class Desk:
    """The owner's desk: a copy of the case in which a whole history can be written and signed."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = folder / "desk"
        shutil.copytree(root, self.root)
        for name in ("index.db", "lock"):
            (self.root / name).unlink(missing_ok=True)
        shutil.rmtree(self.root / "incoming", ignore_errors=True)
        shutil.rmtree(self.root / "stamps", ignore_errors=True)
        self.head = json.loads((root / "case.json").read_bytes())
        self.signer = load_log_key(self.head["vkey"])
        self.there = {p.name for p in (self.root / "objects").rglob("*") if p.is_file()}
        self.all = {p.name: p.read_bytes() for p in (root / "objects").rglob("*") if p.is_file()}

    def write(self, history: History, signer: Signer | None = None) -> None:
        """Write log, openings, objects and the signed checkpoint of a history."""
        signer = signer or self.signer
        for name in ("log", "openings"):
            shutil.rmtree(self.root / name, ignore_errors=True)
        entries = [item.entry for item in history.items]
        leaves = leaf_hashes(entries)
        files = grow_bundles(entries, 0, _none) | grow_tiles(leaves, 0, _none)
        head = Checkpoint(signer.name, len(entries), tree_root(leaves)).signed_by(signer)
        files["checkpoint"] = bytes(head)
        for path, data in files.items():
            _put(self.root / "log" / path, data)
        for base in range(0, len(entries), TILE_WIDTH):
            part = history.items[base : base + TILE_WIDTH]
            name = Tile(None, base // TILE_WIDTH, len(part)).path.removeprefix("tile/entries/")
            lines = (
                canonical.dumps({"f": list(item.parts), "i": base + at}) + b"\n"
                for at, item in enumerate(part)
            )
            _put(self.root / "openings" / name, b"".join(lines))
        head_file = {**self.head, "vkey": str(signer.verifier)}
        _put(self.root / "case.json", canonical.dumps(head_file) + b"\n")
        self._objects(history)

    def _objects(self, history: History) -> None:
        named: set[str] = set()
        for item in history.items:
            named |= {each["sha256"] for each in item.value("objects")}
        known = self.all | history.objects
        for hexes in self.there - named:
            (self.root / object_path(hexes)).unlink()
        for hexes in named - self.there:
            _put(self.root / object_path(hexes), known.get(hexes, b""))
        self.there = named


def _none(path: str) -> bytes:
    raise AssertionError(path)


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(data)


Dice = random.Random
Act = Callable[["Owner", History, Dice], str]


class Owner:
    """Ways to rewrite a history; each changes it in place and says what was done."""

    def __init__(self, history: History, other: History, objects: dict[str, bytes]) -> None:
        self.real = history
        self.other = other
        self.held = objects

    # -- single entries

    def forge_text(self, history: History, dice: Dice) -> str:
        at = self.some(history, dice, "note", "event", "actor")
        body = copy.deepcopy(history.items[at].value("body"))
        name = next(key for key in ("text", "label", "name") if key in body)
        body[name] += " (not)"
        history.items[at] = history.items[at].changed(body=body)
        return f"forge text {at}"

    def forge_time(self, history: History, dice: Dice) -> str:
        at = dice.randrange(len(history.items))
        item = history.items[at]
        shift = dice.choice((1, -1, 86_400_000, -315_576_000_000, 60_000))
        history.items[at] = item.changed(at_ms=max(0, item.value("at_ms") + shift))
        return f"forge time {at}"

    def forge_person(self, history: History, dice: Dice) -> str:
        at = dice.randrange(len(history.items))
        history.items[at] = history.items[at].changed(by="somebody else")
        return f"forge person {at}"

    def fresh_salt(self, history: History, dice: Dice) -> str:
        at = dice.randrange(len(history.items))
        item = history.items[at]
        history.items[at] = item.changed(by=item.value("by"))
        return f"fresh salt {at}"

    def forge_object(self, history: History, dice: Dice) -> str:
        at = self.some(history, dice, "exhibit")
        item = history.items[at]
        named = history.bring(b"other bytes %d" % dice.randrange(1 << 30))
        body = {**item.value("body"), "digest": "sha256:" + named["sha256"], "size": named["size"]}
        history.items[at] = item.changed(body=body, objects=[named])
        return f"forge object {at}"

    def forge_type(self, history: History, dice: Dice) -> str:
        at = self.some(history, dice, "note")
        history.items[at] = replace(history.items[at], kind="gap")
        return f"forge type {at}"

    # -- order and number

    def delete(self, history: History, dice: Dice) -> str:
        at = dice.randrange(1, len(history.items))
        del history.items[at]
        return f"delete {at}"

    def insert(self, history: History, dice: Dice) -> str:
        at = dice.randrange(1, len(history.items) + 1)
        model = history.items[self.some(history, dice, "note")]
        before = history.items[at - 1].value("at_ms")
        body = {"id": f"n-late-{dice.randrange(1 << 30)}", "subject": "case", "text": "as if early"}
        history.items.insert(at, model.changed(body=body, at_ms=before + 1, objects=[]))
        return f"insert back-dated {at}"

    def swap(self, history: History, dice: Dice) -> str:
        one, two = sorted(dice.sample(range(1, len(history.items)), 2))
        items = history.items
        items[one], items[two] = items[two], items[one]
        return f"swap {one} {two}"

    def move(self, history: History, dice: Dice) -> str:
        source, target = dice.sample(range(1, len(history.items)), 2)
        history.items.insert(target, history.items.pop(source))
        return f"move {source} {target}"

    def repeat(self, history: History, dice: Dice) -> str:
        at = dice.randrange(1, len(history.items))
        history.items.insert(dice.randrange(at, len(history.items)), history.items[at])
        return f"repeat {at}"

    def shuffle(self, history: History, dice: Dice) -> str:
        start = dice.randrange(1, len(history.items) - 2)
        part = history.items[start : start + dice.randrange(3, 30)]
        dice.shuffle(part)
        history.items[start : start + len(part)] = part
        return f"shuffle {start}"

    # -- roll back and fork

    def cut_off(self, history: History, dice: Dice) -> str:
        size = dice.randrange(1, len(history.items))
        del history.items[size:]
        return f"cut off {size}"

    def fork(self, history: History, dice: Dice) -> str:
        size = dice.randrange(1, len(history.items))
        tail = history.items[size:]
        history.items[size:] = [item.changed(by="fork") for item in tail]
        return f"fork {size}"

    def fork_longer(self, history: History, dice: Dice) -> str:
        size = dice.randrange(1, len(history.items))
        notes = [item for item in history.items if item.kind == "note"]
        more = [dice.choice(notes).changed(by=f"fork {n}") for n in range(END - size + 40)]
        history.items[size:] = more
        return f"fork longer {size}"

    # -- another case

    def splice(self, history: History, dice: Dice) -> str:
        at = dice.randrange(1, len(history.items))
        start = dice.randrange(1, len(self.other.items) - 6)
        history.items[at:at] = self.other.items[start : start + 5]
        history.objects |= self.other.objects
        return f"splice {at}"

    def substitute(self, history: History, dice: Dice) -> str:
        at = dice.randrange(1, len(history.items) - 5)
        history.items[at : at + 5] = self.other.items[1:6]
        history.objects |= self.other.objects
        return f"substitute {at}"

    # -- what others signed

    def signed(self, history: History, dice: Dice) -> int:
        return self.some(history, dice, "stamp", "cosignature")

    def drop_signed(self, history: History, dice: Dice) -> str:
        """Forge something and leave out every token that would tell."""
        said = self.forge_text(history, dice)
        history.items = [i for i in history.items if i.kind not in ("stamp", "cosignature")]
        return f"{said}, tokens dropped"

    def claim_other_time(self, history: History, dice: Dice) -> str:
        at = self.signed(history, dice)
        body = dict(history.items[at].value("body"))
        body["time_ms"] -= dice.choice((1000, 86_400_000, 315_576_000_000))
        history.items[at] = history.items[at].changed(body=body)
        return f"claim other time {at}"

    def claim_other_size(self, history: History, dice: Dice) -> str:
        at = self.signed(history, dice)
        body = dict(history.items[at].value("body"))
        body["size"] = body["size"] + dice.choice((-1, 1, 30))
        history.items[at] = history.items[at].changed(body=body)
        return f"claim other size {at}"

    def bend_token(self, history: History, dice: Dice) -> str:
        at = self.signed(history, dice)
        item = history.items[at]
        body = dict(item.value("body"))
        name = dice.choice(("token", "checkpoint")) if item.kind == "stamp" else "cosigned"
        old = body[name].removeprefix("sha256:")
        data = bytearray(self.held[old])
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        named = history.bring(bytes(data))
        body[name] = "sha256:" + named["sha256"]
        objects = [named if o["sha256"] == old else o for o in item.value("objects")]
        history.items[at] = item.changed(body=body, objects=objects)
        return f"bend {name} {at}"

    def exchange_tokens(self, history: History, dice: Dice) -> str:
        places = [at for at, item in enumerate(history.items) if item.kind == "stamp"]
        one, two = dice.sample(places, 2)
        a, b = history.items[one], history.items[two]
        body = {**a.value("body"), "token": b.value("body")["token"]}
        objects = [*a.value("objects")[:2], b.value("objects")[2]]
        history.items[one] = a.changed(body=body, objects=objects)
        return f"exchange tokens {one} {two}"

    def sign_again(self, history: History, dice: Dice) -> str:
        """Forge, then let the kept checkpoints be those of the new history, re-signed."""
        said = self.forge_text(history, dice)
        for at, item in enumerate(history.items):
            if item.kind in ("stamp", "cosignature"):
                history.items[at] = self.renewed(history, item)
        return f"{said}, checkpoints signed again"

    def renewed(self, history: History, item: Item) -> Item:
        body = dict(item.value("body"))
        name = "checkpoint" if item.kind == "stamp" else "cosigned"
        old = body[name].removeprefix("sha256:")
        size = body["size"]
        leaves = leaf_hashes([each.entry for each in history.items[:size]])
        new = bytes(Checkpoint(self.signer.name, size, tree_root(leaves)).signed_by(self.signer))
        if item.kind == "cosignature":
            new += self.held[old].split(b"\n\n")[1].split(b"\n", 1)[1]
        named = history.bring(new)
        body |= {name: "sha256:" + named["sha256"], "root": tree_root(leaves).hex()}
        objects = [named if o["sha256"] == old else o for o in item.value("objects")]
        return item.changed(body=body, objects=objects)

    signer: Signer

    def some(self, history: History, dice: Dice, *kinds: str) -> int:
        places = [at for at, item in enumerate(history.items) if item.kind in kinds]
        return dice.choice(places)


ACTS: tuple[str, ...] = (
    "forge_text", "forge_time", "forge_person", "fresh_salt", "forge_object", "forge_type",
    "delete", "insert", "swap", "move", "repeat", "shuffle", "cut_off", "fork", "fork_longer",
    "splice", "substitute", "drop_signed", "claim_other_time", "claim_other_size", "bend_token",
    "exchange_tokens", "sign_again",
)  # fmt: skip


# ---- judging ------------------------------------------------------------------------------------


@dataclass
class Tally:
    """What a worker found."""

    done: Counter[str] = field(default_factory=Counter)
    judged: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.done.update(other.done)
        self.judged.update(other.judged)
        self.wrong += other.wrong


def first_change(real: History, made: History) -> int | None:
    """Index of the first entry that differs; None where one history only continues the other."""
    for at, (one, two) in enumerate(zip(real.items, made.items, strict=False)):
        if one.entry != two.entry:
            return at
    shorter = min(len(real.items), len(made.items))
    return shorter if len(made.items) < len(real.items) else None


class Worker:
    """Trials in a folder of its own."""

    def __init__(self, root: Path, outside: Outside, other: Path, folder: Path) -> None:
        self.outside = outside
        self.desk = Desk(root, folder)
        self.real, strange = load(root), load(other)
        named = (p for p in (other / "objects").rglob("*") if p.is_file())
        strange.objects = {p.name: p.read_bytes() for p in named}
        self.owner = Owner(self.real, strange, self.desk.all)
        self.owner.signer = self.desk.signer

    def run(self, numbers: list[int]) -> Tally:
        tally = Tally()
        for number in numbers:
            dice = random.Random(SEED * 1_000_003 + number)
            act = ACTS[number % len(ACTS)]
            history = History(list(self.real.items))
            said = getattr(self.owner, act)(history, dice)
            tally.done[act] += 1
            change = first_change(self.real, history)
            if change is None and len(history.items) == len(self.real.items):
                continue  # two equal entries changed places: nothing was changed
            if change is None:
                change = len(self.real.items)
            self.desk.write(history)
            for wrong in self.judge(history, change, tally, dice):
                tally.wrong.append(f"{number} {said}: {wrong}")
        return tally

    def verify(self, **options: Any) -> dict[str, Any]:
        return verifier.verify(self.desk.root, **options)

    def judge(
        self, history: History, change: int, tally: Tally, dice: random.Random
    ) -> Iterator[str]:
        sizes = sorted(self.outside.checkpoints)
        held = [str(self.outside.checkpoints[size]) for size in sizes]
        covered = change < sizes[-1]
        result = self.verify(against=held)
        text = verifier.describe(result)
        if covered:
            tally.judged["covered, by checkpoints"] += 1
            if result["verdict"] != "failed":
                yield f"entry {change} is covered and the change is not found"
            yield from self.located(result, change, sizes, tally)
            yield from self.named(change, tally)
        else:
            tally.judged["not covered, by checkpoints"] += 1
            if len(history.items) > sizes[-1] and WORDS not in text and result["verdict"] == "ok":
                yield "does not say what is not covered"
        if result["covered_to"]["size"] > change:
            yield f"covered to {result['covered_to']['size']}, changed at {change}"
        result = self.verify(trust=[str(path) for path in self.outside.trust])
        tally.judged["by trusted tokens"] += 1
        if result["verdict"] != "failed" and result["covered_to"]["size"] > change:
            yield f"by tokens covered to {result['covered_to']['size']}, changed at {change}"
        if dice.random() < 0.2:
            result = self.verify()
            tally.judged["by nothing"] += 1
            if result["covered_to"]["size"]:
                yield "covered by nothing at all"
            if result["verdict"] == "ok" and WORDS not in verifier.describe(result):
                yield "with nothing outside it does not say so"

    def located(
        self, result: dict[str, Any], change: int, sizes: list[int], tally: Tally
    ) -> Iterator[str]:
        """Between which two outside checkpoints the change lies."""
        told = {
            row["size"]: row["verdict"] for row in result["outside"] if row["kind"] == "checkpoint"
        }
        wanted = {size: "ok" if size <= change else "failed" for size in sizes}
        if told != wanted:
            yield f"checkpoints tell {told}, changed at {change}"
        tally.judged["located between checkpoints"] += told == wanted

    def named(self, change: int, tally: Tally) -> Iterator[str]:
        """A second copy of the log names the entry."""
        sizes = sorted(self.outside.checkpoints)
        held = [str(self.outside.checkpoints[size]) for size in sizes]
        result = self.verify(against=held, copies=[str(self.outside.second_copy)])
        told = (result["differs"] or {}).get("entry")
        if told != change:
            yield f"the copy says {told}, changed at {change}"
        if not any(each.get("entry") == change for each in result["problems"]):
            yield f"no problem names entry {change}"
        tally.judged["located by a second copy"] += told == change

    def clean(self, numbers: list[int]) -> Tally:
        """The real history, cut at or after what was handed out and however it lies there."""
        tally = Tally()
        whole = len(self.real.items)
        for number in numbers:
            dice = random.Random(SEED * 7 + number)
            size = dice.choice((whole, dice.randrange(2, whole + 1)))
            self.desk.write(History(list(self.real.items[:size])))
            held = [s for s in self.outside.checkpoints if s <= size and dice.random() < 0.7]
            some = [str(self.outside.checkpoints[s]) for s in held]
            trust = [str(path) for path in self.outside.trust if dice.random() < 0.7]
            result = self.verify(against=some, trust=trust)
            tally.judged["clean"] += 1
            if result["verdict"] != "ok" or result["problems"]:
                tally.wrong.append(f"clean {number}: {result['problems'][:2]}")
            if held and result["covered_to"]["size"] < max(held):
                tally.wrong.append(f"clean {number}: covered {result['covered_to']}, {held}")
        return tally


# ---- the whole ----------------------------------------------------------------------------------

_WORKER: Worker | None = None


def _start(root: Path, outside: Outside, other: Path, folder: Path) -> None:
    global _WORKER
    _WORKER = Worker(root, outside, other, Path(tempfile.mkdtemp(dir=folder)))


def _trials(numbers: list[int]) -> Tally:
    assert _WORKER
    return _WORKER.run(numbers)


def _clean(numbers: list[int]) -> Tally:
    assert _WORKER
    return _WORKER.clean(numbers)


def run(folder: Path, full: bool, processes: int = PROCESSES, trials: int = TRIALS) -> Tally:
    """Do all of it (of the trials the first so many), or a fixed twentieth."""
    root, outside, other = build(folder)
    share = 1 if full else SHARE
    numbers, clean = list(range(trials // share)), list(range(CLEAN // share))
    jobs: list[tuple[Callable[[list[int]], Tally], list[int]]] = []
    jobs += [(_clean, clean[at : at + 50]) for at in range(0, len(clean), 50)]
    jobs += [(_trials, numbers[at : at + 50]) for at in range(0, len(numbers), 50)]
    whole, begun = Tally(), time.monotonic()
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, _start, (root, outside, other, folder)) as pool:
        waiting = [pool.apply_async(function, (part,)) for function, part in jobs]
        for at, result in enumerate(waiting, 1):
            whole.add(result.get())
            if at % 20 == 0:
                print(f"{at}/{len(jobs)} parts, {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return whole


def summary(tally: Tally, full: bool) -> dict[str, Any]:
    """Return the result as it is committed."""
    return {
        "share": "full" if full else f"1/{SHARE}",
        "rewritings": sum(tally.done.values()),
        "per_kind": dict(sorted(tally.done.items())),
        "judged": dict(sorted(tally.judged.items())),
        "outside_checkpoints": list(LENGTHS),
        "entries": END,
        "wrong": tally.wrong,
    }


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--full", action="store_true", help="all of it; writes the result")
    options.add_argument("--first", type=int, default=TRIALS, help="with --full: so many trials")
    given = options.parse_args()
    full = given.full
    digest, began = source_digest(), time.monotonic()
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="firsthand-rewrite-", dir=memory) as folder:
        os.environ["FIRSTHAND_HOME"] = f"{folder}/home"
        result = summary(run(Path(folder), full, trials=given.first if full else TRIALS), full)
    if full and given.first < TRIALS:
        result["share"] = f"the first {given.first} of {TRIALS}"
    result["seconds"] = round(time.monotonic() - began)
    if full:
        write_result("rewrite", result, digest)
    print(json.dumps({**result, "wrong": result["wrong"][:20]}, indent=2))
    return bool(result["wrong"])


if __name__ == "__main__":
    sys.exit(main())
