"""What the prescriber's pages show."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from etasu.portals.components.course_tasks import summary_of
from etasu.portals.components.dates import moment, short_day
from etasu.portals.components.program_words import called
from etasu.portals.components.records import (
    Cell,
    Choice,
    Filter,
    SummaryRow,
    WorklistTable,
    patient_banner,
)
from etasu.portals.prescriber.forms import HOLDS
from etasu.portals.prescriber.standing import (
    AUTHORIZED,
    ENDED,
    HELD,
    RUNNING,
    WAITING,
    Record,
    TreatmentStanding,
    treatment_standing,
)
from etasu.safe_use.program import ProgramVersion

SHOWN = {
    "": gettext_lazy("All"),
    WAITING: gettext_lazy("To be authorized"),
    AUTHORIZED: gettext_lazy("Authorized"),
    RUNNING: gettext_lazy("In treatment"),
    HELD: gettext_lazy("On hold"),
    ENDED: gettext_lazy("Enrollment ended"),
}
_DASH = "–"


class PatientRow(NamedTuple):
    """A patient with the treatment standing on one day."""

    patient: Any
    standing: TreatmentStanding


def patient_rows(
    version: ProgramVersion, patients: Sequence[Any], records: dict[int, Record], on: date
) -> list[PatientRow]:
    """Each patient with the standing, in the order given."""
    return [
        PatientRow(each, treatment_standing(version, each, records[each.pk], on))
        for each in patients
    ]


def worklist(rows: Sequence[PatientRow], show: str, on: date) -> WorklistTable:
    """The own patients, narrowed to one state when asked."""
    shown = [row for row in rows if not show or row.standing.state == show]
    choices = [Choice(value, label, value == show) for value, label in SHOWN.items()]
    return WorklistTable(
        caption=_("Your patients"),
        columns=(_("Patient"), _("Number"), _("Enrollment"), _("Treatment"), _("What is next")),
        rows=[_patient_cells(row, on) for row in shown],
        empty=_("No patient of yours is in this list."),
        filters=(Filter("show", _("Show"), choices),),
        shown=len(shown),
        total=len(rows),
    )


def _patient_cells(row: PatientRow, on: date) -> tuple[Cell, ...]:
    patient, standing = row
    banner = patient_banner(patient, in_full=True, on=on)
    on_hold = ("hold", "open") if standing.state == HELD else None
    return (
        Cell(patient.full_name, reverse("prescriber:patient", args=[patient.number])),
        Cell(patient.number, is_number=True),
        Cell(status=on_hold or ("enrollment", banner.enrollment)),
        Cell(standing.said),
        Cell(standing.next),
    )


def enrollment_rows(patient: Any, standing: TreatmentStanding) -> list[SummaryRow]:
    """Enrollment, and where treatment stands."""
    rows = [SummaryRow(_("Enrolled on"), short_day(patient.enrolled_on) or _DASH)]
    if patient.ended_on is not None:
        rows.append(SummaryRow(_("Enrollment ended on"), short_day(patient.ended_on)))
        rows.append(SummaryRow(_("Why"), patient.end_reason))
    rows.append(SummaryRow(_("Treatment"), standing.said))
    rows.append(SummaryRow(_("What is next"), standing.next))
    return rows


class HoldLine(NamedTuple):
    """A hold, open or closed. `id` leads to closing it."""

    id: int
    status: str
    what: str
    reason: str
    since: date
    closed_reason: str


def hold_lines(holds: Iterable[Any]) -> list[HoldLine]:
    """The patient's holds in the order given."""
    return [
        HoldLine(
            id=hold.pk,
            status="closed" if hold.closed_at else "open",
            what=str(HOLDS.get(hold.code, hold.code)),
            reason=hold.reason,
            since=hold.opened_on,
            closed_reason=hold.closed_reason or "",
        )
        for hold in holds
    ]


def infusions_table(infusions: Iterable[Any]) -> WorklistTable:
    """Every infusion on record, newest first."""
    rows = [
        (
            Cell(_("Course %(course)s") % {"course": each.course}, url=summary_of(each)),
            Cell(short_day(each.given_on)),
            Cell(each.facility.name if each.facility else _DASH),
            Cell(each.authorization_number or _("None")),
        )
        for each in reversed(list(infusions))
    ]
    return WorklistTable(
        caption=_("Infusions"),
        columns=(_("Course"), _("Given on"), _("Facility"), _("Authorization")),
        rows=rows,
        empty=_("No infusion is on record."),
    )


def authorizations_table(
    authorizations: Iterable[Any], version: ProgramVersion, on: date, readable: Collection[str]
) -> WorklistTable:
    """Every authorization, newest first, with the way to its decision if that is `readable`."""
    return WorklistTable(
        caption=_("Authorizations"),
        columns=(_("Number"), _("For"), _("Valid"), _("State")),
        rows=[_authorization_cells(each, version, on, readable) for each in authorizations],
        empty=_("Nothing has been authorized yet."),
    )


def _authorization_cells(
    row: Any, version: ProgramVersion, on: date, readable: Collection[str]
) -> tuple[Cell, ...]:
    gate = version.gates.get(row.gate)
    parts = [called(gate) if gate else row.gate]
    if row.course is not None:
        parts.append(_("course %(course)s") % {"course": row.course})
    if row.day is not None:
        parts.append(_("day %(day)s") % {"day": row.day})
    days = {"first": short_day(row.valid_from), "last": short_day(row.valid_until)}
    valid = _("%(first)s to %(last)s") % days if row.valid_from != row.valid_until else days["last"]
    state = "expired" if row.state == "live" and row.valid_until < on else row.state
    link = reverse("prescriber:decision", args=[row.number]) if row.number in readable else ""
    return (
        Cell(row.number, link, is_number=True),
        Cell(", ".join(parts)),
        Cell(valid),
        Cell(status=("authorization", state)),
    )


def results_table(results: Sequence[Any], version: ProgramVersion) -> WorklistTable:
    """The results on file, newest first."""
    rows = []
    for each in results:
        test = version.tests.get(each.test)
        value = " ".join(part for part in (each.value, each.unit) if part)
        rows.append(
            (
                Cell(test.name if test else each.test),
                Cell(short_day(each.collected_on)),
                Cell(value or _("Done; no value was sent")),
                Cell(CHANNELS.get(each.channel, each.channel)),
            )
        )
    return WorklistTable(
        caption=_("Results"),
        columns=(_("Test"), _("Collected on"), _("Result"), _("How we got it")),
        rows=rows,
        empty=_("No result is on file."),
    )


CHANNELS = {
    "web": gettext_lazy("Portal"),
    "form": gettext_lazy("On a signed form"),
    "hl7": gettext_lazy("From the laboratory"),
    "hl7v2": gettext_lazy("From the laboratory"),
    "fhir": gettext_lazy("From a health record"),
    "fax": gettext_lazy("Fax"),
    "phone": gettext_lazy("Telephone"),
}


def decisions_table(
    decisions: Iterable[Any], version: ProgramVersion, time_zone: str
) -> WorklistTable:
    """The questions asked about the patient, newest first."""
    rows = []
    for each in decisions:
        gate = version.gates.get(each.gate)
        link = reverse("prescriber:decision", args=[each.number])
        rows.append(
            (
                Cell(each.number, link, is_number=True),
                Cell(called(gate) if gate else each.gate),
                Cell(moment(each.asked_at, time_zone)),
                Cell(status=("decision", each.outcome)),
            )
        )
    return WorklistTable(
        caption=_("Decisions"),
        columns=(_("Number"), _("Question"), _("Asked"), _("Answer")),
        rows=rows,
        empty=_("Nothing has been asked about this patient yet."),
    )


def days_before(collected_on: date, planned_on: date) -> str:
    """How long before the planned day, in words; empty when it is after."""
    days = (planned_on - collected_on).days
    if days < 0:
        return _("after the planned day")
    said = ngettext("%(n)s day before", "%(n)s days before", days)
    return said % {"n": days}
