"""How many recordings a kill cost the store, found by the relays' own numbers.

A relay numbers its exchanges and says the next number with each heartbeat. A monitor begins
to count a boot at the first heartbeat it hears of it, and each batch carries how far it
was: base, recordings received since, gaps known. The next monitor hears its own first
heartbeat: what lies between the two and was neither written, nor dropped and reported by
the relay, nor a gap known before, is what the kill cost.

A boot of which no batch was ever written has no account, and nothing is claimed about it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from proxy.store.rows import Account

MOST_BOOTS = 1_024


@dataclass(slots=True)
class Count:
    """One boot, as this process knows it."""

    relay: str
    seq: int | None = None
    """Of the first heartbeat; None until it comes."""
    drops: int = 0
    early: int = 0
    """Recordings that came before it."""
    received: int = 0
    gaps: int = 0


class Accounts:
    def __init__(self) -> None:
        self.counts: dict[str, Count] = {}
        self.earlier: dict[str, Account] = {}
        self.lost = 0
        """Found to be lost, of what earlier processes took."""

    def restore(self, accounts: Iterable[Account]) -> None:
        """What the store holds of earlier processes; before or after heartbeats came."""
        self.earlier = {account.boot: account for account in accounts}
        for boot, count in self.counts.items():
            if count.seq is not None:
                self.settle(boot, count)

    def received(self, boot: str, relay: str) -> None:
        count = self.count(boot, relay)
        if count.seq is None:
            count.early += 1
        else:
            count.received += 1

    def heartbeat(self, boot: str, relay: str, seq: int, drops: int) -> None:
        count = self.count(boot, relay)
        if count.seq is None:
            count.seq, count.drops = seq, drops
            self.settle(boot, count)
        missing = seq - count.seq - count.received - (drops - count.drops)
        count.gaps = max(count.gaps, missing)

    def count(self, boot: str, relay: str) -> Count:
        found = self.counts.pop(boot, None) or Count(relay)
        self.counts[boot] = found
        if len(self.counts) > MOST_BOOTS:
            del self.counts[next(iter(self.counts))]
        return found

    def settle(self, boot: str, count: Count) -> None:
        before = self.earlier.pop(boot, None)
        if before is None or count.seq is None:
            return
        dropped = count.drops - before.drops
        known = before.received + before.gaps + count.early + dropped
        self.lost += max(0, count.seq - before.seq - known)

    def snapshot(self, at: float) -> tuple[Account, ...]:
        """As of now: what was received goes into the batch that is cut now."""
        return tuple(self.accounts(at))

    def accounts(self, at: float) -> Iterable[Account]:
        for boot, count in self.counts.items():
            before = self.earlier.get(boot)
            if count.seq is not None:
                yield Account(
                    *(boot, count.relay, count.seq, count.drops),
                    *(count.received, count.gaps, at),
                )
            elif before is not None:
                received = before.received + count.early
                yield replace(before, received=received, at=at)
