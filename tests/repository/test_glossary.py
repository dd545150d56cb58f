"""The glossary and the code use the same words."""

from __future__ import annotations

import inspect
import re

from django.apps import apps

from etasu.safe_use import findings, program, requirements
from tests.repository.places import ROOT

# Plain building blocks that are not words of the field.
NOT_TERMS = {"User", "Entry", "Contact", "Product Code", "Form Section", "Form Field", "Field Type",
             "Signer", "Gate Unit", "Step Kind", "Program Status", "Patient Party", "Check",
             "Applies To", "Override By Form", "Everyone"}  # fmt: skip


def terms() -> dict[str, str]:
    """Each term of the glossary with its text."""
    text = (ROOT / "docs" / "glossary.md").read_text()
    found = re.findall(r"^\*\*(.+?)\*\*(.*)$", text, re.MULTILINE)
    return {term.lower(): said for term, said in found}


def spelled(name: str) -> str:
    """A class name as words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)


def nouns_in_code() -> set[str]:
    """The classes that stand for things of the field."""
    ours = {m.__name__ for m in apps.get_models() if m.__module__.startswith("etasu.")}
    for module in (findings, program):
        ours |= {
            name
            for name, value in vars(module).items()
            if inspect.isclass(value) and value.__module__ == module.__name__
        }
    return {spelled(name) for name in ours} - NOT_TERMS


def test_every_noun_of_the_code_is_in_the_glossary() -> None:
    assert sorted(n for n in nouns_in_code() if n.lower() not in terms()) == []


def test_every_requirement_kind_is_in_the_glossary() -> None:
    assert sorted(kind for kind in requirements.KINDS if f"`{kind}`" not in terms()) == []


def test_every_term_says_where_it_is_in_the_code() -> None:
    source = "\n".join(p.read_text() for p in (ROOT / "src" / "etasu").rglob("*.py"))
    missing = []
    for term, said in terms().items():
        anchors = re.findall(r"`([^`]+)`", said) or [term.strip("`")]
        if not any(anchor in source for anchor in anchors):
            missing.append(term)
    assert missing == []
