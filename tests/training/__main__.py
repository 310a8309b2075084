"""`python -m tests.training [FOLDER] [--write] [--domains] [--behaviours]`.

Trains and reads the model on sources it has not seen. `--write` replaces the weights,
`--domains` reads the templates of each domain by a model that has seen none of it,
`--behaviours` reads the shipped classifier's other behaviours on the labelled replies.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.training.behaviours import behaviour_lines
from tests.training.data import FOLDER
from tests.training.figures import lines
from tests.training.records import load, made
from tests.training.training import by_domain, by_source, encode, left_out, weights

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
    if "--domains" in arguments:
        said = left_out(templates, labelled, by_domain)
        print(*lines("templates, leave one domain out", templates, said), sep="\n")
    if "--behaviours" in arguments:
        print(*behaviour_lines(labelled), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
