"""What can be wrong with a store, in one word that metrics, logs and health share.

StoreError            SeatrialError: nothing of the call took place
├── StoreUnavailable  it may heal by itself: try again later
└── StoreRefused      a person must act: a newer version, an address that is none
"""

from typing import Literal

from proxy.errors import SeatrialError

Fault = Literal[
    "full", "read_only", "locked", "corrupt", "io", "absent", "slow", "refused", "error"
]
FAULTS: tuple[Fault, ...] = (
    *("full", "read_only", "locked", "corrupt", "io"),
    *("absent", "slow", "refused", "error"),
)


class StoreError(SeatrialError):
    def __init__(self, fault: Fault, message: str) -> None:
        self.fault: Fault = fault
        super().__init__(message)


class StoreUnavailable(StoreError):
    """It may heal by itself."""


class StoreRefused(StoreError):
    """It stays as it is until a person acts."""

    def __init__(self, message: str) -> None:
        super().__init__("refused", message)


def newer(place: str, found: int, known: int) -> StoreRefused:
    return StoreRefused(
        f"{place}: the database has version {found}, this Seatrial knows {known}: it was "
        "written by a newer release. Install that one, or name another store.url"
    )
