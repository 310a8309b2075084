"""The demo's work folder: settings, logs, recordings and metrics to look at afterwards."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from proxy.errors import UsageError


@dataclass(frozen=True, slots=True)
class WorkFolder:
    path: Path
    run_dir: Path
    """Apart from the rest: the path of a unix socket holds 107 bytes only."""

    @property
    def settings(self) -> Path:
        return self.path / "seatrial.yaml"

    @property
    def recordings(self) -> Path:
        return self.path / "recordings"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.prom"

    @property
    def replayed(self) -> Path:
        """The lines of the given recordings that can be answered."""
        return self.path / "replayed.jsonl"

    def log(self, process: str) -> Path:
        return self.path / f"{process}.log"

    def recording_files(self) -> list[Path]:
        return sorted(self.recordings.glob("*.jsonl"))

    def close(self) -> None:
        """Remove what is of no use once the processes are gone."""
        shutil.rmtree(self.run_dir, ignore_errors=True)


def make(keep: Path | None) -> WorkFolder:
    """A new folder; UsageError when the one asked for cannot be used."""
    path = Path(tempfile.mkdtemp(prefix="seatrial-demo-")) if keep is None else keep
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise UsageError(f"--keep: {path} is not empty; name a new folder")
    except OSError as error:
        raise UsageError(f"--keep: {path}: {error.strerror}") from error
    run_dir = Path(tempfile.mkdtemp(prefix="seatrial-run-"))
    return WorkFolder(path.resolve(), run_dir)
