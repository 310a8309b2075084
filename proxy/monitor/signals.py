"""What the detectors see in live traffic: runs them over each Exchange as it is placed.

What is remembered of a conversation in between holds no words: keyed hashes, counts, flags
and times, for `SILENCE_SECONDS` and for at most `MOST_OPEN` conversations.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from proxy.conversations.fingerprints import Fingerprints
from proxy.conversations.placement import Placement
from proxy.detectors import (
    abandonment,
    corrections,
    identity,
    output,
    transport,
)
from proxy.detectors.behaviour.classify import classify
from proxy.detectors.behaviour.replies import reply_of
from proxy.detectors.tools import recovery
from proxy.detectors.tools.state import State as ToolState
from proxy.model.behaviour import Reading
from proxy.model.exchange import Exchange
from proxy.model.recovery import Episode
from proxy.model.signal import Signal, SignalName
from proxy.monitor.branches import Branch, Known, remember
from proxy.monitor.target import Target
from proxy.recording.recording import Recording

SILENCE_SECONDS = 1_800.0
MOST_OPEN = 20_000
TALKS = frozenset({"chat", "generate_content", "text_completion"})
INTERROGATION = 3
"""Questions in one reply from which asking is a burden."""
NS = 1e9


@dataclass(slots=True)
class Seen:
    """What one Exchange, or the end of a conversation, brought."""

    target: Target
    signals: list[Signal] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)
    reading: Reading | None = None
    first: bool = False
    """The reading is the conversation's first one that counts."""
    burdened: bool = False
    """From here on the conversation is one that asks too much."""
    judged: Episode | None = None
    """The first episode of the conversation to be closed."""


class Signals:
    def __init__(self, key: bytes) -> None:
        self.prints = Fingerprints(key)
        self.recovery = recovery.Recovery(self.prints)
        self.identities = identity.Identities()
        self.open: OrderedDict[str, Known] = OrderedDict()

    def read(
        self,
        recording: Recording,
        exchange: Exchange,
        place: Placement,
        target: Target,
        now: float,
        probability: float = 1.0,
    ) -> Seen:
        known = self.known(place.conversation, target, probability)
        known.seen = now
        seen = Seen(target)
        source = target.source
        is_cancelled = recording.outcome == "client_gone"
        seen.signals += self.identities.read(exchange, target.route, now, source)
        seen.signals += output.read(exchange, place.exchange, now, source, is_cancelled)
        seen.signals += abandonment.read(
            exchange, recording.outcome, place.exchange, now, source
        )
        self.follow_transport(seen, known, recording, exchange, place, now)
        if exchange.operation in TALKS:
            before = known.before(place)
            after = Branch(
                self.follow_tools(seen, before, exchange, place, now, is_cancelled),
                self.follow_user(seen, before, exchange, place, now),
                self.follow_behaviour(
                    seen, known, before, exchange, place, now, is_cancelled
                ),
            )
            remember(known, place, after)
        self.observe(seen, known)
        return seen

    def observe(self, seen: Seen, known: Known) -> None:
        """What of it is the one observation that a conversation gives to a rate."""
        asks = {"interrogation", "re_asked", "asked_again"}
        if not known.burdened and any(one.name in asks for one in seen.signals):
            seen.burdened = known.burdened = True
        if not known.judged and seen.episodes:
            seen.judged = seen.episodes[0]
            known.judged = True

    def known(self, conversation: str, target: Target, probability: float) -> Known:
        found = self.open.pop(conversation, None)
        if found is None:
            found = Known(target, probability)
        found.target = target
        found.probability = min(found.probability, probability)
        self.open[conversation] = found
        return found

    def follow_transport(
        self,
        seen: Seen,
        known: Known,
        recording: Recording,
        exchange: Exchange,
        place: Placement,
        now: float,
    ) -> None:
        error = exchange.error
        attempt = transport.Attempt(
            began=recording.marks.request_start / NS,
            ended=recording.marks.end / NS,
            error=None if error is None else error.error_type,
            sent=recording.attempts,
            is_cancelled=recording.outcome == "client_gone",
        )
        failing = known.failing
        if failing is not None and failing.call != place.call:
            seen.signals.append(transport.lost(failing, now, known.target.source))
            failing = None
        recovered, known.failing = transport.follow(place, attempt, failing)
        if recovered is not None:
            source = known.target.source
            seen.signals.append(transport.signal(recovered, now, source))

    def follow_tools(
        self,
        seen: Seen,
        before: Branch,
        exchange: Exchange,
        place: Placement,
        now: float,
        is_cancelled: bool,
    ) -> ToolState:
        found, after = self.recovery.read(
            exchange, place.fresh, before.tools, now, is_cancelled
        )
        seen.episodes += found.episodes
        seen.signals += recovery.signals(
            found, place.conversation, now, seen.target.source
        )
        return after

    def follow_user(
        self,
        seen: Seen,
        before: Branch,
        exchange: Exchange,
        place: Placement,
        now: float,
    ) -> corrections.Open:
        found, after = corrections.read(
            exchange.messages,
            place.fresh,
            before.said,
            now,
            self.prints,
            place.conversation,
            seen.target.source,
        )
        seen.signals += found
        return after

    def follow_behaviour(
        self,
        seen: Seen,
        known: Known,
        before: Branch,
        exchange: Exchange,
        place: Placement,
        now: float,
        is_cancelled: bool,
    ) -> bool:
        """Whether the reply asks."""
        if exchange.error is not None:
            return before.asked
        reading = classify(reply_of(exchange, client_gone=is_cancelled))
        seen.reading = reading
        for name in burdens(reading, before):
            seen.signals.append(
                Signal(name, True, place.exchange, now, seen.target.source, "reply")
            )
        # A turn's behaviour is its last exchange's; JSON is for programs, not for users.
        if not known.settled and counts(reading) and not exchange.json_output:
            seen.first = known.settled = True
        return reading.clarifying

    def expire(self, now: float) -> Iterator[Seen]:
        """The ends of conversations that nobody came back to, oldest first."""
        while self.open:
            id, known = next(iter(self.open.items()))
            if now - known.seen <= SILENCE_SECONDS and len(self.open) <= MOST_OPEN:
                return
            del self.open[id]
            yield self.close(id, known, now)

    def close(self, id: str, known: Known, now: float) -> Seen:
        source = known.target.source
        late = max(now, known.seen + recovery.SILENCE_SECONDS + 1)
        seen = Seen(known.target)
        for call, branch in known.branches.items():
            if call in known.leaves:
                found, _ = self.recovery.expire(branch.tools, late)
                seen.episodes += found.episodes
                seen.signals += recovery.signals(found, id, now, source)
                seen.signals += corrections.close(branch.said, now, id, source)
        if known.failing is not None:
            seen.signals.append(transport.lost(known.failing, now, source))
        self.observe(seen, known)
        return seen

    def forget(self, conversation: str) -> bool:
        return self.open.pop(conversation, None) is not None


def counts(reading: Reading) -> bool:
    return reading.behaviour not in ("tool_call", "cut", "empty")


def burdens(reading: Reading, before: Branch) -> Iterator[SignalName]:
    """Asking that costs the user: many questions, what was said, once more."""
    if reading.questions >= INTERROGATION:
        yield "interrogation"
    if reading.re_asked:
        yield "re_asked"
    if reading.clarifying and before.asked:
        yield "asked_again"
