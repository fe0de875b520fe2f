"""When something was captured it was there: a bound where no time of publication is stated."""

from __future__ import annotations

from firsthand.model.nouns import Written
from firsthand.model.values import Interval
from firsthand.words.dates import written_time

WEB_BEGAN_MS = 681_436_800_000
"""6 August 1991 [ms UTC], when the World Wide Web was made public (Berners-Lee in alt.hypertext).
A machine that says that it captured a page before then has no clock that bounds anything."""


def captured(text: str | None) -> Written | None:
    """Return that something was published no later than it was captured; nothing for no time.

    The text is the time as the capturing tool wrote it. It is the clock of the machine that
    captured, and mostly the moment at which it began to do so: what changed while it went on may
    be younger by as long as that took.

    >>> captured("2014-06-20T10:00:00Z").bounds.to_json()
    {'earliest': None, 'latest': '2014-06-20T10:00:01Z'}
    >>> captured("1970-01-01T00:00:00Z") is None
    True
    """
    if not text:
        return None
    found = written_time(text) or written_time(text.replace(" ", "T", 1))
    end_ms = found.bounds.end_ms if found else None
    if end_ms is None or end_ms <= WEB_BEGAN_MS:
        return None
    return Written(text=f"captured {text}", bounds=Interval(None, end_ms))
