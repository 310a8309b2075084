from proxy.model.exchange import Exchange, Message, Usage
from tests.dialects.wire import events, exchange

ASKED = {"model": "palmyra", "prompt": "hi"}


def told(response: object, kind: str = "json") -> Exchange:
    writer = "https://api.writer.com"
    return exchange("/v1/completions", ASKED, response, kind=kind, upstream=writer)


def test_an_answer_has_text_and_no_usage() -> None:
    read = told({"model": "palmyra-x", "choices": [{"text": "hey"}]})
    assert (read.dialect, read.operation) == ("writer.completions", "text_completion")
    assert (read.text, read.response_model, read.usage) == ("hey", "palmyra-x", Usage())
    assert (read.messages, read.finish_reasons) == ((Message("user", "hi"),), ())


def test_a_stream_never_tells_its_end() -> None:
    read = told(events({"value": "he"}, {"value": "y"}), kind="sse")
    assert (read.text, read.events, read.stream_complete) == ("hey", 2, False)
