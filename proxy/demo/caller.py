"""Sends calls through the relay with an ordinary HTTP client, and counts them."""

import asyncio
from types import SimpleNamespace

import aiohttp
from yarl import URL

from proxy.demo.calls import Answer, Call, Tally, ending_of

# Longer than the relay waits for an upstream that stalls: it is the relay's to end that.
TIMEOUT = aiohttp.ClientTimeout(total=60.0, sock_connect=5.0)
MOST_CONNECTIONS = 512
FILLED_IN = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class Caller:
    """`async with Caller(relay_url) as caller: answer = await caller.send(call)`."""

    def __init__(self, relay_url: str) -> None:
        self.relay_url = relay_url
        self.tally = Tally()

    async def __aenter__(self) -> "Caller":
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(self.count)
        self.session = aiohttp.ClientSession(
            timeout=TIMEOUT,
            connector=aiohttp.TCPConnector(limit=MOST_CONNECTIONS),
            auto_decompress=False,
            skip_auto_headers=FILLED_IN,
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[trace],
            read_bufsize=2**18,
        )
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.session.close()

    async def count(
        self,
        session: aiohttp.ClientSession,
        context: SimpleNamespace,
        parameters: aiohttp.TraceRequestHeadersSentParams,
    ) -> None:
        self.tally.sent[context.trace_request_ctx] += 1

    async def send(self, call: Call) -> Answer:
        self.tally.begin()
        try:
            answer = await self.exchange(call)
        except asyncio.CancelledError:
            self.tally.endings["left"] += 1
            raise
        except (aiohttp.ClientError, TimeoutError, ConnectionError):
            answer = Answer("broken")
        finally:
            self.tally.end()
        self.tally.endings[answer.ending] += 1
        return answer

    async def exchange(self, call: Call) -> Answer:
        # Encoded already: what was recorded or written is what is sent.
        url = URL(f"{self.relay_url}/{call.route}{call.target}", encoded=True)
        async with self.session.request(
            call.method,
            url,
            data=call.body or None,
            headers=call.headers,
            allow_redirects=False,
            trace_request_ctx=call.route,
        ) as response:
            if call.leaves and response.status == 200:
                await response.content.readany()
                response.close()
                return Answer("left", response.status)
            body = await response.read()
            return Answer(ending_of(response.status), response.status, body)
