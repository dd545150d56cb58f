"""What the delegates' pages show."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from etasu.portals.components.dates import local_day, short_day
from etasu.portals.components.draft_states import DraftState, state_said
from etasu.portals.components.records import (
    Cell,
    Choice,
    Filter,
    SummaryRow,
    WorklistTable,
    patient_banner,
)
from etasu.safe_use.program import ProgramVersion

_DASH = "–"
LONGEST_LIST = 100


def worklist(patients: Sequence[Any], held: Collection[int], whose: str, on: date) -> WorklistTable:
    """The patients, with whose they are when they are several prescribers'."""
    choices = [
        Choice("", _("All I work for"), not whose),
        Choice("one", _("Only this prescriber’s"), bool(whose)),
    ]
    return WorklistTable(
        caption=_("Patients"),
        columns=(_("Patient"), _("Number"), _("Prescriber"), _("Enrollment"), _("Treatment")),
        rows=[_cells(each, held, on) for each in patients],
        empty=_("No patient is in this list."),
        filters=(Filter("whose", _("Whose"), choices),),
        shown=len(patients),
        total=len(patients),
    )


def _cells(patient: Any, held: Collection[int], on: date) -> tuple[Cell, ...]:
    banner = patient_banner(patient, in_full=True, on=on)
    return (
        Cell(patient.full_name, reverse("delegate:patient", args=[patient.number])),
        Cell(patient.number, is_number=True),
        Cell(patient.prescriber.name),
        Cell(status=("enrollment", banner.enrollment)),
        Cell(status=("hold", "open")) if patient.pk in held else Cell(_DASH),
    )


def patient_rows(patient: Any, holds: Iterable[Any]) -> list[SummaryRow]:
    """Whose patient, enrolled since when, and what holds treatment back."""
    rows = [
        SummaryRow(_("Prescriber"), patient.prescriber.name),
        SummaryRow(_("Enrolled on"), short_day(patient.enrolled_on) or _DASH),
    ]
    rows += [
        SummaryRow(_("Treatment"), _("Since %(day)s") % {"day": short_day(hold.opened_on)},
                   status=("hold", "open"))
        for hold in holds
        if hold.closed_at is None
    ]  # fmt: skip
    return rows


def all_drafts(
    states: Iterable[DraftState], served: Iterable[Any], now: int | None, zone: str
) -> WorklistTable:
    """The forms under way for every prescriber, the one changed last first.

    A form opens only while one works for its prescriber.
    """
    names = {each.participant_id: each.participant.name for each in served}
    newest = sorted(states, key=lambda state: state.draft.updated_at, reverse=True)
    shown = newest[:LONGEST_LIST]
    return WorklistTable(
        caption=_("Forms under way"),
        columns=(_("Form"), _("About"), _("Prescriber"), _("Last changed"), _("State")),
        rows=[_draft_cells(each, names, now, zone) for each in shown],
        empty=_("No form is under way."),
        shown=len(shown),
        total=len(newest),
    )


def _draft_cells(
    state: DraftState, names: Mapping[int, str], now: int | None, zone: str
) -> tuple[Cell, ...]:
    draft = state.draft
    there = reverse("forms:resume", args=[draft.number]) if draft.owner_id == now else ""
    return (
        Cell(state.form_name, there),
        Cell(draft.subject_number or _("New"), is_number=True),
        Cell(names.get(draft.owner_id, _DASH)),
        Cell(short_day(local_day(draft.updated_at, zone))),
        Cell(state_said(state)),
    )


def results_table(results: Iterable[Any], version: ProgramVersion) -> WorklistTable:
    """The newest results on record."""
    rows = [
        (
            Cell(version.tests[each.test].name if each.test in version.tests else each.test),
            Cell(short_day(each.collected_on)),
            Cell(" ".join(part for part in (each.value, each.unit) if part) or _DASH),
        )
        for each in list(results)[:LONGEST_LIST]
    ]
    return WorklistTable(
        caption=_("Test results"),
        columns=(_("Test"), _("Collected on"), _("Result")),
        rows=rows,
        empty=_("No result is on record."),
    )


def forms_table(forms: Iterable[Any], version: ProgramVersion) -> WorklistTable:
    """The signed forms on record, newest first."""
    rows = [
        (
            Cell(version.forms[each.form].name if each.form in version.forms else each.form),
            Cell(short_day(each.signed_on)),
            Cell(each.signer_name),
        )
        for each in list(forms)[:LONGEST_LIST]
    ]
    return WorklistTable(
        caption=_("Signed forms"),
        columns=(_("Form"), _("Signed on"), _("Signed by")),
        rows=rows,
        empty=_("No form has been signed."),
    )
