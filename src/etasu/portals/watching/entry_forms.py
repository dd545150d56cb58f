"""What is on a report, and what it says: chosen first, then typed in the units it is in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.forms import DayInput, PortalForm
from etasu.portals.components.lab_words import in_words
from etasu.programs.codes import code_tables
from etasu.registry.monitoring.by_hand import ByHand, Preview, preview
from etasu.safe_use.monitoring_plan import LimitCondition
from etasu.safe_use.monitoring_plan import TestDefinition as Test
from etasu.safe_use.program import ProgramVersion

_BY_RANGE = frozenset(
    {
        LimitCondition.TIMES_UPPER_LIMIT,
        LimitCondition.BELOW_RANGE,
        LimitCondition.ABOVE_RANGE,
    }
)


class ChooseForm(PortalForm):
    """What the report is of: what the program asks for again and again, or any one other test."""

    panel = forms.MultipleChoiceField(
        label=gettext_lazy("What is on the report?"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    other = forms.ChoiceField(label=gettext_lazy("Another test"), required=False)

    def __init__(self, version: ProgramVersion, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        watched = {each.test for each in version.schedules.values()}
        parts = {part for each in version.tests.values() for part in each.needs}
        named = sorted((each.name, each.code) for each in version.tests.values())
        asked = [(code, name) for name, code in named if code in watched]
        others = [(code, name) for name, code in named if code not in watched | parts]
        self.fields["panel"].choices = asked  # type: ignore[attr-defined]
        self.fields["other"].choices = [("", _("None")), *others]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any] | None:
        """Something has to be on it."""
        given = super().clean()
        if not self.errors and not self.cleaned_data["panel"] and not self.cleaned_data["other"]:
            self.add_error("panel", _("Choose what is on the report"))
        return given

    def chosen(self) -> list[str]:
        """The codes that were chosen."""
        other = self.cleaned_data["other"]
        return [*self.cleaned_data["panel"], *([other] if other else [])]


class ValuesForm(PortalForm):
    """The day, the laboratory, and a value for each test that is on the report.

    `previews` says of each value that was typed what it will be kept as.
    """

    # The page says it once, above all of them.
    marks_optional = False

    collected_on = forms.DateField(
        label=gettext_lazy("Day the specimen was collected"),
        help_text=gettext_lazy("As the report says, not the day of the report."),
        widget=DayInput(attrs={"class": "input--short"}),
        error_messages={
            "required": gettext_lazy("Enter the day the specimen was collected"),
            "invalid": gettext_lazy("Enter a day that exists"),
        },
    )
    laboratory = forms.CharField(
        label=gettext_lazy("Laboratory named on the report"),
        max_length=200,
        error_messages={"required": gettext_lazy("Enter the laboratory")},
    )

    def __init__(
        self, tests: Sequence[Test], patient: Any, version: ProgramVersion, *args: Any,
        today: date, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.tests, self.patient, self.version, self.today = tests, patient, version, today
        self.previews: list[Preview] = []
        for each in tests:
            for name, field in _fields_of(each, version):
                self.add(name, field)

    def groups(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        """The fields of each test under its name."""
        for each in self.tests:
            names = (f"{part}_{each.code}" for part in ("value", "unit", "low", "high"))
            yield each.name, [self[name] for name in names if name in self.fields]

    def clean_collected_on(self) -> date:
        """A day that has come, in the patient's life."""
        day: date = self.cleaned_data["collected_on"]
        if day > self.today:
            raise forms.ValidationError(_("This day is yet to come. Enter today or a day before"))
        if self.patient.birth_date is not None and day < self.patient.birth_date:
            raise forms.ValidationError(_("This day is before the patient was born"))
        return day

    def clean(self) -> dict[str, Any] | None:
        """Something was typed, and all of it can be kept as a result."""
        given = super().clean()
        if "collected_on" not in self.cleaned_data:
            return given
        typed = list(self._typed(self.cleaned_data["collected_on"]))
        if not typed:
            self.add_error(f"value_{self.tests[0].code}", _("Enter at least one value"))
        self.previews = preview(self.patient, typed, self.version, self.today)
        for each in self.previews:
            if each.wrong is not None:
                name = self.version.tests[each.entered.test].name
                self.add_error(f"value_{each.entered.test}", f"{name}: {in_words(each.wrong)}")
        return given

    def _typed(self, day: date) -> Iterator[ByHand]:
        said = self.cleaned_data
        for each in self.tests:
            if value := said.get(f"value_{each.code}", ""):
                texts = (said.get(f"{part}_{each.code}", "") for part in ("unit", "low", "high"))
                unit, low, high = texts
                yield ByHand(each.code, value, unit, day, low, high)

    def new_results(self) -> list[ByHand]:
        """What was typed and is not on record already."""
        return [each.entered for each in self.previews if not each.is_on_file]

    def typed_fields(self) -> Iterator[tuple[str, str]]:
        """Every answer as it was sent, for a page that only asks whether it is right."""
        for bound in self:
            yield bound.html_name, str(bound.value() or "")


def tests_of(chosen: Sequence[str], tests: Mapping[str, Test]) -> list[Test]:
    """The tests to be typed: the parts of a panel in its place, each once."""
    codes = [part for code in chosen for part in (tests[code].needs or (code,))]
    return [tests[code] for code in dict.fromkeys(codes)]


class UnitField(forms.ChoiceField):
    """The unit on the report; beside a value that is left out it does not matter."""

    def clean(self, value: Any) -> str:
        """One of those offered; whatever else is sent is told."""
        return str(super().clean(value)) if value else ""


def _fields_of(test: Test, version: ProgramVersion) -> Iterator[tuple[str, forms.Field]]:
    yield f"value_{test.code}", _text(_("Value") if test.unit is not None else _("Word"))
    if test.unit is not None:
        yield f"unit_{test.code}", _unit_field(test, test.unit)
    limits = [each for each in version.limits.values() if each.test == test.code]
    if any(each.condition in _BY_RANGE for each in limits):
        yield f"low_{test.code}", _text(_("Laboratory’s range from"))
        yield f"high_{test.code}", _text(_("to"))


def _text(label: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _unit_field(test: Test, kept: str) -> UnitField:
    units = code_tables().units
    choices = []
    for code in units.sent_for(test.code, kept):
        also = ", ".join(units.also_written(code))
        choices.append((code, f"{code} ({also})" if also else code))
    return UnitField(label=_("Unit on the report"), choices=choices, initial=kept)


class PictureForm(PortalForm):
    """A picture of the report, kept beside what was typed from it."""

    picture = forms.FileField(
        label=gettext_lazy("Picture of the report"),
        help_text=gettext_lazy("Optional. PDF, PNG or JPEG, at most 10 MB. It is kept as it is."),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
        error_messages={"empty": gettext_lazy("This file is empty. Choose another.")},
    )
