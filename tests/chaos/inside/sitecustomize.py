"""Looks into the relays and the monitor of a soak: what Python and malloc have handed out.

Python imports it at its start where this folder is on PYTHONPATH. Each process writes the
newest figures to a file of its own in the folder that SEATRIAL_CHAOS_INSIDE names.
"""

import asyncio
import ctypes
import gc
import json
import os
import sys
import threading
import time
from pathlib import Path

MODULES = {"proxy.relay.main", "proxy.monitor.main"}
SECONDS = 0.5
FIELDS = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"


class Malloc(ctypes.Structure):
    """struct mallinfo2 of glibc."""

    _fields_ = [(name, ctypes.c_size_t) for name in FIELDS.split()]


def look(folder: Path) -> None:
    libc = ctypes.CDLL(None)
    libc.mallinfo2.restype = Malloc
    path = folder / f"{os.getpid()}.json"
    fresh = path.with_suffix(".new")
    while True:
        malloc = libc.mallinfo2()
        found = {
            "blocks": sys.getallocatedblocks(),
            "tasks": sum(isinstance(o, asyncio.Task) for o in gc.get_objects()),
            "malloc": malloc.uordblks + malloc.hblkhd,
            "free": malloc.fordblks,
        }
        fresh.write_text(json.dumps(found))
        fresh.replace(path)
        time.sleep(SECONDS)


if MODULES & set(sys.orig_argv) and "SEATRIAL_CHAOS_INSIDE" in os.environ:
    folder = Path(os.environ["SEATRIAL_CHAOS_INSIDE"])
    threading.Thread(target=look, args=(folder,), daemon=True).start()
