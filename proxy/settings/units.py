"""Durations, sizes, addresses and URLs as an operator writes them, and as the code reads them."""

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

UNITS_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
UNITS_BYTES = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
LONGEST_DAYS = 3650
LARGEST_TIB = 1024
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
LOCAL_NAMES = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".svc")
HOST = re.compile(r"[A-Za-z0-9._\-\[\]:]+")


def duration(value: object) -> float:
    """Seconds from `200ms`, `30s`, `10m`, `4h`, `14d` or a bare number."""
    seconds = measured(value, UNITS_SECONDS, 'a duration such as "30s" or "200ms"')
    # A comparison, not a bound of the field: it also refuses .nan.
    if not seconds <= LONGEST_DAYS * UNITS_SECONDS["d"]:
        raise ValueError(f"must be at most {LONGEST_DAYS}d")
    return seconds


def size(value: object) -> int:
    """Bytes from `64KiB`, `2MiB`, `1GiB` or a bare number."""
    count = measured(value, UNITS_BYTES, 'a size such as "64KiB" or "2MiB"')
    if not count <= LARGEST_TIB * 1024**4:
        raise ValueError(f"must be at most {LARGEST_TIB * 1024}GiB")
    return int(count)


def measured(
    value: object, units: dict[str, float] | dict[str, int], kind: str
) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    text = value.strip() if isinstance(value, str) else ""
    match = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)\s*([A-Za-z]*)", text)
    if match is None or (match[2] and match[2] not in units):
        raise ValueError(f"must be {kind}; units are {', '.join(units)}")
    return float(match[1]) * units.get(match[2], 1)


def listen_address(value: object) -> str:
    """`host:port`, `[v6]:port` or `unix:/path`."""
    if not isinstance(value, str):
        raise ValueError('must be "host:port" or "unix:/path", e.g. "127.0.0.1:8080"')
    if value.startswith("unix:"):
        if not value.removeprefix("unix:").startswith("/"):
            raise ValueError(
                'must name an absolute path, e.g. "unix:/run/seatrial.sock"'
            )
        return value
    host, _, port = value.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if ":" in host and not bracketed:
        raise ValueError('must have IPv6 in brackets, e.g. "[::1]:8080"')
    if not HOST.fullmatch(host) or not re.fullmatch(r"[0-9]{1,5}", port):
        raise ValueError('must be "host:port" or "unix:/path", e.g. "127.0.0.1:8080"')
    if int(port) > 65535:
        raise ValueError("must have a port of at most 65535")
    return value


def http_url(value: str) -> str:
    parts = urlsplit(value)
    try:
        legal = parts.scheme in {"http", "https"} and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        legal = False
    # urlsplit drops tabs and line ends where it finds them; a Host header must not.
    if not legal or not re.fullmatch(r"[\x21-\x7e]+", value):
        raise ValueError('must be an http(s) URL, e.g. "https://api.openai.com"')
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("must hold no user, password, query or fragment")
    return value.rstrip("/")


def proxy_url(value: str) -> str:
    """An egress proxy's address. Only plain http is spoken to it: TLS begins inside the
    tunnel, so that an https proxy would be sent CONNECT in the clear."""
    # Asked first: another scheme is told which one to take, not which ones are URLs.
    if not value.startswith("http://") or urlsplit(http_url(value)).path:
        raise ValueError(
            'must be "http://host:port", e.g. "http://proxy.internal:3128"'
        )
    return value.rstrip("/")


def store_url(value: str | None) -> str | None:
    if value is None or re.fullmatch(r"sqlite:.+|postgres(ql)?://.+/.+", value):
        return value
    raise ValueError('must be "sqlite:FILE" or "postgresql://user@host/database"')


def is_fixed(address: str) -> bool:
    """Whether a listen address names one place: port 0 is another one each time."""
    return address.startswith("unix:") or int(address.rpartition(":")[2]) != 0


def is_private(host: str) -> bool:
    """Whether a host of a URL is this machine, a private address, or a name that only a
    local network resolves: what is sent there does not cross the internet."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        name = host.rstrip(".").lower()
        return "." not in name or name.endswith(LOCAL_NAMES)


def one_or_many(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


def at_least_one(value: object) -> object:
    # Field(min_length=1) would also complain of a list whose entries are all wrong.
    if isinstance(value, list | tuple) and not value:
        raise ValueError("must have at least one entry")
    return value


def is_loopback(address: str) -> bool:
    """Whether a listen address can be reached from this machine only."""
    return (
        address.startswith("unix:")
        or address.rpartition(":")[0].strip("[]") in LOOPBACK
    )


Duration = Annotated[float, BeforeValidator(duration), Field(ge=0)]
Seconds = Annotated[float, BeforeValidator(duration), Field(gt=0)]
Bytes = Annotated[int, BeforeValidator(size), Field(gt=0)]
Listen = Annotated[str, BeforeValidator(listen_address)]
HttpUrl = Annotated[str, AfterValidator(http_url)]
ProxyUrl = Annotated[str, AfterValidator(proxy_url)]
