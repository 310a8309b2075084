"""A conversation is let go by the id its client gave it, and no other with it."""

from proxy.conversations.caller import Caller
from proxy.conversations.forgetting import Gone, forget, is_open
from proxy.conversations.stitcher import Stitcher
from proxy.model.exchange import Message
from tests.make import make_exchange


def placed(stitcher: Stitcher, id: str, header: str | None, *words: str) -> str:
    roles = ("user", "assistant")
    messages = tuple(Message(roles[n % 2], text) for n, text in enumerate(words))
    exchange = make_exchange(messages=messages, said="yes")
    return stitcher.place(id, exchange, 0.0, Caller(header=header)).conversation


def test_all_of_its_exchanges_go() -> None:
    stitcher = Stitcher(b"key")
    placed(stitcher, "1", "a", "hello")
    placed(stitcher, "2", "a", "hello", "yes", "and?")
    placed(stitcher, "3", "b", "hello")
    assert forget(stitcher, "a") == Gone("1", ("1", "2"))
    assert not is_open(stitcher, "a")
    assert is_open(stitcher, "b")
    assert list(stitcher.memory.open) == [
        stitcher.memory.headers[key] for key in stitcher.memory.headers
    ]


def test_what_comes_after_begins_anew() -> None:
    stitcher = Stitcher(b"key")
    placed(stitcher, "1", "a", "hello")
    forget(stitcher, "a")
    assert placed(stitcher, "2", "a", "hello", "yes", "and?") == "2"


def test_nothing_is_known_of_another_id() -> None:
    stitcher = Stitcher(b"key")
    placed(stitcher, "1", None, "hello")
    assert forget(stitcher, "a") is None
    assert not is_open(stitcher, "")
