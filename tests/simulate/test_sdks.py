"""The official SDKs read everything the simulation says."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anthropic
import openai
import pytest
from google import genai
from google.genai import errors as genai_errors
from google.genai import types

from proxy.simulate import Behaviour, Server

Simulated = Callable[..., Any]

# google-genai subclasses aiohttp's session, which aiohttp warns of.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Inheritance class AiohttpClientSession:DeprecationWarning"
)

SCHEMA = {
    "type": "object",
    "properties": {
        "port": {"type": "string", "enum": ["Oslo", "Kiel"]},
        "crew": {"type": "integer", "minimum": 1, "maximum": 9},
    },
    "required": ["port", "crew"],
}
ASKED = [{"role": "user", "content": "Please book a berth."}]
CHAT_TOOL = {"type": "function", "function": {"name": "berth", "parameters": SCHEMA}}
RESPONSES_TOOL = {"type": "function", "name": "berth", "parameters": SCHEMA}
ANTHROPIC_TOOL = {"name": "berth", "input_schema": SCHEMA}
GEMINI_TOOL = {
    "function_declarations": [{"name": "berth", "parameters_json_schema": SCHEMA}]
}


def steer(text: str) -> dict[str, str]:
    return {"x-simulate": text}


def assert_fits(arguments: dict[str, Any]) -> None:
    assert arguments["port"] in ("Oslo", "Kiel")
    assert 1 <= arguments["crew"] <= 9


@asynccontextmanager
async def openai_sdk(server: Server) -> AsyncIterator[Any]:
    base = f"{server.url}/openai/v1"
    async with openai.AsyncOpenAI(base_url=base, api_key="k", max_retries=0) as sdk:
        yield sdk


@asynccontextmanager
async def anthropic_sdk(server: Server) -> AsyncIterator[Any]:
    base = f"{server.url}/anthropic"
    async with anthropic.AsyncAnthropic(
        base_url=base, api_key="k", max_retries=0
    ) as sdk:
        yield sdk


@asynccontextmanager
async def gemini_sdk(server: Server, header: str = "") -> AsyncIterator[Any]:
    options = types.HttpOptions(
        base_url=f"{server.url}/gemini", headers=steer(header) if header else None
    )
    client = genai.Client(api_key="k", http_options=options)
    try:
        yield client.aio
    finally:
        await client.aio.aclose()
        client.close()


# OpenAI chat completions


def test_openai_chat_is_read(simulated: Simulated) -> None:
    async def scenario(server: Server) -> None:
        async with openai_sdk(server) as sdk:
            raw = await sdk.chat.completions.with_raw_response.create(
                model="sim-large", messages=ASKED, extra_headers=steer("chunks=12")
            )
            answer = raw.parse()
        assert len(answer.choices[0].message.content.split()) == 12
        assert answer.choices[0].finish_reason == "stop"
        assert answer.usage.completion_tokens == 12
        assert answer.model == "sim-large"
        assert raw.headers["x-request-id"].startswith("req_")
        assert raw.headers["x-ratelimit-remaining-requests"] == "9999"

    simulated(scenario)


def test_openai_chat_stream_is_read(simulated: Simulated) -> None:
    async def scenario(server: Server) -> None:
        async with openai_sdk(server) as sdk:
            stream = sdk.chat.completions.stream(
                model="m", messages=ASKED, extra_headers=steer("chunks=9")
            )
            async with stream as events:
                deltas = [e.delta async for e in events if e.type == "content.delta"]
                final = await events.get_final_completion()
        assert len([delta for delta in deltas if delta]) == 9
        assert final.choices[0].message.content == "".join(deltas)
        assert final.choices[0].finish_reason == "stop"
        assert final.usage is None

    simulated(scenario)


def test_openai_chat_stream_counts_tokens_only_when_asked(simulated: Simulated) -> None:
    async def scenario(server: Server) -> None:
        async with openai_sdk(server) as sdk:
            stream = await sdk.chat.completions.create(
                model="m",
                messages=ASKED,
                stream=True,
                stream_options={"include_usage": True},
                extra_headers=steer("chunks=9"),
            )
            chunks = [chunk async for chunk in stream]
        assert chunks[-1].usage.completion_tokens == 9
        assert chunks[-1].choices == []
        assert all(chunk.usage is None for chunk in chunks[:-1])

    simulated(scenario)


@pytest.mark.parametrize("streaming", [False, True])
def test_openai_chat_tool_call_is_read(simulated: Simulated, streaming: bool) -> None:
    async def scenario(server: Server) -> None:
        asked: dict[str, Any] = {
            "model": "m",
            "messages": ASKED,
            "tools": [CHAT_TOOL],
            "extra_headers": steer("behaviour=tool_call"),
        }
        async with openai_sdk(server) as sdk:
            if streaming:
                async with sdk.chat.completions.stream(**asked) as events:
                    answer = await events.get_final_completion()
            else:
                answer = await sdk.chat.completions.create(**asked)
        call = answer.choices[0].message.tool_calls[0]
        assert call.function.name == "berth"
        assert_fits(openai_arguments(call.function.arguments))
        assert answer.choices[0].finish_reason == "tool_calls"

    simulated(scenario)


def openai_arguments(text: str) -> dict[str, Any]:
    import json

    return dict(json.loads(text))


# OpenAI Responses, embeddings, models


@pytest.mark.parametrize("streaming", [False, True])
def test_openai_responses_text_is_read(simulated: Simulated, streaming: bool) -> None:
    async def scenario(server: Server) -> None:
        asked: dict[str, Any] = {
            "model": "m",
            "input": "hi",
            "extra_headers": steer("chunks=8"),
        }
        async with openai_sdk(server) as sdk:
            if streaming:
                async with sdk.responses.stream(**asked) as events:
                    seen = [event async for event in events]
                    answer = await events.get_final_response()
                numbers = [event.sequence_number for event in seen]
                assert numbers == list(range(len(seen)))
            else:
                answer = await sdk.responses.create(**asked)
        assert answer.status == "completed"
        assert len(answer.output_text.split()) == answer.usage.output_tokens == 8

    simulated(scenario)


@pytest.mark.parametrize("streaming", [False, True])
def test_openai_responses_tool_call_is_read(
    simulated: Simulated, streaming: bool
) -> None:
    async def scenario(server: Server) -> None:
        asked: dict[str, Any] = {
            "model": "m",
            "input": "hi",
            "tools": [RESPONSES_TOOL],
            "extra_headers": steer("behaviour=tool_call"),
        }
        async with openai_sdk(server) as sdk:
            if streaming:
                async with sdk.responses.stream(**asked) as events:
                    answer = await events.get_final_response()
            else:
                answer = await sdk.responses.create(**asked)
        call = answer.output[0]
        assert call.type == "function_call"
        assert_fits(openai_arguments(call.arguments))

    simulated(scenario)


def test_openai_responses_cut_short_is_incomplete(simulated: Simulated) -> None:
    async def scenario(server: Server) -> None:
        async with (
            openai_sdk(server) as sdk,
            sdk.responses.stream(
                model="m",
                input="hi",
                max_output_tokens=16,
                extra_headers=steer("chunks=50"),
            ) as events,
        ):
            last = [event async for event in events][-1]
        assert last.type == "response.incomplete"
        assert last.response.incomplete_details.reason == "max_output_tokens"

    simulated(scenario)


def test_openai_embeddings_are_read(simulated: Simulated) -> None:
    async def scenario(server: Server) -> None:
        async with openai_sdk(server) as sdk:
            asked = {"model": "m", "input": ["a", "b"], "dimensions": 32}
            packed = await sdk.embeddings.create(**asked)
            floats = await sdk.embeddings.create(**asked, encoding_format="float")
        assert [len(row.embedding) for row in packed.data] == [32, 32]
        assert packed.data[0].embedding == pytest.approx(
            floats.data[0].embedding, abs=1e-6
        )

    simulated(scenario)


def test_models_are_listed_for_each_provider(simulated: Simulated) -> None:
    async def scenario(server: Server) -> None:
        async with openai_sdk(server) as sdk:
            listed = [model.id async for model in sdk.models.list()]
            assert (await sdk.models.retrieve(listed[0])).id == listed[0]
            with pytest.raises(openai.NotFoundError):
                await sdk.models.retrieve("no-such")
        async with anthropic_sdk(server) as sdk:
            assert [model.type async for model in sdk.models.list()] == ["model"] * 2
        async with gemini_sdk(server) as sdk:
            models = [model.name async for model in await sdk.models.list()]
            assert models[0].startswith("models/")

    simulated(scenario)


# Anthropic


@pytest.mark.parametrize("streaming", [False, True])
def test_anthropic_text_is_read(simulated: Simulated, streaming: bool) -> None:
    async def scenario(server: Server) -> None:
        asked: dict[str, Any] = {
            "model": "sim-opus",
            "max_tokens": 400,
            "messages": ASKED,
            "extra_headers": steer("chunks=11"),
        }
        async with anthropic_sdk(server) as sdk:
            if streaming:
                async with sdk.messages.stream(**asked) as events:
                    texts = [text async for text in events.text_stream]
                    answer = await events.get_final_message()
                assert len(texts) == 11
            else:
                answer = await sdk.messages.create(**asked)
        assert len(answer.content[0].text.split()) == answer.usage.output_tokens == 11
        assert answer.stop_reason == "end_turn"

    simulated(scenario)


@pytest.mark.parametrize("streaming", [False, True])
def test_anthropic_tool_call_is_read(simulated: Simulated, streaming: bool) -> None:
    async def scenario(server: Server) -> None:
        asked: dict[str, Any] = {
            "model": "m",
            "max_tokens": 400,
            "messages": ASKED,
            "tools": [ANTHROPIC_TOOL],
            "extra_headers": steer("behaviour=tool_call"),
        }
        async with anthropic_sdk(server) as sdk:
            if streaming:
                async with sdk.messages.stream(**asked) as events:
                    answer = await events.get_final_message()
            else:
                answer = await sdk.messages.create(**asked)
        assert answer.stop_reason == "tool_use"
        assert answer.content[0].id.startswith("toolu_")
        assert_fits(answer.content[0].input)

    simulated(scenario)


# Gemini


@pytest.mark.parametrize("streaming", [False, True])
def test_gemini_text_is_read(simulated: Simulated, streaming: bool) -> None:
    async def scenario(server: Server) -> None:
        async with gemini_sdk(server, "chunks=10") as sdk:
            if streaming:
                stream = await sdk.models.generate_content_stream(
                    model="sim-pro", contents="hi"
                )
                answers = [answer async for answer in stream]
                assert len(answers) == 10
            else:
                answers = [
                    await sdk.models.generate_content(model="sim-pro", contents="hi")
                ]
        text = "".join(answer.text for answer in answers)
        counts = [answer.usage_metadata.candidates_token_count for answer in answers]
        assert len(text.split()) == counts[-1] == 10
        assert counts == sorted(counts)
        assert answers[-1].candidates[0].finish_reason == "STOP"
        assert answers[-1].model_version == "sim-pro"

    simulated(scenario)


@pytest.mark.parametrize("streaming", [False, True])
def test_gemini_tool_call_is_read(simulated: Simulated, streaming: bool) -> None:
    async def scenario(server: Server) -> None:
        asked: dict[str, Any] = {
            "model": "m",
            "contents": "hi",
            "config": types.GenerateContentConfig(
                tools=[GEMINI_TOOL],
                automatic_function_calling={"disable": True},
            ),
        }
        async with gemini_sdk(server, "behaviour=tool_call") as sdk:
            if streaming:
                stream = await sdk.models.generate_content_stream(**asked)
                answer = [answer async for answer in stream][-1]
            else:
                answer = await sdk.models.generate_content(**asked)
        assert answer.function_calls[0].name == "berth"
        assert_fits(answer.function_calls[0].args)

    simulated(scenario)


# Errors and retries


@pytest.mark.parametrize(
    ("fault", "openai_error", "anthropic_error", "gemini_code"),
    [
        pytest.param(
            "rate_limited",
            openai.RateLimitError,
            anthropic.RateLimitError,
            429,
            id="rate limited",
        ),
        pytest.param(
            "server_error",
            openai.InternalServerError,
            anthropic.InternalServerError,
            500,
            id="server error",
        ),
        pytest.param(
            "overloaded",
            openai.InternalServerError,
            anthropic.OverloadedError,
            503,
            id="overloaded",
        ),
    ],
)
def test_every_sdk_raises_its_own_error(
    simulated: Simulated,
    fault: str,
    openai_error: type[Exception],
    anthropic_error: type[Exception],
    gemini_code: int,
) -> None:
    async def scenario(server: Server) -> None:
        headers = steer(f"fault={fault}")
        async with openai_sdk(server) as sdk:
            with pytest.raises(openai_error):
                await sdk.chat.completions.create(
                    model="m", messages=ASKED, extra_headers=headers
                )
        async with anthropic_sdk(server) as sdk:
            with pytest.raises(anthropic_error):
                await sdk.messages.create(
                    model="m", max_tokens=9, messages=ASKED, extra_headers=headers
                )
        async with gemini_sdk(server, f"fault={fault}") as sdk:
            with pytest.raises(genai_errors.APIError) as raised:
                await sdk.models.generate_content(model="m", contents="hi")
        assert raised.value.code == gemini_code

    simulated(scenario)


@pytest.mark.parametrize("fault", ["rate_limited", "overloaded", "cut"])
def test_a_retry_after_a_fault_that_strikes_once_succeeds(
    simulated: Simulated, fault: str
) -> None:
    async def scenario(server: Server) -> None:
        headers = steer(f"fault={fault},once=x,retry_after=1ms")
        async with openai_sdk(server) as sdk:
            retrying = sdk.with_options(max_retries=2)
            answer = await retrying.chat.completions.create(
                model="m", messages=ASKED, extra_headers=headers
            )
        assert answer.choices[0].message.content
        assert server.counters.faults == {fault: 1}
        assert server.counters.requests == {"openai.chat": 2}

    simulated(scenario)


def test_leaving_a_stream_stops_it(simulated: Simulated, eventually: Any) -> None:
    async def scenario(server: Server) -> None:
        async with openai_sdk(server) as sdk:
            stream = await sdk.chat.completions.create(
                model="m",
                messages=ASKED,
                stream=True,
                extra_headers=steer("chunks=5000,interval=10ms"),
            )
            async for _ in stream:
                break
            await stream.close()
            await eventually(lambda: server.counters.aborted_by_client == 1)
        assert server.counters.in_flight == 0
        assert server.counters.completed == 0

    simulated(scenario, Behaviour())
