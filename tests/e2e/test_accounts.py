"""What was sent, what is recorded and what is counted are the same traffic."""

import base64
import http.client
import json
import stat
from collections import Counter
from typing import Any

import pytest

from tests.e2e.conftest import Serve, Simulate
from tests.e2e.instances import Instance, free_port, named, route, steer, until

CHAT = {"model": "m", "messages": [{"role": "user", "content": "Please book a berth."}]}
MESSAGES = {**CHAT, "max_tokens": 50}
CONTENTS = {"contents": [{"role": "user", "parts": [{"text": "Please book a berth."}]}]}
GEMINI = "/v1beta/models/m:generateContent"

# route, method, path, body, x-simulate → status class, outcome, dialect
TRAFFIC: list[tuple[str, str, str, Any, str, str, str, str]] = [
    ("kept", "POST", "/v1/chat/completions", CHAT, "", "2xx", "complete", "openai.chat"),
    ("kept", "POST", "/v1/chat/completions", CHAT, "fault=rate_limited", "4xx", "complete", "openai.chat"),
    ("kept", "POST", "/v1/chat/completions", {**CHAT, "stream": True}, "", "2xx", "complete", "openai.chat"),
    ("kept", "POST", "/v1/responses", {"model": "m", "input": "x"}, "", "2xx", "complete", "openai.responses"),
    ("kept", "POST", "/v1/embeddings", {"model": "m", "input": "x"}, "", "2xx", "complete", "openai.embeddings"),
    ("kept", "POST", "/v1/messages", MESSAGES, "fault=overloaded", "5xx", "complete", "anthropic.messages"),
    ("plain", "POST", "/v1/messages", MESSAGES, "", "2xx", "complete", "anthropic.messages"),
    ("plain", "POST", GEMINI, CONTENTS, "", "2xx", "complete", "gemini.generate_content"),
    ("plain", "GET", "/v1/models", None, "", "2xx", "complete", "other"),
    ("plain", "POST", "/v1/messages", MESSAGES, "fault=cut, chunks=30", "2xx", "upstream_cut", "anthropic.messages"),
    ("unread", "POST", "/v1/chat/completions", CHAT, "", "2xx", "complete", "openai.chat"),
    ("absent", "POST", "/v1/chat/completions", CHAT, "", "5xx", "upstream_error", "openai.chat"),
    ("nowhere", "GET", "/v1/models", None, "", "4xx", "refused", "other"),
]  # fmt: skip


def ask(
    instance: Instance,
    path: str,
    method: str,
    body: Any,
    steering: str,
    name: str = "",
) -> None:
    """One request on a connection of its own; what breaks may break."""
    connection = http.client.HTTPConnection(*instance.address, timeout=20)
    headers = (steer(steering) if steering else {}) | named(name)
    try:
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, headers)
        connection.getresponse().read()
    except http.client.IncompleteRead:
        pass
    finally:
        connection.close()


@pytest.fixture(scope="module")
def instance(serve: Serve, simulate: Simulate) -> Instance:
    """All of the traffic, three times over."""
    url = simulate().url
    instance = serve(
        route("kept", url, content="full"),
        route("plain", url),
        route("unread", url, read="none"),
        route("absent", f"http://127.0.0.1:{free_port()}"),
        relay={"workers": 2},
    )
    for name, method, path, body, steering, *_ in TRAFFIC * 3:
        ask(instance, f"/{name}{path}", method, body, steering)
    instance.wait_recordings(3 * len(TRAFFIC))
    return instance


def expected() -> Counter[tuple[str, ...]]:
    return Counter(
        (name if name != "nowhere" else "none", method, status, outcome, dialect)
        for name, method, _, _, _, status, outcome, dialect in TRAFFIC * 3
    )


def test_every_exchange_is_one_recording(instance: Instance) -> None:
    found = Counter(
        (
            recording["seatrial"]["route"] or "none",
            recording["request"]["method"],
            f"{recording['response']['status'] // 100}xx",
            recording["seatrial"]["outcome"],
            recording["protocol"],
        )
        for recording in instance.recordings()
    )
    assert found == expected()


def test_every_exchange_is_one_count(instance: Instance) -> None:
    labels = ("route", "method", "status_class", "outcome", "dialect")

    def counted() -> dict[tuple[str, ...], float]:
        found = instance.samples("seatrial_requests_total")
        return {tuple(dict(s)[name] for name in labels): n for s, n in found.items()}

    until(
        lambda: counted() == dict(expected()), f"{expected()} in place of {counted()}"
    )


def test_nothing_was_dropped_or_made_no_sense(instance: Instance) -> None:
    assert instance.count("seatrial_dropped_total") == 0
    assert instance.count("seatrial_invalid_values_total") == 0
    assert instance.count("seatrial_recordings_received_total") == 3 * len(TRAFFIC)
    assert instance.count("seatrial_recordings_written_total") == 3 * len(TRAFFIC)


def test_numbers_of_each_relay_have_no_gap(instance: Instance) -> None:
    numbers: dict[str, list[int]] = {}
    for recording in instance.recordings():
        facts = recording["seatrial"]
        numbers.setdefault(facts["boot"], []).append(facts["seq"])
    assert all(sorted(seen) == list(range(len(seen))) for seen in numbers.values())


def test_bodies_are_kept_of_full_routes_only(instance: Instance) -> None:
    for recording in instance.recordings():
        kept = recording["seatrial"]["route"] == "kept"
        for side in ("request", "response"):
            message, sizes = recording[side], recording["seatrial"][f"{side}_body"]
            body = base64.b64decode(message["body_b64"] or "")
            assert len(body) == (sizes["total"] if kept else 0)
            if sizes["total"]:
                assert message["body_source"] == ("recorded" if kept else "not_kept")


def test_kept_body_is_what_was_sent(instance: Instance) -> None:
    kept = [
        r["request"] for r in instance.recordings() if r["seatrial"]["route"] == "kept"
    ]
    chats = [r for r in kept if r["path"] == "/v1/chat/completions"]
    bodies = [base64.b64decode(request["body_b64"]) for request in chats]
    assert bodies.count(json.dumps(CHAT).encode()) == 6


def test_every_request_was_sent_upstream_once(instance: Instance) -> None:
    """T44: errors and cuts included; what could not be sent is no attempt."""
    attempts = "seatrial_upstream_attempts_total"
    assert instance.count(attempts, route="plain") == 4 * 3
    assert instance.count(attempts, route="absent") == 0


def test_marks_are_in_order(instance: Instance) -> None:
    order = ("accepted", "request_start", "request_head", "connected", "request_sent")
    late = ("first_byte", "last_byte", "end")
    for recording in instance.recordings():
        marks = recording["seatrial"]["marks"]
        seen = [marks[name] for name in (*order, *late) if marks[name] is not None]
        assert seen == sorted(seen)


def test_stream_reads_are_timed(instance: Instance) -> None:
    """T11: a stream is several reads, whose sizes add up."""
    asked = {**CHAT, "stream": True}
    ask(
        instance,
        "/kept/v1/chat/completions",
        "POST",
        asked,
        "chunks=20, interval=10ms",
        "timed",
    )
    facts = instance.recordings_of("timed")[0]["seatrial"]
    times, sizes = facts["response_reads"][::2], facts["response_reads"][1::2]
    assert len(sizes) >= 10
    assert sum(sizes) == facts["response_body"]["total"]
    assert times[-1] - times[0] >= 0.15e9


def test_histograms_count_each_exchange(instance: Instance) -> None:
    total = instance.count("seatrial_requests_total")
    assert instance.count("seatrial_request_duration_seconds_count") == total


def test_kept_files_are_private(instance: Instance) -> None:
    mode = stat.S_IMODE(instance.recordings_dir.stat().st_mode)
    files = list(instance.recordings_dir.iterdir())
    assert mode == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
