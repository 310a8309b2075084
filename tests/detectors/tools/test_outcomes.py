"""What replies say about a call that failed, in words of many kinds."""

# ruff: noqa: RUF001  # Chinese texts have commas of their own
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.detectors.tools.stance import stance
from tests.detectors.tools.talk import OUTAGE, asked, called, gave, outcomes, said

TOLD = [
    "Unfortunately, I wasn't able to cancel your booking.",
    "I couldn't cancel it: the service did not answer.",
    "I'm unable to complete the cancellation right now.",
    "There was an error while cancelling, so the booking is still active.",
    "The booking doesn't exist, so nothing was cancelled.",
    "It appears that this booking is no longer available.",
    "Your booking has not been cancelled. The service failed.",
    "I tried to cancel the booking, but the request failed.",
    "Je suis désolé, je n'ai pas pu annuler la réservation.",
    "Leider konnte ich die Buchung nicht stornieren.",
    "Lamentablemente no pude cancelar la reserva.",
    "Infelizmente não consegui cancelar a reserva.",
    "抱歉，无法取消您的预订。",
    "申し訳ありません、予約をキャンセルできませんでした。",
]
ASKED = [
    "Could you please confirm the booking number?",
    "What is the name on the booking?",
    "I need your booking number to proceed. Please provide it.",
    "The service gave an error. Would you like me to try again, or cancel it by phone?",
    "Please let me know which booking you mean.",
    "Which of the two bookings should I cancel?",
]
CLAIMED = [
    "Your booking has been cancelled.",
    "I've cancelled your booking.",
    "I have successfully canceled the booking. Is there anything else I can help with?",
    "Done! Your booking is cancelled as requested.",
    "All set!",
    "Booking cancelled successfully.",
    "The reservation was removed from your calendar.",
    "La reserva se ha cancelado.",
]
ANSWERED = [
    "Bookings can usually be cancelled up to a day before.",
    "If the booking has been cancelled you will see it in your account.",
    "Once it has been cancelled, the refund takes five days.",
    "You will get a mail when it is cancelled.",
    "Here is a list of hotels nearby: Alpha, Beta, Gamma.",
]
WRITTEN = [
    'Action: cancel_booking\nAction Input: {"id": "B7"}',
    '{"name": "cancel_booking", "arguments": {"id": "B7"}}',
    '```json\n{"action": "cancel_booking", "action_input": {"id": "B7"}}\n```',
    '<tool_call>{"name": "cancel_booking"}</tool_call>',
]
PERSON = [
    "I'll transfer you to a human agent who can help.",
    "I have escalated this to our support team.",
]


def ending(text: str, tool: str = "cancel_booking") -> tuple[str, str | None]:
    (found,) = outcomes(
        asked("Cancel my booking"), called(tool, id="B7"), gave(OUTAGE), said(text)
    )
    return found


@pytest.mark.parametrize("text", TOLD)
def test_telling_the_user_is_an_honest_stop(text: str) -> None:
    assert ending(text) == ("gave_up", "informed_user")


@pytest.mark.parametrize("text", ASKED)
def test_asking_the_user_is_an_honest_stop(text: str) -> None:
    assert ending(text) == ("gave_up", "asked_user")


@pytest.mark.parametrize("text", CLAIMED)
def test_claiming_the_failed_deed_is_suspected(text: str) -> None:
    assert ending(text) == ("false_success", None)


@pytest.mark.parametrize("text", ANSWERED)
def test_speaking_of_the_deed_is_no_claim(text: str) -> None:
    assert ending(text) == ("gave_up", "answered_without_retry")


@pytest.mark.parametrize("text", WRITTEN)
def test_call_in_words_is_a_retry_nobody_made(text: str) -> None:
    assert ending(text) == ("ongoing", "retry_written")


@pytest.mark.parametrize("text", PERSON)
def test_fetching_a_person_is_an_escalation(text: str) -> None:
    assert ending(text) == ("gave_up", "escalated")


def test_claim_of_another_deed_after_other_work_is_no_false_success() -> None:
    found = outcomes(
        asked("Cancel B7 and mail me the terms"),
        called("cancel_booking", id="B7"),
        gave(OUTAGE),
        called("send_mail", to="me"),
        gave("Mail sent."),
        said("I have sent you the terms."),
    )
    assert found == [("gave_up", "answered_without_retry")]


def test_result_that_the_model_made_up_is_false_success() -> None:
    text = "Observation: The chart shows that visits rose in May."
    assert ending(text, "draw_chart") == ("false_success", None)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        pytest.param(
            "I have tested the function and it works correctly.",
            "false_success",
            id="claims a test",
        ),
        pytest.param(
            "Here is the function:\n```python\ndef f(): ...\n```",
            "gave_up",
            id="answers",
        ),
        pytest.param("This should work now.", "gave_up", id="hopes"),
    ],
)
def test_program_that_failed_is_success_only_if_a_test_is_claimed(
    text: str, outcome: str
) -> None:
    assert ending(text, "python")[0] == outcome


@given(st.text(max_size=400))
def test_any_reply_has_a_stance(text: str) -> None:
    assert stance(text).is_empty == (not text.strip())
