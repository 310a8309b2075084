"""Which settings SIGHUP may change."""

from proxy.settings.section import Section
from proxy.settings.tree import Settings

RELOADABLE = frozenset(
    {
        "routes",
        "relay.capture_limit",
        "relay.capture_memory",
        "relay.head_limit",
        "relay.connections",
        "relay.keepalive",
        "relay.head_timeout",
        "relay.drain",
        "relay.pool",
    }
)
"""Keys that SIGHUP may change; a change of any other is refused by name."""


def not_reloadable(old: Settings, new: Settings) -> list[str]:
    """The keys that differ and need a restart."""
    return [key for key in changed(old, new) if key not in RELOADABLE]


def changed(old: Settings, new: Settings) -> list[str]:
    """The keys that differ, e.g. `relay.keepalive`, `routes`."""
    before, after = flat(old), flat(new)
    keys = before.keys() | after.keys()
    return sorted(key for key in keys if before.get(key) != after.get(key))


def flat(settings: Settings) -> dict[str, object]:
    """Top-level sections with one level below them: `relay.listen`, `routes`."""
    tree: dict[str, object] = {}
    for name, section in settings:
        if isinstance(section, Section):
            tree |= {f"{name}.{key}": value for key, value in section}
        else:
            tree[name] = section
    return tree
