"""report.json -> report.html: one file that needs no network and shows no pixel of an exhibit."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from firsthand.report.page import drawings, times, wording
from firsthand.report.page.extent import on_page
from firsthand.report.page.media import media_of
from firsthand.report.page.references import References
from firsthand.report.page.text import four_by_sixteen, language, opening, said, shown
from firsthand.report.schema import validate

_HERE = Path(__file__).parent


def _static(name: str) -> str:
    return (_HERE / "static" / name).read_text(encoding="utf-8")


def _source(text: str) -> str:
    """Return the CSP source that allows exactly this inline text (CSP level 2, hash-source)."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _policy(style: str, script: str) -> str:
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src {_source(style)}",
            f"script-src {_source(script)}",
            "img-src 'self'",
            "media-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        said=said,
        four=four_by_sixteen,
        value=wording.value,
        figure=lambda pair: wording.figure(*pair),
        day=times.calendar_day,
        scope=wording.scope,
        by_text=_by_text,
    )
    tables = {name: getattr(wording, name) for name in dir(wording) if name.isupper()}
    environment.globals.update(
        tables,
        words=wording.words,
        plural=wording.plural,
        bounds=wording.bounds,
        between=times.between,
        independence=wording.independence,
        figure=wording.figure,
        language=language,
        opening=opening,
        web=_web,
        told=_told,
        unanswered=_unanswered,
        bare=_bare,
    )
    return environment


def _unanswered(event: Mapping[str, Any]) -> bool:
    return all(asked["status"] == "not_yet" for asked in event["questions"].values())


def _most_answered(event: Mapping[str, Any]) -> int:
    """Order events: those that only bound others have few answers and come last."""
    return sum(not asked["positions"] for asked in event["questions"].values())


def _bare(asked: Mapping[str, Any]) -> bool:
    """Tell whether a question has nothing to show but that it was not answered."""
    shown_there = ("estimate", "positions", "contradictions", "roots", "flags", "support", "groups")
    nothing = not any(asked.get(name) for name in shown_there)
    return nothing and asked["status"] in ("not_yet", "open")


def _by_text(
    ids: Iterable[str], claims: Mapping[str, Mapping[str, Any]]
) -> list[tuple[str, list[str]]]:
    """Put claims that say the same beside one another; ids that are no claim come last."""
    found: dict[str, list[str]] = {}
    for name in ids:
        found.setdefault(claims[name]["text"] if name in claims else "", []).append(name)
    return sorted(found.items(), key=lambda item: not item[0])


def _told(asked: Mapping[str, Any]) -> str:
    """Return the words of an answer; those that only say that there is none are left out."""
    text: str = asked["answer"]
    return "" if text.strip().lower().rstrip(".") == "not yet" else text


def _web(address: str) -> bool:
    return address.lower().startswith(("http://", "https://"))


def render(report: Mapping[str, Any]) -> str:
    """Return the page that shows a report: complete, offline, the same for the same report.

    Every text of the case is escaped, isolated in direction, and its unseen characters are
    written out. Images and videos are named by digest; ``annex/<hex>`` beside the page is loaded
    only after two deliberate clicks.

    Raises
    ------
    BadInput
        When the report does not have the shape of version 1.
    """
    validate(report)
    page = _environment().get_template("report.html.j2").render(_context(*on_page(report)))
    # Nothing hidden leaves here, whichever way it came in.
    return shown(page)


def _context(report: Mapping[str, Any], left_out: Mapping[str, int]) -> dict[str, Any]:
    """Return what the templates show; ``left_out`` says how many rows of which list they do not."""
    references = References(report)
    style, script = _static("report.css"), _static("report.js")
    events = sorted(report["events"], key=_most_answered)
    return {
        "report": report,
        "left_out": left_out,
        "policy": Markup(_policy(style, script)),
        "style": Markup(style),
        "script": Markup(script),
        "events": events,
        "claims": {claim["id"]: claim for claim in report["claims"]},
        "anchors": references.anchors,
        "link": references.anchors.link,
        "linked": references.anchors.linked,
        "links": references.links,
        "actor": references.actor,
        "speaker": references.speaker,
        "chain": references.chain,
        "media": media_of(report),
        "spreads": [(group, Markup(drawn)) for group, drawn in drawings.draw_spreads(report)],
        "rows": drawings.times(report),
        "timeline": Markup(drawings.draw_times(report)),
        "lineage": Markup(drawings.draw_lineage(report)),
        "maps": [
            (event, Markup(drawings.draw_areas(event, f"areas-{at}")))
            for at, event in enumerate(events, 1)
        ],
    }
