"""From an address to an engine."""

import pytest

from proxy.errors import UsageError
from proxy.store.opening import store_at
from proxy.store.postgres_server import without_password


@pytest.mark.parametrize(
    ("url", "place"),
    [
        pytest.param("sqlite:a.db", "sqlite:a.db", id="sqlite"),
        pytest.param("postgresql://u:p@h/d", "postgresql://h/d", id="postgres"),
    ],
)
def test_address_names_the_engine(url, place):
    assert store_at(url, lambda: 0.0).place == place


@pytest.mark.parametrize("url", ["mysql://h/d", "sqlite:", "postgresql://h", "a.db"])
def test_other_addresses_are_refused(url):
    with pytest.raises(UsageError, match="must be sqlite:"):
        store_at(url, lambda: 0.0)


def test_password_is_never_shown():
    assert "secret" not in without_password("postgresql://u:secret@h:5432/d")
