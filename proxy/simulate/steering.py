"""What one request asks of the simulation in its `x-simulate` header."""

from dataclasses import dataclass, replace

from proxy.simulate.settings import BEHAVIOURS, FAULTS, duration

KEYS = (
    "behaviour",
    "fault",
    "ttft",
    "interval",
    "chunks",
    "retry_after",
    "once",
)


@dataclass(frozen=True, slots=True)
class Steering:
    """None leaves the choice to the settings. `fault` may be `none`.

    With `once`, the fault strikes only the first request that carries this key, so
    that the retry of an SDK, which repeats the header, succeeds.
    """

    behaviour: str | None = None
    fault: str | None = None
    ttft: float | None = None
    interval: float | None = None
    chunks: int | None = None
    retry_after: float | None = None
    once: str | None = None


def parse(header: str) -> Steering:
    """Read `behaviour=refusal, ttft=5ms`; `;` separates as well. ValueError when wrong."""
    steering = Steering()
    for part in header.replace(";", ",").split(","):
        if part.strip():
            steering = _apply(steering, part.strip())
    return steering


def _apply(steering: Steering, part: str) -> Steering:
    key, _, value = (side.strip() for side in part.partition("="))
    match key:
        case "behaviour":
            return replace(steering, behaviour=_one_of(key, value, BEHAVIOURS))
        case "fault":
            return replace(steering, fault=_one_of(key, value, (*FAULTS, "none")))
        case "ttft":
            return replace(steering, ttft=duration(value))
        case "interval":
            return replace(steering, interval=duration(value))
        case "retry_after":
            return replace(steering, retry_after=duration(value))
        case "chunks":
            return replace(steering, chunks=_count(value))
        case "once":
            return replace(steering, once=value)
        case _:
            raise ValueError(f"{key!r} is not known; use one of {', '.join(KEYS)}")


def _one_of(key: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{key}={value}: use one of {', '.join(allowed)}")
    return value


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"chunks={text}: must be a whole number of 1 or more")
    return int(text)
