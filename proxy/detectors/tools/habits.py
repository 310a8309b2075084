"""What a tool says on most calls is no error: a memory per tool, bounded and wordless."""

from collections import OrderedDict
from dataclasses import dataclass, field

from proxy.conversations.fingerprints import Print

TOOLS = 512
LINES = 32
"""Of one tool; the one unseen for longest gives way."""
ENOUGH = 8
"""Results before a tool can have a habit."""
SHARE = 0.6


@dataclass(slots=True)
class Habit:
    results: int = 0
    lines: OrderedDict[Print, int] = field(default_factory=OrderedDict)


class Habits:
    """Kept by whoever reads many conversations."""

    def __init__(self) -> None:
        self.tools: OrderedDict[Print, Habit] = OrderedDict()

    def is_usual(self, tool: Print, line: Print | None) -> bool:
        """Counts one result of the tool, with the line that looks like an error."""
        habit = self.tools.setdefault(tool, Habit())
        self.tools.move_to_end(tool)
        if len(self.tools) > TOOLS:
            self.tools.popitem(last=False)
        habit.results += 1
        if line is None:
            return False
        seen = habit.lines.pop(line, 0) + 1
        habit.lines[line] = seen
        if len(habit.lines) > LINES:
            habit.lines.popitem(last=False)
        return habit.results >= ENOUGH and seen >= SHARE * habit.results
