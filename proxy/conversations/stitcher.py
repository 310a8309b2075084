"""Puts each Exchange where it belongs, in the order in which they are given.

A link needs proof: an id that comes back, or a history that begins with the whole of an
earlier request and its answer. The same first message alone proves nothing.

Recordings come in the order in which exchanges end, so a request that answers a tool call
before the stream that made the call has ended, and ends before it too, comes first. It
begins a conversation of its own. To hold every unproved reference until its maker comes
would multiply the memory, and moving an exchange later would change what was counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from proxy.conversations.caller import Caller
from proxy.conversations.evidence import Clue, Clues, after_answers
from proxy.conversations.fingerprints import Fingerprints, Print
from proxy.conversations.memory import Conversation, Limits, Memory, Node
from proxy.conversations.placement import CONFIDENCE, Confidence, Evidence, Placement
from proxy.model.exchange import Exchange

RESEND_SECONDS = 600.0
"""A request that comes again later than that is another call."""
WITHOUT_HISTORY = ("embeddings", "rerank", "count_tokens")
NOBODY = Caller()


@dataclass(frozen=True, slots=True)
class Link:
    parent: Node | None
    """None where exchanges of several conversations fit as well."""
    evidence: Evidence
    fresh: int
    confidence: Confidence


class Stitcher:
    """Cost of `place`: keyed hashes over the request's messages. Memory: `Limits`."""

    def __init__(self, key: bytes, limits: Limits | None = None) -> None:
        self.prints = Fingerprints(key)
        self.memory = Memory(limits or Limits())

    def place(
        self, id: str, exchange: Exchange, now: float, caller: Caller = NOBODY
    ) -> Placement:
        """`id` names the exchange, once. `now` never runs backwards."""
        self.memory.forget(now)
        is_apart = caller.header is None and not has_history(exchange)
        if is_apart and not exchange.messages:
            return lone(id)
        clues = Clues(self.prints, exchange, caller.source)
        node = self.node(id, clues, now, caller)
        before = self.resent(node, clues, caller)
        fresh = len(exchange.messages) if before else 0
        if before is not None:
            repeat(node, before)
        elif not is_apart:
            fresh = self.join(
                node, clues, self.print(header_kind(caller), caller.header)
            )
        # Of what nothing continues only a failure is kept, for it may come again:
        # embeddings without end would push conversations out of the memory.
        if not is_apart:
            self.memory.add(node, clues.left(), now)
        elif node.failed:
            self.memory.add(node, [clues.request], now)
        return placement(node, fresh)

    def node(self, id: str, clues: Clues, now: float, caller: Caller) -> Node:
        exchange = clues.exchange
        return Node(
            id=id,
            conversation=Conversation(id),
            seen=now,
            history=clues.history,
            request=clues.request,
            manner=clues.manner,
            credential=self.print("credential", caller.credential),
            agent=self.print("agent", caller.agent),
            failed=has_failed(exchange, caller),
            answered=bool(exchange.text.strip() or exchange.tool_calls),
            call=id,
        )

    def join(self, node: Node, clues: Clues, header: Print | None) -> int:
        """Let the node follow what it continues; its first fresh message."""
        link = self.link(node, clues, header)
        if link is not None:
            follow(node, link)
        if header is not None and node.conversation.header is None:
            self.memory.bind(header, node.conversation)
        return link.fresh if link else 0

    def print(self, kind: str, given: str | bytes | None) -> Print | None:
        return None if given is None else self.prints.of(kind, given)

    def resent(self, node: Node, clues: Clues, caller: Caller) -> Node | None:
        """The attempt that this one repeats. Each is repeated once at most, so that two
        users who fail with the same words stay two."""
        for before in reversed(self.memory.find(clues.request)):
            is_same_user = node.credential == before.credential
            is_soon = node.seen - before.seen <= RESEND_SECONDS
            is_repeat = before.failed or caller.retries >= before.attempt
            if is_same_user and is_soon and is_repeat and not before.continued:
                return before
        return None

    def link(self, node: Node, clues: Clues, header: Print | None) -> Link | None:
        """What the client states wins; within it, or without it, what proves most."""
        stated = self.memory.headers.get(header) if header else None
        for clue in clues:
            found = self.fitting(clue, clues, node)
            if stated is not None:
                found = [one for one in found if one.conversation is stated]
            elif header is not None:
                found = [one for one in found if one.conversation.header is None]
            if found:
                link = chosen(clue, found, node, clues)
                if stated is None:
                    return link
                return replace(link, evidence="header", confidence="certain")
        if stated is None or stated.latest is None:
            return None
        fresh = after_answers(clues.exchange.messages)
        return Link(stated.latest, "header", fresh, "certain")

    def fitting(self, clue: Clue, clues: Clues, node: Node) -> list[Node]:
        """Words are proof where one application asks: of its manner one thing may change.

        Two applications ask for the capital of France, and two models answer the same.
        Where another conversation began so in the very manner of this one and its answer
        was not seen (an error may hold it), that one is as likely, and nothing is proved.
        """
        found = self.memory.find(clue.key)
        if CONFIDENCE[clue.evidence] != "probable":
            return list(found)
        near = [one for one in found if differences(one, node) <= 1]
        if all(one.manner == node.manner for one in near):
            return near
        alike = self.memory.find(clues.before(clue))
        rivals = {
            one.conversation.id
            for one in alike
            if one.manner == node.manner and not one.answered
        }
        return [
            one
            for one in near
            if one.manner == node.manner or rivals <= {one.conversation.id}
        ]


def differences(one: Node, node: Node) -> int:
    return sum(a != b for a, b in zip(one.manner, node.manner, strict=True))


def chosen(clue: Clue, found: Sequence[Node], node: Node, clues: Clues) -> Link:
    """The likeliest of those that fit: the same beginning and user, the same ids in the
    beginning, manner and program, then one that nothing follows yet, then the newest."""
    if len(found) == 1:
        return Link(found[0], clue.evidence, clue.fresh, CONFIDENCE[clue.evidence])
    request = clues.before(clue)

    def likeness(one: Node) -> tuple[bool, ...]:
        return (
            one.history == clue.history,
            one.credential == node.credential,
            one.request == request,
            *(a == b for a, b in zip(one.manner, node.manner, strict=True)),
            one.agent == node.agent,
        )

    best = max(map(likeness, found))
    alike = [one for one in found if likeness(one) == best]
    idle = [one for one in alike if not one.continued]
    confidence = CONFIDENCE[clue.evidence]
    if confidence == "certain" or len(alike) == 1:
        return Link(alike[-1], clue.evidence, clue.fresh, confidence)
    parent = (idle or alike)[-1]
    is_guess = len({one.conversation.id for one in alike}) > 1
    if is_guess and confidence == "probable":
        # To guess would be to show one user's words in another's conversation.
        return Link(None, clue.evidence, clue.fresh, "ambiguous")
    return Link(parent, clue.evidence, clue.fresh, "ambiguous")


def follow(node: Node, link: Link) -> None:
    node.confidence = link.confidence
    parent = link.parent
    if parent is None:
        return
    parent.continued = True
    node.conversation = parent.conversation
    node.parent, node.depth = parent.id, parent.depth + 1
    node.evidence = link.evidence


def repeat(node: Node, before: Node) -> None:
    """Let the node be another attempt of the same call."""
    before.continued = True
    node.conversation = before.conversation
    node.parent, node.depth = before.parent, before.depth
    node.evidence, node.confidence = before.evidence, before.confidence
    node.call, node.attempt = before.call, before.attempt + 1


def placement(node: Node, fresh: int) -> Placement:
    return Placement(
        exchange=node.id,
        conversation=node.conversation.id,
        parent=node.parent,
        evidence=node.evidence,
        confidence=node.confidence,
        depth=node.depth,
        call=node.call,
        attempt=node.attempt,
        fresh=fresh,
    )


def lone(id: str) -> Placement:
    """Of what says nothing that could come again, such as a prompt of token numbers."""
    return Placement(id, id, None, None, None, 1, id, 1, 0)


def has_history(exchange: Exchange) -> bool:
    one = exchange
    refers = bool(one.messages or one.previous_response_id or one.conversation_id)
    return refers and one.operation not in WITHOUT_HISTORY


def has_failed(exchange: Exchange, caller: Caller) -> bool:
    """And may go well the next time: nobody repeats what was refused for its content."""
    error = exchange.error
    if error is not None:
        return error.error_type not in ("invalid_request", "auth", "content_filter")
    return caller.outcome != "complete"


def header_kind(caller: Caller) -> str:
    """A probe that names a conversation does not name a live one."""
    return "header" if caller.source == "live" else f"header {caller.source}"
