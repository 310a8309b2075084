"""`seatrial simulate` at the terminal."""

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from proxy.cli.main import run

PROGRAM = "from proxy.cli.main import main; main()"


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", PROGRAM, "simulate", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_json_prints_the_address_and_sigterm_stops_cleanly() -> None:
    with running("--json", "--seed", "3") as process:
        ready = json.loads(first_line(process))
        assert ready["pid"] == process.pid
        with urllib.request.urlopen(f"{ready['url']}/v1/models", timeout=10) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_one_line_names_the_address() -> None:
    with running() as process:
        assert "http://127.0.0.1:" in first_line(process)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["--ttft", "5"], ["--ttft", "200ms"], id="duration without unit"),
        pytest.param(["--behaviour", "sing=1"], ["--behaviour", "refusal"], id="name"),
        pytest.param(["--fault", "cut=x"], ["--fault", "cut=0.1"], id="number"),
        pytest.param(["--fault", "cut=1,stall=1"], ["must not exceed 1"], id="sum"),
        pytest.param(
            ["--listen", "9000"], ["--listen", "127.0.0.1:9000"], id="address"
        ),
        pytest.param(["--listen", "192.0.2.1:0"], ["--listen"], id="not our address"),
        pytest.param(["--chunks", "0"], ["--chunks"], id="chunks"),
        pytest.param(["--replay", "absent.jsonl"], ["absent.jsonl"], id="no file"),
    ],
)
def test_a_wrong_option_exits_2_and_says_what_is_right(
    arguments: list[str], told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["simulate", *arguments]) == 2
    message = capsys.readouterr().err
    assert all(part in message for part in told), message


def test_a_broken_recording_exits_2_naming_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text("\n{\n")
    assert run(["simulate", "--replay", str(path)]) == 2
    assert "broken.jsonl:2:" in capsys.readouterr().err


def test_help_teaches_by_examples(capsys: pytest.CaptureFixture[str]) -> None:
    run(["simulate", "--help"])
    told = capsys.readouterr().out
    assert "seatrial simulate --fault rate_limited=0.05" in told
    assert "x-simulate: fault=" in told


def test_the_command_is_imported_without_the_server() -> None:
    program = "import sys, proxy.cli.simulate; print('aiohttp' in sys.modules)"
    command = [sys.executable, "-c", program]
    output = subprocess.run(command, capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "False"
