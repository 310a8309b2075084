"""The Exchange: what one request and its response said, whatever dialect they spoke.

None means that the wire did not say; a token count that is not there is never 0.
"""

from dataclasses import dataclass

from proxy.model.vocabulary import ErrorType, Operation, Role


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts as the provider states them, and in OpenTelemetry's meaning."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    cached_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    reasoning_tokens: int | None = None
    input_tokens_incl_cache: int | None = None
    """Input with what was read from and written to a cache."""
    output_tokens_incl_reasoning: int | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool the model asks the client to run; server-side tools are not among them."""

    id: str | None
    name: str
    arguments: str
    """Canonical JSON: keys sorted, no spaces. As on the wire where it is no JSON."""
    choice: int = 0


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What the client says a tool gave."""

    id: str | None
    is_error: bool | None = None
    """The protocol's own flag; None where it has none or the request is silent."""
    text: str = ""
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the request. Neighbouring items of one role are one message."""

    role: Role
    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_results: tuple[ToolResult, ...] = ()
    media: int = 0
    """Parts that are images, sound, files."""
    item_ids: tuple[str, ...] = ()
    """Ids of earlier output items that are echoed here (Responses)."""


@dataclass(frozen=True, slots=True)
class ExchangeError:
    """What went wrong, as the wire says it and as one word of the vocabulary."""

    status: int | None
    type: str | None
    code: str | None
    message: str | None
    in_stream: bool
    """It came inside a stream that had begun with success."""
    error_type: ErrorType


@dataclass(frozen=True, slots=True)
class Timings:
    """Monotonic nanoseconds, in the clock of the Recording's marks."""

    start: int
    """The first byte of the request."""
    first_byte: int | None = None
    last_byte: int | None = None
    first_content: int | None = None
    """The first text, or piece of a client tool call, of a stream was read."""
    first_reasoning: int | None = None
    chunks: tuple[int, ...] = ()
    """The moments at which a stream brought output, reasoning included, one per read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """The reading of one Recording."""

    dialect: str
    provider: str
    operation: Operation
    streaming: bool
    """The response's body really is a stream."""
    stream_requested: bool = False
    status: int | None
    request_model: str | None = None
    response_model: str | None = None
    response_id: str | None = None
    request_id: str | None = None
    fingerprint: str | None = None
    service_tier: str | None = None
    usage: Usage
    finish_reasons: tuple[str | int | None, ...] = ()
    """The provider's own words by choice; integers where it sends enums as such."""
    text: str = ""
    """All text of the first choice."""
    reasoning: str = ""
    refusal: str = ""
    """What the protocol itself marks as a refusal; not part of the text."""
    tool_calls: tuple[ToolCall, ...] = ()
    server_tool_calls: tuple[str, ...] = ()
    error: ExchangeError | None = None
    stream_complete: bool | None = None
    """None where the response is no stream."""
    events: int | None = None
    """Events of the stream."""
    truncated_request: bool = False
    """The request's body was captured in part; what is said here is the part."""
    truncated_response: bool = False
    messages: tuple[Message, ...] = ()
    """The request's history, oldest first; instructions are messages of `system`."""
    tool_results: tuple[ToolResult, ...] = ()
    """Those of all messages."""
    tools_declared: int = 0
    json_output: bool = False
    """The request asks for JSON or a schema."""
    max_output_tokens: int | None = None
    """As the request asks for it."""
    previous_response_id: str | None = None
    conversation_id: str | None = None
    """The provider's own."""
    conversation_header: str | None = None
    """The client's `x-seatrial-conversation`."""
    item_ids: tuple[str, ...] = ()
    """Ids of the output items (Responses)."""
    rate_limits: tuple[tuple[str, str], ...] = ()
    """Rate-limit headers, names in lower case."""
    timings: Timings
