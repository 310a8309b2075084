"""Each wire shape against the simulation, which the official SDKs read."""

from urllib.parse import parse_qsl

import pytest

from proxy.demo.scripts import READ_LOG
from proxy.demo.shapes import SHAPES, Reply, Shape
from proxy.simulate import Behaviour
from proxy.simulate.responder import Request, Responder

EVERY_SHAPE = pytest.mark.parametrize(
    "shape", [pytest.param(shape, id=type(shape).__name__) for shape, _ in SHAPES]
)
STREAMED_OR_NOT = pytest.mark.parametrize(
    "stream", [pytest.param(False, id="whole"), pytest.param(True, id="streamed")]
)


def asked(shape: Shape, behaviour: str, history: list[dict], stream: bool) -> Reply:
    """What the simulation replies to the history."""
    call = shape.call(history, [READ_LOG], stream)
    path, _, query = call.target.partition("?")
    request = Request(
        call.method,
        call.target,
        path,
        dict(parse_qsl(query)),
        {name.lower(): value for name, value in call.headers},
        call.body,
    )
    answer = (
        Responder(Behaviour(behaviours={behaviour: 1.0}), ()).decide(request).answer
    )
    assert answer.status == 200, answer.body
    assert answer.streamed == stream
    return shape.read(answer.body, stream)


@EVERY_SHAPE
@STREAMED_OR_NOT
def test_an_answer_goes_on_the_history_and_is_understood(
    shape: Shape, stream: bool
) -> None:
    history = [shape.said("My build fails.")]
    reply = asked(shape, "answer", history, stream)
    assert reply.calls == ()
    history += [*reply.messages, shape.said("And now?")]
    assert asked(shape, "answer", history, stream).messages


@EVERY_SHAPE
@STREAMED_OR_NOT
def test_a_tool_call_is_found_and_its_result_is_understood(
    shape: Shape, stream: bool
) -> None:
    history = [shape.said("Read the log.")]
    reply = asked(shape, "tool_call", history, stream)
    assert {call.name for call in reply.calls} == {"read_log"}
    history += reply.messages
    history += [shape.result(call, "all quiet") for call in reply.calls]
    assert asked(shape, "answer", history, stream).calls == ()


@EVERY_SHAPE
def test_an_error_is_no_reply(shape: Shape) -> None:
    with pytest.raises((LookupError, ValueError, TypeError)):
        shape.read(b'{"error": {"message": "overloaded"}}', False)
