"""What traffic is attributed to: a model on a route, as whom, and who sent it there."""

from dataclasses import dataclass
from typing import Literal

from proxy.export import catalog
from proxy.export.catalog import NONE, OTHER
from proxy.export.series import Admitter
from proxy.model.exchange import Exchange
from proxy.model.signal import Source
from proxy.recording.recording import Recording

Variant = Literal["baseline", "candidate"]
SOURCES: dict[str, Source] = {"live": "live", "probe": "probe", "mirror": "shadow"}


@dataclass(frozen=True, slots=True)
class Target:
    route: str
    model: str
    variant: Variant
    source: Source


def target(recording: Recording, exchange: Exchange, admitter: Admitter) -> Target:
    return Target(
        recording.route or NONE,
        model(exchange, admitter),
        "candidate" if recording.variant == "candidate" else "baseline",
        SOURCES[recording.source],
    )


def model(exchange: Exchange, admitter: Admitter) -> str:
    """Clients choose the name: it gets a place once an upstream has answered to it."""
    name = exchange.request_model or exchange.response_model
    if name is None:
        return NONE
    if (exchange.status or 0) // 100 == 2:
        return admitter.name(catalog.MODEL, name)
    return name if admitter.knows(catalog.MODEL, name) else OTHER
