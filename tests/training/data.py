"""Where the labelled replies are; they are no part of the project."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("SEATRIAL_DATA", ROOT.parent / "shared/data")) / "clarify"
