"""What the simulated model says to an Ask: a text or a tool call, with its token counts."""

import random
from dataclasses import dataclass
from typing import Any

from proxy.simulate import arguments, text
from proxy.simulate.answer import compact
from proxy.simulate.ask import Ask, RequestError, Tool
from proxy.simulate.plan import Plan, pick

# What reading a schema of the client's raises where it has another shape than expected.
_WRONG_SHAPE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class ToolCall:
    id: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """`pieces` are the content of a stream: of the text, or of the call's arguments as
    JSON. `cut_short` means that the request's token limit ended the text."""

    behaviour: str
    text: str
    pieces: tuple[str, ...]
    input_tokens: int
    output_tokens: int
    call: ToolCall | None = None
    cut_short: bool = False

    @property
    def total_tokens(self) -> int:
        return self.input_tokens + self.output_tokens


def make(ask: Ask, plan: Plan) -> Reply:
    behaviour = choose(ask, plan)
    if behaviour == "tool_call":
        return _tool_call(ask, plan)
    return _text(behaviour, ask, plan)


def choose(ask: Ask, plan: Plan) -> str:
    """The behaviour for this request. A tool result is answered in words unless the request
    asks for another call; a tool is called only when one is declared."""
    forced = plan.forced_behaviour
    if forced == "tool_call" and not ask.tools:
        raise RequestError("x-simulate: behaviour=tool_call needs a declared tool")
    if ask.after_tool_result:
        return forced or "answer"
    if forced or ask.must_call:
        return forced or "tool_call"
    return _by_weight(plan, bool(ask.tools))


def _by_weight(plan: Plan, may_call: bool) -> str:
    weights = {
        name: weight
        for name, weight in plan.behaviours.items()
        if name != "tool_call" or may_call
    }
    return pick(weights, plan.roll * sum(weights.values())) or "answer"


def _tool_call(ask: Ask, plan: Plan) -> Reply:
    chance = plan.random("tool")
    tool = chance.choice(ask.tools)
    made = _arguments(tool, chance)
    written = compact(made)
    letters = [written[i : i + 4] for i in range(0, len(written), 4)]
    return Reply(
        behaviour="tool_call",
        text="",
        pieces=text.even(letters, plan.chunks or len(letters)),
        input_tokens=ask.input_tokens,
        output_tokens=len(letters) + 4,
        call=ToolCall(plan.token("call_"), tool.name, made),
    )


def _arguments(tool: Tool, chance: random.Random) -> dict[str, Any]:
    try:
        return arguments.fill(tool.schema, chance)
    except _WRONG_SHAPE as stumble:
        raise RequestError(f"tools: bad schema of {tool.name}: {stumble}") from stumble


def _text(behaviour: str, ask: Ask, plan: Plan) -> Reply:
    said = text.compose(behaviour, ask.prompt, plan.random("text"), plan.chunks)
    words = text.count_words(said)
    cut_short = ask.max_tokens is not None and words > ask.max_tokens
    if ask.max_tokens is not None and cut_short:
        said, words = text.first_words(said, ask.max_tokens), ask.max_tokens
    return Reply(
        behaviour=behaviour,
        text=said,
        pieces=text.pieces(said, plan.chunks),
        input_tokens=ask.input_tokens,
        output_tokens=words,
        cut_short=cut_short,
    )
