"""The table of wire formats: which path is answered by which file.

A new format is one file with `respond` and `error`, and one line here.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from proxy.simulate import (
    anthropic,
    gemini,
    models,
    openai,
    openai_chat,
    openai_embeddings,
    openai_responses,
)
from proxy.simulate.answer import Answer, Failure
from proxy.simulate.ask import Incoming
from proxy.simulate.plan import Plan


@dataclass(frozen=True, slots=True)
class Format:
    """One endpoint. `path` must match the end of the path: what stands before it is the
    base address, which differs by provider and gateway."""

    name: str
    method: str
    path: re.Pattern[str]
    respond: Callable[[Incoming, Plan], Answer]
    error: Callable[[Failure, Plan], Answer]


def _ends(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:/.*)?{pattern}/?")


FORMATS = (
    Format(
        "openai.chat",
        "POST",
        _ends("/chat/completions"),
        openai_chat.respond,
        openai.error,
    ),
    Format(
        "openai.responses",
        "POST",
        _ends("/responses"),
        openai_responses.respond,
        openai.error,
    ),
    Format(
        "openai.embeddings",
        "POST",
        _ends("/embeddings"),
        openai_embeddings.respond,
        openai.error,
    ),
    Format(
        "anthropic.messages",
        "POST",
        _ends("/v1/messages"),
        anthropic.respond,
        anthropic.error,
    ),
    Format(
        "gemini.generate_content",
        "POST",
        _ends(r"/models/(?P<model>[^/:]+):(?:generateContent|streamGenerateContent)"),
        gemini.respond,
        gemini.error,
    ),
    Format(
        "models",
        "GET",
        _ends(r"/v1(?:beta|alpha)?/models(?:/(?P<model>[^/]+))?"),
        models.respond,
        openai.error,
    ),
)


@dataclass(frozen=True, slots=True)
class Found:
    """The format that answers, with the model its path names."""

    format: Format
    model: str | None


def find(method: str, path: str) -> Found | None:
    """The format for a method and raw path."""
    for row in FORMATS:
        match = row.path.fullmatch(path)
        if match and row.method == method:
            model = match.groupdict().get("model")
            return Found(row, unquote(model) if model else None)
    return None
