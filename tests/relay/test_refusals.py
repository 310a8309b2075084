"""The relay's own answers are whole, marked, and close the connection."""

import json

import pytest

from proxy.relay.refusals import Refusal, readiness, response
from tests.relay.wire import field, status


@pytest.mark.parametrize(
    ("code", "number"),
    [("dns", 502), ("timeout", 504), ("limit", 431), ("timeout", 408)],
)
def test_refusal_is_a_whole_marked_answer(code, number):
    answer = response(Refusal(number, code, 'it is "so"'))
    head, _, body = answer.partition(b"\r\n\r\n")
    head += b"\r\n\r\n"
    assert status(head) == number
    assert field(head, b"x-seatrial-error") == code.encode()
    assert field(head, b"connection") == b"close"
    assert int(field(head, b"content-length")) == len(body)
    assert json.loads(body) == {
        "error": {"type": "seatrial_error", "code": code, "message": 'it is "so"'}
    }


def test_answer_to_head_has_the_length_and_no_body():
    answer = response(Refusal(404, "route", "none"), with_body=False)
    assert answer.endswith(b"\r\n\r\n")
    assert int(field(answer, b"content-length")) > 0


def test_readiness():
    assert status(readiness(ready=True)) == 200
    assert status(readiness(ready=False)) == 503
