"""Write docs/nouns.md from the dataclasses and vocabularies of ``firsthand.model``.

    python tools/noun_docs.py            writes docs/nouns.md
    python tools/noun_docs.py --check    exits 1 when docs/nouns.md is not what it would write

Fields and types are read from the code. What a field means stands in MEANINGS below; a field
without a meaning, or a meaning without a field, stops the script.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from firsthand.model import claim_values, custody, nouns, vocabulary
from firsthand.model.vocabulary import Question

TARGET = Path(__file__).resolve().parent.parent / "docs" / "nouns.md"

MEANINGS: dict[str, dict[str, str]] = {
    "CaseInfo": {
        "title": "what the case is about",
        "origin": "the name of the log, first line of every checkpoint",
        "vkey": "public key of the log (C2SP verifier key)",
        "format": "version of the case format",
        "tool": "what made the case",
    },
    "Exhibit": {
        "digest": "SHA-256 of the bytes; also the id",
        "size": "length [bytes]",
        "media_type": "kind of file, by content",
        "derived_from": "the exhibit that this one was made from (the page of an extracted text)",
        "derivation": "how it was made: tool, version, settings",
    },
    "Written": {
        "text": "the time as the source wrote it, with its zone",
        "bounds": "the UTC interval that the writing allows",
    },
    "Link": {
        "rel": "repost, reply, quote and the like",
        "target": "the post id that it refers to",
    },
    "Sighting": {
        "id": "digest of platform, ref, account, time as written, exhibits and text",
        "platform": "where: `web`, `file`, `twitter`, `telegram` and so on",
        "ref": "post id, normalised address, or path in an archive",
        "url": "the address as given",
        "account": "who published it there, as named there",
        "published": "when it was published",
        "exhibits": "media or pages seen there",
        "text": "digest of the text seen there",
        "title": "headline",
        "lang": "language (BCP 47)",
        "shows": "events that a person says the seen media shows",
        "known_through": "the exhibit that tells of it, when nobody here saw it",
        "links": "relations to other posts",
        "removed": "when it was taken down",
        "remark": "what a reader should know about the record of it",
    },
    "Gap": {
        "id": "digest of the content",
        "what": "what is missing",
        "reason": "why it is not held",
        "mentioned_in": "the sighting that mentions it",
        "ref": "its digest, path or post id, as far as the source gives one",
    },
    "Actor": {
        "id": "chosen by a person; a later entry with the same id replaces the fields",
        "name": "as it should be written",
        "type": "kind of actor (`kind` in input)",
        "aliases": "other names",
        "party": "has a side in the conflict: its figures and times bound nothing",
        "interest": "what it has to gain or lose",
        "part_of": "id of the larger body; both are one root",
    },
    "Event": {
        "id": "chosen by a person; a later entry with the same id replaces the fields",
        "label": "what it is called",
        "when": "when it was, if that is settled",
        "places": "names of places",
        "part_of": "id of the wider event",
        "after": "dated events that it cannot have been before",
        "before": "dated events that it cannot have been after",
        "source": "what the entry rests on",
    },
    "ClaimLink": {
        "rel": "how the claim refers to the other",
        "claim": "id of the other claim (its label in input)",
        "why": "what shows it",
    },
    "Claim": {
        "id": "digest of the content",
        "question": "what it answers",
        "event": "id of the event that it is about",
        "value": "the answer, by question (see below)",
        "polarity": "asserted, denied or left open",
        "hedge": "how surely the speaker says it",
        "attribution": "how the text gives the words to a source",
        "source_chain": "outermost speaker first, ultimate source last: actor ids or names",
        "exhibit": "the text that it stands in (`doc` in input)",
        "span": "where in the text: `[start, end)` in Unicode code points",
        "quote": "the very words at the span",
        "cue": "the words that show the hedge",
        "importance": "carries the story, or stands beside it",
        "sighting": "the sighting in which it was published; gives the time",
        "basis": "what the ultimate source rests it on",
        "links": "relations to other claims",
        "label": "short name given by a person (`id` in input)",
        "lang": "language of the quote",
    },
    "Mark": {
        "id": "digest of the content",
        "exhibit": "what was marked",
        "kind": "a word of the person's own, such as box",
        "value": "points, outline, bearing or measure; integers, unit in the name",
        "text": "a description",
    },
    "Note": {
        "id": "digest of the content",
        "subject": "id of what the note is about",
        "text": "the note",
        "kind": "what the note is for",
    },
    "Tag": {
        "id": "digest of the content",
        "subject": "id of what was tagged",
        "label": "the tag, as the person wrote it",
        "removed": "the tag was taken off",
        "after": "the act on the same subject and label before this one",
    },
    "Translation": {
        "id": "digest of the content",
        "subject": "the text exhibit or sighting that was translated",
        "text": "the translation",
        "lang_to": "language of the translation (BCP 47)",
        "translator": "who translated it, or the tool with its version",
        "machine": "a program translated it",
        "lang_from": "language of the original (BCP 47)",
        "span": "the part that was translated, `[start, end)` in code points; all if absent",
    },
    "SearchRecord": {
        "id": "digest of the content",
        "where": "`case`, or the site or tool that was searched",
        "query": "the words, as typed",
        "filters": "what narrowed the search: names and values",
        "at": "when, by the person's own statement",
        "found": "how many results there were",
        "why": "what was looked for",
        "name": "the name under which the search is saved",
        "after": "the search recorded before this one",
    },
    "Backup": {
        "name": "what the person calls the place; never a path",
        "size": "entries of the log that the copy covers",
        "root": "Merkle root of the log at that size",
        "objects": "objects that the copy holds",
        "bytes": "size of these objects [bytes]",
    },
    "Merge": {
        "origin": "the origin of the other case",
        "vkey": "public key of the other case's log",
        "size": "entries of the other log that were taken in",
        "root": "Merkle root of the other log at that size",
        "history": "the exhibit that holds the other log, its openings and stamps",
        "state": "`closed`, or `objects` for a part that only brings objects",
        "counts": "entries by what became of them",
        "conflicts": "what both cases say differently under one id",
    },
    "Run": {
        "id": "digest of method, version, parameters, inputs and models",
        "method": "name of the method",
        "version": "version of the method",
        "params": "all parameters, defaults included",
        "unit": "what it ran on: an event, or the case",
        "inputs": "sorted references to what it was given",
        "models": "digests of model files",
        "status": "done, failed or quarantined",
        "reason": "why it is not done",
        "rows": "the object that holds the findings",
        "count": "number of findings",
        "environment": "versions of firsthand, Python and the system, and the sandbox of its "
        "children; not part of the id",
    },
    "Finding": {
        "id": "digest of run, kind, subjects and value",
        "key": "digest of kind and subjects: a newer run replaces the finding with the same key",
        "kind": "what was found, such as `claims.root`",
        "subjects": "ids of what it is about",
        "value": "what was found",
        "run": "id of the run",
    },
    "Assessment": {
        "id": "digest of the content",
        "target": "id of the claim, or key of the finding",
        "value_digest": "digest of the value that was judged",
        "verdict": "the act",
        "why": "the reason",
        "value": "the correction, the parts, or the claim merged into",
        "after": "the act on the same target before this one",
    },
    "Estimate": {
        "kind": "time, area or count",
        "bounds": "in the units of the kind",
        "method": "how it was found",
        "level": "what the bounds mean",
        "assumptions": "what must hold",
    },
    "Authority": {
        "name": "what the service is called in this case",
        "kind": "`rfc3161` or `opentimestamps`",
        "url": "where requests are sent, when somebody asks for that",
        "roots": "object with its root certificates (PEM)",
    },
    "Policy": {
        "id": "digest of the rest",
        "authorities": "time-stamping services that this case asks",
        "stamps": "how many of them are wanted for a checkpoint",
        "witnesses": "verifier keys of witnesses",
        "quorum": "how many of them are wanted for a checkpoint",
        "why": "reason for the choice",
        "after": "the policy before this one",
    },
    "Stamp": {
        "id": "digest of the rest",
        "state": "how far it has come",
        "kind": "kind of time stamp",
        "authority": "name of the service in the policy",
        "size": "entries that the stamped checkpoint covers",
        "root": "root of the log at that size, 64 hex digits",
        "checkpoint": "object with the signed checkpoint; its bytes are what is stamped",
        "request": "object with the request as sent (`.tsq`)",
        "token": "object with the answer as it came (`.tsr` or `.ots`)",
        "time_ms": "the time that the token states [ms UTC]",
        "accuracy_ms": "its stated accuracy [ms]",
        "readers": "what each reader said of the token: `{reader, verdict, why}`",
        "why": "why it was refused",
        "after": "the stamp entry that this one answers or improves",
    },
    "Cosignature": {
        "id": "digest of the rest",
        "witness": "verifier key of the witness (type 0x04)",
        "size": "entries that the checkpoint covers",
        "root": "root of the log at that size, 64 hex digits",
        "cosigned": "object with the checkpoint and the lines of log and witness",
        "time_ms": "when, by the clock of the witness [ms UTC]",
    },
    "PersonSignature": {
        "id": "digest of the rest",
        "person": "who signed",
        "key": "OpenSSH public key, one line",
        "size": "entries that the checkpoint covers",
        "root": "root of the log at that size, 64 hex digits",
        "checkpoint": "object that was signed",
        "signature": "object with the armoured SSH signature",
        "namespace": "namespace of the signature (`ssh-keygen -Y sign -n`)",
    },
    "KeyRecord": {
        "id": "digest of the rest",
        "role": "what the key is for",
        "state": "added, rotated in, or revoked",
        "name": "whose key it is, or what it is called",
        "key": "public key: verifier key or OpenSSH line",
        "valid_from": "the first size of the log for which it counts",
        "valid_to": "the last size of the log for which it counts",
        "replaces": "the key that ends here",
        "endorsement": "object with the note that old and new key signed",
        "why": "reason",
    },
    "ClockJump": {
        "id": "digest of the rest",
        "before_ms": "what the clock said before [ms UTC]",
        "now_ms": "what it says now [ms UTC]",
        "elapsed_ms": "what a clock that cannot be set measured between [ms]",
        "before_entry": "the entry with the time before",
    },
    "Scrub": {
        "id": "digest of the rest",
        "what": "`objects` or `log`",
        "part": "which part of the objects was read, from 1",
        "of": "in how many parts they are read",
        "objects": "objects (or entries) read",
        "bytes": "bytes read",
        "wrong": "objects or files whose bytes are not those recorded",
        "missing": "objects or files that are gone",
        "size": "entries of the log at that time",
    },
    "Repair": {
        "id": "digest of the rest",
        "source": "what the second copy is called; its path is never on record",
        "repaired": "objects or files that were put back",
        "left": "those that the copy could not help with",
    },
    "Released": {
        "id": "digest of the rest",
        "subject": "id of what is released",
        "what": "which part of it",
        "why": "reason",
        "withdrawn": "the release no longer holds for later bundles",
        "copy": "for a medium: the stripped copy that leaves in its place",
        "after": "the act on the same subject and part before this one",
    },
    "Sealed": {
        "id": "digest of the rest",
        "subject": "id of what is kept out of all bundles but full ones",
        "why": "reason",
        "lifted": "it is no longer kept out",
        "after": "the act on the same subject before this one",
    },
    "Transfer": {
        "id": "digest of the rest",
        "state": "`offered` or `accepted`",
        "giver": "who had it",
        "receiver": "who has it now",
        "bundle": "digest of the bundle that changed hands",
        "document": "object with the text that both signed",
        "size": "entries of the log in the bundle",
        "purpose": "what it was given for",
    },
}

HEAD = """\
# Nouns

Written by `make docs` from `firsthand.model`; do not edit. These records stand in the ledger (as
`body` of an entry, see [case-format.md](case-format.md)) or in the tables that it names. `opt.`
means that the field may be absent. Times inside records are milliseconds since 1970-01-01 UTC.
Input files use some other names, said below; how to write them is in
[howto/claims.md](howto/claims.md).
"""

VALUES_HEAD = """\
## Values of claims

By question. Fields in bold must be there. `role`, `content`, `text` and `scope` may stand in every
value; any other field is refused. A scope is a text, or an object with `places`, `from`, `to`,
`victims` and `text`. Numbers are whole and not negative.

| question | fields | closed vocabulary |
| --- | --- | --- |
"""

CLOSED = {
    Question.ACT: ("act", claim_values.ACTS),
    Question.METHOD: ("stage", claim_values.STAGES),
    Question.WHERE: ("level", claim_values.LEVELS),
    Question.VICTIM_STATUS: ("status, options", claim_values.STATUSES),
    Question.COUNT: ("kind", claim_values.COUNTED),
    Question.MOTIVE: ("motive", claim_values.MOTIVES),
    Question.PROVENANCE: ("platform", claim_values.PLATFORMS),
}


def records() -> list[type]:
    """Return the dataclasses of the module in the order in which they stand there."""
    found = [
        item
        for module in (nouns, custody)
        for item in vars(module).values()
        if inspect.isclass(item) and item.__module__ == module.__name__
    ]
    return [item for item in found if dataclasses.is_dataclass(item)]


def summary(item: type) -> str:
    """Return the docstring of a record without its list of attributes."""
    text = inspect.cleandoc(item.__doc__ or "").split("\n\nAttributes\n")[0]
    return re.sub(r"``(.+?)``", r"`\1`", text)


def table(item: type) -> str:
    """Return the table of one record."""
    known = MEANINGS.get(item.__name__, {})
    fields = dataclasses.fields(item)
    names = [field.name for field in fields]
    if set(names) != set(known):
        wrong = ", ".join(sorted(set(names) ^ set(known)))
        raise SystemExit(f"tools/noun_docs.py: {item.__name__}: meanings do not fit: {wrong}")
    lines = ["| field | type | meaning |", "| --- | --- | --- |"]
    for field in fields:
        given = field.default is not dataclasses.MISSING
        kind = str(field.type).replace(" | None", "").replace("|", "or")
        lines.append(
            f"| `{field.name}` | {kind}{', opt.' if given else ''} | {known[field.name]} |"
        )
    return "\n".join(lines)


def vocabularies() -> Iterator[str]:
    """Yield a line for each closed vocabulary that is an enumeration."""
    for name, item in vars(vocabulary).items():
        own = inspect.isclass(item) and item.__module__ == vocabulary.__name__
        if own and issubclass(item, StrEnum):
            meaning = inspect.cleandoc(item.__doc__ or "").splitlines()[0]
            yield f"- **{name}**: {', '.join(f'`{word}`' for word in item)}. {meaning}"


def values() -> Iterator[str]:
    """Yield a row for the value of each question."""
    for question, (shape, needed) in claim_values.SHAPES.items():
        names = (
            ", ".join(f"**`{n}`**" if n in needed else f"`{n}`" for n in shape) or "none of its own"
        )
        field, words = CLOSED.get(question, ("", ()))
        closed = f"`{field}`: {', '.join(words)}" if words else ""
        yield f"| `{question}` | {names} | {closed} |"


def page() -> str:
    """Return docs/nouns.md."""
    parts = [HEAD]
    for item in records():
        parts.append(f"## {item.__name__}\n\n{summary(item)}\n\n{table(item)}\n")
    parts.append("## Closed vocabularies\n\n" + "\n".join(vocabularies()) + "\n")
    parts.append(VALUES_HEAD + "\n".join(values()) + "\n")
    return "\n".join(parts)


def main() -> int:
    """Write or check the page."""
    if "--check" in sys.argv[1:]:
        return 0 if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == page() else 1
    TARGET.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
