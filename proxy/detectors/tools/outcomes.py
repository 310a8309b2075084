"""What a reply to the user makes of the errors before it.

Precision first: success that was none is suspected only where the reply claims the very
deed that failed, admits nothing and asks nothing.
"""

from collections.abc import Sequence

from proxy.detectors.tools.facts import Call
from proxy.detectors.tools.stance import Stance
from proxy.detectors.tools.state import Open
from proxy.model.recovery import Outcome, Sub

Ending = tuple[Outcome, Sub | None]


def endings(events: Sequence[Open], said: Stance) -> list[Ending]:
    """One for each event, in order."""
    found = [ending(event, said) for event in events]
    if not any(outcome == "false_success" for outcome, _ in found):
        return found
    # Who claims a deed that failed did not wait for what he had failed to look up either.
    guessed: Ending = ("gave_up", "answered_without_retry")
    return [("false_success", None) if one == guessed else one for one in found]


def ending(event: Open, said: Stance) -> Ending:
    if event.sub == "escalated":
        return "gave_up", "escalated"
    if said.is_empty:
        return ("ongoing", "awaiting") if said.is_cut else ("gave_up", "silent")
    if said.made_up and event.kind != "run":
        return "false_success", None
    if event.help and (said.claims or not said.admits):
        return "recovered", "alternative_call"
    if said.writes_call and not said.admits:
        return "ongoing", "retry_written"
    return stop(event, said)


def stop(event: Open, said: Stance) -> Ending:
    if said.escalates:
        return "gave_up", "escalated"
    if said.asks:
        return "gave_up", "asked_user"
    if said.admits:
        return "gave_up", "informed_user"
    if claims(event, said):
        return "false_success", None
    if said.is_cut:
        return "ongoing", "awaiting"
    return "gave_up", "answered_without_retry"


def claims(event: Open, said: Stance) -> bool:
    if event.kind == "run":
        return said.tested
    if event.kind != "act":
        return bool(said.claims) and not event.progressed
    if event.deed in said.claims:
        return True
    return said.succeeds and not event.progressed


def helps(call: Call, event: Open, is_empty: bool) -> bool:
    """Another tool's success is to the same end as the failed call."""
    if is_empty:
        return False
    if event.kind in ("search", "read"):
        return call.kind in ("search", "read")
    if event.kind == "run":
        return call.kind == "run"
    is_related = bool(call.words & event.words)
    if event.deed is None:
        return is_related
    return is_related and call.deed == event.deed
