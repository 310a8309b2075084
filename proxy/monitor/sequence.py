"""Recordings that were lost between a relay and the monitor, found by their numbers.

The rule. A relay numbers every exchange when it ends, dropped ones too, and its frames
arrive in order; a heartbeat carries the next number and the drops so far. Between two
heartbeats of one boot, therefore,

    lost = numbers given - recordings received - drops reported

and the loss of a boot is the most that this has been since the first heartbeat seen of
it. A drop that the relay reports is never a loss as well, for it is subtracted. About
what lies before the first heartbeat nothing is claimed: an earlier monitor may have had
it. That monitor's memory is handed on by `state`; what it took in after it last saved it
is counted as lost, and rightly so: its counts died with it.
"""

import msgspec

MOST_BOOTS = 1024


class Ledger(msgspec.Struct):
    """One boot of one relay, since the first heartbeat seen of it."""

    seq: int
    drops: int
    received: int = 0
    lost: int = 0


class Sequences:
    def __init__(self) -> None:
        self.ledgers: dict[bytes, Ledger] = {}

    def received(self, boot: bytes) -> None:
        ledger = self.ledgers.get(boot)
        if ledger is not None:
            ledger.received += 1

    def heartbeat(self, boot: bytes, seq: int, drops: int) -> int:
        """The recordings found to be lost by this heartbeat, beyond those known."""
        ledger = self.ledgers.pop(boot, None) or Ledger(seq, drops)
        self.ledgers[boot] = ledger
        if len(self.ledgers) > MOST_BOOTS:
            del self.ledgers[next(iter(self.ledgers))]
        missing = (seq - ledger.seq) - ledger.received - (drops - ledger.drops)
        found = max(0, missing - ledger.lost)
        ledger.lost += found
        return found

    def state(self) -> bytes:
        return msgspec.msgpack.encode(self.ledgers)

    def restore(self, state: bytes) -> None:
        """Go on where another monitor was. Raises msgspec.DecodeError on other bytes."""
        self.ledgers = msgspec.msgpack.decode(state, type=dict[bytes, Ledger])
