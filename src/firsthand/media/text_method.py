"""Text that is seen in pictures and key frames, as text exhibits that can be searched."""

from __future__ import annotations

from collections.abc import Iterator

from firsthand.media import ocr
from firsthand.media.methods import FEW, check_unaltered
from firsthand.model import canonical
from firsthand.model.values import digest_bytes
from firsthand.run import Derived, Inputs, Output, method


@method(
    "media.text",
    version="1",
    per="exhibit",
    media=("image/",),
    batch=8,
    derived=True,
    reads=("media.video",),
    makes=("media.text",),
    needs=("tesseract",),
    costly=True,
    limits=FEW,
    langs=["eng", "ara"],
)
def words(inputs: Inputs, langs: list[str]) -> Iterator[Output]:
    """Yield the text that is seen in pictures and key frames, by optical character recognition.

    Value: ``{"status","engine","langs","words" [count],"text","boxes","reason"?}``; ``text`` and
    ``boxes`` name derived exhibits: the text in reading order, and JSON with a box
    ``[x,y,width,height]`` [px of the oriented picture], confidence and span for each word.
    """
    for held in inputs.held:
        check_unaltered(held)
        read = ocr.read_text(held.path, langs=tuple(langs))
        found = read.pop("words", None) or []
        text = read.pop("text", None) or ""
        value = {**read, "words": len(found), "text": None, "boxes": None}
        derived: tuple[Derived, ...] = ()
        if text.strip():
            how = f"media.text 1 {read.get('engine')}"
            boxes = canonical.dumps({"of": held.digest, "words": found})
            value |= {"text": digest_bytes(text.encode()), "boxes": digest_bytes(boxes)}
            derived = (
                Derived(text.encode(), "text/plain", how, held.digest),
                Derived(boxes, "application/json", f"{how} boxes", held.digest),
            )
        yield Output("media.text", (held.digest,), value, derived)


METHODS = (words,)
