"""Every command that a README shows is run, or at least made out by the tool it is for."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.instances import ROOT, fetch, until

BIN = Path(sys.executable).parent
PAGES = [
    *(ROOT / "README.md", ROOT / "tests" / "bench" / "README.md"),
    ROOT / "tests" / "recordings" / "README.md",
    *sorted(ROOT.glob("[!.]*/README.md")),
]
FENCED = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^ {4}((?:make|seatrial|python|pytest) .*)$", re.MULTILINE)
INLINE = re.compile(r"`((?:make|seatrial|python -m|pytest) [^`]+)`")
ELSEWHERE = re.compile(r"^(touch|rm) /etc/nginx/bypass$")
"""Run by tests/chaos/test_bypass.py."""


def commands() -> Iterator[str]:
    for page in PAGES:
        text = page.read_text()
        blocks = FENCED.findall(text)
        lines = [line for block in blocks for line in block.splitlines()]
        for line in [*lines, *INDENTED.findall(text), *INLINE.findall(text)]:
            command = line.partition("  #")[0].strip()
            if command and not ELSEWHERE.match(command):
                yield command


def starting(*words: str) -> list[str]:
    return sorted({c for c in commands() if c.split()[0] in words})


def in_shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-ec", command],
        cwd=folder,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_every_command_is_of_a_kind_that_is_tested() -> None:
    known = {"make", "seatrial", ".venv/bin/seatrial", "export", "unset"}
    assert {c.split()[0] for c in commands()} <= {*known, "python", "pytest"}


@pytest.mark.parametrize("command", starting("make"))
def test_make_knows_the_target(command: str) -> None:
    """What the targets do is tested beside what they run; `make test` runs this."""
    dry = command.replace("make ", "make -n ", 1)
    done = in_shell(dry, ROOT)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", starting("export", "unset"))
def test_a_shell_takes_it(command: str, tmp_path: Path) -> None:
    assert in_shell(command, tmp_path).returncode == 0


@pytest.mark.parametrize("command", starting("python", "pytest"))
def test_what_it_names_is_there(command: str) -> None:
    for word in command.split():
        if word.startswith("tests"):
            path = word if "/" in word else word.replace(".", "/")
            found = ROOT / path
            assert found.exists() or found.with_suffix(".py").exists(), word


@pytest.mark.parametrize("command", starting("seatrial"))
def test_seatrial_knows_the_command(command: str, tmp_path: Path) -> None:
    words = command.split("|")[0].split()
    done = in_shell(f"seatrial {words[1]} --help", tmp_path)
    assert done.returncode == 0
    for word in words[2:]:
        if word.startswith("-"):
            assert word in done.stdout


@pytest.mark.parametrize(
    "command", [c for c in starting("seatrial") if c.startswith("seatrial analyze ")]
)
def test_analyze_as_shown(command: str, tmp_path: Path) -> None:
    if "| jq" in command and shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    (tmp_path / "recordings").mkdir()
    golden = ROOT / "tests" / "recordings" / "smollm2-openai-chat.jsonl"
    shutil.copy(golden, tmp_path / "recordings" / "today.jsonl")
    talk = [user_says("Book it."), {"role": "assistant", "content": "Which day?"}]
    (tmp_path / "chats.jsonl").write_text(json.dumps({"messages": talk}))
    (tmp_path / "traffic.har").write_text(json.dumps({"log": {"entries": [entry()]}}))
    done = in_shell(command, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "model" in done.stdout or "clarifying" in done.stdout


def user_says(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def entry() -> dict[str, object]:
    """One call as a browser's developer tools save it."""
    asked = {"model": "m-1", "messages": [{"role": "user", "content": "hello"}]}
    said = {"id": "r1", "model": "m-1", "choices": []}
    return {
        "startedDateTime": "2026-01-01T00:00:00.000Z",
        "time": 12,
        "request": {
            "method": "POST",
            "url": "https://api.openai.com/v1/chat/completions",
            "httpVersion": "HTTP/1.1",
            "headers": [{"name": "content-type", "value": "application/json"}],
            "postData": {"mimeType": "application/json", "text": json.dumps(asked)},
        },
        "response": {
            "status": 200,
            "statusText": "OK",
            "httpVersion": "HTTP/1.1",
            "headers": [{"name": "content-type", "value": "application/json"}],
            "content": {"mimeType": "application/json", "text": json.dumps(said)},
        },
        "timings": {"send": 1, "wait": 10, "receive": 1},
    }


def test_serve_with_no_settings_listens_where_the_page_says(tmp_path: Path) -> None:
    assert ".venv/bin/seatrial serve" in set(commands())
    for port in (8080, 9464):
        with socket.socket() as other:
            if other.connect_ex(("127.0.0.1", port)) == 0:
                pytest.skip(f"port {port} is taken on this machine")
    environment = os.environ | {
        "XDG_RUNTIME_DIR": str(tmp_path),
        "TMPDIR": str(tmp_path),
    }
    with subprocess.Popen(
        [BIN / "seatrial", "serve"],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as serve:
        try:
            admin, relay = "http://127.0.0.1:9464", "http://127.0.0.1:8080"
            until(lambda: fetch(f"{admin}/readyz")[0] == 200, "readiness")
            assert fetch(f"{relay}/-/ready")[0] == 200
            assert b"seatrial_build_info" in fetch(f"{admin}/metrics")[1]
        finally:
            serve.send_signal(signal.SIGTERM)
            serve.communicate(timeout=30)
    assert serve.returncode == 0


def test_check_says_what_the_page_says(tmp_path: Path) -> None:
    page = (ROOT / "config" / "README.md").read_text()
    shown = re.search(r"^```console\n\$ (.*?)\n(.*?)^```", page, re.M | re.S)
    assert shown is not None
    (tmp_path / "seatrial.yaml").write_text(
        'relay:\n  lisen: 127.0.0.1:8080\nadmin:\n  listen: "9464"\n'
    )
    done = in_shell(shown[1], tmp_path)
    assert done.returncode == 2
    assert done.stderr == shown[2]
