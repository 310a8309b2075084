"""The one typed settings tree. `config/seatrial.yaml` documents every key."""

import os
import tempfile
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    field_validator,
    model_validator,
)

from proxy.settings.routes import DEFAULT_ROUTES, Route
from proxy.settings.section import Section, digest, refusal
from proxy.settings.units import (
    Bytes,
    Duration,
    Listen,
    Seconds,
    at_least_one,
    is_fixed,
    is_loopback,
    one_or_many,
    store_url,
)


def default_run_dir() -> Path:
    """A folder of this user's own: `$XDG_RUNTIME_DIR/seatrial`, else below the temp folder."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    if base:
        return Path(base) / "seatrial"
    return Path(tempfile.gettempdir()) / f"seatrial-{os.getuid()}"


def worker_count(value: object) -> object:
    if value == "auto":
        return value
    try:
        count = int(value) if isinstance(value, str | int) else 0
    except ValueError:
        count = 0
    if isinstance(value, bool) or not 1 <= count <= 256:
        raise ValueError('must be "auto" or a whole number from 1 to 256')
    return count


def at_least_a_head(value: int) -> int:
    """Below it no SDK's request gets through."""
    if value < 1024:
        raise ValueError("must be at least 1KiB")
    return value


class Instance(Section):
    """What one installation shares between its processes."""

    run_dir: Path = Field(default_factory=default_run_dir)
    secret_env: str = "SEATRIAL_SECRET"

    @field_validator("run_dir", mode="before")
    @classmethod
    def found(cls, value: object) -> object:
        return default_run_dir() if value == "auto" else value


class ServerTls(Section):
    """TLS on the relay's own listeners."""

    cert: Path
    key: Path
    client_ca: Path | None = None
    """With it, clients must present a certificate that it signed."""


class Drain(Section):
    """What happens between SIGTERM and the end."""

    delay: Duration = 5.0
    """Readiness fails at once; listeners stay this long for load balancers to notice."""
    limit: Seconds = 600.0
    """Streams may finish this long; what is open then is cut."""


class Pool(Section):
    """Idle upstream connections, per relay process and upstream."""

    idle: Seconds = 30.0
    age: Seconds = 600.0
    size: Annotated[int, Field(ge=0)] = 256


class Relay(Section):
    listen: Annotated[
        tuple[Listen, ...], BeforeValidator(at_least_one), BeforeValidator(one_or_many)
    ] = ("127.0.0.1:8080",)
    workers: Annotated[Literal["auto"] | int, BeforeValidator(worker_count)] = "auto"
    capture_limit: Annotated[Bytes, Field(le=16 * 1024**2)] = 2 * 1024**2
    capture_memory: Bytes = 64 * 1024**2
    head_limit: Annotated[Bytes, AfterValidator(at_least_a_head)] = 64 * 1024
    connections: Annotated[int, Field(ge=1)] = 10_000
    keepalive: Seconds = 120.0
    head_timeout: Seconds = 30.0
    tls: ServerTls | None = None
    transport: Literal["auto", "uvloop"] = "auto"
    drain: Drain = Drain()
    pool: Pool = Pool()

    def worker_count(self) -> int:
        if self.workers == "auto":
            return len(os.sched_getaffinity(0))
        return self.workers


class Admin(Section):
    listen: Listen = "127.0.0.1:9464"
    token_env: str = "SEATRIAL_ADMIN_TOKEN"
    metrics_token_env: str | None = None
    hosts: tuple[str, ...] = ()
    """Host names, besides the loopback ones, under which the admin port answers."""

    def on_loopback(self) -> bool:
        return is_loopback(self.listen)


class Recordings(Section):
    """Recordings kept as files. Bodies only of routes whose `content` is `redacted` or `full`."""

    write: Path | None = None
    max_size: Bytes = 1024**3
    max_age: Seconds = 7 * 86400.0


class Retention(Section):
    """How long the store keeps what."""

    rows: Seconds = 14 * 86400.0
    """Errors, recoveries, runs, the sample, and content."""
    minutes: Seconds = 35 * 86400.0
    """Rollups of a minute and of ten."""
    rollups: Seconds = 400 * 86400.0
    """Those of an hour and of a day; scores and incidents."""


class Store(Section):
    """What outlives the processes. Never on a request's path."""

    url: Annotated[str | None, AfterValidator(store_url)] = "sqlite:seatrial.db"
    retention: Retention = Retention()
    sample: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Share of the conversations that have rows although nothing failed in them."""


class Otlp(Section):
    """OpenTelemetry; where to and how is said by the standard OTEL_* variables."""

    enabled: bool = False


class Export(Section):
    """To whom the numbers are told."""

    prometheus: bool = True
    otlp: Otlp = Otlp()


class Logging(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "console", "json"] = "auto"
    """`auto` is console on a terminal and JSON elsewhere."""


class Settings(Section):
    instance: Instance = Field(default_factory=Instance)
    relay: Relay = Relay()
    admin: Admin = Admin()
    routes: Annotated[tuple[Route, ...], BeforeValidator(at_least_one)] = DEFAULT_ROUTES
    store: Store = Store()
    recordings: Recordings = Recordings()
    export: Export = Export()
    logging: Logging = Logging()

    @model_validator(mode="after")
    def routes_differ(self) -> Self:
        for field in ("name", "prefix", "host"):
            seen: dict[str, int] = {}
            for index, route in enumerate(self.routes):
                value = getattr(route, field)
                if value is not None and value in seen:
                    raise refusal(
                        f"must differ from routes[{seen[value]}].{field}",
                        *("routes", index, field),
                    )
                seen[value] = index
        return self

    @model_validator(mode="after")
    def addresses_differ(self) -> Self:
        listen = self.relay.listen
        for index, address in enumerate(listen):
            first = listen.index(address)
            if first != index and is_fixed(address):
                raise refusal(
                    f"must differ from relay.listen[{first}]",
                    *("relay", "listen", index),
                )
        if self.admin.listen in listen and is_fixed(self.admin.listen):
            raise refusal("must differ from relay.listen", "admin", "listen")
        return self

    @property
    def hash(self) -> str:
        """Twelve hex digits that are equal where the effective settings are."""
        return digest(self)

    def with_workers(self, workers: int | None) -> "Settings":
        """These settings with `relay.workers` as the command line gave it, if it did."""
        if workers is None:
            return self
        relay = self.relay.model_copy(update={"workers": workers})
        return self.model_copy(update={"relay": relay})
