"""T40: with `content: redacted`, what is planted in bodies is kept nowhere, whatever goes
wrong; and what is forgotten is gone."""

import base64
import gzip
import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.e2e.conftest import Serve
from tests.e2e.instances import COMMAND, ROOT, Instance, fetch, free_port, route
from tests.e2e.test_canary import exchange
from tests.e2e.upstreams import Upstream

PLANTED = {
    "key": "sk-proj-9Qw8Er7Ty6Ui5Op4As3Df2Gh1",
    "cloud": "AKIAQ3W5E7R9T1Y3U5I7",
    "mail": "petra.planted@example.org",
    "phone": "+49 171 5550123",
    "card": "5105 1051 0510 5100",
    "iban": "DE02 1203 0000 0000 2020 51",
    "password": "swordfish-77",
    "address": "198.51.100.23",
}
WORDS = " ; ".join(
    f"password={item}" if kind == "password" else item for kind, item in PLANTED.items()
)
ASK = {
    "model": "m",
    "messages": [{"role": "user", "content": WORDS}],
    "metadata": {"password": PLANTED["password"], "customer": PLANTED["mail"]},
    "tools": [{"arguments": json.dumps({"note": WORDS})}],
}
BODY = json.dumps(ASK).encode()


def answer(text: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "choices": [{"message": {"content": text}}]}


def chunks(text: str, size: int = 3) -> list[bytes]:
    """As a stream sends it: every item is cut."""
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    lines = [{"choices": [{"index": 0, "delta": {"content": p}}]} for p in pieces]
    return [
        *(f"data: {json.dumps(x)}\n\n".encode() for x in lines),
        b"data: [DONE]\n\n",
    ]


async def telling(asked: web.Request) -> web.StreamResponse:
    """Says everything it knows, in the way its path names."""
    await asked.read()
    way = asked.path.rpartition("/")[2]
    if way == "stream" or way == "cut":
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(asked)
        parts = chunks(WORDS)
        for part in parts if way == "stream" else parts[:-30]:
            await response.write(part)
        if way == "cut":
            assert asked.transport is not None
            asked.transport.abort()
        return response
    data = json.dumps(answer(WORDS)).encode()
    packed = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    ways: dict[str, tuple[int, bytes, dict[str, str]]] = {
        "gzip": (200, gzip.compress(data), packed),
        "torn": (200, gzip.compress(data)[:-40], packed),
        "half": (200, data[:-9], {}),
        "text": (500, WORDS.encode(), {"Content-Type": "text/plain"}),
        "binary": (200, data, {"Content-Type": "image/png", "X-User": PLANTED["mail"]}),
        "amazon": (200, b"\0" + data, {"Content-Type": "application/vnd.amazon.eventstream"}),
        "error": (400, json.dumps({"error": {"message": WORDS}}).encode(), {}),
    }  # fmt: skip
    status, body, headers = ways.get(
        way, (200, data, {"Content-Type": "application/json"})
    )
    return web.Response(status=status, body=body, headers=headers)


WAYS = [
    *("json", "stream", "cut", "gzip", "torn", "half", "text", "binary", "amazon"),
    "error",
]
UNREADABLE = {"cut", "torn", "half", "amazon"}


def request(path: str, body: bytes, *headers: str) -> bytes:
    head = [
        f"POST {path} HTTP/1.1",
        "Host: relay.test",
        "Connection: close",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def said(way: str) -> str:
    return f"x-seatrial-conversation: {way}"


@pytest.fixture(scope="module")
def telling_upstream() -> Iterator[Upstream]:
    upstream = Upstream(telling)
    yield upstream
    upstream.close()


@pytest.fixture(scope="module")
def instance(serve: Serve, telling_upstream: Upstream) -> Instance:
    """Everything has gone wrong once, at debug level."""
    instance = serve(
        route("up", telling_upstream.url, content="redacted"),
        route("absent", f"http://127.0.0.1:{free_port()}", content="redacted"),
        logging={"level": "debug"},
    )
    json_type = "Content-Type: application/json"
    for way in WAYS:
        path = f"/up/v1/chat/completions/{way}?user={PLANTED['mail']}"
        exchange(instance, request(path, BODY, said(way), json_type))
    for name, body in {
        "form": b"--x\r\n\r\n" + WORDS.encode(),
        "broken": BODY[:-5],
        "bytes": b"\xff" + WORDS.encode(),
    }.items():
        exchange(instance, request("/up/v1/chat/completions/json", body, said(name)))
    exchange(instance, request("/absent/v1", BODY, said("absent")))
    exchange(instance, request("/up/v1/json", BODY, said("left"))[:-9], leave=True)
    instance.wait_recordings(len(WAYS) + 5)
    return instance


def found_in(text: bytes) -> list[str]:
    """Also without blanks, which a stream may have put elsewhere."""
    squeezed = text.replace(b" ", b"")
    return [
        kind
        for kind, item in PLANTED.items()
        if item.encode() in text or item.replace(" ", "").encode() in squeezed
    ]


def bodies(instance: Instance) -> bytes:
    parts = [
        row[side] for row in instance.recordings() for side in ("request", "response")
    ]
    return b"\n".join(base64.b64decode(part["body_b64"] or "") for part in parts)


def test_the_client_got_everything(instance: Instance) -> None:
    """Else the tests below would prove nothing."""
    ask = request("/up/v1/chat/completions/json", BODY, said("again"))
    assert found_in(exchange(instance, ask)) == list(PLANTED)


def test_recordings_hold_nothing_planted(instance: Instance) -> None:
    lines = b"".join(p.read_bytes() for p in instance.recordings_dir.glob("*"))
    assert found_in(lines) == []
    assert found_in(bodies(instance)) == []


def test_what_could_be_read_is_kept_redacted(instance: Instance) -> None:
    kinds = ("secret", "email", "phone", "card", "iban", "ip")
    found = bodies(instance)
    assert [kind for kind in kinds if f"<{kind}>".encode() not in found] == []


@pytest.mark.parametrize("way", WAYS)
def test_what_could_not_be_read_is_not_kept(instance: Instance, way: str) -> None:
    [row] = instance.recordings_of(way)
    source = row["response"]["body_source"]
    assert source == ("not_kept" if way in UNREADABLE else "redacted")
    assert row["request"]["body_source"] == "redacted"


def test_a_stream_is_kept_with_its_words(instance: Instance) -> None:
    [row] = instance.recordings_of("stream")
    lines = base64.b64decode(row["response"]["body_b64"]).decode().split("\n\n")
    deltas = [
        json.loads(x[6:])["choices"][0]["delta"] for x in lines if x[:7] == "data: {"
    ]
    text = "".join(delta["content"] for delta in deltas)
    assert text == (
        "<secret> ; <secret> ; <email> ; <phone> ; <card> ; <iban> ; "
        "password=<secret> ; <ip>"
    )


def test_what_was_not_kept_is_counted(instance: Instance) -> None:
    count = instance.count(
        "seatrial_dropped_total", stage="recordings", reason="unredactable"
    )
    assert count >= len(UNREADABLE)


def test_logs_hold_nothing_planted(instance: Instance) -> None:
    assert found_in(instance.err.read_bytes() + instance.out.read_bytes()) == []


def test_run_dir_holds_nothing_planted(instance: Instance) -> None:
    files = [path for path in instance.run_dir.rglob("*") if path.is_file()]
    assert found_in(b"".join(path.read_bytes() for path in files)) == []


@pytest.mark.parametrize("path", ["/metrics", "/api/v1/relays", "/api/v1/feedback"])
def test_admin_port_shows_nothing_planted(instance: Instance, path: str) -> None:
    status, body = fetch(instance.admin + path)
    assert status == 200
    assert found_in(body) == []


def post(instance: Instance, path: str, body: bytes) -> tuple[int, bytes]:
    headers = {"Content-Type": "application/json"}
    asked = urllib.request.Request(instance.admin + path, body, headers)
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.mark.parametrize("path", ["/api/v1/feedback", "/api/v1/forget"])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(BODY, id="fields of another"),
        pytest.param(BODY[:-5], id="no JSON"),
        pytest.param(json.dumps({"conversation": [WORDS]}).encode(), id="wrong type"),
    ],
)
def test_a_wrong_post_is_not_repeated(
    instance: Instance, path: str, body: bytes
) -> None:
    status, told = post(instance, path, body)
    assert status == 400
    assert found_in(told) == []
    assert found_in(instance.err.read_bytes()) == []


def test_feedback_is_joined_and_its_id_kept_nowhere(instance: Instance) -> None:
    chat = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
    path = "/up/v1/chat/completions"
    head = f"x-seatrial-conversation: {PLANTED['mail']}"
    exchange(instance, request(path, json.dumps(chat).encode(), head))
    instance.recordings_of(PLANTED["mail"])
    word = {"conversation": PLANTED["mail"], "outcome": "resolved", "value": True}
    status, told = post(instance, "/api/v1/feedback", json.dumps(word).encode())
    assert (status, json.loads(told)["joined"]) == (202, True)
    assert found_in(fetch(f"{instance.admin}/api/v1/feedback")[1]) == []
    forget(instance, PLANTED["mail"])


def forget(instance: Instance, name: str) -> tuple[int, Any]:
    ended = subprocess.run(
        [COMMAND, "forget", "--conversation", name, "-c", str(instance.file), "--json"],
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, json.loads(ended.stdout)


def test_a_forgotten_conversation_leaves_memory_and_files(instance: Instance) -> None:
    chat = {"model": "m", "messages": [{"role": "user", "content": "remember me"}]}
    data = json.dumps(chat).encode()
    for _ in range(2):
        path = "/up/v1/chat/completions"
        exchange(instance, request(path, data, "x-seatrial-conversation: gone"))
    instance.recordings_of("gone", 2)
    others = len(instance.recordings()) - 2
    status, told = forget(instance, "gone")
    assert (status, told["forgotten"]["lines"]) == (0, 2)
    assert told["forgotten"]["exchanges"] == 2
    assert len(instance.recordings()) == others
    assert forget(instance, "gone")[0] == 1


def test_files_are_private_after_a_removal(instance: Instance) -> None:
    paths: list[Path] = list(instance.recordings_dir.iterdir())
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}


def test_nothing_unexpected_was_logged(instance: Instance) -> None:
    assert [x for x in instance.logs if x["level"] in ("error", "critical")] == []


def test_feedback_is_a_metric(instance: Instance) -> None:
    assert (
        instance.count(
            "seatrial_feedback_total", reported="resolved", said="true", joined="yes"
        )
        == 1
    )
