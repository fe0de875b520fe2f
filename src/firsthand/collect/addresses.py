"""Web addresses in one form, so that the same page met twice is one address."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

_PORTS = {"http": 80, "https": 443}
# Parameters that follow the reader, not the page: Google, Meta, Microsoft, Mailchimp, X, Yandex.
_TRACKING = re.compile(
    r"(?:utm_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|igshid|igsh|mc_cid|mc_eid"
    r"|twclid|yclid|_ga|_gl|ref_src|ref_url|__twitter_impression)\Z",
    re.IGNORECASE,
)


def normalised(url: str) -> str:
    """Return an address with what does not change the page taken out.

    Scheme and host in lower case; no fragment, default port or tracking parameters; the order of
    what remains is kept, since it may matter to the server.

    References: RFC 3986, sections 6.2.2.1 and 6.2.3.

    >>> normalised("HTTP://News.Example:80/a?b=2&utm_source=x&a=1#top")
    'http://news.example/a?b=2&a=1'
    >>> normalised("not an address")
    'not an address'
    """
    text = url.strip()
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return text
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not parts.hostname:
        return text
    user, at, _ = parts.netloc.rpartition("@")
    host = parts.hostname.lower()
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _PORTS[scheme]:
        host = f"{host}:{port}"
    kept = [
        pair
        for pair in parts.query.split("&")
        if pair and not _TRACKING.match(pair.partition("=")[0])
    ]
    return urlunsplit((scheme, user + at + host, parts.path or "/", "&".join(kept), ""))
