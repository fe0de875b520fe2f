"""The public report as a page: one file without script, made from the public report alone."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from firsthand.model.canonical import Json
from firsthand.report.page.text import shown

HERE = Path(__file__).parents[1]
STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #767676;padding:.3rem .5rem;"
    "text-align:left;vertical-align:top}caption{text-align:left;font-weight:bold}"
)
TITLES = {
    "what": "What",
    "when": "When",
    "where": "Where",
    "who": "Who",
    "how_many": "How many",
    "why": "Why",
    "genuine": "Genuine",
    "first_seen": "First seen",
}


def page(report: Json) -> str:
    """Return the page of a public report; the same for the same report."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(shown=shown, words=words, figure=figure)
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return environment.get_template("public.html.j2").render(
        report=report, style=Markup(STYLE), policy=policy, titles=TITLES
    )


def words(value: Json) -> str:
    """Return a value in plain words.

    >>> words({"kind": "killed", "min": 160, "approx": True})
    'kind: killed; min: 160; approx: yes'
    """
    if isinstance(value, dict):
        return "; ".join(f"{name.replace('_', ' ')}: {words(v)}" for name, v in value.items())
    if isinstance(value, list):
        return ", ".join(map(words, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "not known" if value is None else str(value).replace("_", " ")


def figure(value: Json) -> str:
    """Return an estimate in plain words."""
    return words({name: item for name, item in value.items() if name != "kind"})
