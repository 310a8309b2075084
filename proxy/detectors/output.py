"""Output health: answers that are cut, filtered, empty, broken, or running in circles."""

import re
import zlib
from collections.abc import Iterator, Sequence

import msgspec

from proxy.detectors.languages import language
from proxy.model.exchange import Exchange, Message, ToolCall
from proxy.model.signal import Signal, SignalName, Source

LENGTH = frozenset(
    {
        *("length", "max_tokens", "MAX_TOKENS", "max_output_tokens", "incomplete"),
        *("LENGTH", "model_length", "model_context_window_exceeded", "token_limit", 2),
    }
)
"""Numbers are Gemini's enum, where it is sent as such."""
FILTERS = frozenset(
    {
        *("content_filter", "content_filtered", "guardrail_intervened", "SAFETY"),
        *("RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"),
        *("ERROR_TOXIC", "safety", "MODEL_ARMOR", 3, 4, 6, 7, 8),
    }
)
MALFORMED = frozenset({"MALFORMED_FUNCTION_CALL", "malformed_tool_use", 9})
PENDING = frozenset({"queued", "in_progress"})
"""The answer is fetched later."""
UNFINISHED = LENGTH | FILTERS | MALFORMED | PENDING
TALKS = frozenset({"chat", "generate_content", "text_completion"})

TAIL = 1_200
"""Characters at the end in which a loop is looked for: a loop ends at the cut."""
LONGEST = 240
"""Characters of one round."""
ROUNDS = 5
SHORTEST = 160
"""Characters that all rounds must fill."""
PACKED = 0.3
"""What runs in circles packs to less than that."""

ASKS_LANGUAGE = re.compile(
    r"\btransl|\btradu|übersetz|翻译|翻訳|\bin (?:english|spanish|french|german|portuguese"
    r"|chinese|japanese)\b|\b(?:en|in|em|auf) (?:inglés|español|francés|alemán|portugués|chino"
    r"|japonés|anglais|espagnol|français|allemand|englisch|deutsch|spanisch|französisch|inglês"
    r"|espanhol|francês|alemão)\b|(?:英|中|日|法|德|西班牙|葡萄牙|フランス|スペイン|ドイツ)[语文語]",
    re.IGNORECASE,
)

SAYS = 1_000
"""Characters at either end of a message in which a language is asked for."""

decode = msgspec.json.Decoder().decode


def read(
    exchange: Exchange,
    subject: str,
    now: float | None,
    source: Source = "live",
    is_cancelled: bool = False,
) -> list[Signal]:
    """`is_cancelled`: the client left; then an empty answer is nobody's fault."""
    if exchange.operation not in TALKS:
        return []
    found = [*ended(exchange), *said(exchange, is_cancelled)]
    return [Signal(name, True, subject, now, source, why) for name, why in found]


def ended(exchange: Exchange) -> Iterator[tuple[SignalName, str]]:
    reasons = exchange.finish_reasons
    if any(reason in LENGTH for reason in reasons):
        yield "truncated", "finish_reason"
    if any(reason in FILTERS for reason in reasons):
        yield "filtered", "finish_reason"
    elif exchange.error and exchange.error.error_type == "content_filter":
        yield "filtered", "error"


def said(exchange: Exchange, is_cancelled: bool) -> Iterator[tuple[SignalName, str]]:
    if any(not is_object(call) for call in exchange.tool_calls):
        yield "invalid_arguments", "json"
    elif any(reason in MALFORMED for reason in exchange.finish_reasons):
        yield "invalid_arguments", "finish_reason"
    if runs_in_circles(exchange.text):
        yield "repetition", "period"
    if is_empty(exchange) and not is_cancelled:
        yield "empty_answer", "text"
    # Beside a call, words are for the log more than for the user.
    if not exchange.tool_calls and switches(exchange.messages, exchange.text):
        yield "language_switch", "languages"


def is_object(call: ToolCall) -> bool:
    if not call.arguments.strip():
        return True  # a call without parameters
    try:
        return isinstance(decode(call.arguments), dict)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False


def is_empty(exchange: Exchange) -> bool:
    """It ended well and says nothing. A thought of which nothing is told is empty."""
    if any(reason in UNFINISHED for reason in exchange.finish_reasons):
        return False
    if exchange.error is not None or exchange.status != 200:
        return False
    if exchange.stream_complete is False or exchange.truncated_response:
        return False
    acts = exchange.tool_calls or exchange.server_tool_calls or exchange.refusal
    return not acts and not exchange.text.strip()


def runs_in_circles(text: str) -> bool:
    """The text ends in the same words over and over."""
    tail = text[-TAIL:]
    if len(tail) < SHORTEST:
        return False
    if sum(map(str.isalpha, tail)) < len(tail) / LONGEST:
        return False
    raw = tail.encode("utf-8", "backslashreplace")
    if len(zlib.compress(raw, 1)) > PACKED * len(raw):
        return False
    return is_periodic(tail[::-1])


def is_periodic(text: str) -> bool:
    """A beginning of it is one round, said at least `ROUNDS` times (Knuth's borders)."""
    borders = [0] * len(text)
    length = 0
    for index in range(1, len(text)):
        while length and text[index] != text[length]:
            length = borders[length - 1]
        length += text[index] == text[length]
        borders[index] = length
        size = index + 1
        period = size - length
        is_round = period <= LONGEST and size >= max(SHORTEST, ROUNDS * period)
        if is_round and has_words(text[:period]):
            return True
    return False


def has_words(piece: str) -> bool:
    """Rulers, dots and columns of numbers are no loop."""
    return sum(map(str.isalpha, piece)) >= 2


def switches(messages: Sequence[Message], reply: str) -> bool:
    """The reply is in another language than the user's last words, who asked for none."""
    asked = next((m.text for m in reversed(messages) if m.role == "user"), "")
    if not asked.strip() or not reply.strip():
        return False
    theirs = language(asked)
    if theirs is None or language(reply) in (None, theirs):
        return False
    told = "\n".join(m.text[:SAYS] for m in messages if m.role == "system")
    ends = f"{asked[:SAYS]}\n{asked[-SAYS:]}\n{told[:SAYS]}"
    return ASKS_LANGUAGE.search(ends) is None
