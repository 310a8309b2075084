"""Train the behaviour model, and read it on sources it has not seen."""

from collections.abc import Callable, Sequence

import msgspec

from proxy.detectors.behaviour.english import ENGLISH
from proxy.detectors.behaviour.features import BUCKETS
from proxy.detectors.behaviour.linear import THRESHOLD, UNIT, logistic
from proxy.detectors.behaviour.moves import BEHAVIOURS, move
from proxy.detectors.behaviour.normalise import prose
from proxy.detectors.behaviour.view import view
from proxy.detectors.weights import BehaviourWeights
from proxy.model.behaviour import Behaviour
from tests.training.fit import NEARLY_FLAT, Model, fit
from tests.training.records import Record

VERSION = "1"
NEARLY = 0.999
"""No share is stated as certain; a thousand replies do not show that."""
OF_KIND: dict[str, Behaviour] = {
    **dict(BEHAVIOURS.items()),
    "summary": "answer",
    "quoted_question": "answer",
}


def predict(model: Model, record: Record, silent: float) -> bool:
    """As `classify` decides it."""
    chance = silent if record.silent else logistic(model.score(record))
    return chance > THRESHOLD


def left_out(
    records: Sequence[Record], others: Sequence[Record], key: Callable[[Record], str]
) -> list[bool]:
    """Each record's prediction by a model that has seen nothing with the record's key."""
    said = [False] * len(records)
    for out in sorted({key(r) for r in records}):
        seen = [r for r in (*records, *others) if key(r) != out]
        model = fit(seen, NEARLY_FLAT)
        silent = share([r for r in seen if r.silent])
        for at, record in enumerate(records):
            if key(record) == out:
                said[at] = predict(model, record, silent)
    return said


def weights(
    labelled: Sequence[Record], templates: Sequence[Record]
) -> BehaviourWeights:
    """The weights of a model that has seen everything."""
    records = [*labelled, *templates]
    model = fit(records)
    return BehaviourWeights(
        version=VERSION,
        bias=_rounded(model.bias),
        facts={n: _rounded(model.fact(n)) for n in sorted(model.names)},
        grams=[_rounded(model.gram(bucket)) for bucket in range(BUCKETS)],
        silent=share([r for r in records if r.silent]),
        asks=share([r for r in records if r.asks]),
        none=share([r for r in records if not r.asks]),
        precision=_precision(records),
    )


def encode(made: BehaviourWeights) -> bytes:
    """One entry a line where it is short, so that a change can be read."""
    return msgspec.json.format(msgspec.json.encode(made), indent=0) + b"\n"


def share(records: Sequence[Record]) -> float:
    """The weighted share of clarifying ones, by the rule of succession."""
    total = sum(r.weight for r in records)
    part = sum(r.weight for r in records if r.clarifying)
    return round((part + 1) / (total + 2), 3)


def _precision(records: Sequence[Record]) -> dict[str, float]:
    """How often the rules' behaviour is right where the reply does not ask."""
    named: dict[str, list[float]] = {}
    for record in records:
        if record.clarifying:
            continue
        said = BEHAVIOURS[
            move(view(record.reply, prose(record.reply.text), ENGLISH), ENGLISH)
        ]
        part, total = named.setdefault(said, [0.0, 0.0])
        hit = said == OF_KIND[record.kind]
        named[said] = [part + record.weight * hit, total + record.weight]
    return {
        behaviour: round(min(NEARLY, (part + 1) / (total + 2)), 3)
        for behaviour, (part, total) in sorted(named.items())
    }


def _rounded(weight: float) -> int:
    return round(weight * UNIT)


def by_source(record: Record) -> str:
    return record.source


def by_domain(record: Record) -> str:
    return record.domain
