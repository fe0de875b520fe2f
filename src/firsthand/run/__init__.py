"""Methods, their order, and running them: incremental, resumable, repeatable."""

from firsthand.run.analysis import Analysis, Resolved
from firsthand.run.method import (
    Derived,
    Held,
    Inputs,
    Limits,
    Method,
    Output,
    Registry,
    Settled,
    method,
)
from firsthand.run.recheck import recheck

__all__ = [
    "Analysis",
    "Derived",
    "Held",
    "Inputs",
    "Limits",
    "Method",
    "Output",
    "Registry",
    "Resolved",
    "Settled",
    "method",
    "recheck",
]
