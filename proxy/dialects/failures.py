"""Errors of every provider, read into type, code, message and one word of ours."""

import json
import re
from collections.abc import Mapping

import msgspec

from proxy.dialects.dialect import Failure
from proxy.dialects.parsing import ABSENT, UNREADABLE, scrubbed
from proxy.model.exchange import ExchangeError
from proxy.model.vocabulary import ErrorType
from proxy.recording.recording import Recording

AMAZON_TYPE = "x-amzn-errortype"
KEY = re.compile(r"api[ _-]?key|API_KEY_INVALID", re.IGNORECASE)
FILTERED = re.compile(r"content_?(filter|policy)|ResponsibleAI", re.IGNORECASE)
WORDS: tuple[tuple[re.Pattern[str], ErrorType], ...] = (
    (FILTERED, "content_filter"),
    (re.compile(r"overloaded|unavailable|capacity", re.IGNORECASE), "overloaded"),
    (
        re.compile(r"rate_?limit|too_?many|thrott|quota|exhausted", re.IGNORECASE),
        "rate_limited",
    ),
    (
        re.compile(
            r"auth|permission|forbidden|access_?denied|token_?exception", re.IGNORECASE
        ),
        "auth",
    ),
    (
        re.compile(r"invalid|not_?found|validation|bad_?request|failed", re.IGNORECASE),
        "invalid_request",
    ),
)
REFUSALS: dict[str, ErrorType] = {
    "connect": "upstream_connect",
    "tls": "upstream_connect",
    "dns": "upstream_connect",
    "timeout": "upstream_timeout",
    "protocol": "upstream_protocol",
    "stale": "upstream_protocol",
}


def read(body: bytes, headers: Mapping[str, str]) -> Failure:
    """An answer of status 400 or more, in whatever shape; never raises."""
    try:
        document = scrubbed(json.loads(body)) if body else None
    except UNREADABLE:
        document = None
    failure = stated(document) or Failure()
    amazon = headers.get(AMAZON_TYPE)
    if amazon:
        failure.type = amazon.partition(":")[0]
    return failure


def event(data: bytes) -> Failure:
    """An event that is an error by its name, whatever it holds; never raises."""
    try:
        document = scrubbed(json.loads(data))
    except UNREADABLE:
        document = {"message": data.decode("utf-8", "replace").strip()}
    return stated(document) or Failure()


def raw(value: msgspec.Raw) -> Failure | None:
    """The `error` field of an answer that is otherwise good; None where it is null."""
    data = bytes(value)
    if data in ABSENT:
        return None
    try:
        return stated({"error": scrubbed(json.loads(data))})
    except UNREADABLE:
        return Failure()


def stated(document: object) -> Failure | None:
    """The error that `document` is or holds; None where it holds none."""
    if isinstance(document, list):
        return next((f for item in document if (f := stated(item))), None)
    if not isinstance(document, dict):
        return None
    inner = document.get("error")
    if isinstance(inner, dict):
        kind = inner.get("type")
        if kind is None and isinstance(inner.get("status"), str):
            kind = inner["status"]  # Google's
        message = first(inner, "message", "detail", "error")
        return Failure(word(kind), word(inner.get("code")), word(message))
    kind = first(document, "type", "error_type", "__type")
    message = first(document, "error", "message", "Message", "detail", "errors")
    if message is None:
        return None
    return Failure(word(kind), word(document.get("code")), word(message))


def first(document: dict[object, object], *names: str) -> object:
    return next((document[n] for n in names if document.get(n) is not None), None)


def word(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def error(failure: Failure, status: int | None, in_stream: bool) -> ExchangeError:
    kind = failure.error_type or classified(failure, status)
    return ExchangeError(
        status, failure.type, failure.code, failure.message, in_stream, kind
    )


def classified(failure: Failure, status: int | None) -> ErrorType:
    """By status where it is one of failure, else by the provider's own words."""
    words = f"{failure.type} {failure.code}"
    if FILTERED.search(words):
        return "content_filter"
    if status is None or status < 400:
        return by_words(f"{words} {failure.message}", words)
    if status == 429:
        return "rate_limited"
    if status in (503, 529) or "overloaded" in words.lower():
        return "overloaded"
    if status in (401, 403) or (status == 400 and KEY.search(failure.message or "")):
        return "auth"
    return "invalid_request" if status < 500 else "provider_error"


def by_words(text: str, words: str) -> ErrorType:
    status = re.search(r"\b[45]\d\d\b", words)
    if status:
        return classified(Failure(message=text), int(status[0]))
    hit = next((kind for pattern, kind in WORDS if pattern.search(words)), None)
    return hit or "provider_error"


def of_the_relay(recording: Recording) -> ExchangeError | None:
    """What went wrong before, around or instead of an answer. Leaving is no error."""
    status = recording.status
    word = recording.peer_error
    if recording.refusal is not None:
        kind = REFUSALS.get(recording.refusal, "seatrial")
        code = recording.refusal
        return ExchangeError(status, "seatrial_error", code, word, False, kind)
    match recording.outcome:
        case "upstream_cut":
            return ExchangeError(status, None, None, word, True, "upstream_truncated")
        case "upstream_error":
            return ExchangeError(status, None, None, word, False, "upstream_protocol")
        case "complete" | "client_gone" | "refused":
            return None
