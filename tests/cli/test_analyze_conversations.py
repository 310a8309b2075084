"""`seatrial analyze` over conversation logs: one line each, and rates with intervals."""

import json
from pathlib import Path
from typing import Any

import pytest

from proxy.cli.main import run

KEYS = [
    *("id", "behaviour", "clarifying", "clarifying_probability", "kind", "questions"),
    *("events", "refusal", "correction"),
]
ASKED = {"role": "user", "content": "Please book the ferry for my team."}
QUESTION = {
    "role": "assistant",
    "content": "Which day would you like to travel, and how many people are there?",
}


def tool_story(id: str, *, recovers: bool) -> dict[str, Any]:
    def call(number: int, port: str) -> dict[str, Any]:
        function = {"name": "find_ferry", "arguments": json.dumps({"port": port})}
        one = {"id": f"c{number}", "type": "function", "function": function}
        return {"role": "assistant", "content": None, "tool_calls": [one]}

    told = "The 9:40 has room." if recovers else "I am sorry, the search fails."
    second = "09:40, 212 places" if recovers else "Error: no such port"
    return {
        "id": id,
        "messages": [
            ASKED,
            call(1, "Keil"),
            {"role": "tool", "tool_call_id": "c1", "content": "Error: no such port"},
            call(2, "Kiel" if recovers else "Kiehl"),
            {"role": "tool", "tool_call_id": "c2", "content": second},
            {"role": "assistant", "content": told},
        ],
    }


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "chats.jsonl"


def write(log: Path, *lines: dict[str, Any] | str) -> str:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    log.write_text("\n".join(texts) + "\n")
    return str(log)


def analysed(
    capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, list[dict[str, Any]], str]:
    status = run(["analyze", *arguments])
    out, err = capsys.readouterr()
    return status, [json.loads(line) for line in out.splitlines()], err


def test_each_conversation_is_a_line_with_these_keys(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(log, {"id": "a", "messages": [ASKED, QUESTION]})
    status, [row], _ = analysed(capsys, file, "--kind", "conversations", "--jsonl")
    assert status == 0
    assert list(row) == KEYS
    assert (row["id"], row["behaviour"]) == ("a", "clarifying_question")
    assert row["clarifying"] is True
    assert row["clarifying_probability"] > 0.5
    assert row["questions"] >= 1


def test_what_became_of_an_error_names_message_tool_and_outcome(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(log, tool_story("a", recovers=True), tool_story("b", recovers=False))
    _, [good, bad], _ = analysed(capsys, file, "--jsonl")
    assert good["events"] == [
        {"index": 2, "tool": "find_ferry", "outcome": "recovered", "sub": None, "episode": 1}
    ]  # fmt: skip
    assert [one["outcome"] for one in bad["events"]] == ["ongoing", "gave_up"]
    assert bad["events"][1]["sub"] == "informed_user"


def test_the_kind_is_told_from_the_first_line(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(log, {"messages": [ASKED, QUESTION]})
    _, [row], _ = analysed(capsys, file, "--jsonl")
    assert row["id"] == "1"


def test_a_last_word_of_the_user_has_no_behaviour(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(log, {"id": "a", "messages": [ASKED]})
    _, [row], _ = analysed(capsys, file, "--jsonl")
    assert row["behaviour"] is None
    assert row["clarifying"] is None


def test_a_broken_line_is_named_and_skipped(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = {"id": "a", "messages": [ASKED, QUESTION]}
    file = write(log, good, '{"messages": [', {"id": "c", "messages": []}, good)
    status, rows, err = analysed(capsys, file, "--jsonl")
    assert status == 1
    assert [row["id"] for row in rows] == ["a", "a"]
    assert f"{file}:2:" in err
    assert f"{file}:3:" in err


def test_few_conversations_give_no_rate(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(log, {"id": "a", "messages": [ASKED, QUESTION]})
    assert run(["analyze", file]) == 0
    out = capsys.readouterr().out
    assert "insufficient: 1 of 1; it takes 50" in out
    assert "%" not in out.split("clarifying ")[1].splitlines()[0]


def test_many_give_a_rate_with_its_interval(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = {"messages": [ASKED, QUESTION]}
    answer = {"messages": [ASKED, {"role": "assistant", "content": "Done: 9:40."}]}
    file = write(log, *[one] * 20, *[answer] * 40)
    assert run(["analyze", file, "--json"]) == 0
    rate = json.loads(capsys.readouterr().out)["summary"]["rates"]["clarifying"]
    assert (rate["numerator"], rate["denominator"]) == (20, 60)
    assert rate["low"] < 20 / 60 < rate["high"]
