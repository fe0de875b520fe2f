"""Which sandbox the children of this process run in: bubblewrap, the kernel's limits, or none.

``FIRSTHAND_SANDBOX`` chooses; without it the strongest that works here is taken, and none never.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache

from firsthand.media import bubblewrap, confinement
from firsthand.model.errors import BadInput, NotIsolated

VARIABLE = "FIRSTHAND_SANDBOX"
CHOICES = ("auto", "bubblewrap", "limits", "none")
_LOOK_S = 20


def chosen() -> str:
    """Return ``bubblewrap VERSION``, ``limits`` or ``none`` (only when asked for).

    Raises
    ------
    NotIsolated
        When nothing here keeps a child from the network, or what was asked for does not work.
    BadInput
        When the variable says something else.
    """
    return _chosen(os.environ.get(VARIABLE) or "auto")


@cache
def _chosen(asked: str) -> str:
    if asked not in CHOICES:
        raise BadInput(f"{VARIABLE} is {asked!r}", hint=f"known: {', '.join(CHOICES)}")
    if asked == "none":
        return "none"
    if asked in ("auto", "bubblewrap"):
        found = bubblewrap.available()
        if found is not None:
            return found
        if asked == "bubblewrap":
            raise NotIsolated(
                "bubblewrap does not work here",
                why="bwrap is not installed, or the system gives it no namespaces",
                hint=f"install bubblewrap, or set {VARIABLE}=auto",
            )
    held = limits()
    if "no network" not in held and "no sockets" not in held:
        raise NotIsolated(
            "files cannot be opened safely here",
            why="there is no bubblewrap, and the system keeps no program from the network",
            hint=f"install bubblewrap; to go on without: {VARIABLE}=none, which is recorded",
        )
    return "limits"


@cache
def limits() -> str:
    """Return what the kernel holds without bubblewrap, as :func:`confinement.confine` tells it."""
    settings = {"by": "limits", "parent": os.getpid(), "memory": 1 << 30, "writes": 0, "cpu": None,
                "files": 64, "folder": None, "forks": False}  # fmt: skip
    # In a child: what it gives up it cannot have back.
    look = (
        "import importlib.util,json,sys\n"
        "spec = importlib.util.spec_from_file_location('confinement', sys.argv[1])\n"
        "module = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(module)\n"
        "print(module.confine(json.loads(sys.argv[2])))\n"
    )
    argv = [sys.executable, "-I", "-S", "-c", look, os.path.abspath(confinement.__file__)]
    try:
        done = subprocess.run(
            [*argv, json.dumps(settings)], capture_output=True, text=True, timeout=_LOOK_S, env={}
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
