"""Forms as the portals show them, with every mistake listed once on top and once at its field."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from etasu.portals.components.form_pages.words import SAID
from etasu.registry.authorizations.requests import BadRequest
from etasu.safe_use.form_checks import Wrong
from etasu.safe_use.identifiers import number_ok
from etasu.safe_use.names import name_ok, place_name_ok

_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    # Django makes this one out of the next.
    (forms.CheckboxSelectMultiple, "usa-checkbox__input"),
    (forms.RadioSelect, "usa-radio__input"),
    (forms.CheckboxInput, "usa-checkbox__input"),
    (forms.Select, "usa-select"),
    (forms.Textarea, "usa-textarea"),
    (forms.widgets.Input, "usa-input"),
)


# As much of a question as a summary repeats.
_LONGEST_QUESTION = 80
_TOO_LONG = _("This is too long. Use at most %(limit_value)s characters")


class Mistake(NamedTuple):
    """One thing to put right: what to do, and the id of the field it is about."""

    text: str
    field_id: str


class PortalForm(forms.Form):
    """A form whose fields wear the design system's classes; the server alone checks them."""

    use_required_attribute = False
    # Whether what may be left out is marked as optional, field by field.
    marks_optional = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            dress(field)

    def add(self, name: str, field: forms.Field) -> None:
        """Add a field the program calls for, dressed like the others."""
        dress(field)
        self.fields[name] = field

    def mistakes(self) -> list[Mistake]:
        """Every mistake in the order of the fields, those of the whole form first."""
        found = [Mistake(str(text), "main") for text in self.non_field_errors()]
        for bound in self:
            where = first_control(bound)
            found += [Mistake(in_summary(bound, str(text)), where) for text in bound.errors]
        return found

    def add_problems(self, refused: BadRequest) -> None:
        """Show what the registry would not take at the fields it is about."""
        for problem in refused.problems:
            field = problem.field if problem.field in self.fields else None
            self.add_error(field, problem.detail)


class VisitorEmail(forms.EmailField):
    """Where somebody without an account is written to."""

    def __init__(self, **kwargs: Any) -> None:
        said = {
            "required": _("Enter an e-mail address"),
            "invalid": _("Enter an email address, such as name@example.org"),
        }
        widget = forms.EmailInput(attrs={"autocomplete": "email"})
        kwargs = {"label": _("E-mail address"), "max_length": 254, **kwargs}
        super().__init__(widget=widget, error_messages=said, **kwargs)


class ReasonForm(PortalForm):
    """Why; what is written here stays on record."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why")},
    )


class DayInput(forms.DateInput):
    """A day, picked in the browser's own calendar."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class ClockInput(forms.TimeInput):
    """A time of day."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class NumberField(forms.CharField):
    """One of our numbers, forgiving about spaces, hyphens, small letters, and O for 0."""

    default_error_messages = {
        "slip": _("Enter the number as printed, such as 7QK2M-X0B4T-N; this one holds a slip."),
    }

    def __init__(self, **kwargs: Any) -> None:
        attrs = {
            "class": "input--number input--short",
            "autocomplete": "off",
            "spellcheck": "false",
        }
        super().__init__(max_length=40, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> str:
        """The number as printed; a slip is told before anything is looked up."""
        text = super().clean(value)
        if not text:
            return ""
        number = as_printed(text)
        if not number_ok(number):
            raise ValidationError(self.error_messages["slip"], code="slip")
        return number


class NameField(forms.CharField):
    """A person's name, by the one rule for names; with `of_place` that of a site or company."""

    default_error_messages = {
        "not_a_name": _(
            "Use letters, spaces, apostrophes, hyphens, periods and commas only, at most 200"
        ),
        "not_a_place": _("Use letters, numbers, spaces and punctuation only, at most 200"),
    }

    def __init__(self, *, of_place: bool = False, **kwargs: Any) -> None:
        self.of_place = of_place
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        """The name in composed letters, without space around it."""
        text = unicodedata.normalize("NFC", super().clean(value))
        code, is_ok = ("not_a_place", place_name_ok) if self.of_place else ("not_a_name", name_ok)
        if text and not is_ok(text):
            raise ValidationError(self.error_messages[code], code=code)
        return text


def sent_form(request: HttpRequest) -> QueryDict | None:
    """What was sent, even when every field is empty; None when the page was only opened."""
    return request.POST if request.method == "POST" else None


def as_printed(text: str) -> str:
    """What somebody typed for a number, in the way we print numbers."""
    kept = "".join(char for char in text.upper() if char.isalnum())
    kept = kept.translate(str.maketrans("OIL", "011"))
    return f"{kept[:5]}-{kept[5:10]}-{kept[10:]}"


def dress(field: forms.Field) -> None:
    """Give the field's widget the class of its kind, and the field our own words for too long."""
    field.error_messages.setdefault("max_length", _TOO_LONG)
    for kind, css in _CLASSES:
        if isinstance(field.widget, kind):
            own = field.widget.attrs.get("class", "")
            field.widget.attrs["class"] = f"{css} {own}".strip()
            return


def in_summary(bound: forms.BoundField, text: str) -> str:
    """A mistake as it reads away from its field: one that could be any field's says which."""
    question = str(bound.label).strip()
    if len(question) > _LONGEST_QUESTION:
        question = f"{question[:_LONGEST_QUESTION].rsplit(' ', 1)[0]} …"
    if text in _asked_again():
        return _("Answer: %(question)s") % {"question": question}
    if any(each and text.startswith(each) for each in _could_be_any()):
        return f"{question}: {text}"
    return text


def _asked_again() -> set[str]:
    return {str(SAID[Wrong.MISSING]), str(forms.Field.default_error_messages["required"])}


def _could_be_any() -> Iterator[str]:
    """How the mistakes begin that a program's forms tell in the same words for every question."""
    said = [*SAID.values(), _TOO_LONG, *NameField.default_error_messages.values()]
    yield from (str(each).partition("%(")[0] for each in said)


def first_control(bound: forms.BoundField) -> str:
    """The id a link in the error summary leads to."""
    has_many = isinstance(bound.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    return f"{bound.auto_id}_0" if has_many else str(bound.auto_id)
