"""`python -m tests.training [FOLDER] [--write]`: train, read on unseen sources, write the weights."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.training.data import FOLDER
from tests.training.figures import lines
from tests.training.records import load, made
from tests.training.training import by_source, encode, left_out, weights

WEIGHTS = Path(__file__).resolve().parents[2] / "proxy/detectors/behaviour/weights.json"


def main(arguments: Sequence[str]) -> None:
    folders = [Path(a) for a in arguments if not a.startswith("--")]
    labelled, templates = load(folders[0] if folders else FOLDER), made()
    print(f"{len(labelled)} labelled replies, {len(templates)} templates")
    if "--write" in arguments:
        WEIGHTS.write_bytes(encode(weights(labelled, templates)))
        print(f"wrote {WEIGHTS.name}, {WEIGHTS.stat().st_size} bytes")
    said = left_out(labelled, templates, by_source)
    print(*lines("leave one source out", labelled, said), sep="\n")
    rules = [record.asks for record in labelled]
    print(*lines("rules alone (written beside these data)", labelled, rules), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
