"""Loops that are compiled when they are first called, and counting bits with one instruction.

What was compiled is kept beside the code or in the user's cache folder. Where neither can be
written, as in a limited child process of a read-only installation, it is compiled again.
"""

# mypy: ignore-errors
# Numba's decorators have no types.

from __future__ import annotations

from functools import partial

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic


def compiled(function=None, *, fast=False):
    """Compile a function of loops over arrays; it runs without Python's global lock.

    ``fast``: sums may be taken in another order, so that several terms are added at a time. The
    last digits then depend on the processor.
    """
    if function is None:
        return partial(compiled, fast=fast)
    try:
        return njit(nogil=True, cache=True, fastmath=fast)(function)
    except RuntimeError:  # no folder for the cache
        return njit(nogil=True, fastmath=fast)(function)


@intrinsic
def ones(context, word):
    """Count the ones of a 64-bit word with the processor's instruction."""

    def build(context, builder, signature, arguments):
        kind = ir.IntType(64)
        count = builder.module.declare_intrinsic("llvm.ctpop", [kind])
        return builder.call(count, [arguments[0]])

    return types.uint64(types.uint64), build
