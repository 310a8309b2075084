"""On what the figures were taken: they mean nothing elsewhere."""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tests.bench.targets import NGINX, ROOT

# As the supervisor starts its children: the installed package, not the tree around us.
WHERE = "import proxy.relay.exchange as module; print(module.__file__)"


def machine() -> dict[str, str]:
    model, cores = processor()
    load = " ".join(f"{x:.1f}" for x in os.getloadavg())
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": f"{model}, {cores} cores, load {load}",
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "relay": "compiled" if is_compiled() else "not compiled (twice the CPU)",
        "versions": ", ".join(versions()),
    }


def processor() -> tuple[str, int]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [
        line.split(":")[1].strip() for line in lines if line.startswith("model name")
    ]
    return (names[0] if names else platform.machine()), len(os.sched_getaffinity(0))


def is_compiled() -> bool:
    command = [sys.executable, "-P", "-c", WHERE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip().endswith(".so")


def versions() -> list[str]:
    found = []
    for name in ("seatrial", "uvloop", "aiofastnet", "httptools", "aiohttp"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    return [*found, nginx_version()]


def nginx_version() -> str:
    if NGINX is None:
        return "no nginx"
    done = subprocess.run([NGINX, "-v"], capture_output=True, text=True, check=True)
    return done.stderr.strip().rpartition(" ")[2]
