"""Recorded exchanges to send once more: requests, and the answers they had."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from proxy.demo.calls import Call
from proxy.errors import UsageError
from proxy.recording import files, rows

LEFT_OUT = re.compile(
    # framing of another connection, and what a gateway told Seatrial
    r"host|content-length|transfer-encoding|connection|keep-alive|te|trailer|upgrade"
    r"|expect|proxy-.*|x-seatrial-.*"
    # credentials: they are redacted anyway
    r"|.*authorization.*|.*cookie.*|.*api-?key.*|.*token|.*secret.*|.*signature.*",
    re.IGNORECASE,
)
MOST_ROUTES = 24
OTHER = "other"
BY_PATH = (
    (re.compile(r"/v1/messages|/v1/complete\b"), "anthropic"),
    (re.compile(r"/v1(beta|alpha)\d?/.*:\w+"), "gemini"),
    (re.compile(r"/v1/"), "openai"),
)
"""The route of a line that names none, by the beginning of its path."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """`body` is None where the recording kept none: nothing can be compared then."""

    call: Call
    status: int
    body: bytes | None
    line: bytes


def read(paths: Iterable[Path]) -> list[Recorded]:
    """All that can be sent and answered; UsageError names the file and line that is
    broken, or says that nothing was found."""
    given = list(paths)
    found = [one for path in given for one in files.exchanges(path, recorded)]
    if given and not found:
        raise UsageError("--recordings: no exchange with an answer in these files")
    return found


def routes(exchanges: Iterable[Recorded]) -> list[str]:
    return list(dict.fromkeys(one.call.route for one in exchanges))


def recorded(found: rows.Recorded, line: bytes) -> Recorded | None:
    """None where the client left before any answer."""
    recording = found.recording
    target = recording.target.decode()
    if recording.status is None:
        return None
    if not re.fullmatch(r"/[\x21-\x7e]*", target):
        raise ValueError(f"request.path cannot be sent: {target!r}")
    call = Call(
        route=route(recording.route or found.provider, target),
        method=recording.method,
        target=target,
        headers=tuple(headers(recording.request_headers)),
        body=b"".join(recording.request_body.slices),
    )
    answer = recording.response_body
    is_kept = bool(answer.slices) or not answer.truncated
    body = b"".join(answer.slices) if is_kept else None
    return Recorded(call, recording.status, body, line.rstrip() + b"\n")


def headers(given: list[tuple[bytes, bytes]]) -> Iterator[tuple[str, str]]:
    for raw, value in given:
        name = raw.decode("latin-1")
        if not LEFT_OUT.fullmatch(name):
            yield name, value.decode("latin-1")


def route(own: str | None, target: str) -> str:
    """The route it was recorded on, else its provider, else what its path looks like."""
    if own:
        return re.sub(r"[^a-z0-9_-]", "-", own.lower())[:32].strip("-_") or OTHER
    return next((name for shape, name in BY_PATH if shape.match(target)), OTHER)
