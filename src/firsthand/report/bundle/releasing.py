"""Which things can be released as what, and making the stripped copy of a medium."""

from __future__ import annotations

from collections.abc import Mapping

from firsthand.case import Case
from firsthand.case.custody.letting_out import release as record
from firsthand.media.stripped import stripped
from firsthand.model.custody import Released
from firsthand.model.errors import BadInput
from firsthand.model.values import Digest
from firsthand.model.vocabulary import Release
from firsthand.report.identify import Thing, identify

OF: Mapping[Release, tuple[str, ...]] = {
    Release.QUOTE: ("claim",),
    Release.NAME: ("actor", "event"),
    Release.TEXT: ("sighting",),
    Release.TITLE: ("sighting",),
    Release.MEDIUM: ("exhibit",),
}
"""What can be released of which kind of thing; the name of an event is its label."""


def release(
    case: Case,
    text: str,
    what: Release,
    *,
    why: str,
    withdraw: bool = False,
    by: str | None = None,
) -> tuple[str, Released | None]:
    """Release something of one thing for public bundles; return its subject and the new act.

    Raises
    ------
    BadInput
        When the thing has no such part, or no stripped copy can be made of a medium.
    """
    thing = identify(case, text)
    if thing.kind not in OF[what]:
        raise BadInput(
            f"a {thing.kind} has no {what} to release",
            hint=f"{what} is released of: {', '.join(OF[what])}",
        )
    copy = None
    if what is Release.MEDIUM and not withdraw:
        copy = case.blobs.stage_bytes(_copy(case, thing))
    noun = record(case, thing.subject, what, why=why, withdraw=withdraw, copy=copy, by=by)
    return thing.subject, noun


def _copy(case: Case, thing: Thing) -> bytes:
    kind = str(thing.data["media_type"])
    if not kind.startswith("image/"):
        raise BadInput(
            f"a medium of type {kind} cannot be released",
            why="only pictures can be copied without what else their files tell",
            hint="the key frames of a video are exhibits derived from it, and can be released",
        )
    return stripped(case.blobs.path(Digest(thing.id)))
