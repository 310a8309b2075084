"""Seatrial itself as the demo runs it: settings, free ports, start and readiness."""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import aiohttp
import yaml

from proxy.demo.children import Child, Children
from proxy.demo.folder import WorkFolder
from proxy.errors import SeatrialError

HOST = "127.0.0.1"
RELAYS = 2
READY_SECONDS = 20.0
ENDING_SECONDS = 10.0
PORT_TAKEN = "is in use already"


@dataclass(frozen=True, slots=True)
class Instance:
    child: Child
    relay_url: str
    admin_url: str


async def start(
    children: Children,
    seatrial: Sequence[str],
    folder: WorkFolder,
    routes: Sequence[str],
    upstream: str,
    attempts: int = 3,
) -> Instance:
    """Start `seatrial serve` and wait until every relay accepts connections.

    A port that was free may be taken before it is bound; then others are tried.
    """
    relay, admin = free_ports(2)
    folder.settings.write_text(settings(folder, routes, upstream, relay, admin))
    argv = [*seatrial, "serve", "-c", str(folder.settings)]
    child = await children.start("serve", argv, folder.log("serve"))
    instance = Instance(child, f"http://{HOST}:{relay}", f"http://{HOST}:{admin}")
    if await is_ready(instance):
        return instance
    await children.end(child, ENDING_SECONDS)
    words = child.last_words()
    if PORT_TAKEN in words and attempts > 1:
        return await start(children, seatrial, folder, routes, upstream, attempts - 1)
    raise SeatrialError(
        f"seatrial serve did not get ready; the end of {child.log}:\n{words}"
    )


async def is_ready(instance: Instance) -> bool:
    """Wait for readiness; False when the process ended or took too long."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + READY_SECONDS
    timeout = aiohttp.ClientTimeout(total=2.0)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        while clock() < deadline and not instance.child.has_ended():
            try:
                async with session.get(f"{instance.admin_url}/readyz") as answer:
                    if answer.status == 200:
                        return not instance.child.has_ended()
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(0.05)
    return False


def free_ports(count: int) -> list[int]:
    """Different ports that nobody listens on."""
    with ExitStack() as held:
        ports = []
        for _ in range(count):
            sock = held.enter_context(socket.socket())
            sock.bind((HOST, 0))
            ports.append(sock.getsockname()[1])
        return ports


def settings(
    folder: WorkFolder, routes: Sequence[str], upstream: str, relay: int, admin: int
) -> str:
    """The settings file: what an operator would write, with everything kept."""
    content = {
        "instance": {"run_dir": str(folder.run_dir)},
        "relay": {
            "listen": f"{HOST}:{relay}",
            "workers": RELAYS,
            "drain": {"delay": "0s", "limit": "2s"},
        },
        "admin": {"listen": f"{HOST}:{admin}"},
        "routes": [
            {
                "name": name,
                "prefix": f"/{name}",
                "upstream": upstream,
                # Nobody wrote these texts for us to keep private.
                "content": "full",
                # A simulated upstream that stalls is given up soon.
                "timeouts": {"idle": "3s"},
            }
            for name in routes
        ],
        "recordings": {"write": str(folder.recordings), "max_size": "256MiB"},
        "store": {"url": f"sqlite:{folder.settings.parent}/seatrial.db"},
        "logging": {"format": "console"},
    }
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    return f"# Written by `seatrial demo`.\n{text}"
