"""The dialect of an exchange, chosen by its path, then by its host.

The path comes first because self-hosted servers stand on any host. Nothing here reads a
body: a choice costs a few lookups, and a route's own `dialect` makes it unnecessary.
"""

from urllib.parse import unquote

from proxy.model.vocabulary import OTHER, Operation

LAST_SEGMENT = {
    "embeddings": "openai.embeddings",
    "responses": "openai.responses",
    "complete": "anthropic.complete",
    "interactions": "gemini.interactions",
    "converse": "bedrock.converse",
    "converse-stream": "bedrock.converse_stream",
    "invoke": "bedrock.invoke",
    "invoke-with-response-stream": "bedrock.invoke_stream",
}
AFTER_API = {
    "chat": "ollama.chat",
    "generate": "ollama.generate",
    "embed": "ollama.embed",
    "embeddings": "ollama.embed",
}
AFTER_VERSION = {
    "messages": "anthropic.messages",
    "chat": "cohere.chat",
    "generate": "cohere.generate",
    "embed": "cohere.embed",
}
ACTIONS = {
    "generateContent": "gemini.generate_content",
    "streamGenerateContent": "gemini.generate_content",
    "embedContent": "gemini.embed",
    "batchEmbedContents": "gemini.embed",
    "predict": "vertex.predict_embed",
    "rawPredict": "anthropic.messages",
    "streamRawPredict": "anthropic.messages",
}
VERSIONS = {"v1", "v2"}


def chosen(fixed: str, method: str, target: bytes, upstream: str | None) -> str:
    """A route's own dialect, unless it is `auto`; what is no model call in any dialect
    (GET, counting tokens) is none on such a route either."""
    if fixed == "auto":
        return dialect(method, target, upstream)
    path = target.partition(b"?")[0].decode("latin-1")
    is_call = method == "POST" and operation(method, path) == "other"
    return fixed if is_call else OTHER


def dialect(method: str, target: bytes, upstream: str | None) -> str:
    """The dialect's name, or `other` for what is no model call (GET, files, batches)."""
    if method != "POST":
        return OTHER
    path = target.partition(b"?")[0].decode("latin-1")
    rest, _, last = path.rpartition("/")
    if "%3" in last:  # some clients encode the colon of Google's methods
        last = unquote(last)
    if ":" in last:
        return action(path, last.rpartition(":")[2])
    if last == "invocations":
        return OPENAI_LIKE if "/serving-endpoints/" in path else OTHER
    before = rest[rest.rfind("/") + 1 :]
    if last == "completions":
        return completions(before, upstream)
    if before == "api" and last in AFTER_API:
        return AFTER_API[last]
    if before in VERSIONS and last in AFTER_VERSION:
        return OPENAI_LIKE if on_writer(last, upstream) else AFTER_VERSION[last]
    if last.startswith(("converse", "invoke")) and "/model/" not in path:
        return OTHER
    return LAST_SEGMENT.get(last, OTHER)


OPENAI_LIKE = "openai.chat"
CHATS = ("chat", "agents", "fim")
"""Mistral's agents and its filling in the middle answer like a chat, too."""


def on_writer(last: str, upstream: str | None) -> bool:
    """Writer answers /v1/chat in OpenAI's dialect, where Cohere has its own."""
    return last == "chat" and "writer.com" in (upstream or "")


def completions(before: str, upstream: str | None) -> str:
    if before in CHATS:
        return OPENAI_LIKE
    return (
        "writer.completions"
        if "writer.com" in (upstream or "")
        else "openai.completions"
    )


def action(path: str, name: str) -> str:
    """Google's custom methods; Vertex lends rawPredict to several publishers."""
    if name.endswith("awPredict") and "/publishers/anthropic/" not in path:
        return OTHER
    return ACTIONS.get(name, OTHER)


def operation(method: str, path: str) -> Operation:
    """What a request is that no dialect reads: `other` unless it is a known kind."""
    last = path.rpartition("/")[2].rpartition(":")[2]
    if method == "POST" and last in ("count_tokens", "count-tokens", "countTokens"):
        return "count_tokens"
    return "rerank" if method == "POST" and last == "rerank" else "other"
