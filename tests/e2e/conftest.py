"""Real processes for a module's tests: the product, and simulated model APIs."""

from collections.abc import Callable, Iterator

import pytest

from tests.e2e.instances import Instance, Simulator, Twins, route

Serve = Callable[..., Instance]
Simulate = Callable[..., Simulator]


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Start instances with the given routes; sections of settings as keywords."""
    started: list[Instance] = []

    def serve(
        *routes: dict[str, object],
        environment: dict[str, str] | None = None,
        **sections: dict[str, object],
    ) -> Instance:
        instance = Instance(tmp_path_factory.mktemp("serve"), list(routes))
        instance.environment |= environment or {}
        for name, keys in sections.items():
            instance.settings[name] = instance.settings.get(name, {}) | keys
        started.append(instance.start())
        return instance.wait_ready()

    yield serve
    for instance in started:
        instance.clear_away()


@pytest.fixture(scope="module")
def simulate() -> Iterator[Simulate]:
    started: list[Simulator] = []

    def simulate(*arguments: str) -> Simulator:
        started.append(Simulator(*arguments))
        return started[-1]

    yield simulate
    for simulator in started:
        simulator.end()


@pytest.fixture(scope="module")
def module_twins(serve: Serve, simulate: Simulate) -> Twins:
    direct, behind = simulate("--seed", "7"), simulate("--seed", "7")
    return Twins(direct, behind, serve(route("sim", behind.url, content="full")))


@pytest.fixture
def twins(module_twins: Twins) -> Twins:
    module_twins.bring_in_step()
    return module_twins
