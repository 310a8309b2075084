"""The official SDKs talking to a real model: every way of asking it, one after another."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import cycle
from types import TracebackType
from typing import Any

import anthropic
import openai

from proxy.demo.calls import Ending, Tally, ending_of
from proxy.demo.model_server import MODEL
from proxy.demo.pace import ticks

MOST_TOKENS = 32
CALL_SECONDS = 30.0
QUESTIONS = (
    ("Name three things that float.", "And three that sink?"),
    ("What does a harbour pilot do?", "Say it in five words."),
    ("Why is the sea salty?", "Is that true of lakes?"),
)

Messages = list[Any]
"""`{"role": …, "content": …}`, which all three APIs take."""
Way = Callable[[Messages], Awaitable[str]]
"""Asks the last message's question and returns the answer."""


class Sdks:
    """One request at a time: the model has one thread."""

    def __init__(self, relay_url: str, rate: float) -> None:
        self.rate = rate
        self.tally = Tally()
        self.identity = None
        # No retries, so that one call is one request; no proxy from the environment.
        self.openai = openai.AsyncOpenAI(
            api_key="sk-demo-this-is-no-key",
            base_url=f"{relay_url}/openai/v1",
            max_retries=0,
            http_client=openai.DefaultAsyncHttpxClient(trust_env=False),
        )
        self.anthropic = anthropic.AsyncAnthropic(
            api_key="sk-ant-demo-this-is-no-key",
            base_url=f"{relay_url}/anthropic",
            max_retries=0,
            http_client=anthropic.DefaultAsyncHttpxClient(trust_env=False),
        )

    async def __aenter__(self) -> "Sdks":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.openai.close()
        await self.anthropic.close()

    async def run(self, stop: asyncio.Event) -> None:
        ways, questions = cycle(self.ways()), cycle(QUESTIONS)
        messages: Messages = []
        pair = next(questions)
        async for number in ticks(self.rate, stop):
            route, way = next(ways)
            if number % 2 == 0:
                messages, pair = [], next(questions)
            messages.append({"role": "user", "content": pair[number % 2]})
            answer = await self.ask(route, way, messages)
            messages.append({"role": "assistant", "content": answer or "…"})

    def ways(self) -> tuple[tuple[str, Way], ...]:
        """Each with the route it takes."""
        return (
            ("openai", self.chat),
            ("openai", self.chat_stream),
            ("openai", self.chat_stream_with_usage),
            ("anthropic", self.messages),
            ("anthropic", self.messages_stream),
            ("openai", self.responses),
            ("openai", self.responses_stream),
            ("openai", self.leave),
            ("openai", self.unknown_path),
            ("anthropic", self.without_content),
        )

    async def ask(self, route: str, way: Way, messages: Messages) -> str:
        """One call, counted; empty when it failed."""
        self.tally.sent[route] += 1
        self.tally.begin()
        answer = ""
        ending: Ending = "broken"
        try:
            async with asyncio.timeout(CALL_SECONDS):
                answer = await way(messages)
            ending = "left" if way == self.leave else "ok"
        except (openai.APIStatusError, anthropic.APIStatusError) as error:
            ending = ending_of(error.status_code)
        except (openai.APIError, anthropic.APIError, TimeoutError):
            pass
        finally:
            self.tally.end()
            self.tally.endings[ending] += 1
        return answer

    async def chat(self, messages: Messages) -> str:
        answer = await self.openai.chat.completions.create(
            model=MODEL, messages=messages, max_tokens=MOST_TOKENS
        )
        return answer.choices[0].message.content or ""

    async def chat_stream(self, messages: Messages) -> str:
        stream = await self.openai.chat.completions.create(
            model=MODEL, messages=messages, max_tokens=MOST_TOKENS, stream=True
        )
        return "".join([text(chunk) async for chunk in stream])

    async def chat_stream_with_usage(self, messages: Messages) -> str:
        stream = await self.openai.chat.completions.create(
            model=MODEL,
            messages=messages,
            max_tokens=MOST_TOKENS,
            stream=True,
            stream_options={"include_usage": True},
        )
        return "".join([text(chunk) async for chunk in stream])

    async def responses(self, messages: Messages) -> str:
        answer = await self.openai.responses.create(
            model=MODEL, input=items(messages), max_output_tokens=MOST_TOKENS
        )
        return answer.output_text

    async def responses_stream(self, messages: Messages) -> str:
        stream = await self.openai.responses.create(
            model=MODEL,
            input=items(messages),
            max_output_tokens=MOST_TOKENS,
            stream=True,
        )
        return "".join(
            [
                event.delta
                async for event in stream
                if event.type == "response.output_text.delta"
            ]
        )

    async def messages(self, messages: Messages) -> str:
        answer = await self.anthropic.messages.create(
            model=MODEL, messages=messages, max_tokens=MOST_TOKENS
        )
        return "".join(block.text for block in answer.content if block.type == "text")

    async def messages_stream(self, messages: Messages) -> str:
        async with self.anthropic.messages.stream(
            model=MODEL, messages=messages, max_tokens=MOST_TOKENS
        ) as stream:
            return await stream.get_final_text()

    async def leave(self, messages: Messages) -> str:
        """Go away after the first words, as a user does who saw enough."""
        stream = await self.openai.chat.completions.create(
            model=MODEL, messages=messages, max_tokens=MOST_TOKENS, stream=True
        )
        async with stream:
            return text(await anext(aiter(stream)))

    async def unknown_path(self, messages: Messages) -> str:
        """An error that the server makes: there is no such path."""
        return await self.openai.get("/no/such/path", cast_to=str)

    async def without_content(self, messages: Messages) -> str:
        """A request that the server refuses."""
        return await self.messages([{"role": "user"}])


def items(messages: Messages) -> Messages:
    """As the Responses API wants them: what the model said is an item of its own."""
    return [
        message
        if message["role"] == "user"
        else {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": message["content"]}],
        }
        for message in messages
    ]


def text(chunk: Any) -> str:
    return (chunk.choices[0].delta.content or "") if chunk.choices else ""
