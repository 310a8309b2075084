"""What in a request points back at an earlier exchange, strongest and newest first."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from proxy.conversations.fingerprints import Fingerprints, Print
from proxy.conversations.placement import Evidence
from proxy.model.exchange import Exchange, Message, ToolCall

MOST_MESSAGES = 64
"""Counted from the end; what a longer history holds before is not looked up."""
SHORTEST_ID = 6
"""Letters and digits that must be left of a tool call's id for it to be one of a kind."""
COUNTERS = re.compile(r"(?i)functions?|call|tool(?:_?use)?|[^a-z0-9]")
ITEMS = ("msg_", "rs_", "fc_", "thought_")
"""Every answer has an item of these kinds. Others (searches, loaded tools, compactions)
hold state that clients take along into other conversations."""
SHORTEST_ITEM = 12
"""Characters behind the prefix; shorter ones (`msg_1`) were counted or made up."""


Manner = tuple[Print, Print, bool, int]
"""Model, instructions, streaming and the number of tools: how an application asks."""


@dataclass(frozen=True, slots=True)
class Clue:
    """`key` is what the earlier exchange left, `fresh` what it leaves unseen."""

    evidence: Evidence
    key: Print
    history: Print | None
    """What that exchange had been asked, if it is this request's own beginning."""
    fresh: int


class Clues:
    """One exchange's clues, and the keys it leaves for later ones.

    Keys hold the API family (`openai`, `anthropic`, …): a history that an application
    carries from one vendor's API to another's begins a conversation with another model.
    """

    def __init__(
        self, prints: Fingerprints, exchange: Exchange, source: str = "live"
    ) -> None:
        self.prints = prints
        self.exchange = exchange
        self.family = exchange.dialect.partition(".")[0]
        if source != "live":
            self.family = f"{source} {self.family}"
        start = prints.of("history", self.family)
        self.histories = prints.histories(start, exchange.messages)
        self.manner = self.found_manner()
        self.request = self.beginning(len(exchange.messages))
        """Equal when a client sends the whole request again."""

    @property
    def history(self) -> Print:
        """Of all that was asked."""
        return self.histories[-1]

    def key(self, kind: str, id: str) -> Print:
        return self.prints.of(kind, self.family, id)

    def found_manner(self) -> Manner:
        one = self.exchange
        return (
            self.prints.of("model", one.provider, one.request_model or ""),
            self.prints.instructions(one.messages),
            one.stream_requested,
            one.tools_declared,
        )

    def beginning(self, size: int) -> Print:
        """Of the request that so many of the messages would make."""
        one = self.exchange
        return self.prints.of(
            "request",
            self.histories[size],
            *self.manner[:2],
            one.dialect,
            one.previous_response_id or "",
            one.conversation_id or "",
            *(id for message in one.messages[:size] for id in ids(message)),
        )

    def before(self, clue: Clue) -> Print:
        """Of the request that the clue's maker had, if nothing of it was changed."""
        return self.beginning(max(0, clue.fresh - 1))

    def __iter__(self) -> Iterator[Clue]:
        yield from self.stated()
        messages = self.exchange.messages
        for at in range(len(messages) - 1, max(-1, len(messages) - MOST_MESSAGES), -1):
            yield from self.ids(messages[at], at)
            if messages[at].role == "assistant":
                yield from self.answers(messages[at], at)

    def stated(self) -> Iterator[Clue]:
        one, fresh = self.exchange, after_answers(self.exchange.messages)
        if one.previous_response_id:
            key = self.key("response", one.previous_response_id)
            yield Clue("previous_response_id", key, None, fresh)
        if one.conversation_id:
            key = self.key("conversation", one.conversation_id)
            yield Clue("conversation_id", key, None, fresh)

    def ids(self, message: Message, at: int) -> Iterator[Clue]:
        history = self.histories[at]
        for call in message.tool_calls:
            if is_unique(call.id, call.name):
                key = self.key("tool", call.id or "")
                yield Clue("tool_call_id", key, history, at + 1)
        for result in message.tool_results:
            if is_unique(result.id, result.name):
                yield Clue(
                    "tool_call_id",
                    self.key("tool", result.id or ""),
                    self.histories[max(at - 1, 0)],
                    at,
                )
        # Some clients put a function call's item id where its call id belongs.
        for id in ids(message):
            if is_item(id):
                yield Clue("output_item_id", self.key("item", id), history, at + 1)

    def answers(self, message: Message, at: int) -> Iterator[Clue]:
        history = self.histories[at]
        if message.tool_calls:
            key = self.prints.called(history, message.tool_calls)
            yield Clue("history_tool_call", key, history, at + 1)
        if message.text.strip():
            key = self.prints.said(history, message.text)
            yield Clue("history_text", key, history, at + 1)

    def left(self) -> list[Print]:
        """The keys by which later exchanges find this one."""
        one = self.exchange
        keys = [self.request]
        if one.response_id:
            keys.append(self.key("response", one.response_id))
        if one.conversation_id:
            keys.append(self.key("conversation", one.conversation_id))
        keys += [self.key("item", id) for id in one.item_ids if is_item(id)]
        for call in one.tool_calls:
            if is_unique(call.id, call.name):
                keys.append(self.key("tool", call.id or ""))
        for choice in sorted({call.choice for call in one.tool_calls}):
            calls = [call for call in one.tool_calls if call.choice == choice]
            # With ids of their own they are found by these, or were made by another.
            if not are_unique(calls):
                keys.append(self.prints.called(self.history, calls))
        if one.text.strip():
            keys.append(self.prints.said(self.history, one.text))
        return keys


def ids(message: Message) -> Iterator[str]:
    yield from message.item_ids
    yield from (call.id for call in message.tool_calls if call.id)
    yield from (result.id for result in message.tool_results if result.id)


def is_item(id: str) -> bool:
    return id.startswith(ITEMS) and len(id.partition("_")[2]) >= SHORTEST_ITEM


def is_unique(id: str | None, name: str | None) -> bool:
    """Some servers count calls ("0", "call_1") or name them after the tool."""
    if id is None:
        return False
    rest = id.replace(name, "") if name else id
    return len(rest) >= SHORTEST_ID <= len(COUNTERS.sub("", rest))


def are_unique(calls: Sequence[ToolCall]) -> bool:
    return all(is_unique(call.id, call.name) for call in calls)


def after_answers(messages: Sequence[Message]) -> int:
    """Index behind the last message of the assistant."""
    for at in range(len(messages) - 1, -1, -1):
        if messages[at].role == "assistant":
            return at + 1
    return 0
