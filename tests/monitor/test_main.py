"""The monitor as a process: what relays send comes out at the admin port."""

import shutil
import signal
import socket
import stat
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from proxy.monitor.sequence import Sequences
from proxy.recording.control import Beat, Drain, Draining, Reload
from proxy.settings import Settings
from tests.make import BOOT, make_frame, make_heartbeat, make_marks, make_recording
from tests.monitor.process import MonitorProcess, free_port, wait_until

CANARY = "sk-canary-3141592653589793"


def make_frames(count: int, first: int = 0) -> bytes:
    frames = [make_recording(seq=first + n) for n in range(count)]
    return b"".join(map(make_frame, frames))


def saved(monitor: MonitorProcess) -> int:
    """Recordings of the one boot that a successor would know of."""
    state = monitor.run_dir / "monitor.state"
    if not state.exists():
        return 0
    sequences = Sequences()
    sequences.restore(state.read_bytes())
    return sequences.ledgers[BOOT].received


def test_recordings_are_counted_by_their_labels(tmp_path: Path) -> None:
    with MonitorProcess(tmp_path) as monitor, monitor.relay() as relay:
        relay.sendall(make_frames(3))
        relay.sendall(make_frame(make_recording(route=None, status=404)))
        monitor.wait_value(
            3,
            "seatrial_requests_total",
            route="openai",
            method="POST",
            status_class="2xx",
            outcome="complete",
            dialect="openai.chat",
            source="live",
        )
        assert monitor.value("seatrial_requests_total", route="none") == 1
        assert monitor.value("seatrial_request_duration_seconds_count") == 4


def test_frames_in_single_bytes_are_counted(tmp_path: Path) -> None:
    with MonitorProcess(tmp_path) as monitor, monitor.relay() as relay:
        for byte in make_frame(make_recording()):
            relay.sendall(bytes([byte]))
        monitor.wait_value(1, "seatrial_recordings_received_total")


def test_a_bad_frame_ends_its_connection_and_no_other(tmp_path: Path) -> None:
    with MonitorProcess(tmp_path) as monitor:
        with monitor.relay() as good, monitor.relay() as bad:
            bad.sendall(b"GET / HTTP/1.1\r\n\r\n" + CANARY.encode())
            assert bad.recv(1) == b""
            good.sendall(make_frames(1))
            monitor.wait_value(1, "seatrial_recordings_received_total")
        lost = {"stage": "monitor", "reason": "undecodable"}
        assert monitor.value("seatrial_dropped_total", **lost) == 1
        with monitor.relay() as again:
            again.sendall(make_frames(1, first=1))
            monitor.wait_value(2, "seatrial_recordings_received_total")
        assert CANARY not in monitor.logs()


def test_half_frames_of_many_connections_stay_bounded(tmp_path: Path) -> None:
    half = (60 * 1024 * 1024).to_bytes(4, "big") + b"\x01" + b"x" * 50 * 1024 * 1024
    with MonitorProcess(tmp_path) as monitor:
        relays = [monitor.relay() for _ in range(3)]
        for relay in relays:
            try:
                relay.sendall(half)
            except OSError:
                break
        monitor.wait_value(
            1, "seatrial_dropped_total", stage="monitor", reason="partial"
        )
        assert monitor.value("process_resident_memory_bytes") < 400 * 1024 * 1024
        for relay in relays:
            relay.close()


def test_sockets_and_folder_belong_to_the_user_alone(tmp_path: Path) -> None:
    with MonitorProcess(tmp_path) as monitor:
        assert stat.S_IMODE(monitor.run_dir.stat().st_mode) == 0o700
        socket_file = monitor.run_dir / "monitor.sock"
        assert stat.S_IMODE(socket_file.stat().st_mode) == 0o600


def test_ready_when_each_relay_says_so(tmp_path: Path) -> None:
    with (
        MonitorProcess(tmp_path, relay={"workers": 2}) as monitor,
        monitor.relay() as relay,
    ):
        answer = monitor.get("/readyz")
        assert answer.status == 503
        assert answer.json()["relays"]["missing"] == 2
        beats = [make_heartbeat(relay=f"relay-{n}", workers=2) for n in range(2)]
        relay.sendall(make_frame(beats[0]))
        wait_until(
            lambda: monitor.get("/readyz").json()["relays"]["missing"] == 1,
            "one relay of two",
        )
        relay.sendall(b"".join(map(make_frame, beats)))
        wait_until(lambda: monitor.get("/readyz").status == 200, "readiness")
        relay.sendall(make_frame(make_heartbeat(ready=False, workers=2)))
        wait_until(lambda: monitor.get("/readyz").status == 503, "a relay drains")
        assert "relay-0" in monitor.get("/readyz").json()["relays"]["waiting"]


def test_a_silent_relay_is_not_ready(tmp_path: Path) -> None:
    with MonitorProcess(tmp_path) as monitor, monitor.relay() as relay:
        relay.sendall(make_frame(make_heartbeat()))
        wait_until(lambda: monitor.get("/readyz").status == 200, "readiness")
        wait_until(lambda: monitor.get("/readyz").status == 503, "silence is noticed")
        assert monitor.value("seatrial_relay_up", relay="relay-0") == 0


def test_health_needs_no_relay(tmp_path: Path) -> None:
    with MonitorProcess(tmp_path) as monitor:
        assert monitor.get("/healthz").status == 200


def test_it_beats_while_it_lives(tmp_path: Path) -> None:
    with MonitorProcess(tmp_path) as monitor:
        for _ in range(3):
            monitor.wait_for(Beat)


@pytest.mark.parametrize("how", ["line", "sigterm", "drain"])
def test_it_finishes_writing_before_it_ends(tmp_path: Path, how: str) -> None:
    kept = tmp_path / "kept"
    monitor = MonitorProcess(tmp_path, recordings={"write": str(kept)})
    with monitor, monitor.relay() as relay:
        relay.sendall(make_frames(500))
        match how:
            case "line":
                assert monitor.line is not None
                monitor.line.shutdown(socket.SHUT_RDWR)
            case "sigterm":
                monitor.signal(signal.SIGTERM)
            case _:
                monitor.say(Drain(delay=0.1, limit=5.0))
        assert monitor.exit_status() == 0
    lines = "".join(file.read_text() for file in kept.glob("*.jsonl")).splitlines()
    assert len(lines) == 500
    assert not (monitor.run_dir / "monitor.sock").exists()


def test_a_drain_fails_readiness_at_once(tmp_path: Path) -> None:
    with MonitorProcess(tmp_path) as monitor, monitor.relay() as relay:
        relay.sendall(make_frame(make_heartbeat()))
        wait_until(lambda: monitor.get("/readyz").status == 200, "readiness")
        monitor.say(Drain(delay=5.0, limit=5.0))
        wait_until(lambda: monitor.get("/readyz").json()["draining"], "draining")
        monitor.signal(signal.SIGTERM)
        assert monitor.exit_status() == 0


def test_a_monitor_that_hears_of_a_drain_is_unready_and_goes_on(tmp_path: Path) -> None:
    with MonitorProcess(tmp_path) as monitor, monitor.relay() as relay:
        relay.sendall(make_frame(make_heartbeat()))
        wait_until(lambda: monitor.get("/readyz").status == 200, "readiness")
        monitor.say(Draining())
        wait_until(lambda: monitor.get("/readyz").status == 503, "unreadiness")
        assert monitor.get("/readyz").json()["draining"]
        relay.sendall(make_frames(3))
        monitor.wait_value(3, "seatrial_recordings_received_total")


def test_a_killed_monitor_is_replaced_in_the_same_place(tmp_path: Path) -> None:
    with MonitorProcess(tmp_path) as monitor:
        monitor.kill_and_start()
        with monitor.relay() as relay:
            relay.sendall(make_frames(1))
            monitor.wait_value(1, "seatrial_recordings_received_total")


def test_what_was_lost_in_a_killed_monitor_is_a_gap(tmp_path: Path) -> None:
    with MonitorProcess(tmp_path) as monitor:
        with monitor.relay() as relay:
            relay.sendall(make_frame(make_heartbeat(seq=10)))
            relay.sendall(make_frames(5, first=10))
            wait_until(lambda: saved(monitor) == 5, "what was received is saved")
        monitor.kill_and_start()
        with monitor.relay() as relay:
            relay.sendall(make_frames(2, first=19))
            relay.sendall(make_frame(make_heartbeat(seq=21, drops={"absent": 1})))
            monitor.wait_value(3, "seatrial_dropped_total", stage="gap")
            assert monitor.value("seatrial_dropped_total", stage="relay") == 1


def test_two_monitors_do_not_share_a_folder(tmp_path: Path) -> None:
    with MonitorProcess(tmp_path), closing(MonitorProcess(tmp_path)) as second:
        second.launch()
        assert second.exit_status() == 2
        assert "another monitor" in second.logs()


def test_a_frozen_monitor_takes_up_what_waited(tmp_path: Path) -> None:
    with MonitorProcess(tmp_path) as monitor, monitor.relay() as relay:
        monitor.signal(signal.SIGSTOP)
        relay.sendall(make_frames(20))
        monitor.signal(signal.SIGCONT)
        monitor.wait_value(20, "seatrial_recordings_received_total")


def beyond_loopback(folder: Path) -> MonitorProcess:
    port = free_port()
    monitor = MonitorProcess(folder, admin={"listen": f"0.0.0.0:{port}"})
    monitor.port = port
    return monitor


def test_a_port_beyond_loopback_needs_a_token(tmp_path: Path) -> None:
    with closing(beyond_loopback(tmp_path)) as monitor:
        monitor.launch()
        assert monitor.exit_status() == 2
        assert "SEATRIAL_ADMIN_TOKEN" in monitor.logs()


def test_with_the_token_it_answers_beyond_loopback(tmp_path: Path) -> None:
    with closing(beyond_loopback(tmp_path)) as monitor:
        monitor.start({"SEATRIAL_ADMIN_TOKEN": CANARY})
        assert monitor.get("/healthz").status == 200
        assert monitor.get("/readyz").status == 503
        assert monitor.get("/metrics").status == 401
        wrong = {"Authorization": "Bearer wrong"}
        assert monitor.get("/metrics", wrong).status == 401
        right = {"Authorization": f"Bearer {CANARY}"}
        assert monitor.get("/metrics", right).status == 200
        assert CANARY not in monitor.logs()


def test_a_reload_changes_what_is_kept(tmp_path: Path) -> None:
    with MonitorProcess(tmp_path) as monitor, monitor.relay() as relay:
        route = {"name": "openai", "prefix": "/o", "upstream": "http://127.0.0.1:1"}
        settings = monitor.settings.model_dump()
        settings["routes"] = [{**route, "dialect": "anthropic.messages"}]
        encoded = Settings.model_validate(settings).model_dump_json().encode()
        monitor.say(Reload(settings=encoded))

        def counted_by_the_new_settings() -> bool:
            relay.sendall(make_frames(1))
            labels = {"dialect": "anthropic.messages"}
            return monitor.value("seatrial_requests_total", **labels) > 0

        wait_until(counted_by_the_new_settings, "the route's own dialect")


def test_odd_marks_are_counted_and_never_measured(tmp_path: Path) -> None:
    odd = make_recording(marks=make_marks(end=0, first_byte=0, last_byte=2**62))
    with MonitorProcess(tmp_path) as monitor, monitor.relay() as relay:
        relay.sendall(make_frame(odd))
        monitor.wait_value(1, "seatrial_recordings_received_total")
        assert monitor.value("seatrial_invalid_values_total") == 3
        assert monitor.value("seatrial_request_duration_seconds_count") == 0


def test_promtool_accepts_the_page(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (apt-get install prometheus)")
    with MonitorProcess(tmp_path) as monitor, monitor.relay() as relay:
        relay.sendall(make_frames(3) + make_frame(make_heartbeat(seq=3)))
        monitor.wait_value(3, "seatrial_recordings_received_total")
        page = monitor.get("/metrics").body
    done = subprocess.run(
        [promtool, "check", "metrics"],
        input=page,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert b"seatrial" not in done.stderr
    assert done.returncode in (0, 3), done.stderr
