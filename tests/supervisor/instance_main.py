"""Runs a supervisor over stand-ins: the JSON in argv names them and the settings file."""

import json
import sys
from pathlib import Path

from proxy import logs
from proxy.settings.reader import read
from proxy.supervisor import Child, bind_sets, supervise, written

STANDIN = str(Path(__file__).with_name("standin.py"))


def main() -> int:
    spec = json.loads(sys.argv[1])

    def load():
        return read(Path(spec["settings"]), {})

    settings = load()
    logs.configure(settings.logging, "supervisor")
    children = [
        Child(
            name=child["name"],
            argv=(
                sys.executable,
                STANDIN,
                "--journal",
                spec["journal"],
                *child["args"],
            ),
            serves=child["serves"],
            silence_seconds=child["silence_seconds"],
            environment={"STANDIN": child["name"]},
        )
        for child in spec["children"]
    ]
    count = sum(child.serves for child in children) or 1
    listeners = bind_sets(settings.relay.listen, "relay.listen", count)
    print(
        json.dumps({"message": "bound", "address": written(listeners[0][0])}),
        file=sys.stderr,
    )
    return supervise(children, listeners, settings, load, b"secret")


if __name__ == "__main__":
    sys.exit(main())
