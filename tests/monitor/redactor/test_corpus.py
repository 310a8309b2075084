"""Recorded exchanges of real providers: what is redacted reads as before."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from proxy.dialects.reader import read
from proxy.errors import WireError
from proxy.model.exchange import Exchange
from proxy.monitor.redactor import text
from proxy.monitor.redactor.redactor import redacted
from proxy.recording import rows
from proxy.recording.recording import Recording
from tests.make import make_marks

EVERY = 5
"""Of so many exchanges one is read."""
FACTS = (
    *("usage", "request_model", "response_model", "response_id", "finish_reasons"),
    *("streaming", "stream_complete", "operation", "error", "events"),
)


@pytest.fixture(scope="module")
def recordings(data_folder: Path) -> list[Recording]:
    folder = data_folder / "wire" / "dev"
    packed = [path.read_bytes() for path in sorted(folder.glob("*.gz"))]
    lines = [line for one in packed for line in gzip.decompress(one).splitlines()]
    if not lines:
        pytest.skip(f"no recorded exchanges in {folder}")
    found = [rows.parse(line).recording for line in lines[::EVERY]]
    # Nobody noted when a byte of these came; they did come to their end.
    return [msgspec.structs.replace(one, marks=make_marks()) for one in found]


def readable(recordings: list[Recording]) -> Iterator[tuple[Exchange, Exchange]]:
    """Before and after; those aside that are not kept, or no dialect reads."""
    for one in recordings:
        found = redacted(one, "auto")
        try:
            before = read(one)
        except WireError:
            continue
        if not found.failed:
            yield before, read(found.recording)


def test_nearly_all_can_be_redacted(recordings: list[Recording]) -> None:
    """All but binary streams, files and what is no text at all."""
    failed = sum(redacted(one, "auto").failed for one in recordings)
    assert failed / len(recordings) < 0.05


def test_facts_are_read_as_before(recordings: list[Recording]) -> None:
    differ = [
        (name, getattr(before, name), getattr(after, name))
        for before, after in readable(recordings)
        for name in FACTS
        if getattr(before, name) != getattr(after, name)
    ]
    assert differ == []


def test_words_are_those_the_redactor_leaves(recordings: list[Recording]) -> None:
    """Documents in an answer may be written anew, with other blanks."""
    differ = [
        after.text
        for before, after in readable(recordings)
        if squeezed(text.redacted(before.text)) != squeezed(after.text)
    ]
    assert differ == []


def squeezed(given: str) -> str:
    return "".join(given.split())
