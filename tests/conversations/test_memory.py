"""What is remembered is bounded, expires, and is counted when it goes."""

import gc
import tracemalloc

from proxy.conversations.caller import Caller
from proxy.conversations.memory import MOST_ALIKE, Limits, Memory
from proxy.conversations.stitcher import Stitcher
from proxy.model.exchange import Message
from tests.make import make_exchange

BYTES_EACH = 4_500
"""Of an open conversation of three exchanges; proxy/README.md states it."""


def talk(
    stitcher: Stitcher, name: str, now: float = 0.0, turns: int = 1, **given: str
) -> str | None:
    """One conversation of so many exchanges; the last one's parent."""
    messages: tuple[Message, ...] = ()
    parent = None
    for turn in range(turns):
        messages = (*messages, Message("user", f"{name} asks {turn}"))
        said = f"{name} hears {turn}"
        exchange = make_exchange(messages=messages, said=said, response_id=f"r{name}")
        placed = stitcher.place(f"{name}-{turn}", exchange, now, Caller(**given))
        messages = (*messages, Message("assistant", said))
        parent = placed.parent
    return parent


def is_empty(memory: Memory) -> bool:
    return not (memory.index or memory.open or memory.headers or memory.keys)


def test_silence_ends_a_conversation() -> None:
    stitcher = Stitcher(b"key", Limits(silence_seconds=60.0))
    talk(stitcher, "a", header="trip")
    stitcher.memory.forget(60.0)
    assert len(stitcher.memory.open) == 1
    stitcher.memory.forget(60.1)
    assert is_empty(stitcher.memory)
    assert stitcher.memory.forgotten.silent == 1


def test_speaking_keeps_a_conversation() -> None:
    stitcher = Stitcher(b"key", Limits(silence_seconds=60.0))
    talk(stitcher, "a", now=0.0, header="trip")
    talk(stitcher, "b", now=30.0, header="trip")
    assert talk(stitcher, "c", now=80.0, header="trip") == "b-0"


def test_a_full_memory_lets_the_most_silent_go() -> None:
    stitcher = Stitcher(b"key", Limits(conversations=2))
    for now, name in enumerate("abc"):
        talk(stitcher, name, float(now))
    assert [one.id for one in stitcher.memory.open] == ["b-0", "c-0"]
    assert stitcher.memory.forgotten.crowded == 1


def test_keys_are_bounded() -> None:
    stitcher = Stitcher(b"key", Limits(keys=50))
    for number in range(100):
        talk(stitcher, str(number))
    assert len(stitcher.memory.index) <= stitcher.memory.keys <= 50


def test_a_long_conversation_forgets_its_beginning() -> None:
    stitcher = Stitcher(b"key", Limits(keys_each=10))
    assert talk(stitcher, "a", turns=30) == "a-28"
    assert stitcher.memory.keys == 10
    assert stitcher.memory.forgotten.keys > 0


def test_alike_exchanges_are_bounded() -> None:
    stitcher = Stitcher(b"key")
    for _ in range(3 * MOST_ALIKE):
        talk(stitcher, "a")
    assert max(map(len, stitcher.memory.index.values())) == MOST_ALIKE


def test_nothing_is_left_of_what_was_forgotten() -> None:
    stitcher = Stitcher(b"key")
    for number in range(50):
        talk(stitcher, str(number % 20), turns=3, header=f"trip {number}")
    stitcher.memory.forget(1e9)
    assert is_empty(stitcher.memory)


def test_no_text_is_kept() -> None:
    stitcher = Stitcher(b"key")
    talk(stitcher, "a secret", header="private", credential="cred:1234")
    memory = stitcher.memory
    (conversation,) = memory.open
    node = conversation.latest
    kept = repr([list(memory.index), list(memory.headers), conversation.header])
    fields = type(node).__slots__
    kept += repr([getattr(node, name) for name in fields if "conv" not in name])
    assert not any(word in kept for word in ("asks", "hears", "private", "cred:"))


def test_an_open_conversation_costs_what_is_stated() -> None:
    stitcher = Stitcher(b"key")
    gc.collect()
    tracemalloc.start()
    for number in range(1_000):
        talk(stitcher, f"conversation {number}", turns=3)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert BYTES_EACH / 2 < held / 1_000 < BYTES_EACH
