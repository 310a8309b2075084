"""Which upstream a request goes to, and under which path and Host."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from proxy.relay.connect import Address, address_of
from proxy.relay.pool import Pool
from proxy.relay.refusals import Refusal
from proxy.settings import Route, Settings

NS = 1_000_000_000
NO_ROUTE = (
    "no route fits this path or Host; paths begin with the prefix of a route, e.g. "
    "/openai/v1/...; see routes in the settings"
)


@dataclass(frozen=True, slots=True)
class Destination:
    """A Route made ready for the hot path."""

    name: str
    prefix: bytes | None
    base: bytes
    """The path of the upstream's URL, without a final slash."""
    host: bytes | None
    """The Host to send; None keeps the client's."""
    pool: Pool
    captures: bool
    trace: bool
    first_byte_ns: int
    idle_ns: int

    def target(self, target: bytes) -> bytes:
        """The target upstream: the prefix removed, nothing normalised."""
        if target == b"*":
            return target
        rest = target if self.prefix is None else target[len(self.prefix) :]
        if not rest.startswith(b"/"):
            rest = b"/" + rest
        return self.base + rest


@dataclass(frozen=True, slots=True)
class RouteTable:
    by_host: dict[bytes, Destination]
    by_prefix: list[tuple[bytes, Destination]]
    """Longest first."""

    def select(self, target: bytes, host: bytes) -> tuple[Destination, bytes]:
        """The destination and the target to send there. Raises Refusal."""
        if not target.startswith(b"/") and target != b"*":
            return self.absolute(target, host)
        if self.by_host:
            found = self.on_host(host)
            if found is not None:
                return found, found.target(target)
        for prefix, destination in self.by_prefix:
            if within(target, prefix):
                return destination, destination.target(target)
        raise Refusal(404, "route", NO_ROUTE)

    def absolute(self, target: bytes, host: bytes) -> tuple[Destination, bytes]:
        """Absolute-form names a `host:` route and is never dialled (no open proxy)."""
        scheme, mark, rest = target.partition(b"://")
        if not mark or scheme.lower() not in {b"http", b"https"}:
            raise Refusal(400, "bad_request", "the request target has no known form")
        end = min(
            (at for at in map(rest.find, (b"/", b"?")) if at >= 0), default=len(rest)
        )
        found = self.on_host(rest[:end])
        if found is None:
            raise Refusal(404, "route", NO_ROUTE)
        if rest[:end].lower() != host.lower():
            # They must be equal (RFC 9112 §3.2.2); here the upstream would get the other.
            raise Refusal(400, "bad_request", "the request target names another host")
        return found, found.target(rest[end:] or b"/")

    def on_host(self, host: bytes) -> Destination | None:
        lower = host.lower()
        return self.by_host.get(lower) or self.by_host.get(without_port(lower))


def within(target: bytes, prefix: bytes) -> bool:
    """`/openai` holds `/openai`, `/openai/…` and `/openai?…`, not `/openair`."""
    if not target.startswith(prefix):
        return False
    return not prefix or target[len(prefix) : len(prefix) + 1] in (b"", b"/", b"?")


def without_port(host: bytes) -> bytes:
    name, colon, port = host.rpartition(b":")
    return name if colon and port.isdigit() else host


def build(settings: Settings, pools: dict[Address, Pool]) -> RouteTable:
    """The table for `settings`; `pools` has one for each upstream."""
    destinations = [
        (route, destination(route, pools[address_of(route)]))
        for route in settings.routes
    ]
    by_prefix = [
        (route.prefix.rstrip("/").encode(), found)
        for route, found in destinations
        if route.prefix is not None
    ]
    return RouteTable(
        {route.host.encode(): found for route, found in destinations if route.host},
        sorted(by_prefix, key=lambda entry: -len(entry[0])),
    )


def destination(route: Route, pool: Pool) -> Destination:
    parts = urlsplit(route.upstream)
    prefix = route.prefix.rstrip("/").encode() if route.prefix is not None else None
    return Destination(
        name=route.name,
        prefix=prefix,
        base=parts.path.rstrip("/").encode(),
        host=None if route.preserve_host else parts.netloc.encode(),
        pool=pool,
        captures=route.read == "bodies",
        trace=route.traceparent == "pass",
        first_byte_ns=int(route.timeouts.first_byte * NS),
        idle_ns=int(route.timeouts.idle * NS),
    )
