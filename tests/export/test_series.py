"""Counts, their bounds, and what happens past them."""

from hypothesis import given
from hypothesis import strategies as st

from proxy.export import catalog, lines
from proxy.export.catalog import OTHER, Label, Metric
from proxy.export.series import Admitter, Board, Distribution, Tally, Trace

COLOUR = Label("colour", 3)
SIZE = Label("size", 2, ("small", "large"))
PAINTED = Metric("painted_total", "counter", None, "Painted.", (COLOUR, SIZE))
CAPPED = Metric("capped_total", "counter", None, "Capped.", (COLOUR, SIZE), cap=2)
TOOK = Metric("took_seconds", "histogram", "seconds", "Took.", (), buckets=(1.0, 2.0))


def test_equal_labels_add_up() -> None:
    tally = Tally(PAINTED, Admitter())
    tally.add(("red", "small"))
    tally.add(("red", "small"), 4)
    assert tally.values == {("red", "small"): 5}


def test_values_past_a_labels_bound_are_other_and_counted() -> None:
    admitter = Admitter()
    tally = Tally(PAINTED, admitter)
    for colour in ("red", "green", "blue", "pink", "grey"):
        tally.add((colour, "small"))
    assert tally.values[OTHER, "small"] == 2
    assert admitter.overflow == {"colour": 2}


def test_a_value_outside_a_closed_set_is_other() -> None:
    tally = Tally(PAINTED, Admitter())
    tally.add(("red", "huge"))
    assert tally.values == {("red", OTHER): 1}


def test_a_full_family_folds_whole_label_sets() -> None:
    admitter = Admitter()
    tally = Tally(CAPPED, admitter)
    for colour in ("red", "green", "blue"):
        tally.add((colour, "small"))
    assert tally.values[OTHER, OTHER] == 1
    assert admitter.overflow == {"series": 1}


def test_reserved_values_keep_their_place() -> None:
    admitter = Admitter()
    admitter.reserve(COLOUR, ["blue"])
    for colour in ("red", "green", "pink"):
        admitter.name(COLOUR, colour)
    assert admitter.name(COLOUR, "blue") == "blue"


def test_a_long_value_is_other() -> None:
    assert Admitter().name(COLOUR, "x" * 65) == OTHER


@given(st.lists(st.tuples(st.text(max_size=80), st.text(max_size=5)), max_size=300))
def test_whatever_comes_label_sets_stay_bounded(keys: list[tuple[str, str]]) -> None:
    tally = Tally(PAINTED, Admitter())
    for key in keys:
        tally.add(key)
    assert len(tally.values) <= PAINTED.label_sets()
    assert sum(tally.values.values()) == len(keys)


def test_a_hundred_thousand_route_names_stay_within_the_caps() -> None:
    board = Board()
    requests = board.tally(catalog.REQUESTS)
    duration = board.distribution(catalog.DURATION)
    for n in range(100_000):
        requests.add((f"r{n}", "POST", "2xx", "complete", f"d{n}", "live"))
        duration.observe((f"r{n}", "2xx", "live"), 1.0)
    assert len(requests.values) <= catalog.REQUESTS.label_sets()
    assert len(duration.rows) <= catalog.DURATION.label_sets()
    assert sum(requests.values.values()) == 100_000


def test_a_hundred_thousand_model_names_leave_the_series_where_they_were() -> None:
    """T28: whatever clients call their models, in every family at once."""
    board = Board()
    for number in range(100_000 // len(catalog.METRICS)):
        for series in board:
            key = tuple(f"{label.name}-{number}" for label in series.metric.labels)
            if isinstance(series, Tally):
                series.add(key)
            else:
                series.observe(key, 1.0)
    assert lines.written(board, False).count(b"\n") <= catalog.SERIES_LIMIT


def test_a_bucket_keeps_its_newest_exemplar() -> None:
    distribution = Distribution(TOOK, Admitter())
    old, new = Trace("1" * 32, "2" * 16, 1.0), Trace("3" * 32, "4" * 16, 2.0)
    distribution.observe((), 0.5, old)
    distribution.observe((), 0.7, new)
    distribution.observe((), 1.5)
    assert distribution.exemplars == {(): {0: (0.7, new)}}


def test_a_copy_stays_as_it_was() -> None:
    board = Board()
    key = ("openai", "2xx", "live")
    board.distribution(catalog.DURATION).observe(key, 1.0)
    before = lines.written(board.copy(), False)
    copied = board.copy()
    board.distribution(catalog.DURATION).observe(key, 1.0, Trace("1" * 32, "2" * 16, 1))
    assert lines.written(copied, False) == before


def test_a_value_on_a_bucket_bound_belongs_to_that_bucket() -> None:
    distribution = Distribution(TOOK, Admitter())
    for value in (0.5, 1.0, 1.5, 9.0):
        distribution.observe((), value)
    assert distribution.rows[()] == [2, 1, 1, 12.0]
