"""Another model behind the same name."""

from typing import Any

from proxy.detectors.identity import NAMES, Identities
from proxy.model.exchange import ExchangeError
from tests.make import make_exchange


def told(*answers: dict[str, Any], route: str = "openai") -> list[tuple[str, object]]:
    known = Identities()
    found = []
    for answer in answers:
        found += known.read(make_exchange(**answer), route, 1.0)
    return [(signal.name, signal.value) for signal in found]


def test_first_answer_is_no_change() -> None:
    assert told({"response_model": "m-1", "fingerprint": "f1"}) == []


def test_other_model_is_told_once() -> None:
    one, two = {"response_model": "m-1"}, {"response_model": "m-2"}
    assert told(one, two, two) == [("model_changed", "m-2")]


def test_other_fingerprint_is_told() -> None:
    one = {"response_model": "m-1", "fingerprint": "f1"}
    assert told(one, {**one, "fingerprint": "f2"}) == [("fingerprint_changed", "f2")]


def test_silence_about_the_model_is_no_change() -> None:
    one = {"response_model": "m-1", "fingerprint": "f1"}
    assert told(one, {}, one) == []


def test_error_says_nothing_of_the_model() -> None:
    error = ExchangeError(500, None, None, None, False, "provider_error")
    one = {"response_model": "m-1"}
    assert told(one, {"response_model": "proxy", "error": error}, one) == []


def test_names_are_apart_by_route_and_request() -> None:
    known = Identities()
    for route, asked, answered in (("a", "m", "1"), ("b", "m", "2"), ("a", "n", "3")):
        exchange = make_exchange(request_model=asked, response_model=answered)
        assert known.read(exchange, route, 1.0) == []


def test_memory_is_bounded() -> None:
    known = Identities()
    for number in range(NAMES + 10):
        known.read(make_exchange(request_model=f"m{number}"), "a", 1.0)
    assert len(known.known) == NAMES
