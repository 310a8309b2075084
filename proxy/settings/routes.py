"""A route: where the relay listens for it and where it leads."""

import re
from pathlib import Path
from typing import Literal, Self

from pydantic import field_validator, model_validator

from proxy.settings.section import Section, refusal
from proxy.settings.units import HOST, HttpUrl, ProxyUrl, Seconds

DIALECTS = (
    *("openai.chat", "openai.completions", "openai.embeddings", "openai.responses"),
    *("anthropic.messages", "anthropic.complete"),
    *("gemini.generate_content", "gemini.embed", "gemini.interactions"),
    *("vertex.predict_embed", "ollama.chat", "ollama.generate", "ollama.embed"),
    *("cohere.chat", "cohere.generate", "cohere.embed", "writer.completions"),
    *("bedrock.converse", "bedrock.converse_stream"),
    *("bedrock.invoke", "bedrock.invoke_stream"),
)
"""The wire formats a route may name: those of the catalog, which settings cannot import."""


class Timeouts(Section):
    connect: Seconds = 10.0
    first_byte: Seconds = 600.0
    idle: Seconds = 600.0


class UpstreamTls(Section):
    """How the relay proves the upstream, and itself to it."""

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    @model_validator(mode="after")
    def both_or_none(self) -> Self:
        if self.cert is None and self.key is not None:
            raise refusal("is required beside key", "cert")
        if self.key is None and self.cert is not None:
            raise refusal("is required beside cert", "key")
        return self


class Route(Section):
    name: str
    prefix: str | None = None
    host: str | None = None
    upstream: HttpUrl
    preserve_host: bool = False
    dialect: str = "auto"
    read: Literal["bodies", "none"] = "bodies"
    content: Literal["none", "redacted", "full"] = "none"
    traceparent: Literal["pass", "drop"] = "pass"
    timeouts: Timeouts = Timeouts()
    tls: UpstreamTls = UpstreamTls()
    egress_proxy: ProxyUrl | None = None

    @field_validator("name")
    @classmethod
    def label(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,31}", value):
            raise ValueError(
                'must be at most 32 of a-z, 0-9, "_" and "-", e.g. "openai"; it names '
                "the route in metrics"
            )
        return value

    @field_validator("prefix")
    @classmethod
    def whole_segments(cls, value: str | None) -> str | None:
        if value is None or value == "/":
            return value
        if not value.startswith("/") or value.endswith("/"):
            raise ValueError('must begin with "/" and not end with it, e.g. "/openai"')
        if "%" in value:
            raise ValueError(
                'must hold no "%": paths are compared as they are sent, so that "%61" is '
                'not "a"'
            )
        if not re.fullmatch(r"(/[A-Za-z0-9._~!$&'()*+,;=:@-]+)+", value):
            raise ValueError('must be whole path segments, e.g. "/openai"')
        if {".", ".."} & set(value.split("/")):
            raise ValueError(
                'must hold no "." or ".." segment: clients remove them before they send'
            )
        if value == "/-" or value.startswith("/-/"):
            raise ValueError('must not begin with "/-/", which is the relay\'s own')
        return value

    @field_validator("dialect")
    @classmethod
    def known_dialect(cls, value: str) -> str:
        if value not in {"auto", "other", *DIALECTS}:
            raise ValueError(f'must be "auto", "other" or one of {", ".join(DIALECTS)}')
        return value

    @field_validator("host")
    @classmethod
    def legal_host(cls, value: str | None) -> str | None:
        if value is not None and not HOST.fullmatch(value):
            raise ValueError('must be a host name, e.g. "bedrock.internal"')
        return value and value.lower()

    @model_validator(mode="after")
    def selected_by_one(self) -> Self:
        if self.prefix is None and self.host is None:
            raise refusal('is required (or host), e.g. "/openai"', "prefix")
        if self.prefix is not None and self.host is not None:
            raise refusal("must be removed: the route has a prefix already", "host")
        if self.preserve_host and self.host is None:
            raise refusal("goes with a host route only", "preserve_host")
        return self


DEFAULT_ROUTES = (
    Route(name="openai", prefix="/openai", upstream="https://api.openai.com"),
    Route(name="anthropic", prefix="/anthropic", upstream="https://api.anthropic.com"),
    Route(
        name="gemini",
        prefix="/gemini",
        upstream="https://generativelanguage.googleapis.com",
    ),
)
