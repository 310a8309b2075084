"""T42: SIGTERM takes the instance out of service without cutting a stream."""

import http.client
import json
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Simulate
from tests.e2e.instances import Instance, Simulator, fetch, route, until
from tests.e2e.streams import Stream

CHAT = "/sim/v1/chat/completions"
Start = Callable[[str, str], Instance]


@pytest.fixture(scope="module")
def simulator(simulate: Simulate) -> Simulator:
    return simulate("--behaviour", "answer=1")


@pytest.fixture
def start(tmp_path: Path, simulator: Simulator) -> Iterator[Start]:
    """An instance of the test's own: it does not survive the test."""
    started: list[Instance] = []

    def start(delay: str, limit: str) -> Instance:
        instance = Instance(tmp_path, [route("sim", simulator.url)])
        instance.settings["relay"] |= {
            "workers": 2,
            "drain": {"delay": delay, "limit": limit},
        }
        started.append(instance.start())
        return instance.wait_ready()

    yield start
    for instance in started:
        instance.clear_away()


def is_refused(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, 5).close()
    except ConnectionRefusedError:
        return True
    return False


def test_stream_ends_whole_and_then_the_instance(start: Start) -> None:
    instance = start("2s", "20s")
    address, url = instance.address, instance.url
    stream = Stream(address, CHAT, "chunks=60, interval=50ms").start()
    instance.send(signal.SIGTERM)

    # Readiness fails first, while whoever still comes is served.
    until(lambda: fetch(f"{url}/-/ready")[0] == 503, "the relay's unreadiness", 2.0)
    assert fetch(f"{url}/sim/v1/models")[0] == 200
    until(lambda: fetch(f"{instance.admin}/readyz")[0] == 503, "unreadiness", 2.0)
    _, body = fetch(f"{instance.admin}/readyz")
    assert json.loads(body)["draining"]
    assert fetch(f"{instance.admin}/healthz")[0] == 200

    until(lambda: is_refused(address), "refused connections", 5.0)
    assert stream.thread.is_alive()
    assert fetch(f"{instance.admin}/healthz")[0] == 200
    assert stream.end().is_whole
    assert instance.process.wait(10) == 0
    outcomes = [r["seatrial"]["outcome"] for r in instance.recordings()]
    assert outcomes == ["complete", "complete"]


def test_idle_instance_ends_right_after_the_delay(start: Start) -> None:
    """A kept connection without a request does not hold it up."""
    instance = start("0s", "20s")
    with socket.create_connection(instance.address, 5) as idle:
        begun = time.monotonic()
        assert instance.end() == 0
        assert time.monotonic() - begun < 5
        assert idle.recv(1) == b""


def test_kept_connection_is_told_to_close_while_draining(start: Start) -> None:
    instance = start("5s", "20s")
    kept = http.client.HTTPConnection(*instance.address, timeout=5)

    def ask() -> str | None:
        kept.request("GET", "/sim/v1/models")
        answer = kept.getresponse()
        assert (answer.status, len(answer.read()) > 0) == (200, True)
        return answer.getheader("connection")

    assert ask() is None
    instance.send(signal.SIGTERM)
    assert until(ask, "the announcement") == "close"
    kept.close()


def test_stream_past_the_limit_is_cut_and_named(start: Start) -> None:
    """The client has not left, and must not take what it has for whole."""
    instance = start("0s", "1s")
    stream = Stream(instance.address, CHAT, "chunks=500, interval=50ms").start()
    assert instance.end() == 0
    assert stream.end().broken
    (recording,) = instance.recordings()
    assert recording["seatrial"]["outcome"] == "refused"
    instance.wait_log("drain limit reached")


def test_waiting_client_is_told_that_the_limit_is_over(start: Start) -> None:
    instance = start("0s", "500ms")
    stream = Stream(instance.address, CHAT, "ttft=30s")
    stream.thread.start()
    until(
        lambda: instance.count("seatrial_inflight_requests") == 1,
        "the request in flight",
    )
    assert instance.end() == 0
    assert b'"code": "draining"' in stream.end().body


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_second_signal_ends_at_once(start: Start, number: signal.Signals) -> None:
    instance = start("0s", "20s")
    stream = Stream(instance.address, CHAT, "chunks=500, interval=50ms").start()
    instance.send(number)
    instance.wait_log("draining")
    begun = time.monotonic()
    assert instance.end(number) == 128 + number
    assert time.monotonic() - begun < 2
    assert stream.end().broken
