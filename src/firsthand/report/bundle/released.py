"""What people released, as it stands in the public report; the rest of a thing stays in."""

from __future__ import annotations

from firsthand.case import Case
from firsthand.case.blobs import object_path
from firsthand.case.custody.letting_out import Act, releases
from firsthand.model.canonical import Json
from firsthand.model.custody import Released
from firsthand.model.values import Digest
from firsthand.model.vocabulary import Release
from firsthand.report.bundle.public_report import Public, type_of

LISTS = {
    Release.QUOTE: "quotes",
    Release.NAME: "names",
    Release.TEXT: "texts",
    Release.TITLE: "titles",
    Release.MEDIUM: "media",
}


def released(case: Case, seen: Case, public: Public) -> tuple[Json, list[Act]]:
    """Return what is released and not sealed, for the report, and the acts.

    ``seen`` is the case without what is sealed: a thing that is sealed stays in, whatever was
    released of it before. With a date, so does what had not been published by then.
    """
    found: Json = {name: [] for name in LISTS.values()}
    acts = []
    for act in releases(case).values():
        assert isinstance(act.noun, Released)
        row = _row(seen, public, act.noun)
        if row is not None:
            found[LISTS[act.noun.what]].append(row)
            acts.append(act)
    return found, acts


def _row(seen: Case, public: Public, noun: Released) -> Json:
    what, subject = noun.what, noun.subject
    if what is Release.QUOTE:
        for claim in public.report["claims"]:
            if claim["id"] == subject:
                return {"entry": claim["entry"], "quote": claim["quote"]}
        return None
    if what is Release.NAME:
        return _name(public, subject)
    if what is Release.MEDIUM:
        held = seen.catalog.noun("exhibit", subject)
        if held is None or noun.copy is None:
            return None
        digest = Digest(noun.copy)
        kind = type_of(seen.blobs.get(digest)) if seen.blobs.has(digest) else None
        if kind is None:
            return None
        return {"copy": noun.copy, "media_type": kind["type"], "path": object_path(digest)}
    for sighting in public.report["sightings"]:
        if sighting["id"] == subject:
            known = seen.catalog.sighting(subject)
            text = sighting["title"] if what is Release.TITLE else (known[3] if known else None)
            return None if not text else {"entry": sighting["entry"], str(what): text}
    return None


def _name(public: Public, subject: str) -> Json:
    kind, _, name = subject.partition(":")
    if kind == "event":
        for event in public.report["events"]:
            if event["id"] == name:
                return {"event": public.events.of(name), "name": event["label"]}
    elif name in public.actors:
        return {"source": public.sources.of(name), "name": public.actors[name]["name"]}
    return None
