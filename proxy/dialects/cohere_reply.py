"""What Cohere answers: v1 flat, v2 in a message; the older API generates texts.

`tokens` are what the model read and wrote, `billed_units` what is paid: the former are
told, the latter only where an answer has nothing else. No answer names its model.
"""

from msgspec import Struct, field

from proxy.dialects.cohere_request import Block, ToolUse, tool_call
from proxy.dialects.counts import Count, whole
from proxy.dialects.dialect import Failure, Reply
from proxy.dialects.parsing import Shape
from proxy.model.exchange import Usage


class Counts(Struct, gc=False):
    input: Count = field(name="input_tokens", default=None)
    output: Count = field(name="output_tokens", default=None)


class Meta(Struct, gc=False):
    """`meta` in v1, `usage` in v2."""

    tokens: Counts | None = None
    billed: Counts | None = field(name="billed_units", default=None)
    cached: Count = field(name="cached_tokens", default=None)


class Said(Struct, gc=False):
    content: list[Block] | str | None = None
    calls: list[ToolUse] | None = field(name="tool_calls", default=None)


class Generation(Struct, gc=False):
    text: str | None = None
    finish: str | None = field(name="finish_reason", default=None)


class Answer(Struct, gc=False):
    id: str | None = None
    response_id: str | None = None
    finish: str | None = field(name="finish_reason", default=None)
    message: Said | str | None = None
    text: str | None = None
    calls: list[ToolUse] | None = field(name="tool_calls", default=None)
    generations: list[Generation] | None = None
    usage: Meta | None = None
    meta: Meta | None = None


shape = Shape("cohere", Answer)


def usage(meta: Meta | None) -> Usage:
    if meta is None:
        return Usage()
    counts = meta.tokens or meta.billed or Counts()
    given, output = whole(counts.input), whole(counts.output)
    return Usage(
        input_tokens=given,
        output_tokens=output,
        cached_input_tokens=whole(meta.cached),
        input_tokens_incl_cache=given,
        output_tokens_incl_reasoning=output,
    )


def read(answer: Answer) -> Reply:
    reply = Reply(
        id=answer.response_id or answer.id, usage=usage(answer.usage or answer.meta)
    )
    if isinstance(answer.message, str) and answer.finish is None:
        reply.failure = Failure(message=answer.message)
    elif answer.generations is not None:
        reply.finish_reasons = [one.finish for one in answer.generations]
        reply.text = answer.generations[0].text or "" if answer.generations else ""
    elif answer.text is not None or answer.message is not None or answer.calls:
        add(reply, answer)
    return reply


def add(reply: Reply, answer: Answer) -> None:
    """The one choice; its reason was not told before 2024."""
    said = answer.message if isinstance(answer.message, Said) else Said()
    content = said.content or []
    blocks = [Block("text", content)] if isinstance(content, str) else content
    texts = [answer.text, *(block.text for block in blocks)]
    reply.finish_reasons = [answer.finish]
    reply.text = "".join(text for text in texts if text)
    reply.reasoning = "".join(block.thinking or "" for block in blocks)
    reply.tool_calls = [tool_call(use) for use in said.calls or answer.calls or ()]
