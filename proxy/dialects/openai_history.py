"""The request of the Responses dialect: its items, put together into messages."""

from msgspec import Raw, Struct

from proxy.dialects.dialect import Ask
from proxy.dialects.openai_items import (
    CLIENT_CALLS,
    NAME,
    OUTPUTS,
    Item,
    Part,
    text,
    tool_call,
)
from proxy.dialects.openai_request import ROLES, Typed
from proxy.dialects.parsing import ABSENT, NONE, Shape
from proxy.model.exchange import Message, ToolResult
from proxy.model.vocabulary import Role


class Conversation(Struct, gc=False):
    id: str | None = None


class Text(Struct, gc=False):
    format: Typed | None = None


class ResponsesAsk(Struct, gc=False):
    model: str | None = None
    stream: bool | None = None
    instructions: Raw = NONE
    input: list[Item | str] | str | None = None
    tools: list[Raw] | None = None
    previous_response_id: str | None = None
    conversation: Conversation | str | None = None
    text: Text | None = None
    max_output_tokens: int | None = None


ASK = Shape(NAME, ResponsesAsk)


def read(body: bytes) -> Ask:
    asked = ASK.read(body)
    wanted = asked.text.format if asked.text is not None else None
    held = asked.conversation
    return Ask(
        model=asked.model,
        stream=asked.stream is True,
        messages=instructions(asked) + history(asked.input),
        tools_declared=len(asked.tools or ()),
        json_output=wanted is not None and wanted.type not in (None, "text"),
        max_output_tokens=asked.max_output_tokens,
        previous_response_id=asked.previous_response_id,
        conversation_id=held.id if isinstance(held, Conversation) else held,
    )


def instructions(asked: ResponsesAsk) -> list[Message]:
    """A text, or (in templates) a list of items."""
    data = bytes(asked.instructions)
    if data in ABSENT:
        return []
    said = INSTRUCTIONS.read(data)
    return [Message("system", said)] if isinstance(said, str) else history(said)


INSTRUCTIONS = Shape[list[Item | str] | str](NAME, list[Item | str] | str)  # type: ignore[arg-type]


def history(given: list[Item | str] | str | None) -> list[Message]:
    """Neighbouring items of the model are one message: it said them in one answer."""
    if isinstance(given, str):
        return [Message("user", given)]
    found: list[Message] = []
    group: list[Item] = []
    for item in given or ():
        if isinstance(item, str):
            item = Item(type="message", role="user", content=item)
        if said_by_model(item):
            group.append(item)
            continue
        found += answer(group)
        group = []
        found.append(message(item))
    return found + answer(group)


def said_by_model(item: Item) -> bool:
    if item.type in (None, "message"):
        return item.role == "assistant"
    return item.type not in OUTPUTS and item.role is None


def answer(group: list[Item]) -> list[Message]:
    if not group:
        return []
    said = "".join(text(i.content) for i in group if i.type in (None, "message"))
    calls = tuple(tool_call(i) for i in group if i.type in CLIENT_CALLS)
    ids = tuple(i.id for i in group if i.id)
    return [Message("assistant", said, calls, item_ids=ids)]


def message(item: Item) -> Message:
    ids = (item.id,) if item.id else ()
    if item.type in OUTPUTS:
        said = output(item.output)
        result = ToolResult(item.call_id, None, said, item.name)
        return Message("tool", said, tool_results=(result,), item_ids=ids)
    role: Role = ROLES.get(item.role or "", "other")
    return Message(role, text(item.content), media=media(item.content), item_ids=ids)


def output(given: Raw) -> str:
    """A tool's result: a text, or a list of parts."""
    data = bytes(given)
    return "" if data in ABSENT else text(OUTPUT.read(data))


OUTPUT = Shape[list[Part | str] | str | None](NAME, list[Part | str] | str | None)  # type: ignore[arg-type]


def media(content: list[Part | str] | str | None) -> int:
    if content is None or isinstance(content, str):
        return 0
    return sum(not isinstance(p, str) and p.text is None for p in content)
