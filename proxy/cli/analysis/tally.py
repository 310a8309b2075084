"""What many conversations come to: behaviours, and rates with their intervals."""

from collections import Counter
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

from proxy.cli.analysis import view
from proxy.cli.analysis.conversations import Conversation
from proxy.scoring import accuracy, conversations
from proxy.scoring.rates import FEWEST, Counts, Rate, rate


@dataclass(slots=True)
class Tally:
    conversations: int = 0
    without_reply: int = 0
    behaviours: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    episodes: Counter[str] = field(default_factory=Counter)
    first_episodes: Counter[str] = field(default_factory=Counter)
    """The first of each conversation: one conversation is one observation."""
    corrections: int = 0
    broken: int = 0

    def add(self, one: Conversation) -> None:
        self.conversations += 1
        self.corrections += one.correction
        if one.reading is None:
            self.without_reply += 1
        else:
            self.behaviours[one.reading.behaviour] += 1
            self.languages[one.reading.language] += 1
        self.episodes.update(episode.outcome for episode in one.episodes)
        if one.episodes:
            self.first_episodes[one.episodes[0].outcome] += 1

    def rates(self) -> dict[str, Rate]:
        asked = conversations.first_replies(self.behaviours)
        ended = conversations.episodes(self.first_episodes)
        measured = conversations.is_english(self.languages)
        known = accuracy.of("clarifying", "all") if measured else None
        return {
            "clarifying": rate(asked["clarifying"], known),
            "refusal": rate(asked["refusal"]),
            "recovery": rate(ended["recovery"]),
            "false_success": rate(ended["false_success"]),
            "corrected_by_user": rate(Counts(self.corrections, self.conversations)),
        }

    def show(self, console: Console) -> None:
        if not self.conversations:
            console.print("no conversation could be read")
            return
        table = view.new("last replies")
        table.add_column("behaviour", no_wrap=True, ratio=3)
        table.add_column("conversations", justify="right", no_wrap=True)
        for name, n in self.behaviours.most_common():
            table.add_row(name, str(n))
        if self.without_reply:
            table.add_row("(the user had the last word)", str(self.without_reply))
        console.print(table)
        table = view.new("rates, one conversation one observation")
        table.add_column("rate", no_wrap=True, ratio=2)
        table.add_column("", no_wrap=True, ratio=4)
        for name, found in self.rates().items():
            table.add_row(name, Text(told(found)))
        console.print(table)
        for name, n in self.episodes.most_common():
            console.print(Text(f"tool errors    {n} episodes {name}"))
        if self.broken:
            console.print(Text(f"broken lines   {self.broken}, named on stderr"))


def told(found: Rate) -> str:
    """In words: never a number where there are too few observations for one."""
    n = found.denominator
    counted = f"{found.numerator} of {n}"
    if found.censored:
        counted += f", {found.censored} with no end seen"
    if found.state == "insufficient" or found.low is None or found.high is None:
        return f"insufficient: {counted}; it takes {FEWEST}"
    within = f"{found.low:.1%} to {found.high:.1%}"
    corrected = ", corrected for the detector's errors" if found.is_corrected else ""
    if found.point is None:
        return f"between {within} ({counted}{corrected})"
    return f"{found.point:.1%}, 95 % within {within} ({counted}{corrected})"
