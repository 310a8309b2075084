"""T41, T14: who may say what by headers, and that all other headers pass."""

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web

from tests.e2e.conftest import Serve
from tests.e2e.instances import Instance, fetch, named, route, until
from tests.e2e.upstreams import Upstream

OURS = {
    "x-seatrial-conversation": "talk-1",
    "x-seatrial-app": "desk",
    "X-Seatrial-Variant": "b",
    "x-seatrial-no-probe": "1",
    "x-seatrial-run": "run.0000",
    "x-seatrial-upstream": "http://127.0.0.1:1",
}
THEIRS = {
    "OpenAI-Organization": "org-1",
    "anthropic-beta": "a-2025-01-01,b-2025-01-01",
    "x-stainless-retry-count": "2",
    "x-goog-api-client": "genai/1",
    "Idempotency-Key": "i-1",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "HTTP-Referer": "https://app.test",
    "x-forwarded-for": "192.0.2.1",
    "X-Unknown-Tomorrow": "kept",
}


async def echo(asked: web.Request) -> web.StreamResponse:
    """Tells what it was sent, and pretends to be the relay."""
    pairs = [(name.decode(), value.decode()) for name, value in asked.raw_headers]
    headers = {"x-seatrial-error": "route", "X-Seatrial-Secret": "1", "X-Other": "kept"}
    told = {"target": asked.raw_path, "headers": pairs}
    return web.json_response(told, headers=headers)


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    upstream = Upstream(echo)
    yield upstream
    upstream.close()


@pytest.fixture(scope="module")
def instance(serve: Serve, upstream: Upstream) -> Instance:
    return serve(route("up", upstream.url))


def ask(
    instance: Instance, target: str, headers: dict[str, str]
) -> tuple[int, dict[str, str], Any]:
    connection = http.client.HTTPConnection(*instance.address, timeout=10)
    connection.request("GET", target, headers=headers)
    answer = connection.getresponse()
    names = {name.lower(): value for name, value in answer.getheaders()}
    found = answer.status, names, json.loads(answer.read())
    connection.close()
    return found


def test_our_headers_stop_at_the_relay_in_both_directions(instance: Instance) -> None:
    status, headers, told = ask(instance, "/up/x", OURS | THEIRS)
    names = [name.lower() for name, _ in told["headers"]]
    assert status == 200
    assert [name for name in names if name.startswith("x-seatrial")] == []
    assert [name for name in headers if name.startswith("x-seatrial")] == []
    assert headers["x-other"] == "kept"


def test_all_other_headers_pass_as_they_are(instance: Instance) -> None:
    _, _, told = ask(instance, "/up/x", OURS | THEIRS)
    sent = [[name, value] for name, value in THEIRS.items()]
    assert [pair for pair in told["headers"] if pair in sent] == sent


def test_application_names_itself_in_the_recording(instance: Instance) -> None:
    """And a run that is not signed counts as live traffic."""
    ask(instance, "/up/x", OURS | named("talk-2"))
    facts = instance.recordings_of("talk-2")[0]["seatrial"]
    told = {
        key: facts[key]
        for key in ("conversation", "app", "variant", "source", "run_id")
    }
    assert told == {
        "conversation": "talk-2",
        "app": "desk",
        "variant": "b",
        "source": "live",
        "run_id": None,
    }
    until(
        lambda: instance.count("seatrial_spoofed_runs_total") >= 1,
        "the count of unsigned runs",
    )


def test_target_passes_unnormalised(instance: Instance) -> None:
    target = "/a//b/../c/%2e%2E/%41?q=%20+&q=;x=1&empty="
    assert ask(instance, f"/up{target}", {})[2]["target"] == target


@pytest.mark.parametrize(
    ("line", "status"),
    [
        pytest.param("CONNECT other.test:443", 405, id="CONNECT"),
        pytest.param("GET http://127.0.0.1:1/up/x", 404, id="absolute form"),
        pytest.param("GET //127.0.0.1:1/up/x", 404, id="network path"),
    ],
)
def test_client_chooses_no_upstream(instance: Instance, line: str, status: int) -> None:
    """No request reaches what is not in the settings."""
    method, target = line.split(" ")
    connection = http.client.HTTPConnection(*instance.address, timeout=10)
    connection.putrequest(method, target, skip_host=True)
    connection.putheader("Host", "other.test:443")
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("x-seatrial-error") is not None) == (
        status,
        True,
    )
    answer.read()
    connection.close()


def test_admin_pages_are_not_on_the_relay(instance: Instance) -> None:
    assert [fetch(instance.url + path)[0] for path in ("/metrics", "/readyz")] == [
        404,
        404,
    ]


def test_admin_port_answers_no_strange_host(instance: Instance) -> None:
    """DNS rebinding: a web page's own name points at this port."""
    assert fetch(f"{instance.admin}/metrics", {"Host": "evil.test"})[0] == 403
