"""The lists of a BagIt bag (RFC 8493) and of `sha256sum`, computed from digests of files."""

from __future__ import annotations

from collections.abc import Mapping

from firsthand import __version__

PAYLOAD = "data/"
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

SUMS, NOTE, SIGNATURE = "SHA256SUMS", "SHA256SUMS.note", "SHA256SUMS.sig"
MANIFEST, TAG_MANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"


def lines(digests: Mapping[str, str]) -> bytes:
    r"""Return a list of files as `sha256sum` and BagIt write it, sorted by path.

    >>> lines({"b": "22", "a": "11"})
    b'11  a\n22  b\n'
    """
    return "".join(f"{hexes}  {path}\n" for path, hexes in sorted(digests.items())).encode()


def payload(digests: Mapping[str, str]) -> dict[str, str]:
    """Return those files that lie below ``data/``."""
    return {path: hexes for path, hexes in digests.items() if path.startswith(PAYLOAD)}


def information(origin: str, profile: str, count: int, size: int) -> bytes:
    """Return bag-info.txt: no date, so that equal contents are equal files.

    ``count`` and ``size`` [bytes] are of the payload (Payload-Oxum, RFC 8493 section 2.2.2).
    """
    return (
        f"External-Identifier: {origin}\n"
        f"Payload-Oxum: {size}.{count}\n"
        f"Bag-Software-Agent: firsthand {__version__}\n"
        f"Firsthand-Profile: {profile}\n"
    ).encode()
