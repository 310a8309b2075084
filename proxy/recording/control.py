"""The line between the supervisor and a child: what they say to each other.

Both ends of a socketpair carry the frames of `frames.py`. A child reads `Begin` first.
When the supervisor dies the line ends: a relay then stops accepting, drains and exits.
"""

import msgspec


class Begin(msgspec.Struct, array_like=True, frozen=True, tag="begin"):
    """The first message to a child."""

    name: str
    settings: bytes
    """The Settings as JSON (`Settings.model_dump_json`)."""
    secret: bytes
    listeners: list[int]
    """Inherited descriptors of the listening sockets that are this relay's own."""
    neighbours: dict[str, list[int]] = {}
    """Those of the other relays, by name, to accept on while one is covered."""


class Reload(msgspec.Struct, array_like=True, frozen=True, tag="reload"):
    """New settings, already validated, for exchanges that begin from now on."""

    settings: bytes


class Drain(msgspec.Struct, array_like=True, frozen=True, tag="drain"):
    """Fail readiness now, stop accepting after `delay`, end by `limit` seconds later."""

    delay: float
    limit: float


class Draining(msgspec.Struct, array_like=True, frozen=True, tag="draining"):
    """To the monitor: the relays drain; say that the instance is not ready, and go on."""


class Cover(msgspec.Struct, array_like=True, frozen=True, tag="cover"):
    """Accept for this neighbour too: it is gone, starting, or has fallen silent."""

    name: str


class Uncover(msgspec.Struct, array_like=True, frozen=True, tag="uncover"):
    """The neighbour accepts for itself again."""

    name: str


class Ready(msgspec.Struct, array_like=True, frozen=True, tag="ready"):
    """The child does its work."""


class Beat(msgspec.Struct, array_like=True, frozen=True, tag="beat"):
    """The child's loop turns. Sent a few times a second; silence means frozen."""


Control = Begin | Reload | Drain | Draining | Cover | Uncover | Ready | Beat
