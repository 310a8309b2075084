"""What may be posted to the admin port: an outcome, and the wish to be forgotten."""

from dataclasses import asdict
from typing import Annotated

import msgspec
from aiohttp import web

from proxy.errors import WireError
from proxy.monitor import feedback, posting
from proxy.monitor.feedback import Book
from proxy.monitor.memories import Conversations
from proxy.monitor.posting import Refused

LONGEST_ID = 256
"""As much of the header as relays keep."""


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    conversation: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_ID)]


decoder = msgspec.json.Decoder(Wish)


def wish(body: bytes) -> str:
    """WireError quotes nothing of the body."""
    try:
        return decoder.decode(body).conversation
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise WireError(
            f"must be an object with conversation, text of 1 to {LONGEST_ID} characters, "
            "and nothing else"
        ) from error


class Posts:
    def __init__(
        self, conversations: Conversations, book: Book, token: bytes | None
    ) -> None:
        self.conversations = conversations
        self.book = book
        self.token = token

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v1/feedback", self.shown),
            web.post("/api/v1/feedback", self.feedback),
            web.post("/api/v1/forget", self.forget),
        ]

    async def shown(self, request: web.Request) -> web.Response:
        return web.json_response({"outcomes": self.book.document()})

    async def feedback(self, request: web.Request) -> web.Response:
        """202: of a conversation that is not open any more it is counted as well."""
        try:
            given = feedback.parsed(await posting.read(request, self.token))
        except WireError as error:
            return posting.failure(400, "bad_request", str(error))
        except Refused as refused:
            return refused.response()
        joined = self.conversations.conversation_of(given.conversation)
        name = self.book.take(given, joined)
        return web.json_response({"outcome": name, "joined": joined}, status=202)

    async def forget(self, request: web.Request) -> web.Response:
        """200 once it is done; 404 where nothing was known; 503 where lines may be left."""
        try:
            conversation = wish(await posting.read(request, self.token))
        except WireError as error:
            return posting.failure(400, "bad_request", str(error))
        except Refused as refused:
            return refused.response()
        found = await self.conversations.forget(conversation)
        if not found.is_sure():
            message = f"recordings: {found.recordings}; lines of it may be left"
            return posting.failure(503, "recordings", message)
        if not found.is_something():
            return posting.failure(404, "unknown", "nothing is known of it")
        return web.json_response({"forgotten": asdict(found)})
