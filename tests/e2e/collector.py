"""Collectors for tests: a real one (rotel) before a receiver that can be asked, and one that
accepts whatever comes and never answers."""

import contextlib
import gzip
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as logs
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as metrics
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as traces

from tests.e2e.instances import free_port, until

KINDS: dict[str, Any] = {
    "/v1/traces": traces.ExportTraceServiceRequest,
    "/v1/metrics": metrics.ExportMetricsServiceRequest,
    "/v1/logs": logs.ExportLogsServiceRequest,
}


def value(given: Any) -> Any:
    """Of an attribute."""
    kind = given.WhichOneof("value")
    if kind == "array_value":
        return [value(one) for one in given.array_value.values]
    return getattr(given, kind) if kind else None


def attributes(given: Any) -> dict[str, Any]:
    return {one.key: value(one.value) for one in given}


class Receiver:
    """What arrived over OTLP/HTTP, decoded."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, Any]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers["content-encoding"] == "gzip":
                    body = gzip.decompress(body)
                receiver.requests.append((self.path, KINDS[self.path].FromString(body)))
                self.send_response(200)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Silence."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def of(self, path: str) -> list[Any]:
        return [found for at, found in list(self.requests) if at == path]

    def resources(self) -> list[dict[str, Any]]:
        return [
            attributes(r.resource.attributes)
            for found in self.of("/v1/traces")
            for r in found.resource_spans
        ]

    def spans(self) -> list[Any]:
        return [
            span
            for found in self.of("/v1/traces")
            for r in found.resource_spans
            for scope in r.scope_spans
            for span in scope.spans
        ]

    def events(self) -> list[Any]:
        return [
            record
            for found in self.of("/v1/logs")
            for r in found.resource_logs
            for scope in r.scope_logs
            for record in scope.log_records
        ]

    def metric(self, name: str) -> Any:
        """As it was last told."""
        found = [
            metric
            for request in self.of("/v1/metrics")
            for r in request.resource_metrics
            for scope in r.scope_metrics
            for metric in scope.metrics
            if metric.name == name
        ]
        return found[-1] if found else None


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.stop()


@contextlib.contextmanager
def rotel(folder: Path, receiver: Receiver) -> Iterator[dict[str, str]]:
    """A real collector before the receiver; its endpoints by protocol."""
    spec = find_spec("rotel")
    assert spec is not None
    assert spec.origin is not None
    grpc, http = free_port(), free_port()
    with (folder / "rotel.log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(str(Path(spec.origin).with_name("rotel-agent")), "start"),
                *("--otlp-grpc-endpoint", f"127.0.0.1:{grpc}"),
                *("--otlp-http-endpoint", f"127.0.0.1:{http}"),
                *("--otlp-exporter-endpoint", receiver.url),
                *("--otlp-exporter-protocol", "http"),
                *("--batch-timeout", "100ms"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        until(lambda: is_open(grpc) and is_open(http), "rotel listens")
        yield {
            "grpc": f"http://127.0.0.1:{grpc}",
            "http/protobuf": f"http://127.0.0.1:{http}",
        }
    finally:
        process.terminate()
        process.wait(10)


def is_open(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


@contextlib.contextmanager
def black_hole() -> Iterator[str]:
    """The address of a socket whose connections are taken and never read."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
