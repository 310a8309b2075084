"""Token counts as OpenAI's dialects state them, chat and Responses alike."""

from msgspec import Struct

from proxy.model.exchange import Usage


class Details(Struct, gc=False):
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    cache_write_tokens: int | None = None


class StatedUsage(Struct, gc=False):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    prompt_tokens_details: Details | None = None
    completion_tokens_details: Details | None = None
    input_tokens_details: Details | None = None
    output_tokens_details: Details | None = None
    prompt_token_details: Details | None = None  # Writer
    completion_token_details: Details | None = None  # Writer
    prompt_cache_hit_tokens: int | None = None  # DeepSeek
    num_cached_tokens: int | None = None  # Mistral
    cached_tokens: int | None = None  # Moonshot, Together
    reasoning_tokens: int | None = None


EMPTY = Details()


def usage(
    stated: StatedUsage | None, *, without_reasoning: bool = False
) -> Usage | None:
    """`without_reasoning`: the provider leaves reasoning out of the output (xAI chat)."""
    if stated is None:
        return None
    into = (
        stated.prompt_tokens_details
        or stated.input_tokens_details
        or stated.prompt_token_details
        or EMPTY
    )
    out = (
        stated.completion_tokens_details
        or stated.output_tokens_details
        or stated.completion_token_details
        or EMPTY
    )
    prompt = first(stated.prompt_tokens, stated.input_tokens)
    output = first(stated.completion_tokens, stated.output_tokens)
    reasoning = first(out.reasoning_tokens, stated.reasoning_tokens)
    full = output
    if without_reasoning and output is not None:
        full = output + (reasoning or 0)
    return Usage(
        prompt,
        output,
        stated.total_tokens,
        cached(stated, into),
        into.cache_write_tokens,
        reasoning,
        prompt,
        full,
    )


def cached(stated: StatedUsage, into: Details) -> int | None:
    named = first(into.cached_tokens, stated.prompt_cache_hit_tokens)
    return first(first(named, stated.num_cached_tokens), stated.cached_tokens)


def first(one: int | None, other: int | None) -> int | None:
    return other if one is None else one
