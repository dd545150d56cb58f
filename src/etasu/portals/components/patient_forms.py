"""The forms about a patient: those to begin, those under way, those signed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from etasu.portals.components.dates import short_day
from etasu.portals.components.draft_states import DraftState, drafts_table
from etasu.portals.components.records import Cell, WorklistTable
from etasu.safe_use.program import FormDefinition, ProgramVersion


def forms_to_prepare(version: ProgramVersion, role: str = "prescriber") -> list[FormDefinition]:
    """The forms about a patient the role fills in, in the program's order.

    Not those a participant is certified with, and not the one a new patient begins with.
    """
    others = certification_forms(version)
    others.add(version.patient.form if version.patient else None)
    return [
        form
        for form in version.forms.values()
        if form.filled_by == role and form.code not in others
    ]


def certification_forms(version: ProgramVersion) -> set[str | None]:
    """The forms that are about a participant; every other one is about a patient."""
    return {step.form for party in version.parties.values() for step in party.steps}


def drafts_about(
    states: Iterable[DraftState], records: Collection[int], zone: str
) -> WorklistTable:
    """The forms under way about one patient, whose records have these ids."""
    return drafts_table(
        [
            each
            for each in states
            if each.draft.subject_kind == "patient" and each.draft.subject_id in records
        ],
        zone,
    )


def signed_forms_table(forms: Iterable[Any], version: ProgramVersion) -> WorklistTable:
    """Every signed form, newest first, with the way to its receipt where one was made here."""
    rows = []
    for each in forms:
        definition = version.forms.get(each.form)
        name = definition.in_language(get_language()).name if definition else each.form
        if each.course:
            name = _("%(form)s, course %(course)s") % {"form": name, "course": each.course}
        receipt = reverse("forms:receipt", args=[each.draft.number]) if each.draft else ""
        rows.append(
            (
                Cell(name, receipt),
                Cell(short_day(each.signed_on)),
                Cell(each.signer_name),
                Cell(each.meaning),
            )
        )
    return WorklistTable(
        caption=_("Signed forms"),
        columns=(_("Form"), _("Signed on"), _("Signed by"), _("Meaning of the signature")),
        rows=rows,
        empty=_("No form is on file."),
    )
