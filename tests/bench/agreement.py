"""What Seatrial reports as its overhead beside what a client outside measures.

Calls go in turn directly and through an instance, so that both meet the same machine. What
the client sees beyond the report is the kernel's: two more sockets to cross and two more
processes to wake.
"""

import socket
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from tests.bench import targets, wire

SIZE = 1_000
ANSWER = "unary-2000"
PAUSE_SECONDS = 0.002
WARM_UP = 100


@dataclass(frozen=True, slots=True)
class Overhead:
    """Milliseconds by `median` and `p99`."""

    outside: dict[str, float]
    reported: dict[str, float]


class Client:
    """One kept connection; nothing but the bytes."""

    def __init__(self, port: int, prefix: str) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request = wire.request(prefix, ANSWER, SIZE)
        self.wanted = wire.answer(ANSWER).body

    def call(self) -> float:
        """Milliseconds to the answer's last byte."""
        began = time.perf_counter()
        self.sock.sendall(self.request)
        found = b""
        while not found.endswith(self.wanted):
            more = self.sock.recv(65_536)
            if not more:
                raise ConnectionError("the answer was cut")
            found += more
        return (time.perf_counter() - began) * 1e3


def measure(folder: Path, calls: int) -> Overhead:
    with targets.upstream() as direct:
        place = targets.Place(direct.port, folder)
        with targets.instance(place) as instance:
            clients = [
                Client(direct.port, ""),
                Client(instance.port, instance.prefix),
            ]
            took = paced(clients, calls)
            assert instance.admin is not None
            reported = wait_reported(instance.admin, calls)
            for client in clients:
                client.sock.close()
    straight, through = took
    outside = {
        "median": statistics.median(through) - statistics.median(straight),
        "p99": p99(through) - p99(straight),
    }
    return Overhead(outside, reported)


def paced(clients: Sequence[Client], calls: int) -> list[list[float]]:
    took: list[list[float]] = [[] for _ in clients]
    for number in range(calls + WARM_UP):
        for client, found in zip(clients, took, strict=True):
            time.sleep(PAUSE_SECONDS)
            milliseconds = client.call()
            if number >= WARM_UP:
                found.append(milliseconds)
    return took


def p99(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


def wait_reported(admin: int, calls: int) -> dict[str, float]:
    end = time.monotonic() + 10
    while True:
        buckets = scraped(admin)
        if (buckets and buckets[-1][1] >= calls) or time.monotonic() > end:
            return {
                "median": quantile(0.5, buckets) * 1e3,
                "p99": quantile(0.99, buckets) * 1e3,
            }
        time.sleep(0.1)


def scraped(admin: int) -> list[tuple[float, float]]:
    """Bounds in seconds and how many lie within."""
    with urlopen(f"http://127.0.0.1:{admin}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return [
        (float(sample.labels["le"]), sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "seatrial_proxy_overhead_seconds_bucket"
        and sample.labels["phase"] == "total"
    ]


def quantile(share: float, buckets: Sequence[tuple[float, float]]) -> float:
    """As PromQL's histogram_quantile: evenly spread within a bucket."""
    wanted = share * buckets[-1][1]
    low, before = 0.0, 0.0
    for bound, count in buckets:
        if count >= wanted:
            return low + (bound - low) * (wanted - before) / (count - before)
        low, before = bound, count
    return low
