"""What people and models wrote, for spans and events: only where the standard variable asks
for it and the route's own `content` allows it.

A route that keeps content `redacted` gives it redacted, or not at all.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from proxy.errors import WireError
from proxy.export import semconv
from proxy.model.exchange import Exchange, Message
from proxy.monitor.calls import Call
from proxy.monitor.recordings import rules
from proxy.monitor.redactor import documents
from proxy.monitor.redactor.documents import Json
from proxy.monitor.redactor.spans import Rules
from proxy.settings import Route

MOST_CHARACTERS = 32 * 1024
"""Of one exchange; a longer one gives none, for what waits is held in memory."""
MODES = {
    "SPAN_ONLY": (True, False),
    "EVENT_ONLY": (False, True),
    "SPAN_AND_EVENT": (True, True),
}
Content = Callable[[], Mapping[str, str]]


@dataclass(slots=True)
class Capture:
    spans: bool
    events: bool
    routes: dict[str | None, str] = field(default_factory=dict)
    rules: Rules | None = None
    """Made in the thread that needs them: a model of names takes seconds to load."""

    def reload(self, routes: Iterable[Route]) -> None:
        self.routes = {route.name: route.content for route in routes}

    def of(self, call: Call) -> Content | None:
        if not (self.spans or self.events):
            return None
        allowed = self.routes.get(call.recording.route, "none")
        exchange = call.exchange
        if allowed == "none" or size(exchange) > MOST_CHARACTERS:
            return None
        if allowed == "full":
            return lambda: written(exchange)
        if exchange.truncated_request or exchange.truncated_response:
            return None
        return lambda: self.redacted(exchange)

    def redacted(self, exchange: Exchange) -> Mapping[str, str]:
        if self.rules is None:
            self.rules = rules()
        made = self.rules
        try:
            return written(exchange, lambda one: documents.redacted(one, made))
        except WireError:
            return {}


def capture(environ: Mapping[str, str], routes: Iterable[Route]) -> Capture:
    mode = environ.get(semconv.CAPTURE_CONTENT, "").strip().upper()
    found = Capture(*MODES.get(mode, (False, False)))
    found.reload(routes)
    return found


def size(exchange: Exchange) -> int:
    """Characters, about."""
    found = len(exchange.text) + sum(len(c.arguments) for c in exchange.tool_calls)
    for message in exchange.messages:
        found += len(message.text)
        found += sum(len(call.arguments) for call in message.tool_calls)
        found += sum(len(result.text) for result in message.tool_results)
    return found


def written(
    exchange: Exchange, change: Callable[[Json], Json] = lambda one: one
) -> Mapping[str, str]:
    """Attributes in the conventions' form, as JSON."""
    system = [m.text for m in exchange.messages if m.role == "system" and m.text]
    asked = [message(one) for one in exchange.messages if one.role != "system"]
    found: dict[str, Json] = {
        semconv.SYSTEM_INSTRUCTIONS: [text_part(one) for one in system],
        semconv.INPUT_MESSAGES: asked,
        semconv.OUTPUT_MESSAGES: output(exchange),
    }
    return {
        name: json.dumps(change(value), separators=(",", ":"))
        for name, value in found.items()
        if value
    }


def message(one: Message) -> Json:
    parts = [text_part(one.text)] if one.text else []
    parts += [call_part(c.id, c.name, c.arguments) for c in one.tool_calls]
    parts += [
        {"type": "tool_call_response", "id": result.id, "response": result.text}
        for result in one.tool_results
    ]
    return {"role": one.role, "parts": parts}


def output(exchange: Exchange) -> list[Json]:
    said = exchange.text or exchange.refusal
    parts = [text_part(said)] if said else []
    parts += [call_part(c.id, c.name, c.arguments) for c in exchange.tool_calls]
    if not parts:
        return []
    reason = next((str(one) for one in exchange.finish_reasons if one), "")
    return [{"role": "assistant", "parts": parts, "finish_reason": reason}]


def text_part(said: str) -> Json:
    return {"type": "text", "content": said}


def call_part(id: str | None, name: str, arguments: str) -> Json:
    return {"type": "tool_call", "id": id, "name": name, "arguments": arguments}
