"""Failures that the model set out to see."""

import pytest

from proxy.detectors.tools.expected import expects_failure

EXPECTED = [
    ("python reproduce.py", ""),
    ("cd /srv && python3 repro_issue.py", ""),
    ("pytest tests", "Let me run it to confirm that the bug exists."),
    ("pytest tests", "This should fail now, before I change it."),
    ("node a.js", "First I reproduce the reported error."),
]
OPEN = [
    ("python main.py", "Let me run it."),
    ("cat > reproduce.py << EOF", ""),
    ("python reproduce.py", "I have fixed it; let me run it once more."),
    ("pytest tests", "Now check that the error no longer occurs."),
    ("python main.py", "I should verify my solution to the problem first."),
    ("python main.py", "I see the issue now. Let me correct the code."),
]


@pytest.mark.parametrize(("command", "text"), EXPECTED)
def test_expects_a_failure(command: str, text: str) -> None:
    assert expects_failure(command, text)


@pytest.mark.parametrize(("command", "text"), OPEN)
def test_expects_none(command: str, text: str) -> None:
    assert not expects_failure(command, text)
