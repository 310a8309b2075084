"""What the person at the terminal asked the demo for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Mode = Literal["simulated", "recordings", "model"]

RATES: dict[Mode, float] = {"simulated": 20.0, "recordings": 50.0, "model": 1.0}


@dataclass(frozen=True, slots=True)
class Options:
    """`seconds` is None until Ctrl-C, or until the recordings are through."""

    seatrial: tuple[str, ...]
    """How to start the command `seatrial` itself."""
    seconds: float | None = None
    recordings: tuple[Path, ...] = ()
    model: bool = False
    keep: Path | None = None
    given_rate: float | None = None
    seed: int = 0
    name: str = "seatrial"
    """What to type for the command, as it was found this time."""

    @property
    def mode(self) -> Mode:
        if self.recordings:
            return "recordings"
        return "model" if self.model else "simulated"

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.given_rate or RATES[self.mode]
