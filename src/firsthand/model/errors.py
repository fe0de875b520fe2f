"""The error tree. Every error says what happened, why, and what to do next.

FirsthandError
├── UsageError            1  the command was not understood
├── BadInput              2  what was given cannot be used; nothing half-written
│   ├── NotACase          2  the folder is not a case
│   ├── NewerCase         2  the case was written by a newer firsthand
│   ├── NotFound          2  no such thing in the case
│   ├── StorageFailed     2  disk full, read-only, input/output error
│   └── CaseBusy          2  another process holds the write lock
├── MissingDependency     3  an extra or a program is not installed
├── NotIsolated           3  nothing here keeps a hostile file's decoder in bounds
├── VerificationFailed    4  something is not what the record says
└── CouldNotCheck         5  a check was not possible (which is not a failure)
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Process exit codes; stable once released."""

    OK = 0
    USAGE = 1
    BAD_INPUT = 2
    MISSING_DEPENDENCY = 3
    VERIFICATION_FAILED = 4
    COULD_NOT_CHECK = 5
    INTERRUPTED = 130


class FirsthandError(Exception):
    """Base of every error that firsthand raises on purpose."""

    exit_code: ExitCode = ExitCode.BAD_INPUT

    def __init__(self, what: str, *, why: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what}: {self.why}" if self.why else self.what

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments are lost by the default pickling, and errors cross process pipes.
        return (_rebuild, (type(self), self.what, self.why, self.hint))


def _rebuild(cls: type[FirsthandError], what: str, why: str, hint: str) -> FirsthandError:
    return cls(what, why=why, hint=hint)


class UsageError(FirsthandError):
    """The command or its options were not understood."""

    exit_code = ExitCode.USAGE


class BadInput(FirsthandError):
    """What was given cannot be used as it is."""


class NotACase(BadInput):
    """The folder is not a firsthand case."""


class NewerCase(BadInput):
    """The case uses a format that this version does not know."""


class NotFound(BadInput):
    """Nothing in the case has this id."""


class StorageFailed(BadInput):
    """The storage refused a write or a read (full, read-only, input/output error)."""


class CaseBusy(BadInput):
    """Another process holds the lock of the case for too long."""


class MissingDependency(FirsthandError):
    """An optional package or program is needed and not there."""

    exit_code = ExitCode.MISSING_DEPENDENCY


class NotIsolated(FirsthandError):
    """Programs that meet hostile files could not be kept from the network and from other files."""

    exit_code = ExitCode.MISSING_DEPENDENCY


class VerificationFailed(FirsthandError):
    """Something is not what the record says it is."""

    exit_code = ExitCode.VERIFICATION_FAILED


class CouldNotCheck(FirsthandError):
    """A check could not be made; this is neither success nor failure."""

    exit_code = ExitCode.COULD_NOT_CHECK
