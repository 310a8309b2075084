"""T38: a planted key goes upstream and nowhere else, whatever goes wrong."""

import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from aiohttp import web

from tests.e2e.conftest import Serve
from tests.e2e.instances import Instance, fetch, free_port, route
from tests.e2e.upstreams import Upstream

# None looks like a key of any provider: no pattern may find them by their shape.
CANARIES = {
    name: f"{name}-{number:02d}7f3k9vplanted"
    for number, name in enumerate(
        (
            *(
                "bearer",
                "basic",
                "xapikey",
                "apikey",
                "goog",
                "query",
                "token",
                "cookie",
            ),
            *("proxyauth", "amz", "signature", "setcookie", "location", "protocol"),
            *("authenticate", "subscription", "encoded", "second", "prompt"),
            *("admintoken", "secret", "password", "urlkey"),
        )
    )
}
KEYS = (
    "Authorization: Bearer {bearer}",
    "Proxy-Authorization: Basic {basic}",
    "X-Api-Key: {xapikey}",
    "api-key: {apikey}",
    "x-goog-api-key: {goog}",
    "Cookie: session={cookie}; theme=dark",
    "X-Amz-Security-Token: {amz}",
    "Ocp-Apim-Subscription-Key: {subscription}",
    "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.{protocol}",
)
QUERY = (
    "?alt=sse&key={query}&access_token={token}&X-Amz-Signature-Extra={signature}"
    "&api%5Fkey={encoded}&key={second}"
)
BODY = b'{"model": "m", "prompt": "%b"}' % CANARIES["prompt"].encode()


def request(path: str, *more: str, body: bytes = BODY) -> bytes:
    lines = [
        f"POST {path}{QUERY} HTTP/1.1",
        "Host: relay.test",
        *KEYS,
        f"Content-Length: {len(body)}",
        *more,
    ]
    head = "\r\n".join(lines).format(**CANARIES)
    return head.encode() + b"\r\n\r\n" + body


async def revealing(asked: web.Request) -> web.StreamResponse:
    """Answers with secrets of its own, and breaks off where it is asked to."""
    if asked.path.endswith("/cut"):
        response = web.StreamResponse()
        await response.prepare(asked)
        await response.write(b"data: half\n\n")
        assert asked.transport is not None
        asked.transport.abort()
        return response
    return web.Response(
        status=401 if asked.path.endswith("/401") else 200,
        headers={
            "Set-Cookie": f"id={CANARIES['setcookie']}",
            "Location": f"https://x.test/?key={CANARIES['location']}",
            "WWW-Authenticate": f"Bearer error={CANARIES['authenticate']}",
        },
        text=f"{asked.headers.get('x-api-key')} may not ask {await asked.text()}",
    )


@pytest.fixture(scope="module")
def revealing_upstream() -> Iterator[Upstream]:
    upstream = Upstream(revealing)
    yield upstream
    upstream.close()


@pytest.fixture(scope="module")
def nonsense() -> Iterator[int]:
    """The port of an upstream that repeats what it was sent, which is no HTTP answer."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(connection.recv(65536))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def exchange(instance: Instance, data: bytes, *, leave: bool = False) -> bytes:
    """What comes back until the relay closes, or nothing where the client leaves."""
    with socket.create_connection(instance.address, 10) as connection:
        connection.sendall(data)
        if leave:
            return b""
        connection.settimeout(10)
        answer = b""
        try:
            while not done(answer) and (more := connection.recv(65536)):
                answer += more
        except ConnectionError:
            pass
        return answer


def done(answer: bytes) -> bool:
    """Kept connections do not end: an answer with a length is whole without that."""
    head, _, body = answer.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
    return False


CASES = {
    "answered": request("/up/v1/messages"),
    "refused by the upstream": request("/up/v1/401"),
    "cut": request("/up/v1/cut"),
    "no such route": request("/none/v1"),
    "nobody listens": request("/absent/v1"),
    "name not found": request("/unknown/v1"),
    "not HTTP": request("/nonsense/v1"),
    "no TLS there": request("/tls/v1"),
    "no answer in time": request("/slow/v1"),
    "two lengths": request("/up/v1", "Content-Length: 5"),
    "length and chunks": request("/up/v1", "Transfer-Encoding: chunked"),
    "broken header": request("/up/v1", "{bearer} no colon"),
    "unknown method": request("/up/v1").replace(b"POST", b"BREW", 1),
    "SigV4 on a prefix": request("/up/v1").replace(b"Bearer ", b"AWS4-HMAC-SHA256 ", 1),
    "target with a credential": request("http://user:{basic}@relay.test/up/v1"),
    "oversized head": request("/up/v1", "X-Padding: " + "{bearer}" * 5000),
    "h2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + request("/up/v1"),
    "websocket": request(
        "/up/v1", "Upgrade: websocket", "Connection: Upgrade", body=b""
    ),
    "wrong run": request("/up/v1", "x-seatrial-run: {bearer}.{second}"),
}


@pytest.fixture(scope="module")
def instance(serve: Serve, revealing_upstream: Upstream, nonsense: int) -> Instance:
    """Everything has gone wrong once, at debug level."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        instance = serve(
            route("up", revealing_upstream.url),
            route("absent", f"http://127.0.0.1:{free_port()}"),
            route("unknown", "http://name.invalid"),
            route("nonsense", f"http://127.0.0.1:{nonsense}"),
            route("tls", f"https://127.0.0.1:{nonsense}"),
            route("slow", f"http://127.0.0.1:{port}", timeouts={"first_byte": "300ms"}),
            logging={"level": "debug"},
            environment={
                "SEATRIAL_ADMIN_TOKEN": CANARIES["admintoken"],
                "SEATRIAL_SECRET": CANARIES["secret"],
            },
        )
        answers = {name: exchange(instance, data) for name, data in CASES.items()}
        exchange(instance, CASES["no answer in time"], leave=True)
        exchange(instance, CASES["answered"][:-5], leave=True)
        instance.wait_recordings(len(CASES) + 2)
    silent_ones = [name for name, answer in answers.items() if not answer]
    assert silent_ones == []
    for path in ("/metrics?key={query}", "/{bearer}", "/api/v1/relays?token={token}"):
        headers = {"Authorization": f"Bearer {CANARIES['bearer']}"}
        fetch(instance.admin + path.format(**CANARIES), headers)
    reload_with_mistakes(instance)
    return instance


def reload_with_mistakes(instance: Instance) -> None:
    """Keys where no keys belong."""
    good = instance.file.read_text()
    wrong = [
        route("a", f"http://user:{CANARIES['password']}@127.0.0.1:1"),
        route("b", f"http://127.0.0.1:1/?key={CANARIES['urlkey']}"),
    ]
    instance.settings["routes"] += wrong
    instance.write_settings()
    instance.send(signal.SIGHUP)
    instance.wait_log("settings refused")
    del instance.settings["routes"][-2:]
    instance.file.write_text(good)


def found_in(text: bytes) -> list[str]:
    return [name for name, canary in CANARIES.items() if canary.encode() in text]


def files_below(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def test_logs_hold_no_key(instance: Instance) -> None:
    assert found_in(instance.err.read_bytes() + instance.out.read_bytes()) == []


def test_recordings_hold_no_key(instance: Instance) -> None:
    kept = b"".join(path.read_bytes() for path in files_below(instance.recordings_dir))
    assert kept.count(b"\n") >= len(CASES)
    assert found_in(kept) == []


def test_run_dir_holds_no_key(instance: Instance) -> None:
    files = list(files_below(instance.run_dir))
    assert files
    assert found_in(b"".join(path.read_bytes() for path in files)) == []


@pytest.mark.parametrize("path", ["/metrics", "/api/v1/relays", "/readyz", "/healthz"])
def test_admin_port_shows_no_key(instance: Instance, path: str) -> None:
    status, body = fetch(instance.admin + path)
    assert status == 200
    assert found_in(body) == []


def test_process_list_shows_no_key(instance: Instance) -> None:
    supervisor = psutil.Process(instance.process.pid)
    processes = [supervisor, *supervisor.children(recursive=True)]
    assert len(processes) == 3
    told = " ".join(part for process in processes for part in process.cmdline())
    assert found_in(told.encode()) == []


def test_no_process_leaves_a_core_dump(instance: Instance) -> None:
    """It would hold every key that is in memory."""
    supervisor = psutil.Process(instance.process.pid)
    for process in (supervisor, *supervisor.children(recursive=True)):
        assert process.rlimit(psutil.RLIMIT_CORE)[0] == 0


def test_debug_level_logs_little_of_a_large_body(instance: Instance) -> None:
    """T26."""
    before = instance.err.stat().st_size
    answer = exchange(
        instance,
        request(
            "/up/v1/messages", "x-seatrial-conversation: large", body=BODY * 50_000
        ),
    )
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert instance.recordings_of("large")
    assert instance.err.stat().st_size - before < 10_000


def test_own_answers_repeat_no_key(instance: Instance) -> None:
    """What the client sent wrong is named, not repeated."""
    for name in ("no such route", "nobody listens", "broken header", "oversized head"):
        answer = exchange(instance, CASES[name])
        assert b"x-seatrial-error" in answer
        assert found_in(answer) == []


def test_upstream_gets_the_keys(instance: Instance) -> None:
    """Else the tests above would prove nothing."""
    assert CANARIES["xapikey"].encode() in exchange(instance, CASES["answered"])


def test_nothing_unexpected_was_logged(instance: Instance) -> None:
    bad = {x["message"] for x in instance.logs if x["level"] in ("error", "critical")}
    assert bad == {"settings refused"}
