"""Recording in, Exchange out: the one way into the dialects."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from proxy.dialects import (
    choosing,
    counts,
    encodings,
    failures,
    framing,
    headers,
    parsing,
)
from proxy.dialects.dialect import CONTENT, REASONING, Ask, Call, Dialect, Reply, Stream
from proxy.dialects.providers import provider
from proxy.dialects.table import DIALECTS, FRAMERS
from proxy.errors import WireError
from proxy.model.exchange import Exchange, ExchangeError, Timings, Usage
from proxy.recording.recording import Body, Recording

Slices = Iterator[tuple[bytes, int]]
Parts = list[tuple[bytes, int]]
UNKNOWN = Usage()


def read(recording: Recording, dialect: str = "auto") -> Exchange:
    """`dialect` fixes what would be chosen by path and host.

    Raises WireError, naming dialect and offset, for bytes that are none of it.
    """
    call = surroundings(recording, dialect)
    format = DIALECTS.get(call.dialect)
    if format is None:
        return unread(recording, call)
    try:
        ask = asked(recording, call, format)
        answer = answered(recording, call, format)
    except WireError as error:
        if str(error).startswith(f"{call.dialect}:"):
            raise
        raise WireError(f"{call.dialect}: {error}") from error
    return exchange(recording, call, format, ask, answer)


def surroundings(recording: Recording, dialect: str) -> Call:
    dialect = choosing.chosen(
        dialect, recording.method, recording.target, recording.upstream
    )
    path, _, query = recording.target.decode("latin-1").partition("?")
    return Call(
        dialect,
        provider(recording.upstream, dialect),
        recording.method,
        path,
        query,
        recording.status or 0,
        headers.lowered(recording.response_headers),
    )


@dataclass(slots=True)
class Answer:
    """A Reply, and what its framing and its times add."""

    reply: Reply
    streaming: bool = False
    events: int = 0
    first_content: int | None = None
    first_reasoning: int | None = None
    chunks: list[int] = field(default_factory=list)


def slices(body: Body, encoding: str, reads: list[int], late: int) -> Slices:
    """The body's captured slices, decoded, each with the moment it was read."""
    times = reads[::2]
    times += [times[-1] if times else late] * (len(body.slices) - len(times))
    timed = zip(body.slices, times, strict=False)
    return encodings.decoded(timed, encoding) if encoding else timed


def asked(recording: Recording, call: Call, format: Dialect) -> Ask:
    """A request that cannot be read says nothing; a server that took it is believed."""
    body = recording.request_body
    try:
        encoding = headers.encoding(recording.request_headers)
        data = b"".join(part for part, _ in slices(body, encoding, [], 0))
        if body.truncated:
            data = parsing.closed(data)
        return format.ask(data, call) if data.strip() else Ask()
    except WireError:
        if call.status < 400:
            raise
        return Ask()


def answered(recording: Recording, call: Call, format: Dialect) -> Answer:
    marks = recording.marks
    body = recording.response_body
    encoding = call.headers.get("content-encoding", "")
    late = marks.last_byte or marks.end
    given = slices(body, encoding, recording.response_reads, late)
    if call.status >= 400 or recording.status is None:
        return Answer(failed(given, call))
    parts = list(given)
    kind = framing.detect(call, beginning(parts))
    if kind != "json":
        return streamed(format, call, kind, parts)
    data = parts[0][0] if len(parts) == 1 else b"".join(part for part, _ in parts)
    if body.truncated or recording.outcome != "complete":
        data = parsing.closed(data)
    return Answer(format.whole(data, call) if data.strip() else Reply())


def failed(given: Slices, call: Call) -> Reply:
    if call.status == 0:
        return Reply()
    try:
        data = b"".join(part for part, _ in given)
    except WireError:
        data = b""
    return Reply(failure=failures.read(data, call.headers))


def beginning(parts: Parts) -> bytes:
    """The first LOOK_AHEAD bytes, however they were cut."""
    start = b""
    for part, _ in parts:
        start += part[: framing.LOOK_AHEAD]
        if len(start) >= framing.LOOK_AHEAD:
            break
    return start[: framing.LOOK_AHEAD]


def streamed(
    format: Dialect, call: Call, kind: framing.Framing, parts: Parts
) -> Answer:
    framer = FRAMERS[kind]()
    stream = format.stream(call)
    answer = Answer(Reply(), streaming=True)
    at = 0
    offset = 0
    for data, at in parts:
        offset += len(data)
        for name, payload in framer.feed(data):
            take(answer, stream, name, payload, at, offset)
    for name, payload in framer.flush():
        try:
            take(answer, stream, name, payload, at, offset)
        except WireError:
            answer.events -= 1  # the stream broke off inside its last event
            break
    answer.reply = stream.finish()
    return answer


def take(
    answer: Answer, stream: Stream, name: str, payload: bytes, at: int, offset: int
) -> None:
    answer.events += 1
    try:
        brought = stream.event(name, payload)
    except WireError as error:
        where = f"event {answer.events}, which ends before byte {offset} of the body"
        raise WireError(f"{error} of {where}") from error
    if not brought:
        return
    chunks = answer.chunks
    if not chunks or chunks[-1] != at:
        chunks.append(at)
    if brought & CONTENT and answer.first_content is None:
        answer.first_content = at
    if brought & REASONING and answer.first_reasoning is None:
        answer.first_reasoning = at


def exchange(
    recording: Recording, call: Call, format: Dialect, ask: Ask, answer: Answer
) -> Exchange:
    reply = answer.reply
    whole = recording.outcome == "complete" and not recording.response_body.truncated
    complete = reply.complete and reply.failure is None and whole
    return Exchange(
        dialect=call.dialect,
        provider=call.provider,
        operation=reply.operation or ask.operation or format.operation,
        streaming=answer.streaming,
        stream_requested=ask.stream,
        status=recording.status,
        request_model=ask.model,
        response_model=reply.model,
        response_id=reply.id,
        request_id=headers.request_id(call.headers),
        fingerprint=reply.fingerprint,
        service_tier=reply.service_tier,
        usage=UNKNOWN if reply.usage is None else counts.possible(reply.usage),
        finish_reasons=tuple(reply.finish_reasons),
        text=reply.text,
        reasoning=reply.reasoning,
        refusal=reply.refusal,
        tool_calls=tuple(reply.tool_calls),
        server_tool_calls=tuple(reply.server_tool_calls),
        error=failure(recording, reply, answer.streaming),
        stream_complete=complete if answer.streaming else None,
        events=answer.events if answer.streaming else None,
        truncated_request=recording.request_body.truncated,
        truncated_response=recording.response_body.truncated,
        messages=tuple(ask.messages),
        tool_results=tuple(r for m in ask.messages for r in m.tool_results),
        tools_declared=ask.tools_declared,
        json_output=ask.json_output,
        max_output_tokens=ask.max_output_tokens,
        previous_response_id=ask.previous_response_id,
        conversation_id=ask.conversation_id,
        conversation_header=recording.conversation,
        item_ids=tuple(reply.item_ids),
        rate_limits=headers.rate_limits(call.headers),
        timings=Timings(
            recording.marks.request_start,
            recording.marks.first_byte,
            recording.marks.last_byte,
            answer.first_content,
            answer.first_reasoning,
            tuple(answer.chunks),
        ),
    )


def failure(
    recording: Recording, reply: Reply, in_stream: bool
) -> ExchangeError | None:
    """The provider's own word first; then what the relay saw break."""
    if recording.refusal is None and reply.failure is not None:
        return failures.error(reply.failure, recording.status, in_stream)
    return failures.of_the_relay(recording)


def unread(recording: Recording, call: Call) -> Exchange:
    """What no dialect reads is counted; its error is still told, in whatever shape."""
    reply = Reply()
    if call.status >= 400:
        encoding = call.headers.get("content-encoding", "")
        reply = failed(slices(recording.response_body, encoding, [], 0), call)
    marks = recording.marks
    return Exchange(
        dialect=call.dialect,
        provider=call.provider,
        operation=choosing.operation(call.method, call.path),
        streaming=False,
        status=recording.status,
        usage=UNKNOWN,
        error=failure(recording, reply, False),
        request_id=headers.request_id(call.headers),
        rate_limits=headers.rate_limits(call.headers),
        conversation_header=recording.conversation,
        timings=Timings(marks.request_start, marks.first_byte, marks.last_byte),
    )
