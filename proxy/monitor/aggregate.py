"""What one Recording adds to the counts.

Three spans are measured. Each is left out, and counted as invalid, when its marks make
no sense; one that lacks a mark is left out.

- duration: request_start → end, for every exchange.
- time to first byte: from when the upstream had the whole request (the later of
  request_end and request_sent) → first_byte. An answer that came before the request's
  end is measured from request_sent, the only moment that lies before it.
- overhead: wall time minus waiting for a peer. `request` is head complete (or, where a
  new connection was dialled, connected) → head sent upstream; `response` is last byte
  read → all handed to the client's socket; `total` is their sum. Waiting for the client's
  bytes, the dial and the upstream is the peers' time.
"""

from proxy.export import catalog
from proxy.export.catalog import NONE, OTHER
from proxy.export.series import Board
from proxy.monitor.target import SOURCES
from proxy.recording.recording import Body, Marks, Recording

LONGEST_NS = 7 * 86_400 * 10**9
MOST_BYTES = 2**53
MOST_ATTEMPTS = 100
STATUS_CLASSES = {n: f"{n}xx" for n in range(1, 6)}


class Aggregate:
    def __init__(self, board: Board) -> None:
        self.requests = board.tally(catalog.REQUESTS)
        self.duration = board.distribution(catalog.DURATION)
        self.first_byte = board.distribution(catalog.FIRST_BYTE)
        self.overhead = board.distribution(catalog.PROXY_OVERHEAD)
        self.refused = board.tally(catalog.REFUSED)
        self.attempts = board.tally(catalog.ATTEMPTS)
        self.body_bytes = board.tally(catalog.BODY_BYTES)
        self.captured_bytes = board.tally(catalog.CAPTURED_BYTES)
        self.truncated = board.tally(catalog.TRUNCATED)
        self.received = board.tally(catalog.RECEIVED)
        self.invalid = board.tally(catalog.INVALID)

    def take(self, recording: Recording, dialect: str) -> None:
        route = recording.route or NONE
        method = recording.method
        if method not in ("POST", "GET"):
            method = OTHER
        status = STATUS_CLASSES.get((recording.status or 0) // 100, NONE)
        source = SOURCES[recording.source]
        self.received.add(())
        self.requests.add((route, method, status, recording.outcome, dialect, source))
        self.take_times(recording, (route, status, source))
        self.take_upstream(recording, route)
        self.take_body(recording.request_body, (route, "request"))
        self.take_body(recording.response_body, (route, "response"))

    def take_times(self, recording: Recording, key: tuple[str, str, str]) -> None:
        marks = recording.marks
        duration = marks.end - marks.request_start
        if 0 <= duration <= LONGEST_NS:
            self.duration.observe(key, duration / 1e9)
        else:
            self.invalid.add(("duration",))
        if marks.first_byte is not None and marks.request_sent is not None:
            first_byte = time_to_first_byte(
                marks.request_end, marks.request_sent, marks.first_byte
            )
            if 0 <= first_byte <= LONGEST_NS:
                self.first_byte.observe(key, first_byte / 1e9)
            else:
                self.invalid.add(("time_to_first_byte",))
        if recording.outcome == "complete" and recording.attempts:
            self.take_overhead(marks, key[0], recording.reused)

    def take_overhead(self, marks: Marks, route: str, reused: bool) -> None:
        """Of exchanges that ran their course; a cut one has no last byte of its own."""
        begin = marks.request_head if reused else marks.connected
        if begin is None or marks.request_sent is None or marks.last_byte is None:
            return
        request = marks.request_sent - begin
        response = marks.end - marks.last_byte
        if 0 <= request <= LONGEST_NS and 0 <= response <= LONGEST_NS:
            observe = self.overhead.observe
            observe((route, "request"), request / 1e9)
            observe((route, "response"), response / 1e9)
            observe((route, "total"), (request + response) / 1e9)
        else:
            self.invalid.add(("overhead",))

    def take_upstream(self, recording: Recording, route: str) -> None:
        if recording.refusal is not None:
            self.refused.add((route, recording.refusal))
        if 0 < recording.attempts <= MOST_ATTEMPTS:
            self.attempts.add((route,), recording.attempts)

    def take_body(self, body: Body, key: tuple[str, str]) -> None:
        total = body.total
        if not total:
            return
        captured = sum(map(len, body.slices))
        if not captured <= total <= MOST_BYTES:
            self.invalid.add(("body",))
            return
        self.body_bytes.add(key, total)
        self.captured_bytes.add(key, captured)
        if body.truncated:
            self.truncated.add(key)


def time_to_first_byte(
    request_end: int | None, request_sent: int, first_byte: int
) -> int:
    if request_end is not None and request_sent < request_end <= first_byte:
        return first_byte - request_end
    return first_byte - request_sent
