"""Telemetry is off unless asked for, and never in the way of the monitor's end."""

import time
from pathlib import Path

import pytest

from tests.e2e.collector import black_hole, receiving
from tests.make import make_frame, make_recording
from tests.monitor.process import MonitorProcess, wait_until

OTLP = {"otlp": {"enabled": True}}


def started(monitor: MonitorProcess, endpoint: str, **environ: str) -> None:
    monitor.start({"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, **environ})
    with monitor.relay() as relay:
        relay.sendall(make_frame(make_recording()))
        monitor.wait_value(1, "seatrial_recordings_received_total")


def test_nothing_is_sent_unasked(tmp_path: Path) -> None:
    monitor = MonitorProcess(tmp_path)
    with receiving() as receiver:
        started(monitor, receiver.url)
        monitor.close()
        assert receiver.requests == []


def test_the_standard_switch_wins_over_the_settings(tmp_path: Path) -> None:
    monitor = MonitorProcess(tmp_path, export=OTLP)
    with receiving() as receiver:
        started(monitor, receiver.url, OTEL_SDK_DISABLED="true")
        monitor.close()
        assert receiver.requests == []


def test_what_waits_is_sent_at_the_end(tmp_path: Path) -> None:
    monitor = MonitorProcess(tmp_path, export=OTLP)
    with receiving() as receiver:
        started(monitor, receiver.url)
        monitor.close()
        assert [span.name for span in receiver.spans()] == ["chat m"]
        received = receiver.metric("seatrial.recordings_received")
        assert received.sum.data_points[0].as_double == 1


def test_metrics_can_be_told_alone(tmp_path: Path) -> None:
    monitor = MonitorProcess(tmp_path, export=OTLP)
    off = {"OTEL_TRACES_EXPORTER": "none", "OTEL_METRIC_EXPORT_INTERVAL": "50"}
    with receiving() as receiver:
        started(monitor, receiver.url, **off)
        wait_until(lambda: bool(receiver.of("/v1/metrics")), "metrics")
        monitor.close()
        assert receiver.spans() == receiver.events() == []


def test_a_silent_collector_does_not_hold_the_end(tmp_path: Path) -> None:
    """T32."""
    monitor = MonitorProcess(tmp_path, export=OTLP)
    with black_hole() as endpoint:
        started(monitor, endpoint)
        began = time.monotonic()
        monitor.close()
        assert time.monotonic() - began < 5.0
    assert '"telemetry was lost"' in monitor.logs()


def test_a_dead_collector_is_counted_and_told_once(tmp_path: Path) -> None:
    monitor = MonitorProcess(tmp_path, export=OTLP)
    soon = {"OTEL_BSP_SCHEDULE_DELAY": "50", "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}
    with black_hole() as endpoint:
        gone = endpoint
    started(monitor, gone, **soon)
    wait_until(
        lambda: monitor.value("seatrial_dropped_total", reason="failed") > 0, "drops"
    )
    monitor.close()
    assert monitor.logs().count('"signal": "traces"') == 1


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "-1"}, id="limit"),
        pytest.param({"OTEL_EXPORTER_OTLP_COMPRESSION": "lzma"}, id="compression"),
        pytest.param({"OTEL_EXPORTER_OTLP_TIMEOUT": "soon"}, id="time-out"),
    ],
)
def test_a_wrong_variable_costs_no_measurement(
    tmp_path: Path, wrong: dict[str, str]
) -> None:
    monitor = MonitorProcess(tmp_path, export=OTLP)
    with receiving() as receiver:
        started(monitor, receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL="grpc", **wrong)
        monitor.close()
    assert '"telemetry cannot start"' in monitor.logs()


def test_metrics_can_be_taken_away(tmp_path: Path) -> None:
    with MonitorProcess(tmp_path, export={"prometheus": False}) as monitor:
        assert monitor.get("/metrics").status == 404
        assert monitor.get("/healthz").status == 200
