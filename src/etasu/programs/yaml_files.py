"""YAML without guessing: text stays text, so a date, a code or `no` never changes its type."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import yaml


class Problem(NamedTuple):
    """One mistake in a program folder, said so that its author can fix it."""

    file: str
    entry: str
    field: str
    expected: str

    def __str__(self) -> str:
        """The mistake on one line: file, entry, field, and what was expected."""
        place = ": ".join(part for part in (self.file, self.entry, self.field) if part)
        return f"{place}: expected {self.expected}"


class BadProgram(Exception):
    """A program folder that cannot be used, with every mistake found."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class _Plain:
    """Knows null, true, false and whole numbers; refuses a key written twice."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping, refusing duplicate keys, which plain YAML would silently merge."""
        reader: Any = self
        keys = [reader.construct_object(key, deep=deep) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is written twice", node.start_mark
                )
        found: dict[Any, Any] = yaml.SafeLoader.construct_mapping(reader, node, deep=deep)
        return found


class _PlainLoader(_Plain, yaml.SafeLoader):
    """Says best where a mistake is."""


# libyaml is not stopped by levels without end but by the end of its stack.
_DEEPEST = 4000


# libyaml reads eight times faster; an installation without it reads the same.
class _FastLoader(_Plain, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads what has no mistake."""


for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("tag:yaml.org,2002:bool", r"^(?:true|false)$", ["t", "f"]),
    ("tag:yaml.org,2002:int", r"^-?(?:0|[1-9][0-9]*)$", list("-0123456789")),
    ("tag:yaml.org,2002:merge", r"^(?:<<)$", ["<"]),
):
    for _loader in (_PlainLoader, _FastLoader):
        _loader.add_implicit_resolver(_tag, re.compile(_pattern), _first)


def read_yaml(path: Path, name: str) -> Any:
    """What the file holds; raises BadProgram, naming line and column, when it is not YAML."""
    return parse_yaml(read_utf_8(path, name), name)


def read_utf_8(path: Path, name: str) -> str:
    """The text of a file; raises BadProgram when it cannot be read or is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        said = f"a readable file ({error.strerror})"
        raise BadProgram([Problem(name, "", "", said)]) from error
    except UnicodeDecodeError as error:
        said = f"text in UTF-8 without control characters ({error})"
        raise BadProgram([Problem(name, "", "", said)]) from error


def parse_yaml(text: str, name: str) -> Any:
    """What the text holds; raises BadProgram, naming line and column, when it is not YAML."""
    if _deepest(text) <= _DEEPEST:
        with suppress(yaml.YAMLError, RecursionError):
            return yaml.load(text, Loader=_FastLoader)  # noqa: S506
    return _read_slowly(text, name)


def _deepest(text: str) -> int:
    """More levels than this the text cannot have: brackets, or signs on one line."""
    longest = max(map(len, text.splitlines()), default=0)
    return text.count("[") + text.count("{") + longest


def _read_slowly(text: str, name: str) -> Any:
    """The same, read by the loader that says best what is wrong and where."""
    try:
        return yaml.load(text, Loader=_PlainLoader)  # noqa: S506
    except RecursionError as error:
        said = "fewer levels, one inside the other"
        raise BadProgram([Problem(name, "", "", said)]) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise BadProgram([Problem(name, place, "", f"valid YAML ({error.problem})")]) from error
    except yaml.YAMLError as error:
        said = f"text in UTF-8 without control characters ({error})"
        raise BadProgram([Problem(name, "", "", said)]) from error
