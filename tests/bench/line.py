"""A connection whose writes leave at once.

uvloop gathers the writes of one turn and sends them together: what proxies get would come
in bursts that independent clients never make, and each wake-up of theirs would do more.
"""

import asyncio
import os


class Line:
    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.descriptor: int = transport.get_extra_info("socket").fileno()

    def write(self, data: bytes) -> None:
        sent = 0
        if (
            not self.transport.get_write_buffer_size()
            and not self.transport.is_closing()
        ):
            try:
                sent = os.write(self.descriptor, data)
            except OSError:
                sent = 0  # full, or broken: the transport finds out by itself
        if sent < len(data):
            self.transport.write(data[sent:])
