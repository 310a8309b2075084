"""Every frame is taken; an error in measuring one costs that one."""

import logging

import pytest

from proxy.export import catalog
from proxy.export.series import Board
from proxy.monitor.worker import LOG_INTERVAL, Worker
from proxy.recording.recording import Recording
from proxy.settings import Route
from tests.make import make_heartbeat, make_recording

SECRET = "what a user wrote"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class BrokenKeeper:
    """Fails on every recording, as a bug of ours would."""

    def offer(self, recording: Recording, dialect: str) -> None:
        raise KeyError(SECRET)

    def refresh(self, board: Board) -> None:
        pass


def make_worker(*routes: Route, keeper: BrokenKeeper | None = None) -> Worker:
    return Worker(Board(), routes, workers=1, clock=Clock(), secret=b"s", keeper=keeper)


def drops(worker: Worker, reason: str) -> float:
    return worker.dropped.values["monitor", reason]


def dialects(worker: Worker) -> set[str]:
    return {key[4] for key in worker.board.tally(catalog.REQUESTS).values}


def test_a_routes_own_dialect_wins_over_the_guess() -> None:
    route = Route(name="openai", prefix="/", upstream="http://h", dialect="ollama.chat")
    worker = make_worker(route)
    worker.take(make_recording())
    assert dialects(worker) == {"ollama.chat"}


def test_auto_means_guess() -> None:
    worker = make_worker(Route(name="openai", prefix="/", upstream="http://h"))
    worker.take(make_recording())
    assert dialects(worker) == {"openai.chat"}


def test_an_error_is_counted_and_the_next_frame_taken(
    caplog: pytest.LogCaptureFixture,
) -> None:
    worker = make_worker(keeper=BrokenKeeper())
    worker.take(make_recording())
    worker.take(make_heartbeat())
    assert drops(worker, "error") == 1
    assert "relay-0" in worker.relays.seen
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert "offer" in vars(record)["where"]
    assert SECRET not in str(vars(record))


def test_errors_are_logged_now_and_then(caplog: pytest.LogCaptureFixture) -> None:
    worker = make_worker(keeper=BrokenKeeper())
    clock = worker.clock
    assert isinstance(clock, Clock)
    for clock.now in (0.0, 1.0, LOG_INTERVAL, LOG_INTERVAL + 1):
        worker.take(make_recording())
    assert len(caplog.records) == 2
    assert drops(worker, "error") == 4


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param({"boot": b""}, id="no boot"),
        pytest.param({"boot": b"x" * 10_000}, id="a long boot"),
        pytest.param({"relay": ""}, id="no name"),
        pytest.param({"relay": "x" * 10_000}, id="a long name"),
    ],
)
def test_a_frame_that_no_relay_sends_is_invalid(odd: dict[str, object]) -> None:
    worker = make_worker()
    worker.take(make_recording(**odd))
    worker.take(make_heartbeat(**odd))
    assert drops(worker, "invalid") == 2
    assert not worker.relays.seen


def test_drops_are_shown_as_zero_from_the_start() -> None:
    worker = make_worker()
    assert worker.dropped.values["relay", "full"] == 0
    assert worker.dropped.values["gap", "lost"] == 0
    assert worker.board.admitter.overflow == {}


def test_the_configured_routes_have_their_place() -> None:
    routes = [
        Route(name=f"r{n}", prefix=f"/{n}", upstream="http://h") for n in range(31)
    ]
    worker = make_worker(*routes)
    for n in range(100):
        worker.take(make_recording(route=f"unknown{n}"))
    worker.take(make_recording(route="r30"))
    names = {key[0] for key in worker.board.tally(catalog.REQUESTS).values}
    assert names == {"other", "r30"}
