"""What becomes of an error: outcomes, episodes, loops, and what is counted once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.conversations.fingerprints import Fingerprints
from proxy.detectors.tools.findings import Found
from proxy.detectors.tools.recovery import Recovery, signals
from proxy.detectors.tools.state import START, State
from proxy.model.exchange import Message, ToolCall, ToolResult
from tests.detectors.tools.talk import (
    OUTAGE,
    PRINTS,
    asked,
    called,
    gave,
    outcomes,
    said,
    whole,
)
from tests.detectors.trajectories import exchanges_of
from tests.make import make_exchange

FAILS = (asked(), called("send_mail", to="ann"), gave(OUTAGE))

ENDINGS = [
    pytest.param(
        [called("send_mail", to="ann@x"), gave("Mail sent.")],
        ("recovered", None),
        id="the retry works",
    ),
    pytest.param(
        [called("send_mail", to="ann"), gave("Mail sent.")],
        ("recovered", None),
        id="the same call works the second time",
    ),
    pytest.param(
        [said("I'm sorry, the mail could not be sent."), asked("ok")],
        ("gave_up", "informed_user"),
        id="the user is told",
    ),
    pytest.param(
        [said("Could you give me Ann's full address?")],
        ("gave_up", "asked_user"),
        id="the user is asked",
    ),
    pytest.param(
        [
            said("Could you give me Ann's full address?"),
            asked("ann@x"),
            called("send_mail", to="ann@x"),
            gave("Mail sent."),
        ],
        ("recovered", None),
        id="the user is asked and it works then",
    ),
    pytest.param(
        [said("Could you give me Ann's full address?"), asked("ann@x")],
        ("ongoing", "awaiting"),
        id="the user has answered and the model not yet",
    ),
    pytest.param(
        [called("transfer_to_human", why="mail"), gave("done"), said("Please hold.")],
        ("gave_up", "escalated"),
        id="a person is fetched",
    ),
    pytest.param(
        [said("I am transferring you to a support agent.")],
        ("gave_up", "escalated"),
        id="a person is announced",
    ),
    pytest.param(
        [said("The mail has been sent to Ann.")],
        ("false_success", None),
        id="success is claimed",
    ),
    pytest.param(
        [said("Done!")], ("false_success", None), id="success is claimed in a word"
    ),
    pytest.param(
        [said("Here is a nice poem about mail instead.")],
        ("gave_up", "answered_without_retry"),
        id="something else is answered",
    ),
    pytest.param([said("")], ("gave_up", "silent"), id="nothing is said"),
    pytest.param(
        [said('{"name": "send_mail", "arguments": {"to": "ann@x"}}')],
        ("ongoing", "retry_written"),
        id="the call is written and not made",
    ),
    pytest.param(
        [called("send_mail", to="ann@x")],
        ("ongoing", "awaiting"),
        id="the retry has no result",
    ),
    pytest.param([], ("ongoing", "awaiting"), id="the log ends"),
    pytest.param(
        [called("forward_mail", to="ann"), gave("Sent."), said("I have sent it.")],
        ("recovered", "alternative_call"),
        id="another tool does it",
    ),
    pytest.param(
        [called("get_address", of="ann"), gave("ann@x"), said("I have sent it.")],
        ("false_success", None),
        id="another tool does something else",
    ),
    pytest.param(
        [said("The mail was sent."), asked("No, it was not sent, that's wrong"),
         called("send_mail", to="ann@x"), gave("Mail sent.")],
        ("false_success", None),
        id="the user finds out",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("then", "expected"), ENDINGS)
def test_outcome(then: list[Message], expected: tuple[str, str | None]) -> None:
    assert outcomes(*FAILS, *then)[0] == expected


def test_identical_retry_that_fails_is_repeated() -> None:
    again = [called("send_mail", to=" ann"), gave(OUTAGE), said("Sorry, it failed.")]
    assert outcomes(*FAILS, *again) == [
        ("repeated", None),
        ("gave_up", "informed_user"),
    ]


def test_changed_retry_that_fails_is_ongoing() -> None:
    again = [called("send_mail", to="bob"), gave(OUTAGE), said("Sorry, it failed.")]
    assert outcomes(*FAILS, *again)[0] == ("ongoing", None)


def test_order_and_space_of_arguments_make_no_difference() -> None:
    one = Message("assistant", "", (ToolCall("1", "pay", '{"a": 1, "b": "x "}'),))
    two = Message("assistant", "", (ToolCall("2", "pay", '{"b":"x","a":1}'),))
    found = outcomes(asked(), one, gave(OUTAGE, "1"), two, gave(OUTAGE, "2"))
    assert found[0] == ("repeated", None)


def test_read_that_failed_recovers_by_another_lookup() -> None:
    found = outcomes(
        asked("Where is my order?"),
        called("get_order", id="7"),
        gave("Order not found."),
        called("search_orders", name="ann"),
        gave('[{"id": "8"}]'),
        said("Your order 8 is on its way."),
    )
    assert found == [("recovered", "alternative_call")]


def test_empty_lookup_recovers_nothing() -> None:
    found = outcomes(
        asked("Where is my order?"),
        called("get_order", id="7"),
        gave("Order not found."),
        called("search_orders", name="ann"),
        gave("[]"),
        said("I could not find your order."),
    )
    assert found == [("gave_up", "informed_user")]


def test_tool_that_does_not_exist_recovers_by_the_one_that_does() -> None:
    found = outcomes(
        asked("Rename it"),
        called("event_update", id="7"),
        gave("event_update is not a valid tool, try one of [calendar.update_event]"),
        called("calendar.update_event", id="7"),
        gave("Event updated."),
        said("The event is renamed."),
    )
    assert found == [("recovered", "alternative_call")]


def test_deleting_twice_is_no_error() -> None:
    found = whole(
        asked("Delete it"),
        called("delete_note", id="7"),
        gave("Deleted."),
        called("delete_note", id="7"),
        gave("Note not found."),
    )
    assert found.errors == []


def test_reproducer_may_fail() -> None:
    found = whole(
        asked("Fix the bug"),
        called("bash", "Let me reproduce the bug first.", command="python repro.py"),
        gave("Traceback (most recent call last):\nKeyError: 'x'"),
    )
    assert found.errors == []


def test_reproducer_that_still_fails_after_the_fix_is_an_error() -> None:
    found = whole(
        asked("Fix the bug"),
        called("bash", "The bug is fixed; run it again.", command="python repro.py"),
        gave("Traceback (most recent call last):\nKeyError: 'x'"),
    )
    assert len(found.errors) == 1


def test_errors_of_one_tool_in_a_row_are_one_episode() -> None:
    found = whole(
        *FAILS,
        called("send_mail", to="ann"),
        gave(OUTAGE),
        called("send_mail", to="bob"),
        gave(OUTAGE),
        called("get_address", of="ann"),
        gave("ann@x"),
        called("send_mail", to="ann@x"),
        gave("Mail sent."),
        said("Sent."),
    )
    (episode,) = found.episodes
    assert (episode.outcome, episode.errors, episode.identical) == ("recovered", 3, 1)
    assert episode.calls == 4


def test_tools_have_episodes_of_their_own() -> None:
    found = whole(
        *FAILS,
        called("pay_bill", id="1"),
        gave(OUTAGE),
        said("Sorry, neither worked: both failed."),
    )
    assert [(e.number, e.outcome) for e in found.episodes] == [
        (1, "gave_up"),
        (2, "gave_up"),
    ]


def test_parallel_calls_do_not_answer_each_other() -> None:
    both = (
        ToolCall("1", "delete_note", '{"id": 1}'),
        ToolCall("2", "delete_note", '{"id": 2}'),
    )
    found = outcomes(
        asked(),
        Message("assistant", "", both),
        gave("Note not found.", "1"),
        gave("Deleted.", "2"),
        said("I could not find note 1; note 2 is deleted."),
    )
    assert found == [("gave_up", "informed_user")]


def test_results_find_their_calls_by_id_in_any_order() -> None:
    both = (
        ToolCall("1", "search_notes", '{"q": 1}'),
        ToolCall("2", "delete_note", '{"id": 2}'),
    )
    found = whole(
        asked(),
        Message("assistant", "", both),
        gave("Note not found.", "2"),
        gave("Notes not found.", "1"),
    )
    (error,) = found.errors
    assert error.result == 0


def test_result_without_its_call_is_read_all_the_same() -> None:
    assert len(whole(gave("", "9", flag=True)).errors) == 1


def test_three_identical_calls_in_vain_are_a_loop_told_once() -> None:
    again = [called("send_mail", to="ann"), gave(OUTAGE)] * 4
    assert len(whole(asked(), *again).loops) == 1


def test_empty_lookups_loop_too() -> None:
    again = [called("search_notes", q="x"), gave("[]")] * 3
    assert len(whole(asked(), *again).loops) == 1


def test_polling_that_answers_is_no_loop() -> None:
    again = [called("get_status", id="x"), gave('{"state": "running"}')] * 5
    assert whole(asked(), *again).loops == []


# --- exchange by exchange ------------------------------------------------------------


def live(
    messages: tuple[Message, ...], times: list[float], window: int | None = 3
) -> tuple[list[Found], State]:
    detector, state, found = Recovery(PRINTS, window), START, []
    for (exchange, fresh), now in zip(exchanges_of(messages), times, strict=False):
        got, state = detector.read(exchange, fresh, state, now)
        found.append(got)
    return found, state


def test_resent_history_is_counted_once() -> None:
    messages = (*FAILS, said("Sorry, it failed."), asked("ok"), said("Bye"))
    found, _ = live(messages, [1.0, 2.0, 3.0])
    assert [len(got.errors) for got in found] == [0, 1, 0]


def test_time_to_recovery_is_from_the_error_to_the_result_that_works() -> None:
    messages = (*FAILS, called("send_mail", to="a@x"), gave("Mail sent."), said("Sent"))
    found, _ = live(messages, [10.0, 12.0, 17.5])
    assert found[2].episodes[0].seconds == 5.5


def test_time_of_a_history_seen_at_once_is_not_known() -> None:
    messages = (*FAILS, called("send_mail", to="a@x"), gave("Mail sent."))
    exchange = make_exchange(said="Sent.", messages=messages)
    found, _ = Recovery(PRINTS).read(exchange, 0, START, 100.0)
    assert found.episodes[0].outcome == "recovered"
    assert found.episodes[0].seconds is None


def test_window_ends_in_what_the_user_was_told() -> None:
    chat = [said("Sorry, it failed."), *[asked("and?"), said("Well.")] * 3]
    found, state = live((*FAILS, *chat), [float(t) for t in range(9)])
    closed = [event.outcome for got in found for event in got.events]
    assert closed == ["gave_up"]
    assert state.events == ()


def test_window_without_an_ending_is_censored() -> None:
    other = [called("get_weather", on="Monday"), gave("Sunny")] * 4
    found, _ = live((*FAILS, *other), [float(t) for t in range(9)])
    assert [e.outcome for got in found for e in got.episodes] == ["censored"]


def test_silence_closes_what_is_open() -> None:
    _, state = live((*FAILS, said("Sorry, it failed.")), [0.0, 1.0])
    detector = Recovery(PRINTS)
    early, kept = detector.expire(state, now=1_000.0)
    late, empty = detector.expire(kept, now=2_000.0)
    assert (early.episodes, len(late.episodes)) == ([], 1)
    assert (empty.events, empty.chains) == ((), ())


def test_client_that_hangs_up_abandons_the_episode() -> None:
    detector = Recovery(PRINTS)
    first = make_exchange(said="", tool_calls=FAILS[1].tool_calls, messages=(asked(),))
    _, state = detector.read(first, 0, START, 0.0)
    second = make_exchange(said="Let me", messages=FAILS)
    _, state = detector.read(second, 2, state, 1.0, is_cancelled=True)
    found, _ = detector.expire(state, now=9_999.0)
    assert [e.outcome for e in found.episodes] == ["abandoned"]


def test_error_of_the_provider_is_no_reply() -> None:
    detector = Recovery(PRINTS)
    exchange = make_exchange(said="", messages=FAILS, stream_complete=False)
    found, state = detector.read(exchange, 0, START, 0.0)
    assert (len(found.errors), found.events) == (1, [])
    assert len(state.events) == 1


def test_results_alone_are_enough_where_the_provider_holds_the_history() -> None:
    detector = Recovery(PRINTS)
    first = make_exchange(said="", tool_calls=(ToolCall("c1", "send_mail", "{}"),))
    _, state = detector.read(first, 0, START, 0.0)
    second = make_exchange(said="Sorry, it failed.", messages=(gave(OUTAGE, "c1"),))
    found, state = detector.read(second, 0, state, 1.0)
    assert state.events[0].deed == "send"
    assert len(found.errors) == 1


def test_state_holds_no_words() -> None:
    secret = "rosebud4711"
    messages = (
        asked(f"mail {secret}"),
        called(f"send_{secret}", f"now {secret}", id=secret, to=secret),
        gave(f"Error: {secret}", secret),
        said(f"Sorry, {secret} failed. Could you repeat {secret}?"),
    )
    _, state = live(messages, [0.0, 1.0])
    assert state.events
    assert secret not in repr(state)


def test_state_stays_small() -> None:
    many = []
    for n in range(200):
        many += [called(f"tool_{n}", id=f"c{n}", n=n), gave(OUTAGE, f"c{n}")]
    _, state = live((asked(), *many), [float(t) for t in range(999)], window=None)
    assert len(state.events) <= 32
    assert len(state.chains) <= 32
    assert len(state.runs) <= 16


MOVES = st.sampled_from(
    [
        asked("No, that's wrong"),
        asked("Yes please"),
        said("Sorry, it failed."),
        said("I have sent it."),
        said("Which address do you mean?"),
        said(""),
        called("send_mail", to="ann"),
        called("send_mail", to="bob"),
        called("get_mail", id="1"),
        gave(OUTAGE),
        gave("Mail sent."),
        gave("[]"),
        Message("tool", "", tool_results=(ToolResult(None, True), ToolResult("x"))),
    ]
)


@settings(max_examples=200)
@given(st.lists(MOVES, max_size=14))
def test_exchange_by_exchange_and_whole_agree(moves: list[Message]) -> None:
    messages = (*moves, said("Bye."))
    expected = Recovery(PRINTS).read_whole(messages)
    found, state = live(messages, [0.0] * len(messages), window=None)
    last, _ = Recovery(PRINTS, None).expire(state, 1e12)
    events = [event for got in (*found, last) for event in got.events]
    assert sorted(events, key=lambda event: event.result) == expected.events


@settings(max_examples=200)
@given(st.lists(MOVES, max_size=14))
def test_each_error_ends_once_and_each_episode_once(moves: list[Message]) -> None:
    found = Recovery(PRINTS).read_whole(moves)
    seen = [error.result for error in found.errors]
    assert [event.result for event in found.events] == sorted(seen)
    numbers = {event.episode for event in found.events}
    assert [episode.number for episode in found.episodes] == sorted(numbers)
    assert sum(episode.errors for episode in found.episodes) == len(seen)


def test_other_key_gives_other_prints() -> None:
    other = Recovery(Fingerprints(b"other")).read_whole(FAILS).events[0].tool
    assert other != whole(*FAILS).events[0].tool


def test_signals_carry_outcome_and_how() -> None:
    found = whole(*FAILS, said("Sorry, it failed."))
    made = [(s.name, s.value, s.evidence) for s in signals(found, "c1", 5.0)]
    assert made == [
        ("tool_error", True, "text"),
        ("tool_outcome", "gave_up", "informed_user"),
        ("tool_episode", "gave_up", "informed_user"),
    ]
