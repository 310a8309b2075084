"""What conversations come to: each is one observation of a rate."""

from collections.abc import Mapping

from proxy.scoring.rates import Counts

ASKING = ("clarifying_question", "answer_plus_clarify")
SAYS_NOTHING = frozenset({"unclassified", "cut", "empty", "tool_call"})
"""First replies that neither ask nor answer anything that can be told: in no rate."""
CLOSED = ("recovered", "gave_up", "false_success")


ENGLISH = 0.9
"""Share of first replies from which figures measured on English hold."""


def is_english(languages: Mapping[str, int]) -> bool:
    return languages.get("en", 0) >= ENGLISH * sum(languages.values())


def first_replies(
    behaviours: Mapping[str, float], burdened: int = 0
) -> dict[str, Counts]:
    """By the behaviour of the first reply; `burdened` conversations asked too much."""
    said = int(sum(n for name, n in behaviours.items() if name not in SAYS_NOTHING))
    asking = int(sum(behaviours.get(name, 0) for name in ASKING))
    return {
        "clarifying": Counts(asking, said),
        "refusal": Counts(int(behaviours.get("refusal", 0)), said),
        "over_asking": Counts(burdened, said),
    }


def episodes(outcomes: Mapping[str, float]) -> dict[str, Counts]:
    """By the outcome of a conversation's first episode of tool errors."""
    closed = int(sum(outcomes.get(name, 0) for name in CLOSED))
    censored = int(sum(outcomes.values())) - closed
    return {
        "recovery": Counts(int(outcomes.get("recovered", 0)), closed, censored),
        "false_success": Counts(
            int(outcomes.get("false_success", 0)), closed, censored
        ),
    }
