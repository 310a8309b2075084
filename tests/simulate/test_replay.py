"""Serving recorded exchanges."""

import base64
import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from proxy.errors import UsageError
from proxy.simulate import Server
from proxy.simulate.replay import Recorded, Replay, load

Simulated = Callable[..., Any]
DATA = Path(os.environ.get("SEATRIAL_DATA", "../shared/data"))


def row(**changes: Any) -> dict[str, Any]:
    """A recorded exchange in the wire schema."""
    given = {
        "method": "POST",
        "path": "/v1/x",
        "asked": b"{}",
        "status": 200,
        "headers": {"Content-Type": "application/json"},
        "said": b'{"ok":1}',
    } | changes
    return {
        "id": "a",
        "request": {
            "method": given["method"],
            "path": given["path"],
            "headers": {},
            "body_b64": base64.b64encode(given["asked"]).decode(),
        },
        "response": {
            "status": given["status"],
            "headers": given["headers"],
            "body_b64": base64.b64encode(given["said"]).decode(),
            "content_encoding": None,
        },
    }


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    text = "".join(json.dumps(one) + "\n" for one in rows).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def recorded(tmp_path: Path, *rows: dict[str, Any]) -> list[Recorded]:
    return load([write(tmp_path / "recorded.jsonl", list(rows))])


def fetch(target: str, asked: bytes = b"{}", method: str = "POST") -> Any:
    async def scenario(server: Server) -> tuple[int, list[tuple[str, str]], bytes]:
        url = URL(server.url + target, encoded=True)
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.request(method, url, data=asked) as response,
        ):
            return (
                response.status,
                list(response.headers.items()),
                await response.read(),
            )

    return scenario


def test_plain_and_gzip_files_hold_the_same(tmp_path: Path) -> None:
    rows = [row(said=b"1"), row(said=b"2")]
    plain = load([write(tmp_path / "a.jsonl", rows)])
    assert load([write(tmp_path / "a.jsonl.gz", rows)]) == plain
    assert [one.body for one in plain] == [b"1", b"2"]


def test_the_same_body_finds_its_own_recording(tmp_path: Path) -> None:
    replay = Replay(
        recorded(tmp_path, row(asked=b"1", said=b"a"), row(asked=b"2", said=b"b"))
    )
    assert [found(replay, body) for body in (b"2", b"1", b"2")] == [b"b", b"a", b"b"]


def test_another_body_finds_the_recordings_of_its_path_in_order(tmp_path: Path) -> None:
    replay = Replay(
        recorded(tmp_path, row(asked=b"1", said=b"a"), row(asked=b"2", said=b"b"))
    )
    assert [found(replay, b"new") for _ in range(3)] == [b"a", b"b", b"a"]


def found(replay: Replay, body: bytes, target: str = "/v1/x") -> bytes | None:
    one = replay.find("POST", target, body)
    return one.body if one else None


@pytest.mark.parametrize(
    ("path", "target"),
    [
        pytest.param("/v1/x", "/openai/v1/x", id="prefix of a gateway"),
        pytest.param("/v1/x?key=<redacted>", "/v1/x?key=secret", id="redacted key"),
        pytest.param("/v1/x?alt=sse", "/v1/x?alt=sse", id="query"),
        pytest.param("/v1/a%2Fb", "/v1/a%2Fb", id="escapes are not decoded"),
    ],
)
def test_a_path_is_found(tmp_path: Path, path: str, target: str) -> None:
    replay = Replay(recorded(tmp_path, row(path=path)))
    assert found(replay, b"", target) is not None


@pytest.mark.parametrize(
    "target", ["/v1/y", "/v1/x?alt=sse", "/x"], ids=["path", "query", "shorter"]
)
def test_another_path_is_not_found(tmp_path: Path, target: str) -> None:
    assert found(Replay(recorded(tmp_path, row())), b"{}", target) is None


def test_the_recorded_response_is_served_as_it_was(
    simulated: Simulated, tmp_path: Path
) -> None:
    said = gzip.compress(b'{"ok":1}')
    headers = {
        "Content-Type": "application/json",
        "content-encoding": "gzip",
        "Set-Cookie": ["a=1", "b=2"],
        "Transfer-Encoding": "chunked",
    }
    exchanges = recorded(tmp_path, row(status=429, said=said, headers=headers))
    status, received, body = simulated(fetch("/v1/x"), None, exchanges)
    assert (status, body) == (429, said)
    assert [v for k, v in received if k == "Set-Cookie"] == ["a=1", "b=2"]
    names = {name.lower(): value for name, value in received}
    assert names["content-encoding"] == "gzip"
    assert "transfer-encoding" not in names


def test_a_stream_is_served_in_several_pieces_and_whole(
    simulated: Simulated, tmp_path: Path
) -> None:
    said = b"data: {}\n\n" * 500
    headers = {"content-type": "text/event-stream"}
    exchanges = recorded(tmp_path, row(said=said, headers=headers))
    _, received, body = simulated(fetch("/v1/x"), None, exchanges)
    assert dict(received)["Transfer-Encoding"] == "chunked"
    assert body == said


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_body_is_served_without(
    simulated: Simulated, tmp_path: Path, status: int
) -> None:
    exchanges = recorded(tmp_path, row(method="GET", status=status, said=b""))
    got, _, body = simulated(fetch("/v1/x", method="GET"), None, exchanges)
    assert (got, body) == (status, b"")


@pytest.mark.parametrize("status", [None, 101])
def test_what_was_never_answered_is_not_replayed(
    tmp_path: Path, status: int | None
) -> None:
    assert len(recorded(tmp_path, row(status=status), row())) == 1


def test_a_lost_content_type_is_put_back(tmp_path: Path) -> None:
    rows = (row(headers={}, said=b"event: x\n"), row(headers={}, said=b"{}"))
    sse, plain = recorded(tmp_path, *rows)
    assert dict(sse.headers)["content-type"] == "text/event-stream"
    assert dict(plain.headers)["content-type"] == "application/json"


def test_what_was_not_recorded_gets_404_naming_it(
    simulated: Simulated, tmp_path: Path
) -> None:
    exchanges = recorded(tmp_path, row())
    status, _, body = simulated(fetch("/v1/other?a=1"), None, exchanges)
    assert status == 404
    assert "POST /v1/other?a=1" in json.loads(body)["error"]["message"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param("{", "recorded.jsonl:2: not a recorded exchange", id="not JSON"),
        pytest.param(
            "{}",
            "recorded.jsonl:2: not a recorded exchange: .*`request`",
            id="key missing",
        ),
        pytest.param("[]", "recorded.jsonl:2: not a recorded", id="not an object"),
        pytest.param(
            json.dumps(row(status=99)), "recorded.jsonl:2: .*status", id="bad status"
        ),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "recorded.jsonl"
    path.write_text(json.dumps(row()) + "\n" + line + "\n")
    with pytest.raises(UsageError, match=told):
        load([path])


def test_a_truncated_gzip_file_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl.gz", [row()])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UsageError, match=r"a\.jsonl\.gz:1: cannot be read"):
        load([path])


def test_recorded_exchanges_of_a_real_provider_come_back_unchanged(
    simulated: Simulated,
) -> None:
    path = DATA / "wire/dev/anthropic.jsonl.gz"
    if not path.exists():
        pytest.skip(f"no recorded corpus at {DATA}; set SEATRIAL_DATA to its folder")
    exchanges = load([path])
    served: dict[tuple[str, str, bytes], list[Recorded]] = {}
    for one in exchanges:
        key = (one.method, one.path, one.request_body)
        served.setdefault(key, []).append(one)

    async def scenario(server: Server) -> None:
        for (method, target, asked), ones in served.items():
            for one in ones:
                got, _, body = await fetch(target, asked, method)(server)
                assert (got, body) == (one.status, one.body), target

    simulated(scenario, None, exchanges)
