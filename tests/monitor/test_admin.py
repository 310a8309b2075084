"""Who may read the admin port, and in what form."""

import gzip
from collections.abc import Iterator

import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse,
)

from proxy.errors import SettingsError
from proxy.monitor.admin import Tokens, host_name, takes_gzip, tokens
from proxy.settings import Admin
from tests.make import make_frame, make_heartbeat
from tests.monitor.process import MonitorProcess, wait_until

METRICS_TOKEN = "metrics-token"
OPEN = "0.0.0.0:9464"


@pytest.fixture(scope="module")
def monitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MonitorProcess]:
    found = MonitorProcess(tmp_path_factory.mktemp("admin"))
    admin = Admin(listen=f"127.0.0.1:{found.port}", hosts=("seatrial.internal",))
    found.settings = found.settings.model_copy(update={"admin": admin})
    with found:
        yield found


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:9464", 200),
        ("localhost", 200),
        ("LOCALHOST:1", 200),
        ("[::1]:9464", 200),
        ("seatrial.internal", 200),
        ("Seatrial.Internal:9464", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost.evil.example:9464", 403),
        ("10.0.0.1", 403),
        ("127.0.0.2", 403),
        ("", 403),
    ],
)
@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/nowhere"])
def test_host_must_be_known(
    monitor: MonitorProcess, path: str, host: str, status: int
) -> None:
    if path == "/nowhere" and status == 200:
        status = 404
    assert monitor.get(path, {"Host": host}).status == status


def test_text_is_the_default_form(monitor: MonitorProcess) -> None:
    assert monitor.get("/metrics").headers["Content-Type"].startswith("text/plain")


def test_openmetrics_is_given_when_asked_for(monitor: MonitorProcess) -> None:
    answer = monitor.get(
        "/metrics", {"Accept": "application/openmetrics-text; version=1.0.0"}
    )
    assert "application/openmetrics-text" in answer.headers["Content-Type"]
    assert list(parse(answer.body.decode()))  # type: ignore[no-untyped-call]


def test_gzip_is_given_when_asked_for(monitor: MonitorProcess) -> None:
    answer = monitor.get("/metrics", {"Accept-Encoding": "deflate, gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert b"seatrial_build_info" in gzip.decompress(answer.body)


def test_answers_are_not_stored(monitor: MonitorProcess) -> None:
    assert monitor.get("/metrics").headers["Cache-Control"] == "no-store"


def test_relays_are_listed(monitor: MonitorProcess) -> None:
    with monitor.relay() as relay:
        relay.sendall(make_frame(make_heartbeat(in_flight=4)))
        wait_until(
            lambda: bool(monitor.get("/api/v1/relays").json()["relays"]), "a heartbeat"
        )
    [found] = monitor.get("/api/v1/relays").json()["relays"]
    assert (found["relay"], found["in_flight"]) == ("relay-0", 4)


@pytest.mark.parametrize(
    ("given", "path", "token", "allowed"),
    [
        (Tokens(None, None), "/metrics", b"", True),
        (Tokens(None, b"m"), "/metrics", b"", False),
        (Tokens(None, b"m"), "/metrics", b"m", True),
        (Tokens(None, b"m"), "/api/v1/relays", b"", True),
        (Tokens(b"a", None), "/metrics", b"a", True),
        (Tokens(b"a", None), "/metrics", b"", False),
        (Tokens(b"a", b"m"), "/metrics", b"m", True),
        (Tokens(b"a", b"m"), "/metrics", b"a", True),
        (Tokens(b"a", b"m"), "/api/v1/relays", b"m", False),
        (Tokens(b"a", b"m"), "/nowhere", b"", False),
        (Tokens(b"a", b"m"), "/healthz", b"", True),
        (Tokens(b"a", b"m"), "/readyz", b"", True),
    ],
)
def test_tokens(given: Tokens, path: str, token: bytes, allowed: bool) -> None:
    assert given.allow(path, token) is allowed


def test_on_loopback_no_token_is_asked_for() -> None:
    assert tokens(Admin(), {"SEATRIAL_ADMIN_TOKEN": ""}) == Tokens(None, None)


def test_on_loopback_a_token_that_is_set_is_asked_for_to_post() -> None:
    found = tokens(Admin(), {"SEATRIAL_ADMIN_TOKEN": "x"})
    assert found == Tokens(None, None, b"x")


def test_metrics_may_have_a_token_of_their_own() -> None:
    admin = Admin(metrics_token_env="SCRAPE")
    assert tokens(admin, {"SCRAPE": METRICS_TOKEN}).metrics == METRICS_TOKEN.encode()


@pytest.mark.parametrize(
    ("admin", "key"),
    [
        pytest.param(Admin(listen=OPEN), "admin.token_env", id="beyond loopback"),
        pytest.param(
            Admin(metrics_token_env="SCRAPE"), "admin.metrics_token_env", id="metrics"
        ),
    ],
)
@pytest.mark.parametrize("environ", [{}, {"SEATRIAL_ADMIN_TOKEN": "", "SCRAPE": ""}])
def test_a_missing_token_is_an_error(
    admin: Admin, key: str, environ: dict[str, str]
) -> None:
    with pytest.raises(SettingsError, match=key):
        tokens(admin, environ)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Host:80", "host"),
        ("[::1]:80", "::1"),
        ("[::1]", "::1"),
        ("127.0.0.1", "127.0.0.1"),
        ("", ""),
    ],
)
def test_a_host_without_its_port(header: str, name: str) -> None:
    assert host_name(header) == name


@pytest.mark.parametrize(
    ("header", "taken"),
    [("gzip", True), ("br, gzip;q=0.5", True), ("gzip;q=0", False), ("", False)],
)
def test_gzip_is_negotiated(header: str, taken: bool) -> None:
    assert takes_gzip(header) is taken
