"""`start()` starts an instance before the upstream and ends it after the test."""

from collections.abc import Callable, Iterator

import pytest

from tests.chaos.instance import Instance, Upstream, until


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    upstream = Upstream()
    yield upstream
    upstream.close()


@pytest.fixture
def start(tmp_path, upstream) -> Iterator[Callable[..., Instance]]:
    started: list[Instance] = []

    def start(**options) -> Instance:
        options = {"upstream_url": upstream.url, **options}
        instance = Instance(tmp_path, **options)
        started.append(instance)
        instance.ready()
        if "only" not in options:
            until(instance.is_ready, "its monitor says ready, too")
        return instance

    yield start
    for instance in started:
        instance.end()


@pytest.fixture
def say(record_property, capsys) -> Callable[..., None]:
    """Print a figure past pytest's capture: chaos is read, not only passed."""

    def say(**figures: object) -> None:
        with capsys.disabled():
            shown = ", ".join(f"{name} {value}" for name, value in figures.items())
            print(f"\n  {shown}", flush=True)
        for name, value in figures.items():
            record_property(name, value)

    return say
