"""Each quirk of the wire has a recording of our own; here is what is read from it."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from proxy.dialects.reader import read
from proxy.model.exchange import Exchange
from proxy.recording.rows import parse

FOLDER = Path(__file__).resolve().parents[1] / "recordings/quirks"
QUIRKS = sorted(FOLDER.glob("*.jsonl"))


def told(exchange: Exchange) -> dict[str, Any]:
    """All that is not empty; times belong to the relay, not to the quirk."""
    fields = json.loads(msgspec.json.encode(exchange))
    del fields["timings"]
    filled: dict[str, Any] = without_nothing(fields)
    return filled


def without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        filled = {name: without_nothing(item) for name, item in value.items()}
        return {n: v for n, v in filled.items() if v not in (None, "", [], {})}
    return (
        [without_nothing(item) for item in value] if isinstance(value, list) else value
    )


def test_there_are_quirks() -> None:
    assert len(QUIRKS) > 50


@pytest.mark.parametrize("path", QUIRKS, ids=lambda path: path.stem)
def test_quirk_is_read(path: Path) -> None:
    exchange = read(parse(path.read_bytes()).recording)
    assert told(exchange) == json.loads(path.with_suffix(".expected.json").read_text())
