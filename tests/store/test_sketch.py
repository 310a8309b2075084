"""A latency sketch: its stated error, and that merging loses nothing."""

import contextlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.store import sketch

VALUES = st.lists(st.integers(1, 3_600_000_000), min_size=1, max_size=300)
BYTES = st.binary(max_size=40)


def counted(values: list[int]) -> bytes:
    return sketch.encode(Counter(map(sketch.bucket, values)))


@given(st.integers(2, 2**60))
def test_every_value_is_near_the_middle_of_its_bucket(value):
    middle = sketch.middle(sketch.bucket(value))
    assert middle == pytest.approx(value, rel=sketch.RELATIVE_ERROR * 1.05)


@given(VALUES, VALUES)
def test_merging_is_counting_both(one, other):
    merged = sketch.merge(counted(one), counted(other))
    assert sketch.decode(merged) == sketch.decode(counted(one + other))


@given(VALUES, VALUES)
def test_merging_has_no_order(one, other):
    left = sketch.merge(counted(one), counted(other))
    right = sketch.merge(counted(other), counted(one))
    assert sketch.decode(left) == sketch.decode(right)


@given(VALUES)
def test_what_is_encoded_is_decoded(values):
    counts = Counter(map(sketch.bucket, values))
    assert sketch.decode(sketch.encode(counts)) == counts


@given(VALUES, st.sampled_from([0.5, 0.95, 0.99]))
def test_quantile_is_within_the_stated_error(values, share):
    halves = [counted(part) for part in (values[::2], values[1::2])]
    blobs = [blob for blob in halves if blob]
    (found,) = sketch.quantiles(blobs, len(values), share)
    at = max(0, -(-int(share * 1e6) * len(values) // 10**6) - 1)
    exact = sorted(values)[at] / 1e6
    assert found == pytest.approx(exact, rel=sketch.RELATIVE_ERROR * 1.05, abs=1e-6)


def test_nothing_has_no_quantile():
    assert sketch.quantiles([], 0, 0.5) == [None]


@given(VALUES, VALUES)
def test_quick_way_and_slow_way_agree(one, other):
    blobs = [counted(one), counted(other), counted(one * 9)]
    first, counts = sketch.added(blobs)
    _, slowly = sketch.slowly(blobs)
    assert list(slowly[first : first + len(counts)]) == list(counts)
    assert sum(slowly) == sum(counts)


def test_more_values_than_a_word_holds_do_not_run_over():
    most = 2**32 - 1
    blobs = [sketch.encode({100: most})] * 3 + [sketch.encode({200: 5})]
    (found,) = sketch.quantiles(blobs, 3 * most + 5, 0.999)
    assert found == sketch.middle(100) / 1e6


@given(BYTES)
def test_other_bytes_are_refused_or_read(blob):
    with contextlib.suppress(ValueError):
        sketch.decode(blob)
