import pytest

from proxy.dialects.ndjson import NdjsonDecoder

LINES = b'{"a":1}\r\n\n  {"b":"\xe2\x80\xa8"}\n{"c":3}'


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_lines_are_the_same_however_they_are_cut(size: int) -> None:
    decoder = NdjsonDecoder()
    events = []
    for start in range(0, len(LINES), size):
        events += decoder.feed(LINES[start : start + size])
    events += decoder.flush()
    texts = [data for _, data in events]
    assert texts == [b'{"a":1}', b'{"b":"\xe2\x80\xa8"}', b'{"c":3}']


def test_a_line_is_no_event_before_its_end() -> None:
    decoder = NdjsonDecoder()
    assert decoder.feed(b'{"a":1}') == []
    assert decoder.feed(b"\n") == [("", b'{"a":1}')]
    assert decoder.flush() == []
