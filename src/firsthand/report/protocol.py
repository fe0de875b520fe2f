"""The Berkeley Protocol held against a case: met, not met, or cannot tell, row by row.

The Protocol's own text was not at hand. Paragraph numbers are those that public repositories quote
(``second-hand``) or that nobody here could check (``unchecked``); the requirements are in our own
words. What people did outside the case is not in its ledger, so many rows end in "cannot tell".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from firsthand.case import Case
from firsthand.model.canonical import Json
from firsthand.report import protocol_answers as answers
from firsthand.report.protocol_answers import CANNOT_TELL, MET, MOST_LINKED, NOT_MET, Answer
from firsthand.report.protocol_facts import Facts

SECOND_HAND, UNCHECKED = "second-hand", "unchecked"


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


ROWS: tuple[Row, ...] = (
    Row("prepare", "keep plan, assessment of threats and of the digital landscape with the case",
        "Annexes I-III", UNCHECKED, answers.plan),
    Row("security", "control access; protect by encryption and physically", "80", SECOND_HAND,
        answers.access),
    Row("security", "encrypt disks, use strong log-in, make backups, keep work kit apart", "97",
        SECOND_HAND, answers.kit),
    Row("enquiry", "log the searches that were made", "148", SECOND_HAND, answers.searches),
    Row("enquiry", "say of each item why it matters", "148", SECOND_HAND, answers.relevance),
    Row("collect", "keep the native format and document each transformation", "153-156",
        SECOND_HAND, answers.native),
    Row("collect", "record the address of each item", "155(a) (letter unchecked)", SECOND_HAND,
        answers.address),
    Row("collect", "keep source code, the whole page with the time, and embedded media",
        "155(b)-(d) (letters unchecked)", SECOND_HAND, answers.page),
    Row("collect", "keep and read embedded metadata", "155(e) (letter unchecked)", SECOND_HAND,
        answers.metadata),
    Row("collect", "keep what surrounds an item: text, comments, claimed time and place", "155(f)",
        SECOND_HAND, answers.context),
    Row("collect", "name the collector and the time", "155(g)", SECOND_HAND, answers.collector),
    Row("collect", "record the network address of the machine that collects", "155(g)",
        SECOND_HAND, answers.network),
    Row("collect", "state that the clock is kept to time from outside (NTP)", "155(g)",
        SECOND_HAND, answers.clock),
    Row("collect", "take a digest at collection and name the algorithm",
        "155(h) (letter unchecked)", SECOND_HAND, answers.digest),
    Row("collect", "fill in who, when, tool and version, procedure, offset of the clock",
        "Annex IV", SECOND_HAND, answers.form),
    Row("preserve", "authenticity, availability, identity, persistence, renderability, "
        "understandability", "159-166", SECOND_HAND, answers.properties),
    Row("preserve", "keep the chain of custody: who held, controlled, moved, analysed, disposed",
        "167", SECOND_HAND, answers.chain),
    Row("preserve", "leave the evidentiary copy untouched; record each copy", "168-169",
        SECOND_HAND, answers.working_copies),
    Row("preserve", "three copies, two kinds of media, one elsewhere", "170-172", SECOND_HAND,
        answers.copies),
    Row("preserve", "take digests again regularly and log it", "170-172", SECOND_HAND,
        answers.rehash),
    Row("verify", "analyse sources: who posted first, provenance", "177-178", SECOND_HAND,
        answers.source_analysis),
    Row("verify", "analyse technically: metadata and traces", "184-185", SECOND_HAND,
        answers.metadata),
    Row("verify", "analyse content, and corroborate by independent items", "188-194",
        SECOND_HAND, answers.corroboration),
    Row("report", "record methods, assumptions, other hypotheses, confidence, so that others can "
        "repeat it", "later paragraphs and Annex V", UNCHECKED, answers.repeatable),
    Row("people", "limit exposure to graphic material", "section on resilience", UNCHECKED,
        answers.exposure),
)  # fmt: skip
