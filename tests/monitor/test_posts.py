"""Who may post what to the admin port, and what is answered."""

import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from proxy.conversations.caller import Caller
from proxy.monitor import posting
from proxy.monitor.folder import Folder
from proxy.monitor.posting import may_post
from proxy.monitor.recordings import RecordingFiles
from tests.make import make_exchange, make_recording
from tests.monitor.ports import JSON, Port, serving

FEEDBACK = b'{"conversation":"c-1","outcome":"resolved","value":true}'
FORGET = b'{"conversation":"c-1"}'
TOKEN = b"t0ken"
PATHS = ["/api/v1/feedback", "/api/v1/forget"]


@pytest.fixture
def port() -> Iterator[Port]:
    with serving() as found:
        yield found


def open_conversation(port: Port, header: str = "c-1") -> None:
    port.stitcher.place(f"x-{header}", make_exchange(), 0.0, Caller(header=header))


def code(answer: tuple[int, Any]) -> tuple[int, str]:
    return answer[0], answer[1]["error"]["code"]


def test_feedback_of_an_open_conversation_is_joined_to_it(port: Port) -> None:
    open_conversation(port)
    assert port.ask("POST", "/api/v1/feedback", FEEDBACK) == (
        202,
        {"outcome": "resolved", "joined": True},
    )


def test_feedback_of_another_conversation_is_counted_too(port: Port) -> None:
    assert port.ask("POST", "/api/v1/feedback", FEEDBACK)[1]["joined"] is False
    [shown] = port.ask("GET", "/api/v1/feedback")[1]["outcomes"].values()
    assert (shown["conversations"], shown["joined"]) == (1, 0)
    assert shown["rate"]["point"] is None


def test_a_conversation_is_forgotten_once(port: Port) -> None:
    open_conversation(port)
    port.ask("POST", "/api/v1/feedback", FEEDBACK)
    assert port.ask("POST", "/api/v1/forget", FORGET) == (
        200,
        {
            "forgotten": {
                "exchanges": 1,
                "feedback": 1,
                "lines": 0,
                "files": 0,
                "recordings": "off",
            }
        },
    )
    assert code(port.ask("POST", "/api/v1/forget", FORGET)) == (404, "unknown")


def test_lines_of_a_forgotten_conversation_leave_the_files(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "kept", 10**9, 1000.0)
    keeper = RecordingFiles(folder, [], lambda: 0.0, lambda: 0.0)
    keeper.start()
    try:
        for name in ("c-1", "c-2", "c-1"):
            keeper.offer(make_recording(conversation=name), "openai.chat")
        with serving(keeper=keeper) as port:
            status, body = port.ask("POST", "/api/v1/forget", FORGET)
    finally:
        keeper.stop(10)
    assert status == 200
    assert body["forgotten"]["lines"] == 2
    [left] = (tmp_path / "kept").iterdir()
    assert left.read_bytes().count(b"\n") == 1


def test_files_that_cannot_be_changed_are_no_success(tmp_path: Path) -> None:
    keeper = RecordingFiles(
        Folder(tmp_path, 10**9, 1000.0), [], lambda: 0.0, lambda: 0.0
    )
    keeper.stopping = True
    with serving(keeper=keeper) as port:
        open_conversation(port)
        answer = port.ask("POST", "/api/v1/forget", FORGET)
    assert code(answer) == (503, "recordings")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("body", "headers", "wanted"),
    [
        (b"{", JSON, (400, "bad_request")),
        (b"", JSON, (400, "bad_request")),
        (b'{"conversation":""}', JSON, (400, "bad_request")),
        (FORGET, {"Content-Type": "text/plain"}, (415, "media_type")),
        (FORGET, {}, (415, "media_type")),
        (b" " * (posting.LARGEST + 1), JSON, (413, "too_large")),
        (FORGET, {**JSON, "Host": "evil.example"}, (403, "host")),
        (FORGET, {**JSON, "Origin": "https://evil.example"}, (401, "unauthorized")),
        (FORGET, {**JSON, "Sec-Fetch-Site": "cross-site"}, (401, "unauthorized")),
    ],
)
def test_what_is_wrong_is_refused(
    port: Port, path: str, body: bytes, headers: Mapping[str, str], wanted: object
) -> None:
    assert code(port.ask("POST", path, body, headers)) == wanted


def test_a_body_without_length_is_bounded_too(port: Port) -> None:
    with socket.create_connection(("127.0.0.1", port.number), 10) as connection:
        connection.sendall(
            b"POST /api/v1/feedback HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
        connection.sendall(chunk * 2 + b"0\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("method", "path", "wanted"),
    [
        ("GET", "/api/v1/forget", (405, "method_not_allowed")),
        ("PUT", "/api/v1/feedback", (405, "method_not_allowed")),
        ("POST", "/api/v1/nowhere", (404, "not_found")),
    ],
)
def test_other_methods_and_paths_have_an_answer_in_our_form(
    port: Port, method: str, path: str, wanted: object
) -> None:
    assert code(port.ask(method, path, FORGET)) == wanted


def test_no_answer_repeats_what_was_sent(port: Port) -> None:
    secret = "planted-7f3k9v"
    for body in (f'{{"conversation":["{secret}"]}}', f'{{"{secret}":1}}', secret):
        for path in PATHS:
            assert secret not in str(port.ask("POST", path, body.encode()))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Bearer t0ken"}, 202),
        ({"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-origin"}, 202),
        ({"Origin": "http://127.0.0.1:1"}, 401),
    ],
)
def test_with_a_token_it_takes_the_token_or_our_own_page(
    headers: dict[str, str], status: int
) -> None:
    with serving(TOKEN) as port:
        given = {k: v.format(port=port.number) for k, v in headers.items()}
        answer = port.ask("POST", "/api/v1/feedback", FEEDBACK, {**JSON, **given})
    assert answer[0] == status


@pytest.mark.parametrize(
    ("headers", "token", "allowed"),
    [
        ({}, None, True),
        ({}, TOKEN, False),
        ({"Authorization": "bearer t0ken"}, TOKEN, True),
        ({"Authorization": "Basic t0ken"}, TOKEN, False),
        ({"Origin": "null"}, None, False),
        ({"Origin": "http://h:1", "Host": "h:1"}, TOKEN, True),
        ({"Origin": "https://h:1", "Host": "h:1"}, None, False),
        (
            {"Origin": "http://h:1", "Host": "h:1", "Sec-Fetch-Site": "none"},
            None,
            False,
        ),
    ],
)
def test_who_may_post(
    headers: dict[str, str], token: bytes | None, allowed: bool
) -> None:
    assert may_post(headers, "http", token) is allowed
