"""A patient's list of medicines in words, and why somebody should look at a line of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.dates import day, short_day
from etasu.portals.components.self_checks import spoken
from etasu.registry.patient_support.medicines import Line as Listed
from etasu.safe_use.medicines import Because, Flag, MedicineKind
from etasu.safe_use.nurse_line import Line

Words = str | Promise
KINDS: Mapping[MedicineKind, Words] = {
    MedicineKind.PRESCRIPTION: gettext_lazy("A medicine your doctor ordered"),
    MedicineKind.OVER_THE_COUNTER: gettext_lazy("A medicine you buy without an order"),
    MedicineKind.VITAMIN: gettext_lazy("A vitamin or a mineral"),
    MedicineKind.HERBAL: gettext_lazy("An herb or a natural product"),
    MedicineKind.VACCINE: gettext_lazy("A vaccine you had, or are going to have"),
}
# The same for whoever answers for the patient.
CLINICAL_KINDS: Mapping[MedicineKind, Words] = {
    MedicineKind.PRESCRIPTION: gettext_lazy("Prescription"),
    MedicineKind.OVER_THE_COUNTER: gettext_lazy("Over the counter"),
    MedicineKind.VITAMIN: gettext_lazy("Vitamin or mineral"),
    MedicineKind.HERBAL: gettext_lazy("Herbal"),
    MedicineKind.VACCINE: gettext_lazy("Vaccine"),
}
_BECAUSE: Mapping[Because, Words] = {
    Because.IN_USE: gettext_lazy("You take it now."),
    Because.BEFORE_COURSE: gettext_lazy("A course began too soon after it."),
    Because.WAIT: gettext_lazy("Your course may have to wait."),
    Because.AFTER_COURSE: gettext_lazy("Its day is after a course began."),
}
_CLINICAL: Mapping[Because, Words] = {
    Because.IN_USE: gettext_lazy("May weaken the immune system; taken now"),
    Because.BEFORE_COURSE: gettext_lazy("Live vaccine too soon before a course"),
    Because.WAIT: gettext_lazy("Live vaccine before the first course"),
    Because.AFTER_COURSE: gettext_lazy("Live vaccine after a course began"),
}


class FlagLine(NamedTuple):
    """Why somebody should look at it: what the program says, and what of its days matters."""

    says: Line
    because: Words
    until: str


class MedicineLine(NamedTuple):
    """One line of a list as a page or a paper shows it."""

    number: str
    name: str
    kind: Words
    how_taken: str
    days: str
    is_in_use: bool
    is_vaccine: bool
    flags: Sequence[FlagLine]


def medicine_line(listed: Listed, *, is_clinical: bool = False) -> MedicineLine:
    """A line in the words of the patient, or of whoever answers for them."""
    row = listed.row
    kind = MedicineKind(row.kind)
    return MedicineLine(
        row.number,
        row.name,
        (CLINICAL_KINDS if is_clinical else KINDS)[kind],
        row.how_taken,
        in_days(row.started_on, row.stopped_on, kind),
        listed.is_in_use,
        kind is MedicineKind.VACCINE,
        [_flag(each, is_clinical=is_clinical) for each in listed.flags],
    )


def _flag(flag: Flag, *, is_clinical: bool) -> FlagLine:
    words = (_CLINICAL if is_clinical else _BECAUSE)[flag.because]
    until = _("No course before %(day)s.") % {"day": day(flag.until)} if flag.until else ""
    return FlagLine(spoken(flag.watched), words, until if flag.because is Because.WAIT else "")


def in_days(started_on: date | None, stopped_on: date | None, kind: MedicineKind) -> str:
    """From when until when it was taken, as far as it is known."""
    if kind is MedicineKind.VACCINE:
        return short_day(started_on) if started_on else _("The day is not known")
    if started_on and stopped_on:
        between = {"start": short_day(started_on), "end": short_day(stopped_on)}
        return _("From %(start)s through %(end)s") % between
    if stopped_on:
        return _("Through %(end)s") % {"end": short_day(stopped_on)}
    return _("Since %(start)s") % {"start": short_day(started_on)} if started_on else ""
