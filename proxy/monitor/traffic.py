"""What one Exchange and its place add to the counts."""

from proxy.conversations.placement import Placement
from proxy.export import catalog
from proxy.export.catalog import NONE
from proxy.export.series import Board
from proxy.model.exchange import Exchange
from proxy.model.vocabulary import ExchangeOutcome
from proxy.monitor.target import Target
from proxy.recording.recording import Recording

NS = 1e9


class Traffic:
    def __init__(self, board: Board) -> None:
        self.exchanges = board.tally(catalog.READ)
        self.tokens = board.tally(catalog.TOKENS)
        self.first_content = board.distribution(catalog.FIRST_CONTENT)
        self.conversations = board.tally(catalog.CONVERSATIONS)
        self.links = board.tally(catalog.LINKS)

    def take(
        self,
        recording: Recording,
        exchange: Exchange,
        placement: Placement,
        target: Target,
    ) -> None:
        route, model, source = target.route, target.model, target.source
        error = exchange.error
        self.exchanges.add(
            (
                route,
                model,
                exchange.operation,
                outcome(recording, exchange),
                NONE if error is None else error.error_type,
                source,
            )
        )
        self.take_tokens(exchange, (route, model, source))
        first = exchange.timings.first_content
        if first is not None and first >= exchange.timings.start:
            seconds = (first - exchange.timings.start) / NS
            self.first_content.observe((route, model, source), seconds)
        self.take_place(placement, route, source)

    def take_tokens(self, exchange: Exchange, key: tuple[str, str, str]) -> None:
        usage = exchange.usage
        counts = {
            "input": usage.input_tokens_incl_cache,
            "output": usage.output_tokens_incl_reasoning,
            "cached_input": usage.cached_input_tokens,
            "cache_creation_input": usage.cache_creation_input_tokens,
            "reasoning": usage.reasoning_tokens,
        }
        for kind, count in counts.items():
            if count is not None and 0 <= count <= catalog.MOST_TOKENS:
                self.tokens.add((*key, kind), count)

    def take_place(self, placement: Placement, route: str, source: str) -> None:
        if placement.attempt > 1:
            self.links.add(("attempt",))
        elif placement.evidence is not None:
            self.links.add((placement.evidence,))
        else:
            self.conversations.add((route, source))


def outcome(recording: Recording, exchange: Exchange) -> ExchangeOutcome:
    """A client's leaving is no error of anybody's (DECISIONS 3)."""
    if recording.outcome == "client_gone":
        return "client_cancelled"
    return "ok" if exchange.error is None else "error"
