"""Choosing the answer to one request: a format, a recording, a fault or an error."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import cast

from proxy.simulate import formats, openai, replay
from proxy.simulate.answer import FAULT_MESSAGES, Answer, Failure, FailureName
from proxy.simulate.ask import Incoming, JsonObject, RequestError
from proxy.simulate.formats import Found
from proxy.simulate.plan import Plan, draw
from proxy.simulate.replay import Recorded, Replay
from proxy.simulate.settings import Behaviour
from proxy.simulate.steering import Steering, parse


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the server received it; `target` is the raw path and query."""

    method: str
    target: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Decision:
    """`kind` names the request in the counters. A fault of the plan has become the answer
    if it is an error status; the others strike while the answer is written."""

    kind: str
    plan: Plan
    answer: Answer


class Responder:
    """Numbers the requests and decides; it holds no connection."""

    def __init__(self, settings: Behaviour, exchanges: Iterable[Recorded]) -> None:
        self._settings = settings
        recorded = tuple(exchanges)
        self._replay = Replay(recorded) if recorded else None
        self._sequence = 0
        self._struck: set[str] = set()

    def decide(self, request: Request) -> Decision:
        self._sequence += 1
        found = formats.find(request.method, request.path)
        try:
            steering = self._once(parse(request.headers.get("x-simulate", "")))
        except ValueError as wrong:
            plan = draw(self._settings, self._sequence, Steering(fault="none"))
            failure = Failure("bad_request", f"x-simulate: {wrong}")
            return Decision("refused", plan, _error(found, failure, plan))
        plan = draw(self._settings, self._sequence, steering)
        return Decision(self._kind(found), plan, self._answer(request, plan, found))

    def _kind(self, found: Found | None) -> str:
        if self._replay:
            return "replay"
        return found.format.name if found else "unknown"

    def _once(self, steering: Steering) -> Steering:
        """Lift the fault from a request whose `once` key was seen before."""
        if steering.once is None:
            return steering
        if steering.once in self._struck:
            return replace(steering, fault="none")
        self._struck.add(steering.once)
        return steering

    def _answer(self, request: Request, plan: Plan, found: Found | None) -> Answer:
        if plan.fault in FAULT_MESSAGES:
            name = cast(FailureName, plan.fault)
            return _error(found, Failure(name, FAULT_MESSAGES[name]), plan)
        if self._replay:
            return _replayed(self._replay, request, plan)
        if found is None:
            asked = f"{request.method} {request.target}"
            failure = Failure("not_found", f"the simulation does not serve {asked}")
            return openai.error(failure, plan)
        try:
            return found.format.respond(_incoming(request, found.model), plan)
        except RequestError as wrong:
            failure = Failure("bad_request", wrong.message, wrong.param)
            return _error(found, failure, plan)


def _error(found: Found | None, failure: Failure, plan: Plan) -> Answer:
    """The failure in the words of the provider that the path belongs to."""
    return (found.format.error if found else openai.error)(failure, plan)


def _replayed(recordings: Replay, request: Request, plan: Plan) -> Answer:
    recorded = recordings.find(request.method, request.target, request.body)
    if recorded is None:
        asked = f"{request.method} {request.target}"
        failure = Failure("not_found", f"no recorded exchange answers {asked}")
        return openai.error(failure, plan)
    return replay.answer(recorded, plan)


def _incoming(request: Request, model: str | None) -> Incoming:
    return Incoming(
        method=request.method,
        target=request.target,
        headers=request.headers,
        query=request.query,
        json={} if request.method == "GET" else _json(request.body),
        body_bytes=len(request.body),
        path_model=model,
    )


def _json(body: bytes) -> JsonObject:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as wrong:
        raise RequestError(f"the body is not JSON: {wrong}") from wrong
    if not isinstance(parsed, dict):
        raise RequestError("the body must be a JSON object")
    return parsed
