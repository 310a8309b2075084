"""The tap never waits, forgets nothing it need not forget, and counts what it drops."""

import asyncio
import time
from pathlib import Path

import pytest

from proxy.recording.frames import Decoder
from proxy.recording.recording import (
    VERSION,
    Body,
    Frame,
    Heartbeat,
    Marks,
    Recording,
)
from proxy.relay.tap import Tap
from tests.relay.wire import OK, Peer, answering, eventually, status

LIMIT = 1024 * 1024


class Reader(Peer):
    """Freezes by itself once it has read enough."""

    until_bytes = 1 << 40

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.total >= self.until_bytes:
            self.transport.pause_reading()


class Monitor:
    """The other end of the tap: reads, freezes or dies as a test says."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.peers: list[Reader] = []

    async def listen(self) -> "Monitor":
        loop = asyncio.get_running_loop()
        self.path.unlink(missing_ok=True)
        self.server = await loop.create_unix_server(self.accept, str(self.path))
        return self

    def accept(self) -> Reader:
        peer = Reader()
        self.peers.append(peer)
        return peer

    def die(self) -> None:
        self.server.close()
        for peer in self.peers:
            peer.transport.abort()

    def frames(self, number: int = 0) -> list[Frame]:
        """What came whole over a connection; raises on anything but frames."""
        return list(Decoder(Frame).feed(bytes(self.peers[number].received)))

    def numbers(self, number: int = 0) -> list[int]:
        return [f.seq for f in self.frames(number) if isinstance(f, Recording)]


@pytest.fixture
def start_monitor(runner, tmp_path):
    async def start() -> Monitor:
        monitor = await Monitor(tmp_path / "monitor.sock").listen()
        runner.stack.callback(monitor.die)
        return monitor

    return start


@pytest.fixture
def make_tap(runner, tmp_path):
    def make(limit: int = LIMIT) -> Tap:
        tap = Tap(tmp_path / "monitor.sock", limit)
        runner.stack.callback(tap.disconnect)
        return tap

    return make


def recording(seq: int, size: int = 100) -> Recording:
    return Recording(
        version=VERSION,
        relay="relay-0",
        boot=b"b" * 16,
        seq=seq,
        route="up",
        source="live",
        run_id=None,
        conversation=None,
        app=None,
        variant=None,
        method="POST",
        target=b"/",
        request_headers=[],
        response_headers=[],
        status=200,
        marks=Marks(0, 0, 0, 0, 0, 0, 0, 0, 0),
        request_reads=[],
        response_reads=[],
        request_body=Body([], 0, False),
        response_body=Body([bytes(size)], size, False),
        outcome="complete",
        refusal=None,
        attempts=1,
        reused=False,
        upstream=None,
        traceparent=None,
        peer_error=None,
    )


def offer_all(tap: Tap, numbers: range, size: int = 100) -> int:
    """Offer as a recorder does; how many had room."""
    kept = 0
    for seq in numbers:
        if tap.has_room(size):
            tap.offer(recording(seq, size))
            kept += 1
    return kept


async def test_frames_arrive_whole_and_in_order(runner, make_tap, start_monitor):
    monitor = await start_monitor()
    tap = make_tap()
    tap.connect()
    assert offer_all(tap, range(500)) == 500
    await eventually(lambda: monitor.peers and len(monitor.numbers()) == 500)
    assert monitor.numbers() == list(range(500))
    assert not tap.drops


async def test_absent_monitor_costs_a_bounded_wait_then_counted_drops(
    runner, make_tap, start_monitor
):
    """T27 T36: the newest is dropped, and what waited arrives when it comes back."""
    tap = make_tap()
    tap.connect()
    kept = offer_all(tap, range(3000), 1000)
    assert 0 < kept < 3000
    assert tap.drops == {"absent": 3000 - kept}
    assert len(tap.filling) <= LIMIT
    monitor = await start_monitor()
    tap.connect()
    await eventually(lambda: monitor.peers and len(monitor.numbers()) == kept)
    assert monitor.numbers() == list(range(kept))
    assert offer_all(tap, range(3000, 3001)) == 1
    await eventually(lambda: monitor.numbers()[-1] == 3000)


async def test_frozen_monitor_costs_bounded_memory_and_no_time(
    runner, make_tap, start_monitor
):
    """T27 T36: nothing waits for a monitor that does not read."""
    monitor = await start_monitor()
    tap = make_tap()
    tap.connect()
    await eventually(lambda: monitor.peers)
    monitor.peers[0].transport.pause_reading()
    kept, slowest = 0, 0.0
    for seq in range(300):
        began = time.monotonic()
        kept += offer_all(tap, range(seq, seq + 1), 20_000)
        slowest = max(slowest, time.monotonic() - began)
        await asyncio.sleep(0)
    assert slowest < 0.05
    assert len(tap.filling) <= LIMIT
    assert len(tap.sending) <= LIMIT
    assert tap.drops == {"full": 300 - kept}
    monitor.peers[0].transport.resume_reading()
    await eventually(lambda: len(monitor.numbers()) == kept)
    assert monitor.numbers() == sorted(monitor.numbers())


async def test_frame_cut_by_a_dying_monitor_is_sent_whole_to_the_next(
    runner, make_tap, start_monitor
):
    """T36: nothing is decoded from the middle, and nothing that was not read is lost."""
    monitor = await start_monitor()
    tap = make_tap(4 * LIMIT)
    tap.connect()
    await eventually(lambda: monitor.peers)
    first = monitor.peers[0]
    first.until_bytes = 200_000
    offer_all(tap, range(100), 30_000)
    await eventually(lambda: tap.blocked and first.total >= first.until_bytes)
    monitor.die()
    await eventually(lambda: tap.socket is None)
    successor = await start_monitor()
    tap.connect()
    await eventually(lambda: successor.peers and successor.numbers()[-1:] == [99])
    numbers = successor.numbers()
    assert numbers == list(range(numbers[0], 100))
    # What the kernel had taken and the dead monitor had not read shows as a gap in seq.
    assert numbers[0] <= len(first.received) // 30_000 + 20


@pytest.mark.parametrize("part", [1, 5, 2_000, 20_000, 45_000])
async def test_a_frame_is_resent_from_its_first_byte(runner, make_tap, part):
    """Wherever within the batch the socket stopped."""
    tap = make_tap()
    offer_all(tap, range(4), 15_000)
    whole = bytes(tap.filling)
    starts = list(tap.starts)
    tap.swap()
    tap.sent = part
    tap.socket = Unplugged()
    tap.disconnect()
    assert tap.sent == max(start for start in starts if start <= part)
    rest = list(Decoder(Frame).feed(whole[tap.sent :]))
    assert [f.seq for f in rest] == [0, 1, 2, 3][starts.index(tap.sent) :]


class Unplugged:
    """A socket that the loop never watched."""

    def fileno(self) -> int:
        return 10_000

    def close(self) -> None:
        pass


async def test_socket_of_another_kind_is_left_alone(runner, make_tap, tmp_path):
    (tmp_path / "monitor.sock").write_text("not a socket")
    tap = make_tap()
    tap.connect()
    assert tap.socket is None


async def test_drain_hands_over_what_waits(runner, make_tap, start_monitor):
    """T42: at the end of a relay nothing recorded is lost to haste."""
    monitor = await start_monitor()
    tap = make_tap(8 * LIMIT)
    tap.connect()
    offer_all(tap, range(200), 20_000)
    await tap.drain(5.0)
    await eventually(lambda: len(monitor.numbers()) == 200)


async def test_drain_ends_in_time_before_a_frozen_monitor(
    runner, make_tap, start_monitor
):
    """T32: an outage of the measuring side does not hold up the end."""
    monitor = await start_monitor()
    tap = make_tap(8 * LIMIT)
    tap.connect()
    await eventually(lambda: monitor.peers)
    monitor.peers[0].transport.pause_reading()
    offer_all(tap, range(200), 20_000)
    began = time.monotonic()
    await tap.drain(0.2)
    assert time.monotonic() - began < 1.0


async def test_live_traffic_does_not_notice_the_monitor(
    start_relay, start_upstream, start_monitor
):
    """T36: absent, present, frozen, killed, back again; each request is answered."""
    relay = await start_relay(await start_upstream(answering(OK)), tapped=True)
    client = await relay.client()

    async def ask(times):
        for _ in range(times):
            client.send(b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n")
            assert status((await client.response())[0]) == 200

    await ask(50)
    monitor = await start_monitor()
    relay.worker.beat()
    await ask(50)
    await eventually(lambda: monitor.peers and len(monitor.numbers()) == 100)
    monitor.peers[0].transport.pause_reading()
    await ask(50)
    monitor.die()
    await ask(50)
    successor = await start_monitor()
    relay.worker.beat()
    await ask(50)
    await eventually(
        lambda: successor.peers and successor.numbers()[-1:] == [249],
    )
    assert not relay.worker.tap.drops


async def test_heartbeat_says_how_the_relay_is(
    start_relay, start_upstream, start_monitor
):
    monitor = await start_monitor()
    relay = await start_relay(await start_upstream(answering(OK)), tapped=True)
    client = await relay.client(b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n")
    await client.response()
    relay.worker.beat()
    await eventually(
        lambda: any(
            isinstance(f, Heartbeat) and f.seq == 1
            for f in (monitor.frames() if monitor.peers else [])
        )
    )
    beat = next(f for f in monitor.frames() if isinstance(f, Heartbeat) and f.seq == 1)
    assert beat.ready
    assert (beat.in_flight, beat.connections, beat.upstream_connections) == (0, 1, 1)
    assert beat.cpu_seconds > 0
    assert beat.boot == relay.worker.recorder.boot
    assert abs(beat.monotonic_ns - time.monotonic_ns()) < 5e9


# -- credentials

CANARY = b"cAnArY-51f2"
SECRETS = b"".join(
    name + b": " + value + b"\r\n"
    for name, value in [
        (b"Authorization", b"Bearer sk-" + CANARY),
        (b"x-api-key", CANARY),
        (b"api-key", CANARY),
        (b"X-Goog-Api-Key", CANARY),
        (b"Ocp-Apim-Subscription-Key", CANARY),
        (b"x-functions-key", CANARY),
        (b"Cookie", b"session=" + CANARY),
        (b"Proxy-Authorization", b"Basic " + CANARY),
        (b"x-amz-security-token", CANARY),
        (b"Referer", b"https://app.test/page?a=1&key=" + CANARY),
        (b"X-Original-URL", b"/v1/models?key=" + CANARY),
        (b"Sec-WebSocket-Protocol", b"openai-insecure-api-key." + CANARY),
        (b"x-seatrial-run", b"run-1." + CANARY),
    ]
)
QUERY = b"?key=%b&alt=sse&access_token=%b&X-Amz-Signature=%b&%%6bey=%b;token=%b" % (
    (CANARY,) * 5
)
LEAKY = (
    b"HTTP/1.1 200 OK\r\nSet-Cookie: s=%b\r\nLocation: https://u.test/x?sig=%b\r\n"
    b"x-amz-security-token: %b\r\nContent-Length: 2\r\n\r\nok" % ((CANARY,) * 3)
)


async def cut(peer):
    await peer.request()
    peer.send(LEAKY[:-2])
    peer.reset()


ENDINGS = [
    pytest.param(b"GET /up/x" + QUERY, answering(LEAKY), id="answered"),
    pytest.param(b"GET /none" + QUERY, answering(LEAKY), id="no route"),
    pytest.param(b"GET http://u:%b@h/x" % CANARY + QUERY, answering(OK), id="absolute"),
    pytest.param(b"GET /up" + QUERY, cut, id="cut"),
    pytest.param(b"GET /up" + QUERY, answering(b"HTTP/1.1 x\r\n\r\n"), id="malformed"),
    pytest.param(b"get /up" + QUERY, answering(OK), id="bad method"),
]


@pytest.mark.parametrize("end", [b"\r\n", b"Bad Header\r\n\r\n"], ids=["", "bad head"])
@pytest.mark.parametrize(("line", "script"), ENDINGS)
async def test_no_credential_leaves_the_process(
    start_relay, start_upstream, start_monitor, caplog, line, script, end
):
    """T38: canaries in every place a key can stand, on every way an exchange can end."""
    caplog.set_level("DEBUG")
    monitor = await start_monitor()
    relay = await start_relay(await start_upstream(script), tapped=True)
    client = await relay.client(line + b" HTTP/1.1\r\nHost: h\r\n" + SECRETS + end)
    await client.until(lambda: client.received, "an answer")
    relay.worker.beat()
    await eventually(lambda: monitor.peers and monitor.numbers() == [0])
    assert CANARY not in monitor.peers[0].received
    assert CANARY.decode() not in caplog.text
    (recorded,) = [f for f in monitor.frames() if isinstance(f, Recording)]
    hidden = [v for _, v in recorded.request_headers if b"cred:" in v]
    assert len(hidden) >= 11 or b"get" in line
