"""Processes are ended whatever happens."""

import asyncio
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from proxy.demo import children as module
from proxy.demo.children import Children
from tests.demo.processes import living, wait_until

STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('ready', flush=True); signal.pause()"
)
PARENT = """
import asyncio, sys
from pathlib import Path
from proxy.demo.children import Children

async def main():
    async with Children() as children:
        child = await children.start(
            "sleeper", [sys.executable, "-c", "import time; time.sleep(60)"], Path("log")
        )
        print(child.pid, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


def test_who_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    async def run() -> int | None:
        async with Children() as children:
            argv = [sys.executable, "-c", STUBBORN]
            child = await children.start("stubborn", argv, tmp_path / "log")
            assert await child.first_line() == b"ready\n"
            await children.end(child, seconds=0.1)
        return child.process.returncode

    assert asyncio.run(run()) == -9


def test_all_are_ended_when_an_error_passes(tmp_path: Path) -> None:
    started: list[psutil.Process] = []

    async def run() -> None:
        async with Children() as children:
            argv = [sys.executable, "-c", "import time; time.sleep(60)"]
            child = await children.start("sleeper", argv, tmp_path / "log")
            started.append(psutil.Process(child.pid))
            raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        asyncio.run(run())
    assert living(started) == []


def test_children_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    wait_until(lambda: not living([child]))


def test_last_words_are_the_end_of_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    program = "import sys\nfor n in range(9): print(n, file=sys.stderr)"

    async def run() -> str:
        async with Children() as children:
            child = await children.start("talker", [sys.executable, "-c", program], log)
            await child.process.wait()
            return child.last_words()

    assert asyncio.run(run()).split() == ["4", "5", "6", "7", "8"]
    assert module.LAST_LINES == 5
