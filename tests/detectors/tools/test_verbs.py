"""What a tool is for, by its name."""

import pytest

from proxy.detectors.tools.verbs import Deed, Kind, deed, kind, things


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("search_flights", "search"),
        ("findUserByEmail", "search"),
        ("get_order", "read"),
        ("order_status_get", "read"),
        ("check_email", "read"),
        ("email.delete_email", "act"),
        ("crm.customers.updateStatus", "act"),
        ("BookTable", "act"),
        ("order", "act"),
        ("python", "run"),
        ("execute_sql", "run"),
        ("run-command", "run"),
        ("weather", "other"),
        ("", "other"),
    ],
)
def test_kind(name: str, expected: Kind) -> None:
    assert kind(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("email.delete_email", "remove"),
        ("email.forward", "send"),
        ("cancel_order", "remove"),
        ("create_event", "make"),
        ("refund_payment", "trade"),
        ("get_order", None),
        ("search_posts", None),
        ("weather", None),
    ],
)
def test_deed(name: str, expected: Deed | None) -> None:
    assert deed(name) == expected


def test_things_are_what_is_left_without_the_deed() -> None:
    assert things("calendar.update_events") == things("calendar_event_update")
    assert things("calendar.update_events") == {"calendar", "event"}
