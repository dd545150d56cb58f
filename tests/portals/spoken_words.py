"""Every text the source wants translated, in Python and in templates, with who wants it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

from tests.repository.places import SOURCE

_CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
_IN_TEMPLATE = re.compile(r"\b(?:_|n?gettext)\(")

# A text, or one and many of it, as the catalog knows it.
Asked = tuple[str, ...]


def asked_for() -> dict[Asked, list[Path]]:
    """Every text to be translated, with the files that ask for it."""
    found: dict[Asked, list[Path]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for asked in in_python(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(asked, []).append(path)
    for path in sorted(SOURCE.rglob("templates/**/*")):
        if path.is_file():
            for asked in in_template(path.read_text(encoding="utf-8")):
                found.setdefault(asked, []).append(path)
    return found


def in_template(text: str) -> Iterator[Asked]:
    """The texts in a template. Django makes calls of them, with nothing sensible between."""
    calls = templatize(text)
    for match in _IN_TEMPLATE.finditer(calls):
        call = _call_at(calls, match.start())
        if call is not None:
            yield from in_python(call)


def _call_at(text: str, start: int) -> ast.AST | None:
    """The call that begins there: the shortest piece up to a bracket that can be parsed."""
    end = start
    for _attempt in range(20):
        end = text.find(")", end) + 1
        if not end:
            return None
        try:
            return ast.parse(text[start:end], mode="eval")
        except SyntaxError:
            continue
    return None


def in_python(tree: ast.AST) -> Iterator[Asked]:
    """The texts that a piece of Python asks for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in _CALLS:
            count = 2 if _name(node.func).startswith("ngettext") else 1
            texts = [each.value for each in node.args[:count] if isinstance(each, ast.Constant)]
            if len(texts) == count and all(isinstance(each, str) for each in texts):
                yield tuple(texts)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
