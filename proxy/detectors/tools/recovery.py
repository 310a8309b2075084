"""Tool recovery: errors that tools report, episodes of them, and how they end.

Two ways in, one reading: `read` takes the newest Exchange of a conversation, whose
request holds the history; `read_whole` takes a conversation that is over.
"""

from collections.abc import Sequence

from proxy.conversations.fingerprints import Fingerprints
from proxy.detectors.tools.facts import Facts, Left
from proxy.detectors.tools.findings import Found
from proxy.detectors.tools.habits import Habits
from proxy.detectors.tools.state import START, State
from proxy.detectors.tools.tracker import Tracker
from proxy.model.exchange import Exchange, Message
from proxy.model.signal import Signal, Source

WINDOW = 3
"""Replies after an error; then its outcome is what it is."""
SILENCE_SECONDS = 1_800.0
MOST_NEW = 256
"""New messages that are read at once, the last ones."""

CUTS = frozenset(
    {"length", "max_tokens", "MAX_TOKENS", "incomplete", "max_output_tokens"}
)


class Recovery:
    """Holds the key and the tools' habits; what it knows of a conversation is a State."""

    def __init__(self, prints: Fingerprints, window: int | None = WINDOW) -> None:
        self.prints = prints
        self.facts = Facts(prints)
        self.habits = Habits()
        self.window = window

    def read(
        self,
        exchange: Exchange,
        fresh: int,
        before: State = START,
        now: float | None = None,
        is_cancelled: bool = False,
    ) -> tuple[Found, State]:
        """`fresh`: index of the first message not seen with an earlier exchange."""
        tracker = Tracker(before, self.prints, self.habits, self.window)
        messages = exchange.messages
        known = newest(messages)
        start = max(min(fresh, len(messages)), len(messages) - MOST_NEW)
        for index in range(start, len(messages)):
            # What came before the newest answer happened at a time nobody here saw.
            at = now if index >= known else None
            for fact in self.facts.of_message(messages[index], index):
                tracker.take(fact, at)
        if is_cancelled:
            tracker.take(Left(), now)
        elif has_reply(exchange):
            cut = any(reason in CUTS for reason in exchange.finish_reasons)
            reply = self.facts.replied(exchange.text, exchange.tool_calls, cut)
            tracker.take(reply, now)
        return tracker.found, tracker.state(now)

    def expire(self, before: State, now: float) -> tuple[Found, State]:
        """Closes what nobody came back to."""
        tracker = Tracker(before, self.prints, self.habits, self.window)
        if before.seen is None or now - before.seen > SILENCE_SECONDS:
            tracker.close_all()
        return tracker.found, tracker.state(before.seen)

    def read_whole(self, messages: Sequence[Message]) -> Found:
        """Of a conversation that is over, its last answer included; events in order."""
        tracker = Tracker(START, self.prints, self.habits, None)
        for fact in self.facts.of(messages):
            tracker.take(fact, None)
        tracker.close_all()
        tracker.found.events.sort(key=lambda event: event.result)
        tracker.found.episodes.sort(key=lambda episode: episode.number)
        return tracker.found


def newest(messages: Sequence[Message]) -> int:
    """Index behind the newest answer that the history holds."""
    for index in range(len(messages) - 1, -1, -1):
        if messages[index].role == "assistant":
            return index + 1
    return 0


def has_reply(exchange: Exchange) -> bool:
    if exchange.error is not None or exchange.stream_complete is False:
        return False
    return exchange.operation in ("chat", "generate_content", "text_completion")


def signals(
    found: Found, subject: str, now: float | None, source: Source = "live"
) -> list[Signal]:
    """What was found, as signals about an exchange or a conversation."""
    made: list[Signal] = []
    for error in found.errors:
        made.append(Signal("tool_error", True, subject, now, source, error.proof))
        if error.is_identical:
            made.append(
                Signal("identical_repeat", True, subject, now, source, "arguments")
            )
    for event in found.events:
        how = event.sub or "next_call"
        made.append(Signal("tool_outcome", event.outcome, subject, now, source, how))
    for episode in found.episodes:
        how = episode.sub or "next_call"
        made.append(Signal("tool_episode", episode.outcome, subject, now, source, how))
    made += [Signal("tool_loop", True, subject, now, source, "arguments")] * len(
        found.loops
    )
    return made
