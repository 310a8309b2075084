"""Reading recorded exchanges, and what is sent of them."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from proxy.demo.calls import Answer
from proxy.demo.recordings import Recorded, read
from proxy.demo.replay import Recordings, admitted, key
from proxy.errors import UsageError

GOLDEN = sorted((Path(__file__).parent.parent / "recordings").glob("*.jsonl"))


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def row(**given: Any) -> dict[str, Any]:
    request = {
        "method": "POST",
        "path": given.pop("path", "/v1/messages"),
        "headers": given.pop("headers", {}),
        "body_b64": b64(given.pop("sent", b"{}")),
    }
    response = {"status": 200, "headers": {}, "body_b64": b64(b"answer")}
    return {
        "request": request,
        "response": {**response, **given.pop("response", {})},
        **given,
    }


def one(tmp_path: Path, **given: Any) -> Recorded:
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps(row(**given)))
    (found,) = read([path])
    return found


def test_bodies_are_the_recorded_bytes(tmp_path: Path) -> None:
    found = one(tmp_path, sent=b"\x00\xff", response={"status": 201})
    assert (found.call.body, found.status, found.body) == (b"\x00\xff", 201, b"answer")


def test_credentials_and_framing_are_not_sent(tmp_path: Path) -> None:
    headers = {
        "Authorization": "<redacted>",
        "X-Api-Key": "<redacted>",
        "Cookie": "a=b",
        "Host": "api.example.com",
        "Content-Length": "2",
        "Connection": "keep-alive",
        "X-Seatrial-Conversation": "7",
        "anthropic-version": "2023-06-01",
        "Accept": ["text/html", "application/json"],
    }
    assert one(tmp_path, headers=headers).call.headers == (
        ("anthropic-version", "2023-06-01"),
        ("Accept", "text/html"),
        ("Accept", "application/json"),
    )


@pytest.mark.parametrize(
    ("given", "route"),
    [
        pytest.param(
            {"seatrial": {"route": "mine"}, "provider": "x"}, "mine", id="own"
        ),
        pytest.param({"provider": "gcp.gemini"}, "gcp-gemini", id="provider"),
        pytest.param({"path": "/v1/messages?beta=true"}, "anthropic", id="messages"),
        pytest.param(
            {"path": "/v1beta/models/m:generateContent"}, "gemini", id="gemini"
        ),
        pytest.param({"path": "/v1/chat/completions"}, "openai", id="openai"),
        pytest.param({"path": "/api/chat"}, "other", id="unknown"),
    ],
)
def test_route_of_an_exchange(
    tmp_path: Path, given: dict[str, Any], route: str
) -> None:
    assert one(tmp_path, **given).call.route == route


def test_routes_past_the_bound_share_one(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text("\n".join(json.dumps(row(provider=f"p{n}")) for n in range(40)))
    found = [one.call.route for one in admitted(read([path]))]
    assert len(set(found)) == 25
    assert found.count("other") == 16


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param("{", "not a recorded exchange", id="no JSON"),
        pytest.param("[]", "not a recorded exchange", id="no object"),
        pytest.param(
            '{"response": {"status": 200}}', "missing .* `request`", id="half"
        ),
        pytest.param(json.dumps(row(path="no slash")), "cannot be sent", id="path"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text(f"{json.dumps(row())}\n\n{line}\n")
    with pytest.raises(UsageError, match=f"broken.jsonl:3: .*{told}"):
        read([path])


def test_a_cut_archive_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(row()).encode())[:-9])
    with pytest.raises(UsageError, match=r"cut.jsonl.gz:\d: cannot be read"):
        read([path])


def test_files_without_an_answer_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "unanswered.jsonl"
    path.write_text(json.dumps(row(response={"status": None})))
    with pytest.raises(UsageError, match="no exchange with an answer"):
        read([path])


def test_what_cannot_be_told_apart_by_the_simulation_waits_for_its_turn(
    tmp_path: Path,
) -> None:
    first = one(tmp_path, path="/v1/messages?key=a")
    second = one(tmp_path, path="/v1/messages?key=b")
    other = one(tmp_path, path="/v1/messages?key=a", sent=b"[]")
    assert key(first) == key(second) != key(other)


@pytest.mark.parametrize(
    ("answer", "compared", "identical"),
    [
        pytest.param(Answer("ok", 200, b"answer"), 1, 1, id="same"),
        pytest.param(Answer("ok", 200, b"Answer"), 1, 0, id="another byte"),
        pytest.param(Answer("ok", 201, b"answer"), 1, 0, id="another status"),
        pytest.param(Answer("broken"), 1, 0, id="none"),
    ],
)
def test_answers_are_compared(
    tmp_path: Path, answer: Answer, compared: int, identical: int
) -> None:
    recorded = one(tmp_path)
    player = Recordings(caller=None, exchanges=[recorded], rate=1.0, loops=False)
    player.compare(recorded, answer)
    assert (player.identity.compared, player.identity.identical) == (
        compared,
        identical,
    )


def test_a_body_that_was_not_kept_is_not_compared(tmp_path: Path) -> None:
    response = {"body_b64": None, "body_source": "not_kept"}
    assert one(tmp_path, response=response).body is None


# --- the golden recordings -----------------------------------------------------------


def test_golden_recordings_are_there_and_small() -> None:
    assert len(GOLDEN) >= 8
    assert sum(path.stat().st_size for path in GOLDEN) < 300_000


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_recordings_hold_nothing_of_the_machine(path: Path) -> None:
    text = path.read_text()
    bodies = [one.call.body + (one.body or b"") for one in read([path])]
    for told in ("127.0.0.1", "/tmp", "/home/", "/root", "site-packages", "sk-demo"):
        assert told not in text
        assert not any(told.encode() in body for body in bodies)
