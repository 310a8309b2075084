"""What a kill cost, found by the relays' own numbers."""

import pytest

from proxy.store.accounts import Accounts
from proxy.store.rows import Account


def account(**given) -> Account:
    usual = {"boot": "b", "relay": "r", "seq": 0, "drops": 0, "received": 0}
    return Account(**{**usual, "gaps": 0, "at": 0.0, **given})


@pytest.mark.parametrize(
    ("before", "seq", "drops", "early", "lost"),
    [
        pytest.param({"received": 10}, 10, 0, 0, 0, id="all written"),
        pytest.param({"received": 7}, 10, 0, 0, 3, id="three were not"),
        pytest.param(
            {"received": 7}, 10, 2, 0, 1, id="two of them dropped by the relay"
        ),
        pytest.param({"received": 7, "gaps": 3}, 10, 0, 0, 0, id="a gap known before"),
        pytest.param({"received": 7}, 10, 0, 3, 0, id="they came to us"),
        pytest.param({"seq": 100, "received": 5}, 105, 0, 0, 0, id="began later"),
        pytest.param({"received": 12}, 10, 0, 0, 0, id="never less than none"),
    ],
)
@pytest.mark.parametrize("late", [False, True], ids=["store first", "heartbeat first"])
def test_loss(before, seq, drops, early, lost, late):
    accounts = Accounts()
    if not late:
        accounts.restore([account(**before)])
    for _ in range(early):
        accounts.received("b", "r")
    accounts.heartbeat("b", "r", seq, drops)
    if late:
        accounts.restore([account(**before)])
    assert accounts.lost == lost


def test_loss_is_counted_once():
    accounts = Accounts()
    accounts.restore([account(received=7)])
    accounts.heartbeat("b", "r", 10, 0)
    accounts.heartbeat("b", "r", 10, 0)
    assert accounts.lost == 3


def test_of_a_boot_without_account_nothing_is_claimed():
    accounts = Accounts()
    accounts.heartbeat("b", "r", 10, 0)
    assert accounts.lost == 0


def test_account_before_the_first_heartbeat_goes_on_the_earlier_one():
    accounts = Accounts()
    accounts.restore([account(received=7)])
    accounts.received("b", "r")
    assert accounts.snapshot(5.0) == (account(received=8, at=5.0),)


def test_gap_is_no_loss_of_the_next_kill():
    first, second = Accounts(), Accounts()
    first.heartbeat("b", "r", 0, 0)
    for _ in range(7):
        first.received("b", "r")
    first.heartbeat("b", "r", 10, 0)
    second.restore(first.snapshot(0.0))
    second.heartbeat("b", "r", 10, 0)
    assert second.lost == 0


def test_boots_are_bounded():
    accounts = Accounts()
    for n in range(2_000):
        accounts.received(str(n), "r")
    assert len(accounts.counts) == 1_024
