"""What somebody says about a code, an item that waits, a report, or results in an odd unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.forms import DayInput, NumberField, PortalForm, ReasonForm
from etasu.programs.codes import code_tables
from etasu.safe_use.monitoring_plan import TestDefinition
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.units import Sent, convert

NOTHING = "nothing that counts"
MINE, EVERYBODY = "this", "every"


class CodeForm(PortalForm):
    """What a code of a sender means."""

    test = forms.ChoiceField(
        label=gettext_lazy("It means"),
        error_messages={"required": gettext_lazy("Say what the code means")},
    )
    unit = forms.CharField(
        label=gettext_lazy("Unit when none is sent"),
        help_text=gettext_lazy("As UCUM, such as 10*3/uL. A unit that is sent always counts."),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"class": "input--short", "autocomplete": "off"}),
    )
    scope = forms.ChoiceField(
        label=gettext_lazy("For whom"),
        choices=[
            (MINE, gettext_lazy("This sender only")),
            (EVERYBODY, gettext_lazy("Every sender of the program")),
        ],
        widget=forms.RadioSelect,
        initial=MINE,
    )
    said = forms.CharField(label=gettext_lazy("What that rests on"), required=False, max_length=500)

    def __init__(
        self, *args: Any, version: ProgramVersion, fits: Sequence[TestDefinition], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._tests = version.tests
        own = [(each.code, each.name) for each in version.tests.values() if not each.needs]
        best = [(each.code, each.name) for each in fits]
        self.fields["test"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose")),
            *([(_("Fits best"), best)] if best else []),
            (_("All tests"), [each for each in own if each not in best]),
            (_("Or"), [(NOTHING, _("Nothing the program watches: keep it, and count nothing"))]),
        ]

    def clean(self) -> dict[str, Any] | None:
        """The unit is one the test can be converted from."""
        given = super().clean()
        unit = self.cleaned_data.get("unit", "").strip()
        test = self._tests.get(self.cleaned_data.get("test", ""))
        if unit and test is not None and not unit_fits(test, unit):
            self.add_error("unit", _("No result of this test can be read in that unit."))
        return given

    @property
    def meaning(self) -> str | None:
        """The test, None for nothing that counts."""
        chosen = str(self.cleaned_data["test"])
        return None if chosen == NOTHING else chosen


class NewCodeForm(PortalForm):
    """A code that nobody has sent yet."""

    sender = forms.ChoiceField(label=gettext_lazy("Sender"), required=False)
    system = forms.CharField(
        label=gettext_lazy("Code list"),
        help_text=gettext_lazy("As sent: L for the laboratory’s own, LN for LOINC."),
        max_length=100,
        initial="L",
        widget=forms.TextInput(attrs={"class": "input--short", "autocomplete": "off"}),
    )
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "input--short", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter the code")},
    )

    def __init__(self, *args: Any, connections: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sender"].choices = [  # type: ignore[attr-defined]
            ("", _("Every sender")),
            *((each.number, each.name) for each in connections),
        ]


class ItemForm(PortalForm):
    """What an item that waits lacks."""

    value = forms.CharField(
        label=gettext_lazy("Value"), required=False, max_length=100,
        widget=forms.TextInput(attrs={"class": "input--short", "autocomplete": "off"}),
    )  # fmt: skip
    unit = forms.CharField(
        label=gettext_lazy("Unit"), required=False, max_length=40,
        widget=forms.TextInput(attrs={"class": "input--short", "autocomplete": "off"}),
    )  # fmt: skip
    collected_on = forms.DateField(
        label=gettext_lazy("Collected on"), required=False,
        widget=DayInput(attrs={"class": "input--short"}),
        error_messages={"invalid": gettext_lazy("Enter a day that exists")},
    )  # fmt: skip

    def __init__(self, *args: Any, lacks: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = set(lacks)
        for name in list(self.fields):
            if name not in wanted:
                del self.fields[name]

    def clean(self) -> dict[str, Any] | None:
        """Something has to be entered."""
        given = super().clean()
        if not self.errors and not self.entered:
            self.add_error(next(iter(self.fields)), _("Enter what is missing"))
        return given

    @property
    def entered(self) -> dict[str, str]:
        """What was entered, by field."""
        said: Mapping[str, Any] = self.cleaned_data
        return {name: str(said[name]).strip() for name in self.fields if said.get(name)}


class RefusalForm(ReasonForm):
    """Why an item is not to be kept as a result, and what is to count in its place."""

    before_was_right = forms.BooleanField(
        label=gettext_lazy("What was said before was right, and counts again"), required=False
    )
    field_order = ("before_was_right", "reason")

    def __init__(self, *args: Any, corrects: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not corrects:
            del self.fields["before_was_right"]

    @property
    def earlier_stands(self) -> bool:
        """Whether the results it took away are to count again."""
        return bool(self.cleaned_data.get("before_was_right"))


class PatientForm(ReasonForm):
    """Whom a report is about, and what that rests on."""

    patient = forms.ChoiceField(
        label=gettext_lazy("It is about"), required=False, widget=forms.RadioSelect
    )
    number = NumberField(
        label=gettext_lazy("The patient’s number in the program"),
        help_text=gettext_lazy("If it is somebody else. Ask whoever ordered the test for it."),
        required=False,
    )
    remember = forms.BooleanField(
        label=gettext_lazy("The numbers sent are this patient’s from now on"), required=False
    )
    field_order = ("patient", "number", "remember", "reason")

    def __init__(self, *args: Any, offered: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["patient"].choices = [  # type: ignore[attr-defined]
            *offered,
            ("", _("Somebody else, by number")),
        ]

    def clean(self) -> dict[str, Any] | None:
        """One of the two says who it is."""
        given = super().clean()
        chosen, typed = (self.cleaned_data.get(each) for each in ("patient", "number"))
        if "number" not in self.errors and not chosen and not typed:
            self.add_error("number", _("Choose a patient, or enter a number"))
        if chosen and typed and chosen != typed:
            self.add_error("number", _("The number is another patient’s than the one you chose."))
        return given

    @property
    def chosen(self) -> str:
        """The number of whom it is about."""
        return str(self.cleaned_data["patient"] or self.cleaned_data["number"])


class UnitForm(PortalForm):
    """In which unit results were sent that are kept without a known one."""

    unit = forms.CharField(
        label=gettext_lazy("They were sent in"),
        help_text=gettext_lazy("As UCUM, such as 10*3/uL. Ask the laboratory; do not guess."),
        max_length=40,
        widget=forms.TextInput(attrs={"class": "input--short", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter the unit")},
    )

    def __init__(self, *args: Any, test: TestDefinition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._test = test

    def clean_unit(self) -> str:
        """A unit the test can be converted from."""
        unit: str = self.cleaned_data["unit"].strip()
        if not unit_fits(self._test, unit):
            raise ValidationError(_("No result of this test can be read in that unit."))
        return unit


def unit_fits(test: TestDefinition, unit: str) -> bool:
    """Whether a number in that unit can be kept as a result of the test."""
    return test.unit is None or not convert(
        code_tables().units, test.code, test.unit, Sent("1", unit=unit)
    ).review.startswith("unit")
