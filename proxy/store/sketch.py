"""A latency sketch: counts in buckets of equal ratio, merged by adding.

Sixteen buckets an octave: a quantile read from it differs from the true value by at most
`RELATIVE_ERROR`, and sketches merge without loss, whoever made them and in whatever order.

On disk a sketch is sparse while it is small (one word an entry) and dense afterwards: one
word a bucket from the first that is used, which Python adds as one long integer. That is
what makes merging a month of a thousand targets take milliseconds.
"""

import struct
import sys
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import ceil, log2

PER_OCTAVE = 16
GAMMA = 2 ** (1 / PER_OCTAVE)
RELATIVE_ERROR = (GAMMA - 1) / (GAMMA + 1)
"""2.2 %."""
LAST = 1023
"""The bucket of all that is longer than 2**64 microseconds."""
MOST_SPARSE = 24
KEY_BITS = 10
COUNT_BITS = 22
WORD = 32
WORD_BYTES = 4
SPARSE, DENSE = b"s", b"d"
EMPTY = b""

Counts = Mapping[int, int]


def bucket(microseconds: int) -> int:
    if microseconds <= 1:
        return 0
    return min(LAST, int(log2(microseconds) * PER_OCTAVE))


def middle(key: int) -> float:
    """The value that is nearest, in ratio, to all of a bucket; in microseconds."""
    low: float = GAMMA**key
    return low * 2 * GAMMA / (1 + GAMMA)


def encode(counts: Counts) -> bytes:
    if not counts:
        return EMPTY
    if len(counts) <= MOST_SPARSE and max(counts.values()) >> COUNT_BITS == 0:
        words = [n << KEY_BITS | key for key, n in sorted(counts.items())]
        return SPARSE + struct.pack(f"<{len(words)}I", *words)
    return dense(sum(n << WORD * key for key, n in counts.items()))


def dense(whole: int) -> bytes:
    offset = ((whole & -whole).bit_length() - 1) // WORD
    whole >>= WORD * offset
    length = (whole.bit_length() + WORD - 1) // WORD * WORD_BYTES
    return DENSE + struct.pack("<H", offset) + whole.to_bytes(length, "little")


def decode(blob: bytes) -> dict[int, int]:
    """Raises ValueError for bytes that are no sketch."""
    if blob == EMPTY:
        return {}
    kind, body = blob[:1], blob[1:]
    if kind == SPARSE and len(body) % WORD_BYTES == 0:
        words = struct.unpack(f"<{len(body) // WORD_BYTES}I", body)
        return {word & LAST: word >> KEY_BITS for word in words}
    if kind == DENSE and len(body) % WORD_BYTES == 2:
        (offset,) = struct.unpack_from("<H", body)
        words = struct.unpack(f"<{(len(body) - 2) // WORD_BYTES}I", body[2:])
        return {offset + at: word for at, word in enumerate(words) if word}
    raise ValueError("not a latency sketch")


def whole(blob: bytes) -> int:
    """All buckets as one integer of 32-bit words."""
    if blob[:1] == DENSE:
        offset = blob[1] | blob[2] << 8
        return int.from_bytes(blob[3:], "little") << WORD * offset
    return sum(n << WORD * key for key, n in decode(blob).items())


def merge(one: bytes, other: bytes) -> bytes:
    """Both together. A row's sketch holds at most 2**32 - 1 values."""
    if not one or not other:
        return one or other
    if DENSE in (one[:1], other[:1]):
        return dense(whole(one) + whole(other))
    counts = decode(one)
    for key, n in decode(other).items():
        counts[key] = counts.get(key, 0) + n
    return encode(counts)


def quantiles(
    blobs: Sequence[bytes], values: int, *wanted: float
) -> list[float | None]:
    """Of many sketches together, in seconds; None where nothing was measured.

    `values` is how many they hold: past 2**32 the quick way would run over.
    """
    if values >> WORD:
        return ranked(*slowly(blobs), wanted)
    return ranked(*added(blobs), wanted)


def added(blobs: Sequence[bytes]) -> tuple[int, Sequence[int]]:
    """The first bucket in use and the counts from there on; loops of Python's own only
    over what is distinct."""
    packed = b"".join([blob[1:] for blob in blobs if blob[0] == SPARSE[0]])
    by_offset: dict[bytes, int] = {}
    for blob in blobs:
        if blob[0] == DENSE[0]:
            offset = blob[1:3]
            more = int.from_bytes(blob[3:], "little")
            by_offset[offset] = by_offset.get(offset, 0) + more
    total = sum(
        n << WORD * int.from_bytes(offset, "little") for offset, n in by_offset.items()
    )
    if packed:
        counts = [0] * (LAST + 1)
        for word, times in Counter(unpacked(packed)).items():
            counts[word & LAST] += (word >> KEY_BITS) * times
        total += int.from_bytes(array("I", counts).tobytes(), sys.byteorder)
    return unfolded(total)


def unfolded(total: int) -> tuple[int, Sequence[int]]:
    if not total:
        return 0, ()
    first = ((total & -total).bit_length() - 1) // WORD
    total >>= WORD * first
    length = (total.bit_length() + WORD - 1) // WORD * WORD_BYTES
    return first, unpacked(total.to_bytes(length, "little"))


def slowly(blobs: Sequence[bytes]) -> tuple[int, Sequence[int]]:
    """The same, slowly, for any number of values."""
    counts = [0] * (LAST + 1)
    for blob in blobs:
        for key, n in decode(blob).items():
            counts[key] += n
    return 0, counts


def ranked(
    first: int, counts: Sequence[int], wanted: Sequence[float]
) -> list[float | None]:
    upto = list(accumulate(counts))
    if not upto or not upto[-1]:
        return [None] * len(wanted)
    ranks = (max(1, ceil(share * upto[-1])) for share in wanted)
    return [middle(first + bisect_left(upto, rank)) / 1e6 for rank in ranks]


def unpacked(body: bytes) -> "array[int]":
    found = array("I", body)
    if sys.byteorder == "big":
        found.byteswap()
    return found
