"""What settings need from the machine: files that can be read, variables that are set."""

import os
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath

from proxy.settings.document import Path
from proxy.settings.tree import Settings


def problems(
    settings: Settings, environ: Mapping[str, str]
) -> Iterator[tuple[Path, str]]:
    """Each key whose value is legal but cannot work here, and what would."""
    yield from tokens(settings, environ)
    if settings.relay.tls is not None:
        tls = settings.relay.tls
        yield from certificates(("relay", "tls"), tls.client_ca, tls.cert, tls.key)
    for index, route in enumerate(settings.routes):
        at: Path = ("routes", index, "tls")
        yield from certificates(at, route.tls.ca, route.tls.cert, route.tls.key)
    if settings.recordings.write is not None:
        yield from folder(("recordings", "write"), settings.recordings.write)


def tokens(
    settings: Settings, environ: Mapping[str, str]
) -> Iterator[tuple[Path, str]]:
    admin = settings.admin
    if not admin.on_loopback() and not environ.get(admin.token_env):
        yield (
            ("admin", "token_env"),
            f"needs the environment variable {admin.token_env} with a token, because "
            f"admin.listen ({admin.listen}) is not on loopback",
        )
    if admin.metrics_token_env and not environ.get(admin.metrics_token_env):
        yield (
            ("admin", "metrics_token_env"),
            f"needs the environment variable {admin.metrics_token_env} with a token",
        )
    secret = environ.get(settings.instance.secret_env)
    if secret is not None and len(secret) < 16:
        yield (
            ("instance", "secret_env"),
            f"needs at least 16 characters in the environment variable "
            f'{settings.instance.secret_env}, e.g. from "openssl rand -hex 32"',
        )


def certificates(
    at: Path, ca: FilePath | None, cert: FilePath | None, key: FilePath | None
) -> Iterator[tuple[Path, str]]:
    named = {"ca" if at[0] == "routes" else "client_ca": ca, "cert": cert, "key": key}
    unreadable = False
    for field, path in named.items():
        problem = None if path is None else why_unreadable(path)
        if problem is not None:
            unreadable = True
            yield (*at, field), problem
    if unreadable:
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca is not None:
        try:
            context.load_verify_locations(cafile=ca)
        except ssl.SSLError:
            yield (*at, next(iter(named))), f"must be a PEM file of certificates: {ca}"
    if cert is not None and key is not None:
        try:
            # An empty password: OpenSSL would ask the terminal for a locked key's.
            context.load_cert_chain(cert, key, password=lambda: "")
        except (ssl.SSLError, ValueError):
            yield (
                (*at, "cert"),
                f"must be a PEM certificate whose unlocked key is {key}: {cert}",
            )


def why_unreadable(path: FilePath) -> str | None:
    try:
        with path.open("rb"):
            return None
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        return f"must name a file that can be read: {path}: {reason}"


def folder(at: Path, path: FilePath) -> Iterator[tuple[Path, str]]:
    """A folder is made on first use; what exists must be a folder one can write in."""
    existing = path
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir():
        yield at, f"must name a folder, and {existing} is a file"
    elif not os.access(existing, os.W_OK | os.X_OK):
        yield (
            at,
            f"must name a folder that can be written: {existing}: permission denied",
        )
