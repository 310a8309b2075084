"""Make a Reply of an Exchange: the part of it that tells what the model's text does."""

from proxy.model.behaviour import Reply
from proxy.model.exchange import Exchange, Message

CUT_REASONS = frozenset(
    (
        *("length", "max_tokens", "max_output_tokens", "model_length", "incomplete"),
        *("content_filter", "content_filtered", "safety", "recitation", "blocklist"),
        *("prohibited_content", "spii", "error", "error_limit", "error_toxic", "abort"),
        *("model_context_window_exceeded", "guardrail_intervened", "user_cancel"),
    )
)
"""Finish reasons of all dialects, in small letters, that leave a reply unfinished."""
REFUSAL_REASON = "refusal"
EARLIER = 8
"""User messages before the last that are kept."""


def reply_of(exchange: Exchange, *, client_gone: bool = False) -> Reply:
    reasons = {r.lower() for r in exchange.finish_reasons if isinstance(r, str)}
    users = [m.text for m in exchange.messages if m.role == "user" and m.text]
    return Reply(
        text=exchange.text,
        refusal=exchange.refusal,
        refused=REFUSAL_REASON in reasons,
        cut=_is_cut(exchange, client_gone=client_gone, reasons=reasons),
        tool_calls=bool(exchange.tool_calls),
        user=users[-1] if users else "",
        earlier=tuple(users[-1 - EARLIER : -1]),
        asked=_said_before(exchange.messages),
        system=next((m.text for m in exchange.messages if m.role == "system"), ""),
        json_output=exchange.json_output,
    )


def _is_cut(exchange: Exchange, *, client_gone: bool, reasons: set[str]) -> bool:
    return (
        client_gone
        or exchange.error is not None
        or exchange.stream_complete is False
        or exchange.truncated_response
        or not reasons.isdisjoint(CUT_REASONS)
    )


def _said_before(messages: tuple[Message, ...]) -> str:
    """The assistant's last words in the history."""
    texts = (m.text for m in reversed(messages) if m.role == "assistant" and m.text)
    return next(texts, "")
