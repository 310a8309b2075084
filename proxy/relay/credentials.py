"""Credentials never leave this process: they are replaced by a keyed hash.

The hash tells one key from another and nothing else (TRAP T38).
"""

import re
from hashlib import blake2b
from urllib.parse import unquote_to_bytes

from proxy.recording.recording import Headers

CREDENTIAL = re.compile(
    rb"auth|cookie|secret|passw|credential|token$|signature|jwt|bearer|api-?key"
    rb"|(?<!idempotency)(?<!sec-websocket)[-_]key$"
    rb"|^sec-websocket-protocol$|^x-seatrial-run$"
)
LINK = {
    b"referer",
    b"location",
    b"content-location",
    b"link",
    b"x-original-url",
    b"x-original-uri",
    b"x-rewrite-url",
    b"x-forwarded-uri",
}
USER = re.compile(rb"(?<=//)[^/?#@]*(?=@)")
FIELD = re.compile(rb"([?&;#])([^=?&;#]*)=([^&;#]*)")
QUERY_CREDENTIAL = re.compile(
    rb"^(.*key|.*token|.*secret|.*password|sig|signature|auth.*|x-amz-.*|x-goog-.*)$",
    re.IGNORECASE,
)


def is_sensitive(lower: bytes) -> bool:
    """Whether a header of this lower-case name holds a credential, or a URL that may."""
    return lower in LINK or CREDENTIAL.search(lower) is not None


class Redactor:
    """Replaces credential values. Keeps none of them, not even to hash them once only."""

    def __init__(self, secret: bytes) -> None:
        key = blake2b(b"credential", key=secret[:64], digest_size=32).digest()
        self.keyed = blake2b(key=key, digest_size=8)

    def headers(self, headers: Headers, places: tuple[int, ...]) -> Headers:
        """The headers with those at `places` replaced; a new list where there are any."""
        if not places:
            return headers
        replaced = headers.copy()
        for at in places:
            name, value = headers[at]
            replaced[at] = (name, self.value(name, value))
        return replaced

    def value(self, name: bytes, value: bytes) -> bytes:
        return self.target(value) if name.lower() in LINK else self.hashed(value)

    def target(self, target: bytes) -> bytes:
        """A request target or URL with the values of its credential fields replaced."""
        # Not `in`: of bytes in bytes it raises and drops an exception inside first.
        if target.find(b"@") >= 0:
            target = USER.sub(lambda user: self.hashed(user[0]), target)
        if target.find(b"=") >= 0:
            target = FIELD.sub(self.field, target)
        return target

    def field(self, field: re.Match[bytes]) -> bytes:
        mark, name, value = field.groups()
        if QUERY_CREDENTIAL.match(unquote_to_bytes(name)):
            return b"%b%b=%b" % (mark, name, self.hashed(value))
        return field[0]

    def hashed(self, value: bytes) -> bytes:
        state = self.keyed.copy()
        state.update(value)
        return b"cred:" + state.hexdigest().encode()
