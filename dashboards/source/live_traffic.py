"""The dashboard of what applications and their users get: rate, errors, time, behaviour."""

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.source.frame import choice, dashboard, window
from dashboards.source.panels import (
    BAD_ABOVE_0,
    BAD_ABOVE_1_PERCENT,
    INSUFFICIENT,
    Query,
    bars,
    chart,
    stat,
    table,
    with_bands,
)
from dashboards.source.queries import (
    increase,
    only_supported,
    or_none,
    or_zero,
    quantile,
    rate,
    ratio,
    series,
    supported,
    wilson,
)
from proxy.export import catalog
from proxy.scoring.conversations import ASKING, CLOSED, SAYS_NOTHING

UPSTREAM_FAULTS = (
    *("upstream_connect", "upstream_timeout", "upstream_protocol"),
    *("upstream_truncated", "overloaded", "provider_error"),
)
"""The error types that blame who stands behind the route; the rest are the caller's,
the account's or Seatrial's."""
TARGET = ("route", "model", "variant")
BURDENS = "=~interrogation|re_asked|asked_again|tool_loop"

REQUESTS = series(catalog.REQUESTS)
READ = series(catalog.READ)
FAULTS = series(
    catalog.READ, result="error", error_type=f"=~{'|'.join(UPSTREAM_FAULTS)}"
)
ASKED = series(catalog.FIRST_TURNS, first_behaviour=f"=~{'|'.join(ASKING)}")
SAID = series(
    catalog.FIRST_TURNS, first_behaviour=f"!~{'|'.join(sorted(SAYS_NOTHING))}"
)
RECOVERED = series(catalog.EPISODES, episode_outcome="recovered")
ENDED = series(catalog.EPISODES, episode_outcome=f"=~{'|'.join(CLOSED)}")
CHANGES = series(catalog.SIGNALS, signal="=~model_changed|fingerprint_changed")
MODEL_CHANGES = series(catalog.SIGNALS, signal="model_changed")


def build() -> Dashboard:
    made = dashboard(
        "seatrial-live-traffic",
        "Seatrial / Live traffic",
        "What applications get from the models behind Seatrial, and how those behave.",
    )
    for variable in (
        choice("job", catalog.BUILD),
        choice("route", catalog.REQUESTS, catalog.ROUTE),
        choice("model", catalog.READ, catalog.MODEL),
        choice("variant", catalog.TURNS, catalog.VARIANT),
        window(),
    ):
        made = made.with_variable(variable)
    for add in (now, traffic, latency, asking, recovery, tokens):
        made = add(made)
    return made.build()


def now(made: builders.Dashboard) -> builders.Dashboard:
    asked, said = increase(ASKED), increase(SAID)
    recovered, ended = increase(RECOVERED), increase(ENDED)
    return (
        made.with_row(builders.Row("Now"))
        .with_panel(
            stat("Requests", "Exchanges that ended.", "reqps", Query(rate(REQUESTS)))
        )
        .with_panel(
            stat(
                "Failed upstream",
                "Share of exchanges that failed through the fault of the model's side; "
                "client's mistakes, exhausted quotas and clients that left are not in it.",
                "percentunit",
                Query(ratio(rate(FAULTS), rate(READ))),
                colors=BAD_ABOVE_1_PERCENT,
                decimals=2,
            )
        )
        .with_panel(
            stat(
                "First content, p95",
                "Streams: until 95 % of them showed their first text or tool call.",
                "s",
                Query(quantile(0.95, series(catalog.FIRST_CONTENT, suffix="_bucket"))),
            )
        )
        .with_panel(
            stat(
                "Open with a question",
                "Share of conversations whose first reply asks the user for something. It "
                "has no better end; fewer than 50 conversations are no number.",
                "percentunit",
                Query(supported(ratio(asked, said), said)),
                nan=INSUFFICIENT,
                decimals=1,
            )
        )
        .with_panel(
            stat(
                "Recovered tool errors",
                "Share of closed chains of tool errors that the model recovered from; "
                "fewer than 50 are no number.",
                "percentunit",
                Query(supported(ratio(recovered, ended), ended)),
                nan=INSUFFICIENT,
                decimals=1,
            )
        )
        .with_panel(
            stat(
                "Another model answered",
                "Times the upstream named another model than before for the same request.",
                "none",
                Query(or_zero(increase(MODEL_CHANGES, over="$__range"))),
                colors=BAD_ABOVE_0,
                decimals=0,
            )
        )
    )


def traffic(made: builders.Dashboard) -> builders.Dashboard:
    return (
        made.with_row(builders.Row("Traffic and errors"))
        .with_panel(
            chart(
                "Requests by outcome",
                "How exchanges ended; `config/README.md` says what each outcome means.",
                "reqps",
                Query(rate(REQUESTS, "outcome"), "{{outcome}}"),
                stacked=True,
            )
        )
        .with_panel(
            chart(
                "Errors by whose they are",
                "Errors by type, those inside a 200 included.",
                "reqps",
                Query(
                    or_none(
                        rate(series(catalog.READ, result="error"), "error_type"),
                        "error_type",
                    ),
                    "{{error_type}}",
                ),
                stacked=True,
            )
        )
        .with_panel(
            chart(
                "Requests by model",
                "Exchanges that were read, by route and model.",
                "reqps",
                Query(rate(READ, "route", "model"), "{{route}}/{{model}}"),
                stacked=True,
            )
        )
        .with_panel(
            chart(
                "Failed upstream by model",
                "Share of a model's exchanges that failed through its side's fault.",
                "percentunit",
                Query(
                    ratio(rate(FAULTS, "route", "model"), rate(READ, "route", "model")),
                    "{{route}}/{{model}}",
                ),
            )
        )
    )


def latency(made: builders.Dashboard) -> builders.Dashboard:
    duration = series(catalog.DURATION, suffix="_bucket")
    content = series(catalog.FIRST_CONTENT, suffix="_bucket")
    byte = series(catalog.FIRST_BYTE, suffix="_bucket")
    return (
        made.with_row(builders.Row("Time"))
        .with_panel(
            chart(
                "Whole exchange",
                "From the request's first byte to the last one handed to the client.",
                "s",
                *(Query(quantile(q, duration), f"p{q * 100:.0f}") for q in QUANTILES),
                width=8,
            )
        )
        .with_panel(
            chart(
                "First content",
                "Streams, from the request's first byte to the first text or tool call: "
                "what users wait for.",
                "s",
                *(Query(quantile(q, content), f"p{q * 100:.0f}") for q in QUANTILES),
                width=8,
            )
        )
        .with_panel(
            chart(
                "First byte, p95 by route",
                "From the moment the upstream had the whole request to its first byte.",
                "s",
                Query(quantile(0.95, byte, "route"), "{{route}}"),
                width=8,
            )
        )
    )


QUANTILES = (0.5, 0.95, 0.99)


def asking(made: builders.Dashboard) -> builders.Dashboard:
    asked, said = increase(ASKED, "variant"), increase(SAID, "variant")
    asked = f"({asked}) or 0 * ({said})"
    low, high = wilson(asked, said, "-"), wilson(asked, said, "+")
    behaviours = series(catalog.FIRST_TURNS)
    return (
        made.with_row(builders.Row("Behaviour: one conversation is one observation"))
        .with_panel(
            with_bands(
                chart(
                    "Opens with a question, 95 % interval",
                    "Share of conversations whose first reply asks, with Wilson's interval, "
                    "before correction for the detector's own error. A gap is insufficient "
                    "evidence: fewer than 50 conversations.",
                    "percentunit",
                    Query(only_supported(f"({asked}) / ({said})", said), "{{variant}}"),
                    Query(only_supported(low, said), "{{variant}} low"),
                    Query(only_supported(high, said), "{{variant}} high"),
                ),
                {"baseline": "blue", "candidate": "orange"},
            )
        )
        .with_panel(
            bars(
                "What first replies do",
                "Conversations by what their first reply to the user did.",
                "none",
                Query(
                    f"sort_desc(round({increase(behaviours, 'first_behaviour')}) > 0)",
                    "{{first_behaviour}}",
                ),
            )
        )
        .with_panel(
            table(
                "Evidence",
                "Conversations counted for each target: below 50 no rate is shown.",
                "none",
                Query(f"sort_desc(round({increase(SAID, *TARGET)}))"),
                "Conversations",
            )
        )
        .with_panel(
            chart(
                "What counts against a model",
                "Questions in heaps, about what was said, or asked again, and loops of "
                "one tool call.",
                "reqps",
                Query(
                    or_none(
                        rate(series(catalog.SIGNALS, signal=BURDENS), "signal"),
                        "signal",
                    ),
                    "{{signal}}",
                ),
            )
        )
    )


def recovery(made: builders.Dashboard) -> builders.Dashboard:
    return (
        made.with_row(builders.Row("Recovery and identity"))
        .with_panel(
            chart(
                "Chains of tool errors by their end",
                "Censored: nobody saw the end, so it is in no rate.",
                "none",
                Query(
                    or_none(
                        increase(series(catalog.EPISODES), "episode_outcome"),
                        "episode_outcome",
                    ),
                    "{{episode_outcome}}",
                ),
                width=8,
                stacked=True,
            )
        )
        .with_panel(
            chart(
                "Failed calls, by who made them good",
                "Logical calls whose first attempt failed: `none` is lost to the user.",
                "reqps",
                Query(or_none(rate(series(catalog.TRANSPORT), "by"), "by"), "{{by}}"),
                width=8,
                stacked=True,
            )
        )
        .with_panel(
            chart(
                "Another model, another build",
                "Changes of the model's name and of its fingerprint in answers.",
                "none",
                Query(
                    or_none(increase(CHANGES, "route", "signal"), "signal"),
                    "{{route}} {{signal}}",
                ),
                width=8,
            )
        )
    )


def tokens(made: builders.Dashboard) -> builders.Dashboard:
    whole = series(catalog.TOKENS, token_type="=~input|output")
    parts = series(catalog.TOKENS)
    return (
        made.with_row(builders.Row("Tokens, as upstreams state them"))
        .with_panel(
            chart(
                "Tokens by model",
                "Input with what caches gave, output with reasoning.",
                "short",
                Query(rate(whole, "model", "token_type"), "{{model}} {{token_type}}"),
            )
        )
        .with_panel(
            chart(
                "Tokens by type",
                "Cached input, cache creation and reasoning are parts of the other two.",
                "short",
                Query(rate(parts, "token_type"), "{{token_type}}"),
            )
        )
    )
