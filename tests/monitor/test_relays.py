"""Heartbeats become gauges, drops are added once, and readiness needs every relay."""

import math

import pytest

from proxy.export import catalog
from proxy.export.catalog import Metric
from proxy.export.series import Board
from proxy.monitor.relays import FRESH_SECONDS, MOST_RELAYS, Relays
from proxy.monitor.sequence import Sequences
from tests.make import make_heartbeat

NOW = 100.0
OTHER_BOOT = b"o" * 16


def make_relays(workers: int = 1) -> Relays:
    return Relays(Board(), Sequences(), workers)


def shown(relays: Relays, metric: Metric, now: float = NOW) -> dict[str, float]:
    relays.refresh(now)
    return {key[0]: value for key, value in relays.board.tally(metric).values.items()}


def drops(relays: Relays, stage: str = "relay") -> dict[str, float]:
    values = relays.board.tally(catalog.DROPPED).values
    return {key[1]: value for key, value in values.items() if key[0] == stage}


def test_a_heartbeat_is_shown() -> None:
    relays = make_relays()
    relays.take(make_heartbeat(in_flight=3, seq=9, cpu_seconds=2.5), NOW)
    assert shown(relays, catalog.IN_FLIGHT) == {"relay-0": 3}
    assert shown(relays, catalog.EXCHANGES) == {"relay-0": 9}
    assert shown(relays, catalog.RELAY_CPU) == {"relay-0": 2.5}
    assert shown(relays, catalog.RELAY_UP) == {"relay-0": 1}
    assert shown(relays, catalog.HEARTBEAT_AGE, NOW + 2) == {"relay-0": 2}


def test_a_silent_relay_is_down() -> None:
    relays = make_relays()
    relays.take(make_heartbeat(), NOW)
    later = NOW + FRESH_SECONDS
    assert shown(relays, catalog.RELAY_UP, later) == {"relay-0": 0}
    assert shown(relays, catalog.RELAY_READY, later) == {"relay-0": 0}


def test_the_worst_lag_is_kept_for_a_while() -> None:
    relays = make_relays()
    relays.take(make_heartbeat(lag_seconds=0.5), NOW)
    relays.take(make_heartbeat(lag_seconds=0.001), NOW)
    assert shown(relays, catalog.LOOP_LAG) == {"relay-0": 0.5}
    for _ in range(60):
        relays.take(make_heartbeat(lag_seconds=0.002), NOW)
    assert shown(relays, catalog.LOOP_LAG) == {"relay-0": 0.002}


def test_only_the_newest_settings_hash_is_shown() -> None:
    relays = make_relays()
    for settings_hash in ("aaaa", "bbbb"):
        relays.take(make_heartbeat(settings_hash=settings_hash), NOW)
        relays.refresh(NOW)
    found = relays.board.tally(catalog.RELAY_SETTINGS).values
    assert found == {("relay-0", "bbbb"): 1}


def test_drops_are_added_once() -> None:
    relays = make_relays()
    for full in (3, 3, 5):
        relays.take(make_heartbeat(seq=10, drops={"full": full}), NOW)
    assert drops(relays) == {"full": 5}


def test_drops_of_a_new_boot_are_added_to_the_old_ones() -> None:
    relays = make_relays()
    relays.take(make_heartbeat(seq=10, drops={"full": 3}), NOW)
    relays.take(make_heartbeat(boot=OTHER_BOOT, seq=2, drops={"full": 1}), NOW)
    assert drops(relays) == {"full": 4}


def test_a_gap_is_counted_beside_the_drops() -> None:
    relays = make_relays()
    relays.take(make_heartbeat(seq=10), NOW)
    relays.take(make_heartbeat(seq=20, drops={"full": 4}), NOW)
    assert drops(relays) == {"full": 4}
    assert drops(relays, "gap") == {"lost": 6}


def test_spoofed_runs_add_up_over_boots() -> None:
    relays = make_relays()
    relays.take(make_heartbeat(spoofed=2), NOW)
    relays.take(make_heartbeat(spoofed=3), NOW)
    relays.take(make_heartbeat(boot=OTHER_BOOT, spoofed=1), NOW)
    assert relays.board.tally(catalog.SPOOFED).values == {(): 4}


def test_exchanges_cut_by_a_relays_death_are_counted_once_it_is_replaced() -> None:
    relays = make_relays()
    relays.take(make_heartbeat(in_flight=7), NOW)
    relays.refresh(NOW + 60)
    assert drops(relays) == {}
    relays.take(make_heartbeat(boot=OTHER_BOOT), NOW + 60)
    assert drops(relays) == {"died": 7}
    relays.refresh(NOW + 120)
    assert drops(relays) == {"died": 7}


def test_a_relay_replaced_at_once_is_dead_only_when_it_stays_silent() -> None:
    relays = make_relays()
    relays.take(make_heartbeat(in_flight=7), NOW)
    relays.take(make_heartbeat(boot=OTHER_BOOT), NOW + 0.2)
    assert drops(relays) == {}
    relays.refresh(NOW + FRESH_SECONDS)
    assert drops(relays) == {"died": 7}


def test_a_relay_that_drained_to_the_end_leaves_nothing_to_count() -> None:
    relays = make_relays()
    relays.take(make_heartbeat(in_flight=7), NOW)
    relays.take(make_heartbeat(ready=False), NOW + 1)
    relays.take(make_heartbeat(boot=OTHER_BOOT), NOW + 9)
    assert drops(relays) == {}


def test_an_orphan_that_drains_beside_its_successor_is_not_dead() -> None:
    relays = make_relays()
    orphan = {"ready": False, "seq": 10, "drops": {"full": 3}}
    relays.take(make_heartbeat(seq=10, drops={"full": 3}, in_flight=7), NOW)
    for second in range(1, 10):
        now = NOW + second
        relays.take(make_heartbeat(boot=OTHER_BOOT), now)
        relays.take(make_heartbeat(in_flight=10 - second, **orphan), now)
        assert relays.readiness(now).is_complete()
    relays.refresh(NOW + 60)
    assert drops(relays) == {"full": 3, "died": 1}


def test_last_words_that_arrive_late_do_not_bring_the_dead_back() -> None:
    relays = make_relays()
    relays.take(make_heartbeat(boot=OTHER_BOOT, in_flight=1), NOW)
    relays.take(make_heartbeat(in_flight=7), NOW)
    for second in range(10):
        relays.take(make_heartbeat(boot=OTHER_BOOT, in_flight=1), NOW + second)
    assert relays.seen["relay-0"].heartbeat.boot == OTHER_BOOT
    assert drops(relays) == {"died": 7}


def test_the_dead_are_bounded() -> None:
    relays = make_relays()
    for n in range(MOST_RELAYS + 10):
        boot = n.to_bytes(16, "big")
        relays.take(make_heartbeat(boot=boot, in_flight=1), NOW)
    assert len(relays.former) == MOST_RELAYS
    assert drops(relays) == {"died": 9}


def test_relays_that_drain_say_so() -> None:
    relays = make_relays(workers=2)
    relays.take(make_heartbeat(workers=2), NOW)
    relays.take(make_heartbeat(relay="relay-1", workers=2, ready=False), NOW)
    assert relays.readiness(NOW).waiting == {"relay-1": "draining"}
    assert not relays.readiness(NOW).draining
    relays.take(make_heartbeat(workers=2, ready=False), NOW)
    assert relays.readiness(NOW).draining


@pytest.mark.parametrize(
    "odd",
    [
        {"seq": 4},
        {"seq": -1},
        {"drops": {"full": 1}},
        {"drops": {f"r{n}": 9 for n in range(1000)}},
        {"drops": {"x" * 65: 9}},
        {"spoofed": 0},
        {"in_flight": -1},
        {"lag_seconds": math.nan},
        {"lag_seconds": -1.0},
        {"cpu_seconds": math.inf},
        {"settings_hash": "x" * 1000},
    ],
    ids=str,
)
def test_a_senseless_heartbeat_changes_nothing(odd: dict[str, object]) -> None:
    relays = make_relays()
    sane = make_heartbeat(seq=5, drops={"full": 2}, spoofed=1)
    relays.take(sane, NOW)
    usual = {"seq": 5, "drops": {"full": 2}, "spoofed": 1}
    relays.take(make_heartbeat(**{**usual, **odd}), NOW + 1)
    assert relays.seen["relay-0"].heartbeat == sane
    assert relays.board.tally(catalog.INVALID).values == {("heartbeat",): 1}


def test_relays_are_bounded() -> None:
    relays = make_relays()
    for n in range(MOST_RELAYS + 10):
        relays.take(make_heartbeat(relay=f"r{n}"), NOW)
    assert len(relays.seen) == MOST_RELAYS
    assert len(shown(relays, catalog.RELAY_UP)) <= catalog.RELAY_UP.label_sets()


@pytest.mark.parametrize(
    ("workers_said", "ready", "complete"),
    [
        pytest.param([2, 2], [True, True], True, id="both ready"),
        pytest.param([2], [True], False, id="one never heard of"),
        pytest.param([2, 2], [True, False], False, id="one drains"),
        pytest.param([], [], False, id="none heard of"),
    ],
)
def test_readiness(workers_said: list[int], ready: list[bool], complete: bool) -> None:
    relays = make_relays(workers=2)
    for n, (workers, is_ready) in enumerate(zip(workers_said, ready, strict=True)):
        beat = make_heartbeat(relay=f"relay-{n}", workers=workers, ready=is_ready)
        relays.take(beat, NOW)
    assert relays.readiness(NOW).is_complete() is complete


def test_what_relays_say_of_their_number_wins_over_the_settings() -> None:
    relays = make_relays(workers=8)
    relays.take(make_heartbeat(workers=1), NOW)
    assert relays.readiness(NOW).is_complete()


def test_an_old_heartbeat_is_no_readiness() -> None:
    relays = make_relays()
    relays.take(make_heartbeat(), NOW)
    found = relays.readiness(NOW + 7)
    assert not found.is_complete()
    assert found.waiting == {"relay-0": "no heartbeat for 7 s"}
