"""The proxy that one writes in an afternoon: `python -m tests.bench.aiohttp_proxy PORT UPSTREAM`.

An aiohttp handler before a ClientSession, on uvloop. It is not slowed down on purpose.
"""

import sys

import uvloop
from aiohttp import ClientSession, ClientTimeout, TCPConnector, web

from tests.bench.wire import PREFIX

HOP_BY_HOP = {"connection", "host", "keep-alive", "transfer-encoding"}

port, upstream = int(sys.argv[1]), int(sys.argv[2])


async def relay(request: web.Request) -> web.StreamResponse:
    session: ClientSession = request.app["session"]
    async with session.request(
        request.method,
        f"http://127.0.0.1:{upstream}{request.rel_url.raw_path.removeprefix(PREFIX)}",
        headers=[
            (k, v) for k, v in request.headers.items() if k.lower() not in HOP_BY_HOP
        ],
        data=await request.read(),
    ) as answer:
        response = web.StreamResponse(status=answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in HOP_BY_HOP:
                response.headers.add(name, value)
        await response.prepare(request)
        async for data in answer.content.iter_any():
            await response.write(data)
        await response.write_eof()
        return response


async def application() -> web.Application:
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app["session"] = ClientSession(
        connector=TCPConnector(limit=0),
        timeout=ClientTimeout(total=None),
        auto_decompress=False,
    )
    app.router.add_route("*", PREFIX + "/{rest:.*}", relay)
    return app


if __name__ == "__main__":
    uvloop.install()
    web.run_app(
        application(),
        host="127.0.0.1",
        port=port,
        access_log=None,
        print=None,
        backlog=4096,
    )
