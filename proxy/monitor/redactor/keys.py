"""Credentials that are known by their shape, whoever issued them."""

import re
from collections.abc import Iterator

from proxy.monitor.redactor.spans import Span

# By beginning: how many characters of which kind must follow. Each is one run, so that
# what fails has been read once.
WORD = r"[A-Za-z0-9_-]"
PLAIN = r"[A-Za-z0-9]"
BASE64 = r"[A-Za-z0-9+/=_-]"
HEX = r"[0-9a-f]"
DOTTED = r"[A-Za-z0-9_.-]"
STARTS: dict[str, tuple[str, int]] = {
    **dict.fromkeys(("sk-", "pk-", "rk-", "csk-", "fw_", "tvly-", "pplx-"), (WORD, 16)),
    **dict.fromkeys(("xai-", "gsk_", "hf_", "r8_", "nvapi-", "pcsk_"), (WORD, 16)),
    **dict.fromkeys(("sk_live_", "sk_test_", "rk_live_", "rk_test_"), (WORD, 10)),
    **dict.fromkeys(("pk_live_", "pk_test_"), (WORD, 10)),
    **dict.fromkeys(("whsec_", "sbp_", "lsv2_"), (WORD, 16)),
    **dict.fromkeys(("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "npm_"), (PLAIN, 16)),
    **dict.fromkeys(("github_pat_", "glpat-", "glsa_", "glc_"), (WORD, 16)),
    **dict.fromkeys(("pypi-", "lin_api_", "ntn_", "secret_", "figd_"), (WORD, 20)),
    **dict.fromkeys(("xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-"), (WORD, 10)),
    **dict.fromkeys(("xoxr-", "xoxs-", "xapp-", "shpat_", "shpss_"), (WORD, 10)),
    **dict.fromkeys(("AKIA", "ASIA", "ABIA", "ACCA", "AGPA", "AIDA"), ("[A-Z0-9]", 12)),
    **dict.fromkeys(("AROA", "ANPA"), ("[A-Z0-9]", 12)),
    **dict.fromkeys(("dop_v1_", "dapi"), (HEX, 30)),
    **dict.fromkeys(("ATATT", "hvs.", "hvb.", "sntrys_", "ABSK"), (BASE64, 20)),
    **dict.fromkeys(("ya29.", "SG.", "eyJ", "dp.pt."), (DOTTED, 20)),
    "AIza": (WORD, 30),
    "GOCSPX-": (WORD, 20),
    "1//0": (WORD, 24),
    "AC": (HEX, 32),
    "SK": (HEX, 32),
    "key-": (HEX, 32),
    "hooks.slack.com/services/": (r"[A-Za-z0-9/]", 20),
}
TAILS = {
    start: re.compile(f"{kind}{{{least},}}+") for start, (kind, least) in STARTS.items()
}
SHORT = 3
"""A beginning of so few characters also stands inside words."""
BLOCK = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
BLOCK_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
TELEGRAM = re.compile(r"(?<!\d)\d{8,10}:[A-Za-z0-9_-]{34,36}(?![A-Za-z0-9_-])")


def keys(text: str) -> Iterator[Span]:
    for start, tail in TAILS.items():
        if start in text:
            yield from beginning_with(start, tail, text)
    if "-----BEGIN" in text:
        yield from blocks(text)
    for hit in TELEGRAM.finditer(text):
        yield Span(hit.start(), hit.end(), "secret")


def beginning_with(start: str, tail: re.Pattern[str], text: str) -> Iterator[Span]:
    at = text.find(start)
    while at >= 0:
        after = at + len(start)
        hit = tail.match(text, after)
        if hit is not None:
            after = hit.end()
            is_telling = len(start) > SHORT and has_digit(hit[0])
            if is_telling or stands_alone(text, at):
                yield Span(at, after, "secret")
        at = text.find(start, after)


def stands_alone(text: str, at: int) -> bool:
    """Or `task-force-of-the-future` would hold a key that begins with `sk-`."""
    return at == 0 or not text[at - 1].isalnum()


def has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def blocks(text: str) -> Iterator[Span]:
    """A key whose end is missing takes all that follows with it."""
    at = 0
    while (begin := BLOCK.search(text, at)) is not None:
        end = BLOCK_END.search(text, begin.end())
        at = len(text) if end is None else end.end()
        yield Span(begin.start(), at, "secret")
