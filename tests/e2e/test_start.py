"""What a user reads when `seatrial serve` cannot start: a line each, and a status."""

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.instances import COMMAND, ROOT, free_port

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `seatrial serve -c FILE`, which must end by itself."""

    def run(settings: str, **environment: str) -> subprocess.CompletedProcess[str]:
        file = tmp_path / "seatrial.yaml"
        file.write_text(f"instance: {{run_dir: {tmp_path}/run}}\n{settings}")
        kept = {k: v for k, v in os.environ.items() if not k.startswith("SEATRIAL_")}
        return subprocess.run(
            [COMMAND, "serve", "-c", str(file)],
            cwd=ROOT,
            env=kept | environment,
            capture_output=True,
            text=True,
            timeout=30,
        )

    return run


@pytest.fixture
def taken() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def settings(relay: str = "127.0.0.1:0", admin: str | None = None) -> str:
    admin = admin or f"127.0.0.1:{free_port()}"
    return f"relay: {{listen: '{relay}', workers: 1}}\nadmin: {{listen: '{admin}'}}\n"


def test_taken_relay_port(run: Run, taken: str) -> None:
    done = run(settings(relay=taken))
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"seatrial: relay.listen: {taken} is in use already, perhaps by another "
        "Seatrial (ss -ltnp shows who listens)"
    ]


def test_taken_admin_port(run: Run, taken: str) -> None:
    done = run(settings(admin=taken))
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"seatrial: admin.listen: {taken} is in use already, perhaps by another "
        "Seatrial (ss -ltnp shows who listens)"
    ]


def test_missing_token_off_loopback(run: Run) -> None:
    done = run(settings(admin=f"0.0.0.0:{free_port()}"))
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert (
        "admin.token_env: needs the environment variable SEATRIAL_ADMIN_TOKEN" in line
    )
    assert "not on loopback" in line


def test_short_secret(run: Run) -> None:
    done = run(settings(), SEATRIAL_SECRET="hush")
    assert done.returncode == 2
    assert "16 characters" in done.stderr
    assert "hush" not in done.stderr


def test_every_mistake_is_one_line(run: Run, tmp_path: Path) -> None:
    done = run(
        "relay: {listen: nowhere}\n"
        "routes:\n"
        "- {name: openai, prefix: /openai, upstream: openai}\n"
        "- {name: Open AI, prefix: openai, upstream: 'https://x.test'}\n"
        "rotes: []\n"
    )
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert all(
        line.startswith(f"seatrial: {tmp_path}/seatrial.yaml:") for line in lines
    )
    keys = [line.split(": ")[2] for line in lines]
    assert sorted(keys) == sorted(
        [
            "relay.listen",
            "routes[0].upstream",
            "routes[1].name",
            "routes[1].prefix",
            "rotes",
        ]
    )


def test_missing_file(tmp_path: Path) -> None:
    done = subprocess.run(
        [COMMAND, "serve", "-c", str(tmp_path / "absent.yaml")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 2
    assert "absent.yaml" in done.stderr
    assert "Traceback" not in done.stderr


def test_folder_that_cannot_be_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run(settings() + f"recordings: {{write: {tmp_path}/file}}\n")
    assert done.returncode == 2
    assert "recordings.write: must name a folder" in done.stderr
