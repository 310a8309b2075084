"""T43: SIGHUP changes what begins from then on, or nothing at all."""

import signal
import threading
from collections.abc import Callable

import pytest

from tests.e2e.conftest import Serve, Simulate
from tests.e2e.instances import Instance, Simulator, fetch, route, until
from tests.e2e.streams import Stream

CHAT = "/sim/v1/chat/completions"


@pytest.fixture(scope="module")
def simulators(simulate: Simulate) -> tuple[Simulator, Simulator]:
    return simulate("--behaviour", "answer=1"), simulate("--behaviour", "answer=1")


@pytest.fixture(scope="module")
def module_instance(serve: Serve, simulators: tuple[Simulator, Simulator]) -> Instance:
    return serve(route("sim", simulators[0].url), relay={"workers": 2})


@pytest.fixture
def instance(
    module_instance: Instance, simulators: tuple[Simulator, Simulator]
) -> Instance:
    """With the settings it began with."""
    module_instance.settings["routes"] = [route("sim", simulators[0].url)]
    module_instance.settings["relay"]["workers"] = 2
    module_instance.write_settings()
    reload(module_instance, "settings reloaded")
    return module_instance


def reload(instance: Instance, answer: str) -> dict[str, object]:
    """Send SIGHUP and return what the supervisor logs of it."""
    before = len(said(instance, answer))
    instance.send(signal.SIGHUP)
    return until(lambda: said(instance, answer)[before:], answer)[0]


def said(instance: Instance, message: str) -> list[dict[str, object]]:
    wanted = {"message": message, "process": "supervisor"}
    return [line for line in instance.logs if wanted.items() <= line.items()]


def relays_serve_by(instance: Instance, settings_hash: object) -> bool:
    found = [
        dict(labels) for labels in instance.samples("seatrial_relay_settings_info")
    ]
    fresh = {labels["relay"] for labels in found if labels["hash"] == settings_hash}
    return fresh == {"relay-0", "relay-1"}


def test_new_route_serves_in_every_relay(
    instance: Instance, simulators: tuple[Simulator, Simulator]
) -> None:
    assert fetch(f"{instance.url}/new/v1/models")[0] == 404
    instance.settings["routes"].append(route("new", simulators[1].url))
    instance.write_settings()
    settings_hash = reload(instance, "settings reloaded")["settings_hash"]
    until(lambda: relays_serve_by(instance, settings_hash), "the new hash in /metrics")
    statuses = [fetch(f"{instance.url}/new/v1/models")[0] for _ in range(20)]
    assert statuses == [200] * 20


def test_stream_goes_on_at_the_old_upstream(
    instance: Instance, simulators: tuple[Simulator, Simulator]
) -> None:
    stream = Stream(instance.address, CHAT, "chunks=40, interval=50ms").start()
    instance.settings["routes"] = [route("sim", simulators[1].url)]
    instance.write_settings()
    reload(instance, "settings reloaded")
    before = simulators[1].saw()["total"]
    until(
        lambda: (
            fetch(f"{instance.url}/sim/v1/models")[0] == 200
            and simulators[1].saw()["total"] > before
        ),
        "a request at the new upstream",
    )
    assert stream.thread.is_alive()
    assert stream.end().is_whole


def unknown_key(instance: Instance) -> None:
    instance.file.write_text(instance.file.read_text() + "rotes: []\n")


def wrong_upstream(instance: Instance) -> None:
    instance.settings["routes"][0]["upstream"] = "openai"
    instance.write_settings()


def broken_yaml(instance: Instance) -> None:
    instance.file.write_text("routes: [\n")


def more_workers(instance: Instance) -> None:
    instance.settings["relay"]["workers"] = 3
    instance.write_settings()


@pytest.mark.parametrize(
    ("break_file", "words"),
    [
        pytest.param(unknown_key, ("rotes", 'did you mean "routes"'), id="unknown key"),
        pytest.param(
            wrong_upstream,
            ("routes[0].upstream", "https://api.openai.com"),
            id="wrong value",
        ),
        pytest.param(broken_yaml, ("seatrial.yaml:",), id="broken YAML"),
        pytest.param(
            more_workers, ("relay.workers", "only with a restart"), id="not reloadable"
        ),
    ],
)
def test_mistake_is_refused_while_the_old_settings_serve(
    instance: Instance, break_file: Callable[[Instance], None], words: tuple[str, ...]
) -> None:
    break_file(instance)
    reason = str(reload(instance, "settings refused")["reason"])
    assert [word for word in words if word not in reason] == []
    if words[0] != "relay.workers":
        assert reason.startswith(str(instance.file))
    assert fetch(f"{instance.url}/sim/v1/models")[0] == 200
    assert fetch(f"{instance.admin}/readyz")[0] == 200


def test_reload_under_load_fails_no_request(
    instance: Instance, simulators: tuple[Simulator, Simulator]
) -> None:
    statuses: list[int] = []
    stopping = threading.Event()

    def ask() -> None:
        while not stopping.is_set():
            statuses.append(fetch(f"{instance.url}/sim/v1/models")[0])

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for thread in asking:
        thread.start()
    for turn in range(6):
        instance.settings["routes"] = [route("sim", simulators[turn % 2].url)]
        instance.write_settings()
        reload(instance, "settings reloaded")
    stopping.set()
    for thread in asking:
        thread.join(10)
    assert set(statuses) == {200}
    assert len(statuses) > 20
