"""A program of its own: read EXIF, XMP and IPTC of files with wheels alone, in a limited child.

Standard input is a JSON list of paths; each path is answered by one line of JSON on standard
output, so that what came before a crash is not lost.
"""

from __future__ import annotations

import json
import logging
import mmap
import sys
import warnings
from typing import Any, BinaryIO
from xml.etree import ElementTree

import exifread
from PIL import Image, IptcImagePlugin, UnidentifiedImageError

MOST_VALUES = 512
"""Values kept of one tag; longer ones are pictures or tables, not statements."""

_XMP_LOOKED_AT = 64 << 20
_XMP_LONGEST = 4 << 20
_XMP_START, _XMP_END = b"<x:xmpmeta", b"</x:xmpmeta>"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_PREFIXES = {
    # XMP specification part 1, section 8, and part 2, section 2; photoshop and exif as registered.
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/mm/": "xmpMM",
    "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#": "stEvt",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
}


def exif_tags(file: BinaryIO) -> dict[str, list[Any]]:
    """Return the tags that exifread finds: name to a list of texts and integers, ratios as n/d."""
    found = {}
    # Maker notes are the least checked part of any reader, and nothing here needs them.
    for name, tag in exifread.process_file(file, details=False).items():
        if isinstance(tag, bytes) or not hasattr(tag, "values"):
            continue
        values = tag.values if isinstance(tag.values, list) else [tag.values]
        found[str(name)] = [_plain(value) for value in values[:MOST_VALUES]]
    return found


def _plain(value: Any) -> Any:
    if hasattr(value, "num") and hasattr(value, "den"):
        return f"{value.num}/{value.den}"
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, int) and abs(value) < 1 << 53 else str(value)


def xmp_packet(file: BinaryIO) -> bytes | None:
    """Return the first XMP packet of a file, found by its text (XMP part 1, 7.3), or None."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        start = data.find(_XMP_START, 0, _XMP_LOOKED_AT)
        if start < 0:
            return None
        end = data.find(_XMP_END, start, start + _XMP_LONGEST)
        return bytes(data[start : end + len(_XMP_END)]) if end > 0 else None


def xmp_properties(packet: bytes) -> dict[str, Any]:
    """Return the properties of an XMP packet: prefix:name to text, list or list of objects.

    Raises
    ------
    ValueError
        When the packet declares a document type: entities could be made to grow.
    """
    if b"<!DOCTYPE" in packet or b"<!ENTITY" in packet:
        raise ValueError("the XMP packet declares entities")
    found: dict[str, Any] = {}
    for description in ElementTree.fromstring(packet).iter(f"{_RDF}Description"):
        found = _fields(description) | found
    return found


def _fields(element: ElementTree.Element) -> dict[str, Any]:
    named = {_name(key): value for key, value in element.attrib.items()}
    named |= {_name(child.tag): _value(child) for child in element}
    return {key: value for key, value in named.items() if key}


def _name(tag: str) -> str | None:
    space, _, name = tag.removeprefix("{").rpartition("}")
    return f"{_PREFIXES[space]}:{name}" if space in _PREFIXES else None


def _value(element: ElementTree.Element) -> Any:
    items = element.findall(f"./*/{_RDF}li")
    if items:
        return [_value(item) for item in items[:MOST_VALUES]]
    inner = element.find(f"{_RDF}Description")
    fields = _fields(inner if inner is not None else element)
    return fields or (element.text or "").strip()


def iptc_records(file: BinaryIO) -> dict[str, list[str]]:
    """Return IPTC-IIM records: ``2:55`` to a list of texts."""
    with Image.open(file) as image:
        records = IptcImagePlugin.getiptcinfo(image) or {}
    found = {}
    for (record, dataset), value in records.items():
        values = value if isinstance(value, list) else [value]
        found[f"{record}:{dataset}"] = [text(each) for each in values[:MOST_VALUES]]
    return found


def text(data: bytes) -> str:
    """Decode an IPTC text; few writers say their character set, UTF-8 and Latin-1 are common."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read(path: str) -> dict[str, Any]:
    """Return what the three readers find in one file, with the faults of each."""
    found: dict[str, Any] = {"exif": {}, "xmp": {}, "iptc": {}, "faults": []}
    with open(path, "rb") as file:
        for name, reader in (("exif", exif_tags), ("xmp", _xmp), ("iptc", iptc_records)):
            file.seek(0)
            try:
                found[name] = reader(file)
            except MemoryError:
                found["faults"].append(f"{name}: too little memory")
            except Exception as fault:
                # Any reader may fail in any way on a hostile file; the others still get their turn.
                if not isinstance(fault, UnidentifiedImageError):
                    found["faults"].append(f"{name}: {type(fault).__name__}: {fault}"[:300])
    return found


def _xmp(file: BinaryIO) -> dict[str, Any]:
    packet = xmp_packet(file)
    return xmp_properties(packet) if packet else {}


def main() -> None:
    """Answer the paths on standard input."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    for path in json.load(sys.stdin):
        try:
            answer: dict[str, Any] = read(path)
        except OSError as fault:
            answer = {"reason": f"cannot be read: {fault.strerror}"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
