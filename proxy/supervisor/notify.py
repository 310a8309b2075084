"""Tells systemd how the instance is (sd_notify(3)); silent when systemd did not ask."""

import logging
import os
import socket
from collections.abc import Mapping

log = logging.getLogger(__name__)


class Notifier:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.address = environ.get("NOTIFY_SOCKET", "")
        if self.address.startswith("@"):  # Linux's abstract namespace
            self.address = "\0" + self.address[1:]
        self.watchdog_seconds = watchdog_seconds(environ)

    def tell(self, *assignments: str) -> None:
        """Send e.g. `READY=1`. Never waits."""
        if not self.address:
            return
        message = "\n".join(assignments).encode()
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
                sock.setblocking(False)
                sock.sendto(message, self.address)
        except OSError as error:
            log.warning("systemd not notified", extra={"reason": error.strerror})


def watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    """How often to send `WATCHDOG=1`: twice in the time systemd allows."""
    allowed = environ.get("WATCHDOG_USEC", "")
    meant_for = environ.get("WATCHDOG_PID", str(os.getpid()))
    if not allowed.isdigit() or int(allowed) == 0 or meant_for != str(os.getpid()):
        return None
    return int(allowed) / 2_000_000
