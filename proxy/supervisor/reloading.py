"""What SIGHUP may make of the settings: all of the new ones, or none."""

import logging
from collections.abc import Callable

from proxy.errors import SettingsErrors
from proxy.settings import Settings, not_reloadable

log = logging.getLogger(__name__)


def reloaded(current: Settings, load: Callable[[], Settings]) -> Settings | None:
    """The new settings, or None with every reason logged."""
    try:
        settings = load()
    except SettingsErrors as refused:
        for error in refused.errors:
            log.error("settings refused", extra={"reason": str(error)})
        return None
    fixed = not_reloadable(current, settings)
    for key in fixed:
        reason = f"{key} changes only with a restart"
        log.error("settings refused", extra={"reason": reason})
    return None if fixed else settings
