"""OpenAI's Responses: items in, items out, and a last event that holds the whole answer.

Deltas are kept unparsed: they are read only when a stream broke off before its last event,
or when that event's output is empty (some servers of the family send it so).
"""

from msgspec import Raw, Struct

from proxy.dialects import failures, openai_history
from proxy.dialects.dialect import CONTENT, REASONING, Ask, Call, Failure, Reply
from proxy.dialects.openai_items import (
    CLIENT_CALLS,
    NAME,
    Item,
    Part,
    refusal,
    text,
    tool_call,
)
from proxy.dialects.openai_usage import StatedUsage, usage
from proxy.dialects.parsing import NONE, Shape
from proxy.model.vocabulary import Operation

TERMINAL = (
    *("response.completed", "response.incomplete", "response.failed"),
    *("response.done", "response.cancelled"),
)
BRINGS = {
    "response.output_text.delta": CONTENT,
    "response.refusal.delta": CONTENT,
    "response.function_call_arguments.delta": CONTENT,
    "response.custom_tool_call_input.delta": CONTENT,
    "response.reasoning_summary_text.delta": REASONING,
    "response.reasoning_text.delta": REASONING,
}
UNNAMED = ("", "message")
"""What an event is called that has no name, or the standard's name for none."""
KEPT = {*BRINGS, "response.output_item.added", "response.output_item.done"}


class Incomplete(Struct, gc=False):
    reason: str | None = None


class Response(Struct, gc=False):
    id: str | None = None
    model: str | None = None
    status: str | None = None
    service_tier: str | None = None
    system_fingerprint: str | None = None
    incomplete_details: Incomplete | None = None
    error: Raw = NONE
    output: list[Item] | None = None
    usage: StatedUsage | None = None


class Envelope(Struct, gc=False):
    response: Response | None = None


class Moment(Struct, gc=False):
    """An event that is not the last one."""

    type: str | None = None
    output_index: int = 0
    item: Item | None = None
    delta: str | None = None


class Unnamed(Struct, gc=False):
    type: str | None = None
    error: Raw = NONE


ANSWER = Shape(NAME, Response)
ENVELOPE = Shape(NAME, Envelope)
MOMENT = Shape(NAME, Moment)
UNNAMED_SHAPE = Shape(NAME, Unnamed)


class OpenAIResponses:
    operation: Operation = "chat"

    def ask(self, body: bytes, call: Call) -> Ask:
        return openai_history.read(body)

    def whole(self, body: bytes, call: Call) -> Reply:
        return replied(ANSWER.read(body))

    def stream(self, call: Call) -> "ResponsesStream":
        return ResponsesStream()


class ResponsesStream:
    __slots__ = ("begun", "deltas", "failure", "last", "last_kind")

    def __init__(self) -> None:
        self.begun: bytes | None = None
        self.last: bytes | None = None
        self.last_kind = ""
        self.deltas: list[bytes] = []
        self.failure: Failure | None = None

    def event(self, kind: str, data: bytes) -> int:
        if kind in UNNAMED:
            if not data.lstrip().startswith(b"{"):
                return 0  # [DONE], which some gateways add
            unnamed = UNNAMED_SHAPE.read(data)
            kind = unnamed.type or ""
            if not kind and unnamed.error is not NONE:  # a gateway's own
                self.failure = failures.raw(unnamed.error)
        if kind in KEPT:
            self.deltas.append(data)
            return BRINGS.get(kind, 0)
        if kind in TERMINAL:
            self.last, self.last_kind = data, kind
        elif kind == "error":
            self.failure = failures.event(data)
        elif kind in ("response.created", "response.in_progress", "response.queued"):
            self.begun = data
        return 0

    def finish(self) -> Reply:
        data = self.last or self.begun
        response = ENVELOPE.read(data).response if data else None
        response = response or Response()
        if not response.output:
            response.output = rebuilt(self.deltas)
        reply = replied(response)
        reply.complete = self.last is not None
        if self.last is None:
            reply.finish_reasons = []
        if self.failure is not None:
            reply.failure = self.failure
        elif self.last_kind == "response.failed" and reply.failure is None:
            reply.failure = Failure()
        return reply


def replied(response: Response) -> Reply:
    reply = Reply(
        model=response.model,
        id=response.id,
        fingerprint=response.system_fingerprint,
        service_tier=response.service_tier,
        usage=usage(response.usage),
        failure=failures.raw(response.error),
    )
    held = response.incomplete_details
    reason = (held.reason if held is not None else None) or response.status
    reply.finish_reasons = [reason] if reason is not None else []
    said: list[str] = []
    thought: list[str] = []
    for item in response.output or ():
        take(reply, item, said, thought)
    reply.text = "".join(said)
    reply.reasoning = "".join(thought)
    return reply


def take(reply: Reply, item: Item, said: list[str], thought: list[str]) -> None:
    kind = item.type or ""
    if item.id:
        reply.item_ids.append(item.id)
    if kind == "message":
        said.append(text(item.content))
        reply.refusal += refusal(item.content)
    elif kind == "reasoning":
        thought.append(text(item.summary) or text(item.content))
    elif kind in CLIENT_CALLS:
        reply.tool_calls.append(tool_call(item))
    elif kind.endswith("_call"):
        reply.server_tool_calls.append(kind)


def rebuilt(deltas: list[bytes]) -> list[Item]:
    """The output as far as it came: finished items, and what there is of others."""
    items: dict[int, Item] = {}
    pieces: dict[int, list[str]] = {}
    refused: set[int] = set()
    done: set[int] = set()
    for data in deltas:
        moment = MOMENT.read(data)
        index = moment.output_index
        if moment.item is not None:
            items[index] = moment.item
            if moment.type == "response.output_item.done":
                done.add(index)
        elif moment.delta is not None:
            pieces.setdefault(index, []).append(moment.delta)
            if moment.type == "response.refusal.delta":
                refused.add(index)
    for index, parts in pieces.items():
        if index not in done:
            came = "".join(parts)
            item = items.setdefault(index, Item(type="message"))
            fill(item, [Part(refusal=came)] if index in refused else came)
    return [items[index] for index in sorted(items)]


def fill(item: Item, came: str | list[Part | str]) -> None:
    if item.type == "reasoning":
        item.summary = came
    elif item.type in CLIENT_CALLS and isinstance(came, str):
        item.input = came
    else:
        item.content = came
