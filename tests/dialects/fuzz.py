"""Mangles recordings for some minutes and reads them in every dialect.

    python -m tests.dialects.fuzz --minutes 10 --seed 1

Ends with status 1 and the offending input's seed when anything but a WireError comes out,
when one reading takes more than five seconds, or when memory grows after the first minute.
"""

import argparse
import contextlib
import ctypes
import gc
import gzip
import random
import sys
import time
import zlib
from itertools import pairwise
from pathlib import Path

import brotli
import msgspec
import zstandard

from proxy.dialects.reader import read
from proxy.dialects.table import DIALECTS
from proxy.errors import WireError
from proxy.recording.recording import Body, Recording
from proxy.recording.rows import parse

RECORDINGS = Path(__file__).resolve().parents[1] / "recordings"
NASTY = [
    *(b"null", b"[]", b"{}", b'""', b"1e999", b"-1", b"true", b"\xff\xfe", b"[" * 5000),
    *(
        b'{"a":' * 5000,
        b"9" * 5000,
        b'"\\ud800"',
        b"data: ",
        b"\n\n",
        b"\r",
        b"\0" * 64,
    ),
    *(b'"' + b"x" * 100_000, b"event: error\n", b": c\n\n", b"\\", b'"', b"}", b"]"),
]
TYPES = [
    *(b"application/json", b"text/event-stream", b"application/x-ndjson", b""),
    *(b"application/vnd.amazon.eventstream", b"application/stream+json"),
]
ENCODERS = {
    b"gzip": gzip.compress,
    b"deflate": zlib.compress,
    b"br": brotli.compress,
    b"zstd": zstandard.compress,
}
SLOW_SECONDS = 5.0
GROWTH_BYTES = 8 * 1024 * 1024


def recordings() -> list[Recording]:
    lines = [
        line
        for path in sorted(RECORDINGS.rglob("*.jsonl"))
        for line in path.read_bytes().splitlines()
    ]
    return [parse(line).recording for line in lines]


def mangled(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(data) + 1)
        until = at + chance.choice([0, 1, 8, chance.randrange(len(data) + 1)])
        middle = chance.choice(
            [b"", chance.choice(NASTY), data[at:until] * 2, chance.randbytes(9)]
        )
        data = data[:at] + middle + data[until:]
    return data


def cut(data: bytes, chance: random.Random) -> list[bytes]:
    edges = sorted(chance.randrange(len(data) + 1) for _ in range(chance.randrange(9)))
    edges = [0, *edges, len(data)]
    return [data[a:b] for a, b in pairwise(edges) if a < b]


def body(given: Body, chance: random.Random, encoding: bytes) -> Body:
    data = mangled(b"".join(given.slices), chance)
    if encoding:
        data = mangled(ENCODERS[encoding](data), chance)
    return Body(cut(data, chance), len(data), chance.random() < 0.1)


def case(known: list[Recording], seed: int) -> tuple[Recording, str]:
    chance = random.Random(seed)
    recording = chance.choice(known)
    encoding = chance.choice([b"", b"", b"", *ENCODERS])
    headers = recording.response_headers
    if chance.random() < 0.3:
        headers = [(b"content-type", chance.choice(TYPES))]
    if encoding:
        headers = [*headers, (b"content-encoding", encoding)]
    changed = msgspec.structs.replace(
        recording,
        request_body=body(recording.request_body, chance, b""),
        response_body=body(recording.response_body, chance, encoding),
        response_headers=headers,
        response_reads=[],
        status=chance.choice([recording.status, 200, 200, 400, None]),
    )
    return changed, chance.choice(["auto", "auto", *DIALECTS])


def memory() -> int:
    """Resident bytes of this process, without what the allocator merely keeps."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # not glibc
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def fuzz(minutes: float, seed: int) -> int:
    known = recordings()
    start = time.monotonic()
    done, refused, settled = 0, 0, 0
    while (now := time.monotonic()) < start + 60 * minutes:
        recording, dialect = case(known, seed)
        try:
            read(recording, dialect)
        except WireError:
            refused += 1
        except BaseException:
            print(f"seed {seed}, dialect {dialect}", file=sys.stderr)
            raise
        if time.monotonic() - now > SLOW_SECONDS:
            print(f"seed {seed}, dialect {dialect} was slow", file=sys.stderr)
            return 1
        done, seed = done + 1, seed + 1
        if not settled and now > start + min(60, 15 * minutes):
            settled = memory()
    grown = memory() - settled
    print(f"{done} readings, {refused} refused, memory {grown / 1e6:+.1f} MB")
    return int(grown > GROWTH_BYTES)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sys.exit(fuzz(options.minutes, options.seed))


if __name__ == "__main__":
    main()
