"""Whether somebody may still be watching: SIGHUP also means that a terminal was closed."""

import os


def has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
