"""What the ledger says of each row of the Berkeley Protocol: met, not met, or cannot tell, and why.

What people did outside the case is not in its ledger, so many answers are "cannot tell"; none is
better than what the ledger shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from firsthand.case.custody.brackets import bounds
from firsthand.report.protocol_facts import Facts

MET, NOT_MET, CANNOT_TELL = "met", "not met", "cannot tell"

MOST_LINKED = 20
"""Entries or ids that an answer links to."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the ledger says of one row."""

    verdict: str
    why: str
    entries: Sequence[int] = ()
    ids: Sequence[str] = ()
    commands: Sequence[str] = ()


def _some(number: int, of: int, what: str) -> str:
    return f"{number} of {of} {what}"


def plan(_: Facts) -> Answer:
    """Tell whether plans and assessments are kept with the case."""
    return Answer(
        CANNOT_TELL,
        "the case does not mark which documents are plans",
        commands=("firsthand add CASE PLAN.pdf", "firsthand tag CASE ID plan"),
    )


def access(_: Facts) -> Answer:
    """Tell whether access is controlled."""
    return Answer(CANNOT_TELL, "who can open the folder and how the disk is kept is not looked at")


def kit(facts: Facts) -> Answer:
    """Tell whether disks, log-in, backups and kit are in order."""
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


def searches(facts: Facts) -> Answer:
    """Tell whether searches are logged."""
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


def relevance(facts: Facts) -> Answer:
    """Tell whether it is said of each item why it matters."""
    total, lacking = len(facts.originals), facts.without_relevance
    if not total:
        return Answer(CANNOT_TELL, "the case holds no exhibit")
    done = _some(total - len(lacking), total, "exhibits have a note on why they matter")
    return Answer(
        NOT_MET if lacking else MET,
        done,
        ids=lacking,
        commands=("firsthand note CASE ID TEXT --kind relevance",) if lacking else (),
    )


def native(facts: Facts) -> Answer:
    """Tell whether native formats are kept and transformations documented."""
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


def address(facts: Facts) -> Answer:
    """Tell whether each sighting has an address."""
    seen = facts.view.sightings
    lacking = [s.id for s in seen.values() if not s.url]
    if not seen:
        return Answer(CANNOT_TELL, "no sighting is on record")
    return Answer(
        NOT_MET if lacking else MET,
        _some(len(seen) - len(lacking), len(seen), "sightings have an address"),
        ids=sorted(lacking),
    )


def page(_: Facts) -> Answer:
    """Tell whether whole pages are kept."""
    return Answer(
        CANNOT_TELL,
        "this version records no live pages; whether archives that were added hold source code, "
        "pictures of the page and media is not judged",
    )


def metadata(facts: Facts) -> Answer:
    """Tell whether each picture and video was looked at."""
    total, lacking = len(facts.media), facts.unread_media
    if not total:
        return Answer(CANNOT_TELL, "the case holds no picture or video from outside")
    return Answer(
        NOT_MET if lacking else MET,
        _some(total - len(lacking), total, "pictures and videos were looked at by a method"),
        ids=lacking,
        commands=("firsthand analyse CASE",) if lacking else (),
    )


def context(facts: Facts) -> Answer:
    """Tell whether the context of items is kept."""
    seen = facts.view.sightings.values()
    said = sum(bool(s.account or s.title or s.text or s.published) for s in seen)
    return Answer(
        CANNOT_TELL,
        f"{_some(said, len(seen), 'sightings say more than where')}; what was there to be had is "
        "not known",
    )


def collector(facts: Facts) -> Answer:
    """Tell whether the collector is named."""
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


def network(facts: Facts) -> Answer:
    """Tell whether the network address is recorded."""
    return Answer(
        NOT_MET,
        "the network address of the machine is never recorded: it tells who the collector is; "
        "enter it as a note if your practice asks for it",
        commands=("firsthand note CASE ID TEXT",),
    )


def clock(facts: Facts) -> Answer:
    """Tell whether the clock was kept to time from outside."""
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


def digest(facts: Facts) -> Answer:
    """Tell whether each exhibit has a digest."""
    if not facts.view.exhibits:
        return Answer(CANNOT_TELL, "the case holds no exhibit")
    return Answer(
        MET, f"{len(facts.view.exhibits)} exhibits have a SHA-256 digest, taken while copying"
    )


def form(facts: Facts) -> Answer:
    """Tell whether what the form asks for is on record."""
    lacking = [entry for entry, body in facts.sessions.values() if not body.get("tools")]
    return Answer(
        NOT_MET,
        "who, when, tools and versions are on record"
        + (f" (not of {len(lacking)} older imports)" if lacking else "")
        + "; how far the clock was off is not measured",
        entries=lacking,
    )


def properties(_: Facts) -> Answer:
    """Tell whether the six properties of preservation hold."""
    return Answer(
        CANNOT_TELL,
        "digests and the log give identity and show changes; whether things can be shown and "
        "understood in years is not for a program to say",
        commands=("firsthand verify CASE",),
    )


def chain(facts: Facts) -> Answer:
    """Tell whether the chain of custody is kept."""
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


def working_copies(facts: Facts) -> Answer:
    """Tell whether the evidentiary copy is untouched and each copy recorded."""
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


def copies(facts: Facts) -> Answer:
    """Tell whether there are three copies."""
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


def rehash(facts: Facts) -> Answer:
    """Tell whether digests are taken again regularly."""
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


def source_analysis(facts: Facts) -> Answer:
    """Tell whether sources were analysed."""
    return Answer(
        CANNOT_TELL,
        f"{len(facts.view.sightings)} sightings are on record; who posted first of all is never "
        "known from what a case holds",
        commands=("firsthand show CASE ID",),
    )


def corroboration(facts: Facts) -> Answer:
    """Tell whether independent items corroborate."""
    return Answer(
        CANNOT_TELL,
        f"{len(facts.view.claims)} claims are on record; whether two sources are independent is a "
        "judgement, which the claims page helps to make",
        commands=("firsthand claims CASE",),
    )


def repeatable(facts: Facts) -> Answer:
    """Tell whether others can repeat the analysis."""
    runs = facts.nouns("run")
    if not runs:
        return Answer(CANNOT_TELL, "no method was run", commands=("firsthand analyse CASE",))
    return Answer(
        CANNOT_TELL,
        f"{len(runs)} runs have method, version and parameters, and can be made again; other "
        f"hypotheses and {len(facts.view.assessments)} judgements of people are not weighed",
        commands=("firsthand recheck CASE",),
    )


def exposure(_: Facts) -> Answer:
    """Tell whether exposure is limited."""
    return Answer(
        CANNOT_TELL,
        "reports show no media before a deliberate step; what people looked at is never recorded",
    )
