"""A PostgreSQL of the tests' own: a temporary folder, a free port, nobody's data."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

DEADLINE = 60.0


def programs() -> Path | None:
    """The folder of `initdb` and `postgres`; None where there is none."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return places[-1].parent if places else None


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def somebody() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class Server:
    def __init__(self) -> None:
        folder = programs()
        assert folder is not None
        self.programs = folder
        self.user = somebody()
        self.folder = Path(tempfile.mkdtemp(prefix="seatrial-pg-"))
        if self.user is not None:
            shutil.chown(self.folder, self.user)
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.databases = 0
        self.call("initdb", "-D", self.data, "-U", "seatrial", "-A", "trust", "-N")
        self.start()

    @property
    def data(self) -> str:
        return str(self.folder / "data")

    def call(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self.programs / program), *arguments],
            user=self.user,
            cwd=self.folder,
            check=True,
            capture_output=True,
            timeout=DEADLINE,
        )

    def start(self) -> None:
        options = ("listen_addresses=127.0.0.1", f"port={self.port}")
        where = (f"unix_socket_directories={self.folder}", "autovacuum=on")
        flags = [word for option in (*options, *where) for word in ("-c", option)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.programs / "postgres"), "-D", self.data, *flags],
                user=self.user,
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + DEADLINE
        while not self.answers():
            assert time.monotonic() < end, (self.folder / "log").read_text()
            time.sleep(0.05)

    def answers(self) -> bool:
        ready = subprocess.run(
            [
                str(self.programs / "pg_isready"),
                *("-h", "127.0.0.1", "-p", str(self.port)),
            ],
            capture_output=True,
            check=False,
        )
        return ready.returncode == 0

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(DEADLINE)
            self.process = None

    def database(self) -> str:
        """The address of a new one."""
        self.databases += 1
        name = f"t{self.databases}_{os.getpid()}"
        self.call(
            "createdb",
            *("-h", "127.0.0.1", "-p", str(self.port), "-U", "seatrial", name),
        )
        return f"postgresql://seatrial@127.0.0.1:{self.port}/{name}"

    def remove(self) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)
