"""The lists of models: `GET /v1/models` of OpenAI, Anthropic and Gemini."""

from collections.abc import Callable
from dataclasses import dataclass

from proxy.simulate import anthropic, gemini, openai
from proxy.simulate.answer import Answer, Failure, unary
from proxy.simulate.ask import Incoming, JsonObject
from proxy.simulate.plan import EPOCH, Plan


def respond(incoming: Incoming, plan: Plan) -> Answer:
    provider = _provider(incoming)
    rows = [provider.row(name) for name in provider.models]
    if incoming.path_model is None:
        return unary(provider.whole(rows), ())
    for name, row in zip(provider.models, rows, strict=True):
        if name == incoming.path_model:
            return unary(row, ())
    failure = Failure("not_found", f"there is no model {incoming.path_model!r}")
    return provider.error(failure, plan)


@dataclass(frozen=True, slots=True)
class _Provider:
    models: tuple[str, ...]
    row: Callable[[str], JsonObject]
    whole: Callable[[list[JsonObject]], JsonObject]
    error: Callable[[Failure, Plan], Answer]


def _provider(incoming: Incoming) -> _Provider:
    """Who is meant: the three share a path, and their SDKs differ in headers."""
    if "anthropic-version" in incoming.headers:
        return ANTHROPIC
    by_header = "x-goog-api-key" in incoming.headers
    by_query = "key" in incoming.query
    return GEMINI if by_header or by_query or "/v1beta/" in incoming.target else OPENAI


def _openai_row(name: str) -> JsonObject:
    return {"id": name, "object": "model", "created": EPOCH, "owned_by": "seatrial"}


def _anthropic_row(name: str) -> JsonObject:
    created = "2026-01-01T00:00:00Z"
    return {"type": "model", "id": name, "display_name": name, "created_at": created}


def _anthropic_list(rows: list[JsonObject]) -> JsonObject:
    first, last = rows[0]["id"], rows[-1]["id"]
    return {"data": rows, "has_more": False, "first_id": first, "last_id": last}


def _openai_list(rows: list[JsonObject]) -> JsonObject:
    return {"object": "list", "data": rows}


def _gemini_list(rows: list[JsonObject]) -> JsonObject:
    return {"models": rows}


def _gemini_row(name: str) -> JsonObject:
    return {
        "name": f"models/{name}",
        "displayName": name,
        "supportedGenerationMethods": ["generateContent", "streamGenerateContent"],
    }


# Any name is accepted by the chat endpoints; these are the ones shown.
OPENAI = _Provider(
    ("sim-large", "sim-small", "sim-embedding"), _openai_row, _openai_list, openai.error
)
ANTHROPIC = _Provider(
    ("sim-opus", "sim-haiku"), _anthropic_row, _anthropic_list, anthropic.error
)
GEMINI = _Provider(("sim-pro", "sim-flash"), _gemini_row, _gemini_list, gemini.error)
