"""Programs beside Python: found, or the test is skipped; in CI they must be there."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parents[2]
RENDERER = Path(os.environ.get("SEATRIAL_RENDERER", ROOT / ".venv" / "renderer"))
PACKAGES = {
    "amtool": "prometheus-alertmanager",
    "chromium": "chromium",
    "node": "npm",
    "prometheus": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "promtool": "prometheus",
}
"""Debian's packages, by the command they bring."""


def program(name: str) -> str:
    return shutil.which(name) or missing(f"no {name}: apt install {PACKAGES[name]}")


def renderer() -> Path:
    """The folder with Grafana's panels and schemas."""
    if not (RENDERER / "page.js").is_file():
        missing(f"nothing at {RENDERER}: tests/proof/renderer/build {RENDERER}")
    return RENDERER


def missing(what: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
