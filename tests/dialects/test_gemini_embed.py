import pytest

from proxy.model.exchange import Exchange, Usage
from tests.dialects.wire import exchange

BATCH = "/v1beta/models/embedding-1:batchEmbedContents"
PREDICT = "/v1/publishers/google/models/embedding-1:predict"


def told(target: str, response: object, **given: int) -> Exchange:
    return exchange(target, {"requests": []}, response, **given)


def test_embeddings_without_usage_say_nothing_of_it() -> None:
    read = told(BATCH, {"embeddings": [{"values": [0.1] * 30}]})
    assert (read.operation, read.request_model) == ("embeddings", "embedding-1")
    assert read.usage == Usage()


def test_newer_embeddings_count_their_input() -> None:
    read = told(BATCH, {"usageMetadata": {"promptTokenCount": 7}})
    assert read.usage == Usage(input_tokens=7, input_tokens_incl_cache=7)


@pytest.mark.parametrize("three", [3, 3.0])
def test_predicted_embeddings_count_each_text(three: float) -> None:
    counts = [{"statistics": {"token_count": n}, "values": [0.5]} for n in (three, 4)]
    read = told(PREDICT, {"predictions": [{"embeddings": one} for one in counts]})
    assert (read.operation, read.usage.input_tokens) == ("embeddings", 7)


def test_other_predictions_are_not_guessed_at() -> None:
    read = told(PREDICT, {"predictions": [{"bytesBase64Encoded": "aGk="}]})
    assert (read.operation, read.usage) == ("other", Usage())
