"""Dialects are told by path, then by host."""

import gzip
import json
import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy import settings
from proxy.dialects.choosing import chosen, dialect
from proxy.export.catalog import DIALECTS, OTHER

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("SEATRIAL_DATA", ROOT.parent / "shared/data")) / "wire/dev"
AZURE = b"/openai/deployments/gpt/chat/completions?api-version=2024-06-01"
VERTEX = b"/v1/projects/p/locations/l/publishers"
ARN = b"/model/arn%3Aaws%3Abedrock%3A%3Afoundation-model%2Fx/invoke"


@pytest.mark.parametrize(
    ("target", "host", "expected"),
    [
        (b"/v1/chat/completions", "api.openai.com", "openai.chat"),
        (b"/chat/completions", "127.0.0.1:8000", "openai.chat"),
        (AZURE, "x.openai.azure.com", "openai.chat"),
        (b"/v1beta/openai/chat/completions", "google", "openai.chat"),
        (b"/v1/completions", "api.openai.com", "openai.completions"),
        (b"/v1/completions", "api.writer.com", "writer.completions"),
        (b"/v1/embeddings", "api.openai.com", "openai.embeddings"),
        (b"/openai/v1/responses", "api.groq.com", "openai.responses"),
        (b"/v1/responses/input_tokens", "api.openai.com", "other"),
        (b"/v1/messages", "api.anthropic.com", "anthropic.messages"),
        (b"/v1/messages?beta=true", "api.anthropic.com", "anthropic.messages"),
        (b"/v1/messages/count_tokens", "api.anthropic.com", "other"),
        (b"/v1/threads/thread_1/messages", "api.openai.com", "other"),
        (
            VERTEX + b"/anthropic/models/c:streamRawPredict",
            "aiplatform",
            "anthropic.messages",
        ),
        (VERTEX + b"/mistral/models/m:rawPredict", "aiplatform", "other"),
        (b"/v1beta/models/g:generateContent", "google", "gemini.generate_content"),
        (
            b"/v1beta/models/g:streamGenerateContent?alt=sse",
            "google",
            "gemini.generate_content",
        ),
        (b"/v1beta/models/g:batchEmbedContents", "google", "gemini.embed"),
        (b"/v1beta/models/g:countTokens", "google", "other"),
        (b"/api/chat", "127.0.0.1:11434", "ollama.chat"),
        (b"/api/embeddings", "127.0.0.1:11434", "ollama.embed"),
        (b"/v2/chat", "api.cohere.com", "cohere.chat"),
        (b"/v1/chat", "api.writer.com", "openai.chat"),
        (ARN, "bedrock", "bedrock.invoke"),
        (b"/model/m-v1%3A0/converse-stream", "bedrock", "bedrock.converse_stream"),
        (b"/serving-endpoints/chat/completions", "databricks", "openai.chat"),
        (b"/serving-endpoints/dbrx/invocations", "databricks", "openai.chat"),
        (b"/serving-endpoints/anthropic/v1/messages", "d", "anthropic.messages"),
        (b"/endpoints/mine/invocations", "sagemaker", "other"),
        (b"/api/v2/cortex/v1/chat/completions", "snowflake", "openai.chat"),
        (b"/client/v4/accounts/a/ai/v1/chat/completions", "cf", "openai.chat"),
        (b"/api/paas/v4/chat/completions", "z", "openai.chat"),
        (b"/groq/v1/chat/completions", "hf", "openai.chat"),
        (b"/v1/fim/completions", "mistral", "openai.chat"),
        (b"/v1/agents/completions", "mistral", "openai.chat"),
        (b"/v1beta/models/g%3AgenerateContent", "google", "gemini.generate_content"),
        (b"/converse", "elsewhere", "other"),
        (b"/", "elsewhere", "other"),
        (b"*", "elsewhere", "other"),
    ],
)
def test_a_target_has_a_dialect(target: bytes, host: str, expected: str) -> None:
    assert dialect("POST", target, f"https://{host}") == expected


def test_only_a_post_is_a_model_call() -> None:
    assert dialect("GET", b"/v1/chat/completions", None) == "other"


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("POST", b"/mine", "openai.chat"),
        ("POST", b"/v1/messages", "openai.chat"),
        ("POST", b"/v1/messages/count_tokens", "other"),
        ("GET", b"/v1/models", "other"),
    ],
)
def test_a_routes_own_dialect_holds_for_its_calls(
    method: str, target: bytes, expected: str
) -> None:
    assert chosen("openai.chat", method, target, None) == expected


@given(st.binary(max_size=200), st.none() | st.text(max_size=20))
def test_any_target_gets_a_known_dialect(target: bytes, upstream: str | None) -> None:
    assert dialect("POST", target, upstream) in DIALECTS


def test_the_recorded_corpus_is_guessed_right() -> None:
    files = sorted(CORPUS.glob("*.jsonl.gz"))
    if not files:
        pytest.skip(f"no recorded exchanges in {CORPUS}; set SEATRIAL_DATA")
    wrong = set()
    for file in files:
        with gzip.open(file) as lines:
            for row in map(json.loads, lines):
                asked = row["request"]
                upstream = "{0.scheme}://{0.netloc}".format(urlsplit(asked["url"]))
                guess = dialect(asked["method"], asked["path"].encode(), upstream)
                if guess != row["protocol"]:
                    wrong.add((guess, row["protocol"], asked["path"]))
    assert not wrong


def test_a_route_may_name_every_dialect_and_no_other() -> None:
    assert {*settings.DIALECTS, OTHER} == set(DIALECTS)
