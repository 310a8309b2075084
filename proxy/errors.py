"""Every error Seatrial raises on purpose; the type says who has to act.

SeatrialError
├── SettingsError    the operator wrote it: file, line, key, value and the fix
├── SettingsErrors   all that is wrong with one settings file
├── UsageError       the person at the terminal asked for something impossible
└── WireError        the other side sent nonsense
Anything else that escapes is our bug.
"""

from collections.abc import Iterable


class SeatrialError(Exception):
    """Base of all errors with a message that is meant for people."""


class UsageError(SeatrialError):
    """A command was asked for something it cannot do; exit status 2."""


class WireError(SeatrialError):
    """Bytes from another process or machine that cannot be read."""


class SettingsError(SeatrialError):
    """A setting is wrong. The message reads `file:line: key: what would be right`."""

    def __init__(
        self, source: str, key: str, problem: str, *, line: int | None = None
    ) -> None:
        self.source = source
        self.key = key
        self.problem = problem
        self.line = line
        where = source if line is None else f"{source}:{line}"
        super().__init__(f"{where}: {key}: {problem}" if key else f"{where}: {problem}")


class SettingsErrors(SeatrialError):
    """Everything that is wrong with one settings file, in the order of its lines."""

    def __init__(self, errors: Iterable[SettingsError]) -> None:
        self.errors = tuple(sorted(errors, key=lambda error: error.line or 0))
        super().__init__("\n".join(str(error) for error in self.errors))
