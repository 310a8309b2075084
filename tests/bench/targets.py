"""What is measured, and how each is started before the upstream and ended again."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tests.bench.wire import PREFIX, request

ROOT = Path(__file__).parents[2]
SEATRIAL = str(Path(sys.executable).with_name("seatrial"))
"""The installed command, whose relay may be compiled; never the source in this tree."""
NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
START_SECONDS = 30.0

Probe = Callable[[], bool]


class TargetError(Exception):
    """A target that does not start."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a target is given: the upstream's port and a folder of its own."""

    upstream: int
    folder: Path


@dataclass(frozen=True, slots=True)
class Running:
    name: str
    pid: int
    """The root of the process tree that is measured."""
    port: int
    prefix: str = PREFIX
    admin: int | None = None
    """Where Seatrial's monitor tells what became of the recordings."""


@dataclass(frozen=True, slots=True)
class Target:
    name: str
    what: str
    start: Callable[[Place], AbstractContextManager[Running]]
    absent: str | None = None
    """Why it cannot be measured here."""


@contextlib.contextmanager
def upstream() -> Iterator[Running]:
    """The upstream itself: every other target stands before it."""
    command = [sys.executable, "-m", "tests.bench.upstream"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield Running("direct", process.pid, int(process.stdout.readline()), "")
        finally:
            process.terminate()


@contextlib.contextmanager
def nginx(place: Place) -> Iterator[Running]:
    assert NGINX is not None
    port = free_port()
    conf = place.folder / "nginx.conf"
    conf.write_text(nginx_conf(place, port))
    command = [NGINX, "-p", str(place.folder), "-c", str(conf), "-e", "stderr"]
    with process(command, place.folder) as nginx:
        wait(nginx, lambda: answers(port), place.folder)
        yield Running("nginx", nginx.pid, port)


def nginx_conf(place: Place, port: int) -> str:
    """Streams both ways, as a model API needs it, over kept connections; one process."""
    return f"""
daemon off;
master_process off;
worker_rlimit_nofile 8192;
pid {place.folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    client_max_body_size 64m;
    client_body_buffer_size 1m;
    keepalive_requests 1000000000;
    upstream api {{
        server 127.0.0.1:{place.upstream};
        keepalive 1024;
        keepalive_requests 1000000000;
    }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location {PREFIX}/ {{
            proxy_pass http://api/;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
            proxy_request_buffering off;
        }}
    }}
}}
"""


@contextlib.contextmanager
def afternoon(place: Place) -> Iterator[Running]:
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.aiohttp_proxy"]
    with process([*command, str(port), str(place.upstream)], place.folder) as proxy:
        wait(proxy, lambda: answers(port), place.folder)
        yield Running("aiohttp", proxy.pid, port)


def relay(
    name: str, transport: str
) -> Callable[[Place], AbstractContextManager[Running]]:
    """A relay and its supervisor; the monitor has a supervisor of its own."""

    @contextlib.contextmanager
    def start(place: Place) -> Iterator[Running]:
        port, admin, file = settings(place, transport)
        serve = [SEATRIAL, "serve", "-c", str(file), "--only"]
        with process([*serve, "monitor"], place.folder) as monitor:
            wait(monitor, lambda: bool(fetch(admin, "/healthz")), place.folder)
            with process([*serve, "relay"], place.folder) as relay:
                wait(relay, lambda: serves(port, admin), place.folder)
                yield Running(name, relay.pid, port, admin=admin)

    return start


@contextlib.contextmanager
def instance(place: Place) -> Iterator[Running]:
    port, admin, file = settings(place, "uvloop")
    with process([SEATRIAL, "serve", "-c", str(file)], place.folder) as serve:
        wait(serve, lambda: serves(port, admin), place.folder)
        yield Running("instance", serve.pid, port, admin=admin)


def settings(place: Place, transport: str) -> tuple[int, int, Path]:
    """The defaults, but for one worker, the addresses and a short end."""
    port, admin = free_port(), free_port()
    chosen = {
        "instance": {"run_dir": str(place.folder / "run")},
        "relay": {
            "listen": f"127.0.0.1:{port}",
            "workers": 1,
            "transport": transport,
            "drain": {"delay": "0s", "limit": "1s"},
        },
        "admin": {"listen": f"127.0.0.1:{admin}"},
        "logging": {"level": "warning", "format": "json"},
        "routes": [
            {
                "name": "bench",
                "prefix": PREFIX,
                "upstream": f"http://127.0.0.1:{place.upstream}",
            }
        ],
    }
    file = place.folder / "seatrial.yaml"
    file.write_text(json.dumps(chosen))
    return port, admin, file


def table() -> dict[str, Target]:
    no_nginx = no_seatrial = no_fast = None
    if NGINX is None:
        no_nginx = "nginx is not installed (apt install nginx), so there are no ratios"
    if not Path(SEATRIAL).exists():
        no_seatrial = f"there is no {SEATRIAL} (make install)"
    if find_spec("aiofastnet") is None:
        no_fast = "aiofastnet is not installed (the `fast` extra)"
    found = [
        Target("nginx", "the yardstick, one process", nginx, no_nginx),
        Target("aiohttp", "a handler and a ClientSession, on uvloop", afternoon),
        Target(
            "relay",
            "seatrial serve --only relay, transport uvloop; its monitor is not counted",
            relay("relay", "uvloop"),
            no_seatrial,
        ),
        Target(
            "relay-fast",
            "the same with aiofastnet, the `fast` extra",
            relay("relay-fast", "auto"),
            no_seatrial or no_fast,
        ),
        Target(
            "instance",
            "seatrial serve: relay, monitor and supervisor",
            instance,
            no_seatrial,
        ),
    ]
    return {target.name: target for target in found}


@contextlib.contextmanager
def process(command: Sequence[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "log").open("ab") as log:
        started = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(15)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def wait(process: subprocess.Popen[bytes], ready: Probe, folder: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            said = (folder / "log").read_text(errors="replace")[-2000:]
            raise TargetError(f"{folder.name} does not start: {said}")
        time.sleep(0.02)


def answers(port: int) -> bool:
    """Whether the upstream's answer comes through."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as sock:
            sock.sendall(request(PREFIX, "unary-100", 100))
            return sock.recv(100).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def serves(port: int, admin: int) -> bool:
    """Whether the relay answers and the monitor hears of it."""
    return answers(port) and bool(fetch(admin, "/readyz"))


def fetch(port: int, path: str) -> str:
    """The body of a 200, else nothing."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as got:
            body: bytes = got.read()
            return body.decode()
    except OSError:  # URLError and HTTPError are
        return ""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])
