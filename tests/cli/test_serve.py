"""`seatrial serve` as an operator runs it: real relays and monitor, a tiny upstream."""

import http.client
import http.server
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]


def until(found: Callable[[], object], what: str) -> object:
    deadline = time.monotonic() + 30
    while not (value := found()):
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.02)
    return value


class Upstream(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"upstream got {self.path}".encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


class Served:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.logs: list[dict] = []
        self.raw: list[str] = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if line.startswith("{"):
                self.logs.append(json.loads(line))
            else:
                self.raw.append(line)

    def wait_log(self, message: str, **facts: object) -> dict:
        wanted = {"message": message, **facts}

        def find() -> dict | None:
            return next(
                (x for x in list(self.logs) if wanted.items() <= x.items()), None
            )

        return until(find, f"{message} {facts}, got {self.logs} {self.raw}")

    def get(self, path: str) -> tuple[int, str]:
        host, port = self.wait_log("serving")["listen"].split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=10)
        connection.request("GET", path)
        response = connection.getresponse()
        found = response.status, response.read().decode()
        connection.close()
        return found

    def titles(self) -> list[str]:
        children = psutil.Process(self.process.pid).children()
        return sorted(child.cmdline()[0] for child in children)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        status = self.process.wait(30)
        self.reader.join(30)
        return status


@pytest.fixture
def serve(tmp_path, upstream) -> Iterator[Callable[..., Served]]:
    started: list[Served] = []
    admin = free_port()
    path = tmp_path / "seatrial.yaml"
    path.write_text(
        f"instance: {{run_dir: {tmp_path}/run}}\n"
        "relay: {listen: 127.0.0.1:0, workers: 2, drain: {delay: 0, limit: 5s}}\n"
        f"admin: {{listen: 127.0.0.1:{admin}}}\n"
        f"routes: [{{name: local, prefix: /local, upstream: {upstream}}}]\n"
    )

    def serve(*arguments: str) -> Served:
        process = subprocess.Popen(
            [sys.executable, "-m", "proxy.cli.main", "serve", "-c", path, *arguments],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        served = Served(process)
        started.append(served)
        return served

    serve.file = path
    serve.admin = f"http://127.0.0.1:{admin}"
    yield serve
    for served in started:
        if served.process.poll() is None:
            served.end()
        served.reader.join(30)
        served.process.stderr.close()


def admin_status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status
    except OSError as error:
        return getattr(error, "code", 0)


def test_relays_and_monitor_work_together(serve, tmp_path):
    served = serve()
    served.wait_log("ready")
    assert served.get("/local/v1/models") == (200, "upstream got /v1/models")
    until(lambda: admin_status(f"{serve.admin}/readyz") == 200, "readiness")
    until(lambda: len(served.titles()) == 3, "three children")
    assert served.titles() == [
        "seatrial: monitor",
        "seatrial: relay-0",
        "seatrial: relay-1",
    ]
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700
    assert served.end() == 0
    assert served.raw == []


def test_parts_under_separate_supervisors_meet_in_run_dir(serve):
    monitor, relay = serve("--only", "monitor"), serve("--only", "relay")
    relay.wait_log("ready")
    monitor.wait_log("ready")
    until(lambda: admin_status(f"{serve.admin}/readyz") == 200, "readiness")
    assert relay.titles() == ["seatrial: relay-0", "seatrial: relay-1"]
    assert relay.end() == 0
    assert monitor.end() == 0


def test_workers_of_the_command_line_win(serve):
    served = serve("--only", "relay", "--workers", "1")
    assert served.wait_log("serving")["workers"] == 1
    served.wait_log("ready")
    served.process.send_signal(signal.SIGHUP)
    served.wait_log("settings reloaded", process="supervisor")


def test_reload_swaps_routes_for_new_exchanges(serve, upstream):
    served = serve("--only", "relay")
    served.wait_log("ready")
    assert served.get("/new/x")[0] == 404
    route = f"{{name: new, prefix: /new, upstream: {upstream}}}"
    text = serve.file.read_text()
    serve.file.write_text(text.replace("routes: [", f"routes: [{route}, "))
    served.process.send_signal(signal.SIGHUP)
    until(lambda: served.get("/new/x") == (200, "upstream got /x"), "the new route")


def test_relays_log_the_hash_of_a_reload_under_the_name_that_others_use(serve):
    served = serve("--only", "relay")
    served.wait_log("ready")
    served.process.send_signal(signal.SIGHUP)
    hashed = served.wait_log("serving")["settings_hash"]
    for process in ("supervisor", "relay-0", "relay-1"):
        served.wait_log("settings reloaded", process=process, settings_hash=hashed)


def test_warning_is_its_own_message(serve, tmp_path):
    text = serve.file.read_text()
    serve.file.write_text(text + f"recordings: {{write: {tmp_path}/kept}}\n")
    served = serve("--only", "relay")
    served.wait_log(
        f"recordings.write keeps recordings in {tmp_path}/kept: headers and times only, "
        "for no route has content: full",
        level="warning",
    )


def test_mistake_in_a_reload_keeps_the_old_settings(serve):
    served = serve("--only", "relay")
    served.wait_log("ready")
    serve.file.write_text(serve.file.read_text() + "rotes: []\n")
    served.process.send_signal(signal.SIGHUP)
    reason = served.wait_log("settings refused")["reason"]
    assert reason == f'{serve.file}:5: rotes: is no setting; did you mean "routes"?'
    assert served.get("/local/x")[0] == 200


def test_killed_relay_is_replaced_while_the_other_serves(serve):
    served = serve("--only", "relay")
    served.wait_log("ready")
    victim = served.wait_log("child started", child="relay-0")["pid"]
    os.kill(victim, signal.SIGKILL)
    for _ in range(20):
        assert served.get("/local/x")[0] == 200
    served.wait_log("child died", child="relay-0")
    until(lambda: len(served.titles()) == 2, "the replacement")


def test_frozen_relay_is_replaced_within_five_seconds_while_the_other_serves(serve):
    served = serve("--only", "relay")
    served.wait_log("ready")
    froze = time.monotonic()
    os.kill(served.wait_log("child started", child="relay-0")["pid"], signal.SIGSTOP)
    for _ in range(20):
        assert served.get("/local/x")[0] == 200
    served.wait_log("child is frozen; it is killed", child="relay-0")
    until(lambda: len(started(served, "relay-0")) == 2, "the replacement")
    assert time.monotonic() - froze < 5


def started(served: Served, name: str) -> list[dict]:
    wanted = {"message": "child started", "child": name}
    return [line for line in list(served.logs) if wanted.items() <= line.items()]


def test_dead_monitor_is_replaced_and_no_exchange_notices(serve):
    served = serve()
    served.wait_log("ready")
    os.kill(served.wait_log("child started", child="monitor")["pid"], signal.SIGKILL)
    for _ in range(20):
        assert served.get("/local/x")[0] == 200
    until(lambda: len(started(served, "monitor")) == 2, "the replacement")
    until(lambda: admin_status(f"{serve.admin}/readyz") == 200, "readiness")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_everything(serve, number):
    served = serve()
    served.wait_log("ready")
    children = psutil.Process(served.process.pid).children()
    assert served.end(number) == 0
    assert psutil.wait_procs(children, timeout=5)[1] == []


def test_taken_address_is_one_line_and_status_1(serve):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = serve.file.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}")
        serve.file.write_text(text)
        served = serve()
        assert served.process.wait(30) == 1
    served.reader.join(30)
    assert served.raw == [
        f"seatrial: relay.listen: 127.0.0.1:{port} is in use already, perhaps by "
        "another Seatrial (ss -ltnp shows who listens)\n"
    ]


def test_taken_admin_address_is_named_too(serve):
    port = serve.admin.rpartition(":")[2]
    with socket.create_server(("127.0.0.1", int(port))):
        served = serve()
        assert served.process.wait(30) == 1
    served.reader.join(30)
    assert "admin.listen" in served.raw[0]


def test_wrong_settings_are_status_2_and_start_nothing(serve):
    serve.file.write_text("rotes: []\n")
    served = serve()
    assert served.process.wait(30) == 2
    served.reader.join(30)
    assert served.raw == [
        f'seatrial: {serve.file}:1: rotes: is no setting; did you mean "routes"?\n'
    ]


def test_person_on_a_terminal_reads_where_things_are(serve):
    text = serve.file.read_text()
    serve.file.write_text(text + "logging: {format: console}\n")
    served = serve()
    until(lambda: any(" ready " in line for line in served.raw), "readiness")
    said = "".join(served.raw)
    assert f"settings: {serve.file}" in said
    assert f"admin  {serve.admin}/metrics" in said
    assert "route  /local → http://127.0.0.1:" in said


def test_second_instance_in_the_folder_is_one_line_and_status_1(serve, tmp_path):
    first = serve()
    first.wait_log("ready")
    second = serve()
    assert second.process.wait(30) == 1
    second.reader.join(30)
    assert second.raw == [
        f"seatrial: instance.run_dir: another Seatrial (pid {first.process.pid}) works "
        f"in {tmp_path}/run; give each instance its own folder\n"
    ]
    assert first.get("/local/x")[0] == 200


def test_orphaned_relays_that_drain_keep_no_new_instance_out(serve):
    first = serve()
    first.wait_log("ready")
    relays = psutil.Process(first.process.pid).children()
    relays = [child for child in relays if "relay" in child.cmdline()[0]]
    for relay in relays:
        relay.suspend()  # as if each had a long stream to finish
    first.process.kill()
    first.process.wait(30)
    second = serve()
    try:
        second.wait_log("ready")
    finally:
        for relay in relays:
            relay.resume()
    assert psutil.wait_procs(relays, timeout=10)[1] == []
