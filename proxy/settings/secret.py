"""The instance's folder and the secret that its processes share."""

import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from proxy.errors import SettingsError
from proxy.settings.tree import Instance

SECRET_BYTES = 32


def prepare_run_dir(instance: Instance) -> None:
    """Make the folder of sockets, 0700; refuse one that others could have prepared."""
    folder = instance.run_dir
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise refused(f"cannot be made: {folder}: {error.strerror}") from error
    if not stat.S_ISDIR(found.st_mode):
        raise refused(f"must be a folder: {folder}")
    if found.st_uid != os.geteuid():
        raise refused(f"must belong to the user that runs Seatrial: {folder}")
    if found.st_mode & 0o077:
        folder.chmod(0o700)


def instance_secret(instance: Instance, environ: Mapping[str, str]) -> bytes:
    """The secret from the environment, else 32 bytes made once and kept in the folder."""
    given = environ.get(instance.secret_env)
    if given is not None:
        return given.encode()
    path = instance.run_dir / "seatrial.secret"
    try:
        if not path.exists():
            make(path)
        kept = path.read_bytes()
    except OSError as error:
        raise refused(f"cannot keep a secret: {path}: {error.strerror}") from error
    if len(kept) < SECRET_BYTES:
        raise refused(f"holds a damaged secret; remove it: {path}")
    return kept


def make(path: Path) -> None:
    """Whole or not at all, and the first of two processes wins: link never replaces."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def refused(problem: str) -> SettingsError:
    return SettingsError("settings", "instance.run_dir", problem)
