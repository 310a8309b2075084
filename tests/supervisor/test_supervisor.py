"""The supervisor's promises, seen on real processes."""

import os
import signal
import socket
import time
from datetime import datetime

import pytest

from tests.supervisor.instances import child, until

RELAYS = (child("relay-0"), child("relay-1"))
MONITOR = child("monitor", serves=False)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_children_get_name_secret_settings_and_listeners(start):
    instance = start(*RELAYS, MONITOR)
    instance.wait_log("ready")
    begun = {entry["name"]: entry for entry in instance.wait_journal("begin", 3)}
    assert begun.keys() == {"relay-0", "relay-1", "monitor"}
    assert {entry["secret"] for entry in begun.values()} == {"secret"}
    assert instance.call() in {"relay-0", "relay-1"}


def test_first_death_is_answered_at_once_and_leaves_the_others(start):
    instance = start(*RELAYS)
    instance.wait_log("ready")
    first, other = instance.pid("relay-0"), instance.pid("relay-1")
    died = time.monotonic()
    os.kill(first, signal.SIGKILL)
    instance.wait_log("child started", 2, child="relay-0")
    assert time.monotonic() - died < 1
    assert instance.logged("child died")[0]["ending"] == "SIGKILL"
    assert not gone(other)
    assert len(instance.logged("child started", child="relay-1")) == 1


def test_connections_succeed_while_one_relay_is_dead(start):
    instance = start(*RELAYS)
    instance.wait_log("ready")
    victim = instance.pid("relay-0")
    os.kill(victim, signal.SIGKILL)
    until(lambda: gone(victim), "its death: until then it may still accept")
    assert instance.call() in {"relay-0", "relay-1"}


def test_frozen_relay_is_killed_and_replaced(start):
    instance = start(child("relay-0", silence_seconds=1.0), child("relay-1"))
    instance.wait_log("ready")
    frozen = instance.pid("relay-0")
    froze = time.monotonic()
    os.kill(frozen, signal.SIGSTOP)
    instance.wait_log("child started", 2, child="relay-0")
    assert time.monotonic() - froze < 3
    assert len(instance.logged("child is frozen; it is killed")) == 1
    assert gone(frozen)


def test_a_frozen_relay_is_covered_within_a_second_and_until_it_is_back(start):
    instance = start(child("relay-0", silence_seconds=30.0), child("relay-1"))
    instance.wait_log("ready")
    cover = {"event": "cover", "pid": instance.pid("relay-1"), "name": "relay-0"}
    at_start = instance.journal("cover").count(cover)
    frozen = instance.pid("relay-0")
    froze = time.monotonic()
    os.kill(frozen, signal.SIGSTOP)
    until(lambda: instance.journal("cover").count(cover) > at_start, "cover", 5)
    assert time.monotonic() - froze < 1.5
    uncovered = len(instance.journal("uncover"))
    os.kill(frozen, signal.SIGCONT)
    until(lambda: len(instance.journal("uncover")) > uncovered, "uncover", 5)


def test_silent_child_is_frozen_even_if_it_was_ready(start):
    instance = start(child("relay-0", "--silent", silence_seconds=0.5))
    instance.wait_log("child is frozen; it is killed", child="relay-0")


def test_supervisor_that_was_stopped_itself_kills_nobody(start):
    instance = start(child("relay-0", silence_seconds=1.0))
    instance.wait_log("ready")
    instance.signal(signal.SIGSTOP)
    time.sleep(2)  # the fact under test is this stretch of time
    instance.signal(signal.SIGCONT)
    instance.signal(signal.SIGHUP)
    instance.wait_log("settings reloaded")
    time.sleep(0.6)  # two ticks: what it had to decide it has decided
    assert instance.logged("child is frozen; it is killed") == []


def test_child_that_speaks_nonsense_is_replaced(start):
    instance = start(child("relay-0", "--nonsense"))
    instance.wait_log("child speaks nonsense", child="relay-0")
    instance.wait_log("child started", 2, child="relay-0")


def test_instance_fails_when_no_relay_gets_ready(start):
    instance = start(child("relay-0", "--dies", "before ready"), MONITOR)
    assert instance.wait() == 1
    assert instance.logged("child given up: it never got ready", child="relay-0")
    assert instance.logged("instance failed", reason="no relay gets ready")
    starts = instance.logged("child started", child="relay-0")
    assert len(starts) == 8
    first, last = (datetime.fromisoformat(starts[i]["time"]) for i in (0, -1))
    assert (last - first).total_seconds() > 6, "restarts did not wait ever longer"
    assert instance.journal("end"), "the monitor was not drained"


def test_monitor_that_never_gets_ready_stops_no_relay(start):
    instance = start(
        child("relay-0"), child("monitor", "--dies", "at once", serves=False)
    )
    instance.wait_log("child does not get ready", child="monitor")
    assert instance.call() == "relay-0"
    assert instance.process.poll() is None


def test_monitor_alone_is_an_instance(start):
    instance = start(MONITOR)
    instance.wait_log("ready")
    instance.signal(signal.SIGTERM)
    assert instance.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_relays_drain_before_the_monitor(start, number):
    instance = start(child("relay-0", "--linger", "0.5"), MONITOR)
    instance.wait_log("ready")
    relay = instance.pid("relay-0")
    instance.signal(number)
    assert instance.wait() == 0
    drained = [entry["pid"] for entry in instance.journal("drain")]
    assert drained == [relay, instance.pid("monitor")]
    first_end, second_drain = instance.journal("end")[0], instance.journal("drain")[1]
    assert (first_end["pid"], second_drain["pid"]) == (relay, drained[1])


def test_monitor_is_told_when_the_relays_begin_to_drain(start):
    instance = start(child("relay-0", "--linger", "2"), MONITOR)
    instance.wait_log("ready")
    instance.signal(signal.SIGTERM)
    (told,) = instance.wait_journal("draining")
    assert told["pid"] == instance.pid("monitor")
    assert instance.journal("end") == []


def test_monitor_replaced_during_a_drain_is_told_too(start):
    instance = start(child("relay-0", "--ignores-drain"), MONITOR)
    instance.wait_log("ready")
    instance.signal(signal.SIGTERM)
    instance.wait_journal("draining")
    os.kill(instance.pid("monitor"), signal.SIGKILL)
    told = instance.wait_journal("draining", 2)
    assert told[0]["pid"] != told[1]["pid"]


def test_drain_carries_the_settings(start):
    instance = start(child("relay-0"))
    instance.wait_log("ready")
    instance.signal(signal.SIGTERM)
    instance.wait()
    assert instance.journal("drain")[0]["limit"] == 20


def test_port_is_free_once_the_relays_are_gone(start):
    instance = start(child("relay-0"), child("monitor", "--linger", "3", serves=False))
    instance.wait_log("ready")
    instance.signal(signal.SIGTERM)
    instance.wait_log("child ended", child="relay-0")
    with pytest.raises(ConnectionRefusedError):
        instance.call()


def test_relay_that_dies_while_draining_is_not_replaced(start):
    instance = start(
        child("relay-0", "--ignores-drain"), child("relay-1", "--linger", "2")
    )
    instance.wait_log("ready")
    instance.signal(signal.SIGTERM)
    instance.wait_journal("drain", 2)
    os.kill(instance.pid("relay-0"), signal.SIGKILL)
    assert instance.wait() == 0
    assert len(instance.logged("child started")) == 2


def test_relay_that_overstays_the_drain_is_killed(start):
    instance = start(child("relay-0", "--ignores-drain"), limit="1ms")
    instance.wait_log("ready")
    instance.signal(signal.SIGTERM)
    assert instance.wait() == 0
    assert instance.logged("child overstays", child="relay-0")


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)]
)
def test_second_signal_kills_at_once(start, number, status):
    instance = start(child("relay-0", "--ignores-drain"), MONITOR)
    instance.wait_log("ready")
    pids = [instance.pid("relay-0"), instance.pid("monitor")]
    instance.signal(number)
    instance.wait_log("draining")
    instance.signal(number)
    assert instance.wait() == status
    assert all(gone(pid) for pid in pids)
    killed = instance.logged("child killed", level="info", ending="SIGKILL")
    assert {line["child"] for line in killed} == {"relay-0", "monitor"}
    assert instance.logged("child died") == []


def test_signal_to_the_terminals_group_reaches_no_child(start):
    instance = start(child("relay-0"))
    instance.wait_log("ready")
    assert os.getpgid(instance.pid("relay-0")) != os.getpgid(instance.process.pid)


def test_children_learn_that_the_supervisor_died(start):
    instance = start(child("relay-0"))
    instance.wait_log("ready")
    pid = instance.pid("relay-0")
    instance.process.kill()
    instance.wait_journal("orphan")
    until(lambda: gone(pid), "the orphan's end")


def test_reload_reaches_every_child(start):
    instance = start(*RELAYS, MONITOR)
    instance.wait_log("ready")
    routes = "routes: [{name: new, prefix: /new, upstream: http://127.0.0.1:1}]"
    instance.settings.write_text(instance.settings.read_text() + routes)
    instance.signal(signal.SIGHUP)
    entries = instance.wait_journal("reload", 3)
    assert [entry["routes"] for entry in entries] == [["new"]] * 3
    reloaded = instance.wait_log("settings reloaded", changed="routes")
    hashed = instance.logged("ready")[0]["settings_hash"]
    assert reloaded["settings_hash"] != hashed


def test_reload_of_the_same_settings_says_that_nothing_changed(start):
    instance = start(child("relay-0"))
    instance.wait_log("ready")
    instance.signal(signal.SIGHUP)
    instance.wait_log("settings reloaded", changed="nothing")


def test_child_started_after_a_reload_gets_the_new_settings(start):
    instance = start(child("relay-0"))
    instance.wait_log("ready")
    before = instance.journal("begin")[0]["settings"]
    routes = "routes: [{name: new, prefix: /new, upstream: http://127.0.0.1:1}]"
    instance.settings.write_text(instance.settings.read_text() + routes)
    instance.signal(signal.SIGHUP)
    instance.wait_log("settings reloaded")
    os.kill(instance.pid("relay-0"), signal.SIGKILL)
    assert instance.wait_journal("begin", 2)[1]["settings"] != before


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(
            ("delay: 0", "delya: 0"),
            ':3: relay.drain.delya: is no setting; did you mean "relay.drain.delay"?',
            id="wrong",
        ),
        pytest.param(
            ("127.0.0.1:0", "127.0.0.1:1"),
            "relay.listen changes only with a restart",
            id="not reloadable",
        ),
    ],
)
def test_refused_settings_change_nothing(start, change, reason):
    instance = start(child("relay-0"))
    instance.wait_log("ready")
    text = instance.settings.read_text()
    instance.settings.write_text(text.replace(*change))
    instance.signal(signal.SIGHUP)
    assert instance.wait_log("settings refused")["reason"].endswith(reason)
    assert instance.journal("reload") == []
    assert instance.call() == "relay-0"


def test_systemd_hears_of_every_change(start, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(20)
        instance = start(child("relay-0"), NOTIFY_SOCKET=str(tmp_path / "notify"))
        heard = [systemd.recv(4096).decode()]
        instance.signal(signal.SIGHUP)
        heard += [systemd.recv(4096).decode() for _ in range(2)]
        instance.signal(signal.SIGTERM)
        heard.append(systemd.recv(4096).decode())
    words = [message.split("=")[0] for message in heard]
    assert words == ["READY", "RELOADING", "READY", "STOPPING"]
    assert "\nMONOTONIC_USEC=" in heard[1]


def test_systemds_watchdog_is_fed(start, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(20)
        start(
            child("relay-0"),
            NOTIFY_SOCKET=str(tmp_path / "notify"),
            WATCHDOG_USEC="1000000",
        )
        heard = [systemd.recv(4096) for _ in range(4)]
    assert heard.count(b"WATCHDOG=1") >= 3
