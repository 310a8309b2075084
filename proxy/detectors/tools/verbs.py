"""What a tool is for, as far as its name and its arguments tell."""

import re
from functools import lru_cache
from typing import Literal

Kind = Literal["search", "read", "act", "run", "other"]
"""run: an interpreter or a shell, whose results are whatever was printed."""

Deed = Literal["send", "remove", "make", "change", "trade", "operate"]
"""Groups of verbs that replies use for one another: a removed e-mail was deleted."""


def listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


SEARCHES = listed(
    "search find query list lookup browse match filter suggest recommend discover"
    " locate scan ls grep glob dir wikipedia"
)
READS = listed(
    "get fetch read retrieve show view check describe count open load inspect peek"
    " track verify validate compare summarize scrape crawl extract"
    " download visit translate ask preview stat"
)
RUNS = listed(
    "run execute exec eval evaluate bash shell sh python ipython terminal interpreter"
    " repl console powershell jupyter notebook sql node code command cmd"
)

DOING: dict[Deed, str] = {
    "send": "send forward reply email notify message post submit publish share",
    "remove": "delete remove cancel clear drop archive unsubscribe revoke",
    "make": "create add make schedule book reserve insert plot draw generate upload"
    " register write save store invite subscribe setup build",
    "change": "update modify change edit move rename assign reassign set mark replace"
    " patch adjust toggle configure convert merge reschedule complete",
    "trade": "pay charge refund purchase buy order return exchange transfer",
    "operate": "install deploy apply enable disable start stop restart reset launch close"
    " commit push approve click type press play turn login",
}
DEEDS = {verb: deed for deed, verbs in DOING.items() for verb in listed(verbs)}
"""Verbs that change something, by group. Verbs of `SEARCHES` and `READS` change nothing."""

VERBS: dict[str, Kind] = {
    **dict.fromkeys(RUNS, "run"),
    **dict.fromkeys(DEEDS, "act"),
    **dict.fromkeys(READS, "read"),
    **dict.fromkeys(SEARCHES, "search"),
}
NOUNS = listed(
    "email message post order book return code command node view track store match list"
    " plot share set play charge turn press count query filter check exchange"
)
"""Words that in a tool's name are a thing as often as a deed."""

WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


@lru_cache(maxsize=2048)
def words(name: str) -> tuple[str, ...]:
    """`calendar.deleteEvent` is calendar, delete, event."""
    return tuple(word.lower() for word in WORD.findall(name))


@lru_cache(maxsize=2048)
def verb(name: str) -> str | None:
    """The first word that is one; those behind the last dot go first, nouns last."""
    told = [*words(name.rpartition(".")[2]), *words(name)]
    known = [word for word in told if word in VERBS]
    plain = [word for word in known if word not in NOUNS]
    return next(iter(plain or known), None)


def kind(name: str) -> Kind:
    word = verb(name)
    return "other" if word is None else VERBS[word]


def deed(name: str) -> Deed | None:
    return DEEDS.get(verb(name) or "")


def things(name: str) -> frozenset[str]:
    """What it is about: the words that are no deed, in the singular."""
    plain = [word.removesuffix("s") for word in words(name) if len(word) > 2]
    return frozenset(word for word in plain if word not in VERBS or word in NOUNS)
