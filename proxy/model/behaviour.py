"""The behaviour of a reply: the closed set, what is read to tell it, and the reading."""

from dataclasses import dataclass
from typing import Literal

Behaviour = Literal[
    "answer",
    "answer_plus_clarify",
    "clarifying_question",
    "confirmation",
    "offer",
    "refusal",
    "abstention",
    "tool_call",
    "empty",
    "cut",
    "unclassified",
]

Kind = Literal[
    "clarify_only",
    "choice_request",
    "answer_plus_clarify",
    "confirmation",
    "offer",
    "courtesy_question",
    "conditional_invite",
    "greeting",
    "refusal",
    "abstain",
    "content_question",
    "game_or_quiz",
    "roleplay",
    "chat",
    "answer",
]
"""Finer than Behaviour: what the rules say the reply's last move to the user is."""

Language = Literal["en", "es", "fr", "de", "pt", "zh", "ja", "other"]

CLARIFYING: frozenset[Behaviour] = frozenset(
    ("clarifying_question", "answer_plus_clarify")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One reply and as much of its request as tells what the reply does."""

    text: str
    refusal: str = ""
    """What the protocol marks as a refusal."""
    refused: bool = False
    """The finish reason says refusal."""
    cut: bool = False
    """Ended by length, a content filter, an error, or a client that left."""
    tool_calls: bool = False
    user: str = ""
    """The user's last message."""
    earlier: tuple[str, ...] = ()
    """The user's messages before it, oldest first."""
    asked: str = ""
    """The assistant's reply before the user's last message."""
    system: str = ""
    json_output: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reply does, and how sure the reader is."""

    behaviour: Behaviour
    probability: float | None
    """That the behaviour is right; None where nothing was classified."""
    clarifying: bool
    clarifying_probability: float | None
    kind: Kind | None = None
    questions: int = 0
    """Requests for information that face the user."""
    re_asked: bool | None = None
    """It asks for what the user already said; None where it asks for nothing."""
    language: Language = "other"
    version: str = ""
