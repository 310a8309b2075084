"""What a scraper reads is what was counted, in both formats."""

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parse_text

from proxy.export import catalog
from proxy.export.prometheus import Exposition, written
from proxy.export.series import Board, Trace

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def make_board() -> Board:
    board = Board()
    board.tally(catalog.REQUESTS).add(
        ("openai", "POST", "2xx", "complete", "openai.chat", "live"), 3
    )
    board.distribution(catalog.DURATION).observe(("openai", "2xx", "live"), 0.3)
    board.distribution(catalog.PROXY_OVERHEAD).observe(("openai", "total"), 0.00004)
    board.tally(catalog.RELAY_UP).set(("relay-0",), 1)
    board.tally(catalog.BUILD).set(("1.0",), 1)
    board.admitter.count("route")
    return board


def exposed(accept: str) -> tuple[str, str]:
    exposition = Exposition(make_board(), lambda: None)
    body, content_type = written(exposition.snapshot(), accept)
    return body.decode(), content_type


def samples(body: str, accept: str) -> dict[str, float]:
    parse = parse_openmetrics if accept else parse_text
    return {
        f"{s.name}{sorted(s.labels.items())}": s.value
        for family in parse(body)
        for s in family.samples
    }


@pytest.mark.parametrize("accept", [pytest.param("", id="text"), OPENMETRICS])
def test_counts_are_read_back(accept: str) -> None:
    body, _ = exposed(accept)
    found = samples(body, accept)
    [requests] = [
        v for k, v in found.items() if k.startswith("seatrial_requests_total")
    ]
    assert requests == 3
    [overflow] = [v for k, v in found.items() if "label_overflow" in k]
    assert overflow == 1
    buckets = [v for k, v in found.items() if "request_duration_seconds_bucket" in k]
    assert buckets == [0.0] * 5 + [1.0] * (len(catalog.SECONDS) + 1 - 5)


@pytest.mark.parametrize("accept", [pytest.param("", id="text"), OPENMETRICS])
def test_no_series_tells_when_it_was_created(accept: str) -> None:
    assert "_created" not in exposed(accept)[0]


def test_the_content_type_is_the_one_asked_for() -> None:
    assert exposed("")[1].startswith("text/plain")
    assert exposed(OPENMETRICS)[1].startswith("application/openmetrics-text")


def test_refresh_runs_before_the_counts_are_read() -> None:
    board = Board()
    exposition = Exposition(
        board, lambda: board.tally(catalog.WRITE_FAILING).set((), 1)
    )
    body, _ = written(exposition.snapshot(), "")
    assert "\nseatrial_recordings_write_failing 1.0\n" in body.decode()


def test_a_later_count_does_not_change_a_snapshot() -> None:
    board = make_board()
    snapshot = Exposition(board, lambda: None).snapshot()
    before, _ = written(snapshot, "")
    board.tally(catalog.RECEIVED).add((), 5)
    assert written(snapshot, "")[0] == before


def test_every_metric_of_the_catalog_is_exposed() -> None:
    body, _ = exposed("")
    assert all(f"# HELP {metric.name} " in body for metric in catalog.METRICS)


def with_exemplar(accept: str) -> str:
    board = Board()
    trace = Trace("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", 1.5)
    key = ("chat", "openai", "m", "overloaded", "live")
    board.distribution(catalog.CALL_DURATION).observe(key, 0.3, trace)
    exposition = Exposition(board, lambda: None)
    return written(exposition.snapshot(), accept)[0].decode()


def test_openmetrics_carries_exemplars() -> None:
    found = [
        sample.exemplar
        for family in parse_openmetrics(with_exemplar(OPENMETRICS))
        for sample in family.samples
        if sample.exemplar
    ]
    assert [(e.value, float(e.timestamp), e.labels["trace_id"]) for e in found] == [
        (0.3, 1.5, "0af7651916cd43dd8448eb211c80319c")
    ]


def test_the_text_format_has_no_exemplars() -> None:
    assert "trace_id" not in with_exemplar("")


@pytest.mark.parametrize("accept", [pytest.param("", id="text"), OPENMETRICS])
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=64),
    st.floats(allow_nan=False),
)
def test_any_label_and_any_number_is_read_back(
    accept: str, label: str, number: float
) -> None:
    board = Board()
    board.tally(catalog.RELAY_UP).set((label,), number)
    body, _ = written(Exposition(board, lambda: None).snapshot(), accept)
    parse = parse_openmetrics if accept else parse_text
    [up] = [f for f in parse(body.decode()) if f.name == catalog.RELAY_UP.name]
    assert [(s.labels["relay"], s.value) for s in up.samples] == [(label, number)]


def test_half_a_surrogate_pair_harms_no_scrape() -> None:
    board = Board()
    board.tally(catalog.RELAY_UP).set(("\ud800",), 1)
    assert b'relay="?"' in written(Exposition(board, lambda: None).snapshot(), "")[0]


def test_promtool_finds_nothing_to_complain_about() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (apt-get install prometheus)")
    done = subprocess.run(
        [promtool, "check", "metrics"],
        input=exposed("")[0],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    said = done.stderr.splitlines()
    ours = [line for line in said if "seatrial" in line or "gen_ai" in line]
    assert ours == []
    assert done.returncode in (0, 3)
