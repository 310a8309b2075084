"""A line that a tool says on most calls is no error."""

from proxy.detectors.tools.habits import ENOUGH, LINES, TOOLS, Habits
from proxy.detectors.tools.recovery import Recovery
from tests.detectors.tools.talk import PRINTS, asked, called, gave

WARNING = "Error reporting: see the log\n" + "row of ordinary figures\n" * 3


def test_line_becomes_usual_when_most_results_hold_it() -> None:
    habits = Habits()
    told = [habits.is_usual(b"tool", b"line") for _ in range(ENOUGH)]
    assert told == [False] * (ENOUGH - 1) + [True]


def test_line_on_some_results_is_not_usual() -> None:
    habits = Habits()
    told = [habits.is_usual(b"tool", b"line" if n % 2 else None) for n in range(99)]
    assert not any(told)


def test_tools_have_habits_of_their_own() -> None:
    habits = Habits()
    for _ in range(ENOUGH):
        habits.is_usual(b"one", b"line")
    assert not habits.is_usual(b"two", b"line")


def test_memory_is_bounded() -> None:
    habits = Habits()
    for number in range(TOOLS + 9):
        habits.is_usual(b"%d" % number, b"line")
    for number in range(LINES + 9):
        habits.is_usual(b"tool", b"%d" % number)
    assert len(habits.tools) == TOOLS
    assert len(habits.tools[b"tool"].lines) == LINES


def test_habit_is_learnt_across_conversations() -> None:
    detector = Recovery(PRINTS)
    talk = (asked(), called("convert", n=1), gave(WARNING))
    found = [len(detector.read_whole(talk).errors) for _ in range(ENOUGH + 1)]
    assert found[0] == 1
    assert found[-1] == 0


def test_tool_that_says_nothing_but_its_error_never_gets_the_habit() -> None:
    detector = Recovery(PRINTS)
    talk = (asked(), called("convert", n=1), gave("Error: the service is down"))
    found = [len(detector.read_whole(talk).errors) for _ in range(2 * ENOUGH)]
    assert found == [1] * 2 * ENOUGH
