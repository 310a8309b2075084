"""Every field read from the recorded corpus, held against what was found out about it.

Prints agreement per field and lists differences: `pytest -s tests/dialects/test_corpus.py`.
"""

import gzip
import hashlib
import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from proxy.dialects.reader import read
from proxy.errors import WireError
from proxy.model.exchange import Exchange
from proxy.recording.rows import parse

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("SEATRIAL_DATA", ROOT.parent / "shared/data")) / "wire/dev"
BAR = 0.995
USAGE = (
    *("input_tokens", "output_tokens", "total_tokens", "cached_input_tokens"),
    *("cache_creation_input_tokens", "reasoning_tokens"),
    *("input_tokens_incl_cache", "output_tokens_incl_reasoning"),
)


def found(exchange: Exchange) -> dict[str, Any]:
    """The Exchange in the words of the corpus."""
    error = exchange.error
    return {
        "dialect": exchange.dialect,
        "operation": exchange.operation,
        "streaming": exchange.streaming,
        "stream_requested": exchange.stream_requested,
        "request_model": exchange.request_model,
        "response_model": exchange.response_model,
        "response_id": exchange.response_id,
        "status": exchange.status,
        "system_fingerprint": exchange.fingerprint,
        "service_tier": exchange.service_tier,
        **{name: getattr(exchange.usage, name) for name in USAGE},
        "finish_reasons": list(exchange.finish_reasons),
        "tool_calls": [
            {"id": c.id, "name": c.name, "arguments": c.arguments}
            for c in exchange.tool_calls
        ],
        "server_tool_calls": list(exchange.server_tool_calls),
        "text_len": len(exchange.text),
        "text_sha256": hashlib.sha256(exchange.text.encode()).hexdigest(),
        "reasoning_text_len": len(exchange.reasoning),
        "error": error
        and {
            "status": error.status,
            "type": error.type,
            "code": error.code,
            "message": error.message,
            "in_stream": error.in_stream,
        },
        "n_tool_results_in_request": len(exchange.tool_results),
        "tool_results_in_request": [
            {"id": r.id, "is_error": r.is_error} for r in exchange.tool_results
        ],
        "n_tools_declared": exchange.tools_declared,
        "stream_complete": exchange.stream_complete,
        "previous_response_id": exchange.previous_response_id,
        "explicit_conversation_id": exchange.conversation_id,
        "ratelimit": dict(exchange.rate_limits),
        "request_id": exchange.request_id,
        "provider": exchange.provider,
    }


def wanted(row: dict[str, Any]) -> dict[str, Any]:
    expected = row["expected"]
    calls = [
        {name: call[name] for name in ("id", "name", "arguments")}
        for call in expected["tool_calls"]
    ]
    return {
        **expected,
        "tool_calls": calls,
        "dialect": row["protocol"],
        "operation": row["operation"],
        "streaming": row["streaming"],
        "provider": row["provider"],
    }


BARRED = (
    *("dialect", "operation", "streaming", "request_model", "response_model"),
    *("response_id", "status", *USAGE, "finish_reasons", "tool_calls", "text_len"),
    *("text_sha256", "error", "n_tool_results_in_request", "stream_complete"),
)
"""The fields `analyze` names; the others are printed."""


def rows() -> Iterator[tuple[dict[str, Any], bytes]]:
    for path in sorted(CORPUS.glob("*.jsonl.gz")):
        with gzip.open(path) as lines:
            yield from ((json.loads(line), line) for line in lines)


class Tally:
    """How often each field agreed, by provider and dialect."""

    def __init__(self) -> None:
        self.agreed: Counter[str] = Counter()
        self.held: Counter[str] = Counter()
        self.differences: dict[str, list[str]] = defaultdict(list)
        self.by_dialect: Counter[tuple[str, str, str]] = Counter()

    def hold(self, row: dict[str, Any], line: bytes) -> None:
        want = wanted(row)
        try:
            have = found(read(parse(line).recording))
        except WireError as error:
            have = dict.fromkeys(BARRED, f"unreadable: {error}")
        names = ("status", "error") if want.get("unparsed") else have
        for name in names:
            self.held[name] += 1
            if have[name] == want[name]:
                self.agreed[name] += 1
            else:
                self.differ(row, name, have[name], want[name])

    def differ(self, row: dict[str, Any], name: str, have: Any, want: Any) -> None:
        where = f"{row['id']} {row['provider']} {row['protocol']}"
        self.differences[name].append(f"{where}: {have!r:.200} for {want!r:.200}")
        self.by_dialect[(name, row["provider"], row["protocol"])] += 1

    def below_the_bar(self) -> dict[str, float]:
        shares = {name: self.agreed[name] / self.held[name] for name in BARRED}
        return {name: share for name, share in shares.items() if share < BAR}

    def __str__(self) -> str:
        lines = []
        for name in sorted(self.held):
            agreed, held = self.agreed[name], self.held[name]
            lines.append(f"{name:30} {agreed:5} of {held:5} {agreed / held:8.3%}")
            lines += [f"    {text}" for text in self.differences[name][:SHOWN]]
        return "\n".join(lines)


SHOWN = int(os.environ.get("SEATRIAL_SHOWN", "5"))


@pytest.mark.skipif(
    not CORPUS.is_dir(), reason="no corpus: set SEATRIAL_DATA to its folder"
)
def test_every_field_agrees_with_the_corpus() -> None:
    tally = Tally()
    for row, line in rows():
        tally.hold(row, line)
    print(f"\n{tally}")
    assert tally.below_the_bar() == {}
