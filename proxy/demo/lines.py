"""The screen where there is no terminal: a plain line now and then."""

from collections.abc import Callable

from proxy.demo import words
from proxy.demo.screen import Scene

EVERY_SECONDS = 2.0


class Lines:
    def __init__(self, write: Callable[[str], None]) -> None:
        self.write = write
        self.due = EVERY_SECONDS

    def say(self, text: str) -> None:
        self.write(text)

    def show(self, scene: Scene) -> None:
        if scene.elapsed >= self.due:
            self.due += EVERY_SECONDS
            self.write(line(scene))

    def close(self) -> None:
        pass


def line(scene: Scene) -> str:
    figures = scene.history.newest.figures
    recent = scene.history.recent(scene.places.routes)
    errors = sum(figures.whole.errors.values())
    return (
        f"{words.clock(scene.elapsed)}  sent {scene.tally.total}  "
        f"measured {figures.measured}  {scene.history.rate(recent):.1f}/s  "
        f"errors {errors:.0f}  in flight {figures.in_flight}  "
        f"first byte p50 {words.seconds(recent.first_byte.quantile(0.5))}  "
        f"added p50 {words.seconds(recent.overhead.quantile(0.5))}"
    )
