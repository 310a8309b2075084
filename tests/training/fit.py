"""Logistic regression with an L2 penalty, by L-BFGS, in plain Python.

Plain, so that it needs no package and every machine adds in the same order; run until the
slope is so flat that the rounded weights no longer depend on a float's last bits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log1p, sqrt
from operator import mul

from proxy.detectors.behaviour.features import BUCKETS
from proxy.detectors.behaviour.linear import GRAM_SHARE
from tests.training.records import Record

FACT_PENALTY, GRAM_PENALTY, BIAS_PENALTY = 2.0, 3.0, 0.01
FLAT, NEARLY_FLAT = 1e-8, 1e-4
"""For the weights that ship; for those that are read and thrown away."""
MOST_STEPS = 250
NOISE = 1e-12
"""Share of the loss below which a rise is rounding, not a wrong step."""
MEMORY = 12

Vector = list[float]


@dataclass(frozen=True, slots=True)
class Row:
    places: tuple[int, ...]
    """The facts' weights and the bias."""
    grams: tuple[int, ...]
    share: float
    sign: float
    weight: float


@dataclass(frozen=True, slots=True)
class Model:
    names: dict[str, int]
    """Where each fact's weight stands."""
    weights: Vector

    @property
    def bias(self) -> float:
        return self.weights[len(self.names) + BUCKETS]

    def fact(self, name: str) -> float:
        return self.weights[self.names[name]]

    def gram(self, bucket: int) -> float:
        return self.weights[len(self.names) + bucket]

    def score(self, record: Record) -> float:
        total = self.bias
        total += sum(self.fact(n) for n in record.facts if n in self.names)
        if record.grams:
            each = GRAM_SHARE / sqrt(len(record.grams))
            total += each * sum(self.gram(bucket) for bucket in record.grams)
        return total


def fit(records: Sequence[Record], flat: float = FLAT) -> Model:
    names = {
        n: at for at, n in enumerate(sorted({n for r in records for n in r.facts}))
    }
    rows = [_row(record, names) for record in records]
    penalty = [FACT_PENALTY] * len(names) + [GRAM_PENALTY] * BUCKETS + [BIAS_PENALTY]
    return Model(names, _minimise(rows, penalty, flat))


def _row(record: Record, names: dict[str, int]) -> Row:
    first = len(names)
    return Row(
        places=(*(names[n] for n in record.facts), first + BUCKETS),
        grams=tuple(first + bucket for bucket in record.grams),
        share=GRAM_SHARE / sqrt(len(record.grams)) if record.grams else 0.0,
        sign=1.0 if record.clarifying else -1.0,
        weight=record.weight,
    )


def _loss(rows: Sequence[Row], penalty: Vector, w: Vector) -> tuple[float, Vector]:
    """The loss and its slope."""
    at = w.__getitem__
    slope = list(map(mul, penalty, w))
    loss = _dot(slope, w) / 2
    for row in rows:
        z = sum(map(at, row.places)) + row.share * sum(map(at, row.grams))
        margin = row.sign * z
        tail = exp(-abs(margin))
        loss += row.weight * (log1p(tail) + max(-margin, 0.0))
        push = (tail if margin > 0 else 1.0) / (1 + tail)
        pull = -row.weight * row.sign * push
        for place in row.places:
            slope[place] += pull
        pull *= row.share
        for place in row.grams:
            slope[place] += pull
    return loss, slope


def _minimise(rows: Sequence[Row], penalty: Vector, flat: float) -> Vector:
    w = [0.0] * len(penalty)
    loss, slope = _loss(rows, penalty, w)
    steps: list[tuple[Vector, Vector]] = []
    for _ in range(MOST_STEPS):
        if max(map(abs, slope)) < flat:
            break
        way = _direction(slope, steps)
        size = 1.0 if steps else 1 / max(1.0, sqrt(_dot(slope, slope)))
        gain = _dot(slope, way)
        while True:
            there = [a - size * b for a, b in zip(w, way, strict=True)]
            loss_there, slope_there = _loss(rows, penalty, there)
            if loss_there <= loss - 1e-4 * size * gain + NOISE * loss or size < 1e-3:
                break
            size /= 2
        moved = [a - b for a, b in zip(there, w, strict=True)]
        turned = [a - b for a, b in zip(slope_there, slope, strict=True)]
        if _dot(moved, turned) > 0:
            steps = [*steps[1 - MEMORY :], (moved, turned)]
        w, loss, slope = there, loss_there, slope_there
    return w


def _direction(slope: Vector, steps: Sequence[tuple[Vector, Vector]]) -> Vector:
    """The two loops of L-BFGS (Nocedal and Wright, algorithm 7.4)."""
    way = list(slope)
    back = []
    for moved, turned in reversed(steps):
        rho = 1 / _dot(moved, turned)
        alpha = rho * _dot(moved, way)
        way = [a - alpha * b for a, b in zip(way, turned, strict=True)]
        back.append((alpha, rho))
    if steps:
        moved, turned = steps[-1]
        scale = _dot(moved, turned) / _dot(turned, turned)
        way = [scale * a for a in way]
    for (moved, turned), (alpha, rho) in zip(steps, reversed(back), strict=True):
        beta = alpha - rho * _dot(turned, way)
        way = [a + beta * b for a, b in zip(way, moved, strict=True)]
    return way


def _dot(a: Vector, b: Vector) -> float:
    return sum(map(mul, a, b))
