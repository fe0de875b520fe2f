"""Replacing what is damaged or missing in a case from a second copy, and never anything else.

Bytes are taken only when they are what this case's ledger says: objects by their digest, tiles and
entries by the signed root, openings by the entry that they open. What is replaced is kept aside.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from firsthand.case.blobs import object_path
from firsthand.case.case import Case
from firsthand.case.custody import clock
from firsthand.case.custody.inspection import (
    Inspection,
    apparent_size,
    chain_of,
    head_of,
    inspect,
    vouched,
)
from firsthand.case.custody.scrub import GOOD, Chosen, lying, scrub, state_of
from firsthand.case.custody.second_copy import SecondCopy, open_copy
from firsthand.case.custody.shelf import Shelf
from firsthand.case.custody.tree_check import Fault
from firsthand.case.files import Files, locked, storage_error
from firsthand.case.history import Closed, Tick, quiet
from firsthand.case.keys import load_log_key
from firsthand.model import canonical
from firsthand.model.canonical import Json
from firsthand.model.custody import Repair
from firsthand.model.errors import BadInput, FirsthandError
from firsthand.model.values import Digest, digest_bytes
from firsthand.tlog import TILE_WIDTH, Checkpoint, Frontier, Signer, leaf_hashes

MOST_NAMED = 10_000
"""Files that one entry names; the command names all of them."""


@dataclass
class Repaired:
    """What was (or, in a dry run, would be) done."""

    repaired: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """What is wrong and could not be made right from this copy."""
    notes: list[str] = field(default_factory=list)
    kept_at: Path | None = None
    """Where the damaged files are."""


def repair(
    root: Path, source: Path, *, keep: Path | None = None, dry: bool = False, tick: Tick = quiet
) -> Repaired:
    """Repair a case folder from a second copy; see the module.

    Parameters
    ----------
    keep
        Where damaged files are kept; by default a folder beside the case.
    dry
        Change nothing.

    Raises
    ------
    BadInput
        When the copy is of another case, or the checkpoint is damaged and nothing tells how long
        the log was. Nothing is changed then.
    StorageFailed
        When the case cannot be written; what was repaired until then is right.
    """
    if root.resolve() == source.resolve():
        raise BadInput("a case cannot be repaired from itself", hint="name another copy")
    with open_copy(source) as copy:
        work = _Work(root, copy, Files(), _aside(root, keep), dry, tick)
        try:
            if dry:
                return work.run()
            work.files.make_dir(root / "incoming")
            with locked(root / "lock"):
                return work.run()
        except OSError as error:
            raise storage_error(error, "repair the case") from error


def record_repair(case: Case, name: str, done: Repaired, *, by: str | None = None) -> None:
    """Append what was repaired from the copy called ``name``; never a path outside the case."""
    noun = Repair(
        id="",
        source=name,
        repaired=tuple(done.repaired[:MOST_NAMED]),
        left=tuple(done.left[:MOST_NAMED]),
    )
    with case.batch(by=by) as batch:
        # The same repair may be needed twice, so the id also stands for when it was made.
        known: Json = [noun.source, list(noun.repaired), list(noun.left), case.ledger.size()]
        digest = canonical.digest_of(known).removeprefix("sha256:")
        batch.noun("repair", dataclasses.replace(noun, id=f"repair:{digest}"))


def _aside(root: Path, keep: Path | None) -> Path:
    whole = root.resolve()
    if keep is not None:
        if whole == keep.resolve() or whole in keep.resolve().parents:
            raise BadInput("damaged files cannot be kept inside the case", why=str(keep))
        return keep
    moment = datetime.fromtimestamp(clock.wall_ms() // 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    return whole.with_name(f"{whole.name}-damaged-{moment}")


@dataclass
class _Work:
    root: Path
    copy: SecondCopy
    files: Files
    kept: Path
    dry: bool
    tick: Tick
    done: Repaired = field(default_factory=Repaired)
    pending: bytes | None = None
    """The checkpoint to be written when everything else is in place."""

    def run(self) -> Repaired:
        old = apparent_size(Shelf(self.root))
        head, vkey = self._head()
        _, point, _ = head_of(self.root, (self.copy.shelf,))
        here = Shelf(self.root)
        if point is None:
            point = vouched(here.read("log/checkpoint"), vkey, (here, self.copy.shelf))
        found: Inspection | None = None
        if point is None:
            point, data = self._checkpoint(vkey)
            found = inspect(self.root, head, point, (self.copy.shelf,))
            self._write("log/checkpoint", data, last=True)
        theirs = vouched(self.copy.shelf.read("log/checkpoint"), vkey, (here, self.copy.shelf))
        if theirs is not None and theirs.size > point.size:
            self.done.notes.append(
                f"the copy has {theirs.size} entries and this case {point.size}: the copy is newer"
            )
        found = found or inspect(self.root, head, point, (self.copy.shelf,))
        self._objects(found)
        faults = [fault for fault in found.faults if fault.path != "case.json"]
        for fault in faults:
            self._log_file(fault, found)
        if self.pending is not None and not self.dry:
            self._put("log/checkpoint", self.pending)
            Closed(self.root, head).ledger.finish(min(old, point.size), point.size)
        if not self.dry:
            if not self.files.sync_all(self.root):
                for folder in sorted(p for p in self.root.rglob("*") if p.is_dir()):
                    self.files.sync_dir(folder)
            self._check()
        self.done.kept_at = self.kept if self.kept.exists() else None
        return self.done

    # --- case.json and checkpoint ---------------------------------------------------------------

    def _head(self) -> tuple[Json, str]:
        """Return what case.json says, repaired if need be, after comparing it with the copy's."""
        head, _, _ = head_of(self.root)
        theirs, _, _ = head_of(self.copy.shelf.root)
        here = Shelf(self.root)
        if head is not None:
            if theirs is not None and theirs != head:
                raise BadInput(
                    "that is a copy of another case",
                    why=f"{theirs['origin']}, not {head['origin']}",
                    hint="name a copy of this case",
                )
            if theirs is None and not _same_start(here, self.copy.shelf):
                raise BadInput(
                    "that cannot be told to be a copy of this case",
                    why="its case.json is damaged, and its log begins differently",
                )
            return head, str(head["vkey"])
        if theirs is None:
            raise BadInput("case.json is damaged here and in the copy", hint="name another copy")
        vkey = str(theirs["vkey"])
        signed = vouched(here.read("log/checkpoint"), vkey, (here, self.copy.shelf))
        if signed is None and not _same_start(here, self.copy.shelf):
            raise BadInput(
                "that cannot be told to be a copy of this case",
                why="case.json and the checkpoint are damaged here, and the logs begin differently",
            )
        self._write("case.json", canonical.dumps(theirs) + b"\n")
        return theirs, vkey

    def _checkpoint(self, vkey: str) -> tuple[Checkpoint, bytes]:
        """Find the signed checkpoint again: the copy's, or the longer log signed as it was."""
        here, theirs = Shelf(self.root), self.copy.shelf
        data = theirs.read("log/checkpoint")
        point = vouched(data, vkey, (here, theirs))
        if point is None or data is None:
            raise BadInput(
                "no signed checkpoint is left",
                why="log/checkpoint is damaged here and in the copy",
                hint="name another copy",
            )
        size = apparent_size(here)
        mine = own_root(here, size)
        common = min(size, point.size)
        signed_root = point.root if common == point.size else own_root(theirs, common)
        if mine is not None and own_root(here, common) != signed_root:
            raise BadInput(
                "the copy has another history, or is damaged where this could be told",
                why=f"the first {common} entries are not those that its checkpoint vouches for",
                hint="keep both; `firsthand verify --against` with a checkpoint that others hold "
                "tells which of them was shown before",
            )
        if size <= point.size:
            return point, data
        if mine is None:
            raise BadInput(
                "the log here cannot be vouched for",
                why=f"it has {size} entries, the copy {point.size}, the checkpoint is damaged, "
                "and so is more",
                hint="name a newer copy; nothing was changed, and nothing is cut off",
            )
        # Ed25519 is deterministic (RFC 8032, 5.1.6): the same text gives the very bytes that were
        # lost, so that signing it again tells nobody anything new.
        try:
            signed = Checkpoint(point.origin, size, mine).signed_by(self._signer(vkey, size))
        except FirsthandError as error:
            raise BadInput(
                "the checkpoint is damaged, and the copy is older than the log here",
                why=f"{size} entries here, {point.size} in the copy; {error}",
                hint="run this where the key of the case is; nothing is cut off",
            ) from error
        self.done.notes.append(
            f"the checkpoint was signed again over the {size} entries that are here; the copy "
            f"vouches for {point.size} of them"
        )
        return signed.checkpoint, bytes(signed)

    def _signer(self, vkey: str, size: int) -> Signer:
        chain = chain_of(vkey, (Shelf(self.root), self.copy.shelf))
        return load_log_key(str(chain.key_for(size)))

    # --- files ------------------------------------------------------------------------------------

    def _log_file(self, fault: Fault, found: Inspection) -> None:
        if fault.path == "log/checkpoint":
            if self.pending is None:
                self.done.left.append(fault.path)
        elif fault.path.startswith("stamps/"):
            self._stamp(fault.path, found)
        elif fault.right is None:
            self.done.left.append(fault.path)
        else:
            self._write(fault.path, fault.right)

    def _stamp(self, path: str, found: Inspection) -> None:
        data = self.copy.shelf.read(path)
        if data is not None and digest_bytes(data) in found.stamped:
            self._write(path, data)
        else:
            self.done.left.append(path)

    def _objects(self, found: Inspection) -> None:
        """Replace objects, and say of each file in ``stamps/`` that the copy has and this has not.

        Copies in ``stamps/`` may be absent, so a lost one is brought back and never called wrong.
        """
        sizes = {digest: size for digest, (size, _) in found.objects.items()}
        if found.withheld:
            sizes = {**dict.fromkeys(lying(self.root), -1), **sizes}
        for number, digest in enumerate(sorted(sizes)):
            self.tick(number, len(sizes), digest.removeprefix("sha256:"))
            if state_of(self.root, digest, sizes[digest])[0] != GOOD:
                self._object(digest)
        for path in self.copy.shelf.files("stamps"):
            data = self.copy.shelf.read(path)
            if data is None or Shelf(self.root).there(path):
                continue
            if digest_bytes(data) in found.stamped:
                self._write(path, data)

    def _object(self, digest: Digest) -> None:
        path = object_path(digest)
        target = self.root / path
        if self.dry:
            (self.done.repaired if self.copy.holds(digest) else self.done.left).append(path)
            return
        waiting = self.root / "incoming" / f"{os.getpid()}-repair"
        damaged = Shelf(self.root).there(path)
        if damaged:
            self._keep(path)
        if self.copy.fetch(digest, waiting, target, self.files):
            self.done.repaired.append(path)
        else:
            self.done.left.append(path)

    def _write(self, path: str, data: bytes, *, last: bool = False) -> None:
        self.done.repaired.append(path)
        if last:
            self.pending = data
        elif not self.dry:
            self._put(path, data)

    def _put(self, path: str, data: bytes) -> None:
        if self.dry:
            return
        if Shelf(self.root).there(path):
            self._keep(path)
        target = self.root / path
        if target.is_dir() and not target.is_symlink():
            raise BadInput(f"{target} is a folder", hint="move it away, then run this again")
        waiting = self.root / "incoming" / f"{os.getpid()}-repair"
        self.files.put(waiting, target, data)
        self.files.sync_dir(target.parent)

    def _keep(self, path: str) -> None:
        """Keep the damaged file: damage is evidence, too."""
        target = self.kept / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            try:
                os.link(self.root / path, target, follow_symlinks=False)
            except FileExistsError:
                raise
            except OSError:
                shutil.copy2(self.root / path, target, follow_symlinks=False)

    def _check(self) -> None:
        """Read everything again; what is still wrong and was not known to be is left."""
        again = scrub(self.root, Chosen(1, 1, log=True))
        still = [fault.path for fault in again.log_faults]
        still += [object_path(digest) for digest in (*again.wrong, *again.missing)]
        self.done.repaired = [p for p in dict.fromkeys(self.done.repaired) if p not in set(still)]
        self.done.left = list(dict.fromkeys((*self.done.left, *still)))
        self.done.left = [p for p in self.done.left if p in set(still)]


def _same_start(here: Shelf, copy: Shelf) -> bool:
    """Tell whether two logs begin with the same entry, which no other case has."""
    ours, theirs = here.entries(0, 1), copy.entries(0, 1)
    return bool(ours) and ours == theirs


def own_root(shelf: Shelf, size: int) -> bytes | None:
    """Return the root over entries as they lie there; None where they and their tiles differ."""
    tree = Frontier()
    for index in range(-(-size // TILE_WIDTH)):
        width = min(TILE_WIDTH, size - index * TILE_WIDTH)
        hashes = leaf_hashes(shelf.entries(index, width))
        if len(hashes) < width or shelf.hashes(0, index, width) != hashes:
            return None
        tree.extend(hashes)
    return tree.root()
