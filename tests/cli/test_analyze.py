"""`seatrial analyze`: recorded exchanges in, one line each out."""

import base64
import gzip
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from proxy.cli.main import run

GOLDEN = Path(__file__).resolve().parents[1] / "recordings"
KEYS = [
    "id",
    "dialect",
    "provider",
    "operation",
    "streaming",
    "request_model",
    "response_model",
    "response_id",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cached_input_tokens",
    "cache_creation_input_tokens",
    "reasoning_tokens",
    "input_tokens_incl_cache",
    "output_tokens_incl_reasoning",
    "finish_reasons",
    "tool_calls",
    "text_len",
    "text_sha256",
    "error",
    "n_tool_results_in_request",
    "stream_complete",
    "conversation",
    "parent",
    "link_evidence",
]

Write = Callable[..., str]
ASKED = {"role": "user", "content": "Where is the harbour?"}
SAID = {"role": "assistant", "content": "North of the lighthouse."}
MORE = {"role": "user", "content": "How deep is it?"}


def encoded(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def row(id: str, *messages: dict[str, str], **changes: Any) -> dict[str, Any]:
    answer = {
        "id": f"chatcmpl-{id}",
        "model": "m-2025",
        "choices": [{"index": 0, "message": SAID, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14},
    }
    asked = {"model": "m", "messages": messages or [ASKED]}
    request = {
        "method": "POST",
        "path": "/v1/chat/completions",
        "url": "https://api.openai.com/v1/chat/completions",
        "headers": {"authorization": "Bearer sk-very-secret-123456"},
        "body_b64": encoded(asked),
    }
    response = {"status": 200, "headers": {}, "body_b64": encoded(answer)}
    return {"id": id, "request": request, "response": response} | changes


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(*lines: object, name: str = "recorded.jsonl") -> str:
        texts = [one if isinstance(one, str) else json.dumps(one) for one in lines]
        content = ("\n".join(texts) + "\n").encode()
        path = tmp_path / name
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return str(path)

    return write


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(one) for one in out.splitlines()]


def test_each_line_has_the_keys_of_the_contract_in_order(capfd, write: Write) -> None:
    assert run(["analyze", write(row("a")), "--jsonl"]) == 0
    (one,) = lines(capfd.readouterr().out)
    assert list(one) == KEYS
    assert (one["id"], one["dialect"], one["provider"]) == (
        "a",
        "openai.chat",
        "openai",
    )
    assert (one["request_model"], one["response_model"]) == ("m", "m-2025")
    assert (one["input_tokens"], one["output_tokens"]) == (9, 5)
    assert (one["cached_input_tokens"], one["text_len"]) == (None, 24)
    assert (one["finish_reasons"], one["conversation"]) == (["stop"], "a")


def test_conversations_span_lines_and_files(capfd, write: Write) -> None:
    first = write(row("a"), name="1.jsonl")
    second = write(row("b", ASKED, SAID, MORE), name="2.jsonl.gz")
    assert run(["analyze", first, second, "--jsonl"]) == 0
    _, two = lines(capfd.readouterr().out)
    assert (two["conversation"], two["parent"]) == ("a", "a")
    assert two["link_evidence"] == "history_text"


def test_a_broken_line_is_named_and_skipped(capfd, write: Write) -> None:
    file = write(row("a"), "", '{"request":', row("b"))
    assert run(["analyze", file, "--jsonl"]) == 1
    out, err = capfd.readouterr()
    assert [one["id"] for one in lines(out)] == ["a", "b"]
    assert err.startswith(f"seatrial: {file}:3: not a recorded exchange")
    assert err.count("\n") == 1


def test_what_no_dialect_can_read_is_a_broken_line(capfd, write: Write) -> None:
    broken = row("b")
    broken["response"]["body_b64"] = base64.b64encode(b"{" * 99).decode()
    file = write(row("a"), broken)
    assert run(["analyze", file, "--jsonl"]) == 1
    out, err = capfd.readouterr()
    assert [one["id"] for one in lines(out)] == ["a"]
    assert f"{file}:2: openai.chat" in err


def test_a_cut_archive_gives_what_it_holds(capfd, tmp_path: Path, write: Write) -> None:
    whole = Path(write(*map(row, "abcdefgh"), name="recorded.jsonl.gz"))
    whole.write_bytes(whole.read_bytes()[:-12])
    assert run(["analyze", str(whole), "--jsonl"]) == 1
    out, err = capfd.readouterr()
    assert [one["id"] for one in lines(out)] == list("abcdefgh")[: len(lines(out))]
    assert "cannot be read" in err


def test_one_document(capfd, write: Write) -> None:
    assert run(["analyze", write(row("a"), "x"), "--json", "--kind", "recordings"]) == 1
    found = json.loads(capfd.readouterr().out)
    assert [one["id"] for one in found["exchanges"]] == ["a"]
    assert found["summary"]["exchanges"] == found["summary"]["broken"] == 1
    assert found["broken"][0]["line"] == 2


def test_a_person_sees_tables_and_a_summary(capfd, write: Write) -> None:
    assert run(["analyze", write(row("a"), row("b", ASKED, SAID, MORE))]) == 0
    said = capfd.readouterr().out
    assert "by model" in said
    assert "m-2025" in said
    assert "1, by history_text" in said
    assert "conversations  1, 1 of them of several exchanges" in said


def test_what_no_exchange_said_is_no_sum(capfd, write: Write) -> None:
    silent = {"status": 200, "headers": {}, "body_b64": encoded({"choices": []})}
    assert run(["analyze", write(row("a", response=silent)), "--json"]) == 0
    summary = json.loads(capfd.readouterr().out)["summary"]
    assert (summary["input_tokens"], summary["without_usage"]) == (None, 1)


def test_many_exchanges_are_not_listed_one_by_one(capfd, write: Write) -> None:
    assert run(["analyze", write(*(row(str(n)) for n in range(50)))]) == 0
    said = capfd.readouterr().out
    assert len(said.splitlines()) < 15


def test_har_is_told_from_lines(capfd, write: Write) -> None:
    given = row("a")
    request = {
        "method": "POST",
        "url": given["request"]["url"],
        "postData": {"text": base64.b64decode(given["request"]["body_b64"]).decode()},
    }
    text = base64.b64decode(given["response"]["body_b64"]).decode()
    one = {"request": request, "response": {"status": 200, "content": {"text": text}}}
    har = json.dumps({"log": {"entries": [one, {"request": 1}]}}, indent=2)
    file = write(har, name="traffic.har")
    assert run(["analyze", file, "--jsonl"]) == 1
    out, err = capfd.readouterr()
    (found,) = lines(out)
    assert (found["id"], found["output_tokens"]) == (f"{file}:1", 5)
    assert f"{file}:2: not an entry of a HAR file" in err


def test_standard_input_is_read(capfd, monkeypatch, write: Write) -> None:
    content = Path(write(row("a"))).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert run(["analyze", "-", "--jsonl"]) == 0
    assert lines(capfd.readouterr().out)[0]["id"] == "a"


@pytest.mark.parametrize("first", ['{"prompt": "x"}', "no JSON", "[1]"])
def test_another_kind_of_file_is_refused(capfd, write: Write, first: str) -> None:
    assert run(["analyze", write(first), "--jsonl"]) == 2
    assert "neither recorded exchanges" in capfd.readouterr().err


def test_a_named_kind_is_believed(capfd, write: Write) -> None:
    file = write("no JSON", row("a"))
    assert run(["analyze", file, "--kind", "recordings", "--jsonl"]) == 1
    assert lines(capfd.readouterr().out)[0]["id"] == "a"


def test_an_empty_file_holds_nothing(capfd, write: Write) -> None:
    assert run(["analyze", write("")]) == 0
    assert capfd.readouterr().out == "no exchange could be read\n"


def test_no_secret_is_told(capfd, write: Write) -> None:
    run(["analyze", write(row("a"), "{"), "--json"])
    assert "sk-very-secret" not in "".join(capfd.readouterr())


def test_own_recordings_are_read(capfd) -> None:
    files = sorted(map(str, GOLDEN.glob("smollm2-*.jsonl")))
    assert run(["analyze", *files, "--jsonl"]) == 0
    found = lines(capfd.readouterr().out)
    assert len(found) == 20
    cut = [one for one in found if one["stream_complete"] is False]
    assert len(cut) == 2


# --- the recorded corpus -------------------------------------------------------------

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("SEATRIAL_DATA", ROOT.parent / "shared/data")) / "wire/dev"
OUTSIDE = {"id", "dialect", "operation", "streaming"}
"""Keys that the corpus states beside `expected`; `dialect` it calls `protocol`."""
NOT_HELD = {"provider", "conversation", "parent", "link_evidence"}


def expected(told: dict[str, Any]) -> dict[str, Any]:
    """What the corpus says a line should read, in the keys of the contract."""
    truth = dict(told["expected"])
    for call in truth["tool_calls"]:
        for extra in call.keys() - {"id", "name", "arguments"}:
            del call[extra]
    if truth["error"] is not None:
        wanted = ("status", "type", "code", "message", "in_stream")
        truth["error"] = {name: truth["error"].get(name) for name in wanted}
    return (
        truth
        | {"dialect": told["protocol"]}
        | {name: told[name] for name in OUTSIDE - {"dialect"}}
    )


def test_the_recorded_corpus_is_read_right(capfd) -> None:
    files = sorted(CORPUS.glob("*.jsonl.gz"))
    if not files:
        pytest.skip(f"no recorded exchanges in {CORPUS}; set SEATRIAL_DATA")
    assert run(["analyze", *map(str, files), "--jsonl"]) == 0
    found = lines(capfd.readouterr().out)
    told = [
        json.loads(one)
        for file in files
        for one in gzip.decompress(file.read_bytes()).splitlines()
    ]
    assert [one["id"] for one in found] == [one["id"] for one in told]
    held = [
        (one, expected(truth))
        for one, truth in zip(found, told, strict=True)
        if not truth["expected"].get("unparsed")
    ]
    agreement = {
        key: sum(one[key] == truth[key] for one, truth in held) / len(held)
        for key in KEYS
        if key not in NOT_HELD
    }
    assert {key: share for key, share in agreement.items() if share < 0.995} == {}
