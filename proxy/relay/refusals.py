"""The answers that are Seatrial's own: always marked, never mistaken for the upstream's."""

import json
from http import HTTPStatus


class Refusal(Exception):
    """A request that is answered by the relay. `code` becomes `x-seatrial-error`."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def response(refusal: Refusal, *, with_body: bool = True) -> bytes:
    """The whole answer; it closes the connection, for the request may be unread."""
    body = json.dumps(
        {
            "error": {
                "type": "seatrial_error",
                "code": refusal.code,
                "message": refusal.message,
            }
        }
    ).encode()
    head = (
        f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}\r\n"
        f"Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"x-seatrial-error: {refusal.code}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + (body if with_body else b"")


def readiness(ready: bool) -> bytes:
    """The answer to `/-/ready`, the only path the relay owns."""
    if not ready:
        return response(Refusal(503, "draining", "the relay is draining"))
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n"
        b"Cache-Control: no-store\r\nConnection: close\r\n\r\nready\n"
    )
