"""What is to be embedded is read in every dialect, so that a resend is recognised."""

import pytest

from tests.dialects.wire import exchange

TEXTS = ["the harbour", "the pier"]
PARTS = [{"parts": [{"text": text}]} for text in TEXTS]
VERTEX = "/v1/projects/p/locations/l/publishers/google/models/e:predict"


@pytest.mark.parametrize(
    ("target", "request_"),
    [
        pytest.param("/v1/embeddings", {"input": TEXTS}, id="openai"),
        pytest.param(
            "/v1beta/models/e:batchEmbedContents",
            {"requests": [{"content": part} for part in PARTS]},
            id="gemini",
        ),
        pytest.param(
            VERTEX, {"instances": [{"content": text} for text in TEXTS]}, id="vertex"
        ),
        pytest.param("/api/embed", {"input": TEXTS}, id="ollama"),
        pytest.param("/v1/embed", {"texts": TEXTS}, id="cohere"),
        pytest.param(
            "/v2/embed",
            {"inputs": [{"content": [{"type": "text", "text": t}]} for t in TEXTS]},
            id="cohere v2",
        ),
        pytest.param(
            "/model/cohere.embed-v3/invoke", {"texts": TEXTS}, id="bedrock, cohere"
        ),
    ],
)
def test_every_text_is_a_message(target: str, request_: object) -> None:
    read = exchange(target, request_, {})
    assert [message.text for message in read.messages] == TEXTS


@pytest.mark.parametrize(
    ("target", "request_"),
    [
        pytest.param("/v1beta/models/e:embedContent", {"content": PARTS[0]}, id="one"),
        pytest.param("/api/embeddings", {"prompt": TEXTS[0]}, id="ollama, old"),
        pytest.param("/api/embed", {"input": TEXTS[0]}, id="ollama"),
        pytest.param("/model/t.embed/invoke", {"inputText": TEXTS[0]}, id="titan"),
    ],
)
def test_one_text_is_one_message(target: str, request_: object) -> None:
    (message,) = exchange(target, request_, {}).messages
    assert message.text == TEXTS[0]


def test_token_numbers_are_no_text() -> None:
    assert exchange("/v1/embeddings", {"input": [[1, 2]]}, {}).messages == ()
