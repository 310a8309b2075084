"""What the simulated API saw and did, for tests to ask."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counters:
    """`requests` counts by format what was read whole. A request ends as completed, as
    broken by a fault of the body, or as left by its client, which may be before that."""

    requests: Counter[str] = field(default_factory=Counter)
    behaviours: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    completed: int = 0
    aborted_by_client: int = 0
    in_flight: int = 0

    @property
    def total(self) -> int:
        return self.requests.total()

    def as_json(self) -> dict[str, object]:
        return {
            "total": self.total,
            "requests": dict(self.requests),
            "behaviours": dict(self.behaviours),
            "faults": dict(self.faults),
            "statuses": dict(self.statuses),
            "completed": self.completed,
            "aborted_by_client": self.aborted_by_client,
            "in_flight": self.in_flight,
        }
