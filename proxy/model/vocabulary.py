"""The closed sets of words that every part of Seatrial uses (DECISIONS 3)."""

from typing import Literal

Operation = Literal[
    "chat",
    "generate_content",
    "text_completion",
    "embeddings",
    "count_tokens",
    "rerank",
    "other",
]
"""OpenTelemetry's `gen_ai.operation.name`; the last three are ours."""

ErrorType = Literal[
    "upstream_connect",
    "upstream_timeout",
    "upstream_protocol",
    "upstream_truncated",
    "rate_limited",
    "overloaded",
    "provider_error",
    "auth",
    "invalid_request",
    "content_filter",
    "seatrial",
    "other",
]

ExchangeOutcome = Literal["ok", "client_cancelled", "error"]
"""`error` wherever it was said, inside a 200 too."""

Role = Literal["system", "user", "assistant", "tool", "other"]

OTHER = "other"
"""The dialect of what is forwarded and counted, and never guessed at."""
