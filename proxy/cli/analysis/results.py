"""What is said of each recorded exchange, in the keys that other programs rely on."""

import hashlib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from proxy.cli.analysis.files import Piece
from proxy.conversations.caller import caller
from proxy.conversations.memory import Limits
from proxy.conversations.placement import Placement
from proxy.conversations.stitcher import Stitcher
from proxy.dialects.reader import read
from proxy.errors import WireError
from proxy.model.exchange import Exchange, ExchangeError, ToolCall
from proxy.recording.recording import Recording

NO_EXPIRY = Limits(
    silence_seconds=math.inf, conversations=1_000_000, keys=10_000_000, keys_each=20_000
)
"""Files have no clock; what is forgotten is only what memory cannot hold."""

Row = dict[str, object]
encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Found:
    row: Row

    def line(self) -> bytes:
        return encoder.encode(self.row) + b"\n"


@dataclass(frozen=True, slots=True)
class Broken:
    file: str
    line: int
    problem: str


def analysed(pieces: Iterable[Piece], key: bytes) -> Iterator[Found | Broken]:
    """One for each piece, in order. `key` hashes what conversations are found by."""
    stitcher = Stitcher(key, NO_EXPIRY)
    for piece in pieces:
        try:
            if isinstance(piece.content, WireError):
                raise piece.content
            recording = piece.content.recording
            exchange = read(recording)
        except WireError as error:
            yield Broken(piece.file, piece.line, str(error))
        else:
            id = piece.content.id or f"{piece.file}:{piece.line}"
            placed = place(stitcher, id, exchange, recording)
            yield Found(row(id, exchange, placed))


def place(
    stitcher: Stitcher, id: str, exchange: Exchange, recording: Recording
) -> Placement:
    return stitcher.place(id, exchange, 0.0, caller(recording))


def row(id: str, exchange: Exchange, placed: Placement) -> Row:
    usage = exchange.usage
    text = exchange.text.encode("utf-8", "surrogatepass")
    return {
        "id": id,
        "dialect": exchange.dialect,
        "provider": exchange.provider,
        "operation": exchange.operation,
        "streaming": exchange.streaming,
        "request_model": exchange.request_model,
        "response_model": exchange.response_model,
        "response_id": exchange.response_id,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
        "cached_input_tokens": usage.cached_input_tokens,
        "cache_creation_input_tokens": usage.cache_creation_input_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "input_tokens_incl_cache": usage.input_tokens_incl_cache,
        "output_tokens_incl_reasoning": usage.output_tokens_incl_reasoning,
        "finish_reasons": exchange.finish_reasons,
        "tool_calls": [called(call) for call in exchange.tool_calls],
        "text_len": len(exchange.text),
        "text_sha256": hashlib.sha256(text).hexdigest(),
        "error": exchange.error and failure(exchange.error),
        "n_tool_results_in_request": len(exchange.tool_results),
        "stream_complete": exchange.stream_complete,
        "conversation": placed.conversation,
        "parent": placed.parent,
        "link_evidence": placed.evidence,
    }


def called(call: ToolCall) -> Row:
    return {"id": call.id, "name": call.name, "arguments": call.arguments}


def failure(error: ExchangeError) -> Row:
    return {
        "status": error.status,
        "type": error.type,
        "code": error.code,
        "message": error.message,
        "in_stream": error.in_stream,
    }
