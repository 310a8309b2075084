"""What every test may use: the folder of recorded data, and no process left behind."""

import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Recorded exchanges and conversations, which are not part of this repository."""
    folder = Path(os.environ.get("SEATRIAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no recorded data at {folder}: set SEATRIAL_DATA to its folder")
    return folder


@pytest.fixture(scope="session", autouse=True)
def no_process_left() -> Iterator[None]:
    """End what tests started and forgot, and say so: the next run must find the machine quiet."""
    yield
    left = [
        child for child in psutil.Process().children(recursive=True) if forgotten(child)
    ]
    named = [" ".join(child.cmdline()) for child in left]
    for child in left:
        child.kill()
    psutil.wait_procs(left, timeout=5)
    if named:
        pytest.fail("tests left processes running:\n" + "\n".join(named))


def forgotten(child: psutil.Process) -> bool:
    # multiprocessing's own tracker ends with this process, not before.
    return (
        child.status() != psutil.STATUS_ZOMBIE
        and "multiprocessing.resource_tracker" not in " ".join(child.cmdline())
    )
