"""The official anthropic SDK finds no difference between the relay and the upstream."""

import asyncio
import time
from typing import Any

import anthropic
import httpx2
import pytest

from tests.e2e.instances import Twins, named, steer

ASKED: Any = [{"role": "user", "content": "Please book a berth."}]
TOOL: Any = {
    "name": "berth",
    "input_schema": {
        "type": "object",
        "properties": {"port": {"type": "string", "enum": ["Oslo", "Kiel"]}},
        "required": ["port"],
    },
}
BROKEN = (anthropic.APIConnectionError, httpx2.TransportError)


def sdk(base: str, **options: Any) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=base, api_key="sk-ant-test", **options)


def ask(**more: Any) -> Any:
    return {"model": "m", "max_tokens": 500, "messages": ASKED, **more}


def test_message_is_the_same(twins: Twins) -> None:
    def scenario(base: str) -> Any:
        with sdk(base) as client:
            raw = client.messages.with_raw_response.create(
                **ask(extra_headers=steer("behaviour=answer, chunks=12"))
            )
            headers = [(k, v) for k, v in raw.headers.items() if k.lower() != "date"]
            return raw.status_code, headers, raw.parse().to_dict()

    *_, message = twins.both(scenario)
    assert message["usage"]["output_tokens"] == 12


def test_stream_is_the_same_event_by_event(twins: Twins) -> None:
    def scenario(base: str) -> Any:
        asked = ask(extra_headers=steer("behaviour=answer, chunks=40"))
        with sdk(base) as client, client.messages.stream(**asked) as stream:
            events = [event.model_dump(warnings=False) for event in stream]
            return events, stream.get_final_message().model_dump(warnings=False)

    events, final = twins.both(scenario)
    assert [e["type"] for e in events].count("message_start") == 1
    assert final["stop_reason"] == "end_turn"


def test_tool_use_and_its_result_are_the_same(twins: Twins) -> None:
    def scenario(base: str) -> Any:
        with sdk(base) as client:
            called = client.messages.create(
                **ask(tools=[TOOL], extra_headers=steer("behaviour=tool_call"))
            )
            use = next(block for block in called.content if block.type == "tool_use")
            result = {
                "type": "tool_result",
                "tool_use_id": use.id,
                "content": "berth 7",
            }
            turns = [
                *ASKED,
                {"role": "assistant", "content": called.content},
                {"role": "user", "content": [result]},
            ]
            answered = client.messages.create(
                **ask(
                    messages=turns,
                    tools=[TOOL],
                    extra_headers=steer("behaviour=answer"),
                )
            )
            return called.to_dict(), answered.to_dict()

    called, answered = twins.both(scenario)
    assert called["stop_reason"] == "tool_use"
    assert answered["stop_reason"] == "end_turn"


def test_tool_use_stream_is_the_same(twins: Twins) -> None:
    def scenario(base: str) -> Any:
        asked = ask(tools=[TOOL], extra_headers=steer("behaviour=tool_call"))
        with sdk(base) as client, client.messages.stream(**asked) as stream:
            return [event.model_dump(warnings=False) for event in stream]

    assert "input_json" in [event["type"] for event in twins.both(scenario)]


def test_beta_header_reaches_the_upstream(twins: Twins) -> None:
    """T14: the relay does not choose among headers."""
    with sdk(twins.bases[1]) as client:
        client.beta.messages.create(
            **ask(betas=["context-1m-2025-08-07"], extra_headers=named("beta"))
        )
    request = twins.instance.recordings_of("beta")[0]["request"]
    headers = {name.lower(): value for name, value in request["headers"].items()}
    assert headers["anthropic-beta"] == "context-1m-2025-08-07"


@pytest.mark.parametrize(
    ("more", "fault", "kind"),
    [
        pytest.param({"messages": 7}, "none", anthropic.BadRequestError, id="400"),
        pytest.param({}, "rate_limited", anthropic.RateLimitError, id="429"),
        pytest.param({}, "server_error", anthropic.InternalServerError, id="500"),
        pytest.param({}, "overloaded", anthropic.InternalServerError, id="529"),
    ],
)
def test_error_is_the_same(
    twins: Twins, more: dict[str, Any], fault: str, kind: type[anthropic.APIStatusError]
) -> None:
    def scenario(base: str) -> Any:
        with sdk(base, max_retries=0) as client, pytest.raises(kind) as caught:
            client.messages.create(**ask(**more, extra_headers=steer(f"fault={fault}")))
        error = caught.value
        return error.status_code, error.message, error.body, error.request_id

    before = twins.behind.saw()["total"]
    twins.both(scenario)
    assert twins.behind.saw()["total"] == before + 1


def test_unknown_path_is_the_same(twins: Twins) -> None:
    def scenario(base: str) -> Any:
        with sdk(base) as client, pytest.raises(anthropic.NotFoundError) as caught:
            client.post("/v1/nowhere", body={}, cast_to=object)
        return caught.value.message

    assert "/v1/nowhere" in twins.both(scenario)


@pytest.mark.parametrize("fault", ["rate_limited", "server_error", "overloaded"])
def test_retry_of_the_sdk_is_the_only_one(twins: Twins, fault: str) -> None:
    """T44: and a stream is not begun twice."""

    def scenario(base: str) -> Any:
        once = steer(f"fault={fault}, retry_after=20ms, once=anthropic-{fault}")
        with (
            sdk(base) as client,
            client.messages.stream(**ask(extra_headers=once)) as stream,
        ):
            return [event.type for event in stream]

    before = twins.behind.saw()["total"]
    assert twins.both(scenario).count("message_start") == 1
    assert twins.behind.saw()["total"] == before + 2


def test_retry_after_is_honoured(twins: Twins) -> None:
    """0.8 s is more than the SDK waits by itself before its first retry (0.5 s)."""
    asked = steer("fault=rate_limited, retry_after=800ms, once=anthropic-patience")
    started = time.monotonic()
    with sdk(twins.bases[1]) as client:
        client.messages.create(**ask(extra_headers=asked))
    assert time.monotonic() - started >= 0.8


@pytest.mark.parametrize("fault", ["cut", "malformed"])
def test_broken_stream_breaks_as_it_does_directly(twins: Twins, fault: str) -> None:
    """T7: what the upstream broke never ends cleanly, and what came before it arrives."""

    def scenario(base: str) -> Any:
        asked = steer(f"fault={fault}, behaviour=answer, chunks=30, interval=10ms")
        events: list[Any] = []
        with sdk(base, max_retries=0) as client:
            stream = client.messages.create(**ask(stream=True, extra_headers=asked))
            with pytest.raises(BROKEN):
                events.extend(event.to_dict() for event in stream)
        return events[:10]

    assert len(twins.both(scenario)) == 10


def test_left_stream_is_felt_upstream_within_a_second(twins: Twins) -> None:
    """T1: a task that is cancelled while it reads."""
    before = twins.behind.saw()["aborted_by_client"]
    begun = asyncio.Event()

    async def read() -> None:
        asked = ask(extra_headers=steer("chunks=500, interval=20ms") | named("left"))
        async with (
            anthropic.AsyncAnthropic(base_url=twins.bases[1], api_key="k") as client,
            client.messages.stream(**asked) as stream,
        ):
            async for _ in stream:
                begun.set()

    async def scenario() -> None:
        reading = asyncio.ensure_future(read())
        await begun.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

    asyncio.run(scenario())
    twins.wait_left(before)
    assert twins.outcome("left") == "client_gone"
