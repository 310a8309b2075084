"""What a Recording tells of who asked, apart from what was asked."""

from dataclasses import dataclass

from proxy.recording.recording import Outcome, Recording

CREDENTIALS = (b"authorization", b"x-api-key", b"api-key", b"x-goog-api-key")
RETRIES = b"x-stainless-retry-count"


@dataclass(frozen=True, slots=True)
class Caller:
    credential: bytes | None = None
    """The keyed hash that the relay put in its place. It tells two users with the same
    words apart, and is never a condition: keys rotate in the midst of conversations."""
    agent: bytes | None = None
    """`User-Agent`: which program asks."""
    header: str | None = None
    """`x-seatrial-conversation`."""
    retries: int = 0
    """How often its SDK says that it sent this before."""
    outcome: Outcome = "complete"
    source: str = "live"
    """Probes and mirrored traffic never join, or repeat, what is live."""


def caller(recording: Recording) -> Caller:
    given = {name.lower(): value for name, value in recording.request_headers}
    return Caller(
        credential=next((given[n] for n in CREDENTIALS if n in given), None),
        agent=given.get(b"user-agent"),
        header=recording.conversation,
        retries=retries(given.get(RETRIES, b"")),
        outcome=recording.outcome,
        source=recording.source,
    )


def retries(stated: bytes) -> int:
    return int(stated) if len(stated) < 4 and stated.isdigit() else 0
