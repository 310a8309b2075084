import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from proxy.logs import LINE_BYTES, LineHandler, masked

SECRETS = {
    "openai key": "sk-proj-CANARYcanary0123456789",
    "anthropic key": "sk-ant-api03-CANARYcanary_012-34",
    "google key": "AIzaCANARYcanary0123456789",
    "bearer": "Bearer CANARYcanary.0123",
    "basic": "Basic Q0FOQVJZCANARY==",
    "query": "GET /v1/models?alt=sse&key=CANARYcanary HTTP/1.1",
    "header": "x-api-key: CANARYcanary",
    "header in json": '{"x-goog-api-key": "CANARYcanary"}',
    "header in repr": "{'Authorization': 'Token CANARYcanary'}",
    "cookie": "cookie: session=CANARYcanary",
    "password in url": "http://user:CANARYcanary@proxy.internal:3128",
    "signature": "?X-Amz-Signature=CANARYcanary&X-Amz-Security-Token=CANARYcanary",
    "jwt": "eyJhbGciOiJCANARY.eyJzdWIiOiIxCANARY.SflKxwCANARY",
}


@pytest.fixture
def lines():
    """`lines(to_json)` is a logger whose handler renders what is logged, unwritten."""

    def lines(to_json: bool) -> tuple[logging.Logger, list[str]]:
        rendered: list[str] = []

        class Rendering(LineHandler):
            def write(self, line: bytes) -> None:
                rendered.append(line.decode())

        log = logging.Logger("proxy.test")  # noqa: LOG001  # heard by no other handler
        log.addHandler(Rendering("relay-0", to_json))
        return log, rendered

    return lines


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS.keys())
@pytest.mark.parametrize("to_json", [True, False], ids=["json", "console"])
def test_no_credential_is_logged(lines, secret, to_json):
    log, rendered = lines(to_json)
    log.info("upstream said %s", secret)
    log.info("upstream said", extra={"reason": secret, "deep": {"reason": secret}})
    try:
        raise ValueError(secret)
    except ValueError:
        log.exception("upstream failed")
    assert len(rendered) == 3
    assert "CANARY" not in "".join(rendered)


@pytest.mark.parametrize(
    "text",
    [
        "seatrial.yaml:3: routes[0].tls.key: must name a file that can be read: /etc/key.pem",
        "task-force keyword monkey=3 risk-free",
        "listen 127.0.0.1:8080, http://127.0.0.1:9464/metrics",
    ],
)
def test_harmless_text_is_left_alone(text):
    assert masked(text) == text


def test_json_line_holds_message_and_facts(lines):
    log, rendered = lines(True)
    log.warning("upstream slow", extra={"upstream": "openai", "at": {"p95": 3.2}})
    line = json.loads(rendered[0])
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "warning",
        "process": "relay-0",
        "message": "upstream slow",
        "upstream": "openai",
        "at.p95": 3.2,
        "logger": "proxy.test",
    }


def test_exception_is_one_json_line(lines):
    log, rendered = lines(True)
    try:
        raise ValueError("two\nlines")
    except ValueError:
        log.exception("failed")
    assert rendered[0].count("\n") == 1
    line = json.loads(rendered[0])
    assert line["error"] == "ValueError: two\nlines"
    assert "test_logs.py" in line["trace"]


def test_console_line_is_one_line_for_a_person(lines):
    log, rendered = lines(False)
    log.warning("upstream\nslow", extra={"reason": "two\nlines", "seconds": 3.2})
    assert rendered[0].count("\n") == 1
    assert (
        rendered[0].split(maxsplit=1)[1].startswith("warning  relay-0: upstream\\nslow")
    )
    assert 'reason="two\\nlines" seconds=3.2' in rendered[0]


@pytest.mark.parametrize("to_json", [True, False], ids=["json", "console"])
def test_long_line_is_cut_to_what_the_kernel_writes_whole(lines, to_json):
    log, rendered = lines(to_json)
    log.warning("long", extra={f"fact_{i}": "é" * 5000 for i in range(5)})
    assert len(rendered[0].encode()) <= LINE_BYTES
    if to_json:
        assert json.loads(rendered[0])["message"] == "long"


SCRIPT = """
import logging, sys
from types import SimpleNamespace
from proxy import logs
logs.configure(SimpleNamespace(level="info", format=sys.argv[1]), "relay-0")
log = logging.getLogger("proxy.relay")
"""


def run(script: str, form: str, **options) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT + script, form],
        cwd=Path(__file__).parents[1],
        stderr=subprocess.PIPE,
        **options,
    )


def test_auto_is_json_where_nobody_watches():
    _, said = run('log.info("here"); log.debug("not here")', "auto").communicate(
        timeout=30
    )
    assert json.loads(said)["message"] == "here"


def test_crash_is_one_masked_line():
    _, said = run('raise ValueError("key=CANARYcanary")', "json").communicate(
        timeout=30
    )
    line = json.loads(said)
    assert line["message"] == "process ended by an error"
    assert "CANARY" not in said.decode()


def test_stalled_reader_stops_nobody_and_learns_what_it_missed():
    script = (
        'for i in range(2000): log.info("x" * 100)\n'
        "print(flush=True); sys.stdin.read(1)\n"
        'log.info("reader is back")'
    )
    with run(script, "json", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"\n", "it waited for its reader"
        os.set_blocking(process.stderr.fileno(), False)
        while process.stderr.read(1 << 16):
            pass
        os.set_blocking(process.stderr.fileno(), True)
        process.stdin.write(b"\n")
        process.stdin.flush()
        last = json.loads(process.stderr.read().splitlines()[-1])
    assert last["message"] == "reader is back"
    assert last["lines_dropped"] > 1000
