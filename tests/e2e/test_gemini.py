"""The official google-genai SDK finds no difference between the relay and the upstream."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from google import genai
from google.genai import errors, types

from tests.e2e.instances import Twins, named, steer

# google-genai subclasses aiohttp's session, which aiohttp warns of.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Inheritance class AiohttpClientSession:DeprecationWarning"
)

ASKED = "Please book a berth."
TURN = [{"role": "user", "parts": [{"text": ASKED}]}]
TOOL: Any = {
    "function_declarations": [
        {
            "name": "berth",
            "parameters_json_schema": {
                "type": "object",
                "properties": {"port": {"type": "string", "enum": ["Oslo", "Kiel"]}},
                "required": ["port"],
            },
        }
    ]
}
RETRIES = types.HttpRetryOptions(attempts=3, initial_delay=0.02, max_delay=0.1)


@contextmanager
def sdk(
    base: str,
    header: str = "",
    retry: types.HttpRetryOptions | None = None,
    name: str = "",
) -> Iterator[genai.Client]:
    options = types.HttpOptions(
        base_url=base, headers=steer(header) | named(name), retry_options=retry
    )
    client = genai.Client(api_key="AIza-test", http_options=options)
    try:
        yield client
    finally:
        client.close()


def plain(answer: types.GenerateContentResponse) -> Any:
    """Without the headers the SDK adds to it: Date differs from second to second."""
    return answer.model_dump(exclude={"sdk_http_response"}, mode="json", warnings=False)


def test_answer_is_the_same(twins: Twins) -> None:
    def scenario(base: str) -> Any:
        with sdk(base, "behaviour=answer, chunks=12") as client:
            return plain(client.models.generate_content(model="m", contents=ASKED))

    answer = twins.both(scenario)
    assert answer["usage_metadata"]["candidates_token_count"] == 12


def test_stream_is_the_same_chunk_by_chunk(twins: Twins) -> None:
    def scenario(base: str) -> Any:
        with sdk(base, "behaviour=answer, chunks=40") as client:
            stream = client.models.generate_content_stream(model="m", contents=ASKED)
            return [plain(chunk) for chunk in stream]

    assert len(twins.both(scenario)) >= 40


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_function_call_is_the_same(twins: Twins, stream: bool) -> None:
    config: Any = {
        "tools": [TOOL],
        "automatic_function_calling": {"disable": True},
    }

    def scenario(base: str) -> Any:
        with sdk(base, "behaviour=tool_call") as client:
            asked: Any = {"model": "m", "contents": ASKED, "config": config}
            if not stream:
                return [plain(client.models.generate_content(**asked))]
            return [
                plain(chunk) for chunk in client.models.generate_content_stream(**asked)
            ]

    assert "berth" in str(twins.both(scenario))


@pytest.mark.parametrize(
    ("contents", "fault", "code"),
    [
        pytest.param(7, "none", 400, id="400"),
        pytest.param(TURN, "rate_limited", 429, id="429"),
        pytest.param(TURN, "server_error", 500, id="500"),
        pytest.param(TURN, "overloaded", 503, id="503"),
    ],
)
def test_error_is_the_same(
    twins: Twins, contents: object, fault: str, code: int
) -> None:
    def scenario(base: str) -> Any:
        with sdk(base, f"fault={fault}") as client:
            send = client._api_client.request
            with pytest.raises(errors.APIError) as caught:
                send("post", "models/m:generateContent", {"contents": contents})
        return caught.value.code, caught.value.details

    before = twins.behind.saw()["total"]
    assert twins.both(scenario)[0] == code
    assert twins.behind.saw()["total"] == before + 1


@pytest.mark.parametrize("fault", ["rate_limited", "server_error", "overloaded"])
def test_retry_of_the_sdk_is_the_only_one(twins: Twins, fault: str) -> None:
    def scenario(base: str) -> Any:
        with sdk(base, f"fault={fault}, once=gemini-{fault}", RETRIES) as client:
            return plain(client.models.generate_content(model="m", contents=ASKED))

    before = twins.behind.saw()["total"]
    twins.both(scenario)
    assert twins.behind.saw()["total"] == before + 2


def test_left_stream_is_felt_upstream_within_a_second(twins: Twins) -> None:
    """T1: the SDK's own iterator, closed after the first chunk."""
    before = twins.behind.saw()["aborted_by_client"]
    with sdk(twins.bases[1], "chunks=500, interval=20ms", name="left") as client:
        stream = client.models.generate_content_stream(model="m", contents=ASKED)
        next(iter(stream))
        stream.close()
    twins.wait_left(before)
    assert twins.outcome("left") == "client_gone"


def test_key_in_the_query_reaches_the_upstream_alone(twins: Twins) -> None:
    """T38: curl's way of sending a Gemini key; the recording holds none."""
    answer = httpx2.post(
        f"{twins.bases[1]}/v1beta/models/m:generateContent?key=AIzaSecret&alt=json",
        json={"contents": TURN},
        headers=named("curl"),
    )
    assert answer.status_code == 200
    request = twins.instance.recordings_of("curl")[0]["request"]
    assert request["path"] == "/v1beta/models/m:generateContent?key=<redacted>&alt=json"
