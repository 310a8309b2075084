"""Breaking a connection on purpose: cut, stall, malformed."""

import asyncio
import socket
import struct

_FLUSH_SECONDS = 1.0


async def cut(transport: asyncio.Transport) -> None:
    """Reset the connection once what was written has left this process."""
    await _flushed(transport)
    raw = transport.get_extra_info("socket")
    if raw is not None:
        # Linger of zero makes close() send RST instead of FIN.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def malformed(transport: asyncio.Transport) -> None:
    """Write where a chunk must begin what no parser takes for one, and close.

    Closing sends what is buffered first.
    """
    transport.write(b"zz-not-a-chunk-size\r\n\xff\xfe\r\n")
    transport.close()


async def stall(stopping: asyncio.Event) -> None:
    """Keep silent until the client leaves, which cancels this, or the server stops."""
    await stopping.wait()


async def _flushed(transport: asyncio.Transport) -> None:
    """Wait until the write buffer is empty, for a slow reader not longer than a second.

    The first turn of the loop matters: uvloop writes at its end.
    """
    deadline = asyncio.get_running_loop().time() + _FLUSH_SECONDS
    await asyncio.sleep(0.005)
    while transport.get_write_buffer_size() and not transport.is_closing():
        if asyncio.get_running_loop().time() > deadline:
            return
        await asyncio.sleep(0.005)
