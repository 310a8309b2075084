"""What `x-seatrial-*` says is believed of apps, and of probes only with proof."""

import pytest

from proxy.relay import tags
from tests.relay.conftest import SECRET
from tests.relay.wire import echo

PROOF = b"run-7." + tags.signature(b"run-7", SECRET)


@pytest.mark.parametrize(
    ("value", "source", "run_id", "spoofed"),
    [
        pytest.param(None, "live", None, False, id="none"),
        pytest.param(PROOF, "probe", "run-7", False, id="proved"),
        pytest.param(b"run-8" + PROOF[5:], "live", None, True, id="another run's"),
        pytest.param(PROOF[:-1], "live", None, True, id="cut short"),
        pytest.param(PROOF.upper(), "live", None, True, id="upper case"),
        pytest.param(b"run-7", "live", None, True, id="no proof"),
        pytest.param(b"run-7.", "live", None, True, id="empty proof"),
        pytest.param(b"", "live", None, True, id="empty"),
        pytest.param(
            b"." + tags.signature(b"", SECRET), "live", None, True, id="no id"
        ),
        pytest.param(b"run-7.\xff\xfe", "live", None, True, id="not ASCII"),
        pytest.param(
            b"run-7." + tags.signature(b"run-7", b"t" * 32),
            "live",
            None,
            True,
            id="other secret",
        ),
        pytest.param(
            b"a.b." + tags.signature(b"a.b", SECRET), "probe", "a.b", False, id="dots"
        ),
    ],
)
def test_only_a_signed_run_is_a_probe(value, source, run_id, spoofed):
    """T23 T41."""
    headers = {} if value is None else {b"x-seatrial-run": value}
    found = tags.read(headers, SECRET)
    assert (found.source, found.run_id, found.spoofed) == (source, run_id, spoofed)


def test_app_conversation_and_variant_are_read_and_bounded():
    found = tags.read(
        {
            b"x-seatrial-app": b"shop",
            b"x-seatrial-conversation": b"c" * 5000,
            b"x-seatrial-variant": b"",
        },
        SECRET,
    )
    assert (found.app, found.variant) == ("shop", None)
    assert found.conversation == "c" * tags.LONGEST


async def test_spoofed_run_is_live_and_counted_and_stripped(
    start_relay, start_upstream
):
    """T23 T41: neither claim reaches the upstream."""
    relay = await start_relay(await start_upstream(echo))
    for claim in (PROOF, b"run-7.wrong"):
        _, body = await relay.ask(
            b"GET /up HTTP/1.1\r\nHost: h\r\nX-Seatrial-Run: %b\r\n"
            b"x-seatrial-app: shop\r\nx-seatrial-other: 1\r\n\r\n" % claim
        )
        assert b"seatrial" not in body.lower()
    probe, spoof = relay.recordings
    assert (probe.source, probe.run_id, probe.app) == ("probe", "run-7", "shop")
    assert (spoof.source, spoof.run_id, spoof.app) == ("live", None, "shop")
    assert relay.worker.spoofed == 1
    assert relay.worker.heartbeat().spoofed == 1


async def test_seatrial_headers_of_an_upstream_are_stripped(
    start_relay, start_upstream
):
    """T41: nobody but the relay says x-seatrial-error."""
    relay = await start_relay(
        await start_upstream(
            b"HTTP/1.1 200 OK\r\nx-seatrial-error: route\r\nX-Seatrial-X: 1\r\n"
            b"Content-Length: 2\r\n\r\nok"
        )
    )
    head, _ = await relay.ask(b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n")
    assert head == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
