"""A recording tells in order when what happened, and ends with the right word."""

import asyncio

import pytest

from tests.relay.wire import OK, answering, echo, eventually, silent, status

GET = b"GET /up/x?q HTTP/1.1\r\nHost: h\r\n\r\n"
POST = b"POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"


def in_order(marks):
    moments = [
        marks.accepted,
        marks.request_start,
        marks.request_head,
        marks.request_end,
        marks.connected,
        marks.request_sent,
        marks.first_byte,
        marks.last_byte,
        marks.end,
    ]
    known = [moment for moment in moments if moment is not None]
    return known == sorted(known)


async def test_marks_of_a_complete_exchange_are_all_there_and_in_order(
    start_relay, start_upstream
):
    """T18 T19: from the first byte of the request, not from a handler's beginning."""
    relay = await start_relay(await start_upstream(echo))
    client = await relay.client()
    for _ in range(2):
        client.send(POST[:20])
        await asyncio.sleep(0.01)
        client.send(POST[20:])
        await client.response()
    for number, recording in enumerate(relay.recordings):
        marks = recording.marks
        assert None not in (
            marks.request_end,
            marks.connected,
            marks.request_sent,
            marks.first_byte,
            marks.last_byte,
        )
        assert in_order(marks)
        assert marks.request_head - marks.request_start > 5_000_000
        assert recording.seq == number
    assert relay.recordings[0].marks.accepted == relay.recordings[1].marks.accepted
    assert relay.recordings[1].marks.request_start > relay.recordings[0].marks.end


async def test_what_is_recorded_is_what_passed(start_relay, start_upstream):
    relay = await start_relay(
        await start_upstream(
            b"HTTP/1.1 201 Made\r\nA: 1\r\na: 2\r\nContent-Length: 2\r\n\r\nok"
        )
    )
    await relay.ask(
        b"POST /up/x?q=1 HTTP/1.1\r\nB: 1\r\nHost: h\r\nb: 2\r\nConnection: keep-alive\r\n"
        b"traceparent: 00-a\r\nContent-Length: 3\r\n\r\nabc"
    )
    recording = await relay.recorded()
    assert (recording.method, recording.route) == ("POST", "up")
    assert recording.target.endswith(b"/x?q=1")
    assert [(bytes(n), bytes(v)) for n, v in recording.request_headers] == [
        (b"B", b"1"),
        (b"Host", b"h"),
        (b"b", b"2"),
        (b"Connection", b"keep-alive"),
        (b"traceparent", b"00-a"),
        (b"Content-Length", b"3"),
    ]
    assert (b"a", b"2") in recording.response_headers
    assert (recording.status, recording.source) == (201, "live")
    assert (recording.request_body.slices, recording.response_body.slices) == (
        [b"abc"],
        [b"ok"],
    )
    assert recording.traceparent == "00-a"
    assert recording.upstream.startswith("http://127.0.0.1:")
    assert (recording.attempts, recording.reused, recording.refusal) == (1, False, None)


async def reset_mid_body(peer):
    await peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel")
    await asyncio.sleep(0.02)
    peer.reset()


async def nonsense_mid_body(peer):
    await peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
    await asyncio.sleep(0.02)
    peer.send(b"zzz\r\n")


async def gone(peer):
    await peer.request()
    peer.close()


@pytest.mark.parametrize(
    ("request_bytes", "script", "expected"),
    [
        pytest.param(GET, answering(OK), ("complete", 200, None), id="answered"),
        pytest.param(
            GET,
            answering(b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"),
            ("complete", 500, None),
            id="an error of the upstream's own",
        ),
        pytest.param(GET, reset_mid_body, ("upstream_cut", 200, None), id="cut"),
        pytest.param(
            GET, nonsense_mid_body, ("upstream_error", 200, None), id="malformed late"
        ),
        pytest.param(
            GET,
            answering(b"?\r\n\r\n"),
            ("upstream_error", 502, "protocol"),
            id="malformed",
        ),
        pytest.param(GET, gone, ("upstream_error", 502, "protocol"), id="no answer"),
        pytest.param(GET, silent, ("upstream_error", 504, "timeout"), id="silent"),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
            silent,
            ("refused", 404, "route"),
            id="no route",
        ),
        pytest.param(
            b"GET /up HTTP/1.1\r\n\r\n",
            silent,
            ("refused", 400, "bad_request"),
            id="bad request",
        ),
        pytest.param(
            POST[:-1], silent, ("refused", 408, "timeout"), id="the upload stalled"
        ),
    ],
)
async def test_every_ending_has_its_outcome(
    start_relay, start_upstream, fast, request_bytes, script, expected
):
    """T4 T9: each ends once, in order, with nothing in flight."""
    relay = await start_relay(
        await start_upstream(script),
        fast=fast,
        route={"timeouts": {"first_byte": "200ms", "idle": "200ms"}},
    )
    client = await relay.client(request_bytes)
    await client.until(lambda: client.received, "an answer")
    recording = await relay.recorded()
    assert (recording.outcome, recording.status, recording.refusal) == expected
    assert in_order(recording.marks)
    assert relay.worker.in_flight == 0
    assert len(relay.recordings) == 1


async def test_sequence_counts_dropped_recordings_too(start_relay, start_upstream):
    """T36 T37: a gap shows what was lost."""
    relay = await start_relay(await start_upstream(answering(OK)), tapped=True)
    relay.worker.tap.limit = 20_000
    client = await relay.client()
    for _ in range(100):
        client.send(GET)
        assert status((await client.response())[0]) == 200
    assert relay.worker.recorder.seq == 100
    await eventually(lambda: relay.worker.tap.drops.get("absent"))
    assert len(relay.worker.tap.filling) <= 20_000
