"""What the app, or the prober, says of a request with `x-seatrial-*` headers."""

import hashlib
import hmac
from dataclasses import dataclass

from proxy.recording.recording import Source

LONGEST = 256


@dataclass(frozen=True, slots=True)
class Tags:
    source: Source = "live"
    run_id: str | None = None
    conversation: str | None = None
    app: str | None = None
    variant: str | None = None
    spoofed: bool = False
    """It claimed to be a probe and could not prove it: treated as live, counted."""


LIVE = Tags()


def read(headers: dict[bytes, bytes], secret: bytes) -> Tags:
    run_id, spoofed = probe_run(headers.get(b"x-seatrial-run"), secret)
    return Tags(
        source="live" if run_id is None else "probe",
        run_id=run_id,
        conversation=text(headers.get(b"x-seatrial-conversation")),
        app=text(headers.get(b"x-seatrial-app")),
        variant=text(headers.get(b"x-seatrial-variant")),
        spoofed=spoofed,
    )


def probe_run(value: bytes | None, secret: bytes) -> tuple[str | None, bool]:
    """The run's id where `<id>.<HMAC>` verifies, and whether it was a false claim."""
    if value is None:
        return None, False
    run_id, _, claimed = value.rpartition(b".")
    if run_id and hmac.compare_digest(claimed, signature(run_id, secret)):
        return text(run_id), False
    return None, True


def signature(run_id: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, b"run:" + run_id, hashlib.sha256).hexdigest().encode()


def text(value: bytes | None) -> str | None:
    """UTF-8 where it is, as JSON will have it too; header values may be anything."""
    if not value:
        return None
    try:
        return value[:LONGEST].decode()
    except UnicodeDecodeError:
        return value[:LONGEST].decode("latin-1")
