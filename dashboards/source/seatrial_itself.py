"""The dashboard of Seatrial itself: what it adds, what it loses, whether it is well."""

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.source.frame import choice, dashboard
from dashboards.source.panels import BAD_ABOVE_0, Query, Steps, chart, stat, table
from dashboards.source.queries import (
    increase,
    or_none,
    or_zero,
    quantile,
    rate,
    series,
    total,
)
from proxy.export import catalog
from proxy.export.catalog import Metric

RANGE = "$__range"
BAD_BELOW_1: Steps = ((None, "red"), (1.0, "green"))
BAD_ABOVE_10_MS: Steps = ((None, "green"), (0.01, "orange"), (0.05, "red"))
BY_DESIGN = "unredactable"
"""Not written because `content: redacted` promises so; no loss of a measurement."""


def own(metric: Metric, suffix: str = "", **matchers: str) -> str:
    return series(metric, "instance", suffix=suffix, **matchers)


def foreign(name: str) -> str:
    return f'{name}{{job=~"$job", instance=~"$instance"}}'


DROPPED = own(catalog.DROPPED, reason=f"!={BY_DESIGN}")


def build() -> Dashboard:
    made = dashboard(
        "seatrial-itself",
        "Seatrial / Seatrial itself",
        "What Seatrial adds to an exchange, what it did not measure, and its health.",
    )
    for variable in (
        choice("job", catalog.BUILD),
        choice("instance", catalog.BUILD),
        choice("route", catalog.REQUESTS, catalog.ROUTE),
    ):
        made = made.with_variable(variable)
    for add in (now, overhead, measuring, relays, monitor):
        made = add(made)
    return made.build()


def now(made: builders.Dashboard) -> builders.Dashboard:
    whole = own(catalog.PROXY_OVERHEAD, "_bucket", phase="total")
    expected = f"count({own(catalog.RELAY_UP)})"
    return (
        made.with_row(builders.Row("Now"))
        .with_panel(
            stat(
                "Added time, p99",
                "Time in the relay itself that 99 % of exchanges stay below.",
                "s",
                Query(quantile(0.99, whole)),
                colors=BAD_ABOVE_10_MS,
            )
        )
        .with_panel(
            stat(
                "Relays ready",
                "Share of the relays that say they accept connections.",
                "percentunit",
                Query(f"{total(own(catalog.RELAY_READY))} / {expected}"),
                colors=BAD_BELOW_1,
                decimals=0,
            )
        )
        .with_panel(
            stat(
                "Not measured",
                "Exchanges, or parts of them, that were not measured or not kept.",
                "none",
                Query(or_zero(increase(DROPPED, over=RANGE))),
                colors=BAD_ABOVE_0,
                decimals=0,
            )
        )
        .with_panel(
            stat(
                "Seen by detectors",
                "Share of conversations that the detectors see: below 100 % the monitor is "
                "behind and samples.",
                "percentunit",
                Query(f"min({own(catalog.DETECTED)})"),
                colors=BAD_BELOW_1,
                decimals=0,
            )
        )
        .with_panel(
            stat(
                "Under way",
                "Exchanges under way in all relays.",
                "none",
                Query(total(own(catalog.IN_FLIGHT))),
                decimals=0,
            )
        )
        .with_panel(
            stat(
                "Series",
                "Series that one instance shows; its bound is 20,000.",
                "none",
                Query(f"max({foreign('scrape_samples_scraped')})"),
                colors=((None, "green"), (15_000, "orange"), (20_000, "red")),
                decimals=0,
            )
        )
    )


def overhead(made: builders.Dashboard) -> builders.Dashboard:
    buckets = own(catalog.PROXY_OVERHEAD, "_bucket", phase="total")
    return (
        made.with_row(builders.Row("What Seatrial adds"))
        .with_panel(
            chart(
                "Added time",
                "Wall time of an exchange minus waiting for a peer.",
                "s",
                *(
                    Query(quantile(q, buckets), f"p{q * 100:.0f}")
                    for q in (0.5, 0.95, 0.99)
                ),
                width=8,
            )
        )
        .with_panel(
            chart(
                "Added time by phase, p99",
                "On the way to the upstream, on the way back, and together.",
                "s",
                Query(
                    quantile(0.99, own(catalog.PROXY_OVERHEAD, "_bucket"), "phase"),
                    "{{phase}}",
                ),
                width=8,
            )
        )
        .with_panel(
            chart(
                "Seatrial's own answers",
                "By `x-seatrial-error` code; `config/README.md` says whose fault each is.",
                "reqps",
                Query(or_none(rate(own(catalog.REFUSED), "code"), "code"), "{{code}}"),
                width=8,
            )
        )
        .with_panel(
            chart(
                "Sent upstream",
                "Attempts, a second sending on a fresh connection included.",
                "reqps",
                Query(rate(own(catalog.ATTEMPTS), "route"), "{{route}}"),
                stacked=True,
            )
        )
        .with_panel(
            chart(
                "Body bytes",
                "Payload relayed, and the part of it that reached the monitor.",
                "Bps",
                Query(rate(own(catalog.BODY_BYTES), "direction"), "{{direction}}"),
                Query(
                    rate(own(catalog.CAPTURED_BYTES), "direction"),
                    "{{direction}}, captured",
                ),
            )
        )
    )


def measuring(made: builders.Dashboard) -> builders.Dashboard:
    return (
        made.with_row(builders.Row("What is measured of what was served"))
        .with_panel(
            chart(
                "Served, recorded, read",
                "The lines lie on each other while every exchange is measured.",
                "reqps",
                Query(rate(own(catalog.EXCHANGES)), "served by relays"),
                Query(rate(own(catalog.RECEIVED)), "recorded"),
                Query(rate(own(catalog.READ, source="=~.*", model="=~.*")), "read"),
                width=8,
            )
        )
        .with_panel(
            chart(
                "Not measured or not kept",
                "By stage and reason; bodies that cannot be redacted are not kept by design.",
                "reqps",
                Query(
                    or_none(rate(own(catalog.DROPPED), "stage", "reason"), "stage"),
                    "{{stage}} {{reason}}",
                ),
                width=8,
            )
        )
        .with_panel(
            chart(
                "Captured in part, renamed, senseless",
                "Bodies of which only the beginning was captured, label values renamed to "
                "`other`, and values that make no sense.",
                "reqps",
                Query(or_zero(rate(own(catalog.TRUNCATED))), "cut bodies"),
                Query(or_zero(rate(own(catalog.OVERFLOW))), "renamed labels"),
                Query(or_zero(rate(own(catalog.INVALID))), "senseless values"),
                Query(or_zero(rate(own(catalog.SPOOFED))), "false probes"),
                width=8,
            )
        )
        .with_panel(
            chart(
                "Recordings kept",
                "Written to `recordings.write`; none where it is not set.",
                "reqps",
                Query(rate(own(catalog.WRITTEN)), "written"),
            )
        )
        .with_panel(
            chart(
                "Bytes waiting to be written",
                "Captured bytes that wait for the disk.",
                "bytes",
                Query(total(own(catalog.WRITE_QUEUE)), "waiting"),
            )
        )
    )


def relays(made: builders.Dashboard) -> builders.Dashboard:
    return (
        made.with_row(builders.Row("Relays"))
        .with_panel(
            chart(
                "Under way and connections",
                "Exchanges under way, clients connected, upstream connections with idle ones.",
                "none",
                Query(total(own(catalog.IN_FLIGHT)), "under way"),
                Query(total(own(catalog.CONNECTIONS)), "clients"),
                Query(total(own(catalog.UPSTREAM_CONNECTIONS)), "upstream"),
                width=8,
            )
        )
        .with_panel(
            chart(
                "Processor time",
                "1 is a core.",
                "none",
                Query(rate(own(catalog.RELAY_CPU), "relay"), "{{relay}}"),
                Query(
                    f"sum(rate({foreign('process_cpu_seconds_total')}[$__rate_interval]))",
                    "monitor",
                ),
                width=8,
            )
        )
        .with_panel(
            chart(
                "Loop lag",
                "How late each relay's event loop was at worst in its last minute.",
                "s",
                Query(f"max by (relay) ({own(catalog.LOOP_LAG)})", "{{relay}}"),
                width=8,
            )
        )
    )


def monitor(made: builders.Dashboard) -> builders.Dashboard:
    return (
        made.with_row(builders.Row("Monitor"))
        .with_panel(
            chart(
                "Memory",
                "Resident memory of the monitor.",
                "bytes",
                Query(foreign("process_resident_memory_bytes"), "{{instance}}"),
                width=8,
            )
        )
        .with_panel(
            chart(
                "Conversations remembered",
                "Those that a later exchange can still be put into.",
                "none",
                Query(total(own(catalog.OPEN_CONVERSATIONS)), "open"),
                width=8,
            )
        )
        .with_panel(
            chart(
                "Scrapes",
                "How long Prometheus waited for the metrics.",
                "s",
                Query(foreign("scrape_duration_seconds"), "{{instance}}"),
                width=8,
            )
        )
        .with_panel(
            table(
                "Versions",
                "Instances by the version that runs.",
                "none",
                Query(f"count by (instance, version) ({own(catalog.BUILD)})"),
                "Processes",
                height=4,
            )
        )
        .with_panel(
            table(
                "Settings",
                "Relays by the hash of the settings they serve by: replicas of one "
                "deployment show one hash.",
                "none",
                Query(f"count by (instance, hash) ({own(catalog.RELAY_SETTINGS)})"),
                "Relays",
                height=4,
            )
        )
    )
