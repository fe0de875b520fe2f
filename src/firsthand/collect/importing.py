"""The door of the room: add what is already held to a case, whatever kind it is."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

from firsthand.case import Case
from firsthand.collect.folder import base_name
from firsthand.collect.items import Context, Limits, failed, shown_name
from firsthand.collect.kinds import importer_of, recognise
from firsthand.collect.recorder import BROUGHT, STATUSES, Progress, Recorder
from firsthand.model.canonical import Json, keepable
from firsthand.model.errors import BadInput, CaseBusy, StorageFailed, UsageError
from firsthand.words.dates import written_time

MOST_LOOKED_AT = 200
"""Files and folders in a folder of which it is looked at whether they are exports."""

MOST_NOTES = 50
"""Notes on one path that are given, the most frequent first."""


def add(
    case: Case,
    paths: Iterable[Path | str],
    *,
    kind: str | None = None,
    source: str | None = None,
    by: str | None = None,
    published: str | None = None,
    publisher: str | None = None,
    url: str | None = None,
    lang: str | None = None,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> Json:
    """Import files and folders into a case that is open for writing.

    Each item gets a recorded outcome (done, already, failed, quarantined); one that fails never
    stops the rest. Adding the same again adds no exhibit and no sighting.

    Parameters
    ----------
    kind
        As in ``--as``; recognised for each path when not given.
    source
        From whom the material came: the account of sightings of plain files.
    by
        Who acts; the login name when not given.
    published, publisher, url, lang
        About an article: when (EDTF or any written time), by whom, at which address, in which
        language. They stand above what a manifest or a page says.
    progress
        Called with (items met, items in all or None, name of the item).

    Returns
    -------
    dict
        ``{"imports":[{"path","kind","done","already","failed","quarantined","exhibits",
        "sightings","gaps","claims","basis","notes"}],"totals":{…},"outcomes":[{"path","item","status",
        "reason"}]}``; numbers of exhibits, sightings, gaps and claims are of new ones; ``basis``
        says against what the reading of a format was checked, null for our own; ``notes`` are
        ``{"what","items"}``, such as fields that were not read.

    Raises
    ------
    BadInput
        When a path does not exist or an option cannot be read; nothing is written.
    StorageFailed
        When the case cannot be written; what was acknowledged before is kept.
    """
    chosen = _chosen([Path(path) for path in paths], kind)
    about = {"published": published, "publisher": publisher, "url": url, "lang": lang}
    given = [name for name, value in about.items() if value is not None]
    if given and any(kind not in ("article", "pdf") for _, kind in chosen):
        raise UsageError(
            f"--{given[0]} is about an article or a PDF file",
            why="not everything that is added is one",
            hint="add articles by themselves, with --as article or --as pdf if need be",
        )
    if url is not None and len(chosen) != 1:
        raise UsageError("--url is for one document", why=f"{len(chosen)} paths were given")
    written = written_time(published) if published is not None else None
    if published is not None and written is None:
        raise BadInput(
            "the publication time cannot be read",
            why=repr(published),
            hint="write it as 2014-06-14, 2014-06-14T10:00+03:00, or in EDTF",
        )
    imports: list[Json] = []
    outcomes: list[Json] = []
    for path, each in chosen:
        recorder = Recorder(
            case,
            name=shown_name(base_name(path))[0],
            kind=each,
            source=source,
            by=by,
            progress=progress,
        )
        told: Counter[str] = Counter()
        context = Context(
            case=case,
            flush=recorder.flush,
            expect=recorder.expect,
            source=source,
            published=written,
            publisher=publisher,
            url=url,
            lang=lang,
            limits=limits or Limits(),
            note=partial(_tell, told),
        )
        if kind not in (None, "folder") and (own := recognise(path)) != kind:
            other = "" if own == "folder" else f"; it looks like {own}"
            told[f"nothing in it says that it is {kind}{other}"] += 1
        _run(recorder, context, path)
        if each == "folder" and path.is_dir():
            told.update(_exports_in(path))
        shown = keepable(str(path))[0]
        basis = importer_of(each).checked
        imports.append({"path": shown, "kind": each, **recorder.counts, "basis": basis})
        imports[-1]["notes"] = [{"what": w, "items": n} for w, n in told.most_common(MOST_NOTES)]
        outcomes += [{"path": shown, **outcome} for outcome in recorder.not_done]
    totals = {name: sum(row[name] for row in imports) for name in (*STATUSES, *BROUGHT)}
    return {"imports": imports, "totals": totals, "outcomes": outcomes}


def _exports_in(folder: Path) -> Counter[str]:
    """Return notes on what lies in a folder and would be read as something else by itself."""
    with os.scandir(folder) as entries:
        paths = sorted(Path(entry.path) for entry in itertools.islice(entries, MOST_LOOKED_AT))
    found: dict[str, list[Path]] = {}
    for path in paths:
        with suppress(OSError):
            found.setdefault(recognise(path), []).append(path)
    told: Counter[str] = Counter()
    for kind, held in found.items():
        # Loose texts and pages among other files are mostly meant as files.
        if kind not in ("folder", "article"):
            first = shown_name(str(held[0]))[0]
            told[f"kept but not read as {kind}: for that, firsthand add CASE {first}"] = len(held)
    return told


def _tell(told: Counter[str], text: str) -> None:
    told[text] += 1


def _chosen(paths: list[Path], kind: str | None) -> list[tuple[Path, str]]:
    if not paths:
        raise UsageError("nothing to add", hint="name at least one file or folder")
    if kind is not None:
        importer_of(kind)
    chosen = []
    for path in paths:
        try:
            path.lstat()
            chosen.append((path, kind or recognise(path)))
        except OSError as error:
            raise BadInput(
                f"{keepable(str(path))[0]} cannot be added",
                why="there is no such file or folder"
                if isinstance(error, FileNotFoundError)
                else str(error.strerror),
                hint="nothing was written; check the spelling and run the command again",
            ) from error
    return chosen


def _run(recorder: Recorder, context: Context, path: Path) -> None:
    found = importer_of(recorder.kind).items(context, path)
    try:
        try:
            for item in found:
                recorder.take(item)
        except (StorageFailed, CaseBusy):
            raise
        except (BadInput, OSError) as error:
            # What an importer could not tie to one item is an outcome of the whole path.
            recorder.take(failed(recorder.name, error))
        recorder.close()
    except BaseException:
        recorder.abandon()
        raise
