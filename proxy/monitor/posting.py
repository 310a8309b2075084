"""What a POST to the admin port must be before it is read: DECISIONS' section 7.

JSON, small, and from somebody who may: with the token, or from a page of this port. Where
no token is set, the port is on loopback, and a program without a browser may too.
"""

import asyncio
import hmac
from collections.abc import Mapping

from aiohttp import web

from proxy.errors import SeatrialError

LARGEST = 16 * 1024
SECONDS = 10.0


class Refused(SeatrialError):
    """The request is not taken; the message says what would be."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status = status
        self.code = code
        super().__init__(message)

    def response(self) -> web.Response:
        return failure(self.status, self.code, str(self))


def failure(status: int, code: str, message: str) -> web.Response:
    body = {"error": {"code": code, "message": message}}
    headers = {"WWW-Authenticate": 'Bearer realm="seatrial"'} if status == 401 else {}
    return web.json_response(body, status=status, headers=headers)


def of_the_server(error: web.HTTPClientError) -> web.Response:
    """aiohttp's own answers in our form: a path or method that is not there."""
    response = failure(
        error.status, error.reason.lower().replace(" ", "_"), error.reason
    )
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


async def read(request: web.Request, token: bytes | None) -> bytes:
    """The body. Raises Refused."""
    if not may_post(request.headers, request.scheme, token):
        raise Refused(401, "unauthorized", "the bearer token is required")
    if request.content_type != "application/json":
        raise Refused(415, "media_type", "content-type must be application/json")
    if (request.content_length or 0) > LARGEST:
        raise too_large()
    try:
        async with asyncio.timeout(SECONDS):
            return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise too_large() from error
    except TimeoutError as error:
        raise Refused(408, "timeout", "the body did not arrive in time") from error


def too_large() -> Refused:
    return Refused(413, "too_large", f"at most {LARGEST} bytes")


def may_post(headers: Mapping[str, str], scheme: str, token: bytes | None) -> bool:
    if token is not None and hmac.compare_digest(bearer(headers), token):
        return True
    if is_from_a_page(headers):
        return is_own_page(headers, scheme)
    return token is None


def bearer(headers: Mapping[str, str]) -> bytes:
    scheme, _, given = headers.get("Authorization", "").partition(" ")
    return given.strip().encode() if scheme.lower() == "bearer" else b""


def is_from_a_page(headers: Mapping[str, str]) -> bool:
    return "Origin" in headers or "Sec-Fetch-Site" in headers


def is_own_page(headers: Mapping[str, str], scheme: str) -> bool:
    """The Host was found to be a known one before."""
    if headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    own = f"{scheme}://{headers.get('Host', '')}"
    return headers.get("Origin", own).lower() == own.lower()
