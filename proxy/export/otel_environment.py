"""What the standard OTEL_* variables say, without the SDK that they are meant for.

What a variable says wrong is ignored with a warning, as the specification has it.
"""

import logging
from collections.abc import Mapping
from typing import Literal

from proxy.export.otel_outbox import Limits

log = logging.getLogger(__name__)

Signal = Literal["traces", "metrics", "logs"]
Protocol = Literal["grpc", "http/protobuf"]

INTERVAL_MS = 60_000.0
COMPRESSIONS = {"", "none", "gzip", "deflate"}


def is_disabled(environ: Mapping[str, str]) -> bool:
    return environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"


def check(environ: Mapping[str, str]) -> None:
    """ValueError for what one exporter answers with an exception of its own."""
    for name, value in environ.items():
        is_asked = name.startswith("OTEL_EXPORTER_OTLP_")
        if is_asked and name.endswith("_COMPRESSION") and value not in COMPRESSIONS:
            raise ValueError(f"{name} must be none, gzip or deflate")


def is_wanted(signal: Signal, environ: Mapping[str, str]) -> bool:
    """OTEL_TRACES_EXPORTER and its peers; `otlp` where they are silent."""
    name = f"OTEL_{signal.upper()}_EXPORTER"
    value = environ.get(name, "").strip().lower() or "otlp"
    if value not in ("otlp", "none"):
        warn(name, "otlp or none")
    return value != "none"


def protocol(signal: Signal, environ: Mapping[str, str]) -> Protocol:
    for name in (
        f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
    ):
        match environ.get(name, "").strip().lower():
            case "":
                continue
            case "grpc":
                return "grpc"
            case "http/protobuf":
                return "http/protobuf"
            case _:
                warn(name, "grpc or http/protobuf")
    return "http/protobuf"


def span_limits(environ: Mapping[str, str]) -> Limits:
    return limits("OTEL_BSP", 5_000.0, environ)


def event_limits(environ: Mapping[str, str]) -> Limits:
    return limits("OTEL_BLRP", 1_000.0, environ)


def limits(prefix: str, delay_ms: float, environ: Mapping[str, str]) -> Limits:
    queue = int(number(f"{prefix}_MAX_QUEUE_SIZE", 2_048, environ))
    batch = int(number(f"{prefix}_MAX_EXPORT_BATCH_SIZE", 512, environ))
    delay = number(f"{prefix}_SCHEDULE_DELAY", delay_ms, environ)
    return Limits(queue, min(batch, queue), delay / 1e3)


def interval_seconds(environ: Mapping[str, str]) -> float:
    return number("OTEL_METRIC_EXPORT_INTERVAL", INTERVAL_MS, environ) / 1e3


def number(name: str, default: float, environ: Mapping[str, str]) -> float:
    given = environ.get(name, "").strip()
    if not given:
        return default
    if not given.isdigit() or int(given) == 0:
        warn(name, "a whole number above 0")
        return default
    return float(given)


def warn(name: str, wanted: str) -> None:
    log.warning("variable ignored", extra={"variable": name, "wanted": wanted})
