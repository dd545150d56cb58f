"""Questions and answers of a form in words, as they stand on paper."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, time
from itertools import groupby
from typing import NamedTuple

from django.utils.translation import gettext as _

from etasu.portals.components import dates
from etasu.safe_use.program import FieldType, FormDefinition, FormField

Answers = Mapping[str, str]


class Block(NamedTuple):
    """Questions that are asked together: `times` is how often, 1 for those asked once."""

    times: int
    fields: tuple[FormField, ...]


def blocks(fields: Sequence[FormField]) -> list[Block]:
    """The questions in order, those that repeat equally often side by side taken together."""
    grouped = groupby(fields, key=lambda field: field.repeat or 1)
    return [Block(times, tuple(each)) for times, each in grouped]


def key_of(field: FormField, row: int | None = None) -> str:
    """Where the answer stands; a question that repeats has one for each row, from 1."""
    return field.code if row is None else f"{field.code}.{row}"


def as_text(answer: object) -> str:
    """An answer of the record as text, whatever it was kept as."""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return "" if answer is None else json.dumps(answer, ensure_ascii=False, sort_keys=True)


def in_words(field: FormField, answer: str) -> str:
    """The answer as it reads; what cannot be read as its type is shown as it is."""
    if field.type in (FieldType.YES_NO, FieldType.CHECKBOX):
        return {"yes": _("Yes"), "no": _("No")}.get(answer, answer)
    if field.type is FieldType.CHOICE:
        said = field.said(answer)
        return said[:1].upper() + said[1:]
    try:
        if field.type is FieldType.DATE:
            return dates.day(date.fromisoformat(answer))
        if field.type is FieldType.TIME:
            return time.fromisoformat(answer).strftime("%-I:%M %p")
    except ValueError:
        return answer
    return answer


def options(field: FormField) -> list[str]:
    """What can be ticked; empty where the answer is written."""
    if field.type is FieldType.YES_NO:
        return [_("Yes"), _("No")]
    return [in_words(field, value) for value in field.values]


def condition(field: FormField, definition: FormDefinition) -> str:
    """When the question is to be answered at all; empty for always."""
    if field.shown_when is None:
        return ""
    code, _equals, answer = field.shown_when.partition("=")
    asked = [each for part in definition.sections for each in part.fields if each.code == code]
    question = asked[0].label if asked else code
    named = {"question": question, "answer": in_words(asked[0], answer) if asked else answer}
    return _("Only when “%(question)s” is answered: %(answer)s") % named
