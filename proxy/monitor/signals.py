"""What the detectors see in live traffic: runs them over each Exchange as it is placed.

What is remembered of a conversation in between holds no words: keyed hashes, counts, flags
and times, for `SILENCE_SECONDS` and for at most `MOST_OPEN` conversations.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from proxy.conversations.evidence import after_answers
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
from proxy.monitor.branches import MOST_ATTEMPTS, Branch, Known, remember
from proxy.monitor.target import Target
from proxy.recording.recording import Recording
from proxy.scoring.conversations import SAYS_NOTHING

SILENCE_SECONDS = 1_800.0
MOST_OPEN = 20_000
TALKS = frozenset({"chat", "generate_content", "text_completion"})
OVER_ASKING = frozenset({"interrogation", "re_asked"})
"""To ask for the next thing, once the one before was told, is no fault."""
FEW_TOKENS = 64
"""Asked for at most: the call is a program's own, for a title or a label."""
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
    burdened: Target | None = None
    """From here on the conversation, counted for this target, is one that asks too much."""
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
    ) -> Seen:
        known = self.known(place, target, exchange)
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
            for call, branch in remember(known, place, after):
                self.close_branch(seen, place.conversation, call, branch, now)
        elif exchange.operation == "other" or not (known.failing or known.branches):
            del self.open[place.conversation]  # nothing will ever be put behind it
        self.observe(seen, known)
        return seen

    def observe(self, seen: Seen, known: Known) -> None:
        """What of it is the one observation that a conversation gives to a rate."""
        asks_too_much = any(one.name in OVER_ASKING for one in seen.signals)
        if asks_too_much and known.counted is not None and not known.burdened:
            known.burdened = True
            seen.burdened = known.counted
        if not known.judged and seen.episodes:
            seen.judged = seen.episodes[0]
            known.judged = True

    def known(self, place: Placement, target: Target, exchange: Exchange) -> Known:
        conversation = place.conversation
        found = self.open.pop(conversation, None)
        if found is None:
            # Met in its midst (silence, a restart, sampling): it was, or never is, counted.
            late = is_late(exchange, place)
            found = Known(target, settled=late, judged=late)
        found.target = target
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
        failing = known.failing.pop(place.call, None)
        recovered, left = transport.follow(place, attempt, failing)
        if left is not None:
            known.failing[place.call] = left
        if len(known.failing) > MOST_ATTEMPTS:
            oldest = known.failing.pop(next(iter(known.failing)))
            seen.signals.append(transport.lost(oldest, now, known.target.source))
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
            exchange, fresh(exchange, place), before.tools, now, is_cancelled
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
            fresh(exchange, place),
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
        if not known.settled and counts(reading) and faces_a_user(exchange):
            seen.first = known.settled = True
            if reading.behaviour not in SAYS_NOTHING:
                known.counted = seen.target
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
                self.close_branch(seen, id, call, branch, late)
        for failing in known.failing.values():
            seen.signals.append(transport.lost(failing, now, source))
        self.observe(seen, known)
        return seen

    def close_branch(
        self, seen: Seen, id: str, call: str, branch: Branch, now: float
    ) -> None:
        """Nothing follows it any more: what is open in it stays unknown."""
        source = seen.target.source
        late = max(now, (branch.tools.seen or 0.0) + recovery.SILENCE_SECONDS + 1)
        found, _ = self.recovery.expire(branch.tools, late)
        seen.episodes += found.episodes
        seen.signals += recovery.signals(found, id, now, source)
        seen.signals += corrections.close(branch.said, now, id, source)

    def forget(self, conversation: str) -> bool:
        return self.open.pop(conversation, None) is not None


def is_late(exchange: Exchange, place: Placement) -> bool:
    """It continues what nobody here has seen the beginning of. Examples of answers in a
    prompt look the same: then the application's conversations are in no rate."""
    if place.depth > 1 or place.confidence == "ambiguous":
        return True
    return any(m.role == "assistant" and m.text for m in exchange.messages)


def fresh(exchange: Exchange, place: Placement) -> int:
    """A history that comes from before our time was read by somebody, or by nobody."""
    if place.parent is None and place.attempt == 1:
        return max(place.fresh, after_answers(exchange.messages))
    return place.fresh


def faces_a_user(exchange: Exchange) -> bool:
    """JSON is for programs; so is what may only be a few words long."""
    most = exchange.max_output_tokens
    return not exchange.json_output and (most is None or most > FEW_TOKENS)


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
