"""The decoding child: takes one file after another, answers each with a line of JSON and bytes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import resource
import sys
from typing import BinaryIO

from firsthand.media import confinement
from firsthand.media.allowance import Allowance
from firsthand.media.decoding import Refused, look, prepare, read
from firsthand.model.canonical import Json


def serve(settings: str) -> None:
    """Answer requests on standard input until it ends."""
    allowance = Allowance(**json.loads(settings))
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):  # nothing that a library prints may look like an answer or fill a pipe
        os.dup2(nowhere, stream)
    prepare()
    confinement.refuse_calls(confinement.NO_PROGRAMS)
    while line := sys.stdin.buffer.readline():
        answer, pixels = _answer(json.loads(line), allowance)
        answers.write(json.dumps(answer | {"bytes": len(pixels)}).encode() + b"\n" + pixels)
        answers.flush()


def _answer(request: Json, allowance: Allowance) -> tuple[Json, bytes]:
    """Return what is said of a picture, and its brightness where that was asked for."""
    _allow_time(allowance.cpu_s)
    try:
        data = _bytes(request, sys.stdin.buffer)
        side = request.get("look")
        return look(data, allowance, int(side)) if side else (read(data, allowance), b"")
    except Refused as error:
        return {"status": "refused", "reason": str(error)}, b""
    except MemoryError:
        # What is left over may be scattered, so that whoever asks should begin anew.
        why = "needs more memory than allowed"
        return {"status": "refused", "reason": why, "worn": True}, b""
    except ValueError as error:
        return {"status": "failed", "reason": str(error)}, b""


def _allow_time(seconds: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    with contextlib.suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        # Whole seconds only; the part of a second that was used must not be taken from this file.
        resource.setrlimit(
            resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + seconds, hard)
        )


def _bytes(request: Json, stream: BinaryIO) -> bytes:
    """Return the bytes that follow a request, so that what is decoded is what was hashed.

    Raises
    ------
    ValueError
        When they have another digest than the request says.
    """
    data = stream.read(request["bytes"])
    if len(data) < request["bytes"]:
        raise SystemExit(0)  # whoever asked is gone
    if request["sha256"] is not None:
        found = hashlib.sha256(data).hexdigest()
        if found != request["sha256"]:
            raise ValueError(f"the object was altered: it is sha256:{found} now")
    return data
