"""Nothing that names or admits a person is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.monitor.redaction import REDACTED, header, url

SECRET = "s3cr3t"


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "proxy-authorization", "X-Api-Key", "api-key", "apikey"),
        *("x-goog-api-key", "X-Amz-Security-Token", "Cookie", "set-cookie"),
        *("openai-organization", "OpenAI-Project", "chatgpt-account-id"),
        *("x-auth-token", "x-functions-key", "ocp-apim-subscription-key"),
        *("www-authenticate", "x-seatrial-run", "x-" + "y" * 100 + "-secret"),
    ],
)
def test_private_headers_are_redacted(name: str) -> None:
    assert header(name, SECRET) == REDACTED


@pytest.mark.parametrize(
    "name",
    [
        *("Content-Type", "x-ratelimit-remaining-tokens", "x-request-id"),
        *("anthropic-version", "idempotency-key", "x-stainless-lang"),
    ],
)
def test_other_headers_are_kept(name: str) -> None:
    assert header(name, "value") == "value"


def test_what_the_relay_hashed_is_redacted_whatever_its_name() -> None:
    assert header("x-custom", "cred:0123456789abcdef") == REDACTED


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("/v1/models?key=s3cr3t", "/v1/models?key=<redacted>"),
        ("/v1?alt=sse&key=s3cr3t&x=1", "/v1?alt=sse&key=<redacted>&x=1"),
        ("/v1?%6Bey=s3cr3t", "/v1?%6Bey=<redacted>"),
        ("/v1?KEY=s3cr3t", "/v1?KEY=<redacted>"),
        ("/v1?a=1;access_token=s3cr3t", "/v1?a=1;access_token=<redacted>"),
        ("/v1?X-Amz-Signature=s3cr3t", "/v1?X-Amz-Signature=<redacted>"),
        ("/v1?sv=2024&sig=s3cr3t", "/v1?sv=2024&sig=<redacted>"),
        ("/v1?q=cred:00ff", "/v1?q=<redacted>"),
        ("http://cred:00ff@h/v1", "http://<redacted>@h/v1"),
        ("/v1?a=b?key=s3cr3t", "/v1?a=b?key=<redacted>"),
        ("/v1?key=a?s3cr3t&b=1", "/v1?key=<redacted>&b=1"),
        ("/v1?u=http://h/?token=s3cr3t", "/v1?u=http://h/?token=<redacted>"),
        ("/v1?monkeys=3&x", "/v1?monkeys=3&x"),
        ("/v1/chat", "/v1/chat"),
    ],
)
def test_private_query_fields_are_redacted(given: str, kept: str) -> None:
    assert url(given) == kept


def test_a_url_in_a_header_is_redacted() -> None:
    assert header("location", f"https://h/x?key={SECRET}&a=1") == (
        "https://h/x?key=<redacted>&a=1"
    )
    assert header("location", "https://cred:00ff@h/x") == "https://<redacted>@h/x"


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_key_is_redacted_among_any_other_fields(before: str, after: str) -> None:
    assert SECRET not in url(f"/v1?{before}&key={SECRET}&{after}")
