"""What the demo's users say: made-up conversations of several turns. Data, no logic."""

from dataclasses import dataclass

from proxy.demo.shapes import Tool


@dataclass(frozen=True, slots=True)
class Script:
    """`turns` are the user's messages in order; `findings` answer tool calls in turn."""

    turns: tuple[str, ...]
    tools: tuple[Tool, ...] = ()
    findings: tuple[str, ...] = ()


def tool(name: str, description: str, **fields: str) -> Tool:
    """A tool whose fields are all text and all required."""
    properties = {
        key: {"type": "string", "description": text} for key, text in fields.items()
    }
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(fields),
        "additionalProperties": False,
    }
    return Tool(name, description, schema)


READ_LOG = tool("read_log", "Read the end of a service's log.", service="Its name")
RUN_TESTS = tool("run_tests", "Run the tests below a folder.", folder="Path")
FIND_CLAUSE = tool("find_clause", "Find a clause of the contract.", heading="Heading")
LOOK_UP_DOSE = tool("look_up_dose", "Read the formulary.", drug="Generic name")
SEARCH_PAPERS = tool("search_papers", "Search an index of papers.", query="Key words")

SCRIPTS = (
    Script(
        (
            "Our nightly build started to time out last week. The server log ends in a "
            "traceback from the retry loop. Where do I look first?",
            "It is Python 3.12, and the timeout is 30 seconds. What would you change?",
            "Write the test that shows the bug before the fix.",
        ),
        (READ_LOG, RUN_TESTS),
        ("23:04 retry 5 of 5 failed: lock held by pid 811", "2 failed, 118 passed"),
    ),
    Script(
        (
            "Make the cache faster.",
            "The one in front of the price api. Reads are fine, writes are slow.",
        ),
    ),
    Script(
        (
            "Please review this function: it parses a release tag and returns a tuple.",
            "Would you split it? It has grown to forty lines of code.",
            "And which error should it raise for a tag without a number?",
            "Good. Summarise what we decided for the pull request.",
        ),
        (RUN_TESTS,),
        ("31 passed",),
    ),
    Script(
        (
            "A patient was discharged with two drugs of the same class. How do I word "
            "the note to the clinic?",
            "She reports no pain and no other symptoms.",
            "Which dose should the follow-up plan name?",
        ),
        (LOOK_UP_DOSE,),
        ("Adults: 5 mg once a day; halve it below 50 kg.",),
    ),
    Script(
        (
            "Explain this medication list to somebody who is not a nurse.",
            "Shorter, please, and without Latin.",
        ),
    ),
    Script(
        (
            "Does the notice clause of this contract bind the tenant after renewal?",
            "The court of first instance said no. Draft an appeal in three points.",
            "What evidence would the other party bring?",
        ),
        (FIND_CLAUSE,),
        ("Clause 14.2: notice shall be given in writing sixty days before expiry.",),
    ),
    Script(
        (
            "Draft a confidentiality agreement.",
            "Between two companies, for talks about a licence, two years.",
        ),
    ),
    Script(
        (
            "We measured the sample three times and the effect vanished in the last "
            "run. Is the hypothesis dead?",
            "The data are in two files, one per instrument. How do I compare them?",
            "Suggest an experiment that could decide it.",
        ),
        (SEARCH_PAPERS,),
        ("4 papers found; two report the same drift after six hours.",),
    ),
)
