"""What the detectors saw, as counts: for the board, and as observations for rates."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from proxy.export import catalog
from proxy.export.series import Board
from proxy.model.signal import Signal
from proxy.monitor.signals import Seen
from proxy.monitor.target import Target
from proxy.scoring import conversations
from proxy.scoring.rates import Counts


@dataclass(slots=True)
class Observations:
    """Of one target's conversations, one each."""

    first_replies: Counter[str] = field(default_factory=Counter)
    burdened: int = 0
    """Those that asked too much."""
    episodes: Counter[str] = field(default_factory=Counter)
    """The first of each."""
    languages: Counter[str] = field(default_factory=Counter)
    """Of the first replies."""

    def counts(self) -> dict[str, Counts]:
        asked = conversations.first_replies(self.first_replies, self.burdened)
        return asked | conversations.episodes(self.episodes)


class SignalCounts:
    def __init__(self, board: Board) -> None:
        self.replies = board.tally(catalog.TURNS)
        self.conversations = board.tally(catalog.FIRST_TURNS)
        self.episodes = board.tally(catalog.EPISODES)
        self.transport = board.tally(catalog.TRANSPORT)
        self.signals = board.tally(catalog.SIGNALS)
        self.observed: defaultdict[Target, Observations] = defaultdict(Observations)
        """Bounded: a target's names are admitted."""

    def take(self, seen: Seen) -> None:
        target = seen.target
        whole = (target.route, target.model, target.variant, target.source)
        if seen.reading is not None:
            self.replies.add((*whole, seen.reading.behaviour))
            if seen.first:
                self.conversations.add((*whole, seen.reading.behaviour))
        for episode in seen.episodes:
            self.episodes.add((*whole, episode.outcome))
        for signal in seen.signals:
            self.take_signal(signal, target)
        self.observe(seen, self.observed[target])

    def take_signal(self, signal: Signal, target: Target) -> None:
        value = value_of(signal)
        key = (target.route, target.model, target.source, signal.name, value)
        self.signals.add(key)
        if signal.name == "transport_recovery":
            cause, _, by = signal.evidence.partition(":")
            self.transport.add((target.route, target.model, cause, by, target.source))

    def observe(self, seen: Seen, observed: Observations) -> None:
        if seen.first and seen.reading is not None:
            observed.first_replies[seen.reading.behaviour] += 1
            observed.languages[seen.reading.language] += 1
        if seen.burdened is not None:
            self.observed[seen.burdened].burdened += 1
        if seen.judged is not None:
            observed.episodes[seen.judged.outcome] += 1


def value_of(signal: Signal) -> str:
    if signal.name in ("model_changed", "fingerprint_changed"):
        return "changed"  # the name itself is the provider's, and without bound
    return "true" if signal.value is True else str(signal.value)
