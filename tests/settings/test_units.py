from typing import Any

import pytest

from proxy.settings.units import duration, http_url, is_loopback, listen_address, size


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("200ms", 0.2),
        ("30s", 30),
        ("1.5m", 90),
        ("4h", 14400),
        ("14d", 1209600),
        (7, 7),
    ],
)
def test_duration_in_seconds(written: Any, seconds: float):
    assert duration(written) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("written", "count"),
    [("1B", 1), ("64KiB", 65536), ("2MiB", 2097152), ("1GiB", 2**30), (5, 5), ("9", 9)],
)
def test_size_in_bytes(written: Any, count: int):
    assert size(written) == count


@pytest.mark.parametrize("written", ["", "s", "-1s", "1e3s", "1 fortnight", None, []])
def test_no_duration(written: Any):
    with pytest.raises(ValueError, match="must be a duration"):
        duration(written)


@pytest.mark.parametrize(
    "written",
    ["127.0.0.1:8080", "[::1]:0", "localhost:65535", "unix:/run/seatrial.sock"],
)
def test_listen_address(written: str):
    assert listen_address(written) == written


def test_url_loses_its_last_slash():
    assert http_url("https://api.openai.com/v1/") == "https://api.openai.com/v1"


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("127.0.0.1:1", True),
        ("[::1]:1", True),
        ("unix:/x", True),
        ("0.0.0.0:1", False),
        ("[::]:1", False),
    ],
)
def test_loopback(address: str, local: bool):
    assert is_loopback(address) is local
