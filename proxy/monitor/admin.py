"""The admin port: metrics, health, readiness, what the relays say of themselves, and
what applications say of their conversations.

Two rules guard it. The Host header must be a loopback name, one of `admin.hosts`, or the
very address at which the request arrived; a web page that points its own name here (DNS
rebinding) has none of them. Off loopback every path but the two health checks needs the
bearer token. What may be posted is `posting.py`'s.
"""

import asyncio
import gzip
import hmac
import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from proxy.errors import SettingsError
from proxy.export.prometheus import Exposition, written
from proxy.monitor import posting
from proxy.monitor.feedback import Book
from proxy.monitor.memories import Conversations
from proxy.monitor.posts import Posts
from proxy.monitor.relays import Relays
from proxy.settings import LOOPBACK, Admin

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

OPEN_PATHS = {"/healthz", "/readyz"}
GZIP_LEVEL = 1
SHUTDOWN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Tokens:
    """None where no token is asked for."""

    admin: bytes | None
    metrics: bytes | None
    posting: bytes | None = None
    """Asked for on loopback too, where one is set: to post is more than to read."""

    def allow(self, path: str, given: bytes) -> bool:
        if path in OPEN_PATHS:
            return True
        wanted = [self.admin]
        if path == "/metrics" and self.metrics is not None:
            wanted.append(self.metrics)
        asked = [token for token in wanted if token is not None]
        return not asked or any(hmac.compare_digest(given, token) for token in asked)


def tokens(admin: Admin, environ: Mapping[str, str]) -> Tokens:
    """Read them; SettingsError when one is required and absent."""
    token = None
    if not admin.on_loopback():
        token = required(admin.token_env, "admin.token_env", environ)
    metrics = None
    if admin.metrics_token_env is not None:
        metrics = required(admin.metrics_token_env, "admin.metrics_token_env", environ)
    return Tokens(token, metrics, environ.get(admin.token_env, "").encode() or None)


def required(name: str, key: str, environ: Mapping[str, str]) -> bytes:
    value = environ.get(name, "")
    if not value:
        raise SettingsError(
            "environment", key, f"{name} must hold a token; it is unset or empty"
        )
    return value.encode()


class AdminPort:
    """Serves while the process lives. `draining` makes it unready at once."""

    def __init__(
        self,
        admin: Admin,
        allowed: Tokens,
        exposition: Exposition | None,
        relays: Relays,
        clock: Callable[[], float],
        conversations: Conversations | None = None,
        book: Book | None = None,
        rates: Callable[[], list[dict[str, object]]] = list,
    ) -> None:
        self.admin = admin
        self.tokens = allowed
        self.exposition = exposition
        self.relays = relays
        self.clock = clock
        self.posts: Posts | None = None
        self.store: Callable[[float], dict[str, object]] | None = None
        """Says how the store is; set where there is one."""
        if conversations is not None and book is not None:
            self.posts = Posts(conversations, book, allowed.posting)
        self.rates = rates
        self.draining = False
        self.hosts = LOOPBACK | {host.lower() for host in admin.hosts}
        self.runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application(middlewares=[self.guard], client_max_size=posting.LARGEST)
        app.add_routes(
            [
                web.get("/healthz", self.healthz),
                web.get("/readyz", self.readyz),
                web.get("/api/v1/relays", self.list_relays),
                web.get("/api/v1/rates", self.list_rates),
            ]
        )
        if self.exposition is not None:
            app.router.add_get("/metrics", self.metrics)
        if self.posts is not None:
            app.add_routes(self.posts.routes())
        self.runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS
        )
        await self.runner.setup()
        await self.site(self.runner).start()

    def site(self, runner: web.AppRunner) -> web.BaseSite:
        listen = self.admin.listen
        if listen.startswith("unix:"):
            return web.UnixSite(runner, listen.removeprefix("unix:"))
        host, _, port = listen.rpartition(":")
        return web.TCPSite(runner, host.strip("[]"), int(port))

    async def stop(self) -> None:
        if self.runner is not None:
            await self.runner.cleanup()

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not self.is_known(request):
            return posting.failure(403, "host", "unknown Host; list it in admin.hosts")
        if not self.tokens.allow(request.path, posting.bearer(request.headers)):
            return posting.failure(401, "unauthorized", "a bearer token is required")
        try:
            response = await handler(request)
        except web.HTTPClientError as error:
            response = posting.of_the_server(error)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def is_known(self, request: web.Request) -> bool:
        host = host_name(request.headers.get("Host", ""))
        return host in self.hosts or is_own_address(host, request)

    async def metrics(self, request: web.Request) -> web.Response:
        """Collected here, where the counts change; written and packed in a thread."""
        assert self.exposition is not None
        snapshot = self.exposition.snapshot()
        accept = request.headers.get("Accept", "")
        body, content_type = await asyncio.to_thread(written, snapshot, accept)
        headers = {"Content-Type": content_type, "Vary": "Accept, Accept-Encoding"}
        if takes_gzip(request.headers.get("Accept-Encoding", "")):
            body = await asyncio.to_thread(gzip.compress, body, GZIP_LEVEL)
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=body, headers=headers)

    async def healthz(self, request: web.Request) -> web.Response:
        store = {} if self.store is None else {"store": self.store(self.clock())}
        return web.json_response({"status": "alive", **store})

    async def readyz(self, request: web.Request) -> web.Response:
        found = self.relays.readiness(self.clock())
        draining = self.draining or found.draining
        ready = found.is_complete() and not draining
        body = {
            "ready": ready,
            "draining": draining,
            "relays": {
                "expected": found.expected,
                "ready": found.ready,
                "missing": max(0, found.expected - len(found.ready)),
                "waiting": found.waiting,
            },
        }
        return web.json_response(body, status=200 if ready else 503)

    async def list_rates(self, request: web.Request) -> web.Response:
        feedback = self.posts.book.document() if self.posts is not None else {}
        return web.json_response({"targets": self.rates(), "feedback": feedback})

    async def list_relays(self, request: web.Request) -> web.Response:
        now = self.clock()
        rows = [
            {
                "relay": name,
                "fresh": seen.is_fresh(now),
                "age_seconds": round(seen.age(now), 3),
                "ready": seen.heartbeat.ready,
                "pid": seen.heartbeat.pid,
                "exchanges": seen.heartbeat.seq,
                "in_flight": seen.heartbeat.in_flight,
                "connections": seen.heartbeat.connections,
                "upstream_connections": seen.heartbeat.upstream_connections,
                "lag_seconds": max(seen.lags, default=0.0),
                "cpu_seconds": seen.heartbeat.cpu_seconds,
                "drops": seen.heartbeat.drops,
                "settings_hash": seen.heartbeat.settings_hash,
            }
            for name, seen in sorted(self.relays.seen.items())
        ]
        return web.json_response({"relays": rows})


def host_name(header: str) -> str:
    """The name without its port, lower case; a v6 address without its brackets."""
    header = header.strip().lower()
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]


def is_own_address(host: str, request: web.Request) -> bool:
    """A kubelet or Prometheus reaches the port by address; a rebound name never does."""
    if request.transport is None:
        return False
    name = request.transport.get_extra_info("sockname")
    try:
        return isinstance(name, tuple) and ipaddress.ip_address(
            host
        ) == ipaddress.ip_address(name[0])
    except ValueError:
        return False


def takes_gzip(header: str) -> bool:
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "") not in {"q=0", "q=0.0"}
    return False
