"""Which addresses may be connected to: those of the public internet, unless a host is local."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from firsthand.model.errors import BadInput

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)\Z")
_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052, section 2.1
_COMPATIBLE = ipaddress.ip_network("::/96")  # RFC 4291, section 2.5.5.1, deprecated

_HINT = "use the address as its owner gives it, such as https://host/path"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: scheme, host, port, and the path with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def place(self) -> str:
        """Host and port, as on an allow-list."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def target_of(url: str) -> Target:
    """Read a web address strictly.

    Raises
    ------
    BadInput
        When it is not http or https, carries a name or password, or spells its host or port in
        an unusual way (a number for an address, a final dot, characters outside ASCII).
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused(url, str(error)) from error
    if parts.scheme not in _PORTS:
        raise _refused(url, "only http and https are used")
    if any(not "!" <= c <= "~" or c == "\\" for c in url):
        raise _refused(url, "it has blanks, control characters or characters outside ASCII")
    if "@" in parts.netloc:
        raise _refused(url, "it carries a user name")
    if "%" in parts.netloc:
        raise _refused(url, "its host is written in a roundabout way")
    if port == 0 or parts.netloc.endswith(":"):
        raise _refused(url, "its port")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = _host(url, parts.hostname or "")
    return Target(parts.scheme, host, port or _PORTS[parts.scheme], path)


def _host(url: str, host: str) -> str:
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError as error:
            raise _refused(url, str(error)) from error
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.match(label) for label in labels):
        raise _refused(url, "its host is not a plain name")
    if re.match(r"(?:[0-9]+|0x[0-9a-f]*)\Z", labels[-1]):
        # 2130706433, 0177.0.0.1 and 127.1 are taken for addresses by resolvers.
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError as error:
            raise _refused(url, "its host is a number but no usual address") from error
    return host


def is_public(text: str) -> bool:
    """Tell whether an address is one of the public internet; what is embedded counts, too.

    >>> [is_public(a) for a in ("9.9.9.9", "10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1")]
    [True, False, False, False]
    """
    if "%" in text:
        return False  # a zone: link-local
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in _NAT64 or address in _COMPATIBLE:
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if any(each is not None and not is_public(str(each)) for each in inner):
            return False
        if address.is_site_local:
            return False
        if address.ipv4_mapped is not None:
            return True
    return address.is_global and not address.is_multicast and not address.is_reserved


def _refused(url: str, why: str) -> BadInput:
    return BadInput(f"the address is not used: {url[:200]!r}", why=why, hint=_HINT)
