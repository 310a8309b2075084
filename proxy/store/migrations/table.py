"""The table of migrations. A new one is one file and one line here; none ever changes."""

from collections.abc import Callable

from proxy.store.migrations import m0001_first

Migration = Callable[[str], list[str]]
"""From the engine's name, `sqlite` or `postgres`, the statements of one version."""

MIGRATIONS: tuple[Migration, ...] = (m0001_first.statements,)
"""Version n is the n-th."""
