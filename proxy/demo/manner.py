"""How the model behaves, in one line: rates with their intervals, or why there are none."""

from proxy.demo.figures import Figures
from proxy.scoring import conversations
from proxy.scoring.rates import Rate, rate

SHOWN = {"clarifying": "asks", "refusal": "refuses", "recovery": "recovers"}


def rates(figures: Figures) -> dict[str, Rate]:
    """As observed; `/api/v1/rates` corrects for the detector's own error."""
    counts = conversations.first_replies(figures.first_replies)
    counts |= conversations.episodes(figures.episodes)
    return {name: rate(counts[name]) for name in SHOWN}


def line(figures: Figures) -> str:
    return ", ".join(
        f"{SHOWN[name]} {told(found)}" for name, found in rates(figures).items()
    )


def told(found: Rate) -> str:
    if found.state == "insufficient" or found.low is None or found.high is None:
        return f"? ({found.denominator} seen)"
    return f"{found.low:.0%} to {found.high:.0%} (n {found.denominator})"
