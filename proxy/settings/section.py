"""What every part of the settings tree has in common."""

import hashlib
from typing import get_args

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def all_commented_out(cls, data: object) -> object:
        """`relay:` with nothing below it is the section's defaults."""
        return {} if data is None else data


def refusal(problem: str, *at: str | int) -> PydanticCustomError:
    """An error about the key `at`, seen from the section whose validator raises it."""
    return PydanticCustomError("refused", "{problem}", {"problem": problem, "at": at})


def section_in(annotation: object) -> type[Section] | None:
    """The Section that a field holds, alone or in a list; None for a plain value."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    for argument in get_args(annotation):
        found = section_in(argument)
        if found is not None:
            return found
    return None


def digest(section: Section) -> str:
    return hashlib.sha256(section.model_dump_json().encode()).hexdigest()[:12]
