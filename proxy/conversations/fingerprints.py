"""Keyed hashes of what exchanges said: equal where the words are, and of no other use.

The key belongs to the instance; without it nobody can try out what was said.
"""

from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from proxy.model.exchange import Message, ToolCall

SIZE = 16
Print = bytes

encoder = msgspec.msgpack.Encoder()
"""It writes lengths, so that no two lists of parts have the same bytes."""


class Fingerprints:
    def __init__(self, key: bytes) -> None:
        self.keyed = blake2b(digest_size=SIZE, key=blake2b(key).digest())

    def of(self, *parts: str | bytes) -> Print:
        """Of all parts in order; where one ends matters."""
        state = self.keyed.copy()
        try:
            state.update(encoder.encode(parts))
        except UnicodeEncodeError:  # half of a surrogate pair
            state.update(repr(parts).encode())
        return state.digest()

    def histories(self, start: Print, messages: Sequence[Message]) -> list[Print]:
        """One more than messages: of nothing, of the first, of the first two, ….

        Instructions are left out: applications edit them between turns.
        """
        found = [start]
        for message in messages:
            if message.role != "system" and says_something(message):
                start = self.of(start, *words(message))
            found.append(start)
        return found

    def instructions(self, messages: Sequence[Message]) -> Print:
        return self.of(*(m.text.strip() for m in messages if m.role == "system"))

    def said(self, history: Print, text: str) -> Print:
        """That this was said in answer to that history."""
        return self.of("said", history, spaced(text))

    def called(self, history: Print, calls: Sequence[ToolCall]) -> Print:
        """That these tools were called in answer to that history, whatever their ids."""
        return self.of("called", history, *named(calls))


def says_something(message: Message) -> bool:
    """Some clients echo an answer without words as an empty message beside its calls."""
    has_words = bool(message.text) and not message.text.isspace()
    return (
        has_words
        or bool(message.tool_calls or message.tool_results)
        or message.media > 0
    )


def words(message: Message) -> list[str]:
    """All of a message that its sender repeats in the next request."""
    # Answers are echoed through a client's own types, which trim and join them.
    is_answer = message.role == "assistant"
    text = spaced(message.text) if is_answer else message.text.strip()
    found = [message.role, text, str(message.media)]
    found += named(message.tool_calls)
    found += [result.text.strip() for result in message.tool_results]
    return found


def spaced(text: str) -> str:
    """Every run of white space as one space, and none at the ends."""
    return " ".join(text.split())


def named(calls: Sequence[ToolCall]) -> list[str]:
    """Calls without arguments are echoed with an empty object."""
    return [part for call in calls for part in (call.name, call.arguments or "{}")]
