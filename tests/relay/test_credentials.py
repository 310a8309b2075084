"""A credential becomes a hash that only tells it from another."""

import pytest

from proxy.relay.credentials import Redactor, is_sensitive

REDACTOR = Redactor(b"s" * 32)


@pytest.mark.parametrize(
    "name",
    [
        "authorization",
        "proxy-authorization",
        "x-api-key",
        "api-key",
        "apikey",
        "x-goog-api-key",
        "cookie",
        "set-cookie",
        "x-amz-security-token",
        "x-amz-credential",
        "x-auth-token",
        "ocp-apim-subscription-key",
        "x-functions-key",
        "x-access-token",
        "x-client-secret",
        "x-password",
        "sec-websocket-protocol",
        "x-seatrial-run",
        "referer",
        "location",
        "link",
        "www-authenticate",
        "x-portkey-virtual-key",
        "x-master-key",
        "x-bearer",
        "x-goog-iap-jwt-assertion",
        "x-hub-signature",
    ],
)
def test_sensitive_headers(name):
    """T38."""
    assert is_sensitive(name.encode())


@pytest.mark.parametrize(
    "name",
    [
        "content-type",
        "content-length",
        "user-agent",
        "anthropic-version",
        "openai-organization",
        "x-stainless-lang",
        "idempotency-key",
        "sec-websocket-key",
        "x-request-id",
        "accept",
        "host",
        "retry-after",
        "x-ratelimit-remaining-tokens",
        "x-seatrial-app",
        "traceparent",
    ],
)
def test_headers_that_measuring_needs_stay(name):
    assert not is_sensitive(name.encode())


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        (b"/v1/models", b"/v1/models"),
        (b"/x?alt=sse&key=K", b"/x?alt=sse&key=*"),
        (b"/x?KEY=K&api_key=K&api-key=K", b"/x?KEY=*&api_key=*&api-key=*"),
        (b"/x?access_token=K&x=1", b"/x?access_token=*&x=1"),
        (
            b"/x?X-Amz-Credential=K&X-Amz-Signature=K",
            b"/x?X-Amz-Credential=*&X-Amz-Signature=*",
        ),
        (
            b"/x?X-Amz-Security-Token=K&x-goog-signature=K",
            b"/x?X-Amz-Security-Token=*&x-goog-signature=*",
        ),
        (b"/x?%6Bey=K", b"/x?%6Bey=*"),
        (b"/x?a=1;key=K", b"/x?a=1;key=*"),
        (b"/x?key", b"/x?key"),
        (b"/x?key=", b"/x?key=*"),
        (b"/x?monkey_business=1&max_tokens=5", b"/x?monkey_business=1&max_tokens=5"),
        (b"/x?a?key=K", b"/x?a?key=*"),
        (b"https://h/x#access_token=K", b"https://h/x#access_token=*"),
        (
            b"https://h/x?a=1#id=2&access_token=K",
            b"https://h/x?a=1#id=2&access_token=*",
        ),
        (b"http://user:K@h/x", b"http://*@h/x"),
        (b"<https://h/x?key=K>; rel=next", b"<https://h/x?key=*; rel=next"),
    ],
)
def test_credential_fields_of_urls(target, kept):
    """T38."""
    found = REDACTOR.target(target)
    assert b"K" not in found.replace(b"KEY", b"")
    hashed = {REDACTOR.hashed(value) for value in (b"K", b"", b"user:K", b"K>")}
    for value in hashed:
        found = found.replace(value, b"*")
    assert found == kept


def test_a_hash_tells_keys_apart_and_nothing_else():
    one, other = REDACTOR.hashed(b"sk-1"), REDACTOR.hashed(b"sk-2")
    assert one != other
    assert one == Redactor(b"s" * 32).hashed(b"sk-1")
    assert one != Redactor(b"t" * 32).hashed(b"sk-1")
    assert one.startswith(b"cred:")
    assert len(one) == len(b"cred:") + 16


def test_no_credential_is_kept_in_the_process():
    redactor = Redactor(b"s" * 32)
    redactor.hashed(b"sk-planted")
    assert "sk-planted" not in repr(vars(redactor))
