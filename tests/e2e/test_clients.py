"""HTTP clients that people use without an SDK: same bytes, and connections are kept."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import aiohttp
import httpx2
import pytest
import requests

from tests.e2e.instances import Twins, named, steer

CHAT = {"model": "m", "messages": [{"role": "user", "content": "Please book a berth."}]}
Answer = tuple[int, bytes]


def by_httpx(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    with (
        httpx2.Client() as client,
        client.stream("POST", url, content=body, headers=headers) as a,
    ):
        return a.status_code, b"".join(a.iter_raw())


def by_requests(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    with requests.Session() as session:
        answer = session.post(url, data=body, headers=headers, timeout=10)
        return answer.status_code, answer.content


def by_aiohttp(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    async def ask() -> Answer:
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=headers) as answer,
        ):
            return answer.status, await answer.read()

    return asyncio.run(ask())


def by_curl(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    lines = [
        part for name, value in headers.items() for part in ("-H", f"{name}: {value}")
    ]
    asked = ["curl", "-sSN", "--max-time", "10", "-w", "%{http_code}", *lines]
    done = subprocess.run(
        [*asked, "--data-binary", "@-", url],
        input=body,
        capture_output=True,
        check=True,
    )
    return int(done.stdout[-3:]), done.stdout[:-3]


CLIENTS = [by_httpx, by_requests, by_aiohttp, by_curl]


@pytest.mark.parametrize("ask", CLIENTS, ids=lambda ask: ask.__name__[3:])
@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_answer_is_the_same(
    twins: Twins, ask: Callable[[str, bytes, dict[str, str]], Answer], stream: bool
) -> None:
    body = json.dumps({**CHAT, "stream": stream}).encode()
    headers = {
        "content-type": "application/json",
        **steer("behaviour=answer, chunks=20"),
    }

    def scenario(base: str) -> Answer:
        return ask(f"{base}/v1/chat/completions", body, headers)

    status, answer = twins.both(scenario)
    assert status == 200
    assert answer.endswith(b"data: [DONE]\n\n") is stream


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity"])
def test_accept_encoding_is_the_clients(twins: Twins, encoding: str) -> None:
    """T13: neither offered nor taken away by the relay."""
    url = f"{twins.bases[1]}/v1/models"
    httpx2.get(
        url, headers={"accept-encoding": encoding} | named(encoding)
    ).raise_for_status()
    headers = twins.instance.recordings_of(encoding)[0]["request"]["headers"]
    sent = {name.lower(): value for name, value in headers.items()}
    assert sent["accept-encoding"] == encoding


def facts(twins: Twins, name: str, count: int) -> list[dict[str, Any]]:
    found = twins.instance.recordings_of(name, count)
    return [recording["seatrial"] for recording in found]


def test_connections_are_kept_on_both_sides(twins: Twins) -> None:
    with requests.Session() as session:
        for _ in range(10):
            url = f"{twins.bases[1]}/v1/chat/completions"
            session.post(
                url, json=CHAT, headers=named("kept"), timeout=10
            ).raise_for_status()
    found = facts(twins, "kept", 10)
    assert len({one["marks"]["accepted"] for one in found}) == 1
    assert [one["reused"] for one in found[1:]] == [True] * 9


def test_error_answer_keeps_the_connection(twins: Twins) -> None:
    with requests.Session() as session:
        for fault in ("rate_limited", "none", "server_error", "none"):
            url = f"{twins.bases[1]}/v1/chat/completions"
            session.post(
                url,
                json=CHAT,
                headers=steer(f"fault={fault}") | named("failing"),
                timeout=10,
            )
    found = facts(twins, "failing", 4)
    assert len({one["marks"]["accepted"] for one in found}) == 1
    assert [one["attempts"] for one in found] == [1] * 4


def test_unknown_prefix_is_refused_in_words(twins: Twins) -> None:
    answer = httpx2.get(f"{twins.instance.url}/nowhere/v1")
    assert (answer.status_code, answer.headers["x-seatrial-error"]) == (404, "route")
    assert answer.json()["error"]["type"] == "seatrial_error"
