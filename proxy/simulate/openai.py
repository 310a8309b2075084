"""What every OpenAI endpoint shares: response headers and the shape of errors."""

from proxy.simulate.answer import Answer, Failure, Headers, failed, retry_headers
from proxy.simulate.plan import Plan

_LIMIT_REQUESTS = 10_000
_LIMIT_TOKENS = 2_000_000

_STATUS = {
    "bad_request": (400, "invalid_request_error", None),
    "not_found": (404, "invalid_request_error", "not_found"),
    "rate_limited": (429, "requests", "rate_limit_exceeded"),
    "server_error": (500, "server_error", None),
    "overloaded": (503, "server_error", "service_unavailable"),
}


def headers(plan: Plan, tokens: int = 0) -> Headers:
    """Request id, processing time and rate limits; resets are durations, not dates."""
    return (
        ("x-request-id", plan.token("req_", 32)),
        ("openai-processing-ms", str(round(plan.ttft * 1000))),
        ("openai-version", "2020-10-01"),
        ("x-ratelimit-limit-requests", str(_LIMIT_REQUESTS)),
        ("x-ratelimit-limit-tokens", str(_LIMIT_TOKENS)),
        ("x-ratelimit-remaining-requests", str(_LIMIT_REQUESTS - 1)),
        ("x-ratelimit-remaining-tokens", str(max(0, _LIMIT_TOKENS - tokens))),
        ("x-ratelimit-reset-requests", "6ms"),
        ("x-ratelimit-reset-tokens", "0s"),
    )


def error(failure: Failure, plan: Plan) -> Answer:
    status, kind, code = _STATUS[failure.name]
    sent = headers(plan)
    if failure.name == "rate_limited":
        sent = (*_exhausted(sent), *retry_headers(plan.retry_after))
    body = {
        "message": failure.message,
        "type": kind,
        "param": failure.param,
        "code": code,
    }
    return failed(status, {"error": body}, sent)


def _exhausted(sent: Headers) -> Headers:
    spent = "x-ratelimit-remaining-requests"
    return tuple((name, "0" if name == spent else value) for name, value in sent)
