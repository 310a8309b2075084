"""Structured logs on stderr: one line an event, JSON or console, that never holds a key.

A line is at most 4096 bytes: the kernel then writes it whole, unmixed with the lines of
other processes. A line that would have to wait for a stalled reader is dropped and counted.
"""

import json
import logging
import os
import re
import select
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Protocol

LINE_BYTES = 4096  # PIPE_BUF on Linux
STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

MASK = "****"
NAMED = (
    r"(?:api[-_]?key|x-goog-api-key|access[-_]token|client[-_]secret|authorization"
    r"|set-cookie|cookie|password|passwd|x-amz-[a-z-]+)"
)
SECRETS = [
    # what follows a name: `?key=…`, `"x-api-key": "…"`, `authorization: Basic …`
    (
        re.compile(r"(?i)\b((?:key|token|secret|sig|signature)=)[^\s&\"'\\]+"),
        rf"\1{MASK}",
    ),
    (
        re.compile(
            rf"(?i)({NAMED}\\?[\"']?\s*[:=]\s*\\?[\"']?)[^\s&\"'\\,]+(?: [^\s\"'\\,]+)?"
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"(?i)\b(bearer|basic) [A-Za-z0-9._~+/=-]{6,}"), rf"\1 {MASK}"),
    (re.compile(r"(://[^\s/:@]*:)[^\s/@]+@"), rf"\1{MASK}@"),
    # what is known by its beginning
    (
        re.compile(
            r"\b(sk-|pk-|rk-|gsk_|xai-|hf_|r8_|pplx-|ghp_|github_pat_|AIza|ya29\.|AKIA|ASIA|eyJ)"
            r"[A-Za-z0-9._-]{8,}"
        ),
        rf"\1{MASK}",
    ),
]


class Logging(Protocol):
    """The settings `logging`."""

    @property
    def level(self) -> str: ...
    @property
    def format(self) -> str: ...


def configure(logging_settings: Logging, process: str) -> None:
    """Send the logs of this process to stderr."""
    handler = LineHandler(process, is_json(logging_settings))
    level = logging_settings.level.upper()
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # One line per admin request is no lifecycle change.
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    sys.excepthook = log_crash


def is_json(logging_settings: Logging) -> bool:
    """Whether a machine reads the logs; `auto` takes a terminal for a person."""
    form = logging_settings.format
    return form == "json" or (form == "auto" and not sys.stderr.isatty())


def log_crash(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """The last words of a process, masked as every other line."""
    logging.getLogger(__name__).critical(
        "process ended by an error", exc_info=(kind, error, trace)
    )


def masked(text: str) -> str:
    """`text` without whatever looks like a credential."""
    for pattern, replacement in SECRETS:
        text = pattern.sub(replacement, text)
    return text


class LineHandler(logging.Handler):
    def __init__(self, process: str, to_json: bool) -> None:
        super().__init__()
        self.process = process
        self.render = as_json if to_json else as_console
        self.dropped = 0

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.write(self.line(record))
        except OSError:
            self.dropped += 1

    def line(self, record: logging.LogRecord) -> bytes:
        facts = dict(fields(record, self.process))
        if self.dropped:
            facts["lines_dropped"] = self.dropped
        text = b""
        for room in (2000, 500, 100):
            text = masked(self.render(facts, room)).encode(errors="replace") + b"\n"
            if len(text) <= LINE_BYTES:
                return text
        return text[: LINE_BYTES - 1] + b"\n"

    def write(self, line: bytes) -> None:
        descriptor = sys.stderr.fileno()
        poll = select.poll()
        poll.register(descriptor, select.POLLOUT)
        # Logs are for people; a stalled reader must not stop the loop that relays.
        if not poll.poll(0):
            self.dropped += 1
            return
        os.write(descriptor, line)
        self.dropped = 0


def fields(record: logging.LogRecord, process: str) -> Iterator[tuple[str, object]]:
    yield "time", datetime.fromtimestamp(record.created, UTC)
    yield "level", record.levelname.lower()
    yield "process", process
    yield "message", record.getMessage()
    yield from flat({k: v for k, v in vars(record).items() if k not in STANDARD})
    if record.exc_info and record.exc_info[1] is not None:
        error = record.exc_info[1]
        yield "error", f"{type(error).__name__}: {error}"
        yield "trace", logging.Formatter().formatException(record.exc_info)
    if record.levelno != logging.INFO:
        yield "logger", record.name


def flat(extras: dict[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    """`{"a": {"b": 1}}` as `a.b` = 1."""
    for key, value in extras.items():
        if isinstance(value, dict):
            yield from flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def cut(value: object, room: int) -> str:
    """At most `room` characters; the end of a trace says more than its beginning."""
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= room else f"…{text[-room:]}"


def as_json(facts: dict[str, object], room: int) -> str:
    def plain(value: object) -> object:
        if isinstance(value, datetime):
            return value.isoformat(timespec="milliseconds")
        if value is None or isinstance(value, bool | int | float):
            return value
        return cut(value, room)

    return json.dumps({key: plain(value) for key, value in facts.items()})


def as_console(facts: dict[str, object], room: int) -> str:
    facts = dict(facts)
    time = facts.pop("time")
    assert isinstance(time, datetime)
    level, process = facts.pop("level"), facts.pop("process")
    text = f"{time:%H:%M:%S} {level:<8} {process}: {facts.pop('message')}"
    trace = facts.pop("trace", "")
    for key, value in facts.items():
        shown = cut(value, room)
        quoted = json.dumps(shown) if re.search(r"[\s\"]", shown) else shown
        text += f" {key}={quoted}"
    text = text.replace("\n", "\\n").replace("\r", "\\r")
    return f"{text}\n{cut(trace, room)}" if trace else text
