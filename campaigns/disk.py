"""A disk that may lose power: what production code does to `Files` is recorded and played back.

`Recorder` does everything for real in a folder in memory and notes each call as what it means for
a disk: bytes of a file, names in a folder, and what flushes which of them. `crashes` yields what
may lie on the disk when the power fails after a given call.

The disk is a harsh one. A file's flush makes its bytes durable, not its name; a folder's flush
makes its names durable, nothing of what they name. Everything else that was not flushed is kept or
lost each for itself: of a rename the new name and the going of the old one apart, of a write any
part from its start, or its length with zeros in place of its bytes (as after delayed allocation).
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firsthand.case.files import Files

SECTOR = 512
DEAD = "99999999"
"""Stands for the number of the process in names of working files: after a crash it is gone."""

Tree = Mapping[str, bytes | None]
"""Files by path, with their bytes; None is a folder."""


@dataclass(frozen=True)
class Op:
    """One step: bytes of a file, a name in a folder, a flush, or what was acknowledged."""

    kind: str  # write, name, flush, flush_dir, flush_all, acknowledged
    node: int = 0
    data: bytes = b""
    at: int = 0
    name: str = ""
    names: int | None = None
    what: Any = None


@dataclass
class Disk:
    """Durable bytes and names, and what waits for a flush, in order."""

    data: dict[int, bytes] = field(default_factory=dict)
    names: dict[int, dict[str, int]] = field(default_factory=dict)
    waiting: list[Op] = field(default_factory=list)

    def take(self, op: Op) -> None:
        if op.kind in ("write", "name"):
            self.waiting.append(op)
            return
        kept: list[Op] = []
        for each in self.waiting:
            flushed = (
                op.kind == "flush_all"
                or (op.kind == "flush" and each.kind == "write" and each.node == op.node)
                or (op.kind == "flush_dir" and each.kind == "name" and each.node == op.node)
            )
            if flushed:
                _apply(each, self.data, self.names)
            else:
                kept.append(each)
        self.waiting = kept

    def after(self, lost: frozenset[int], cut: tuple[int, int, bool] | None) -> Tree:
        """Return what lies there when some of the waiting steps are lost.

        ``cut``: one waiting write, how much of it arrived, and whether zeros stand for the rest.
        """
        data, names = dict(self.data), {node: dict(each) for node, each in self.names.items()}
        for number, op in enumerate(self.waiting):
            if number in lost:
                continue
            if cut and cut[0] == number:
                rest = bytes(len(op.data) - cut[1]) if cut[2] else b""
                op = Op("write", op.node, op.data[: cut[1]] + rest, op.at)
            _apply(op, data, names)
        tree: dict[str, bytes | None] = {}
        _walk(0, "", data, names, tree)
        return tree


def _apply(op: Op, data: dict[int, bytes], names: dict[int, dict[str, int]]) -> None:
    if op.kind == "write":
        old = data.get(op.node, b"")
        if op.at > len(old):  # what lay between was lost
            old += bytes(op.at - len(old))
        data[op.node] = old[: op.at] + op.data + old[op.at + len(op.data) :]
    elif op.names is None:
        names.setdefault(op.node, {}).pop(op.name, None)
    else:
        names.setdefault(op.node, {})[op.name] = op.names


def _walk(
    node: int,
    path: str,
    data: Mapping[int, bytes],
    names: Mapping[int, Mapping[str, int]],
    tree: dict[str, bytes | None],
) -> None:
    for name, child in names.get(node, {}).items():
        below = f"{path}/{name}" if path else name
        if child in names or child < 0:
            tree[below] = None
            _walk(child, below, data, names, tree)
        else:
            tree[below] = data.get(child, b"")


class Recorder(Files):
    """Files below one folder, done for real (but not flushed) and noted.

    Folders have negative numbers, so that an empty one is known as a folder.
    """

    def __init__(self, top: Path, *, syncfs: bool = True) -> None:
        self.top = top
        self.syncfs = syncfs
        self.ops: list[Op] = []
        self._numbers: dict[int, int] = {}  # of the real file system, as a descriptor gives it
        self._sizes: dict[int, int] = {}
        self._names: dict[int, dict[str, int]] = {0: {}}
        self._lock = threading.RLock()
        self._next = 0
        self.start = Disk({}, {0: {}})
        self._load(top, 0)

    def _new(self, *, folder: bool) -> int:
        self._next += 1
        return -self._next if folder else self._next

    def _load(self, folder: Path, node: int) -> None:
        for entry in sorted(os.scandir(folder), key=lambda e: e.name):
            if entry.name == "lock" or entry.name.startswith("index.db"):
                continue  # no evidence; they are not kept through `Files`
            child = self._new(folder=entry.is_dir())
            self._names[node][entry.name] = child
            self.start.names[node][entry.name] = child
            if entry.is_dir():
                self._names[child], self.start.names[child] = {}, {}
                self._load(Path(entry.path), child)
            else:
                data = Path(entry.path).read_bytes()
                self.start.data[child], self._sizes[child] = data, len(data)
                self._numbers[entry.inode()] = child

    def _find(self, path: Path) -> int | None:
        node: int | None = 0
        for part in path.relative_to(self.top).parts:
            node = self._names.get(node, {}).get(part) if node is not None else None
        return node

    def _at(self, path: Path) -> tuple[int, str]:
        node = self._find(path.parent)
        assert node is not None, path
        return node, path.name

    def _name(self, node: int, name: str, child: int | None) -> None:
        if child is None:
            self._names[node].pop(name, None)
        else:
            self._names[node][name] = child
        self.ops.append(Op("name", node, name=name, names=child))

    def _written(self, node: int, size: int, read: Any) -> None:
        """Note what was written past `extend`, by a library that got the file."""
        if size > self._sizes[node]:
            at = self._sizes[node]
            self.ops.append(Op("write", node, read(at, size), at))
            self._sizes[node] = size

    def acknowledged(self, what: Any) -> None:
        """Note what from here on must not be lost."""
        with self._lock:
            self.ops.append(Op("acknowledged", what=what))

    # ---- the calls of Files that change the disk, none of which is made of others

    def make_dir(self, path: Path) -> None:
        with self._lock:
            missing = [p for p in (path, *path.parents) if not p.is_dir()]
            super().make_dir(path)
            for folder in reversed(missing):
                child = self._new(folder=True)
                self._name(*self._at(folder), child)
                self._names[child] = {}

    def create(self, path: Path) -> int:
        with self._lock:
            fd = super().create(path)
            node = self._new(folder=False)
            self._numbers[os.fstat(fd).st_ino] = node
            self._sizes[node] = 0
            self._name(*self._at(path), node)
            return fd

    def extend(self, fd: int, data: memoryview) -> None:
        with self._lock:
            super().extend(fd, data)
            node = self._numbers[os.fstat(fd).st_ino]
            if len(data):
                self.ops.append(Op("write", node, bytes(data), self._sizes[node]))
            self._sizes[node] += len(data)

    def flush(self, fd: int) -> None:
        with self._lock:
            found = os.fstat(fd)
            node = self._numbers[found.st_ino]
            path = f"/proc/self/fd/{fd}"
            self._written(node, found.st_size, lambda at, end: Path(path).read_bytes()[at:end])
            self.ops.append(Op("flush", node))

    def start_flush(self, fd: int) -> None:
        pass

    def sync_all(self, path: Path) -> bool:
        with self._lock:
            if self.syncfs:
                self.ops.append(Op("flush_all"))
            return self.syncfs

    def rename(self, source: Path, target: Path) -> None:
        with self._lock:
            super().rename(source, target)
            node = self._find(source)
            assert node is not None, source
            self._name(*self._at(target), node)
            self._name(*self._at(source), None)

    def sync_dir(self, path: Path) -> None:
        with self._lock:
            if (node := self._find(path) if path != self.top else 0) is None:
                raise FileNotFoundError(path)
            self.ops.append(Op("flush_dir", node))

    def remove(self, path: Path) -> None:
        with self._lock:
            super().remove(path)
            if self._find(path) is not None:
                self._name(*self._at(path), None)

    def remove_dir(self, path: Path) -> None:
        with self._lock:
            super().remove_dir(path)
            if not path.exists() and self._find(path) is not None:
                self._name(*self._at(path), None)


@dataclass(frozen=True)
class Crash:
    """One state: after which call, what was lost, and what had been acknowledged."""

    prefix: int
    how: str
    tree: Tree
    acknowledged: Any


def crashes(
    recorded: Recorder, seed: int, randomly: int, share: int = 1, part: tuple[int, int] = (0, 1)
) -> Iterator[Crash]:
    """Yield what may lie on the disk after each call; every ``share``-th of it, by the seed.

    ``part``: of so many parts that share the work by the number of the call, this one.
    """
    disk, told = recorded.start, None
    disk = Disk(dict(disk.data), {n: dict(e) for n, e in disk.names.items()})
    for prefix, op in enumerate(recorded.ops, 1):
        told = op.what if op.kind == "acknowledged" else told
        disk.take(op)
        if prefix % part[1] != part[0]:
            continue
        chance = random.Random(f"{seed} {prefix}")
        seen: set[Any] = set()
        for how, lost, cut in _choices(disk.waiting, chance, randomly):
            if (lost, cut) in seen:
                continue
            seen.add((lost, cut))
            if share == 1 or chance.randrange(share) == 0:
                yield Crash(prefix, how, disk.after(lost, cut), told)


def _choices(
    waiting: list[Op], chance: random.Random, randomly: int
) -> Iterator[tuple[str, frozenset[int], tuple[int, int, bool] | None]]:
    every = frozenset(range(len(waiting)))
    writes = [n for n in every if waiting[n].kind == "write"]
    yield "all kept", frozenset(), None
    yield "all lost", every, None
    yield "names without bytes", frozenset(writes), None
    yield "bytes without names", every - frozenset(writes), None
    for each in sorted(every):
        yield "one lost", frozenset((each,)), None
        yield "one kept", every - {each}, None
    for each in writes:
        size = len(waiting[each].data)
        cuts = {1, size // 2, size - 1, SECTOR - 1, SECTOR, SECTOR + 1, size // SECTOR * SECTOR}
        for length in (
            sorted(c for c in cuts if 0 < c < size) if each == writes[-1] else [size // 2]
        ):
            yield "torn", frozenset(), (each, length, False)
            yield "torn", every - {each}, (each, length, False)
        for length in sorted({0, min(SECTOR, size // 2)}):
            yield "zeros", frozenset(), (each, length, True)
    for _ in range(randomly if len(every) > 1 else 0):
        lost = frozenset(n for n in every if chance.random() < 0.5)
        left = [n for n in writes if n not in lost]
        cut = None
        if left and chance.random() < 0.3:
            one = chance.choice(left)
            cut = (one, chance.randrange(len(waiting[one].data)), chance.random() < 0.5)
        yield "any", lost, cut


def lay_out(tree: Tree, folder: Path, process: str) -> None:
    """Write a state into an empty folder; what bears this process's number gets a dead one's."""
    for path, data in tree.items():
        head, _, name = path.rpartition("/")
        if name.startswith(f"{process}-"):
            path = f"{head}/{DEAD}{name.removeprefix(process)}"
        place = f"{folder}/{path}"
        if data is None:
            os.mkdir(place)
        else:
            fd = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            try:
                os.write(fd, data)
            finally:
                os.close(fd)


def read_back(folder: Path, below: str = "") -> dict[str, bytes | None]:
    """Return a folder as a tree, without what is no evidence and not kept through `Files`."""
    found: dict[str, bytes | None] = {}
    for entry in sorted(os.scandir(folder), key=lambda e: e.name):
        if entry.name == "lock" or entry.name.startswith("index.db"):
            continue
        path = f"{below}/{entry.name}" if below else entry.name
        if entry.is_dir():
            found[path] = None
            found.update(read_back(Path(entry.path), path))
        else:
            found[path] = Path(entry.path).read_bytes()
    return found
