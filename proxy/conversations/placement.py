"""Where an Exchange belongs: its conversation, its parent, and what that rests on."""

from dataclasses import dataclass
from typing import Literal

Evidence = Literal[
    "header",
    "previous_response_id",
    "conversation_id",
    "tool_call_id",
    "output_item_id",
    "history_tool_call",
    "history_text",
]
"""Strongest first: the client's word, the provider's state, ids that come back, and last
a history that begins with all the parent was asked, followed by what it answered."""

Confidence = Literal["certain", "strong", "probable", "ambiguous"]
"""certain: stated. strong: an id that only the parent made. probable: history and answer.
ambiguous: several exchanges fit as well. Of one conversation the newest is taken; of
several none, and the exchange begins a conversation that is a continuation of one of
them: whoever counts first answers leaves it out."""

CONFIDENCE: dict[Evidence, Confidence] = {
    "header": "certain",
    "previous_response_id": "certain",
    "conversation_id": "certain",
    "tool_call_id": "strong",
    "output_item_id": "strong",
    "history_tool_call": "probable",
    "history_text": "probable",
}


@dataclass(frozen=True, slots=True)
class Placement:
    """Conversations are trees: two exchanges may have one parent."""

    exchange: str
    conversation: str
    """The id of its first exchange."""
    parent: str | None
    evidence: Evidence | None
    """None for what begins a conversation."""
    confidence: Confidence | None
    """`ambiguous` without a parent: it continues one of several that look the same."""
    depth: int
    """1 for what begins a conversation; a parent's plus one."""
    call: str
    """The first attempt's id: exchanges with one `call` are one logical call."""
    attempt: int
    """1, and more where a client sent the same request again after a failure."""
    fresh: int
    """Index of the first message of the request that the conversation had not seen; the
    ones before it were counted with earlier exchanges."""
