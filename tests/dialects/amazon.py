"""Frames of Amazon's event stream, made for tests."""

import base64
import json
import struct
import zlib

HEAD = struct.Struct(">II")
CRC = struct.Struct(">I")


def header(name: str, value: str) -> bytes:
    raw, text = name.encode(), value.encode()
    return bytes([len(raw)]) + raw + b"\x07" + len(text).to_bytes(2, "big") + text


def framed(headers: bytes, payload: bytes) -> bytes:
    head = HEAD.pack(16 + len(headers) + len(payload), len(headers))
    frame = head + CRC.pack(zlib.crc32(head)) + headers + payload
    return frame + CRC.pack(zlib.crc32(frame))


def event(kind: str, document: object) -> bytes:
    headers = header(":event-type", kind) + header(":message-type", "event")
    return framed(headers, json.dumps(document).encode())


def exception(kind: str, document: object) -> bytes:
    headers = header(":message-type", "exception") + header(":exception-type", kind)
    return framed(headers, json.dumps(document).encode())


def chunk(document: object) -> bytes:
    """A piece of a model's own stream, as `invoke-with-response-stream` wraps it."""
    inner = base64.b64encode(json.dumps(document).encode()).decode()
    return event("chunk", {"bytes": inner, "p": "abcdef"})
