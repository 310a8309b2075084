"""OTLP at a real collector, and before one that never answers."""

import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.e2e import collector
from tests.e2e.collector import Receiver, attributes
from tests.e2e.conftest import Serve, Simulate
from tests.e2e.instances import Instance, Simulator, route, until

pytestmark = pytest.mark.proof

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
OTLP: dict[str, object] = {"otlp": {"enabled": True}}
SOON = {
    "OTEL_BSP_SCHEDULE_DELAY": "100",
    "OTEL_BLRP_SCHEDULE_DELAY": "100",
    "OTEL_METRIC_EXPORT_INTERVAL": "500",
}


@pytest.fixture(scope="module")
def simulator(simulate: Simulate) -> Simulator:
    return simulate("--seed", "3")


@pytest.fixture(params=["grpc", "http/protobuf"])
def told(
    request: pytest.FixtureRequest,
    serve: Serve,
    simulator: Simulator,
    tmp_path: Path,
) -> Iterator[tuple[Instance, Receiver]]:
    with collector.receiving() as receiver, collector.rotel(tmp_path, receiver) as at:
        instance = serve(
            route("sim", simulator.url),
            route("open", simulator.url, content="full"),
            environment=SOON
            | {
                "OTEL_EXPORTER_OTLP_ENDPOINT": at[request.param],
                "OTEL_EXPORTER_OTLP_PROTOCOL": request.param,
                "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test",
                "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY",
            },
            export=OTLP,
        )
        yield instance, receiver
        instance.clear_away()


def ask(base: str, said: str = "which berth is free?", **headers: str) -> None:
    with openai.OpenAI(base_url=f"{base}/v1", api_key="sk-test") as client:
        list(
            client.chat.completions.create(
                model="pilot-1",
                messages=[{"role": "user", "content": said}],
                stream=True,
                extra_headers=headers,
            )
        )


def spans(receiver: Receiver, count: int) -> list[Any]:
    return until(
        lambda: found if len(found := receiver.spans()) >= count else None,
        f"{count} spans",
    )


def test_a_collector_receives_spans_metrics_and_events(
    told: tuple[Instance, Receiver],
) -> None:
    instance, receiver = told
    ask(
        f"{instance.url}/sim",
        traceparent=f"00-{TRACE}-{PARENT}-01",
        baggage="user=4711-canary",
    )
    ask(f"{instance.url}/open", "a word that may leave")
    joined, root = spans(receiver, 2)
    assert joined.trace_id.hex() == TRACE
    assert joined.parent_span_id.hex() == PARENT
    assert root.trace_id.hex() != TRACE
    assert not root.parent_span_id
    found = attributes(joined.attributes)
    assert found["gen_ai.operation.name"] == "chat"
    assert found["gen_ai.request.model"] == "pilot-1"
    assert "berth" not in str(found)
    assert "4711-canary" not in str(receiver.requests)
    assert "may leave" in attributes(root.attributes)["gen_ai.input.messages"]
    event = until(receiver.events, "events")[0]
    assert event.event_name == "gen_ai.evaluation.result"
    assert event.span_id == joined.span_id
    resource = receiver.resources()[0]
    assert resource["service.name"] == "seatrial"
    assert resource["deployment.environment.name"] == "test"
    until(lambda: calls(receiver) == 2, "both calls in the metrics")


def calls(receiver: Receiver) -> int:
    found = receiver.metric("gen_ai.client.operation.duration")
    return sum(p.count for p in found.histogram.data_points) if found else 0


def test_the_times_of_a_span_are_the_relays(told: tuple[Instance, Receiver]) -> None:
    instance, receiver = told
    begin = time.time_ns()
    ask(f"{instance.url}/sim", **{"x-simulate": "ttft=300ms"})
    end = time.time_ns()
    [span] = spans(receiver, 1)
    assert begin <= span.start_time_unix_nano <= span.end_time_unix_nano <= end
    first = attributes(span.attributes)["gen_ai.response.time_to_first_chunk"]
    assert first >= 0.25
    assert span.end_time_unix_nano - span.start_time_unix_nano >= first * 1e9


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_a_collector_that_never_answers_costs_counted_drops_and_nothing_else(
    serve: Serve, simulator: Simulator, protocol: str
) -> None:
    with collector.black_hole() as address:
        instance = serve(
            route("sim", simulator.url),
            environment=SOON
            | {
                "OTEL_EXPORTER_OTLP_ENDPOINT": address,
                "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
                "OTEL_BSP_MAX_QUEUE_SIZE": "20",
                "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "10",
            },
            export=OTLP,
        )
        plain = serve(route("sim", simulator.url))
        with_it, without = pace(instance, plain)
        until(
            lambda: instance.count("seatrial_dropped_total", stage="export") > 0,
            "drops are counted",
        )
        until(
            lambda: instance.count("seatrial_exchanges_total") == ASKED,
            "all were measured",
        )
        assert instance.count("seatrial_dropped_total", stage="monitor") == 0
        began = time.monotonic()
        assert instance.end() == 0
        took = time.monotonic() - began
    print(
        f"\n{protocol}: median {with_it * 1e3:.2f} ms, without {without * 1e3:.2f} ms, "
        f"drain {took:.2f} s"
    )
    assert with_it - without < 0.005
    assert took < 5.0


ASKED = 200


def pace(*instances: Instance) -> list[float]:
    """The median of a call, asked of each in turn."""
    took: list[list[float]] = [[] for _ in instances]
    clients = [
        openai.OpenAI(base_url=f"{one.url}/sim/v1", api_key="sk-test", max_retries=0)
        for one in instances
    ]
    for number in range(ASKED):
        for client, found in zip(clients, took, strict=True):
            began = time.monotonic()
            client.chat.completions.create(
                model="pilot-1",
                messages=[{"role": "user", "content": f"job {number}"}],
            )
            found.append(time.monotonic() - began)
    for client in clients:
        client.close()
    assert threading.active_count() < 20
    return [statistics.median(found) for found in took]
