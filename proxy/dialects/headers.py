"""What an answer's headers say: the request's id and what is left of the limits."""

from collections.abc import Mapping

from proxy.recording.recording import Headers

REQUEST_IDS = (
    "x-request-id",
    "request-id",
    "apim-request-id",
    "x-amzn-requestid",
    "x-generation-id",
    "mistral-correlation-id",
    "x-kong-request-id",
    "x-debug-trace-id",
    "x-ds-trace-id",
)
LENGTH = len("content-encoding")


def lowered(headers: Headers) -> dict[str, str]:
    """Names in lower case; values of a repeated header joined as RFC 9110 §5.3 allows."""
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name = raw_name.lower().decode("latin-1")
        value = raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def encoding(headers: Headers) -> str:
    """All of a body's content encodings, in the order in which they were applied."""
    found = ""
    for name, value in headers:
        if len(name) == LENGTH and name.lower() == b"content-encoding":
            found += "," + value.decode("latin-1")
    return found


def request_id(headers: Mapping[str, str]) -> str | None:
    for name in REQUEST_IDS:
        if headers.get(name):
            return headers[name]
    return None


def rate_limits(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        [h for h in headers.items() if "ratelimit" in h[0] or "retry-after" in h[0]]
    )
