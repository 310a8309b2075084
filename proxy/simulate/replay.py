"""Recorded exchanges from JSONL files, and finding the one that answers a request."""

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from proxy.recording import files, rows
from proxy.simulate.answer import Answer, Headers
from proxy.simulate.plan import Plan

# A server sets these itself; in a recording they describe another connection.
_FRAMING = frozenset({"connection", "content-length", "transfer-encoding"})
# Recordings hold these redacted, so they cannot be part of what is compared.
_SECRET_FIELDS = frozenset({"key", "access_token"})
_STREAMS = (
    "text/event-stream",
    "application/x-ndjson",
    "application/stream+json",
    "application/vnd.amazon.eventstream",
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded exchange. Bodies are the exact bytes, still encoded if they were."""

    method: str
    path: str
    request_headers: Headers
    request_body: bytes
    status: int
    headers: Headers
    body: bytes

    @property
    def is_stream(self) -> bool:
        kind = next((v for k, v in self.headers if k.lower() == "content-type"), "")
        is_array = ":streamGenerateContent" in self.path
        return kind.lower().startswith(_STREAMS) or (is_array and self.status == 200)


def load(paths: Iterable[Path]) -> list[Recorded]:
    """All exchanges of the files in order. UsageError names the file and line that is
    broken."""
    return [recorded for path in paths for recorded in files.exchanges(path, _recorded)]


def _recorded(found: rows.Recorded, line: bytes) -> Recorded | None:
    """None where the client left before the head, and where a tunnel was opened."""
    recording = found.recording
    status = recording.status
    if status is None or status == 101:
        return None
    if not 200 <= status <= 599:
        raise ValueError(f"response.status must be 200 to 599, got {status!r}")
    body = b"".join(recording.response_body.slices)
    return Recorded(
        method=recording.method,
        path=recording.target.decode(),
        request_headers=_headers(recording.request_headers),
        request_body=b"".join(recording.request_body.slices),
        status=status,
        headers=_typed(_headers(recording.response_headers), body),
        body=body,
    )


def _headers(given: list[tuple[bytes, bytes]]) -> Headers:
    named = ((n.decode("latin-1"), v.decode("latin-1")) for n, v in given)
    return tuple((n, value) for n, value in named if n.lower() not in _FRAMING)


def _typed(headers: Headers, body: bytes) -> Headers:
    """Many recorders dropped the content type, without which no SDK reads the body."""
    if not body or any(name.lower() == "content-type" for name, _ in headers):
        return headers
    is_sse = body.lstrip().startswith((b"data:", b"event:", b":"))
    return (
        *headers,
        ("content-type", "text/event-stream" if is_sse else "application/json"),
    )


class Replay:
    """Answers a request by the same request recorded; else by the next one of its path.

    Equal keys are served in recorded order and then from the first again.
    """

    def __init__(self, exchanges: Iterable[Recorded]) -> None:
        self._exact: dict[tuple[str, ...], _Turnstile] = defaultdict(_Turnstile)
        self._by_path: dict[tuple[str, ...], _Turnstile] = defaultdict(_Turnstile)
        for one in exchanges:
            path = _comparable(one.path)
            self._exact[one.method, path, _digest(one.request_body)].add(one)
            self._by_path[one.method, path].add(one)

    def find(self, method: str, target: str, body: bytes) -> Recorded | None:
        """The recording that answers; None when method and path were never recorded."""
        digest = _digest(body)
        paths = [_comparable(path) for path in (target, *_without_prefix(target))]
        for path in paths:
            if (method, path, digest) in self._exact:
                return self._exact[method, path, digest].next()
        for path in paths:
            if (method, path) in self._by_path:
                return self._by_path[method, path].next()
        return None


class _Turnstile:
    """Exchanges of one key, handed out in turn."""

    def __init__(self) -> None:
        self._exchanges: list[Recorded] = []
        self._served = 0

    def add(self, one: Recorded) -> None:
        self._exchanges.append(one)

    def next(self) -> Recorded:
        one = self._exchanges[self._served % len(self._exchanges)]
        self._served += 1
        return one


def answer(recorded: Recorded, plan: Plan) -> Answer:
    """The recorded response; a stream is cut into pieces at random, for recordings keep
    no chunk boundaries."""
    pieces: tuple[bytes, ...] = (recorded.body,)
    if recorded.is_stream:
        pieces = _cut(recorded.body, plan.chunks, plan.random("pieces"))
    return Answer(
        recorded.status, recorded.headers, pieces, streamed=recorded.is_stream
    )


def _cut(body: bytes, chunks: int | None, chance: random.Random) -> tuple[bytes, ...]:
    if len(body) < 2:
        return (body,)
    wanted = chunks or max(4, min(200, len(body) // 400))
    cuts = chance.sample(range(1, len(body)), min(wanted, len(body)) - 1)
    bounds = [0, *sorted(cuts), len(body)]
    return tuple(body[a:b] for a, b in pairwise(bounds))


def _comparable(path: str) -> str:
    """The path and query without the fields whose values are secret."""
    path, _, query = path.partition("?")
    fields = parse_qsl(query, keep_blank_values=True)
    kept = [(name, value) for name, value in fields if name not in _SECRET_FIELDS]
    return f"{path}?{urlencode(kept)}" if kept else path


def _without_prefix(target: str) -> tuple[str, ...]:
    """The target without its first segment, which may be a gateway's `/openai`."""
    head, slash, rest = target.lstrip("/").partition("/")
    return (f"/{rest}",) if slash and head else ()


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
