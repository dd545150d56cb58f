"""The few forms of an infusion day. Every one of them takes a time; without one, it is now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.day_words import EVENTS, GRADES, UNITS
from etasu.portals.components.forms import ClockInput, PortalForm
from etasu.safe_use.infusion_day import CHANGES, DayEvent
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.treatment_plan import premedications_on

_CLOCK_ERRORS = {"invalid": gettext_lazy("Enter a time, such as 9:30 AM")}
OTHER = "other"
# From here on a temperature was read in Fahrenheit.
FAHRENHEIT_FROM = Decimal(60)
# What is noted of an earlier hour belongs to the night after the day.
MORNING = time(5)


class DayAt(NamedTuple):
    """What a form of the day must know: the program, the day, and the day of the course."""

    version: ProgramVersion
    on: date
    number: int
    zone: str
    today: date


class DayForm(PortalForm):
    """One thing noted. `event` says which."""

    event = DayEvent.ARRIVED
    clock = forms.TimeField(
        label=gettext_lazy("Time"),
        required=False,
        widget=ClockInput(attrs={"class": "input--short"}),
        error_messages={"required": gettext_lazy("Enter the time"), **_CLOCK_ERRORS},
    )

    def __init__(self, sent: QueryDict | None, *, day: DayAt, **kwargs: Any) -> None:
        self.day = day
        super().__init__(sent, prefix=self.event.value, **kwargs)
        self.prepare()
        clock = self.fields.pop("clock")
        self.fields["clock"] = clock
        is_today = day.on == day.today
        clock.required = not is_today
        clock.help_text = _("Leave it empty for now.") if is_today else ""

    def prepare(self) -> None:
        """Add what depends on the program."""

    def moment(self, noted_at: datetime) -> datetime:
        """When it happened: at the time given on that day, otherwise when it was noted."""
        return self.moment_of(self.cleaned_data.get("clock")) or noted_at

    def moment_of(self, clock: time | None) -> datetime | None:
        """A time of the facility's clock on the day; one of the night is that after the day."""
        if clock is None:
            return None
        on = self.day.on + timedelta(days=1) if clock < MORNING else self.day.on
        return datetime.combine(on, clock, ZoneInfo(self.day.zone))

    def detail(self) -> dict[str, Any]:
        """What is kept beside the moment."""
        return {}

    def noted_event(self) -> DayEvent:
        """What happened."""
        return self.event


class ArrivedForm(DayForm):
    """The patient is here."""

    event = DayEvent.ARRIVED


class PremedicationForm(DayForm):
    """What was given before the infusion."""

    event = DayEvent.PREMEDICATED
    what = forms.ChoiceField(
        label=gettext_lazy("What was given"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say what was given")},
    )
    dose = forms.CharField(
        label=gettext_lazy("Medicine and dose"),
        help_text=gettext_lazy("For example methylprednisolone 1,000 mg"),
        required=False,
        max_length=200,
    )

    def prepare(self) -> None:
        """Those of the day first; anything else can be given as well."""
        known = premedications_on(self.day.version.premedications, self.day.number)
        choices = [(each.code, each.name) for each in known]
        self.fields["what"].choices = [*choices, (OTHER, _("Something else"))]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Something else says what it is."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("what") == OTHER and not given.get("dose", "").strip():
            self.add_error("dose", _("Enter the medicine and its dose"))
        return given

    def detail(self) -> dict[str, Any]:
        """The premedication of the program, and the words for it."""
        given = self.cleaned_data
        return {"premedication": given["what"], "dose": given["dose"].strip()}


class VitalsForm(DayForm):
    """Vital signs as far as they were taken."""

    event = DayEvent.VITALS

    def prepare(self) -> None:
        """One number for each vital sign of the program."""
        for code, sign in self.day.version.vital_signs.items():
            test = self.day.version.tests[sign.test]
            unit = UNITS.get(test.unit or "", test.unit or "")
            unit = _("°F or °C") if unit == "°C" else unit
            label = f"{test.name} ({unit})" if unit else test.name
            numbers = {"class": "input--short", "inputmode": "decimal"}
            field = forms.DecimalField(
                label=label,
                required=False,
                max_digits=7,
                decimal_places=2,
                widget=forms.TextInput(attrs=numbers),
                error_messages={"invalid": _("Enter a number")},
            )
            self.add(code, field)

    def clean(self) -> dict[str, Any]:
        """One value at least."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not self._values(given):
            self.add_error(next(iter(self.fields)), _("Enter one value at least"))
        return given

    def detail(self) -> dict[str, Any]:
        """The values by vital sign, in the program's units, and as they were read."""
        values = self._values(self.cleaned_data)
        kept = {code: _in_unit(self.day.version, code, value) for code, value in values.items()}
        read = {code: str(values[code]) for code in values if kept[code] != str(values[code])}
        return {"values": kept, **({"read_as": read} if read else {})}

    def _values(self, given: Mapping[str, Any]) -> dict[str, Decimal]:
        known = self.day.version.vital_signs
        return {code: given[code] for code in known if given.get(code) is not None}


class StartForm(DayForm):
    """The infusion begins."""

    event = DayEvent.STARTED


class ReactionForm(DayForm):
    """How bad it was, what it was, and what was done about it."""

    event = DayEvent.REACTION
    grade = forms.TypedChoiceField(
        label=gettext_lazy("How severe is it?"),
        coerce=int,
        choices=list(GRADES.items()),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say how severe the reaction is")},
    )
    described = forms.CharField(
        label=gettext_lazy("What happened"),
        help_text=gettext_lazy("No names: they are on record already."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Describe what happened")},
    )
    action = forms.CharField(
        label=gettext_lazy("What was done"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def detail(self) -> dict[str, Any]:
        """The grade, the words, and the action taken."""
        given = self.cleaned_data
        said = {"described": given["described"].strip(), "action": given["action"].strip()}
        return {"grade": given["grade"], **said}


class ChangeForm(DayForm):
    """The infusion is slowed down, paused or resumed."""

    event = DayEvent.PAUSED
    what = forms.ChoiceField(
        label=gettext_lazy("What changes?"),
        choices=[(each.value, EVENTS[each]) for each in CHANGES],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say what changes")},
    )
    reason = forms.CharField(label=gettext_lazy("Why"), required=False, max_length=1000)

    def detail(self) -> dict[str, Any]:
        """Why."""
        return {"reason": self.cleaned_data["reason"].strip()}

    def noted_event(self) -> DayEvent:
        """Which of the three."""
        return DayEvent(self.cleaned_data["what"])


class FinishForm(DayForm):
    """The whole dose was given."""

    event = DayEvent.FINISHED


class StopForm(DayForm):
    """The infusion ends before the whole dose was given."""

    event = DayEvent.STOPPED
    reason = forms.CharField(
        label=gettext_lazy("Why it was stopped"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Say why it was stopped")},
    )
    dose = forms.DecimalField(
        label=gettext_lazy("Dose given until then"),
        required=False,
        min_value=0,
        max_digits=7,
        decimal_places=2,
        widget=forms.TextInput(attrs={"class": "input--short", "inputmode": "decimal"}),
        error_messages={"invalid": gettext_lazy("Enter a number")},
    )

    def prepare(self) -> None:
        """The dose in the program's unit."""
        rules = self.day.version.infusion_day
        if rules is not None:
            self.fields["dose"].help_text = _("In %(unit)s; a whole day is %(dose)s.") % {
                "unit": rules.dose_unit,
                "dose": rules.dose,
            }

    def detail(self) -> dict[str, Any]:
        """Why, and how much was given."""
        given = self.cleaned_data
        dose = given.get("dose")
        said = {"reason": given["reason"].strip()}
        return said | ({"dose": f"{dose.normalize():f}"} if dose is not None else {})


class LongerForm(DayForm):
    """The patient stays longer than the program asks for."""

    event = DayEvent.LONGER
    until = forms.TimeField(
        label=gettext_lazy("The patient stays until"),
        widget=ClockInput(attrs={"class": "input--short"}),
        error_messages={
            "required": gettext_lazy("Enter until when the patient stays"),
            **_CLOCK_ERRORS,
        },
    )
    reason = forms.CharField(label=gettext_lazy("Why"), required=False, max_length=1000)

    def detail(self) -> dict[str, Any]:
        """Until when, and why; a time that is past today is that of the night."""
        until = self.moment_of(self.cleaned_data["until"])
        assert until is not None
        return {"until": until.isoformat(), "reason": self.cleaned_data["reason"].strip()}


class ObservedForm(DayForm):
    """The observation is over, and the patient leaves."""

    event = DayEvent.OBSERVED


FORMS: Mapping[DayEvent, type[DayForm]] = {
    each.event: each
    for each in (
        *(ArrivedForm, PremedicationForm, VitalsForm, StartForm, ReactionForm, ChangeForm),
        *(FinishForm, StopForm, LongerForm, ObservedForm),
    )
}
# A change is one form, whichever of the three it is.
FORM_OF: Mapping[DayEvent, type[DayForm]] = {
    **FORMS,
    DayEvent.SLOWED: ChangeForm,
    DayEvent.RESUMED: ChangeForm,
}


def noted_when(sent: QueryDict, device_now: str, at: datetime) -> datetime:
    """When something was noted that may have waited for a connection, by the server's clock.

    The device says when it noted it and when it sent it; what its own clock is off by is taken out.
    Without either, or when it cannot be, it was noted now.
    """
    noted, sends = _moment(sent.get("noted_at", "")), _moment(device_now)
    if noted is None or sends is None:
        return at
    waited = sends - noted
    return at - waited if timedelta(0) <= waited <= timedelta(hours=12) else at


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _in_unit(version: ProgramVersion, code: str, value: Decimal) -> str:
    """The value in the unit of its test: a temperature read in Fahrenheit in Celsius."""
    test = version.tests[version.vital_signs[code].test]
    if test.unit == "Cel" and value >= FAHRENHEIT_FROM:
        value = ((value - 32) * 5 / 9).quantize(Decimal("0.1"))
    return f"{value.normalize():f}"
