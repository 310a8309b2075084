"""The wire shapes of the providers' SDKs, as far as the demo speaks them.

A new shape is one file and one line here.
"""

from typing import Final

from proxy.demo.shapes.anthropic import Anthropic
from proxy.demo.shapes.gemini import Gemini
from proxy.demo.shapes.openai_chat import OpenAIChat
from proxy.demo.shapes.openai_responses import OpenAIResponses
from proxy.demo.shapes.shape import Message, Reply, Shape, Tool, ToolCall

__all__ = ["SHAPES", "Message", "Reply", "Shape", "Tool", "ToolCall"]

SHAPES: Final[tuple[tuple[Shape, float], ...]] = (
    (OpenAIChat(), 0.3),
    (OpenAIResponses(), 0.15),
    (Anthropic(), 0.3),
    (Gemini(), 0.25),
)
"""With the share of the conversations that speak it."""

ROUTES: Final = tuple(dict.fromkeys(shape.route for shape, _ in SHAPES))
