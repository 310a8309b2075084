"""The official openai SDK finds no difference between the relay and the upstream."""

import asyncio
import json
import time
from typing import Any

import httpx2
import openai
import pytest

from tests.e2e.instances import Twins, named, steer, until

ASKED: Any = [{"role": "user", "content": "Please book a berth."}]
SCHEMA = {
    "type": "object",
    "properties": {"port": {"type": "string", "enum": ["Oslo", "Kiel"]}},
    "required": ["port"],
}
CHAT_TOOL: Any = {
    "type": "function",
    "function": {"name": "berth", "parameters": SCHEMA},
}
RESPONSES_TOOL: Any = {"type": "function", "name": "berth", "parameters": SCHEMA}
BROKEN = (openai.APIConnectionError, httpx2.TransportError)


def sdk(base: str, **options: Any) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{base}/v1", api_key="sk-test", **options)


def async_sdk(base: str, **options: Any) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{base}/v1", api_key="sk-test", **options)


def test_chat_is_the_same(twins: Twins) -> None:
    def scenario(base: str) -> Any:
        with sdk(base) as client:
            raw = client.chat.completions.with_raw_response.create(
                model="m",
                messages=ASKED,
                extra_headers=steer("behaviour=answer, chunks=12"),
            )
            headers = [(k, v) for k, v in raw.headers.items() if k.lower() != "date"]
            return raw.status_code, headers, raw.content, raw.parse().to_dict()

    *_, answer = twins.both(scenario)
    assert len(answer["choices"][0]["message"]["content"].split()) == 12


def test_chat_stream_is_the_same_event_by_event(twins: Twins) -> None:
    def scenario(base: str) -> Any:
        with sdk(base) as client:
            stream = client.chat.completions.create(
                model="m",
                messages=ASKED,
                stream=True,
                stream_options={"include_usage": True},
                extra_headers=steer("behaviour=answer, chunks=40"),
            )
            return [event.to_dict() for event in stream]

    events = twins.both(scenario)
    assert len(events) > 40
    assert events[-1]["usage"]["completion_tokens"] == 40


def test_tool_call_and_its_result_are_the_same(twins: Twins) -> None:
    def scenario(base: str) -> Any:
        with sdk(base) as client:
            called = client.chat.completions.create(
                model="m",
                messages=ASKED,
                tools=[CHAT_TOOL],
                extra_headers=steer("behaviour=tool_call"),
            )
            message = called.choices[0].message
            result: Any = {
                "role": "tool",
                "tool_call_id": message.tool_calls[0].id,
                "content": "berth 7",
            }
            answered = client.chat.completions.create(
                model="m",
                messages=[*ASKED, message, result],
                tools=[CHAT_TOOL],
                extra_headers=steer("behaviour=answer"),
            )
            return called.to_dict(), answered.to_dict()

    called, answered = twins.both(scenario)
    call = called["choices"][0]["message"]["tool_calls"][0]
    assert json.loads(call["function"]["arguments"])["port"] in ("Oslo", "Kiel")
    assert answered["choices"][0]["finish_reason"] == "stop"


def test_tool_call_stream_is_the_same(twins: Twins) -> None:
    def scenario(base: str) -> Any:
        with (
            sdk(base) as client,
            client.chat.completions.stream(
                model="m",
                messages=ASKED,
                tools=[CHAT_TOOL],
                extra_headers=steer("behaviour=tool_call"),
            ) as events,
        ):
            seen = [event.type for event in events]
            return seen, events.get_final_completion().to_dict()

    seen, final = twins.both(scenario)
    assert "tool_calls.function.arguments.done" in seen
    assert final["choices"][0]["finish_reason"] == "tool_calls"


def test_responses_stream_is_the_same(twins: Twins) -> None:
    def scenario(base: str) -> Any:
        with (
            sdk(base) as client,
            client.responses.stream(
                model="m",
                input="Please book a berth.",
                tools=[RESPONSES_TOOL],
                extra_headers=steer("behaviour=answer, chunks=20"),
            ) as events,
        ):
            seen = [event.model_dump(warnings=False) for event in events]
            final = events.get_final_response()
            return seen, final.model_dump(warnings=False)

    seen, final = twins.both(scenario)
    assert seen[0]["type"] == "response.created"
    assert seen[-1]["type"] == "response.completed"
    assert final["status"] == "completed"


def test_embeddings_are_the_same(twins: Twins) -> None:
    def scenario(base: str) -> Any:
        with sdk(base) as client:
            return client.embeddings.create(model="e", input=["a", "b"]).to_dict()

    assert len(twins.both(scenario)["data"]) == 2


def test_models_are_the_same(twins: Twins) -> None:
    def scenario(base: str) -> Any:
        with sdk(base) as client:
            return [model.to_dict() for model in client.models.list()]

    assert twins.both(scenario)


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        pytest.param({"model": "m"}, openai.BadRequestError, id="400"),
        pytest.param({"path": "/nowhere"}, openai.NotFoundError, id="404"),
        pytest.param({"fault": "rate_limited"}, openai.RateLimitError, id="429"),
        pytest.param({"fault": "server_error"}, openai.InternalServerError, id="500"),
        pytest.param(
            {"fault": "overloaded"}, openai.InternalServerError, id="overloaded"
        ),
    ],
)
def test_error_is_the_same(twins: Twins, call: dict[str, str], kind: type) -> None:
    def scenario(base: str) -> Any:
        fault = call.get("fault", "none")
        with sdk(base, max_retries=0) as client, pytest.raises(kind) as caught:
            client.post(
                call.get("path", "/chat/completions"),
                body={"model": "m"}
                if "fault" not in call
                else {"model": "m", "messages": ASKED},
                cast_to=object,
                options={"headers": steer(f"fault={fault}")},
            )
        error = caught.value
        assert isinstance(error, openai.APIStatusError)
        return error.status_code, error.message, error.body, error.request_id

    before = twins.behind.saw()["total"]
    twins.both(scenario)
    assert twins.behind.saw()["total"] == before + 1


@pytest.mark.parametrize("fault", ["rate_limited", "server_error", "overloaded"])
@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_retry_of_the_sdk_is_the_only_one(
    twins: Twins, fault: str, stream: bool
) -> None:
    def scenario(base: str) -> Any:
        once = f"fault={fault}, retry_after=20ms, once=openai-{fault}-{stream}"
        with sdk(base, max_retries=2) as client:
            answer = client.chat.completions.create(
                model="m", messages=ASKED, stream=stream, extra_headers=steer(once)
            )
            return [e.to_dict() for e in answer] if stream else answer.to_dict()

    before = twins.behind.saw()["total"]
    twins.both(scenario)
    assert twins.behind.saw()["total"] == before + 2


def test_persistent_fault_is_tried_as_often_as_the_sdk_does(twins: Twins) -> None:
    """T44: three attempts of the client are three at the upstream, not nine."""

    def scenario(base: str) -> Any:
        asked = steer("fault=overloaded, retry_after=10ms")
        with (
            sdk(base, max_retries=2) as client,
            pytest.raises(openai.APIStatusError) as caught,
        ):
            client.chat.completions.create(
                model="m", messages=ASKED, extra_headers=asked
            )
        return caught.value.status_code

    before = twins.behind.saw()["total"]
    twins.both(scenario)
    assert twins.behind.saw()["total"] == before + 3


def test_retry_after_is_honoured(twins: Twins) -> None:
    """0.8 s is more than the SDK waits by itself before its first retry (0.5 s)."""
    _, base = twins.bases
    asked = steer("fault=rate_limited, retry_after=800ms, once=openai-patience")
    started = time.monotonic()
    with sdk(base) as client:
        client.chat.completions.create(model="m", messages=ASKED, extra_headers=asked)
    assert time.monotonic() - started >= 0.8


def test_cut_stream_breaks_as_it_does_directly(twins: Twins) -> None:
    """T7: what the upstream broke never ends cleanly, and what came before it arrives."""

    def scenario(base: str) -> Any:
        asked = steer("fault=cut, behaviour=answer, chunks=30, interval=10ms")
        events: list[Any] = []
        with sdk(base, max_retries=0) as client:
            stream = client.chat.completions.create(
                model="m", messages=ASKED, stream=True, extra_headers=asked
            )
            with pytest.raises(BROKEN):
                events.extend(event.to_dict() for event in stream)
        return events[:10]

    assert len(twins.both(scenario)) == 10


def test_closed_stream_is_felt_upstream_within_a_second(twins: Twins) -> None:
    """T1: mid-stream."""
    _, base = twins.bases
    before = twins.behind.saw()["aborted_by_client"]
    with sdk(base) as client:
        stream = client.chat.completions.create(
            model="m",
            messages=ASKED,
            stream=True,
            extra_headers=steer("chunks=500, interval=20ms") | named("left"),
        )
        for _ in range(5):
            next(stream)
        stream.close()
        twins.wait_left(before)
    assert twins.outcome("left") == "client_gone"


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "unary"])
def test_cancelled_wait_for_the_first_byte_is_felt_upstream(
    twins: Twins, stream: bool
) -> None:
    """T1, T2: nothing has come yet, and nothing will be read any more."""
    _, base = twins.bases
    before, name = twins.behind.saw(), f"no first byte, {stream}"

    async def scenario() -> None:
        async with async_sdk(base, max_retries=0) as client:
            call = asyncio.ensure_future(
                client.chat.completions.create(
                    model="m",
                    messages=ASKED,
                    stream=stream,
                    extra_headers=steer("ttft=30s") | named(name),
                )
            )
            await asyncio.to_thread(
                until,
                lambda: twins.behind.saw()["total"] > before["total"],
                "the request",
            )
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await asyncio.to_thread(twins.wait_left, before["aborted_by_client"])

    asyncio.run(scenario())
    assert twins.outcome(name) == "client_gone"


def test_many_streams_at_once_are_the_same(twins: Twins) -> None:
    """Each gets its own answer: nothing is mixed on shared connections."""
    _, base = twins.bases

    async def one(client: openai.AsyncOpenAI, words: int) -> int:
        stream = await client.chat.completions.create(
            model="m",
            messages=ASKED,
            stream=True,
            stream_options={"include_usage": True},
            extra_headers=steer(f"behaviour=answer, chunks={words}, interval=1ms"),
        )
        events = [event async for event in stream]
        return events[-1].usage.completion_tokens

    async def scenario() -> list[int]:
        async with async_sdk(base) as client:
            return await asyncio.gather(*(one(client, n) for n in range(10, 60)))

    assert asyncio.run(scenario()) == list(range(10, 60))
