"""SIGHUP where there is a terminal."""

import json
import os
import pty
import signal
import sys
import time
from pathlib import Path

from proxy.supervisor.terminal import has_terminal
from tests.supervisor.instances import HERE, ROOT, SETTINGS, child, until


def in_terminal(report: Path) -> tuple[int, int]:
    """A child on a terminal of its own, which writes what it sees when it hangs up."""
    pid, terminal = pty.fork()
    if pid == 0:
        before = has_terminal()

        def hung_up(*_: object) -> None:
            report.write_text(f"{before} {has_terminal()}")
            os._exit(0)

        signal.signal(signal.SIGHUP, hung_up)
        report.with_suffix(".ready").touch()
        time.sleep(60)
        os._exit(1)
    return pid, terminal


def test_closed_terminal_is_told_from_a_reload(tmp_path):
    pid, terminal = in_terminal(tmp_path / "report")
    until((tmp_path / "report.ready").exists, "the child on its terminal")
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert (tmp_path / "report").read_text() == "True False"


def supervisor_on_a_terminal(folder: Path) -> tuple[int, int]:
    settings = folder / "seatrial.yaml"
    settings.write_text(SETTINGS.replace("LIMIT", "20s"))
    spec = {
        "settings": str(settings),
        "journal": str(folder / "journal"),
        "children": [child("relay-0", "--ignores-drain")],
    }
    argv = [sys.executable, str(HERE / "instance_main.py"), json.dumps(spec)]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(argv[0], argv, {**os.environ, "PYTHONPATH": str(ROOT)})
    return pid, terminal


def read_until(terminal: int, words: str) -> str:
    said = ""
    while words not in said:
        said += os.read(terminal, 4096).decode()
    return said


def test_person_on_a_terminal_learns_how_long_a_drain_takes_and_how_to_end_it(tmp_path):
    pid, terminal = supervisor_on_a_terminal(tmp_path)
    read_until(terminal, " ready ")
    os.write(terminal, b"\x03")
    read_until(terminal, "draining: 20 s at most; Ctrl-C again ends at once")
    os.write(terminal, b"\x03")
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 130
