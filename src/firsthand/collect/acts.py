"""What people do with a case on a working day: tags, translations, and searches put on record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from firsthand.case import Case, View, locate_quote
from firsthand.model.canonical import Json, keepable
from firsthand.model.codec import from_json, to_json
from firsthand.model.errors import BadInput
from firsthand.model.nouns import SearchRecord, Tag, Translation, content_id
from firsthand.model.values import Digest, Span
from firsthand.words.dates import written_time

IN_CASE = "case"
"""``where`` of a search in the case itself."""

LONGEST_LABEL = 200
"""Characters of a tag or of the name of a search."""

LONGEST_TRANSLATION = 1 << 20
"""Bytes of one translation: it stands in a ledger entry, whose line ends at 16 MiB."""


def tag(
    case: Case, subject: str, labels: Iterable[str], *, remove: bool = False, by: str | None = None
) -> list[Json]:
    """Put labels on a thing, or take them off; both are acts that stay on record.

    Returns
    -------
    list
        ``{"id","subject","label","removed","new"}`` per label; ``new`` is False when that is how
        it was already.

    Raises
    ------
    BadInput
        When a label is empty or too long.
    """
    wanted = list(dict.fromkeys(_label(label, "a tag") for label in labels))
    done = []
    with case.batch(by=by) as batch:
        earlier = [from_json(Tag, noun.data) for noun in case.catalog.nouns("tag")]
        holding = {t.label for t, _ in View(case).tags if t.subject == subject}
        for label in wanted:
            acts = [t.id for t in earlier if (t.subject, t.label) == (subject, label)]
            noun = Tag(
                id="",
                subject=subject,
                label=label,
                removed=remove,
                after=acts[-1] if acts else None,
            )
            noun = _named("tag", Tag, noun)
            new = remove == (label in holding)
            if new:
                batch.noun("tag", noun)
            shown: Json = {"id": noun.id if new else (acts[-1] if acts else None)}
            shown |= {"subject": subject, "label": label, "removed": remove, "new": new}
            done.append(shown)
    return done


def translate(
    case: Case,
    kind: str,
    subject: Json,
    *,
    text: str,
    lang_to: str,
    translator: str,
    machine: bool = False,
    lang_from: str | None = None,
    quote: str | None = None,
    by: str | None = None,
) -> Json:
    """Record a translation of a text exhibit or of the text of a sighting.

    Parameters
    ----------
    kind, subject
        ``exhibit`` or ``sighting``, and the noun.
    quote
        The part that was translated, which must stand in the text exactly once; all when absent.

    Returns
    -------
    dict
        ``{"id","subject","new"}``.

    Raises
    ------
    BadInput
        When there is no such text, nothing was translated, or no translator is named.
    """
    original = _original(case, kind, subject)
    for name, value in (("text", text), ("language", lang_to), ("translator", translator)):
        if not value.strip():
            raise BadInput(f"a translation needs a {name}")
    if len(text.encode("utf-8", "surrogatepass")) > LONGEST_TRANSLATION:
        raise BadInput(
            "the translation is too long for one record",
            why=f"more than {LONGEST_TRANSLATION} bytes",
            hint="record it in parts, each with --quote",
        )
    noun = Translation(
        id="",
        subject=subject.get("id") or subject["digest"],
        text=keepable(text)[0],
        lang_to=lang_to,
        translator=keepable(translator)[0],
        machine=machine,
        lang_from=lang_from or subject.get("lang"),
        span=None if quote is None else Span(*locate_quote(quote, original)),
    )
    noun = _named("translation", Translation, noun)
    with case.batch(by=by) as batch:
        new = batch.noun("translation", noun)
    return {"id": noun.id, "subject": noun.subject, "new": new}


def record_search(case: Case, value: dict[str, Any], *, by: str | None = None) -> Json:
    """Put a search on record, because a person asked for it; what was looked at is not part of it.

    A search with ``at`` is a statement and is recorded once; one without it happened now, and
    doing it again is another record. One with a ``name`` is saved under it.

    Returns
    -------
    dict
        ``{"id","new"}``.

    Raises
    ------
    BadInput
        When where, query, or a field's form is missing or wrong.
    """
    body = {name: item for name, item in value.items() if name not in ("id", "type", "after")}
    for name in ("where", "query"):
        if not isinstance(body.get(name), str) or not body[name].strip():
            raise BadInput("the search cannot be recorded", why=f"{name} must be a text")
    if body.get("name") is not None:
        body["name"] = _label(str(body["name"]), "the name of a search")
    if body.get("filters") is not None and not isinstance(body["filters"], dict):
        raise BadInput("the search cannot be recorded", why="filters must be an object")
    if isinstance(body.get("at"), str):
        written = written_time(body["at"])
        if written is None:
            raise BadInput("time cannot be read", why=repr(body["at"][:80]))
        body["at"] = to_json(written)
    with case.batch(by=by) as batch:
        earlier = case.catalog.nouns("search")
        same = [n.id for n in earlier if body.get("name") and _same_query(n.data, body)]
        if same and saved(case).get(body["name"], {}).get("id") == same[-1]:
            return {"id": same[-1], "new": False}
        if body.get("at") is None and earlier:
            body["after"] = earlier[-1].id
        noun = _named("search", SearchRecord, from_json(SearchRecord, {**body, "id": ""}))
        new = batch.noun("search", noun)
    return {"id": noun.id, "new": new}


def saved(case: Case) -> dict[str, Json]:
    """Return the saved searches by name, the newest of each; one saved here before a merged one."""
    merged = case.catalog.merged()
    ordered = sorted(case.catalog.nouns("search"), key=lambda noun: noun.entry not in merged)
    found = {n.data["name"]: n.data for n in ordered if n.data.get("name")}
    return dict(sorted(found.items()))


def _same_query(known: Json, body: Json) -> bool:
    names = ("name", "where", "query", "filters", "why")
    return all((known.get(name) or None) == (body.get(name) or None) for name in names)


def _original(case: Case, kind: str, subject: Json) -> str:
    if kind == "exhibit":
        if not str(subject["media_type"]).startswith("text/"):
            raise BadInput(
                f"exhibit {subject['digest']} is not a text",
                why=f"it is {subject['media_type']}",
                hint="translate the text that was read from it, or the sighting that carries it",
            )
        return case.text(Digest(subject["digest"]))
    known = case.catalog.sighting(subject["id"]) if kind == "sighting" else None
    if known is None:
        raise BadInput(
            f"a {kind} cannot be translated", hint="name a text exhibit or a sighting with a text"
        )
    if known[3] is not None:
        return known[3]
    if subject.get("text") is None or not case.blobs.has(Digest(subject["text"])):
        raise BadInput(f"sighting {subject['id']} has no text that is held")
    return case.text(Digest(subject["text"]))


def _label(text: str, what: str) -> str:
    label = " ".join(keepable(text)[0].split())
    if not label or len(label) > LONGEST_LABEL:
        raise BadInput(f"{what} must have 1 to {LONGEST_LABEL} characters", why=repr(label[:80]))
    return label


def _named(prefix: str, cls: type, bare: Any) -> Any:
    return from_json(cls, {**to_json(bare), "id": content_id(prefix, bare)})
