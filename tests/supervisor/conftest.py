"""`start(child(...), ...)` starts a supervisor and ends it after the test."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.supervisor.instances import HERE, ROOT, SETTINGS, Instance, end


@pytest.fixture
def start(tmp_path) -> Iterator[Callable[..., Instance]]:
    started: list[Instance] = []

    def start(*children: dict, limit: str = "20s", **environment: str) -> Instance:
        settings = tmp_path / "seatrial.yaml"
        settings.write_text(SETTINGS.replace("LIMIT", limit))
        spec = {
            "settings": str(settings),
            "journal": str(tmp_path / "journal"),
            "children": children,
        }
        process = subprocess.Popen(
            [sys.executable, str(HERE / "instance_main.py"), json.dumps(spec)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stderr=subprocess.PIPE,
            text=True,
        )
        instance = Instance(process, tmp_path)
        started.append(instance)
        return instance

    yield start
    for instance in started:
        end(instance)
