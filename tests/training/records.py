"""Read labelled replies: a folder in the format of the shared clarify data, and the templates."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from proxy.detectors.behaviour.english import ENGLISH
from proxy.detectors.behaviour.features import facts, grams
from proxy.detectors.behaviour.normalise import prose
from proxy.detectors.behaviour.verdict import requests
from proxy.detectors.behaviour.view import view
from proxy.model.behaviour import Reply
from tests.training.templates import Example, examples

TEMPLATES = "templates"
TEMPLATE_WEIGHT = 0.4
"""A template says less than a reply someone really gave."""


@dataclass(frozen=True, slots=True)
class Record:
    """One labelled reply, read by the rules and the features."""

    source: str
    kind: str
    clarifying: bool
    reply: Reply
    facts: tuple[str, ...]
    grams: tuple[int, ...]
    asks: bool
    """The rules see a request."""
    silent: bool
    """Nothing in it turns to the user."""
    weight: float = 1.0
    domain: str = ""
    """Of a template."""


def load(folder: Path) -> list[Record]:
    records = []
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            records += [_labelled(json.loads(line)) for line in lines]
    return records


def made() -> list[Record]:
    return [_templated(example) for example in examples()]


def _labelled(row: dict[str, Any]) -> Record:
    return _record(
        reply_of(row["messages"]),
        row["source"].partition(":")[0],
        row["kind"],
        row["label"] == "clarifying",
        1.0,
    )


def _templated(example: Example) -> Record:
    reply = Reply(text=example.text, user=example.user, asked=example.asked)
    record = _record(
        reply, TEMPLATES, example.kind, example.clarifying, TEMPLATE_WEIGHT
    )
    return replace(record, domain=example.domain)


def reply_of(messages: Sequence[dict[str, Any]]) -> Reply:
    """The last message as a Reply to the ones before."""
    before = messages[:-1]
    users = _texts(before, "user")
    return Reply(
        text=messages[-1].get("content") or "",
        user=users[-1] if users else "",
        earlier=tuple(users[:-1]),
        asked=next(reversed(_texts(before, "assistant")), ""),
        system=" ".join(_texts(before, "system")),
    )


def _texts(messages: Iterable[dict[str, Any]], role: str) -> list[str]:
    return [m.get("content") or "" for m in messages if m["role"] == role]


def _record(
    reply: Reply, source: str, kind: str, clarifying: bool, weight: float
) -> Record:
    seen = view(reply, prose(reply.text), ENGLISH)
    asks = bool(requests(seen))
    return Record(
        source=source,
        kind=kind,
        clarifying=clarifying,
        reply=reply,
        facts=tuple(facts(seen, asks)),
        grams=tuple(sorted(grams(seen))),
        asks=asks,
        silent=seen.silent,
        weight=weight,
    )
