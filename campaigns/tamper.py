"""Change a finished case in every way we can think of, and ask both verifiers about each change.

Without ``--full`` a fixed twentieth is run (tests/faults/test_tamper.py does that too). Subjects:
the case folder of ``firsthand demo tikrit``, its exported bundle unpacked, and the zip; and a case
with everything that others sign (campaigns/custody_subject.py) with its bundle. Judges:
``firsthand verify`` (its function, in process) and the ``verify.py`` that lies in the bundle,
loaded from there as a module of its own; for a sample also as ``python3 -I verify.py``.
Every change goes to both judges. Bytes of small objects are changed in several objects at a time,
one byte in each, and then each of these objects must be named by a problem of its own; bytes of all
other files are changed one at a time.

Files are changed in place and restored; restoring is checked each time, and every worker ends with
a clean verification. To be fast, each judge remembers what four of its pure functions (signature,
tree root, decoding and opening a line) gave for the *unchanged* case; changed bytes always run
the real code, and every twentieth judgement is made again without any memory: it must be the same.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import hashlib
import importlib.util
import json
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import custody_subject

SMALL = 4096  # every byte of a file up to this size is changed
FLIPS = 200  # random single-byte changes in each kind of larger file
TOGETHER = 24  # objects changed at the same time
# 0x01: the lowest bit (also the unused bits of base64); 0x20: upper and lower case.
MASKS = (0x01, 0x20)
CLEAN = 1000  # clean verifications
SUBPROCESSES = 50
SHARE = 20  # the short run takes every twentieth
PROCESSES = 2
WORKING = ("incoming", "lock")  # not evidence: docs/case-format.md
SEED = 20140611

JUDGES = ("firsthand", "shipped")

Verdict = dict[str, Any]
Judge = Callable[[Path], Verdict]


@dataclass(frozen=True)
class Change:
    """One thing done to one file (``other``: the second file of a swap, or the new name).

    ``together``: places in other objects that are changed at the same time.
    """

    subject: str
    kind: str
    operation: str
    path: str
    at: int = 0
    mask: int = 0
    other: str = ""
    together: tuple[tuple[str, int], ...] = ()

    @property
    def places(self) -> list[tuple[str, int]]:
        """All places of a change of single bytes."""
        return [(self.path, self.at), *self.together]

    @property
    def names(self) -> list[str]:
        """Paths of which at least one must be named."""
        return [self.path, *([self.other] if self.other else [])]


@dataclass
class Tally:
    """What a worker found."""

    done: Counter[str] = field(default_factory=Counter)
    judgements: int = 0
    undetected: list[dict[str, Any]] = field(default_factory=list)
    unnamed: list[dict[str, Any]] = field(default_factory=list)
    located: Counter[str] = field(default_factory=Counter)
    located_of: Counter[str] = field(default_factory=Counter)
    elsewhere: list[dict[str, Any]] = field(default_factory=list)
    repeated: int = 0
    subprocesses: int = 0
    false_alarms: list[str] = field(default_factory=list)
    clean: int = 0

    def add(self, other: Tally) -> None:
        for name, value in vars(other).items():
            if isinstance(value, Counter):
                getattr(self, name).update(value)
            else:
                setattr(self, name, getattr(self, name) + value)


# ---- subjects ---------------------------------------------------------------------------------


def build(folder: Path) -> dict[str, Path]:
    """Build the demo below a folder; return case folder, unpacked bundle and zip."""
    command = [sys.executable, "-m", "firsthand", "demo", "tikrit", "-o", str(folder / "demo")]
    home = {"FIRSTHAND_HOME": str(folder / "keys")}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **home})
    return subjects_of(folder / "demo", folder)


def subjects_of(demo: Path, folder: Path) -> dict[str, Path]:
    """Return the three subjects of a demo that is built already."""
    with zipfile.ZipFile(demo / "tikrit.zip") as bundle:
        bundle.extractall(folder / "unpacked")
    return {
        **custody_subject.build(folder / "custody"),
        "case": demo / "case",
        "bundle": folder / "unpacked" / "tikrit",
        "zip": demo / "tikrit.zip",
    }


def copy(source: Path, target: Path) -> Path:
    """Copy a subject so that its files can be written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_file():
        shutil.copyfile(source, target)
        return target
    shutil.copytree(source, target, copy_function=shutil.copyfile)
    return target


def evidence(root: Path) -> list[str]:
    """Relative paths of the files of a subject that count."""
    found = (p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())
    return sorted(p for p in found if p.split("/")[0] not in WORKING and p[:8] != "index.db")


def kind_of(path: str) -> str:
    """Name the kind of a file by its place, in a case or below data/ of a bag."""
    path = path.removeprefix("data/")
    if path.startswith("log/tile/"):
        return "entries" if path.startswith("log/tile/entries/") else "hash tile"
    head = path.split("/")[0]
    return {"log": "checkpoint", "objects": "object", "report": "report"}.get(head, head)


# ---- the plan ---------------------------------------------------------------------------------


def byte_changes(subject: str, root: Path) -> Iterator[Change]:
    """Every byte of small files in two ways, random flips in larger ones.

    Of the case with what others sign, every byte in one of the two ways; of its bundle only what
    the other bundle has not: copies of what they signed, and notes of replaced keys.
    """
    custody = subject.startswith("custody")
    larger: dict[str, list[tuple[str, int]]] = {}
    objects: list[tuple[str, int]] = []
    for path in evidence(root):
        size, kind = (root / path).stat().st_size, kind_of(path)
        if subject == "custody bundle" and kind not in ("stamps", "checkpoint"):
            continue
        if size > SMALL:
            larger.setdefault(kind, []).append((path, size))
            continue
        if kind == "object":
            objects.append((path, size))
            continue
        for at in range(size):
            for mask in (MASKS[at % 2],) if custody else MASKS:
                yield Change(subject, kind, "byte", path, at, mask)
    for (path, at), *others in groups(objects):
        for mask in MASKS:
            yield Change(subject, "object", "byte", path, at, mask, together=tuple(others))
    dice = random.Random(SEED)
    for kind, files in sorted(larger.items()):
        for _ in range(FLIPS):
            path, size = dice.choice(files)
            yield Change(subject, kind, "flip", path, dice.randrange(size), dice.randrange(1, 256))


def groups(objects: list[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    """Every byte of these files once, in groups of bytes of different files."""
    left = dict(objects)
    while left:
        fullest = sorted(left, key=lambda path: (-left[path], path))[:TOGETHER]
        yield [(path, left[path] - 1) for path in fullest]
        left = {path: size - (path in fullest) for path, size in left.items()}
        left = {path: size for path, size in left.items() if size}


def file_changes(subject: str, root: Path) -> Iterator[Change]:
    """Delete, cut, extend, rename, link each file; swap files; add files to each folder."""
    paths = evidence(root)
    for path in paths:
        kind = kind_of(path)
        for operation in ("delete", "empty", "half", "cut last byte", "append byte", "link"):
            yield Change(subject, kind, operation, path)
        yield Change(subject, kind, "rename", path, other=path + "x")
        yield Change(subject, kind, "replace by folder", path)
    by_kind: dict[str, list[str]] = {}
    for path in paths:
        by_kind.setdefault(kind_of(path), []).append(path)
    for kind, files in by_kind.items():
        for one, two in zip(files, files[1:] + files[:1], strict=True):
            if (one < two or len(files) > 2) and one != two:
                yield Change(subject, kind, "swap", one, other=two)
    alone = [files[0] for files in by_kind.values()]
    for at, one in enumerate(alone):
        for two in alone[at + 1 :]:
            yield Change(subject, kind_of(one), "swap with another kind", one, other=two)
    for folder in folders(root):
        for name in ("stray", ".hidden", "ab" * 32):
            stray = f"{folder}/{name}" if folder else name
            yield Change(subject, folder_kind(folder), "stray file", stray)
        stray = f"{folder}/stray" if folder else "stray"
        yield Change(subject, folder_kind(folder), "stray link", stray)
        if folder and any(path.startswith(folder + "/") for path in paths):
            yield Change(subject, folder_kind(folder), "folder linked", folder)
            yield Change(subject, folder_kind(folder), "folder deleted", folder)


def folder_kind(folder: str) -> str:
    """Name the kind of a folder by its place."""
    return (folder.removeprefix("data/") or "top").split("/")[0]


def folders(root: Path) -> list[str]:
    """Folders of a subject, stamps/ among them also where none was unpacked."""
    found = {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_dir()}
    below = "data/" if (root / "data").is_dir() else ""
    return sorted({f for f in found if f.split("/")[0] not in WORKING} | {below + "stamps", ""})


def zip_changes(subject: str, path: Path) -> Iterator[Change]:
    """Random flips anywhere in the zip, all bytes of its end, and cuts."""
    size, dice = path.stat().st_size, random.Random(SEED)
    places = [dice.randrange(size) for _ in range(4 * FLIPS)] + list(range(size - 400, size))
    for at in places:
        yield Change(subject, "zip", "flip", path.name, at, dice.randrange(1, 256))
    for operation in ("half", "cut last byte", "append byte"):
        yield Change(subject, "zip", operation, path.name)


def allowed(change: Change) -> bool:
    """Tell whether a change is none: a case may lack or rename copies of what others signed.

    They are copies of objects, for other tools (docs/case-format.md). A bundle lists each of them.
    """
    moved = ("delete", "rename", "swap", "folder deleted", "replace by folder")
    return change.subject == "custody" and change.kind == "stamps" and change.operation in moved


def plan(subjects: dict[str, Path], full: bool) -> list[Change]:
    """All changes, or every twentieth of each kind and operation (always at least one)."""
    changes: list[Change] = []
    for subject, root in subjects.items():
        if root.is_file():
            changes += zip_changes(subject, root)
        else:
            changes += [*file_changes(subject, root), *byte_changes(subject, root)]
    changes = [change for change in changes if not allowed(change)]
    if full:
        return changes
    seen: Counter[tuple[Any, ...]] = Counter()
    taken = []
    for change in changes:
        group = (
            change.subject,
            change.kind,
            change.operation,
            change.mask if change.mask in MASKS else 0,
        )
        if seen[group] % SHARE == 0:
            taken.append(change)
        seen[group] += 1
    return taken


# ---- doing and undoing ------------------------------------------------------------------------


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fingerprint(root: Path) -> dict[str, str]:
    """What lies where: digests of files, targets of links, folders."""
    if root.is_file():
        return {"": digest(root)}
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            found[name] = "link " + os.readlink(path)
        else:
            found[name] = digest(path) if path.is_file() else "folder"
    return found


@contextlib.contextmanager
def changed(root: Path, change: Change, aside: Path) -> Iterator[None]:
    """Change a subject in place and restore it; the restored file must be the old one."""
    path = root if root.is_file() else root / change.path
    if change.operation in ("byte", "flip"):
        paths = [path] if root.is_file() else [root / name for name, _ in change.places]
        yield from _patched(paths, [at for _, at in change.places], change.mask)
    elif change.operation in ("empty", "half", "cut last byte", "append byte"):
        yield from _resized(path, change.operation)
    elif change.operation.startswith("swap"):
        other = root / change.other
        before = digest(path), digest(other)
        assert before[0] != before[1], change
        _swap(path, other, aside)
        yield
        _swap(path, other, aside)
        assert before == (digest(path), digest(other)), change
    elif change.operation == "rename":
        before = digest(path)
        os.rename(path, root / change.other)
        yield
        os.rename(root / change.other, path)
        assert before == digest(path), change
    elif change.operation.startswith("stray"):
        yield from _added(path, change.operation)
    else:
        yield from _taken_away(path, change.operation, aside)


def _patched(paths: list[Path], places: list[int], mask: int) -> Iterator[None]:
    old = []
    for path, at in zip(paths, places, strict=True):
        with path.open("r+b", buffering=0) as file:
            file.seek(at)
            old.append(file.read(1))
            file.seek(at)
            file.write(bytes([old[-1][0] ^ mask]))
    yield
    for path, at, byte in zip(paths, places, old, strict=True):
        with path.open("r+b", buffering=0) as file:
            file.seek(at)
            file.write(byte)
            file.seek(at)
            assert file.read(1) == byte, path


def _resized(path: Path, operation: str) -> Iterator[None]:
    old = path.read_bytes()
    new = {
        "empty": b"",
        "half": old[: len(old) // 2],
        "cut last byte": old[:-1],
        "append byte": old + b"\n",
    }[operation]
    assert new != old, path
    path.write_bytes(new)
    yield
    path.write_bytes(old)
    assert path.read_bytes() == old, path


def _swap(one: Path, two: Path, aside: Path) -> None:
    os.rename(one, aside)
    os.rename(two, one)
    os.rename(aside, two)


def _added(path: Path, operation: str) -> Iterator[None]:
    made = not path.parent.is_dir()
    path.parent.mkdir(exist_ok=True)
    if operation == "stray link":
        path.symlink_to("/dev/null")
    else:
        path.write_bytes(b"a stray file\n")
    yield
    path.unlink()
    if made:
        path.parent.rmdir()


def _taken_away(path: Path, operation: str, aside: Path) -> Iterator[None]:
    before = fingerprint(path)
    os.rename(path, aside)
    if operation in ("link", "folder linked"):
        path.symlink_to(aside)
    elif operation == "replace by folder":
        path.mkdir()
    yield
    if operation in ("link", "folder linked"):
        path.unlink()
    elif operation == "replace by folder":
        path.rmdir()
    os.rename(aside, path)
    assert before == fingerprint(path), path


# ---- judging ----------------------------------------------------------------------------------


class Remembering:
    """A verifier module that remembers what pure functions gave for the unchanged subjects."""

    FUNCTIONS = ("ed25519_valid", "tree_root", "_decode", "open_fields")

    def __init__(self, module: ModuleType, subjects: Iterable[Path]) -> None:
        self.module = module
        self.real = {name: getattr(module, name) for name in self.FUNCTIONS}
        self.fast: dict[str, Any] = dict(self.real)
        self._signatures: dict[tuple[bytes, ...], bool] = {}
        self._roots: dict[tuple[bytes, int], bytes] = {}
        self._values: dict[bytes, Any] = {}
        self._opened: dict[int, Any] = {}
        self._learning = True
        self.fast = {
            "ed25519_valid": self._signature,
            "tree_root": self._root,
            "_decode": self._value,
            "open_fields": self._fields,
        }
        self._use(self.fast)
        for subject in subjects:
            assert module.verify(str(subject))["verdict"] == "ok", subject
        self._learning = False

    def _use(self, functions: dict[str, Any]) -> None:
        for name, function in functions.items():
            setattr(self.module, name, function)

    def _signature(self, *given: bytes) -> bool:
        if given in self._signatures:
            return self._signatures[given]
        result: bool = self.real["ed25519_valid"](*given)
        if self._learning:
            self._signatures[given] = result
        return result

    def _root(self, levels: Any, size: int) -> bytes:
        key = (levels[0], size) if isinstance(levels[0], bytes) else None  # fields of one entry
        if key in self._roots:
            return self._roots[key]
        root: bytes = self.real["tree_root"](levels, size)
        if self._learning and key:
            self._roots[key] = root
        return root

    def _value(self, data: bytes) -> Any:
        if data in self._values:
            return self._values[data]
        value = self.real["_decode"](data)
        if self._learning:
            self._values[data] = value
        return value

    def _fields(self, fields: Any) -> Any:
        # Values of the unchanged case are kept alive above, so an address names one of them.
        if id(fields) in self._opened:
            return self._opened[id(fields)]
        opened = self.real["open_fields"](fields)
        if self._learning:
            self._opened[id(fields)] = opened
        return opened

    def judge(self, path: Path) -> Verdict:
        verdict: Verdict = self.module.verify(str(path))
        return verdict

    def judge_without_memory(self, path: Path) -> Verdict:
        self._use(self.real)
        try:
            return self.judge(path)
        finally:
            self._use(self.fast)


def load(script: Path, name: str) -> ModuleType:
    """Load a verifier script as a module of its own."""
    spec = importlib.util.spec_from_file_location(name, script)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def judged_by_script(script: Path, path: Path) -> Verdict:
    """Run the shipped script as a stranger would."""
    command = [sys.executable, "-I", str(script), str(path), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    verdict: Verdict = json.loads(done.stdout)
    expected = {"ok": 0, "failed": 4, "incomplete": 5}[verdict["verdict"]]
    assert done.returncode == expected, (done.returncode, verdict["verdict"])
    return verdict


def _mentions(item: dict[str, Any], names: Iterable[str]) -> bool:
    text = " ".join(str(item.get(key, "")) for key in ("what", "where"))
    above = str(item.get("where") or "\0") + "/"
    return any(name in text or name.startswith(above) for name in names)


class Worker:
    """One process with its own copies of the subjects and its own verifiers."""

    def __init__(self, subjects: dict[str, Path], folder: Path) -> None:
        self.subjects = {
            name: copy(path, folder / name / path.name) for name, path in subjects.items()
        }
        self.aside = folder / "aside"
        self.folder = folder
        self.script = folder / "verify-as-shipped.py"
        shutil.copyfile(subjects["bundle"] / "verify.py", self.script)
        import firsthand.report.checking as checking

        # `check` calls firsthand.report.verify by name, so what is remembered there serves it.
        self.memories = {
            "firsthand": Remembering(checking.verify, self.subjects.values()),
            "shipped": Remembering(load(self.script, "verify_as_shipped"), self.subjects.values()),
        }
        self.check = checking.check
        self.judgements = 0

    def judge(self, name: str, path: Path) -> Verdict:
        verdict = self.check(path) if name == "firsthand" else self.memories[name].judge(path)
        return verdict

    def run(self, changes: list[tuple[Change, bool]]) -> Tally:
        tally = Tally()
        before = {name: fingerprint(path) for name, path in self.subjects.items()}
        for change, as_script in changes:
            root = self.subjects[change.subject]
            with changed(root, change, self.aside):
                for name in JUDGES:
                    verdict = self._judged(name, root, tally)
                    self._note(change, name, verdict, tally)
                if as_script:
                    again = judged_by_script(self.script, root)
                    self._note(change, "python3 -I verify.py", again, tally)
                    tally.subprocesses += 1
            tally.done[f"{change.subject}: {change.kind}: {change.operation}"] += len(change.places)
        for name, path in self.subjects.items():
            assert fingerprint(path) == before[name], f"{name} was not restored"
            assert self.memories["shipped"].judge_without_memory(path)["verdict"] == "ok", name
        return tally

    def _judged(self, name: str, root: Path, tally: Tally) -> Verdict:
        verdict = self.judge(name, root)
        self.judgements += 1
        if self.judgements % SHARE == 0:
            assert self.memories[name].judge_without_memory(root) == verdict, root
            tally.repeated += 1
        return verdict

    def _note(self, change: Change, judge: str, verdict: Verdict, tally: Tally) -> None:
        tally.judgements += 1
        told = {"judge": judge, **vars(change)}
        if verdict["verdict"] == "ok":
            tally.undetected.append(told)
            return
        problems = verdict["problems"]
        if change.together:
            own = {item["where"] for item in problems}
            missed = [path for path, _ in change.places if path not in own]
            tally.undetected += [{**told, "missed": path} for path in missed]
            tally.located_of[change.kind] += len(change.places)
            tally.located[change.kind] += len(change.places) - len(missed)
            return
        named = any(_mentions(item, change.names) for item in problems + verdict["not_checked"])
        if change.kind != "zip" and not named and not any("entry" in item for item in problems):
            tally.unnamed.append({**told, "problems": problems[:3]})
        if change.kind == "zip":
            return  # which member a byte of a zip belongs to is the business of the unpacked bundle
        tally.located_of[change.kind] += 1
        first = problems[0] if problems else {}
        # Tile and entry contradict one another: then the number of the entry says where.
        entry = -1
        if change.kind == "hash tile" and change.operation in ("flip", "byte"):
            entry = change.at // 32
        if _mentions(first, change.names) or first.get("entry") == entry:
            tally.located[change.kind] += 1
        elif len(tally.elsewhere) < 20:
            tally.elsewhere.append({**told, "first": first})

    def clean(self, numbers: Iterable[int]) -> Tally:
        """Verify fresh copies at other paths, with other times and modes: all must be ok."""
        tally = Tally()
        for number in numbers:
            dice = random.Random(SEED + number)
            subject, source = dice.choice(sorted(self.subjects.items()))
            path, as_script = self.folder / "fresh" / dice.choice(NAMES), number % 100 == 0
            for wanted in self._fresh(source, path, dice):
                judges: list[tuple[str, Judge]] = [
                    ("firsthand", functools.partial(self.judge, "firsthand")),
                    ("shipped", self.memories["shipped"].judge),
                ]
                if as_script:
                    judges.append(
                        ("python3 -I verify.py", lambda p: judged_by_script(self.script, p))
                    )
                if number % SHARE == 0:
                    judges.append(("without memory", self.memories["shipped"].judge_without_memory))
                for name, judge in judges:
                    verdict = judge(wanted)
                    tally.clean += 1
                    if verdict["verdict"] != "ok":
                        told = f"{subject} {number} {name}: {verdict['problems'][:2]}"
                        tally.false_alarms.append(told)
        return tally

    def _fresh(self, source: Path, path: Path, dice: random.Random) -> Iterator[Path]:
        old = os.umask(dice.choice((0o022, 0o077, 0o000, 0o027)))
        try:
            target = copy(source, path / ("bundle.zip" if source.is_file() else "b"))
            files = [target] if target.is_file() else [p for p in target.rglob("*")]
            dice.shuffle(files)
            for file in files:
                os.utime(file, (dice.randrange(2**31), dice.randrange(2**31)))
                if file.is_file() and dice.random() < 0.5:
                    file.chmod(dice.choice((0o444, 0o600, 0o755)))
            if (target / "index.db").exists() and dice.random() < 0.5:  # working files may go
                (target / "index.db").unlink()
                (target / "lock").unlink()
                (target / "incoming").rmdir()
            yield target
        finally:
            os.umask(old)
            shutil.rmtree(path.parents[len(path.relative_to(self.folder).parts) - 2])


NAMES = (
    "plain",
    "with blank and 'quotes'",
    "تكريت/ملف",
    "deep/" * 20 + "deeper",
    "-leading-dash",
    "new\nline",
    "x" * 200,
    "a.zip",
    "100%s {0}",
)


# ---- the whole --------------------------------------------------------------------------------

_WORKER: Worker | None = None


def _start(subjects: dict[str, Path], folder: Path) -> None:
    global _WORKER
    _WORKER = Worker(subjects, Path(tempfile.mkdtemp(dir=folder)))


def _changes(part: list[tuple[Change, bool]]) -> Tally:
    assert _WORKER
    return _WORKER.run(part)


def _clean(part: list[int]) -> Tally:
    assert _WORKER
    return _WORKER.clean(part)


def run(subjects: dict[str, Path], folder: Path, full: bool, processes: int = PROCESSES) -> Tally:
    """Run the campaign on built subjects."""
    changes = plan(subjects, full)
    every = max(1, len(changes) // (SUBPROCESSES if full else SUBPROCESSES // 5))
    numbered = [(change, at % every == every // 2) for at, change in enumerate(changes)]
    clean = list(range(CLEAN if full else CLEAN // SHARE))
    size = 400
    jobs: list[tuple[Callable[[Any], Tally], list[Any]]] = []
    jobs += [(_clean, clean[at : at + 25]) for at in range(0, len(clean), 25)]
    jobs += [(_changes, numbered[at : at + size]) for at in range(0, len(numbered), size)]
    whole, begun = Tally(), time.monotonic()
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, _start, (subjects, folder)) as pool:
        waiting = [pool.apply_async(function, (part,)) for function, part in jobs]
        for at, result in enumerate(waiting, 1):
            whole.add(result.get())
            if sys.stderr.isatty() or at % 50 == 0:
                print(f"{at}/{len(jobs)} parts, {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return whole


def summary(tally: Tally, full: bool) -> dict[str, Any]:
    """Return the result as it is committed."""
    total = sum(tally.located_of.values())
    return {
        "share": "full" if full else f"1/{SHARE}",
        "changes": sum(tally.done.values()),
        "judgements": tally.judgements,
        "per_kind": dict(sorted(tally.done.items())),
        "undetected": tally.undetected,
        "found_but_not_named": tally.unnamed,
        "first_problem_names_the_file": {
            "judged_changes": total,
            "share": round(sum(tally.located.values()) / max(total, 1), 5),
            "per_kind": {
                kind: round(tally.located[kind] / many, 5)
                for kind, many in sorted(tally.located_of.items())
            },
            "elsewhere": tally.elsewhere[:20],
        },
        "repeated_without_memory": tally.repeated,
        "as_subprocess": tally.subprocesses,
        "clean_verifications": tally.clean,
        "false_alarms": tally.false_alarms,
    }


def main() -> int:
    """Run the campaign and write its result."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--full", action="store_true", help="all of it; writes the result")
    parser.add_argument("--demo", type=Path, help="a demo that is built already")
    options = parser.parse_args()
    from measured import source_digest, write_result

    before = source_digest()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subjects = subjects_of(options.demo, folder) if options.demo else build(folder)
        tally = run(subjects, folder, options.full)
    result = summary(tally, options.full)
    if options.full:
        print(write_result("tamper", result, before))
    shown = {key: result[key] for key in result if key != "per_kind"}
    print(json.dumps(shown, indent=2, ensure_ascii=False))
    return 1 if tally.undetected or tally.unnamed or tally.false_alarms else 0


if __name__ == "__main__":
    sys.exit(main())
