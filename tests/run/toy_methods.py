"""Methods for tests: child processes import them from here."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterable

from firsthand.model.errors import NotIsolated
from firsthand.run import Derived, Inputs, Limits, Output, environment, method


@method("toy.first", version="1", makes=("toy.first",))
def first(inputs: Inputs) -> Iterable[Output]:
    yield Output("toy.first", (inputs.unit,), {"n": sum(c.value["min"] for c in inputs.claims)})


@method("toy.second", version="1", makes=("toy.second",), reads=("toy.first",), tolerance=2)
def second(inputs: Inputs) -> Iterable[Output]:
    for found in inputs.findings:
        yield Output("toy.second", (inputs.unit,), {"n": 10 * found.value["n"]})


# Takes no claims of its own: it only reads what others found.
@method("toy.third", version="1", makes=("toy.third",), reads=("toy.second",), takes=(), per="case")
def third(inputs: Inputs) -> Iterable[Output]:
    yield Output("toy.third", ("case",), {"n": sum(f.value["n"] for f in inputs.findings)})


CHAIN = (first, second, third)


@method("toy.hungry", version="1", makes=("toy.hungry",), limits=Limits(2048, 60))
def hungry(inputs: Inputs) -> Iterable[Output]:
    if inputs.unit == "big":
        bytearray(8 << 30)
    yield Output("toy.hungry", (inputs.unit,), {"n": len(bytearray(64 << 20))})


@method("toy.slow", version="1", makes=("toy.slow",), limits=Limits(4096, 1))
def slow(inputs: Inputs) -> Iterable[Output]:
    if inputs.unit == "slow":
        time.sleep(600)
    yield Output("toy.slow", (inputs.unit,), {})


@method("toy.deadly", version="1", makes=("toy.deadly",))
def deadly(inputs: Inputs) -> Iterable[Output]:
    if inputs.unit == "exits":
        os._exit(7)
    if inputs.unit == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if inputs.unit == "leaves":
        raise SystemExit(3)
    yield Output("toy.deadly", (inputs.unit,), {"ok": True})


@method("toy.faulty", version="1", makes=("toy.faulty",))
def faulty(inputs: Inputs) -> Iterable[Output]:
    if inputs.unit == "raises":
        raise ValueError("cannot do that \udcff")
    if inputs.unit == "float":
        yield Output("toy.faulty", ("x",), {"n": 0.5})
    if inputs.unit == "undeclared":
        yield Output("toy.first", ("x",), {})
    if inputs.unit == "object":
        yield Output("toy.faulty", ("x",), lambda: None)
    if inputs.unit == "late":
        yield Output("toy.faulty", ("late",), {})
        raise KeyError("after a first value")
    yield Output("toy.faulty", (inputs.unit,), {"big": "x" * 1_000_000})


@method("toy.moody", version="1", makes=("toy.moody",), tolerance=2, plus=0)
def moody(inputs: Inputs, plus: int) -> Iterable[Output]:
    """Gives what the environment says: stands for a method that is not what it was."""
    yield Output("toy.moody", (inputs.unit,), {"n": 100 + plus + int(os.environ.get("MOOD", "0"))})


@method("toy.patient", version="1", makes=("toy.patient",))
def patient(inputs: Inputs) -> Iterable[Output]:
    time.sleep(0.2)
    yield Output("toy.patient", (inputs.unit,), {})


# ---- methods per exhibit ----------------------------------------------------------------------


@method("toy.halves", version="1", per="exhibit", media=("image/",), batch=3, makes=("toy.halves",))
def halves(inputs: Inputs) -> Iterable[Output]:
    """Cuts bytes in two; the second half is kept as an exhibit. Dies of what begins with X."""
    for held in inputs.held:
        data = held.path.read_bytes()
        if data.startswith(b"X"):
            os._exit(7)
        if data.startswith(b"E"):
            raise ValueError("not this one")
        half = Derived(data[len(data) // 2 :], "image/half", "toy.halves 1", held.digest)
        yield Output("toy.halves", (held.digest,), {"size": len(data)}, (half,))


@method(
    "toy.sizes",
    version="1",
    per="exhibit",
    media=("image/",),
    batch=3,
    derived=True,
    reads=("toy.halves",),
    makes=("toy.size",),
)
def sizes(inputs: Inputs) -> Iterable[Output]:
    for held in inputs.held:
        value = {"size": held.size, "of": held.derived_from}
        yield Output("toy.size", (held.digest,), value)


@method(
    "toy.sum", version="1", per="case", takes=("media",), reads=("toy.size",), makes=("toy.sum",)
)
def total(inputs: Inputs) -> Iterable[Output]:
    seen = [s.ref for s in inputs.sightings]
    yield Output(
        "toy.sum", ("case",), {"n": sum(f.value["size"] for f in inputs.findings), "seen": seen}
    )


@method(
    "toy.absent",
    version="1",
    per="exhibit",
    media=("image/",),
    makes=("toy.absent",),
    needs=("no-such-program-anywhere",),
)
def absent(inputs: Inputs) -> Iterable[Output]:
    yield from ()


@method(
    "toy.costly",
    version="1",
    per="exhibit",
    media=("image/",),
    makes=("toy.costly",),
    batch=50,
    costly=True,
)
def costly(inputs: Inputs) -> Iterable[Output]:
    for held in inputs.held:
        yield Output("toy.costly", (held.digest,), {})


@method(
    "toy.helped",
    version="1",
    per="exhibit",
    media=("image/",),
    batch=3,
    makes=("toy.helped",),
    uses=("toy-tool",),
)
def helped(inputs: Inputs) -> Iterable[Output]:
    for held in inputs.held:
        yield Output("toy.helped", (held.digest,), {"tool": shutil.which("toy-tool") is not None})


@method("toy.unsafe", version="1", makes=("toy.unsafe",))
def unsafe(inputs: Inputs) -> Iterable[Output]:
    raise NotIsolated("files cannot be opened safely here", hint="install bubblewrap")
    yield


@method("toy.sandboxed", version="1", makes=("toy.sandboxed",))
def sandboxed(inputs: Inputs) -> Iterable[Output]:
    environment.note("sandbox", "bubblewrap 1: no network")
    yield Output("toy.sandboxed", (inputs.unit,), {})
