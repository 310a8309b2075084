"""What is legal in settings but deserves an operator's second look."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from proxy.settings.tree import Settings
from proxy.settings.units import LOOPBACK, is_loopback, is_private


def warnings(settings: Settings) -> list[str]:
    """Each in one sentence that names the key and what may come of it."""
    return [
        *open_relay(settings),
        *clear_text(settings),
        *small_memory(settings),
        *kept_recordings(settings),
    ]


def open_relay(settings: Settings) -> Iterator[str]:
    relay = settings.relay
    if all(is_loopback(address) for address in relay.listen):
        return
    if relay.tls is None:
        yield (
            "relay.listen is not on loopback and relay.tls is not set: keys and what users "
            "write reach the relay in clear text"
        )
    for route in settings.routes:
        if urlsplit(route.upstream).hostname in LOOPBACK:
            yield (
                f"relay.listen is not on loopback and route {route.name!r} leads to "
                f"{route.upstream}, which needs no key: anyone who reaches the relay can "
                "use it"
            )


def clear_text(settings: Settings) -> Iterator[str]:
    for index, route in enumerate(settings.routes):
        parts = urlsplit(route.upstream)
        if parts.scheme == "http" and not is_private(parts.hostname or ""):
            yield (
                f"routes[{index}].upstream of route {route.name!r} is {route.upstream}: "
                "without https, keys and what users write go there in clear text"
            )


def small_memory(settings: Settings) -> Iterator[str]:
    relay = settings.relay
    if relay.capture_memory < relay.capture_limit:
        yield (
            "relay.capture_memory is smaller than relay.capture_limit: a body of the "
            "limit's size is never copied whole"
        )


def kept_recordings(settings: Settings) -> Iterator[str]:
    folder = settings.recordings.write
    if folder is None:
        return
    kept = [
        *bodies_of("full", "hold what users wrote", settings),
        *bodies_of(
            "redacted",
            "are searched for secrets, e-mail, phone, card, IBAN and IP; other personal "
            "data stays, and names do too unless spaCy and a model are installed",
            settings,
        ),
    ]
    told = "; ".join(kept) or "headers and times only, for no route has content: full"
    yield f"recordings.write keeps recordings in {folder}: {told}"


def bodies_of(content: str, what: str, settings: Settings) -> Iterator[str]:
    routes = [route.name for route in settings.routes if route.content == content]
    if routes:
        yield f"bodies of {', '.join(routes)} (content: {content}) {what}"
