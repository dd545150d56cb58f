"""One question of a program's form as a field of a page. The program's own checks judge it."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from etasu.portals.components.forms import ClockInput, DayInput
from etasu.portals.components.paper.answers import in_words
from etasu.safe_use.contacts import STATES
from etasu.safe_use.forms import Question
from etasu.safe_use.program import FieldType, FormField

# With more than this many answers to choose from, a list that opens is quicker than buttons.
MOST_BUTTONS = 7
_US_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_YES_NO = ("yes", "no")


class AnswerField(forms.CharField):
    """An answer as text, taken as it is: what is wrong with it is for `safe_use.forms` to say."""

    def __init__(self, question: Question, **kwargs: Any) -> None:
        self.question = question
        super().__init__(widget=_widget(question.field), required=question.is_needed, **kwargs)

    def to_python(self, value: Any) -> str:
        """The answer in the way forms keep it: a tick is `yes`, a US date becomes ISO text."""
        if self.question.field.type is FieldType.CHECKBOX:
            return "yes" if value not in (None, "", False, "off") else ""
        said = "" if value is None else str(value).strip()
        return _iso_day(said) if self.question.field.type is FieldType.DATE else said

    def validate(self, value: Any) -> None:
        """Nothing here: the form asks the program's own checks, which know the other answers."""

    def run_validators(self, value: Any) -> None:
        """Nothing here either."""


def page_field(question: Question) -> AnswerField:
    """The question as a field."""
    return AnswerField(question, label=_label(question), help_text=question.field.help or "")


def _label(question: Question) -> str:
    if question.row is None:
        return question.field.label
    return f"{question.row}. {question.field.label}"


def _widget(field: FormField) -> forms.Widget:
    match field.type:
        case FieldType.CHECKBOX:
            return forms.CheckboxInput(check_test=lambda value: value == "yes")
        case FieldType.YES_NO:
            return forms.RadioSelect(choices=[(each, in_words(field, each)) for each in _YES_NO])
        case FieldType.CHOICE:
            return _choice(field)
        case FieldType.STATE:
            return forms.Select(choices=[("", _("Choose a state")), *STATES.items()])
        case FieldType.DATE:
            return DayInput()
        case FieldType.TIME:
            return ClockInput()
        case FieldType.LONG_TEXT:
            return forms.Textarea(attrs={"rows": 4})
    return forms.TextInput(attrs=_HINTS.get(field.type, {}))


def _choice(field: FormField) -> forms.Widget:
    choices = [(value, in_words(field, value)) for value in field.values]
    if len(choices) <= MOST_BUTTONS:
        return forms.RadioSelect(choices=choices)
    return forms.Select(choices=[("", _("Choose")), *choices])


# What keyboard a phone shows.
_HINTS: dict[FieldType, dict[str, str]] = {
    FieldType.NUMBER: {"inputmode": "decimal"},
    FieldType.NPI: {"inputmode": "numeric"},
    FieldType.NCPDP: {"inputmode": "numeric"},
    FieldType.ZIP: {"inputmode": "numeric"},
    FieldType.PHONE: {"type": "tel"},
    FieldType.EMAIL: {"type": "email"},
}


def _iso_day(said: str) -> str:
    found = _US_DAY.fullmatch(said)
    if found is None:
        return said
    month, day, year = (int(part) for part in found.groups())
    return f"{year:04}-{month:02}-{day:02}"
