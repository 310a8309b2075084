"""Bodies are remembered up to a limit, each and all together, and then forgotten."""

import asyncio
import tracemalloc

import pytest

from proxy.relay.capture import (
    READ_BYTES,
    READS_LIMIT,
    SLICE_BYTES,
    Capture,
    CaptureLimits,
)
from tests.relay.wire import OK, echo, eventually, status

GET = b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n"


@pytest.mark.parametrize(
    ("sizes", "held"),
    [
        pytest.param([], 0, id="nothing"),
        pytest.param([10], 10, id="all"),
        pytest.param([60, 40], 100, id="to the brim"),
        pytest.param([60, 60], 100, id="cut within a slice"),
        pytest.param([500], 100, id="one too long"),
        pytest.param([100, 1, 1], 100, id="and nothing after"),
    ],
)
def test_the_beginning_is_kept_up_to_the_limit(sizes, held):
    """T27."""
    limits = CaptureLimits(per_body=100, memory=1000)
    capture = Capture(limits)
    whole = b""
    overhead = len(sizes) * READ_BYTES
    for number, size in enumerate(sizes):
        data = bytes([number]) * size
        whole += data
        capture.add(number, data)
    assert b"".join(capture.slices) == whole[:held]
    assert capture.total == len(whole)
    assert capture.truncated == (held < len(whole))
    assert capture.reads[1::2] == sizes
    overhead += len(capture.slices) * SLICE_BYTES
    assert limits.free == 1000 - held - overhead
    capture.release()
    assert limits.free == 1000
    capture.release()
    assert limits.free == 1000


def test_no_memory_left_keeps_sizes_only():
    """T27: the process's bound, whatever each body may take."""
    memory = 150 + SLICE_BYTES + READ_BYTES
    limits = CaptureLimits(per_body=100, memory=memory)
    first, second = Capture(limits), Capture(limits)
    first.add(0, bytes(100))
    second.add(0, bytes(80))
    second.add(1, bytes(10))  # the beginning or nothing: no hole in the middle
    assert (second.held, second.total, second.truncated) == (0, 90, True)
    assert second.slices == second.reads == []
    assert limits.free == 50
    first.release()
    assert limits.free == memory


@pytest.mark.parametrize(
    ("per_body", "size"),
    [
        pytest.param(2**20, 2, id="chunks of two bytes"),
        pytest.param(2**20, 120, id="events of a stream"),
        pytest.param(0, 300, id="reads without bodies"),
    ],
)
def test_what_many_slices_occupy_is_within_the_bound(per_body, size):
    """T27: small slices take thirty times their bytes."""
    memory = 4 * 2**20
    limits = CaptureLimits(per_body, memory)
    captures = [Capture(limits) for _ in range(8)]
    tracemalloc.start()
    try:
        for number in range(20_000):
            for capture in captures:
                capture.add(10**15 + number, bytearray(size).decode().encode())
        occupied, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert occupied < 1.2 * memory
    for capture in captures:
        capture.release()
    assert limits.free == memory


def test_reads_remembered_are_bounded():
    """T25 T27."""
    capture = Capture(CaptureLimits(0, 2**30))
    for number in range(READS_LIMIT):
        capture.add(number, b"x")
    assert len(capture.reads) == READS_LIMIT
    assert capture.total == READS_LIMIT


async def test_recording_holds_what_passed_up_to_the_limit(start_relay, start_upstream):
    relay = await start_relay(
        await start_upstream(echo), relay={"capture_limit": "1KiB"}
    )
    await relay.ask(
        b"POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\n" + b"r" * 5000
    )
    recording = await relay.recorded()
    assert b"".join(recording.request_body.slices) == b"r" * 1024
    assert recording.request_body.total == 5000
    assert recording.request_body.truncated
    assert sum(map(len, recording.response_body.slices)) == 1024
    assert relay.worker.capture.free == relay.worker.capture.memory


async def test_memory_of_many_streams_is_bounded_and_returned(
    start_relay, start_upstream
):
    """T25 T27: many held streams take no more than capture_memory together."""
    go = asyncio.Event()

    async def script(peer):
        await peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 50010\r\n\r\n" + bytes(50_000))
        await go.wait()
        peer.send(bytes(10))

    relay = await start_relay(
        await start_upstream(script), relay={"capture_memory": "256KiB"}
    )
    clients = [await relay.client(GET) for _ in range(30)]
    await asyncio.gather(
        *(c.until(lambda c=c: c.total > 50_000, "the body") for c in clients)
    )
    assert 0 <= relay.worker.capture.free < 64 * 1024
    go.set()
    await relay.recorded(29)
    assert relay.worker.capture.free == 256 * 1024
    whole = [r for r in relay.recordings if not r.response_body.truncated]
    assert len(whole) == 5
    assert {r.response_body.total for r in relay.recordings} == {50_010}


async def test_read_none_keeps_no_body_byte(start_relay, start_upstream):
    relay = await start_relay(await start_upstream(echo), route={"read": "none"})
    await relay.ask(b"POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc")
    recording = await relay.recorded()
    assert recording.request_body.slices == recording.response_body.slices == []
    assert recording.request_body.total == 3
    assert recording.response_reads


async def test_reload_changes_the_limits_of_exchanges_that_begin_later(
    start_relay, start_upstream
):
    """T43."""
    relay = await start_relay(await start_upstream(OK))
    capture = relay.worker.capture
    held = Capture(capture)
    held.add(0, bytes(1000))
    settings = relay.worker.settings
    smaller = settings.relay.model_copy(
        update={"capture_memory": 4096, "capture_limit": 10}
    )
    relay.worker.apply(settings.model_copy(update={"relay": smaller}))
    assert capture.free == 4096 - 1000 - SLICE_BYTES - READ_BYTES
    held.release()
    assert capture.free == 4096
    assert capture.per_body == 10
    assert status((await relay.ask(GET))[0]) == 200
    await eventually(lambda: capture.free == 4096)
