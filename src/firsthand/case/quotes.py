"""A claim without a resolvable quote cannot be stored, rebuilt or verified."""

from __future__ import annotations

from collections.abc import Callable

from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput, VerificationFailed
from firsthand.model.values import Digest


def check_quote(claim: Json, blob: Callable[[Digest], bytes]) -> None:
    """Compare the quote of a claim with the text that it stands in.

    Raises
    ------
    VerificationFailed
        When the text at the span is not the quote, or the exhibit is not UTF-8 text.
    NotFound
        When the exhibit is not in the case.
    """
    try:
        text = blob(Digest(claim["exhibit"])).decode("utf-8")
    except UnicodeDecodeError as error:
        raise VerificationFailed(
            "a quote cannot be checked", why=f"exhibit {claim['exhibit']} is not UTF-8 text"
        ) from error
    span = claim["span"]
    found = text[span["start"] : span["end"]]
    # A span that runs past the end would be cut off silently and still give the words.
    if len(found) != span["end"] - span["start"] or not found or found != claim["quote"]:
        raise VerificationFailed(
            f"the quote of claim {claim.get('label') or claim['id']} is not in its source",
            why=f"at [{span['start']}, {span['end']}) stands {found[:80]!r}, "
            f"not {claim['quote'][:80]!r}",
            hint="spans count Unicode code points of the text exhibit, end exclusive",
        )


def locate_quote(quote: str, text: str) -> tuple[int, int]:
    """Find a quote that must stand in a text exactly once; return its span.

    Raises
    ------
    BadInput
        When it is not there, or there more than once.
    """
    start = text.find(quote) if quote else -1
    if start < 0:
        raise BadInput("the quote is not in the text", why=repr(quote[:80]))
    if text.find(quote, start + 1) >= 0:
        raise BadInput(
            "the quote stands in the text more than once",
            why=repr(quote[:80]),
            hint="give a longer quote, or the span",
        )
    return start, start + len(quote)
