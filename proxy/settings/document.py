"""A settings file as plain data, with the line of every key and `${VAR}` filled in.

Safe on foreign input: no aliases, no tags, bounded size and depth.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import yaml

from proxy.errors import SettingsError

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 16
VARIABLE = re.compile(r"\$\$\{|\$\{([^}]*)(\}?)")
NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)
DEFAULT_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map")}
Path = tuple[str | int, ...]
Plain = None | bool | int | float | str


def dotted(path: Path) -> str:
    """`routes[1].upstream` for ("routes", 1, "upstream")."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


@dataclass(slots=True)
class Document:
    """What a settings file says, and where it says it."""

    source: str
    data: object = None
    lines: dict[Path, int] = field(default_factory=dict)
    written: dict[Path, str] = field(default_factory=dict)
    """Values as they stand in the file: before the environment's are filled in, so that
    an error shows no secret."""
    errors: list[SettingsError] = field(default_factory=list)

    def line(self, path: Path) -> int | None:
        """The line of the key, or of what is nearest above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)

    def at(self, path: Path) -> object:
        """The value of a key; None where there is none."""
        data = self.data
        for part in path:
            if isinstance(data, dict):
                data = data.get(part)
            elif isinstance(data, list) and isinstance(part, int):
                data = data[part]
        return data

    def refuse(self, path: Path, problem: str) -> None:
        error = SettingsError(self.source, dotted(path), problem, line=self.line(path))
        self.errors.append(error)


class Refused(yaml.YAMLError):
    """Legal YAML that has no place in settings."""

    def __init__(self, problem: str, event: yaml.Event) -> None:
        self.problem = problem
        self.line = event.start_mark.line + 1 if event.start_mark else None


class PlainLoader(yaml.SafeLoader):
    """Composes nodes and resolves nothing: the types are `plain_value`'s.

    YAML 1.1, which PyYAML speaks, reads `no` as false and `12:30` as 750.
    """

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # PyYAML's own name
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]  # the stubs' gap
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Refused("anchors and aliases are not supported", event)
        if self.depth >= MAX_DEPTH:
            raise Refused(f"is nested more than {MAX_DEPTH} deep", event)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


PLAIN_TYPES: list[tuple[re.Pattern[str], Callable[[str], Plain]]] = [
    (re.compile(r"~|null|Null|NULL|"), lambda _: None),
    (re.compile(r"true|True|TRUE|false|False|FALSE"), lambda text: text[0] in "tT"),
    (re.compile(r"[-+]?[0-9]{1,18}"), int),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
]


def parse(text: str, source: str, environ: Mapping[str, str]) -> Document:
    """The document of `text`; what is wrong with its form stands in `errors`."""
    document = Document(source)
    try:
        node = PlainLoader(text).get_single_node()
    except yaml.YAMLError as error:
        document.errors.append(syntax_error(error, text, source))
        return document
    if node is not None:
        document.data = Builder(document, environ).build(node, ())
    return document


def syntax_error(error: yaml.YAMLError, text: str, source: str) -> SettingsError:
    if isinstance(error, Refused):
        return SettingsError(source, "", error.problem, line=error.line)
    if not isinstance(error, yaml.MarkedYAMLError):  # a control character in the text
        problem = f"is not YAML: {' '.join(str(error).split())}"
        return SettingsError(source, "", problem)
    mark = error.problem_mark or error.context_mark
    line = None if mark is None else mark.line + 1
    problem = f"is not YAML: {error.problem or error.context}"
    if line is not None and "${" in "".join(text.splitlines()[line - 1 : line]):
        problem += '; inside {…} or […] write "${VAR}" in quotes'
    return SettingsError(source, "", problem, line=line)


class Builder:
    """Turns YAML nodes into plain data and notes where each value stands."""

    def __init__(self, document: Document, environ: Mapping[str, str]) -> None:
        self.document = document
        self.environ = environ

    def build(self, node: yaml.Node, path: Path) -> object:
        self.document.lines.setdefault(path, node.start_mark.line + 1)
        if node.tag not in DEFAULT_TAGS:
            self.document.refuse(path, f"has the tag {node.tag}; remove it")
            return None
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, i)) for i, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return self.scalar(node, path)

    def mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, object]:
        found: dict[str, object] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.document.lines.setdefault(path, line)
                self.document.refuse(path, f"has a key on line {line} that is no text")
                continue
            key = (*path, key_node.value)
            if key_node.value in found:
                first = self.document.lines[key]
                self.document.lines[key] = line
                self.document.refuse(
                    key, f"is given twice, first on line {first}; keep one"
                )
            self.document.lines[key] = line
            found[key_node.value] = self.build(value_node, key)
        return found

    def scalar(self, node: yaml.Node, path: Path) -> Plain:
        self.document.written[path] = node.value
        text = VARIABLE.sub(lambda match: self.variable(match, path), node.value)
        # A quoted value stays text; `workers: ${WORKERS}` is the number it holds.
        quoted = node.style is not None  # type: ignore[attr-defined]  # the stubs' gap
        return text if quoted else plain_value(text)

    def variable(self, match: re.Match[str], path: Path) -> str:
        if match[0] == "$${":
            return "${"
        parts = NAME.fullmatch(match[1])
        if parts is None or not match[2]:
            self.document.refuse(
                path, f'has {match[0]}; write "${{VAR}}" or "${{VAR:-default}}"'
            )
            return ""
        name, default = parts[1], parts[2]
        # As in a shell, `:-` also stands in for a variable that is set but empty.
        value = self.environ.get(name)
        if not value and default is not None:
            value = default
        if value is None:
            self.document.refuse(
                path,
                f"needs the environment variable {name}, which is not set; set it or "
                f'write "${{{name}:-default}}"',
            )
            return ""
        return value


def plain_value(text: str) -> Plain:
    """The value of an unquoted scalar by YAML 1.2's core schema."""
    for pattern, convert in PLAIN_TYPES:
        if pattern.fullmatch(text):
            return convert(text)
    return text
