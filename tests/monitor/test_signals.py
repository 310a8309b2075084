"""The detectors over live traffic: each conversation is one observation, and leaves none
of its words."""

import json
from typing import Any

from proxy.export import catalog
from proxy.export.catalog import Metric
from proxy.export.series import Board
from proxy.monitor.reading import Reading
from proxy.monitor.signals import SILENCE_SECONDS
from proxy.monitor.target import Target
from proxy.recording.recording import Recording
from proxy.scoring.rates import Counts
from tests.make import make_body, make_marks, make_recording

TARGET = Target("openai", "m-1", "baseline", "live")
ASKS = "Which size do you need, and where should it be sent?"
ANSWERS = "It takes 12 litres for every 100 kilometres."
Message = dict[str, Any]


def user(text: str) -> Message:
    return {"role": "user", "content": text}


def says(text: str) -> Message:
    return {"role": "assistant", "content": text}


def calls(id: str, port: str) -> Message:
    function = {"name": "find_berth", "arguments": json.dumps({"port": port})}
    call = {"id": id, "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def result(id: str, text: str) -> Message:
    return {"role": "tool", "tool_call_id": id, "content": text}


class Traffic:
    """One monitor; exchanges come a second apart."""

    def __init__(self) -> None:
        self.reading = Reading(Board(), b"secret")
        self.now = 1_000.0
        self.seq = 0

    def exchange(
        self, messages: list[Message], reply: Message | None, **given: Any
    ) -> Recording:
        """`reply` None: the upstream is overloaded."""
        self.seq += 1
        self.now += 1.0
        asks = {"model": "m-1", "messages": messages}
        if "max_tokens" in given:
            asks["max_tokens"] = given.pop("max_tokens")
        asked = json.dumps(asks).encode()
        model = given.pop("response_model", "m-1")
        said: Message = {"error": {"message": "busy", "type": "overloaded_error"}}
        if reply is not None:
            said = {
                "id": f"r{self.seq}",
                "model": model,
                "choices": [{"index": 0, "message": reply, "finish_reason": "stop"}],
            }
        start = int(self.now * 1e9)
        return make_recording(
            seq=self.seq,
            status=503 if reply is None else 200,
            request_body=make_body(asked),
            response_body=make_body(json.dumps(said).encode()),
            marks=make_marks(request_start=start),
            **given,
        )

    def take(
        self, messages: list[Message], reply: Message | None, **given: Any
    ) -> list[Message]:
        """The history after the exchange."""
        self.reading.take(
            self.exchange(messages, reply, **given), "openai.chat", self.now
        )
        return messages if reply is None else [*messages, reply]

    def silence(self) -> None:
        self.now += SILENCE_SECONDS + 1
        self.reading.expire(self.now)

    def values(self, metric: Metric) -> dict[tuple[str, ...], float]:
        found = self.reading.board.tally(metric).values
        return {key: n for key, n in found.items() if n}

    def observed(self, rate: str) -> Counts:
        return self.reading.counts.observed[TARGET].counts()[rate]


def test_a_conversation_counts_once_by_its_first_reply() -> None:
    traffic = Traffic()
    history = traffic.take([user("Please order the jacket for me.")], says(ASKS))
    traffic.take([*history, user("Large, to the harbour office.")], says(ANSWERS))
    whole = ("openai", "m-1", "baseline", "live")
    assert traffic.values(catalog.FIRST_TURNS) == {(*whole, "clarifying_question"): 1}
    assert sum(traffic.values(catalog.TURNS).values()) == 2
    assert traffic.observed("clarifying") == Counts(1, 1)


def test_a_turn_is_what_the_model_did_until_it_yielded() -> None:
    """A call of a tool is no answer to the user yet."""
    traffic = Traffic()
    history = traffic.take([user("Is there a berth in Kiel?")], calls("c1", "Kiel"))
    assert traffic.values(catalog.FIRST_TURNS) == {}
    traffic.take([*history, result("c1", "berth 4 is free")], says("Yes, berth 4."))
    assert traffic.observed("clarifying") == Counts(0, 1)


def test_an_episode_of_tool_errors_is_followed_to_its_end() -> None:
    traffic = Traffic()
    history = traffic.take([user("Is there a berth in Kiel?")], calls("c1", "Kil"))
    history = traffic.take(
        [*history, result("c1", "Error: no port of that name")], calls("c2", "Kiel")
    )
    traffic.take([*history, result("c2", "berth 4 is free")], says("Yes, berth 4."))
    whole = ("openai", "m-1", "baseline", "live")
    assert traffic.values(catalog.EPISODES) == {(*whole, "recovered"): 1}
    assert traffic.observed("recovery") == Counts(1, 1)


def test_an_end_that_nobody_saw_is_censored_and_no_failure() -> None:
    traffic = Traffic()
    history = traffic.take([user("Is there a berth in Kiel?")], calls("c1", "Kil"))
    traffic.take(
        [*history, result("c1", "Error: no port of that name")], calls("c2", "Kiel")
    )
    traffic.silence()
    assert traffic.observed("recovery") == Counts(0, 0, 1)
    assert traffic.reading.signals.open == {}


def test_another_attempt_goes_on_where_the_failed_one_stopped() -> None:
    """The error in its history is neither seen twice nor left open."""
    traffic = Traffic()
    history = traffic.take([user("Is there a berth in Kiel?")], calls("c1", "Kil"))
    history += [result("c1", "Error: no port of that name")]
    traffic.take(history, None)
    history = traffic.take(history, calls("c2", "Kiel"))
    traffic.take([*history, result("c2", "berth 4 is free")], says("Yes, berth 4."))
    traffic.silence()
    assert traffic.observed("recovery") == Counts(1, 1)
    assert sum(traffic.values(catalog.EPISODES).values()) == 1


def test_branches_of_a_conversation_do_not_mix() -> None:
    """The same turn answered twice: what one branch did, the other did not."""
    traffic = Traffic()
    history = traffic.take([user("Is there a berth in Kiel?")], calls("c1", "Kil"))
    history += [result("c1", "Error: no port of that name")]
    traffic.take(history, says("The port cannot be found. Which one do you mean?"))
    traffic.take(
        [*history, says("One moment."), user("And now?")], says("Still looking.")
    )
    traffic.silence()
    recovery = traffic.observed("recovery")
    assert recovery.closed + recovery.censored == 1


def test_a_call_that_its_client_sent_again_recovered() -> None:
    traffic = Traffic()
    messages = [user("Is there a berth?")]
    traffic.take(messages, None)
    traffic.take(messages, says(ANSWERS))
    assert traffic.values(catalog.TRANSPORT) == {
        ("openai", "m-1", "overloaded", "client", "live"): 1
    }


def test_another_model_behind_the_same_name_is_told_once() -> None:
    traffic = Traffic()
    for model in ("m-1-2026-01", "m-1-2026-01", "m-1-2026-09", "m-1-2026-09"):
        traffic.take(
            [user(f"Is there a berth at {traffic.seq}?")],
            says(ANSWERS),
            response_model=model,
        )
    key = ("openai", "m-1", "live", "model_changed", "changed")
    assert traffic.values(catalog.SIGNALS)[key] == 1


def test_what_is_remembered_holds_no_words() -> None:
    """T38: keyed hashes, counts, flags and times."""
    traffic = Traffic()
    history = traffic.take([user("Is there a berth in Kiel?")], calls("c1", "Kil"))
    traffic.take(
        [*history, result("c1", "Error: no port named Kil")], says("Not found, sorry.")
    )
    [known] = traffic.reading.signals.open.values()
    for word in ("Kiel", "Kil", "berth", "sorry", "find_berth"):
        assert word not in repr(known)


def test_what_is_met_in_its_midst_is_no_first_reply() -> None:
    """After a silence, a restart or a time of sampling it was counted, or never is."""
    traffic = Traffic()
    history = traffic.take([user("Please order the jacket for me.")], says(ASKS))
    traffic.silence()
    traffic.take([*history, user("Large.")], says(ANSWERS))
    assert traffic.observed("clarifying") == Counts(1, 1)
    late = Traffic()
    late.take([*history, user("Large.")], says(ANSWERS))
    assert late.observed("clarifying") == Counts(0, 0)


def test_errors_of_a_history_from_before_our_time_are_not_counted_again() -> None:
    traffic = Traffic()
    history = traffic.take([user("Is there a berth in Kiel?")], calls("c1", "Kil"))
    history = traffic.take(
        [*history, result("c1", "Error: no port of that name")], calls("c2", "Kiel")
    )
    history = traffic.take([*history, result("c2", "berth 4")], says("Yes, berth 4."))
    again = Traffic()
    again.take([*history, user("Thank you.")], says("You are welcome."))
    again.silence()
    assert again.values(catalog.EPISODES) == {}


def test_asking_for_one_thing_after_the_other_is_not_asking_too_much() -> None:
    """DETECTORS 3: a missing parameter may be asked for."""
    traffic = Traffic()
    history = traffic.take([user("Book the ferry.")], says("Which day do you need?"))
    traffic.take([*history, user("Friday.")], says("How many people are there?"))
    assert traffic.observed("over_asking") == Counts(0, 1)


def test_siblings_do_not_end_each_others_calls() -> None:
    traffic = Traffic()
    start = traffic.take([user("Is there a berth?")], says(ANSWERS))
    one, other = [*start, user("And a crane?")], [*start, user("And water?")]
    traffic.take(one, None)
    traffic.take(other, says(ANSWERS))
    traffic.take(one, says(ANSWERS))
    assert traffic.values(catalog.TRANSPORT) == {
        ("openai", "m-1", "overloaded", "client", "live"): 1
    }


def test_what_a_probe_does_recovers_nothing_live() -> None:
    """T23."""
    traffic = Traffic()
    messages = [user("Is there a berth?")]
    traffic.take(messages, None)
    traffic.take(messages, says(ANSWERS), source="probe")
    assert traffic.values(catalog.TRANSPORT) == {}


def test_calls_of_a_program_are_in_no_rate() -> None:
    """A chat's title, say: DETECTORS 2."""
    traffic = Traffic()
    traffic.take([user("A title of 3 words, please.")], says("Berths"), max_tokens=16)
    assert traffic.observed("clarifying") == Counts(0, 0)


def test_a_branch_that_gives_way_is_closed() -> None:
    """Its error does not vanish: nobody saw the end of it."""
    traffic = Traffic()
    start = traffic.take([user("Is there a berth in Kiel?")], calls("c1", "Kil"))
    failed = [*start, result("c1", "Error: no port of that name")]
    traffic.take(failed, calls("c2", "Kiel"))
    for number in range(6):
        traffic.take([*start, result("c1", f"berth {number}")], says(ANSWERS))
    assert traffic.observed("recovery") == Counts(0, 0, 1)
