"""What a running demo tells whoever watches, and the screens that show it."""

from dataclasses import dataclass
from typing import Protocol

from proxy.demo.calls import Tally
from proxy.demo.history import History
from proxy.demo.options import Mode, Options

TITLES: dict[Mode, str] = {
    "simulated": "a simulated model API",
    "recordings": "recorded answers",
    "model": "SmolLM2-135M on this machine",
}


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are while the demo runs."""

    metrics: str
    recordings: str
    routes: tuple[str, ...]
    example: str
    """A command to try meanwhile."""


@dataclass(frozen=True, slots=True)
class Scene:
    """All that can be shown at one moment. `elapsed` is in seconds."""

    options: Options
    places: Places
    elapsed: float
    history: History
    tally: Tally
    ending: bool
    """No new requests: the last answers are awaited."""


class Screen(Protocol):
    def say(self, text: str) -> None:
        """What happens before there are figures."""

    def show(self, scene: Scene) -> None: ...

    def close(self) -> None:
        """Leave the terminal as it was."""


class Blank:
    """Shows nothing: stdout belongs to one JSON document."""

    def say(self, text: str) -> None:
        pass

    def show(self, scene: Scene) -> None:
        pass

    def close(self) -> None:
        pass
