"""What can be done about an appointment, by how it stands, with the form each of it asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.forms import ClockInput, DayInput, PortalForm, ReasonForm
from etasu.registry.audit.actors import Actor
from etasu.registry.patient_support.lab_actions import (
    Time,
    cancel_appointment,
    confirm_appointment,
    note_kept,
    note_missed,
    settle_appointment,
)
from etasu.registry.patient_support.lab_facts import is_to_be_told
from etasu.registry.reactions.lab_appointment_facts import Appointment
from etasu.safe_use.lab_program import AppointmentStage

_NO_DAY = {
    "required": gettext_lazy("Enter a day, such as 4/30/2027"),
    "invalid": gettext_lazy("Enter a day, such as 4/30/2027"),
}
_NO_TIME = {
    "required": gettext_lazy("Enter a time, such as 9:00 AM"),
    "invalid": gettext_lazy("Enter a time, such as 9:00 AM"),
}


class TimeForm(PortalForm):
    """When it is."""

    day = forms.DateField(
        label=gettext_lazy("Day"),
        widget=DayInput(attrs={"class": "input--short"}),
        error_messages=_NO_DAY,
    )
    begins = forms.TimeField(label=gettext_lazy("From"), widget=ClockInput, error_messages=_NO_TIME)
    ends = forms.TimeField(label=gettext_lazy("Until"), widget=ClockInput, error_messages=_NO_TIME)

    def clean(self) -> dict[str, Any]:
        """It ends after it begins."""
        said: dict[str, Any] = super().clean() or {}
        if "begins" in said and "ends" in said and said["ends"] <= said["begins"]:
            self.add_error("ends", _("This time comes before the first one"))
        return said


class DayForm(PortalForm):
    """The day it was kept."""

    day = forms.DateField(
        label=gettext_lazy("On which day were the specimens taken?"),
        widget=DayInput(attrs={"class": "input--short"}),
        error_messages=_NO_DAY,
    )


class SureForm(PortalForm):
    """Nothing is asked; the button is the answer."""


class NoteForm(PortalForm):
    """What was done about it."""

    note = forms.CharField(
        label=gettext_lazy("What was done?"),
        help_text=gettext_lazy("Such as: called, a new appointment is set for May 3."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Say what was done")},
    )


class Deed(NamedTuple):
    """Something that can be done: its words, its form, and the verb."""

    code: str
    name: str | Promise
    form: type[PortalForm]
    act: Callable[[Any, dict[str, Any], Actor, Any], Any]
    tells_patient: bool = False


_DEEDS = (
    Deed(
        "set",
        gettext_lazy("Set the time"),
        TimeForm,
        lambda row, said, by, at: confirm_appointment(row, Time(**said), by=by, at=at),
        tells_patient=True,
    ),
    Deed(
        "kept",
        gettext_lazy("Note that it was kept"),
        DayForm,
        lambda row, said, by, at: note_kept(row, said["day"], by=by, at=at),
    ),
    Deed(
        "missed",
        gettext_lazy("Note that it was missed"),
        SureForm,
        lambda row, _said, by, at: note_missed(row, by=by, at=at),
        tells_patient=True,
    ),
    Deed(
        "call-off",
        gettext_lazy("Call it off"),
        ReasonForm,
        lambda row, said, by, at: cancel_appointment(row, said["reason"], by=by, at=at),
        tells_patient=True,
    ),
    Deed(
        "settle",
        gettext_lazy("Say what was done about it"),
        NoteForm,
        lambda row, said, by, at: settle_appointment(row, said["note"], by=by, at=at),
    ),
)
_HOW_IT_ENDED = ("kept", "missed")
_POSSIBLE = {
    AppointmentStage.REQUESTED: ("set", "kept", "call-off"),
    AppointmentStage.CONFIRMED: ("set", "kept", "missed", "call-off"),
    AppointmentStage.AWAITING_RESULTS: ("kept", "missed", "settle"),
    AppointmentStage.NO_RESULTS: ("missed", "settle"),
    AppointmentStage.MISSED: ("settle",),
    AppointmentStage.CANCELED: ("settle",),
}


def offered(found: Appointment) -> Sequence[Deed]:
    """What can be done about it now."""
    row, codes = found.row, _POSSIBLE.get(found.stage, ())
    if row.settled_at is not None or (row.canceled_at is not None and not is_to_be_told(row)):
        return []
    if row.done_at is not None:
        codes = tuple(each for each in codes if each not in _HOW_IT_ENDED)
    return [each for each in _DEEDS if each.code in codes]


def deed_of(code: str) -> Deed | None:
    """The deed of that code."""
    return next((each for each in _DEEDS if each.code == code), None)


def starting_with(found: Appointment, deed: Deed) -> dict[str, date | None]:
    """What the form of a deed begins with."""
    row = found.row
    if deed.code == "set":
        return {"day": row.day or row.wished_on, "begins": row.begins, "ends": row.ends}  # type: ignore[dict-item]
    return {"day": row.day}
