"""Exchanges find the one they continue, and only that one."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from proxy.conversations.caller import Caller
from proxy.conversations.placement import Placement
from proxy.conversations.stitcher import RESEND_SECONDS, Stitcher
from proxy.model.exchange import Exchange, ExchangeError, Message, ToolCall, ToolResult
from tests.make import make_exchange

SYSTEM = Message("system", "You are a pilot.")
ASKED = Message("user", "Where is the harbour?")
ANSWER = "Two miles north of the lighthouse."
SAID = Message("assistant", ANSWER)
MORE = Message("user", "How deep is it?")
CALL = ToolCall("call_9hTq2LkX", "depth", '{"at":"pier"}')
SIGNED = "thought_q8Rk2LxVw0Zt5HnY"
NO_ID = replace(CALL, id=None)
RESULT = ToolResult(CALL.id, text="4 m")
FAILED = ExchangeError(529, "overloaded_error", None, None, False, "overloaded")
BAD_REQUEST = ExchangeError(400, None, None, None, False, "invalid_request")

Place = Callable[..., Placement]


@pytest.fixture
def stitcher() -> Stitcher:
    return Stitcher(b"key")


@pytest.fixture
def place(stitcher: Stitcher) -> Place:
    """Names exchanges 1, 2, 3, …."""
    count = 0

    def place(exchange: Exchange, now: float = 0.0, **given: object) -> Placement:
        nonlocal count
        count += 1
        return stitcher.place(str(count), exchange, now, Caller(**given))

    return place


def asks(*messages: Message, said: str = ANSWER, **given: object) -> Exchange:
    return make_exchange(messages=messages, said=said, **given)


def calls(*messages: Message, call: ToolCall = CALL, **given: object) -> Exchange:
    return asks(*messages, said="", tool_calls=(call,), **given)


def embeds(*messages: Message, **given: object) -> Exchange:
    return asks(*messages or [ASKED], said="", operation="embeddings", **given)


FIRST = asks(ASKED)
"""What every parent below is, unless told otherwise."""


def linked(placement: Placement) -> tuple[str | None, str | None, str | None]:
    return placement.parent, placement.evidence, placement.confidence


@pytest.mark.parametrize(
    ("first", "second", "evidence", "confidence"),
    [
        pytest.param(
            asks(ASKED, response_id="resp_1"),
            asks(MORE, previous_response_id="resp_1"),
            "previous_response_id",
            "certain",
            id="previous response",
        ),
        pytest.param(
            asks(ASKED, conversation_id="conv_1"),
            asks(MORE, conversation_id="conv_1"),
            "conversation_id",
            "certain",
            id="provider's conversation",
        ),
        pytest.param(
            calls(ASKED),
            asks(ASKED, Message("assistant", tool_calls=(CALL,))),
            "tool_call_id",
            "strong",
            id="tool call",
        ),
        pytest.param(
            calls(ASKED),
            asks(Message("tool", tool_results=(RESULT,))),
            "tool_call_id",
            "strong",
            id="tool result, history trimmed",
        ),
        pytest.param(
            asks(ASKED, item_ids=("msg_67ccd2bed1ec",), dialect="openai.responses"),
            asks(
                Message("assistant", item_ids=("msg_67ccd2bed1ec",)),
                MORE,
                dialect="openai.responses",
            ),
            "output_item_id",
            "strong",
            id="output item",
        ),
        pytest.param(
            asks(ASKED, item_ids=(SIGNED,), dialect="anthropic.messages"),
            asks(
                Message("assistant", "edited", item_ids=(SIGNED,)),
                MORE,
                dialect="anthropic.messages",
            ),
            "output_item_id",
            "strong",
            id="signed thought, answer edited",
        ),
        pytest.param(
            FIRST, asks(ASKED, SAID, MORE), "history_text", "probable", id="answer"
        ),
        pytest.param(
            calls(ASKED, call=NO_ID),
            asks(ASKED, Message("assistant", tool_calls=(NO_ID,))),
            "history_tool_call",
            "probable",
            id="call without id",
        ),
        pytest.param(
            calls(ASKED, call=replace(CALL, id="0")),
            asks(ASKED, Message("assistant", tool_calls=(replace(CALL, id="0"),))),
            "history_tool_call",
            "probable",
            id="id that only counts",
        ),
    ],
)
def test_a_link_carries_its_evidence(
    place: Place, first: Exchange, second: Exchange, evidence: str, confidence: str
) -> None:
    place(first)
    assert linked(place(second)) == ("1", evidence, confidence)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(
            asks(SYSTEM, ASKED),
            asks(Message("system", "Be brief."), ASKED, SAID, MORE),
            id="instructions edited",
        ),
        pytest.param(
            FIRST,
            asks(ASKED, Message("assistant", f"  {ANSWER}\n"), MORE),
            id="answer trimmed",
        ),
        pytest.param(
            asks(ASKED, said="one\n\n two"),
            asks(ASKED, Message("assistant", "one two"), MORE),
            id="white space within the answer",
        ),
        pytest.param(
            asks(ASKED, reasoning="Let me see.", item_ids=(SIGNED,)),
            asks(ASKED, SAID, MORE),
            id="reasoning and its signature dropped",
        ),
        pytest.param(
            replace(calls(ASKED, call=NO_ID), text="I will look."),
            asks(ASKED, Message("assistant", tool_calls=(NO_ID,))),
            id="words before a call dropped",
        ),
        pytest.param(
            asks(ASKED, SAID, MORE, said="", tool_calls=(CALL,)),
            asks(MORE, Message("assistant", tool_calls=(CALL,))),
            id="history trimmed before a call",
        ),
    ],
)
def test_what_clients_change_does_not_part(
    place: Place, first: Exchange, second: Exchange
) -> None:
    place(first)
    assert place(second).parent == "1"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(FIRST, FIRST, id="same first message"),
        pytest.param(
            FIRST,
            asks(ASKED, Message("assistant", "I cannot say."), MORE),
            id="same first message, other answer",
        ),
        pytest.param(
            FIRST,
            asks(Message("user", "Good morning."), SAID, MORE),
            id="same answer, other question",
        ),
        pytest.param(
            calls(ASKED, call=replace(CALL, id="0")),
            asks(
                Message("user", "Another harbour"),
                Message("assistant", tool_calls=(replace(CALL, id="0"),)),
            ),
            id="id that only counts, other history",
        ),
        pytest.param(
            calls(ASKED, call=replace(CALL, id="functions.depth:0")),
            asks(
                MORE,
                Message(
                    "assistant", tool_calls=(replace(CALL, id="functions.depth:0"),)
                ),
            ),
            id="id made of the tool's name",
        ),
        pytest.param(
            asks(ASKED, item_ids=("msg_1",)),
            asks(Message("assistant", "Good morning.", item_ids=("msg_1",)), MORE),
            id="item id that only counts",
        ),
        pytest.param(
            asks(ASKED, said=""),
            asks(ASKED, Message("assistant", ""), MORE),
            id="empty answer",
        ),
        pytest.param(
            FIRST,
            asks(Message("user", "Summary: the harbour is north."), MORE),
            id="history compacted into a summary",
        ),
        pytest.param(
            calls(ASKED, dialect="anthropic.messages"),
            asks(ASKED, Message("assistant", tool_calls=(CALL,))),
            id="history carried to another vendor",
        ),
    ],
)
def test_what_is_no_proof_makes_no_link(
    place: Place, first: Exchange, second: Exchange
) -> None:
    place(first)
    assert linked(place(second)) == (None, None, None)


def test_the_newest_answer_in_the_history_is_the_parent(place: Place) -> None:
    tool = Message("tool", tool_results=(RESULT,))
    called = Message("assistant", tool_calls=(CALL,))
    place(calls(ASKED))
    place(asks(ASKED, called, tool))
    third = place(asks(ASKED, called, tool, SAID, MORE))
    assert linked(third) == ("2", "history_text", "probable")
    assert (third.conversation, third.depth) == ("1", 3)


def test_branches_share_a_parent(place: Place) -> None:
    place(FIRST)
    place(asks(ASKED, SAID, MORE))
    branch = place(asks(ASKED, SAID, Message("user", "Another question")))
    assert (branch.parent, branch.conversation, branch.attempt) == ("1", "1", 1)


def test_users_with_the_same_words_and_answers_stay_two(place: Place) -> None:
    place(FIRST)
    place(FIRST)
    one, two = place(asks(ASKED, SAID, MORE)), place(asks(ASKED, SAID, MORE))
    assert len({"1", "2", one.conversation, two.conversation}) == 4
    assert one.confidence == two.confidence == "ambiguous"
    assert one.fresh == two.fresh == 2


def test_what_was_parted_once_goes_on(place: Place) -> None:
    place(FIRST)
    place(FIRST)
    place(asks(ASKED, SAID, MORE, said="Four metres."))
    deeper = Message("assistant", "Four metres.")
    fourth = place(asks(ASKED, SAID, MORE, deeper, ASKED))
    assert linked(fourth) == ("3", "history_text", "probable")


@pytest.mark.parametrize(
    ("changed", "parent"),
    [
        pytest.param({"request_model": "n"}, "1", id="model"),
        pytest.param({"tools_declared": 2}, "1", id="tools"),
        pytest.param({"tools_declared": 2, "stream_requested": True}, None, id="two"),
        pytest.param({"request_model": "n", "provider": "x"}, "1", id="fallback"),
    ],
)
def test_of_an_applications_manner_one_thing_may_change(
    place: Place, changed: dict[str, object], parent: str | None
) -> None:
    place(FIRST)
    assert place(asks(ASKED, SAID, MORE, **changed)).parent == parent


def test_a_failure_in_this_manner_disputes_an_answer_in_another(place: Place) -> None:
    place(replace(FIRST, stream_requested=True))
    place(asks(ASKED, said="", error=BAD_REQUEST))
    assert place(asks(ASKED, SAID, MORE)).parent is None


def test_a_fall_back_to_another_manner_disputes_nothing(place: Place) -> None:
    place(asks(ASKED, said="", error=FAILED))
    place(replace(FIRST, stream_requested=True))
    assert place(asks(ASKED, SAID, MORE)).parent == "2"


def test_a_credential_tells_the_same_words_apart(place: Place) -> None:
    place(FIRST, credential=b"cred:a")
    place(FIRST, credential=b"cred:b")
    second = place(asks(ASKED, SAID, MORE), credential=b"cred:a")
    assert (second.parent, second.confidence) == ("1", "probable")


def test_ids_in_the_history_tell_the_same_words_apart(place: Place) -> None:
    calls_of = [replace(CALL, id=f"call_{user}9hTq2LkX") for user in "ab"]
    histories = [
        (
            ASKED,
            Message("assistant", tool_calls=(call,)),
            Message("tool", tool_results=(ToolResult(call.id, text="4 m"),)),
        )
        for call in calls_of
    ]
    for call in calls_of:
        place(calls(ASKED, call=call))
    for history in histories:
        place(asks(*history))
    third = [place(asks(*history, SAID, MORE)) for history in histories]
    assert [one.parent for one in third] == ["3", "4"]


def test_a_rotated_key_parts_nothing(place: Place) -> None:
    place(FIRST, credential=b"cred:a")
    assert place(asks(ASKED, SAID, MORE), credential=b"cred:b").parent == "1"


def test_instructions_tell_sub_agents_apart(place: Place) -> None:
    place(asks(SYSTEM, ASKED))
    place(asks(Message("system", "You are a cook."), ASKED))
    assert place(asks(SYSTEM, ASKED, SAID, MORE)).parent == "1"


# --- the client's own word -----------------------------------------------------------


def test_a_header_joins_what_nothing_else_does(place: Place) -> None:
    place(FIRST, header="trip")
    second = place(asks(MORE), header="trip")
    assert linked(second) == ("1", "header", "certain")


def test_another_header_parts_what_the_history_joins(place: Place) -> None:
    place(FIRST, header="one")
    assert place(asks(ASKED, SAID, MORE), header="two").parent is None


def test_a_header_within_a_conversation_names_it(place: Place) -> None:
    place(FIRST)
    assert place(asks(ASKED, SAID, MORE), header="trip").conversation == "1"
    assert place(asks(MORE), header="trip").conversation == "1"


def test_within_a_header_the_history_makes_the_tree(place: Place) -> None:
    place(FIRST, header="trip")
    place(asks(Message("user", "A sub-agent's task")), header="trip")
    third = place(asks(ASKED, SAID, MORE), header="trip")
    assert linked(third) == ("1", "header", "certain")


# --- the same request again ----------------------------------------------------------


def test_a_request_after_a_failure_is_another_attempt(place: Place) -> None:
    place(asks(ASKED, said="", error=FAILED))
    again = place(FIRST)
    assert (again.call, again.attempt, again.conversation) == ("1", 2, "1")
    assert place(asks(ASKED, SAID, MORE)).parent == "2"


def test_an_attempt_has_its_calls_parent(place: Place) -> None:
    place(FIRST)
    place(asks(ASKED, SAID, MORE, said="", error=FAILED))
    again = place(asks(ASKED, SAID, MORE))
    assert (again.parent, again.call, again.attempt, again.depth) == ("1", "2", 2, 2)


def test_a_client_that_left_and_came_back_tries_again(place: Place) -> None:
    place(asks(ASKED, said="Two miles"), outcome="client_gone")
    assert place(FIRST).attempt == 2


def test_what_the_sdk_counts_as_a_retry_is_one(place: Place) -> None:
    place(FIRST)
    assert place(FIRST, retries=1).attempt == 2


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"credential": b"cred:b"}, id="another user"),
        pytest.param({"now": RESEND_SECONDS + 1}, id="long after"),
    ],
)
def test_what_is_no_attempt_is_a_call_of_its_own(
    place: Place, given: dict[str, object]
) -> None:
    place(asks(ASKED, said="", error=FAILED))
    assert place(FIRST, **given).attempt == 1


def test_two_failures_with_the_same_words_are_each_repeated_once(place: Place) -> None:
    failed = asks(ASKED, said="", error=FAILED)
    place(failed)
    # A parallel user, not a third attempt: 1 is still under way for its own client.
    place(failed, credential=b"cred:b")
    assert place(FIRST).call == "1"
    assert place(FIRST, credential=b"cred:b").call == "2"


def test_an_embedding_after_a_failure_is_another_attempt(place: Place) -> None:
    place(embeds(error=FAILED))
    again = place(embeds())
    assert (again.call, again.attempt, again.conversation) == ("1", 2, "1")


def test_another_embedding_is_no_attempt(place: Place) -> None:
    place(embeds(error=FAILED))
    assert place(embeds(Message("user", "bread"))).call == "2"


def test_an_embedding_that_succeeded_leaves_nothing(
    place: Place, stitcher: Stitcher
) -> None:
    place(embeds())
    assert not stitcher.memory.open


# --- what was counted already --------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "fresh"),
    [
        pytest.param(FIRST, asks(ASKED, SAID, MORE), 2, id="behind the answer"),
        pytest.param(
            calls(ASKED),
            asks(
                ASKED,
                Message("assistant", tool_calls=(CALL,)),
                Message("tool", tool_results=(RESULT,)),
            ),
            2,
            id="tool results are new",
        ),
        pytest.param(
            calls(ASKED),
            asks(Message("tool", tool_results=(RESULT,))),
            0,
            id="history trimmed",
        ),
        pytest.param(
            asks(ASKED, response_id="resp_1"),
            asks(MORE, previous_response_id="resp_1"),
            0,
            id="kept by the provider",
        ),
        pytest.param(asks(ASKED, said="", error=FAILED), FIRST, 1, id="sent again"),
        pytest.param(FIRST, asks(MORE), 0, id="another conversation"),
    ],
)
def test_a_resent_history_is_not_new(
    place: Place, first: Exchange, second: Exchange, fresh: int
) -> None:
    place(first)
    assert place(second).fresh == fresh


def test_what_has_no_history_stands_alone(place: Place, stitcher: Stitcher) -> None:
    embedding = make_exchange(operation="embeddings", messages=(), said="")
    assert place(embedding) == Placement("1", "1", None, None, None, 1, "1", 1, 0)
    assert not stitcher.memory.open


def test_another_key_finds_the_same(place: Place) -> None:
    other = Stitcher(b"other")
    for id, one in (("1", FIRST), ("2", asks(ASKED, SAID, MORE))):
        assert other.place(id, one, 0.0) == place(one)
