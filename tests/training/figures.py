"""Precision, recall and false alarms of predictions, with Wilson intervals, as lines of text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

from tests.training.records import Record

POLITE = frozenset(("confirmation", "courtesy_question", "offer", "refusal"))
OTHERWISE_MEANT = frozenset(
    ("chat", "roleplay", "game_or_quiz", "content_question", "quoted_question")
)
Z = 1.959964


@dataclass(frozen=True, slots=True)
class Share:
    of: int
    part: int

    @property
    def value(self) -> float | None:
        return self.part / self.of if self.of else None

    def interval(self) -> tuple[float, float]:
        """Wilson's, at 95 %."""
        if not self.of:
            return 0.0, 1.0
        p, n = self.part / self.of, self.of
        middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        if self.value is None:
            return "-"
        low, high = self.interval()
        return f"{self.value:.3f} [{low:.3f}, {high:.3f}] ({self.part}/{self.of})"


@dataclass(frozen=True, slots=True)
class Figures:
    precision: Share
    recall: Share
    polite: Share
    """False alarms over confirmations, courtesies, offers and refusals."""
    otherwise: Share
    """False alarms over chat, role-play, quizzes, content and quoted questions."""

    @property
    def f1(self) -> float | None:
        p, r = self.precision.value, self.recall.value
        return 2 * p * r / (p + r) if p and r else None


def figures(records: Sequence[Record], said: Sequence[bool]) -> Figures:
    pairs = list(zip(records, said, strict=True))
    right = sum(r.clarifying and s for r, s in pairs)
    return Figures(
        precision=Share(sum(said), right),
        recall=Share(sum(r.clarifying for r in records), right),
        polite=_alarms(pairs, POLITE),
        otherwise=_alarms(pairs, OTHERWISE_MEANT),
    )


def _alarms(pairs: Sequence[tuple[Record, bool]], kinds: frozenset[str]) -> Share:
    of = [said for record, said in pairs if record.kind in kinds]
    return Share(len(of), sum(of))


def lines(title: str, records: Sequence[Record], said: Sequence[bool]) -> Iterator[str]:
    """The pooled figures, then a line per source."""
    pooled = figures(records, said)
    f1 = "-" if pooled.f1 is None else f"{pooled.f1:.3f}"
    yield f"{title}: n {len(records)}, F1 {f1}"
    yield f"  precision {pooled.precision}"
    yield f"  recall    {pooled.recall}"
    yield f"  false alarms, confirmation courtesy offer refusal: {pooled.polite}"
    yield f"  false alarms, chat role-play quiz content quoted:  {pooled.otherwise}"
    for source in sorted({r.source for r in records}):
        at = [i for i, r in enumerate(records) if r.source == source]
        own = figures([records[i] for i in at], [said[i] for i in at])
        yield (
            f"  {source:20} n {len(at):4}  precision {own.precision!s:34}"
            f" recall {own.recall!s:34} alarms {own.polite.part + own.otherwise.part}"
            f"/{own.polite.of + own.otherwise.of}"
        )
