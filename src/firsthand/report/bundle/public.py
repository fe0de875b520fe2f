"""The profile ``public``: answers, counts and commitments, and what people released."""

from __future__ import annotations

from firsthand.case import Case
from firsthand.case.custody.letting_out import Act
from firsthand.model.canonical import Json
from firsthand.model.custody import Released
from firsthand.model.errors import BadInput
from firsthand.model.values import Digest
from firsthand.model.vocabulary import StampKind
from firsthand.report.build import build
from firsthand.report.bundle.court import without_sealed
from firsthand.report.bundle.export_key import known_there, without
from firsthand.report.bundle.narrow import Entry, Keep, narrowed
from firsthand.report.bundle.parts import Part
from firsthand.report.bundle.public_entries import open_fields
from firsthand.report.bundle.public_page import page
from firsthand.report.bundle.public_report import Public
from firsthand.report.bundle.public_schema import validate
from firsthand.report.bundle.released import released
from firsthand.report.bundle.sealed import unsealed
from firsthand.report.bundle.write import Plan
from firsthand.report.folder import report_bytes
from firsthand.run import Registry
from firsthand.tlog.opentimestamps import read_proof


def public(
    case: Case, registry: Registry, *, as_of: str | None = None, signer: str | None = None
) -> Plan:
    """Return the plan of a bundle that anybody may have.

    ``signer`` is the vkey of the export key, as far as there is one.
    """
    chosen = unsealed(case)
    with without_sealed(case, chosen) as seen:
        report = build(seen, registry, as_of=as_of)
        made = Public(seen, report)
        let_out, acts = released(case, seen, made)
        answers = made.made(let_out)
    validate(answers)
    copies = {act.entry for act in acts if isinstance(act.noun, Released) and act.noun.copy}
    keep: dict[int, frozenset[str]] = {}
    for entry in chosen.found:
        names = open_fields(entry, copies) if entry.index in chosen.keep else frozenset()
        if names:
            keep[entry.index] = names
    by_log = signer is not None and not known_there(chosen.found, keep, signer)
    if by_log:
        keep = without(chosen.found, keep)
    parts, withheld = narrowed(case, chosen.found, keep)
    parts += [
        Part("report/report.json", report_bytes(answers)),
        Part("report/report.html", page(answers).encode()),
    ]
    return Plan(
        profile="public",
        parts=parts,
        withheld=withheld,
        report=answers,
        leaves=[*map(_act, acts), *_signers(case, chosen.found, keep)],
        by_log=by_log,
    )


def _act(act: Act) -> Json:
    assert isinstance(act.noun, Released)
    return {
        "what": str(act.noun.what),
        "subject": act.noun.subject,
        "by": act.by,
        "why": act.noun.why,
        "entry": act.entry,
        "copy": act.noun.copy,
    }


def _signers(case: Case, found: list[Entry], keep: Keep) -> list[Json]:
    """Return who is named since what they signed could not be checked otherwise."""
    names: dict[tuple[str, str], int] = {}
    for entry in found:
        if "body" not in keep.get(entry.index, ()) or not entry.body:
            continue
        for field in ("authority", "witness"):
            if field in entry.body:
                names.setdefault(("name", str(entry.body[field])), entry.index)
        for calendar in _calendars(case, entry.body):
            names.setdefault(("address", calendar), entry.index)
    why = {
        "name": "what it signed can only be checked by who knows its name",
        "address": "the proof names the calendar that made it",
    }
    return [
        {"what": what, "subject": name, "by": None, "why": why[what], "entry": index, "copy": None}
        for (what, name), index in sorted(names.items())
    ]


def _calendars(case: Case, body: Json) -> list[str]:
    """Return the calendars that a proof of OpenTimestamps names."""
    if body.get("kind") != StampKind.OPENTIMESTAMPS or "token" not in body:
        return []
    token = Digest(body["token"])
    if not case.blobs.has(token):
        return []
    try:
        return [uri for _, uri in read_proof(case.blobs.get(token)).pending()]
    except BadInput:  # recorded as received by something else than firsthand
        return []
