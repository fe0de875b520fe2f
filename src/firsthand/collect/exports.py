"""Exports of platforms as folders: some files are read out, the others are kept as they are."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from firsthand.collect import folder
from firsthand.collect.items import Context, Item, Kept, failed, safe_below, shown_name
from firsthand.collect.sniffing import media_type
from firsthand.model.errors import BadInput, StorageFailed


@dataclass(slots=True)
class Export:
    """An export while it is read: its folder, and which of its files were dealt with.

    Attributes
    ----------
    name
        What stands before the names of files; empty inside an archive.
    whole
        Whether the folder itself was added, so that its other files are taken in as well.
    used
        Files that need no item of their own any more.
    """

    context: Context
    root: Path
    name: str
    whole: bool
    used: set[Path] = field(default_factory=set)

    def shown(self, relative: str) -> str:
        """Return the name of a file of the export as items carry it."""
        return self.context.prefix + shown_name(f"{self.name}/{relative}".lstrip("/"))[0]

    def keep(
        self, relative: str, kind: str | None = None
    ) -> Generator[Item, None, tuple[str, Path] | None]:
        """Keep a file; return its name and the path of its bytes, or None after a failed item."""
        name = self.shown(relative)
        try:
            path = safe_below(self.root, relative)
            self.used.add(path)
            staged = self.context.case.stage(path)
        except StorageFailed:
            raise
        except (BadInput, OSError) as error:
            yield failed(name, error)
            return None
        digest = staged.digest
        kept = Kept(staged=staged, media_type=kind or media_type(staged.path))
        yield Item(name=name, kept=(kept,))
        # From here on the kept bytes are read, not a file that may change.
        self.context.flush()
        return name, self.context.case.blobs.path(digest)

    def rest(self, used: set[Path]) -> Iterator[Item]:
        """Yield the files that were neither read out nor met as media of a post."""
        if not self.whole:
            return
        done = self.used | used
        found = folder.walk(self.root, self.name, self.context.case.root)
        left = (each for each in folder.relative(found) if each.path not in done)
        yield from folder.file_items(self.context, left)


def open_export(context: Context, path: Path, name: str | None = None) -> tuple[Export, str | None]:
    """Return the export at a path, and the name of the file when it is only one.

    ``name`` stands before the names of files; the folder's own name when not given.
    """
    if path.is_dir() and not path.is_symlink():
        shown = folder.base_name(path) if name is None else name
        return Export(context, path, shown, whole=True), None
    return Export(context, path.parent, name or "", whole=False), path.name
