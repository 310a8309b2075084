"""The HTTP server of the simulation: reads requests, writes answers at their pace, counts."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiohttp import web

from proxy.simulate import faults
from proxy.simulate.answer import Answer
from proxy.simulate.counters import Counters
from proxy.simulate.plan import Plan
from proxy.simulate.replay import Recorded
from proxy.simulate.responder import Request, Responder
from proxy.simulate.settings import Behaviour

COUNTERS_PATH = "/-/simulate"
_LARGEST_BODY = 256 * 1024 * 1024
_LONGEST_HEAD_LINE = 64 * 1024
_BROKEN_BODIES = ("cut", "stall", "malformed")


class Server:
    """A running simulation: its address and what it has seen."""

    def __init__(self, responder: Responder) -> None:
        self.counters = Counters()
        self.url = ""
        self._responder = responder
        self._stopping = asyncio.Event()

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def stop(self) -> None:
        """Release the responses that a stall holds."""
        self._stopping.set()

    async def handle(self, http: web.Request) -> web.StreamResponse:
        if http.path == COUNTERS_PATH:
            return web.json_response(self.counters.as_json())
        self.counters.in_flight += 1
        try:
            response = await self._serve(http)
        except (asyncio.CancelledError, ConnectionError):
            if not self._stopping.is_set():
                self.counters.aborted_by_client += 1
            raise
        finally:
            self.counters.in_flight -= 1
        return response

    async def _serve(self, http: web.Request) -> web.StreamResponse:
        request = await _received(http)
        decision = self._responder.decide(request)
        plan, answer = decision.plan, decision.answer
        self._count(decision.kind, plan, answer)
        await asyncio.sleep(plan.ttft)
        response = _started(answer)
        if plan.fault in _BROKEN_BODIES:
            await self._break(http, response, answer, plan)
            return response
        await _write(http, response, answer.pieces, plan.interval)
        await response.write_eof()
        self.counters.completed += 1
        return response

    def _count(self, kind: str, plan: Plan, answer: Answer) -> None:
        self.counters.requests[kind] += 1
        self.counters.statuses[str(answer.status)] += 1
        if answer.behaviour:
            self.counters.behaviours[answer.behaviour] += 1
        if plan.fault:
            self.counters.faults[plan.fault] += 1

    async def _break(
        self,
        http: web.Request,
        response: web.StreamResponse,
        answer: Answer,
        plan: Plan,
    ) -> None:
        """Send the head and half of the body, then let the fault strike."""
        if plan.fault == "malformed":
            # Only a chunked body has a place where nonsense shows at once.
            response.content_length = None
        await _write(http, response, _half(answer), plan.interval)
        transport = http.transport
        if transport is None:
            raise ConnectionResetError("the client left before the fault struck")
        match plan.fault:
            case "cut":
                await faults.cut(transport)
            case "malformed":
                faults.malformed(transport)
            case _:
                await faults.stall(self._stopping)
                transport.abort()


@asynccontextmanager
async def serve(
    behaviour: Behaviour,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    exchanges: Iterable[Recorded] = (),
) -> AsyncIterator[Server]:
    """Serve until the context ends. Port 0 takes a free one; `exchanges` are replayed."""
    server = Server(Responder(behaviour, exchanges))
    runner = _runner(server)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, backlog=1024)
        await site.start()
        server.url = _url(host, runner)
        yield server
    finally:
        server.stop()
        await runner.cleanup()


def _runner(server: Server) -> web.AppRunner:
    app = web.Application(client_max_size=_LARGEST_BODY)
    app.router.add_route("*", "/{path:.*}", server.handle)
    return web.AppRunner(
        app,
        access_log=None,
        handler_cancellation=True,
        shutdown_timeout=0.5,
        max_line_size=_LONGEST_HEAD_LINE,
        max_field_size=_LONGEST_HEAD_LINE,
    )


def _url(host: str, runner: web.AppRunner) -> str:
    port = runner.addresses[0][1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def _received(http: web.Request) -> Request:
    return Request(
        method=http.method,
        target=http.raw_path,
        path=http.rel_url.raw_path,
        query=http.query,
        headers=http.headers,
        body=await http.read(),
    )


def _started(answer: Answer) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status)
    for name, value in answer.headers:
        response.headers.add(name, value)
    if not answer.streamed:
        response.content_length = len(answer.body)
    return response


def _half(answer: Answer) -> tuple[bytes, ...]:
    """The first half of the pieces, and of a single piece its first half."""
    if len(answer.pieces) > 1:
        return answer.pieces[: (len(answer.pieces) + 1) // 2]
    body = answer.body
    return (body[: (len(body) + 1) // 2],)


async def _write(
    http: web.Request,
    response: web.StreamResponse,
    pieces: Iterable[bytes],
    interval: float,
) -> None:
    """Send the head, then a piece each interval, counted from the first so that late
    wake-ups do not add up."""
    await response.prepare(http)
    clock = asyncio.get_running_loop().time
    started = clock()
    for number, piece in enumerate(pieces):
        wait = started + number * interval - clock()
        if wait > 0:
            await asyncio.sleep(wait)
        if piece:
            await response.write(piece)
