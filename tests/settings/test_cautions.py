import pytest

from proxy.settings import Settings, warnings

FULL = {"name": "a", "prefix": "/a", "upstream": "https://a.example", "content": "full"}


def said(**sections: object) -> list[str]:
    return warnings(Settings.model_validate(sections))


def of_upstream(upstream: str) -> list[str]:
    return said(routes=[{"name": "a", "prefix": "/a", "upstream": upstream}])


def test_defaults_warn_of_nothing():
    assert warnings(Settings()) == []


def test_open_relay_before_a_keyless_upstream():
    local = {"name": "local", "prefix": "/local", "upstream": "http://127.0.0.1:8000"}
    found = said(relay={"listen": "0.0.0.0:8080"}, routes=[local])
    assert any("route 'local'" in warning for warning in found)


def test_open_relay_without_tls():
    (warning,) = said(relay={"listen": "0.0.0.0:8080"})
    assert "relay.tls is not set" in warning


def test_open_relay_with_tls_is_none():
    tls = {"cert": "c.pem", "key": "k.pem"}
    assert said(relay={"listen": "0.0.0.0:8080", "tls": tls}) == []


@pytest.mark.parametrize(
    "upstream",
    [
        "https://api.openai.com",
        "http://127.0.0.1:8000",
        "http://[::1]:8000",
        "http://10.1.2.3",
        "http://vllm:8000",
        "http://vllm.models.svc.cluster.local",
        "http://gateway.internal",
    ],
)
def test_upstream_that_keeps_keys_off_the_internet(upstream):
    assert of_upstream(upstream) == []


@pytest.mark.parametrize(
    "upstream", ["http://api.openai.com", "http://8.8.8.8", "http://api.openai.com."]
)
def test_upstream_that_gets_keys_in_clear_text(upstream):
    (warning,) = of_upstream(upstream)
    assert warning.startswith("routes[0].upstream of route 'a'")
    assert "clear text" in warning


def test_copies_that_cannot_be_held():
    (warning,) = said(relay={"capture_limit": "2MiB", "capture_memory": "1MiB"})
    assert "smaller than relay.capture_limit" in warning


def test_recordings_with_bodies():
    (warning,) = said(recordings={"write": "kept"}, routes=[FULL])
    assert warning.endswith("bodies of a (content: full) hold what users wrote")


def test_recordings_with_redacted_bodies():
    redacted = {**FULL, "name": "b", "prefix": "/b", "content": "redacted"}
    (warning,) = said(recordings={"write": "kept"}, routes=[FULL, redacted])
    assert "bodies of a (content: full) hold what users wrote; " in warning
    assert "bodies of b (content: redacted) are searched for secrets" in warning
    assert "names do too unless spaCy" in warning


def test_recordings_without_bodies():
    (warning,) = said(recordings={"write": "kept"})
    assert "headers and times only" in warning
