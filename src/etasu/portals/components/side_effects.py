"""What every page on which a side effect is reported shows and asks, whoever reports it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.forms import DayInput
from etasu.portals.language import page_language
from etasu.programs import library
from etasu.programs.public_site import read_public_site
from etasu.safe_use.safety_plan import CaseKind, Criterion

# As much as anybody writes in one answer.
LONGEST = 10_000
KINDS: Mapping[str, str | Promise] = {
    CaseKind.ADVERSE_EVENT: gettext_lazy("A side effect, or anything that went wrong"),
    CaseKind.PREGNANCY: gettext_lazy("A pregnancy"),
}
# What makes a report serious, in plain words.
CRITERIA: Mapping[str, str | Promise] = {
    Criterion.HOSPITALIZATION: gettext_lazy("A stay in the hospital, or a longer one"),
    Criterion.LIFE_THREATENING: gettext_lazy("Danger of dying"),
    Criterion.DISABILITY: gettext_lazy("Something that cannot be done any more, for long"),
    Criterion.CONGENITAL_ANOMALY: gettext_lazy("A baby born with a health problem"),
    Criterion.IMPORTANT_MEDICAL_EVENT: gettext_lazy("Treatment to prevent one of these"),
    Criterion.DEATH: gettext_lazy("Death"),
}


class ReportLines(NamedTuple):
    """Whom else to tell: FDA, and for a pregnancy the line the program names; empty when none."""

    telephone: str
    website: str
    pregnancy: str
    program: str
    crisis: str


def report_lines(code: str) -> ReportLines:
    """The lines of a program, in the language of the page where it has words for them."""
    loaded = library.current().programs.get(code)
    if loaded is None:
        return ReportLines("", "", "", "", "")
    site = read_public_site(loaded.folder / loaded.versions[-1].label)
    language = page_language()
    contacts = loaded.program.contacts
    known = {each.kind: site.name(each.value, language)[0] for each in contacts}
    return ReportLines(
        known.get("safety-report-telephone", ""),
        known.get("safety-report-website", ""),
        known.get("pregnancy-telephone", ""),
        known.get("telephone", ""),
        known.get("crisis-telephone", ""),
    )


def words_field(label: Any, help_text: Any) -> forms.CharField:
    """What happened, in somebody's own words; a few are enough."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": gettext_lazy("Say what happened. A few words are enough")},
    )


def kind_field(label: Any) -> forms.ChoiceField:
    """What it is about."""
    return forms.ChoiceField(
        label=label,
        choices=list(KINDS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say what it is about")},
    )


def criteria_field(label: Any) -> forms.MultipleChoiceField:
    """What it led to; nothing chosen is no answer, and never a no."""
    return forms.MultipleChoiceField(
        label=label,
        help_text=gettext_lazy("Choose all that fit. Leave it empty when none does."),
        choices=list(CRITERIA.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class PastDayField(forms.DateField):
    """A day that has come; `on` is today for whoever answers."""

    on: date | None = None

    def __init__(self, **kwargs: Any) -> None:
        errors = {"invalid": gettext_lazy("Enter a day that exists"), **kwargs.pop("errors", {})}
        super().__init__(
            required=False,
            widget=DayInput(attrs={"class": "input--short"}),
            error_messages=errors,
            **kwargs,
        )

    def clean(self, value: Any) -> date | None:
        """The day; one that is yet to come is a slip."""
        day: date | None = super().clean(value)
        if day is not None and self.on is not None and day > self.on:
            raise forms.ValidationError(_("This day is yet to come. Enter today or a day before"))
        return day


def as_text(said: Mapping[str, Any]) -> dict[str, str]:
    """Answers as a case keeps them: days in ISO form, nothing for what was not said."""
    found = {
        name: value.isoformat() if isinstance(value, date) else str(value or "").strip()
        for name, value in said.items()
    }
    return {name: text for name, text in found.items() if text}
