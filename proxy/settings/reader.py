"""Reads settings from a YAML file and the environment; tells all that is wrong at once."""

from collections.abc import Mapping
from pathlib import Path as FilePath

from pydantic import ValidationError

from proxy.errors import SettingsError, SettingsErrors
from proxy.settings.document import MAX_BYTES, Document, parse
from proxy.settings.explain import explain
from proxy.settings.surroundings import problems
from proxy.settings.tree import Settings

DEFAULTS = "defaults"


def read(path: FilePath | None, environ: Mapping[str, str]) -> Settings:
    """The settings of a file, or the defaults without one; SettingsErrors if any is wrong."""
    document = Document(DEFAULTS) if path is None else load(path, environ)
    settings = None
    if not (document.errors and document.data is None):
        settings = validate(document)
    if settings is not None:
        for key, problem in problems(settings, environ):
            document.refuse(key, problem)
    if settings is None or document.errors:
        raise SettingsErrors(document.errors)
    return settings


def load(path: FilePath, environ: Mapping[str, str]) -> Document:
    source = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise SettingsErrors([SettingsError(source, "", reason)]) from error
    if len(content) > MAX_BYTES:
        refusal = SettingsError(source, "", f"is larger than {MAX_BYTES} bytes")
        raise SettingsErrors([refusal])
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        refusal = SettingsError(source, "", "is not UTF-8 text", line=line)
        raise SettingsErrors([refusal]) from error
    return parse(text, source, environ)


def validate(document: Document) -> Settings | None:
    """The settings, or None with the reasons added to the document's errors."""
    data = {} if document.data is None else document.data
    told = {error.key for error in document.errors}
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        for details in error.errors(include_url=False):
            key, problem = explain(details, document)
            refuse_once(document, key, problem, told)
        return None


def refuse_once(
    document: Document, key: tuple[str | int, ...], problem: str, told: set[str]
) -> None:
    """One error a key: a second says the same in other words."""
    before = len(document.errors)
    document.refuse(key, problem)
    if document.errors[before].key in told:
        del document.errors[before]
    told.add(document.errors[-1].key)
