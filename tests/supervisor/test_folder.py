"""Two instances never share a folder; what is left of a dead one keeps nobody out."""

import os
import re
import subprocess
import sys

import pytest

from proxy.errors import SeatrialError
from proxy.supervisor import locked

HOLD = """
import sys
from pathlib import Path
from proxy.supervisor import locked
with locked(Path(sys.argv[1]), ["relay", "monitor"]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def hold(tmp_path):
    """Another process that holds the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"held\n"
    with process:
        yield process
        process.kill()


def test_second_instance_is_refused_with_the_firsts_pid(hold, tmp_path):
    said = (
        f"instance.run_dir: another Seatrial (pid {hold.pid}) works in {tmp_path}; "
        "give each instance its own folder"
    )
    with (
        pytest.raises(SeatrialError, match=f"^{re.escape(said)}$"),
        locked(tmp_path, ["monitor"]),
    ):
        pass


def test_folder_of_a_killed_instance_is_free(hold, tmp_path):
    hold.kill()
    hold.wait()
    with locked(tmp_path, ["relay", "monitor"]):
        assert (tmp_path / "relay.supervisor.lock").read_text() == str(os.getpid())


def test_relays_and_monitor_may_have_supervisors_of_their_own(tmp_path):
    with locked(tmp_path, ["relay"]), locked(tmp_path, ["monitor"]):
        pass


def test_a_part_that_cannot_be_had_frees_the_others(tmp_path):
    with locked(tmp_path, ["monitor"]):
        with pytest.raises(SeatrialError), locked(tmp_path, ["relay", "monitor"]):
            pass
        with locked(tmp_path, ["relay"]):
            pass


def test_no_child_inherits_the_lock(tmp_path):
    with locked(tmp_path, ["relay"]):
        child = subprocess.Popen(
            [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            close_fds=False,
        )
        child.stdout.readline()  # its exec, which closes what is not inherited, is over
    try:
        with locked(tmp_path, ["relay"]):
            pass
    finally:
        child.communicate()


def test_folder_that_cannot_be_written_is_refused(tmp_path):
    with (
        pytest.raises(SeatrialError, match="cannot be locked"),
        locked(tmp_path / "absent", ["relay"]),
    ):
        pass
