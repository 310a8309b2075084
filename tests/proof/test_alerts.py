"""Alerts fire when they should, through a real Prometheus and a real Alertmanager, and else
nobody is told anything."""

import pytest

from tests.proof.conftest import HELD_BACK, WANTED, Harmless, Regressed

pytestmark = [pytest.mark.proof, pytest.mark.timeout(600)]


def test_a_harmless_period_tells_nobody_anything(harmless: Harmless) -> None:
    assert harmless.fired == set()
    assert harmless.told == []


def test_a_failing_route_pages_and_a_changed_candidate_is_a_ticket(
    regressed: Regressed,
) -> None:
    assert regressed.told >= WANTED


def test_routes_and_variants_that_did_not_change_stay_out_of_it(
    regressed: Regressed,
) -> None:
    assert {route for _, _, route in regressed.told} == {r for _, _, r in WANTED}


def test_the_page_holds_back_the_ticket_of_its_route(regressed: Regressed) -> None:
    assert HELD_BACK in regressed.inhibited
