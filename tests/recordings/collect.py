"""Makes the golden recordings of this folder from a run before the local model.

    seatrial demo --model --for 45s --keep RUN
    python tests/recordings/collect.py RUN/recordings

Of each way of asking it keeps two exchanges, with the addresses of that run replaced.
"""

import base64
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
KEPT = 2
ADDRESS = re.compile(r"127\.0\.0\.1:\d+")
NEUTRAL = "model.test"

Row = dict[str, Any]


def main(folder: Path) -> None:
    kept: dict[str, list[Row]] = defaultdict(list)
    for row in rows(folder):
        if len(kept[kind(row)]) < KEPT:
            kept[kind(row)].append(cleaned(row))
    for name, some in kept.items():
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in some)
        (HERE / f"smollm2-{name}.jsonl").write_text(lines)
        print(f"{name}: {len(some)} exchanges, {len(lines)} bytes")


def rows(folder: Path) -> Iterator[Row]:
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            yield json.loads(line)


def kind(row: Row) -> str:
    """The file it belongs to, named by what is special about it."""
    if row["response"]["status"] != 200:
        return f"error-{row['response']['status']}"
    if row["seatrial"]["outcome"] == "client_gone":
        return "client-gone"
    name = str(row["protocol"]).replace(".", "-")
    if not row["streaming"]:
        return name
    asked = json.loads(base64.b64decode(row["request"]["body_b64"]))
    return f"{name}-stream-usage" if "stream_options" in asked else f"{name}-stream"


def cleaned(row: Row) -> Row:
    """Without the ports of that run; bodies are left as they were."""
    found: Row = json.loads(ADDRESS.sub(NEUTRAL, json.dumps(row)))
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
