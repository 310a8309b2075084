"""The catalog keeps Prometheus' naming rules and its own bounds."""

import re
from pathlib import Path
from typing import get_args

import pytest

from proxy.dialects import providers
from proxy.export import catalog
from proxy.export.catalog import METRICS, SERIES_LIMIT, Label, Metric
from proxy.model.signal import Source
from proxy.recording.recording import Outcome

UNITS = {"seconds", "bytes", "ratio", "timestamp_seconds"}
FORBIDDEN = re.compile(r"_(ms|us|milliseconds|microseconds|percent|count|sum|bucket)$")
EACH = pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)


def every_label() -> list[Label]:
    return [label for metric in METRICS for label in metric.labels]


@EACH
def test_a_name_is_lower_case_with_our_prefix_or_the_conventions(
    metric: Metric,
) -> None:
    assert re.fullmatch(r"(seatrial|gen_ai_client)(_[a-z0-9]+)+", metric.name)
    assert metric.name.startswith("gen_ai_") == bool(metric.otlp)
    assert not FORBIDDEN.search(metric.name)


@EACH
def test_the_suffix_tells_the_kind(metric: Metric) -> None:
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert metric.name.endswith("_info") == (metric.kind == "info")


@EACH
def test_the_unit_ends_the_name(metric: Metric) -> None:
    stem = metric.name.removesuffix("_total")
    said = next((unit for unit in UNITS if stem.endswith(f"_{unit}")), None)
    assert metric.unit == said


@EACH
def test_help_is_a_sentence(metric: Metric) -> None:
    assert metric.help[0].isupper() or metric.help[0].isdigit()
    assert metric.help.endswith(".")


@EACH
def test_only_histograms_have_buckets_and_theirs_rise(metric: Metric) -> None:
    assert (metric.kind == "histogram") == bool(metric.buckets)
    assert list(metric.buckets) == sorted(set(metric.buckets))


@EACH
def test_label_names_are_legal_and_differ(metric: Metric) -> None:
    names = [label.name for label in metric.labels]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z][a-z_]*", name) for name in names)
    assert not {"le", "job", "instance", "quantile"} & set(names)


def test_names_differ() -> None:
    names = [metric.name for metric in METRICS]
    assert len(names) == len(set(names))


def test_every_metric_of_the_module_is_listed() -> None:
    defined = {m.name for m in vars(catalog).values() if isinstance(m, Metric)}
    assert defined == {metric.name for metric in METRICS}


def test_labels_of_one_name_have_one_bound() -> None:
    assert len({(label.name, label) for label in every_label()}) == len(
        {label.name for label in every_label()}
    )


def test_closed_labels_know_all_their_values() -> None:
    assert set(catalog.OUTCOME.values) == set(get_args(Outcome))
    assert set(catalog.SOURCE.values) == set(get_args(Source))
    assert all(
        label.bound == len(label.values) for label in every_label() if label.values
    )


def test_all_families_together_leave_room_for_scores_and_probes() -> None:
    assert sum(metric.series() for metric in METRICS) <= SERIES_LIMIT - 2_000


def test_every_provider_that_is_recognised_has_a_name() -> None:
    known = {*providers.SUFFIXES.values(), *providers.BY_DIALECT.values()}
    assert {*known, catalog.OTHER} == set(catalog.PROVIDERS)


def test_conventions_metrics_have_the_conventions_buckets() -> None:
    seconds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28]
    seconds += [2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
    assert list(catalog.CALL_DURATION.buckets) == pytest.approx(seconds)
    assert [catalog.CALL_USAGE.buckets[at] for at in (0, 1, -1)] == [1, 4, 67_108_864]


@pytest.mark.parametrize("word", [*catalog.REFUSALS, *catalog.OUTCOME.values])
def test_operators_can_look_up_every_code_and_outcome(word: str) -> None:
    page = Path(__file__).parents[2] / "config" / "README.md"
    assert f"\n| `{word}` |" in page.read_text()
