"""Errors that a tool's JSON result states in its fields."""

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

import msgspec

from proxy.model.recovery import Proof

decode = msgspec.json.Decoder().decode

MOST = 200_000
"""Characters; a longer result is read as text."""
DEEP = 4
FEW = 3
"""Fields of an object that is an envelope or a report of failure, and no record."""

FLAGS = ("iserror", "is_error", "has_error", "haserror")
EXITS = ("exit_code", "exitcode", "returncode", "return_code", "exit_status")
STATUSES = ("status_code", "statuscode", "http_status", "httpstatus", "http_code")
ERRORS = (
    *("error", "errors", "error_message", "errormessage", "error_msg", "err"),
    *("exception", "traceback", "error_type", "error_code", "errorcode", "fault"),
)
PAYLOADS = (
    *("result", "output", "response", "content", "data", "text", "message"),
    *("detail", "body", "observation", "stdout", "results", "reason"),
)
ENVELOPE = frozenset(
    {
        *(*FLAGS, *EXITS, *STATUSES, *ERRORS, *PAYLOADS, "status", "code", "success"),
        *("ok", "succeeded", "type", "id", "tool", "name", "tool_call_id", "stderr"),
    }
)
"""Fields around a result; with any other one the object is a record."""
BAD_WORDS = frozenset({"error", "errored", "exception", "fault"})
POOR_WORDS = frozenset(
    {"failed", "failure", "fail", "unauthorized", "forbidden", "timeout", "rejected"}
)
"""States that a record (a payment, a job) may be in, too."""
NOTHING = frozenset({"", "none", "null", "0", "false", "no error", "ok", "success"})
REASONS = ("message", "error", "reason", "detail", "details", "description")
NUMBER = re.compile(r"[1-5]\d\d")

# Cut in the middle, or written by Python: read by the eye.
QUOTED = re.compile(
    r"""["'](?:error|errors|error_message|exception)["']\s*:\s*["'{\[]\s*[^"'\s}\]]""",
    re.IGNORECASE,
)
FAILED_QUOTED = re.compile(
    r"""["'](?:success|ok)["']\s*:\s*(?:false|False)\b|["']is_?error["']\s*:\s*(?:true|True)\b""",
    re.IGNORECASE,
)


class Verdict(NamedTuple):
    """Either an error's proof, or the texts inside that remain to be read."""

    proof: Proof | None
    texts: tuple[str, ...]
    size: Literal["none", "empty", "some"] = "some"


def read(text: str) -> Verdict | None:
    """None where the result is no JSON document."""
    if text[:1] not in '{["' or len(text) > MOST:
        return None
    try:
        document: object = decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return broken(text)
    return weigh(document, 0)


def broken(text: str) -> Verdict | None:
    if text[0] != "{":
        return None
    head = text[:250]
    if QUOTED.search(head) or FAILED_QUOTED.search(head):
        return Verdict("field", ())
    return None


def weigh(value: object, depth: int) -> Verdict:
    if isinstance(value, str):
        return Verdict(None, (value,))
    if depth >= DEEP:
        return Verdict(None, ())
    if isinstance(value, dict):
        return of_object({str(k).lower(): v for k, v in value.items()}, depth)
    if isinstance(value, list):
        return of_list(value, depth)
    return Verdict(None, (), "empty" if value is None else "some")


def of_list(items: list[object], depth: int) -> Verdict:
    """Parts of one result, or records: records are data, whatever they say."""
    if not items:
        return Verdict(None, (), "empty")
    parts = [item for item in items if is_part(item)]
    if len(items) == 1 or len(parts) == len(items):
        found = [weigh(item, depth + 1) for item in items[:8]]
        proofs = [one.proof for one in found if one.proof]
        texts = tuple(text for one in found for text in one.texts)
        return Verdict(proofs[0] if proofs else None, texts)
    return Verdict(None, ())


def is_part(item: object) -> bool:
    return isinstance(item, dict) and item.get("type") == "text"


def of_object(fields: Mapping[str, object], depth: int) -> Verdict:
    proof = stated(fields)
    if proof is not None:
        return Verdict(proof, ())
    if not fields:
        return Verdict(None, (), "empty")
    held = [fields[name] for name in PAYLOADS if name in fields]
    meat = [v for v in held if isinstance(v, str | list | dict)]
    if len(meat) != 1 or not ENVELOPE.issuperset(fields):
        return Verdict(None, ())
    return weigh(meat[0], depth + 1)


def stated(fields: Mapping[str, object]) -> Proof | None:
    if any(fields.get(name) is True for name in FLAGS):
        return "flag"
    if any(is_bad_exit(fields.get(name)) for name in EXITS):
        return "exit_code"
    if any(is_bad_status(fields.get(name)) for name in STATUSES):
        return "status"
    if is_bad_status(fields.get("status")) or is_problem(fields):
        return "status"
    if any(fields.get(name) is False for name in ("success", "ok", "succeeded")):
        return "field"
    if any(is_error(fields[name]) for name in ERRORS if name in fields):
        return "field"
    return "field" if is_bad_word(fields) else None


def is_problem(fields: Mapping[str, object]) -> bool:
    """`{"code": 404, "message": "…"}`, as many services answer."""
    says = any(isinstance(fields.get(name), str) for name in REASONS)
    return says and len(fields) <= FEW + 1 and is_bad_status(fields.get("code"))


def is_bad_exit(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value != 0


def is_bad_status(value: object) -> bool:
    if isinstance(value, str) and NUMBER.fullmatch(value):
        value = int(value)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return is_number and isinstance(value, int) and 400 <= value <= 599


def is_error(value: object) -> bool:
    """A count of errors or a measure called `error` is none."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return False
    return not is_nothing(value)


def is_nothing(value: object) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in NOTHING
    if isinstance(value, dict):
        return all(is_nothing(item) for item in value.values())
    return value is None or value is False or value == 0 or value == []


def is_bad_word(fields: Mapping[str, object]) -> bool:
    word = fields.get("status", fields.get("result", fields.get("type")))
    if not isinstance(word, str):
        return False
    said = word.strip().lower()
    if said in BAD_WORDS:
        return True
    explains = any(isinstance(fields.get(name), str) for name in REASONS)
    return said in POOR_WORDS and (len(fields) <= FEW or explains) and len(fields) <= 5
