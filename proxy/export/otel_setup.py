"""The SDK's exporters, and the resource that all signals share."""

import uuid
from collections.abc import Mapping

from opentelemetry.sdk._logs.export import LogRecordExporter
from opentelemetry.sdk.metrics.export import MetricExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace.export import SpanExporter

from proxy.export.otel_environment import Protocol


def resource(environ: Mapping[str, str], version: str) -> Resource:
    """The operator's attributes win. Instances differ by an id drawn at each start: two
    that send counts as one would undo each other's."""
    ours: dict[str, str] = {
        "service.name": "seatrial",
        "service.version": version,
        "service.instance.id": str(uuid.uuid4()),
    }
    stated = OTELResourceDetector().detect().attributes
    if environ.get("OTEL_SERVICE_NAME"):
        del ours["service.name"]
    return Resource.create({k: v for k, v in ours.items() if k not in stated})


# Imported where they are needed: grpc alone takes 12 MB.


def span_exporter(speaks: Protocol) -> SpanExporter:
    if speaks == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc import trace_exporter as grpc

        return grpc.OTLPSpanExporter()
    from opentelemetry.exporter.otlp.proto.http import trace_exporter as http

    return http.OTLPSpanExporter()


def metric_exporter(speaks: Protocol) -> MetricExporter:
    if speaks == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc import metric_exporter as grpc

        return grpc.OTLPMetricExporter()
    from opentelemetry.exporter.otlp.proto.http import metric_exporter as http

    return http.OTLPMetricExporter()


def event_exporter(speaks: Protocol) -> LogRecordExporter:
    if speaks == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc import _log_exporter as grpc

        return grpc.OTLPLogExporter()
    from opentelemetry.exporter.otlp.proto.http import _log_exporter as http

    return http.OTLPLogExporter()
