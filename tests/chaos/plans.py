"""What clients ask in a chaos test: requests of several kinds, with aborts and faults."""

import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tests.chaos.upstream import event, pattern

Abort = Literal["head", "waiting", "stream", "upload"]
ABORTS: tuple[Abort, ...] = ("head", "waiting", "stream", "upload")

FAULTS: dict[str, tuple[str, ...]] = {
    "cut": ("broken",),
    # A kept connection that ends at the first byte could not be told from one that the
    # upstream had closed before.
    "reset": ("502 protocol", "502 stale"),
    "malformed": ("502 protocol",),
    # When all of it comes in one read nothing was sent yet.
    "broken-chunk": ("broken", "502 protocol"),
    "stall": ("broken",),
    "busy": ("429",),
    "fail": ("500",),
    "wait": ("504 timeout",),
}
"""The upstream's fault and what a client may see of it; `stall` and `wait` need a route
with short time-outs."""

UPLOAD = random.Random(1).randbytes(256 * 1024)


@dataclass(frozen=True, slots=True)
class Plan:
    """One request and what must come of it."""

    kind: str
    head: bytes
    body: bytes = b""
    verdicts: tuple[str, ...] = ("ok",)
    answer: bytes | None = b""
    """The body of a good answer."""
    abort: Abort | None = None
    abort_after: float = 0.0


def post(target: str, body: bytes, method: str = "POST") -> bytes:
    head = (
        f"{method} {target} HTTP/1.1\r\nHost: chaos\r\nContent-Length: {len(body)}\r\n"
    )
    return head.encode() + b"Authorization: Bearer not-a-key\r\n\r\n"


def unary(number: int, size: int = 200, sent: int = 1000) -> Plan:
    body = pattern(number, sent)
    target = f"/up/unary?id={number}&size={size}"
    return Plan("unary", post(target, body), body, answer=pattern(number, size))


def stream(number: int, events: int = 10, gap: float = 0.002) -> Plan:
    target = f"/up/stream?id={number}&events={events}&gap={gap}"
    whole = b"".join(event(number, index) for index in range(events))
    return Plan("stream", post(target, b"{}"), b"{}", answer=whole)


def upload(number: int, size: int = 64 * 1024) -> Plan:
    start = number * 997 % (len(UPLOAD) - size + 1)
    body = UPLOAD[start : start + size]
    head = post(f"/up/upload?id={number}", body)
    return Plan("upload", head, body, answer=b"%d %d" % (size, zlib.crc32(body)))


def aborted(number: int, abort: Abort, after: float) -> Plan:
    """Leave in the middle: the upstream would go on for long."""
    match abort:
        case "head":
            plan = unary(number)
        case "waiting":
            plan = Plan("wait", post(f"/up/wait?id={number}", b"{}"), b"{}")
        case "stream":
            plan = stream(number, events=100_000, gap=0.01)
        case "upload":
            plan = upload(number, len(UPLOAD))
    return Plan(
        f"leave {abort}",
        plan.head,
        plan.body,
        ("left",),
        None,
        abort,
        abort_after=after,
    )


def faulty(number: int, fault: str) -> Plan:
    head = post(f"/brief/{fault}?id={number}", b"{}")
    return Plan(f"fault {fault}", head, b"{}", FAULTS[fault], None)


def mixed(
    seed: int, *, aborts: float = 0.0, faults: float = 0.0, big: float = 0.05
) -> Iterator[Plan]:
    """Requests without end: the shares of aborts, faults and uploads, 20 % streams."""
    draw = random.Random(seed)
    number = seed * 10_000_000
    while True:
        number += 1
        dice = draw.random()
        if dice < aborts:
            yield aborted(number, draw.choice(ABORTS), draw.uniform(0.0, 0.02))
        elif dice < aborts + faults:
            yield faulty(number, draw.choice(list(FAULTS)))
        elif draw.random() < big:
            yield upload(number)
        elif draw.random() < 0.2:
            yield stream(number, gap=draw.choice((0.0, 0.0, 0.002)))
        else:
            yield unary(number, size=draw.choice((200, 2_000, 20_000)))
