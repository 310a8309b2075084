"""The standard variables decide; what they say wrong is ignored and told."""

import pytest

from proxy.export import otel_environment as environment
from proxy.export.otel_outbox import Limits


@pytest.mark.parametrize(
    ("environ", "spoken"),
    [
        pytest.param({}, "http/protobuf", id="the specification's default"),
        pytest.param({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "grpc", id="for all"),
        pytest.param(
            {
                "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
            },
            "http/protobuf",
            id="for one",
        ),
        pytest.param(
            {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"}, "http/protobuf", id="unknown"
        ),
    ],
)
def test_protocol(environ: dict[str, str], spoken: str) -> None:
    assert environment.protocol("traces", environ) == spoken


def test_signals_can_be_switched_off_one_by_one() -> None:
    environ = {"OTEL_METRICS_EXPORTER": "none"}
    assert not environment.is_wanted("metrics", environ)
    assert environment.is_wanted("traces", environ)


def test_the_sdk_can_be_switched_off() -> None:
    assert environment.is_disabled({"OTEL_SDK_DISABLED": "TRUE"})
    assert not environment.is_disabled({})


def test_limits_are_the_processors() -> None:
    environ = {"OTEL_BSP_MAX_QUEUE_SIZE": "10", "OTEL_BSP_SCHEDULE_DELAY": "200"}
    assert environment.span_limits(environ) == Limits(10, 10, 0.2)
    assert environment.span_limits({}) == Limits(2048, 512, 5.0)
    assert environment.event_limits({}) == Limits(2048, 512, 1.0)


@pytest.mark.parametrize("given", ["soon", "-5", "0", "1.5"])
def test_a_wrong_number_is_ignored_and_told(
    given: str, caplog: pytest.LogCaptureFixture
) -> None:
    environ = {"OTEL_METRIC_EXPORT_INTERVAL": given}
    assert environment.interval_seconds(environ) == 60.0
    assert caplog.records[0].message == "variable ignored"
    assert caplog.records[0].__dict__["variable"] == "OTEL_METRIC_EXPORT_INTERVAL"
