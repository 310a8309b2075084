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
        return Recording(
            version=VERSION,
            relay=self.relay,
            boot=self.boot,
            seq=seq,
            route=None if destination is None else destination.name,
            source=tags.source,
            run_id=tags.run_id,
            conversation=tags.conversation,
            app=tags.app,
            variant=tags.variant,
            method=request.method.decode("ascii"),
            target=redactor.target(request.target),
            request_headers=redactor.headers(
                request.recorded_headers(), request.plan.redacted
            ),
            response_headers=redactor.headers(
                answer.recorded_headers(), answer.plan.redacted
            ),
            status=answer.status,
            marks=marks(exchange),
            request_reads=request.body.reads,
            response_reads=answer.body.reads,
            request_body=body(request.body),
            response_body=body(answer.body),
            outcome=outcome,
            refusal=exchange.refusal,
            attempts=exchange.attempts,
            reused=exchange.reused,
            upstream=exchange.upstream_name,
            traceparent=text(request.traceparent),
            peer_error=exchange.peer_error,
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
