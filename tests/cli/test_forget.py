"""`seatrial forget` asks the admin port, and its exit status is the answer."""

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from proxy.cli.forget import address, forget
from proxy.conversations.caller import Caller
from proxy.errors import SeatrialError, UsageError
from tests.make import make_exchange
from tests.monitor.ports import Port, serving
from tests.monitor.process import free_port

TOKEN = "t0ken"


@pytest.fixture(autouse=True)
def no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SEATRIAL_CONFIG", "SEATRIAL_SECRET", "SEATRIAL_ADMIN_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def port() -> Iterator[Port]:
    with serving() as found:
        found.stitcher.place("x", make_exchange(), 0.0, Caller(header="c-1"))
        yield found


def run(*arguments: str) -> object:
    return forget.main([*arguments], "forget", standalone_mode=False)


def test_an_open_conversation_is_forgotten(
    port: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--conversation", "c-1", "--url", port.url) == 0
    assert capsys.readouterr().out == (
        "forgotten: 1 exchanges in memory, 0 words of feedback, 0 recordings in 0 files; "
        "this instance writes no recordings\n"
    )
    assert not port.stitcher.memory.headers


def test_json_says_the_same(port: Port, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--conversation", "c-1", "--url", port.url, "--json") == 0
    assert json.loads(capsys.readouterr().out)["forgotten"]["exchanges"] == 1


def test_an_unknown_conversation_is_an_error(
    port: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SeatrialError, match=r"not forgotten \(404\): nothing is known"):
        run("--conversation", "c-2", "--url", port.url)
    assert run("--conversation", "c-2", "--url", port.url, "--json") == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "unknown"


def test_nobody_there_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(SeatrialError, match="no answer from"):
        run("--conversation", "c-1", "--url", url)
    assert run("--conversation", "c-1", "--url", url, "--json") == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "unreachable"


def test_the_token_is_that_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(TOKEN.encode()) as port:
        port.stitcher.place("x", make_exchange(), 0.0, Caller(header="c-1"))
        with pytest.raises(SeatrialError, match=r"\(401\): the bearer token"):
            run("--conversation", "c-1", "--url", port.url)
        monkeypatch.setenv("SEATRIAL_ADMIN_TOKEN", TOKEN)
        assert run("--conversation", "c-1", "--url", port.url) == 0


def test_a_port_on_a_unix_socket_is_reached(tmp_path: Path) -> None:
    listen = f"unix:{tmp_path}/admin.sock"
    file = tmp_path / "seatrial.yaml"
    file.write_text(f"admin: {{listen: {listen}}}\n")
    with serving(listen=listen) as port:
        port.stitcher.place("x", make_exchange(), 0.0, Caller(header="c-1"))
        assert run("--conversation", "c-1", "-c", str(file)) == 0
    with pytest.raises(SeatrialError, match="no answer from"):
        run("--conversation", "c-1", "-c", str(file))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--conversation", ""],
        ["--conversation", "x" * 257],
        ["--conversation", "c", "--url", "localhost:9464"],
    ],
)
def test_wrong_usage_is_told_before_anything_is_asked(arguments: list[str]) -> None:
    with pytest.raises(UsageError):
        run(*arguments)


def test_a_conversation_must_be_named() -> None:
    with pytest.raises(click.MissingParameter):
        run()


@pytest.mark.parametrize(
    ("listen", "url"),
    [
        ("127.0.0.1:9464", "http://127.0.0.1:9464"),
        ("0.0.0.0:9464", "http://127.0.0.1:9464"),
        ("[::]:9464", "http://[::1]:9464"),
        ("[2001:db8::1]:1", "http://[2001:db8::1]:1"),
        ("admin.internal:1", "http://admin.internal:1"),
        ("unix:/run/admin.sock", "http://localhost"),
    ],
)
def test_the_port_is_found_in_the_settings(listen: str, url: str) -> None:
    assert address(listen) == url
