"""Questions of a program's own forms as fields of a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from etasu.portals.components.forms import ClockInput, DayInput, PortalForm
from etasu.safe_use.program import FieldType, FormField

YES_NO = (("yes", _("Yes")), ("no", _("No")))


class ProgramForm(PortalForm):
    """The given questions of a program's form. Answers come out as text, dates as ISO text."""

    def __init__(self, asked: Iterable[FormField], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = tuple(asked)
        labels = {each.code: each.label for each in self.asked}
        for each in self.asked:
            self.add(each.code, page_field(each, labels))

    def clean(self) -> dict[str, Any]:
        """Ask for what the answers above bring with them."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        said = {code: _as_text(value) for code, value in cleaned.items()}
        for each in self.asked:
            is_wanted = each.required and each.shown_when is not None and is_shown(each, said)
            if is_wanted and not said.get(each.code) and each.code not in self.errors:
                self.add_error(each.code, _("Answer this question"))
        return cleaned

    def answers(self) -> dict[str, str]:
        """The answers given; questions not shown or not answered are left out."""
        said = {each.code: _as_text(self.cleaned_data.get(each.code)) for each in self.asked}
        return {
            each.code: said[each.code]
            for each in self.asked
            if said[each.code] and is_shown(each, said)
        }


def is_shown(field: FormField, answers: Mapping[str, str]) -> bool:
    """Whether the question is asked, given the answers to those above it."""
    if field.shown_when is None:
        return True
    code, _equals, answer = field.shown_when.partition("=")
    return answers.get(code) == answer


def page_field(field: FormField, labels: Mapping[str, str]) -> forms.Field:
    """The question as a field of a page; `labels` are those of the questions beside it.

    A question that depends on another answer is asked for by the form, once that answer is known.
    """
    shared: dict[str, Any] = {
        "label": field.label,
        "required": field.required and field.shown_when is None,
        "help_text": _when_shown(field, labels),
        "error_messages": {"required": _("Answer this question")},
    }
    if field.type is FieldType.CHECKBOX:
        return forms.BooleanField(**shared)
    if field.type is FieldType.YES_NO:
        return forms.ChoiceField(choices=YES_NO, widget=forms.RadioSelect, **shared)
    if field.type is FieldType.CHOICE:
        choices = [(value, value[:1].upper() + value[1:]) for value in field.values]
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **shared)
    if field.type is FieldType.DATE:
        return forms.DateField(widget=DayInput(), **shared)
    if field.type is FieldType.TIME:
        return forms.TimeField(widget=ClockInput(), **shared)
    return _written(field, shared)


def _written(field: FormField, shared: dict[str, Any]) -> forms.Field:
    if field.type is FieldType.NUMBER:
        return forms.DecimalField(**shared)
    if field.type is FieldType.EMAIL:
        return forms.EmailField(**shared)
    if field.type in (FieldType.LONG_TEXT, FieldType.ADDRESS):
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=4000, **shared)
    return forms.CharField(max_length=400, **shared)


def _when_shown(field: FormField, labels: Mapping[str, str]) -> str:
    if field.shown_when is None:
        return ""
    code, _equals, answer = field.shown_when.partition("=")
    named = {"question": labels.get(code, code), "answer": dict(YES_NO).get(answer, answer)}
    return gettext("Only when “%(question)s” is answered: %(answer)s") % named


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value).strip()
