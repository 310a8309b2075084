"""How the shipped classifier's behaviours compare with the labels, one line a behaviour."""

from collections import Counter
from collections.abc import Iterator, Sequence

from proxy.detectors.behaviour.classify import classify
from tests.training.figures import Share
from tests.training.records import Record
from tests.training.training import OF_KIND


def behaviour_lines(records: Sequence[Record]) -> Iterator[str]:
    """Asking is read in-sample here; `leave one source out` is its honest figure."""
    pairs = Counter((OF_KIND[r.kind], classify(r.reply).behaviour) for r in records)
    for name in sorted({name for pair in pairs for name in pair}):
        right = pairs[name, name]
        said = sum(n for (_, is_), n in pairs.items() if is_ == name)
        labelled = sum(n for (label, _), n in pairs.items() if label == name)
        yield f"  {name:20} precision {Share(said, right)!s:34} recall {Share(labelled, right)}"
