"""Turns a finished exchange into the Recording that leaves the process."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from proxy.recording.recording import VERSION, Body, Marks, Outcome, Recording
from proxy.relay.credentials import Redactor
from proxy.relay.tap import Tap

if TYPE_CHECKING:
    from proxy.relay.capture import Capture
    from proxy.relay.exchange import Exchange


class Recorder:
    """Numbers this process's exchanges, dropped ones too, so that gaps show."""

    def __init__(self, relay: str, redactor: Redactor, tap: Tap) -> None:
        self.relay = relay
        self.boot = os.urandom(16)
        self.seq = 0
        self.redactor = redactor
        self.tap = tap

    def record(self, exchange: Exchange, outcome: Outcome) -> None:
        seq = self.seq
        self.seq = seq + 1
        held = exchange.request.body.held + exchange.response.body.held
        if not self.tap.has_room(held):
            return
        try:
            self.tap.offer(self.recording(exchange, outcome, seq))
        except MemoryError:
            self.tap.drop("memory")  # the exchange is over and did not suffer

    def recording(self, exchange: Exchange, outcome: Outcome, seq: int) -> Recording:
        redactor = self.redactor
        request = exchange.request
        answer = exchange.response
        tags = request.tags
        destination = exchange.destination
        # By position, which costs a tenth of the same by name: the order of the struct.
        return Recording(
            VERSION,
            self.relay,
            self.boot,
            seq,
            None if destination is None else destination.name,
            tags.source,
            tags.run_id,
            tags.conversation,
            tags.app,
            tags.variant,
            request.method.decode("ascii"),
            redactor.target(request.target),
            redactor.headers(request.recorded_headers(), request.plan.redacted),
            redactor.headers(answer.recorded_headers(), answer.plan.redacted),
            answer.status,
            marks(exchange),
            request.body.reads,
            answer.body.reads,
            body(request.body),
            body(answer.body),
            outcome,
            exchange.refusal,
            exchange.attempts,
            exchange.reused,
            exchange.upstream_name,
            text(request.traceparent),
            exchange.peer_error,
        )


def marks(exchange: Exchange) -> Marks:
    return Marks(
        exchange.client.accepted,
        exchange.request.start,
        exchange.request.head_at,
        exchange.request.end,
        exchange.connected_at,
        exchange.request.sent,
        exchange.response.first_byte,
        exchange.response.last_byte,
        time.monotonic_ns(),
    )


def text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


def body(capture: Capture) -> Body:
    return Body(capture.slices, capture.total, capture.truncated)
