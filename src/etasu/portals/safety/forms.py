"""What somebody says who reports a side effect, and what safety staff say of a case."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.forms import NumberField, PortalForm, ReasonForm
from etasu.portals.components.side_effects import (
    LONGEST,
    PastDayField,
    criteria_field,
    kind_field,
    words_field,
)
from etasu.portals.components.words import ROLES
from etasu.portals.safety.words import CRITERIA, DETAILS, SAID
from etasu.registry.patients.facts import patient_by_number
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.safety import Said
from etasu.safe_use.safety_plan import Criterion, Detail

# Who may have told the program's staff.
TELLERS = (
    *("patient", "care_partner", "prescriber", "delegate", "infusion_nurse", "pharmacist"),
    "support_nurse",
)


def detail_field(detail: Detail, longest: int = 200, **more: Any) -> forms.CharField:
    """A detail as text, which may stay empty."""
    return forms.CharField(label=DETAILS[detail], max_length=longest, required=False, **more)


class _Telling(PortalForm):
    """What everybody can say of a case; days are checked against `on`."""

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, PastDayField):
                field.on = on

    def details(self) -> dict[str, Any]:
        """The details that were answered."""
        return {name: self.cleaned_data.get(name) for name in self.fields if name in set(Detail)}


class ReportForm(_Telling):
    """A report of somebody with an account. Only what happened has to be said."""

    kind = kind_field(gettext_lazy("What is it about?"))
    words = words_field(
        gettext_lazy("What happened?"),
        gettext_lazy("A few words are enough. Tests, treatment and dates help."),
    )
    patient_number = NumberField(
        label=gettext_lazy("Patient number"),
        help_text=gettext_lazy("If you do not know it, give initials, age or sex below."),
        required=False,
    )
    patient_initials = detail_field(Detail.PATIENT_INITIALS, 10)
    age = forms.IntegerField(label=DETAILS[Detail.AGE], min_value=0, max_value=130, required=False)
    sex = forms.ChoiceField(
        label=DETAILS[Detail.SEX],
        choices=[
            ("", gettext_lazy("Not known")),
            ("female", gettext_lazy("Female")),
            ("male", gettext_lazy("Male")),
        ],
        required=False,
    )
    began_on = PastDayField(label=DETAILS[Detail.BEGAN_ON])
    criteria = criteria_field(gettext_lazy("Did it lead to any of these?"))
    outcome = detail_field(Detail.OUTCOME)
    lot = detail_field(Detail.LOT)
    other_medicines = detail_field(
        Detail.OTHER_MEDICINES, LONGEST, widget=forms.Textarea(attrs={"rows": 2})
    )
    reporter_contact = detail_field(
        Detail.REPORTER_CONTACT,
        help_text=gettext_lazy("A telephone number or an e-mail address, if we need to know more."),
    )

    def __init__(self, *args: Any, program: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.program = program
        self.fields["criteria"].choices = list(CRITERIA.items())  # type: ignore[attr-defined]

    def clean_patient_number(self) -> str:
        """A number of this program; nobody is kept from reporting without one."""
        number: str = self.cleaned_data["patient_number"]
        if number and patient_by_number(number, self.program) is None:
            raise forms.ValidationError(
                _("No patient of this program has this number. Leave it empty if you are not sure")
            )
        return number


class StaffReportForm(ReportForm):
    """A report that somebody else told the program's staff of."""

    told_by = forms.ChoiceField(
        label=gettext_lazy("Who told you?"), choices=[(each, ROLES[each]) for each in TELLERS]
    )
    reporter_name = detail_field(Detail.REPORTER_NAME)
    received_on = PastDayField(
        label=gettext_lazy("When did it first reach anybody here?"),
        help_text=gettext_lazy("The days are counted from then. Empty means today."),
    )
    field_order = ("kind", "words", "told_by", "received_on")


class InformationForm(_Telling):
    """What else is told of a case."""

    words = forms.CharField(
        label=gettext_lazy("What was said"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("Write what was said")},
    )
    told_by = forms.ChoiceField(
        label=gettext_lazy("Who told you?"), choices=[(each, ROLES[each]) for each in TELLERS]
    )
    received_on = PastDayField(
        label=gettext_lazy("When did it first reach anybody here?"),
        help_text=gettext_lazy("The days are counted from then. Empty means today."),
    )
    criteria = forms.MultipleChoiceField(
        label=gettext_lazy("Serious by"),
        choices=list(CRITERIA.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for detail in Detail:
            self.add(detail.value, detail_field(detail))


class QuestionForm(PortalForm):
    """What somebody is asked."""

    text = forms.CharField(
        label=gettext_lazy("Question"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write the question")},
    )
    asked_of = forms.ChoiceField(
        label=gettext_lazy("Who is asked"), choices=[(each, ROLES[each]) for each in TELLERS]
    )


class AssessmentForm(ReasonForm):
    """Each of the six criteria, the listed reactions, and anything besides."""

    field_order: tuple[str, ...] | None = None

    def __init__(
        self, *args: Any, version: ProgramVersion, suggested: Iterable[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        hints = set(suggested)
        for criterion in Criterion:
            self.add(criterion.value, _said(CRITERIA[criterion]))
        listed = sorted(
            version.expected_reactions.values(),
            key=lambda each: (each.code not in hints, each.name),
        )
        terms = forms.MultipleChoiceField(
            label=_("Listed reactions it is one of"),
            help_text=_("Those named in the report come first."),
            choices=[(each.code, each.name) for each in listed],
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )
        self.add("terms", terms)
        self.add("something_else", _said(_("Was there an event that is not listed?")))
        self.order_fields([*Criterion, "terms", "something_else", "reason"])

    def criteria(self) -> dict[Criterion, Said]:
        """What is said of each criterion."""
        return {each: Said(self.cleaned_data[each.value]) for each in Criterion}


def _said(label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=list(SAID.items()),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say yes, no or not known")},
    )


class HandOverForm(PortalForm):
    """Which cases go, and where."""

    recipient = forms.CharField(
        label=gettext_lazy("Handed over to"),
        max_length=200,
        error_messages={"required": gettext_lazy("Say to whom")},
    )
    cases = forms.MultipleChoiceField(
        label=gettext_lazy("Cases"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose one case at least")},
    )

    def __init__(self, *args: Any, offered: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cases"].choices = list(offered)  # type: ignore[attr-defined]


class AcknowledgmentForm(PortalForm):
    """What the sponsor's database answered."""

    acknowledgment = forms.CharField(
        label=gettext_lazy("What the sponsor’s database answered"),
        help_text=gettext_lazy("Its receipt number, or the words of the message."),
        max_length=1000,
        error_messages={"required": gettext_lazy("Write what it answered")},
    )
