"""Every metric, once: its names, kind, unit, labels, bounds and help.

A metric exists when it is here. Labels never hold ids or text that people wrote; a label
whose values come from outside is bounded, and what exceeds the bound is named `other`.
"""

import math
from dataclasses import dataclass
from typing import Literal, get_args

from proxy.export import semconv
from proxy.model.behaviour import Behaviour
from proxy.model.recovery import EpisodeOutcome
from proxy.model.signal import NAMES
from proxy.model.vocabulary import ErrorType, ExchangeOutcome, Operation

Kind = Literal["counter", "gauge", "histogram", "info"]

OTHER = "other"
NONE = "none"
LONGEST_VALUE = 64
SERIES_LIMIT = 20_000
"""Series that one instance may show at most, all families together."""


@dataclass(frozen=True, slots=True)
class Label:
    """`values` closes the set; without it the first `bound` values seen are admitted."""

    name: str
    bound: int
    values: tuple[str, ...] = ()
    otlp: str = ""
    """The attribute's name in OTLP where it is not the label's."""

    @property
    def attribute(self) -> str:
        return self.otlp or self.name


def closed(name: str, *values: str) -> Label:
    return Label(name, len(values), values)


@dataclass(frozen=True, slots=True)
class Metric:
    name: str
    kind: Kind
    unit: str | None
    help: str
    labels: tuple[Label, ...] = ()
    cap: int | None = None
    """Label sets admitted; None where the labels' own bounds are small enough."""
    buckets: tuple[float, ...] = ()
    otlp: str = ""
    """The name in OTLP where it does not follow from this one; see `otlp_name`."""
    otlp_unit: str = ""

    def label_sets(self) -> int:
        """Label sets at most, the one called `other` throughout included."""
        whole = math.prod(label.bound + 1 for label in self.labels)
        return whole if self.cap is None else min(whole, self.cap + 1)

    def series(self) -> int:
        """Series at most; a histogram has one per bucket, `+Inf`, sum and count."""
        each = len(self.buckets) + 3 if self.kind == "histogram" else 1
        return self.label_sets() * each

    @property
    def otlp_name(self) -> str:
        """Without unit and `_total`, which receivers that write Prometheus names add."""
        if self.otlp:
            return self.otlp
        stem = self.name.removesuffix("_total").removesuffix(f"_{self.unit}")
        return stem.replace("_", ".", 1)

    @property
    def ucum(self) -> str:
        """The unit as OTLP writes it; empty where there is none to write."""
        return self.otlp_unit or UCUM.get(self.unit or "", "")


UCUM = {"seconds": "s", "bytes": "By", "ratio": "1"}


# OTel's buckets for the duration of a model call, and two more for models that think
# for minutes (Envoy AI Gateway extends them for the same reason).
SECONDS = tuple(0.01 * 2**power for power in range(16))
CALL_SECONDS = SECONDS[:14]
"""The conventions' own, for the metrics that bear their names."""
CALL_TOKENS = tuple(float(4**power) for power in range(14))
OVERHEAD = (
    *(0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025),
    *(0.005, 0.01, 0.025, 0.05, 0.1),
)

DIALECTS = (
    *("openai.chat", "openai.completions", "openai.embeddings", "openai.responses"),
    *("anthropic.messages", "anthropic.complete"),
    *("gemini.generate_content", "gemini.embed", "gemini.interactions"),
    *("vertex.predict_embed", "ollama.chat", "ollama.generate", "ollama.embed"),
    *("cohere.chat", "cohere.generate", "cohere.embed", "writer.completions"),
    *("bedrock.converse", "bedrock.converse_stream"),
    *("bedrock.invoke", "bedrock.invoke_stream", OTHER),
)
REFUSALS = (
    *("route", "limit", "bad_request", "connect", "tls", "dns", "timeout"),
    *("protocol", "stale", "draining", "sigv4_route"),
)

ROUTE = Label("route", 32)
METHOD = closed("method", "GET", "POST", OTHER)
STATUS_CLASS = closed("status_class", "1xx", "2xx", "3xx", "4xx", "5xx", NONE)
OUTCOME = closed(
    "outcome", "complete", "client_gone", "upstream_cut", "upstream_error", "refused"
)
DIALECT = closed("dialect", *DIALECTS)
SOURCE = closed("source", "live", "shadow", "probe")
PHASE = closed("phase", "request", "response", "total")
DIRECTION = closed("direction", "request", "response")
CODE = closed("code", *REFUSALS)
RELAY = Label("relay", 256)
HASH = Label("hash", 512)
STAGE = closed(
    "stage",
    *(
        "relay",
        "gap",
        "monitor",
        "reading",
        "detectors",
        "recordings",
        "store",
        "export",
    ),
)
REASON = Label("reason", 24)
MODEL = Label("model", 40)
OPERATION = closed("operation", *get_args(Operation))
RESULT = closed("result", *get_args(ExchangeOutcome))
ERROR_TYPES = (*get_args(ErrorType), NONE)
ERROR_TYPE = Label("error_type", len(ERROR_TYPES), ERROR_TYPES, semconv.ERROR_TYPE)
TOKEN_TYPE = closed(
    "token_type",
    *("input", "output", "cached_input", "cache_creation_input", "reasoning"),
)
EVIDENCE = closed(
    "evidence",
    *("header", "previous_response_id", "conversation_id", "tool_call_id"),
    *("output_item_id", "history_tool_call", "history_text", "attempt"),
)
VARIANT = closed("variant", "baseline", "candidate")
BEHAVIOUR = closed("behaviour", *get_args(Behaviour))
FIRST_BEHAVIOUR = closed("first_behaviour", *get_args(Behaviour))
EPISODE = closed("episode_outcome", *get_args(EpisodeOutcome))
BY = closed("by", "relay", "client", NONE)
SIGNAL = closed("signal", *NAMES)
SIGNAL_VALUE = closed(
    "value",
    *("true", "resolved", "unresolved", "censored", "changed"),
    *("recovered", "repeated", "ongoing", "gave_up", "false_success", "abandoned"),
    *("failed", "before_answer", "in_reasoning", "in_answer"),
)
WHY_FORGOTTEN = closed("why", "silent", "crowded", "long")
MEASURE = closed(
    "measure", "duration", "time_to_first_byte", "overhead", "body", "heartbeat"
)
FAULT = closed(
    "fault",
    *("full", "read_only", "locked", "corrupt", "io"),
    *("absent", "slow", "refused", "error"),
)
WRITE = closed("attempt", "written", "failed")
LABEL = Label("label", 24)
VERSION = Label("version", 1)
PROVIDERS = (
    *("openai", "openai_compatible", "anthropic", "azure.ai.openai"),
    *("azure.ai.inference", "aws.bedrock", "gcp.gemini", "gcp.vertex_ai", "groq"),
    *("mistral_ai", "deepseek", "x_ai", "perplexity", "cohere", "openrouter"),
    *("together_ai", "fireworks", "cerebras", "crusoe", "huggingface", "snowflake"),
    *("databricks", "cloudflare", "voyage", "writer", "z_ai", "moonshot", "vercel"),
    *("portkey", "pydantic_gateway", "ollama", "ibm.watsonx.ai", OTHER),
)
CALL_OPERATION = Label(
    "gen_ai_operation_name",
    OPERATION.bound,
    OPERATION.values,
    semconv.OPERATION_NAME,
)
CALL_PROVIDER = Label(
    "gen_ai_provider_name", len(PROVIDERS), PROVIDERS, semconv.PROVIDER_NAME
)
CALL_MODEL = Label("gen_ai_request_model", MODEL.bound, (), semconv.REQUEST_MODEL)
"""Its values are those admitted as `model`."""
CALL_TOKEN_TYPE = Label("gen_ai_token_type", 2, ("input", "output"), semconv.TOKEN_TYPE)
MOST_TOKENS = 2**40
"""Past that a count is no count."""

REQUESTS = Metric(
    "seatrial_requests_total",
    "counter",
    None,
    "Exchanges that ended, as their recordings say.",
    (ROUTE, METHOD, STATUS_CLASS, OUTCOME, DIALECT, SOURCE),
    cap=1_000,
)
DURATION = Metric(
    "seatrial_request_duration_seconds",
    "histogram",
    "seconds",
    "From the first byte of the request to the last one handed to the client.",
    (ROUTE, STATUS_CLASS, SOURCE),
    cap=72,
    buckets=SECONDS,
)
FIRST_BYTE = Metric(
    "seatrial_time_to_first_byte_seconds",
    "histogram",
    "seconds",
    "From the moment the upstream had the whole request to the first byte of its final "
    "response; from its head where the answer came before the request's end.",
    (ROUTE, STATUS_CLASS, SOURCE),
    cap=72,
    buckets=SECONDS,
)
PROXY_OVERHEAD = Metric(
    "seatrial_proxy_overhead_seconds",
    "histogram",
    "seconds",
    "Time an exchange spent in the relay itself: wall time minus waiting for a peer.",
    (ROUTE, PHASE),
    cap=72,
    buckets=OVERHEAD,
)
REFUSED = Metric(
    "seatrial_refusals_total",
    "counter",
    None,
    "Answers that were Seatrial's own, those for upstream failures included, by "
    "x-seatrial-error code.",
    (ROUTE, CODE),
)
ATTEMPTS = Metric(
    "seatrial_upstream_attempts_total",
    "counter",
    None,
    "Times a request was sent upstream, the second sending included.",
    (ROUTE,),
)
BODY_BYTES = Metric(
    "seatrial_body_bytes_total",
    "counter",
    "bytes",
    "Body payload relayed.",
    (ROUTE, DIRECTION),
)
CAPTURED_BYTES = Metric(
    "seatrial_captured_bytes_total",
    "counter",
    "bytes",
    "Body payload that reached the monitor.",
    (ROUTE, DIRECTION),
)
TRUNCATED = Metric(
    "seatrial_truncated_bodies_total",
    "counter",
    None,
    "Bodies of which only the beginning reached the monitor.",
    (ROUTE, DIRECTION),
)
RECEIVED = Metric(
    "seatrial_recordings_received_total",
    "counter",
    None,
    "Recordings that arrived from relays.",
)
DROPPED = Metric(
    "seatrial_dropped_total",
    "counter",
    None,
    "What was not measured or not kept: dropped by a relay, under way when a relay last "
    "spoke before it died (reason died), lost between relay and monitor (gap), not "
    "counted by the monitor, not written to recordings.write, or not taken by the OTLP "
    "collector (export).",
    (STAGE, REASON),
)
INVALID = Metric(
    "seatrial_invalid_values_total",
    "counter",
    None,
    "Values a relay sent that make no sense, such as an end before its start.",
    (MEASURE,),
)
SPOOFED = Metric(
    "seatrial_spoofed_runs_total",
    "counter",
    None,
    "Requests whose x-seatrial-run header did not verify; treated as live.",
)
OVERFLOW = Metric(
    "seatrial_label_overflow_total",
    "counter",
    None,
    "Label values renamed to `other` because a bound was reached; `series` when a whole "
    "family was full.",
    (LABEL,),
)
RELAY_UP = Metric(
    "seatrial_relay_up",
    "gauge",
    None,
    "1 while heartbeats of this relay arrive.",
    (RELAY,),
)
RELAY_READY = Metric(
    "seatrial_relay_ready",
    "gauge",
    None,
    "1 while this relay says that it accepts connections.",
    (RELAY,),
)
HEARTBEAT_AGE = Metric(
    "seatrial_relay_heartbeat_age_seconds",
    "gauge",
    "seconds",
    "Time since this relay's last heartbeat arrived.",
    (RELAY,),
)
IN_FLIGHT = Metric(
    "seatrial_inflight_requests",
    "gauge",
    None,
    "Exchanges under way in this relay.",
    (RELAY,),
)
CONNECTIONS = Metric(
    "seatrial_relay_connections",
    "gauge",
    None,
    "Client connections open in this relay.",
    (RELAY,),
)
UPSTREAM_CONNECTIONS = Metric(
    "seatrial_relay_upstream_connections",
    "gauge",
    None,
    "Upstream connections open in this relay, idle ones included.",
    (RELAY,),
)
LOOP_LAG = Metric(
    "seatrial_relay_loop_lag_seconds",
    "gauge",
    "seconds",
    "How late this relay's event loop was at worst during its last 60 heartbeats.",
    (RELAY,),
)
RELAY_CPU = Metric(
    "seatrial_relay_cpu_seconds_total",
    "counter",
    "seconds",
    "Processor time of this relay's process.",
    (RELAY,),
)
EXCHANGES = Metric(
    "seatrial_relay_exchanges_total",
    "counter",
    None,
    "Exchanges this relay numbered, measured or not. Compare with recordings received.",
    (RELAY,),
)
RELAY_SETTINGS = Metric(
    "seatrial_relay_settings_info",
    "info",
    None,
    "The hash of the settings this relay serves by.",
    (RELAY, HASH),
    cap=256,
)
WRITTEN = Metric(
    "seatrial_recordings_written_total",
    "counter",
    None,
    "Recordings written to the folder of recordings.write.",
)
WRITTEN_BYTES = Metric(
    "seatrial_recordings_written_bytes_total",
    "counter",
    "bytes",
    "Bytes written to the folder of recordings.write.",
)
WRITE_FAILING = Metric(
    "seatrial_recordings_write_failing",
    "gauge",
    None,
    "1 while the folder of recordings.write cannot be written.",
)
WRITE_QUEUE = Metric(
    "seatrial_recordings_queue_bytes",
    "gauge",
    "bytes",
    "Captured bytes waiting to be written to recordings.write.",
)
READ = Metric(
    "seatrial_exchanges_total",
    "counter",
    None,
    "Exchanges that were read: result error holds errors inside a 200 too, "
    "error_type says whose they were.",
    (ROUTE, MODEL, OPERATION, RESULT, ERROR_TYPE, SOURCE),
    cap=1_000,
)
TOKENS = Metric(
    "seatrial_tokens_total",
    "counter",
    None,
    "Tokens as upstreams state them: input with what a cache gave and took, output with "
    "reasoning; cached_input, cache_creation_input and reasoning are parts of those.",
    (ROUTE, MODEL, SOURCE, TOKEN_TYPE),
    cap=400,
)
FIRST_CONTENT = Metric(
    "seatrial_time_to_first_content_seconds",
    "histogram",
    "seconds",
    "From a request's first byte to the first text or tool call of its stream.",
    (ROUTE, MODEL, SOURCE),
    cap=40,
    buckets=SECONDS,
)
CONVERSATIONS = Metric(
    "seatrial_conversations_begun_total",
    "counter",
    None,
    "Exchanges that continue no other one.",
    (ROUTE, SOURCE),
)
LINKS = Metric(
    "seatrial_conversation_links_total",
    "counter",
    None,
    "Exchanges put behind another one, by what proves that they belong there; attempt "
    "is the same request sent again by its client.",
    (EVIDENCE,),
)
CALL_DURATION = Metric(
    "gen_ai_client_operation_duration_seconds",
    "histogram",
    "seconds",
    "Calls of models, from the request's head to the last byte of the answer. A call that "
    "its client cancelled has no duration and is not here.",
    (CALL_OPERATION, CALL_PROVIDER, CALL_MODEL, ERROR_TYPE, SOURCE),
    cap=96,
    buckets=CALL_SECONDS,
    otlp=semconv.OPERATION_DURATION,
)
CALL_FIRST_CHUNK = Metric(
    "gen_ai_client_operation_time_to_first_chunk_seconds",
    "histogram",
    "seconds",
    "From a call's begin to the first output of its stream, reasoning included.",
    (CALL_OPERATION, CALL_PROVIDER, CALL_MODEL, SOURCE),
    cap=48,
    buckets=CALL_SECONDS,
    otlp=semconv.TIME_TO_FIRST_CHUNK,
)
CALL_PER_CHUNK = Metric(
    "gen_ai_client_operation_time_per_output_chunk_seconds",
    "histogram",
    "seconds",
    "Time between the chunks of a stream: the mean of each stream, once.",
    (CALL_OPERATION, CALL_PROVIDER, CALL_MODEL, SOURCE),
    cap=48,
    buckets=CALL_SECONDS,
    otlp=semconv.TIME_PER_OUTPUT_CHUNK,
)
CALL_USAGE = Metric(
    "gen_ai_client_token_usage",
    "histogram",
    None,
    "Tokens of a call where the upstream states them: input with what a cache gave and "
    "took, output with reasoning.",
    (CALL_OPERATION, CALL_PROVIDER, CALL_MODEL, CALL_TOKEN_TYPE, SOURCE),
    cap=80,
    buckets=CALL_TOKENS,
    otlp=semconv.TOKEN_USAGE,
    otlp_unit="{token}",
)
TURNS = Metric(
    "seatrial_replies_total",
    "counter",
    None,
    "Replies by what they do. For display: replies of one conversation are not "
    "independent, so rates count conversations.",
    (ROUTE, MODEL, VARIANT, SOURCE, BEHAVIOUR),
    cap=600,
)
FIRST_TURNS = Metric(
    "seatrial_conversations_total",
    "counter",
    None,
    "Conversations by what the first reply to the user did, once it was there.",
    (ROUTE, MODEL, VARIANT, SOURCE, FIRST_BEHAVIOUR),
    cap=600,
)
EPISODES = Metric(
    "seatrial_recovery_episodes_total",
    "counter",
    None,
    "Chains of errors that tools reported, by how the model ended them; censored where "
    "nobody saw the end.",
    (ROUTE, MODEL, VARIANT, SOURCE, EPISODE),
    cap=300,
)
TRANSPORT = Metric(
    "seatrial_transport_recoveries_total",
    "counter",
    None,
    "Logical calls whose first attempt failed, by that failure and by who made it good; "
    "none where nobody did.",
    (ROUTE, MODEL, ERROR_TYPE, BY, SOURCE),
    cap=200,
)
SIGNALS = Metric(
    "seatrial_signals_total",
    "counter",
    None,
    "What the detectors saw, by signal and value.",
    (ROUTE, MODEL, SOURCE, SIGNAL, SIGNAL_VALUE),
    cap=700,
)
DETECTED = Metric(
    "seatrial_detector_sampling_ratio",
    "gauge",
    "ratio",
    "Share of conversations that the detectors see; below 1 while the monitor is behind.",
)
OPEN_CONVERSATIONS = Metric(
    "seatrial_open_conversations",
    "gauge",
    None,
    "Conversations that a later exchange can still be put into.",
)
FORGOTTEN = Metric(
    "seatrial_conversations_forgotten_total",
    "counter",
    None,
    "Conversations let go: silent for an hour, crowded out, or (long) their oldest part.",
    (WHY_FORGOTTEN,),
)
FEEDBACK = Metric(
    "seatrial_feedback_total",
    "counter",
    None,
    "Outcomes that applications reported of their conversations, repeated ones too; "
    "joined where the conversation was still open.",
    (
        Label("reported", 33),
        closed("said", "true", "false", "number"),
        closed("joined", "yes", "no"),
    ),
    cap=100,
)
STORE_FAULT = Metric(
    "seatrial_store_fault",
    "gauge",
    None,
    "1 for what keeps the store from being written; all are 0 while it is well.",
    (FAULT,),
)
STORE_BATCHES = Metric(
    "seatrial_store_batches_total",
    "counter",
    None,
    "Batches written to the store, and tries that failed; a failed one is tried again.",
    (WRITE,),
)
STORE_ROWS = Metric(
    "seatrial_store_rows_total",
    "counter",
    None,
    "Rows written to the store, beside the rollups of all traffic.",
)
STORE_WAITING = Metric(
    "seatrial_store_waiting_rows",
    "gauge",
    None,
    "Rows and rollups that wait to be written to the store.",
)
STORE_WRITE_SECONDS = Metric(
    "seatrial_store_write_seconds_total",
    "counter",
    "seconds",
    "Time that writing batches to the store took.",
)
STORE_AGE = Metric(
    "seatrial_store_last_write_age_seconds",
    "gauge",
    "seconds",
    "Time since a batch was last written to the store.",
)
BUILD = Metric(
    "seatrial_build_info",
    "info",
    None,
    "The version that runs.",
    (VERSION,),
)

METRICS = (
    *(REQUESTS, DURATION, FIRST_BYTE, PROXY_OVERHEAD, REFUSED, ATTEMPTS),
    *(BODY_BYTES, CAPTURED_BYTES, TRUNCATED, RECEIVED, DROPPED, INVALID, SPOOFED),
    *(OVERFLOW, RELAY_UP, RELAY_READY, HEARTBEAT_AGE, IN_FLIGHT, CONNECTIONS),
    *(UPSTREAM_CONNECTIONS, LOOP_LAG, RELAY_CPU, EXCHANGES, RELAY_SETTINGS),
    *(CALL_DURATION, CALL_FIRST_CHUNK, CALL_PER_CHUNK, CALL_USAGE),
    *(TURNS, FIRST_TURNS, EPISODES, TRANSPORT, SIGNALS, DETECTED),
    *(READ, TOKENS, FIRST_CONTENT, CONVERSATIONS, LINKS, OPEN_CONVERSATIONS, FORGOTTEN),
    *(WRITTEN, WRITTEN_BYTES, WRITE_FAILING, WRITE_QUEUE, FEEDBACK),
    *(STORE_FAULT, STORE_BATCHES, STORE_ROWS, STORE_WAITING),
    *(STORE_WRITE_SECONDS, STORE_AGE, BUILD),
)
