"""The `x-simulate` header."""

import pytest

from proxy.simulate.steering import Steering, parse


def test_every_key_is_read() -> None:
    text = (
        "behaviour=refusal, fault=cut; ttft=5ms,interval=1ms,"
        "chunks=7,retry_after=10ms,once=a"
    )
    assert parse(text) == Steering("refusal", "cut", 0.005, 0.001, 7, 0.01, "a")


def test_an_absent_header_leaves_everything_to_the_settings() -> None:
    assert parse("") == Steering()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("mood=good", "behaviour, fault", id="unknown key"),
        pytest.param("fault=fire", "rate_limited", id="unknown fault"),
        pytest.param("behaviour=sing", "clarifying_question", id="unknown behaviour"),
        pytest.param("chunks=0", "1 or more", id="no chunks"),
        pytest.param("ttft=5", "200ms", id="no unit"),
    ],
)
def test_a_wrong_header_says_what_is_right(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse(text)
