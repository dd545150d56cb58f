"""One patient's record as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from etasu.portals.components import program_words
from etasu.portals.components.dates import short_day
from etasu.portals.components.records import Cell, SummaryRow, WorklistTable
from etasu.registry.accounts.facts import names_of
from etasu.registry.participants.facts import names_of_participants
from etasu.safe_use.program import ProgramVersion

_DASH = "–"


def enrollment_rows(patient: Any) -> list[SummaryRow]:
    """Enrollment, prescriber, and the properties the program asks for."""
    rows = [SummaryRow(_("Enrolled on"), short_day(patient.enrolled_on) or _DASH)]
    if patient.ended_on is not None:
        rows.append(SummaryRow(_("Enrollment ended on"), short_day(patient.ended_on)))
        rows.append(SummaryRow(_("Why"), patient.end_reason))
    if patient.prescriber is not None:
        rows.append(SummaryRow(_("Prescriber"), patient.prescriber.name))
    rows += [SummaryRow(_word(name), _word(said)) for name, said in patient.attributes.items()]
    place = " ".join(part for part in (patient.city, patient.state, patient.zip_code) if part)
    return rows + ([SummaryRow(_("Place"), place)] if place else [])


def holds_table(holds: Iterable[Any]) -> WorklistTable:
    """Every hold, the open ones first."""
    rows = [
        (
            Cell(_word(each.code)),
            Cell(short_day(each.opened_on)),
            Cell(each.reason),
            Cell(each.closed_reason or _DASH),
            Cell(status=("hold", "closed" if each.closed_at else "open")),
        )
        for each in holds
    ]
    return WorklistTable(
        caption=_("Holds"),
        columns=(_("Hold"), _("Since"), _("Reason"), _("Why it ended"), _("State")),
        rows=rows,
        empty=_("Treatment was never put on hold."),
    )


def authorizations_table(authorizations: Iterable[Any], version: ProgramVersion) -> WorklistTable:
    """Every authorization, newest first."""
    known = list(authorizations)
    called = names_of_participants({n for each in known for n in each.names.values()})
    rows = []
    for each in known:
        gate = version.gates.get(each.gate)
        names = ", ".join(called.get(number, number) for number in each.names.values())
        rows.append(
            (
                Cell(
                    each.number,
                    reverse("administrator:decision", args=[each.number]),
                    is_number=True,
                ),
                Cell(program_words.called(gate) if gate else each.gate),
                Cell(_slot(each)),
                Cell(_span(each.valid_from, each.valid_until)),
                Cell(names or _DASH),
                Cell(status=("authorization", each.state)),
            )
        )
    return WorklistTable(
        caption=_("Authorizations"),
        columns=(_("Number"), _("Gate"), _("For"), _("Valid"), _("Names"), _("State")),
        rows=rows,
        empty=_("Nothing has been authorized yet."),
    )


def infusions_table(infusions: Iterable[Any]) -> WorklistTable:
    """Every infusion that stands, oldest first."""
    rows = [
        (
            Cell(each.number, is_number=True),
            Cell(str(each.course)),
            Cell(short_day(each.given_on)),
            Cell(each.facility.name if each.facility else _DASH),
            Cell(each.authorization_number or _("None")),
        )
        for each in infusions
    ]
    return WorklistTable(
        caption=_("Infusions"),
        columns=(_("Number"), _("Course"), _("Given on"), _("Facility"), _("Authorization")),
        rows=rows,
        empty=_("No infusion is on record."),
    )


def dispenses_table(dispenses: Iterable[Any]) -> WorklistTable:
    """Everything handed over or shipped, oldest first."""
    rows = [
        (
            Cell(each.number, is_number=True),
            Cell(short_day(each.dispensed_on)),
            Cell(str(each.units)),
            Cell(each.pharmacy.name if each.pharmacy else _DASH),
            Cell(each.authorization_number or _("None")),
        )
        for each in dispenses
    ]
    return WorklistTable(
        caption=_("Dispenses"),
        columns=(_("Number"), _("Dispensed on"), _("Units"), _("Pharmacy"), _("Authorization")),
        rows=rows,
        empty=_("Nothing was dispensed yet."),
    )


def forms_table(
    forms: Iterable[Any], documents: Mapping[int, Any], version: ProgramVersion
) -> WorklistTable:
    """Every signed form, newest first; one that came on paper with its image and both readers."""
    names = names_of(
        {who for each in documents.values() for who in (each.keyed_by, each.checked_by)}
    )
    rows = []
    for each in forms:
        definition = version.forms.get(each.form)
        document = documents.get(each.draft_id)
        readers = [names.get(who, who) for who in _readers(document)]
        url = reverse("intake:document", args=[document.number]) if document else ""
        rows.append(
            (
                Cell(definition.name if definition else each.form),
                Cell(short_day(each.signed_on)),
                Cell(each.signer_name),
                Cell(document.number if document else _DASH, url, is_number=True),
                Cell(", ".join(readers) or _DASH),
            )
        )
    return WorklistTable(
        caption=_("Signed forms"),
        columns=(
            *(_("Form"), _("Signed on"), _("Signed by"), _("Document")),
            _("Keyed in by, checked by"),
        ),
        rows=rows,
        empty=_("No form is on file."),
    )


def records_table(reviews: Iterable[Any]) -> WorklistTable:
    """Every comparison of this record with another."""
    rows = [
        (
            Cell(each.number, reverse("intake:review", args=[each.number]), is_number=True),
            Cell(each.older.number, is_number=True),
            Cell(each.newer.number, is_number=True),
            Cell(status=("review", "undone" if each.undone_at else each.verdict or "open")),
        )
        for each in reviews
    ]
    return WorklistTable(
        caption=_("Compared records"),
        columns=(_("Review"), _("Older record"), _("Newer record"), _("State")),
        rows=rows,
        empty=_("This record was compared with no other."),
    )


def _readers(document: Any) -> list[str]:
    if document is None:
        return []
    return [who for who in (document.keyed_by, document.checked_by) if who]


def _span(first: date, last: date) -> str:
    if first == last:
        return short_day(first)
    return f"{short_day(first)} – {short_day(last)}"


def _slot(row: Any) -> str:
    if row.course is None:
        return _DASH
    if row.day is None:
        return _("Course %(course)s") % {"course": row.course}
    return _("Course %(course)s, day %(day)s") % {"course": row.course, "day": row.day}


def _word(code: str) -> str:
    said = str(code).replace("-", " ").replace("_", " ")
    return said[:1].upper() + said[1:]
