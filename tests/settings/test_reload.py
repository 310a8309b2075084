import pytest

from proxy.settings import RELOADABLE, Settings, not_reloadable
from proxy.settings.reload import flat


def test_every_reloadable_key_exists():
    assert flat(Settings()).keys() >= RELOADABLE


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        pytest.param({}, [], id="nothing changed"),
        pytest.param({"relay": {"keepalive": "1s"}}, [], id="a timeout"),
        pytest.param(
            {"routes": [{"name": "a", "prefix": "/a", "upstream": "http://a"}]},
            [],
            id="routes",
        ),
        pytest.param(
            {"relay": {"workers": 9, "keepalive": "1s"}, "admin": {"hosts": ["a"]}},
            ["admin.hosts", "relay.workers"],
            id="workers and admin",
        ),
    ],
)
def test_changes_that_need_a_restart(change, refused):
    assert not_reloadable(Settings(), Settings.model_validate(change)) == refused
