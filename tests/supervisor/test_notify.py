import os
import socket

import pytest

from proxy.supervisor.notify import Notifier, watchdog_seconds


def test_without_systemd_nothing_is_sent():
    Notifier({}).tell("READY=1")


def test_abstract_socket_is_reached():
    name = f"seatrial-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(f"\0{name}")
        systemd.settimeout(5)
        Notifier({"NOTIFY_SOCKET": f"@{name}"}).tell("READY=1", "STATUS=here")
        assert systemd.recv(100) == b"READY=1\nSTATUS=here"


def test_absent_systemd_is_logged_not_raised(tmp_path, caplog):
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "absent")}).tell("READY=1")
    assert caplog.messages == ["systemd not notified"]


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        pytest.param({}, None, id="not asked"),
        pytest.param({"WATCHDOG_USEC": "30000000"}, 15.0, id="half the time"),
        pytest.param(
            {"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None, id="another's"
        ),
        pytest.param({"WATCHDOG_USEC": "soon"}, None, id="malformed"),
    ],
)
def test_watchdog_interval(environ, seconds):
    assert watchdog_seconds(environ) == seconds
