"""Renders pages that need no network, run only their own script, and hold data that cannot run."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from firsthand.match.sheet import wording
from firsthand.match.sheet.text import isolated, visible

_HERE = Path(__file__).parent

_SCRIPTS = ("reveal.js", "align.js")


def _static(name: str) -> str:
    return (_HERE / "static" / name).read_text(encoding="utf-8")


def _source(text: str) -> str:
    """Return the CSP source that allows exactly this inline text (CSP level 2, hash-source)."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def policy(style: str, scripts: list[str]) -> str:
    """Return the policy of a page: pixels are drawn by its script, so not even images load."""
    allowed = " ".join(_source(script) for script in scripts) or "'none'"
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src {_source(style)}",
            f"script-src {allowed}",
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
    environment.filters.update(said=isolated, visible=visible)
    environment.globals.update(
        group_words=wording.group_words,
        relation_words=wording.RELATIONS,
        derived_words=wording.derived_words,
        turned_words=wording.TURNED,
        evidence_words=wording.evidence_words,
        percent=wording.percent,
        counted=wording.counted,
    )
    return environment


def as_data(value: Any) -> Markup:
    """Return JSON that can stand in a script element: no letter in it ends or opens anything."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)


def render(template: str, *, data: Any, **values: Any) -> str:
    """Return a page. All values are untrusted and escaped; ``data`` None: a page without script."""
    style = _static("sheet.css")
    scripts = [] if data is None else [_static(name) for name in _SCRIPTS]
    return (
        _environment()
        .get_template(template)
        .render(
            policy=Markup(policy(style, scripts)),
            style=Markup(style),
            scripts=[Markup(script) for script in scripts],
            data=None if data is None else as_data(data),
            **values,
        )
    )
