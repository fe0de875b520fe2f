"""The recursive definitions of RFC 6962, written down once more, as the measure for the code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

import pytest


@dataclass(frozen=True)
class Naive:
    """MTH, PATH and PROOF of RFC 6962, section 2.1, over the entries b"0", b"1", ..."""

    leaves: tuple[bytes, ...]
    mth: Callable[[int, int], bytes]

    def split(self, n: int) -> int:
        k = 1
        while k * 2 < n:
            k *= 2
        return k

    def path(self, m: int, start: int, end: int) -> list[bytes]:
        n = end - start
        if n == 1:
            return []
        k = self.split(n)
        if m < k:
            return [*self.path(m, start, start + k), self.mth(start + k, end)]
        return [*self.path(m - k, start + k, end), self.mth(start, start + k)]

    def proof(self, m: int, n: int) -> list[bytes]:
        return self.subproof(m, 0, n, True)

    def subproof(self, m: int, start: int, end: int, complete: bool) -> list[bytes]:
        n = end - start
        if m == n:
            return [] if complete else [self.mth(start, end)]
        k = self.split(n)
        if m <= k:
            return [*self.subproof(m, start, start + k, complete), self.mth(start + k, end)]
        return [*self.subproof(m - k, start + k, end, False), self.mth(start, start + k)]


@pytest.fixture(scope="session")
def naive() -> Naive:
    entries = [str(number).encode() for number in range(301)]

    @cache
    def mth(start: int, end: int) -> bytes:
        n = end - start
        if n == 0:
            return sha256(b"").digest()
        if n == 1:
            return sha256(b"\x00" + entries[start]).digest()
        k = 1
        while k * 2 < n:
            k *= 2
        return sha256(b"\x01" + mth(start, start + k) + mth(start + k, end)).digest()

    return Naive(tuple(mth(index, index + 1) for index in range(len(entries))), mth)
