"""Forms as the portals show them, with every mistake listed once on top and once at its field."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from etasu.registry.authorizations.requests import BadRequest
from etasu.safe_use.identifiers import number_ok

_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.RadioSelect, "usa-radio__input"),
    (forms.CheckboxSelectMultiple, "usa-checkbox__input"),
    (forms.CheckboxInput, "usa-checkbox__input"),
    (forms.Select, "usa-select"),
    (forms.Textarea, "usa-textarea"),
    (forms.widgets.Input, "usa-input"),
)


class Mistake(NamedTuple):
    """One thing to put right: what to do, and the id of the field it is about."""

    text: str
    field_id: str


class PortalForm(forms.Form):
    """A form whose fields wear the design system's classes; the server alone checks them."""

    use_required_attribute = False

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
            found += [Mistake(str(text), first_control(bound)) for text in bound.errors]
        return found

    def add_problems(self, refused: BadRequest) -> None:
        """Show what the registry would not take at the fields it is about."""
        for problem in refused.problems:
            field = problem.field if problem.field in self.fields else None
            self.add_error(field, problem.detail)


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


def sent_form(request: HttpRequest) -> QueryDict | None:
    """What was sent, even when every field is empty; None when the page was only opened."""
    return request.POST if request.method == "POST" else None


def as_printed(text: str) -> str:
    """What somebody typed for a number, in the way we print numbers."""
    kept = "".join(char for char in text.upper() if char.isalnum())
    kept = kept.translate(str.maketrans("OIL", "011"))
    return f"{kept[:5]}-{kept[5:10]}-{kept[10:]}"


def dress(field: forms.Field) -> None:
    """Give the field's widget the class of its kind."""
    for kind, css in _CLASSES:
        if isinstance(field.widget, kind):
            own = field.widget.attrs.get("class", "")
            field.widget.attrs["class"] = f"{css} {own}".strip()
            return


def first_control(bound: forms.BoundField) -> str:
    """The id a link in the error summary leads to."""
    has_many = isinstance(bound.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    return f"{bound.auto_id}_0" if has_many else str(bound.auto_id)
