"""How a demo went, for people and as JSON, and whether it went well."""

import shlex
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from proxy.demo import manner
from proxy.demo.calls import Identity
from proxy.demo.figures import Figures, RouteFigures
from proxy.demo.options import Mode


@dataclass(frozen=True, slots=True)
class Report:
    mode: Mode
    seed: int
    seconds: float
    sent: int
    endings: dict[str, int]
    peak: int
    """Requests under way at once, at most."""
    figures: Figures
    identity: Identity | None
    folder: Path
    recordings: list[Path]
    metrics: Path
    command: str = "seatrial"
    broken: str | None = None
    """Why the demo could not run to its end."""

    @property
    def problem(self) -> str | None:
        """Why the demo failed; None when traffic flowed and all of it is accounted for."""
        measured, unmeasured = self.figures.measured, self.figures.unmeasured
        counts = (
            f"sent {self.sent}, measured {measured}, counted as dropped {unmeasured}"
        )
        if self.broken is not None:
            return self.broken
        if self.sent == 0:
            return "no request was sent"
        if not self.endings.get("ok"):
            return f"no request succeeded: {self.endings}"
        if measured + unmeasured < self.sent:
            return f"{self.sent - measured - unmeasured} went unnoticed: {counts}"
        if self.figures.write_failing:
            return f"recordings could not be written: see {self.folder / 'serve.log'}"
        if (
            self.identity is not None
            and self.identity.identical < self.identity.compared
        ):
            different = self.identity.compared - self.identity.identical
            return f"{different} answers differ from the recorded ones"
        return None

    @property
    def others(self) -> int:
        """Measured beyond what was sent: whoever tried the relay meanwhile."""
        return max(0, self.figures.measured - self.sent)

    def look_closer(self) -> list[tuple[str, str]]:
        """What to look at, and the command that shows it."""
        found = [
            ("the metrics as Prometheus reads them", f"less {quoted(self.metrics)}")
        ]
        if self.recordings:
            first = quoted(self.recordings[0])
            found += [
                ("one recorded exchange", f"head -1 {first} | python3 -m json.tool"),
                (
                    "the same requests once more",
                    f"{shlex.quote(self.command)} demo --recordings {first}",
                ),
            ]
        return found

    def as_json(self) -> dict[str, Any]:
        figures = self.figures
        return {
            "ok": self.problem is None,
            "problem": self.problem,
            "mode": self.mode,
            "seed": self.seed,
            "seconds": round(self.seconds, 3),
            "sent": self.sent,
            "measured": figures.measured,
            "dropped": {stage: int(n) for stage, n in figures.dropped.items()},
            "endings": self.endings,
            "most_under_way": self.peak,
            "identity": None if self.identity is None else self.identity.as_json(),
            "routes": {name: row(route) for name, route in figures.routes.items()},
            "all": row(figures.whole),
            "rates": {name: asdict(r) for name, r in manner.rates(figures).items()},
            "relays": figures.relays,
            "relay_cpu_seconds": figures.cpu_seconds,
            "folder": str(self.folder),
            "metrics": str(self.metrics),
            "recordings": [str(path) for path in self.recordings],
            "recordings_written": figures.written,
        }


def row(route: RouteFigures) -> dict[str, Any]:
    return {
        "requests": int(route.requests),
        "errors": {kind: int(count) for kind, count in route.errors.items()},
        "time_to_first_byte_seconds": quantiles(route.first_byte.quantile),
        "duration_seconds": quantiles(route.total.quantile),
        "overhead_seconds": quantiles(route.overhead.quantile),
    }


def quantiles(quantile: Any) -> dict[str, float | None]:
    return {"p50": quantile(0.5), "p95": quantile(0.95)}


def quoted(path: Path) -> str:
    return shlex.quote(str(path))
