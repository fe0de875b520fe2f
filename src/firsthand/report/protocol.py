"""The Berkeley Protocol held against a case: met, not met, or cannot tell, row by row.

The Protocol's own text was not at hand. Paragraph numbers are those that public repositories quote
(``second-hand``) or that nobody here could check (``unchecked``); the requirements are in our own
words. What people did outside the case is not in its ledger, so many rows end in "cannot tell".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from firsthand.case import Case
from firsthand.case.custody.brackets import bounds
from firsthand.model.canonical import Json
from firsthand.report.protocol_facts import Facts

MET, NOT_MET, CANNOT_TELL = "met", "not met", "cannot tell"
SECOND_HAND, UNCHECKED = "second-hand", "unchecked"

MOST_LINKED = 20
"""Entries or ids that a row links to."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the ledger says of one row."""

    verdict: str
    why: str
    entries: Sequence[int] = ()
    ids: Sequence[str] = ()
    commands: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement, in our own words."""

    phase: str
    requirement: str
    paragraph: str
    source: str
    judge: Callable[[Facts], Answer]


def protocol_check(case: Case) -> Json:
    """Return ``{"case","size","source","rows":[…],"counts"}``.

    Each row is ``{"phase","requirement","paragraph","paragraph_is","verdict","why","links":
    {"entries","ids","commands"}}``. No sum of them says that a case follows the Protocol.
    """
    facts = Facts(case)
    rows: list[Json] = []
    for row in ROWS:
        answer = row.judge(facts)
        rows.append(
            {
                "phase": row.phase,
                "requirement": row.requirement,
                "paragraph": row.paragraph,
                "paragraph_is": row.source,
                "verdict": answer.verdict,
                "why": answer.why,
                "links": {
                    "entries": list(answer.entries)[:MOST_LINKED],
                    "ids": list(answer.ids)[:MOST_LINKED],
                    "commands": list(answer.commands),
                },
            }
        )
    counts = {v: sum(r["verdict"] == v for r in rows) for v in (MET, NOT_MET, CANNOT_TELL)}
    return {
        "case": case.origin,
        "size": case.catalog.size(),
        "source": SOURCE,
        "rows": rows,
        "counts": counts,
    }


SOURCE = (
    "the text of the Protocol was not at hand: paragraph numbers are as others quote them "
    "(second-hand) or unchecked, and requirements are in our own words; compare them with the text"
)


def _some(number: int, of: int, what: str) -> str:
    return f"{number} of {of} {what}"


def _plan(_: Facts) -> Answer:
    return Answer(
        CANNOT_TELL,
        "the case does not mark which documents are plans",
        commands=("firsthand add CASE PLAN.pdf", "firsthand tag CASE ID plan"),
    )


def _access(_: Facts) -> Answer:
    return Answer(CANNOT_TELL, "who can open the folder and how the disk is kept is not looked at")


def _kit(facts: Facts) -> Answer:
    if not facts.backups:
        return Answer(
            NOT_MET,
            "no backup is on record; disk encryption, passwords and kit are not looked at",
            commands=("firsthand backup CASE DEST --name NAME",),
        )
    return Answer(
        CANNOT_TELL,
        f"{len(facts.backups)} backups are on record; disk encryption, passwords and kit are not "
        "looked at",
        entries=sorted(facts.backups.values()),
    )


def _searches(facts: Facts) -> Answer:
    found = facts.nouns("search")
    if not found:
        return Answer(
            CANNOT_TELL,
            "no search is on record; whether any was made is not known",
            commands=("firsthand search-log CASE …",),
        )
    return Answer(
        CANNOT_TELL,
        f"{len(found)} searches are on record; whether these are all is not known",
        entries=[noun.entry for noun in found],
    )


def _relevance(facts: Facts) -> Answer:
    total, lacking = len(facts.originals), facts.without_relevance
    if not total:
        return Answer(CANNOT_TELL, "the case holds no exhibit")
    done = _some(total - len(lacking), total, "exhibits have a note on why they matter")
    return Answer(
        NOT_MET if lacking else MET,
        done,
        ids=lacking,
        commands=("firsthand note CASE JSON",) if lacking else (),
    )


def _native(facts: Facts) -> Answer:
    if not facts.originals:
        return Answer(CANNOT_TELL, "the case holds no exhibit")
    unsaid = [each.digest for each in facts.transformed if not each.derivation]
    why = (
        f"{len(facts.originals)} exhibits are kept as they came; {len(facts.transformed)} were "
        "made from others and name what from"
    )
    if unsaid:
        return Answer(NOT_MET, f"{why}; of {len(unsaid)} it is not said how", ids=unsaid)
    return Answer(MET, f"{why} and how")


def _address(facts: Facts) -> Answer:
    seen = facts.view.sightings
    lacking = [s.id for s in seen.values() if not s.url]
    if not seen:
        return Answer(CANNOT_TELL, "no sighting is on record")
    return Answer(
        NOT_MET if lacking else MET,
        _some(len(seen) - len(lacking), len(seen), "sightings have an address"),
        ids=sorted(lacking),
    )


def _page(_: Facts) -> Answer:
    return Answer(
        CANNOT_TELL,
        "this version records no live pages; whether archives that were added hold source code, "
        "pictures of the page and media is not judged",
    )


def _metadata(facts: Facts) -> Answer:
    total, lacking = len(facts.media), facts.unread_media
    if not total:
        return Answer(CANNOT_TELL, "the case holds no picture or video from outside")
    return Answer(
        NOT_MET if lacking else MET,
        _some(total - len(lacking), total, "pictures and videos were looked at by a method"),
        ids=lacking,
        commands=("firsthand analyse CASE",) if lacking else (),
    )


def _context(facts: Facts) -> Answer:
    seen = facts.view.sightings.values()
    said = sum(bool(s.account or s.title or s.text or s.published) for s in seen)
    return Answer(
        CANNOT_TELL,
        f"{_some(said, len(seen), 'sightings say more than where')}; what was there to be had is "
        "not known",
    )


def _collector(facts: Facts) -> Answer:
    found = facts.sessions
    if not found:
        return Answer(CANNOT_TELL, "no import is on record")
    unnamed = [entry for entry, _ in found.values() if not facts.view.by(entry)]
    return Answer(
        NOT_MET if unnamed else MET,
        _some(len(found) - len(unnamed), len(found), "imports name who made them and a time")
        + " (by the machine's clock)",
        entries=unnamed,
    )


def _network(facts: Facts) -> Answer:
    return Answer(
        NOT_MET,
        "the network address of the machine is never recorded: it tells who the collector is; "
        "enter it as a note if your practice asks for it",
        commands=("firsthand note CASE JSON",),
    )


def _clock(facts: Facts) -> Answer:
    said = {entry: body.get("clock", {}).get("synchronised") for entry, body in
            facts.sessions.values()}  # fmt: skip
    jumps = [noun.entry for noun in facts.nouns("clock")]
    if not said:
        return Answer(CANNOT_TELL, "no import is on record", entries=jumps)
    kept = [entry for entry, each in said.items() if each is True]
    off = [entry for entry, each in said.items() if each is False]
    why = _some(len(kept), len(said), "imports were made while the kernel called its clock kept")
    if jumps:
        why += f"; the clock jumped {len(jumps)} times"
    if off or jumps:
        return Answer(NOT_MET, why, entries=[*off, *jumps])
    return Answer(MET if len(kept) == len(said) else CANNOT_TELL, why)


def _hash(facts: Facts) -> Answer:
    if not facts.view.exhibits:
        return Answer(CANNOT_TELL, "the case holds no exhibit")
    return Answer(
        MET, f"{len(facts.view.exhibits)} exhibits have a SHA-256 digest, taken while copying"
    )


def _form(facts: Facts) -> Answer:
    lacking = [entry for entry, body in facts.sessions.values() if not body.get("tools")]
    return Answer(
        NOT_MET,
        "who, when, tools and versions are on record"
        + (f" (not of {len(lacking)} older imports)" if lacking else "")
        + "; how far the clock was off is not measured",
        entries=lacking,
    )


def _properties(_: Facts) -> Answer:
    return Answer(
        CANNOT_TELL,
        "digests and the log give identity and show changes; whether things can be shown and "
        "understood in years is not for a program to say",
        commands=("firsthand verify CASE",),
    )


def _chain(facts: Facts) -> Answer:
    hidden = [item["entry"] for item in facts.case.catalog.withheld()]
    commands = ("firsthand custody CASE", "firsthand verify CASE")
    if hidden:
        why = f"{len(hidden)} entries are not fully open here"
        return Answer(CANNOT_TELL, why, entries=hidden, commands=commands)
    covered = max((each.size for each in bounds(facts.case).outside), default=0)
    if not covered:
        return Answer(
            CANNOT_TELL,
            "the log is signed and only grows, and no outside checkpoint on record keeps its owner "
            "from writing another one",
            commands=(*commands, "firsthand stamp CASE"),
        )
    return Answer(
        MET,
        f"{facts.case.catalog.size()} entries, each naming who acted, in a signed log of which "
        f"outsiders signed the first {covered} (`firsthand verify` reads their signatures); "
        "hand-overs outside the case are there only where they were entered",
        entries=[noun.entry for noun in facts.nouns("transfer")],
        commands=commands,
    )


def _working_copies(facts: Facts) -> Answer:
    harmed, mended = facts.newest_harm
    if harmed > mended:
        return Answer(
            NOT_MET,
            "the newest scrub that found damage was not followed by a repair",
            entries=[harmed],
            commands=("firsthand repair CASE --from COPY",),
        )
    out = [noun.entry for kind in ("export", "backup") for noun in facts.nouns(kind)]
    return Answer(
        CANNOT_TELL,
        f"methods work on the kept bytes and change none; {len(out)} copies are on record, and "
        "whether others were made is not known",
        entries=sorted(out),
    )


def _copies(facts: Facts) -> Answer:
    number = 1 + len(facts.backups)
    why = f"{number} copies are on record, the case itself counted"
    if number < 3:
        return Answer(
            NOT_MET,
            why,
            entries=sorted(facts.backups.values()),
            commands=("firsthand backup CASE DEST --name NAME",),
        )
    return Answer(
        CANNOT_TELL,
        f"{why}; on what media they are and where is not known",
        entries=sorted(facts.backups.values()),
    )


def _rehash(facts: Facts) -> Answer:
    total, lacking = len(facts.view.exhibits), facts.unread_objects
    readings = [noun.entry for noun in facts.nouns("scrub")]
    if not total:
        return Answer(CANNOT_TELL, "the case holds no exhibit")
    why = _some(
        total - len(lacking), total, "exhibits came in or were read again, and good, in the 31 "
        "days before the newest entry"
    )  # fmt: skip
    if not readings:
        return Answer(NOT_MET, "nothing was ever read again", commands=("firsthand scrub CASE",))
    return Answer(
        NOT_MET if lacking else MET,
        f"{why} (worked out from the parts that were read)",
        entries=readings[-MOST_LINKED:],
        ids=lacking,
        commands=("firsthand scrub CASE",) if lacking else (),
    )


def _source_analysis(facts: Facts) -> Answer:
    return Answer(
        CANNOT_TELL,
        f"{len(facts.view.sightings)} sightings are on record; who posted first of all is never "
        "known from what a case holds",
        commands=("firsthand show CASE ID",),
    )


def _corroboration(facts: Facts) -> Answer:
    return Answer(
        CANNOT_TELL,
        f"{len(facts.view.claims)} claims are on record; whether two sources are independent is a "
        "judgement, which the claims page helps to make",
        commands=("firsthand claims CASE",),
    )


def _repeatable(facts: Facts) -> Answer:
    runs = facts.nouns("run")
    if not runs:
        return Answer(CANNOT_TELL, "no method was run", commands=("firsthand analyse CASE",))
    return Answer(
        CANNOT_TELL,
        f"{len(runs)} runs have method, version and parameters, and can be made again; other "
        f"hypotheses and {len(facts.view.assessments)} judgements of people are not weighed",
        commands=("firsthand recheck CASE",),
    )


def _exposure(_: Facts) -> Answer:
    return Answer(
        CANNOT_TELL,
        "reports show no media before a deliberate step; what people looked at is never recorded",
    )


ROWS: tuple[Row, ...] = (
    Row("prepare", "keep plan, assessment of threats and of the digital landscape with the case",
        "Annexes I-III", UNCHECKED, _plan),
    Row("security", "control access; protect by encryption and physically", "80", SECOND_HAND,
        _access),
    Row("security", "encrypt disks, use strong log-in, make backups, keep work kit apart", "97",
        SECOND_HAND, _kit),
    Row("enquiry", "log the searches that were made", "148", SECOND_HAND, _searches),
    Row("enquiry", "say of each item why it matters", "148", SECOND_HAND, _relevance),
    Row("collect", "keep the native format and document each transformation", "153-156",
        SECOND_HAND, _native),
    Row("collect", "record the address of each item", "155(a) (letter unchecked)", SECOND_HAND,
        _address),
    Row("collect", "keep source code, the whole page with the time, and embedded media",
        "155(b)-(d) (letters unchecked)", SECOND_HAND, _page),
    Row("collect", "keep and read embedded metadata", "155(e) (letter unchecked)", SECOND_HAND,
        _metadata),
    Row("collect", "keep what surrounds an item: text, comments, claimed time and place", "155(f)",
        SECOND_HAND, _context),
    Row("collect", "name the collector and the time", "155(g)", SECOND_HAND, _collector),
    Row("collect", "record the network address of the machine that collects", "155(g)",
        SECOND_HAND, _network),
    Row("collect", "state that the clock is kept to time from outside (NTP)", "155(g)",
        SECOND_HAND, _clock),
    Row("collect", "take a digest at collection and name the algorithm",
        "155(h) (letter unchecked)", SECOND_HAND, _hash),
    Row("collect", "fill in who, when, tool and version, procedure, offset of the clock",
        "Annex IV", SECOND_HAND, _form),
    Row("preserve", "authenticity, availability, identity, persistence, renderability, "
        "understandability", "159-166", SECOND_HAND, _properties),
    Row("preserve", "keep the chain of custody: who held, controlled, moved, analysed, disposed",
        "167", SECOND_HAND, _chain),
    Row("preserve", "leave the evidentiary copy untouched; record each copy", "168-169",
        SECOND_HAND, _working_copies),
    Row("preserve", "three copies, two kinds of media, one elsewhere", "170-172", SECOND_HAND,
        _copies),
    Row("preserve", "take digests again regularly and log it", "170-172", SECOND_HAND, _rehash),
    Row("verify", "analyse sources: who posted first, provenance", "177-178", SECOND_HAND,
        _source_analysis),
    Row("verify", "analyse technically: metadata and traces", "184-185", SECOND_HAND, _metadata),
    Row("verify", "analyse content, and corroborate by independent items", "188-194",
        SECOND_HAND, _corroboration),
    Row("report", "record methods, assumptions, other hypotheses, confidence, so that others can "
        "repeat it", "later paragraphs and Annex V", UNCHECKED, _repeatable),
    Row("people", "limit exposure to graphic material", "section on resilience", UNCHECKED,
        _exposure),
)  # fmt: skip
