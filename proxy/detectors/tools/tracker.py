"""Follows tool calls through a conversation, fact by fact, and tells what became of errors.

A working copy of the State: made from one, changed by facts, and frozen into the next.
"""

from dataclasses import replace

from proxy.conversations.fingerprints import Fingerprints
from proxy.detectors.corrections import is_correction
from proxy.detectors.tools.errors import Failure
from proxy.detectors.tools.facts import (
    Asked,
    Call,
    Called,
    Fact,
    Left,
    Returned,
    Said,
    read,
)
from proxy.detectors.tools.findings import (
    Found,
    Seen,
    episode_of,
    event_of,
    final,
)
from proxy.detectors.tools.habits import Habits
from proxy.detectors.tools.outcomes import endings, helps
from proxy.detectors.tools.stance import Stance, stance
from proxy.detectors.tools.state import (
    CALLS,
    DONE,
    EVENTS,
    RUNS,
    Chain,
    Help,
    Open,
    Run,
    State,
    Waiting,
)
from proxy.model.recovery import Outcome

LOOP = 3
"""The same call in vain so often in a row is a loop."""
NAMELESS = b"\0" * 8
"""A tool of which only the result is known."""


class Tracker:
    """`window`: replies after which an error's outcome is final; None waits for the end."""

    def __init__(
        self,
        before: State,
        prints: Fingerprints,
        habits: Habits | None,
        window: int | None,
    ) -> None:
        self.prints = prints
        self.habits = habits
        self.window = window
        self.found = Found()
        self.waiting = list(before.waiting)
        self.events = list(before.events)
        self.chains = {chain.number: chain for chain in before.chains}
        self.runs = {run.tool: run for run in before.runs}
        self.done = dict.fromkeys(before.done)
        self.results = before.results
        self.replies = before.replies
        self.episodes = before.episodes
        self.left = before.left

    def state(self, now: float | None) -> State:
        return State(
            waiting=tuple(self.waiting[-CALLS:]),
            events=tuple(self.events),
            chains=tuple(self.chains.values()),
            runs=tuple(self.runs.values())[-RUNS:],
            done=tuple(self.done)[-DONE:],
            results=self.results,
            replies=self.replies,
            episodes=self.episodes,
            left=self.left,
            seen=now,
        )

    def take(self, fact: Fact, now: float | None) -> None:
        match fact:
            case Called():
                self.called(fact)
            case Returned():
                self.returned(fact, now)
            case Said():
                self.said(fact)
            case Asked():
                self.asked(fact)
            case Left():
                self.left = True

    def called(self, fact: Called) -> None:
        self.begin_reply()
        # A call that has no result by now gets none: the client ran another.
        self.waiting = [Waiting(call, self.replies) for call in fact.calls]
        if any(call.hands_over for call in fact.calls):
            self.events = [
                replace(event, outcome="gave_up", sub="escalated")
                for event in self.events
            ]

    def begin_reply(self) -> None:
        self.replies += 1
        self.left = False
        if self.window is not None:
            for event in list(self.events):
                if self.replies - event.reply > self.window:
                    self.close(event)
        self.events = [replace(e, asked=False, answered=False) for e in self.events]

    def said(self, fact: Said) -> None:
        self.begin_reply()
        self.waiting = []
        undecided = [event for event in self.events if event.outcome is None]
        handed = [event for event in self.events if event.sub == "escalated"]
        if undecided:
            self.decide(undecided, stance(fact.text, fact.is_cut))
        for event in handed:
            self.close(event)

    def decide(self, undecided: list[Open], said: Stance) -> None:
        ends = endings(undecided, said)
        for event, (outcome, sub) in zip(undecided, ends, strict=True):
            told = replace(event, outcome=outcome, sub=sub, asked=said.asks)
            self.put(event, told)
            if outcome == "recovered":
                self.close(told)

    def asked(self, fact: Asked) -> None:
        """An answer that the user corrects was the end of that attempt."""
        told = [event for event in self.events if event.outcome is not None]
        corrects = bool(told) and is_correction(fact.text)
        for event in told:
            if corrects and not event.asked:
                self.close(event)
            elif event.asked:
                self.put(event, replace(event, answered=True))

    def returned(self, fact: Returned, now: float | None) -> None:
        call, reply = self.caller(fact)
        found = read(fact.result, call.kind)
        failure = self.weighed(found.failure, call)
        earlier = self.earlier(call, reply)
        identical = earlier is not None and earlier.arguments == call.arguments
        if failure is None:
            self.succeeded(call, earlier, found.is_empty, now)
        else:
            chain = self.failed(earlier, identical, call, now)
            self.note(fact, call, reply, failure, chain, identical)
        self.loop(call, failure is not None or found.is_empty)
        self.results += 1

    def caller(self, fact: Returned) -> tuple[Call, int]:
        """The call of a result: by id, else by name, else in order."""
        for waiting in self.waiting:
            if fact.id is not None and waiting.call.id == fact.id:
                return self.leave(waiting)
        for waiting in self.waiting:
            is_loose = fact.id is None or waiting.call.id is None
            if is_loose and fact.tool in (None, waiting.call.tool):
                return self.leave(waiting)
        tool = fact.tool or NAMELESS
        nobody = Call(fact.id, tool, b"", "other", None, frozenset(), False, False)
        return nobody, self.replies

    def leave(self, waiting: Waiting) -> tuple[Call, int]:
        self.waiting.remove(waiting)
        return waiting.call, waiting.reply

    def weighed(self, failure: Failure | None, call: Call) -> Failure | None:
        """None also for what was to be expected."""
        if self.habits is not None:
            line = failure.line if failure and failure.is_weak else ""
            print = self.prints.of("line", line)[:8] if line else None
            if self.habits.is_usual(call.tool, print):
                return None
        was_done = (call.tool, call.arguments) in self.done
        return None if call.expects or was_done else failure

    def earlier(self, call: Call, reply: int) -> Open | None:
        """The error that this call follows up: the same call's, else the oldest."""
        same = [e for e in self.events if e.tool == call.tool and e.reply < reply]
        twins = [e for e in same if e.arguments == call.arguments]
        return next(iter(twins or same), None)

    def succeeded(
        self, call: Call, earlier: Open | None, is_empty: bool, now: float | None
    ) -> None:
        if call.kind == "act":
            self.done[call.tool, call.arguments] = None
        here = Help(self.results, now)
        if earlier is not None:
            self.close(replace(earlier, outcome="recovered", sub=None, help=here))
        for event in list(self.events):
            help = event.help or (here if helps(call, event, is_empty) else None)
            self.put(event, replace(event, help=help, progressed=True))

    def failed(
        self, earlier: Open | None, identical: bool, call: Call, now: float | None
    ) -> Chain:
        """The chain that the new error belongs to."""
        if earlier is None:
            self.episodes += 1
            return Chain(self.episodes, call.tool, self.results, now)
        outcome: Outcome = "repeated" if identical else "ongoing"
        self.events.remove(earlier)
        self.found.events.append(event_of(earlier, outcome, None))
        chain = self.chains.pop(earlier.episode)
        return replace(
            chain, errors=chain.errors + 1, identical=chain.identical + identical
        )

    def note(
        self,
        fact: Returned,
        call: Call,
        reply: int,
        failure: Failure,
        chain: Chain,
        identical: bool,
    ) -> None:
        self.chains[chain.number] = chain
        self.found.errors.append(
            Seen(self.results, fact.message, call.tool, failure.proof, identical)
        )
        self.events.append(
            Open(
                result=self.results,
                message=fact.message,
                tool=call.tool,
                arguments=call.arguments,
                kind=call.kind,
                deed=call.deed,
                words=call.words,
                proof=failure.proof,
                episode=chain.number,
                reply=reply,
            )
        )
        if len(self.events) > EVENTS:
            self.close(self.events[0])

    def loop(self, call: Call, in_vain: bool) -> None:
        last = self.runs.pop(call.tool, None)
        if not in_vain:
            return
        goes_on = last is not None and last.arguments == call.arguments
        length = last.length + 1 if last is not None and goes_on else 1
        self.runs[call.tool] = Run(call.tool, call.arguments, length)
        if length == LOOP:
            self.found.loops.append(call.tool)

    def put(self, old: Open, new: Open) -> None:
        self.events[self.events.index(old)] = new

    def close(self, event: Open) -> None:
        """Its outcome is final, and so its episode's."""
        self.events = [one for one in self.events if one.result != event.result]
        outcome, sub = final(event, self.left, self.is_retried(event))
        self.found.events.append(event_of(event, outcome, sub))
        chain = self.chains.pop(event.episode, None)
        if chain is not None:
            self.found.episodes.append(episode_of(chain, event, outcome, sub))

    def is_retried(self, event: Open) -> bool:
        """A call of the same tool is under way."""
        return any(waiting.call.tool == event.tool for waiting in self.waiting)

    def close_all(self) -> None:
        for event in list(self.events):
            self.close(event)
