"""The course that the proofs look at: everything started once, a harmless period, and then
a regression."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import pytest

from tests.e2e.instances import Instance, Simulator, route, until
from tests.proof.monitoring import Alertmanager, Prometheus
from tests.proof.programs import program
from tests.proof.traffic import ASKING_ROUTE, FAILING_ROUTE, Traffic
from tests.proof.webhook import Webhook

SIMULATION = (
    *("--seed", "5", "--ttft", "60ms", "--chunk-interval", "4ms"),
    *("--behaviour", "answer=0.65,clarifying_question=0.2,refusal=0.05,tool_call=0.1"),
    *("--fault", "rate_limited=0.005", "--retry-after", "200ms"),
)
ROUTES = ("openai", "anthropic", "gemini")
PATIENCE = 240.0
"""Seconds for what takes less than a third of them on a quiet machine."""

ENOUGH_SEEN = (
    # Every guard of the compared rules is passed: from here on, silence means something.
    f'min(seatrial:clarifying:n1h{{route="{ASKING_ROUTE}"}} >= bool 100) == 1',
    f'min(seatrial:clarifying:n1d_before{{route="{ASKING_ROUTE}"}} >= bool 100) == 1',
    'max(seatrial:recovery:n6h{route="openai"}) >= 50',
    'max(seatrial:recovery:n1d_before{route="openai"}) >= 50',
)


@dataclass(frozen=True, slots=True)
class Stack:
    instance: Instance
    prometheus: Prometheus
    alertmanager: Alertmanager
    webhook: Webhook
    traffic: Traffic


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    program("prometheus"), program("prometheus-alertmanager")
    folder = tmp_path_factory.mktemp("proof")
    with ExitStack() as open:
        simulator = Simulator(*SIMULATION)
        open.callback(simulator.end)
        instance = Instance(folder, [route(name, simulator.url) for name in ROUTES])
        open.callback(instance.clear_away)
        instance.start().wait_ready()
        webhook = open.enter_context(Webhook())
        alertmanager = Alertmanager(folder / "alertmanager", webhook.url)
        open.callback(alertmanager.end)
        prometheus = Prometheus(folder / "prometheus", instance.admin, alertmanager.url)
        open.callback(prometheus.end)
        traffic = open.enter_context(Traffic(instance.url))
        yield Stack(instance, prometheus, alertmanager, webhook, traffic)


@dataclass(frozen=True, slots=True)
class Harmless:
    fired: set[str]
    told: list[tuple[str, str, str]]


@pytest.fixture(scope="session")
def harmless(stack: Stack) -> Harmless:
    """What was said until every comparison had enough to compare, and for its `for`."""
    for promql in ENOUGH_SEEN:
        until(partial(stack.prometheus.query, promql), promql, PATIENCE)
    return Harmless(stack.prometheus.fired(), list(stack.webhook.told))


@dataclass(frozen=True, slots=True)
class Regressed:
    told: set[tuple[str, str, str]]
    inhibited: set[tuple[str, str]]


WANTED = {
    ("pages", "SeatrialErrorBudgetBurn", FAILING_ROUTE),
    ("tickets", "SeatrialClarifyingRateChanged", ASKING_ROUTE),
}
HELD_BACK = ("SeatrialErrorBudgetBurnSlow", FAILING_ROUTE)


@pytest.fixture(scope="session")
def regressed(stack: Stack, harmless: Harmless) -> Regressed:
    """What was said once half of a route's calls failed, and a candidate only asked."""
    stack.traffic.regress()
    until(lambda: set(stack.webhook.told) >= WANTED, f"{WANTED} posted", PATIENCE)
    until(
        lambda: HELD_BACK in stack.alertmanager.inhibited(),
        f"{HELD_BACK} held back",
        PATIENCE,
    )
    return Regressed(set(stack.webhook.told), stack.alertmanager.inhibited())
