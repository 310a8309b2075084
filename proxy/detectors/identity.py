"""Model identity: another model, or another build of it, answers to the same name."""

from collections import OrderedDict
from dataclasses import dataclass

from proxy.model.exchange import Exchange
from proxy.model.signal import Signal, SignalName, Source

NAMES = 1_024
"""Requested models remembered; the one silent for longest gives way."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What last answered to a name; None where the wire has not said."""

    model: str | None = None
    fingerprint: str | None = None


class Identities:
    """Kept per route: two upstreams may use one name for two models."""

    def __init__(self) -> None:
        self.known: OrderedDict[tuple[str, str], Identity] = OrderedDict()

    def read(
        self,
        exchange: Exchange,
        route: str,
        now: float | None,
        source: Source = "live",
    ) -> list[Signal]:
        """A change is told once; the first answer to a name is no change.

        Names and fingerprints are the provider's own words and no user's text.
        """
        asked = exchange.request_model
        if asked is None or exchange.error is not None:
            return []
        key = (route, asked)
        before = self.known.pop(key, Identity())
        after = Identity(
            exchange.response_model or before.model,
            exchange.fingerprint or before.fingerprint,
        )
        self.known[key] = after
        if len(self.known) > NAMES:
            self.known.popitem(last=False)
        subject = f"{route}/{asked}"
        return [
            Signal(n, v, subject, now, source, w) for n, v, w in told(before, after)
        ]


def told(before: Identity, after: Identity) -> list[tuple[SignalName, str, str]]:
    found: list[tuple[SignalName, str, str]] = []
    if before.model and after.model and after.model != before.model:
        found.append(("model_changed", after.model, "response_model"))
    if (
        before.fingerprint
        and after.fingerprint
        and after.fingerprint != before.fingerprint
    ):
        found.append(("fingerprint_changed", after.fingerprint, "system_fingerprint"))
    return found
