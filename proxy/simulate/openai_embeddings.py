"""OpenAI embeddings: `POST /v1/embeddings`, as floats or base64."""

import base64
import random
import struct

from proxy.simulate import openai
from proxy.simulate.answer import Answer, unary
from proxy.simulate.ask import (
    Incoming,
    JsonObject,
    RequestError,
    estimate_tokens,
    limit,
    required_text,
)
from proxy.simulate.plan import Plan

_DIMENSIONS = 256


def respond(incoming: Incoming, plan: Plan) -> Answer:
    body = incoming.json
    model = required_text(body, "model")
    dimensions = limit(body, "dimensions") or _DIMENSIONS
    as_base64 = body.get("encoding_format") == "base64"
    rows = [
        _row(index, _vector(text, dimensions), as_base64)
        for index, text in enumerate(_inputs(body))
    ]
    tokens = estimate_tokens(incoming.body_bytes)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    answer = {"object": "list", "data": rows, "model": model, "usage": usage}
    return unary(answer, openai.headers(plan, tokens))


def _inputs(body: JsonObject) -> list[str]:
    """The texts to embed; lists of token ids count as one text each."""
    given = body.get("input")
    if isinstance(given, str) and given:
        return [given]
    if not isinstance(given, list) or not given:
        raise RequestError("input: a non-empty string or array is required", "input")
    if all(isinstance(token, int) for token in given):
        return [repr(given)]
    return [text if isinstance(text, str) else repr(text) for text in given]


def _vector(text: str, dimensions: int) -> list[float]:
    """A unit vector fixed by the text alone: the same text embeds alike every time."""
    chance = random.Random(text.encode("utf-8", "surrogatepass"))
    raw = [chance.gauss(0.0, 1.0) for _ in range(dimensions)]
    length = sum(value * value for value in raw) ** 0.5
    return [value / length for value in raw]


def _row(index: int, vector: list[float], as_base64: bool) -> JsonObject:
    return {
        "object": "embedding",
        "index": index,
        "embedding": _packed(vector) if as_base64 else vector,
    }


def _packed(vector: list[float]) -> str:
    packed = struct.pack(f"<{len(vector)}f", *vector)
    return base64.b64encode(packed).decode()
