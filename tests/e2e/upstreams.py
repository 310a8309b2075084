"""Small upstreams of our own, each in a thread of this process."""

import asyncio
import hashlib
import random
import threading
from collections.abc import Awaitable, Callable

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SPEECH = random.Random("speech").randbytes(3 * 1024 * 1024 + 17)


class Upstream:
    """Serves a handler for every path until closed; counts the connections it accepted."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.port = 0
        self.ready = threading.Event()
        self.stopping = asyncio.Event()
        self.loop: asyncio.AbstractEventLoop
        self.thread = threading.Thread(target=lambda: asyncio.run(self.serve()))
        self.thread.start()
        assert self.ready.wait(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{path:.*}", self.handler)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port = runner.addresses[0][1]
        self.ready.set()
        await self.stopping.wait()
        await runner.cleanup()

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.stopping.set)
        self.thread.join(10)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def files(request: web.Request) -> web.StreamResponse:
    """Takes uploads as OpenAI and Anthropic do, speaks, and digests everything else."""
    if request.path.endswith("/audio/speech"):
        return await spoken(request)
    if request.content_type == "multipart/form-data":
        return web.json_response(await received_form(request))
    body = await request.read()
    names = [name.decode() for name, _ in request.raw_headers]
    return web.json_response(
        {
            "method": request.method,
            "bytes": len(body),
            "sha256": digest(body),
            "names": names,
        }
    )


async def received_form(request: web.Request) -> dict[str, object]:
    """What both providers' SDKs read as a stored file or a transcription."""
    found: dict[str, object] = {"id": "file-1", "created_at": 0, "object": "file"}
    async for part in await request.multipart():
        data = bytes(await part.read(decode=False))
        if part.filename is None:
            found[str(part.name)] = data.decode()
        else:
            found |= {
                "filename": part.filename,
                "bytes": len(data),
                "text": digest(data),
            }
    return found


async def spoken(request: web.Request) -> web.StreamResponse:
    """Binary, in chunks of odd sizes."""
    response = web.StreamResponse(headers={"content-type": "audio/mpeg"})
    await response.prepare(request)
    for start in range(0, len(SPEECH), 70_001):
        await response.write(SPEECH[start : start + 70_001])
    await response.write_eof()
    return response
