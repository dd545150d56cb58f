"""Whom a report is about: what was sent beside what is on record, and a reason for the choice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from etasu.portals.components.dates import moment, short_day
from etasu.portals.components.forms import ReasonForm
from etasu.portals.components.records import Cell, SummaryRow, WorklistTable
from etasu.portals.laboratory import words
from etasu.portals.laboratory.fixing_forms import PatientForm
from etasu.portals.laboratory.here import Here, here, once_confirmed
from etasu.portals.laboratory.messages import items_table
from etasu.portals.laboratory.taking_back import TAKE_BACK, take_choice_back
from etasu.portals.requests import PortalRequest
from etasu.registry.accounts.facts import names_of as names_of_people
from etasu.registry.monitoring import lab_facts
from etasu.registry.monitoring.lab_facts import ItemNow
from etasu.registry.monitoring.looking import note_look
from etasu.registry.monitoring.quarantine import Candidate, candidates
from etasu.registry.monitoring.rebuilding import report_said
from etasu.registry.monitoring.resolving import choose_patient, set_aside
from etasu.registry.monitoring.whose import asked_together
from etasu.registry.patients.facts import patient_by_number

REFUSE = "refuse"
# So many reports of a patient as sent are shown; what is said counts for all of them.
MOST = 20


@require_http_methods(["GET", "HEAD", "POST"])
def reconcile(request: PortalRequest, number: str) -> HttpResponse:
    """A patient as sent with everybody it may be, side by side, and all reports about them."""
    where = here(request)
    task = lab_facts.task_seen(where.program, number)
    if task is None:
        raise Http404
    found = candidates(task) if task.decided_at is None else []
    what = request.POST.get("what", "")
    is_refusal = what == REFUSE
    is_answer = request.method == "POST" and task.decided_at is None and what != TAKE_BACK
    sent = request.POST if is_answer else None
    choose = PatientForm(sent if not is_refusal else None, offered=_offered(found))
    refuse = ReasonForm(sent if is_refusal else None, prefix=REFUSE)
    if sent is not None and is_refusal and refuse.is_valid():
        return _decide(request, where, task, reason=refuse.cleaned_data["reason"])
    if sent is not None and not is_refusal and choose.is_valid():
        patient = patient_by_number(choose.chosen, where.program)
        if patient is not None:
            return _decide(request, where, task, choose=choose, patient=patient)
        choose.add_error("number", _("No patient of this program has this number."))
    again = _taking_back(request, task)
    if again is not None and again.is_bound and again.is_valid():
        return take_choice_back(request, where, task, again.cleaned_data["reason"])
    together = list(asked_together(task))
    shown = together[:MOST]
    for message in {each.report.message_id: each.report.message for each in shown}.values():
        note_look(message, by=where.by, at=where.at)
    context = {
        "task": task,
        "rows": _rows(task, len(together), where),
        "sides": _sides(task, found),
        "items": items_table(_items(shown), where),
        "form": again or (refuse if is_refusal else choose),
        "again": again,
        "choose": choose,
        "refuse": refuse,
    }
    return render(request, "laboratory/reconcile.html", context)


def _taking_back(request: PortalRequest, task: Any) -> ReasonForm | None:
    """The form to take the decision back; None while nothing is decided."""
    if task.decided_at is None:
        return None
    sent = request.POST if request.POST.get("what") == TAKE_BACK else None
    return ReasonForm(sent, prefix=TAKE_BACK)


def _offered(found: list[Candidate]) -> list[tuple[str, str]]:
    """Whom somebody can choose here: never one whom only the name fits."""
    return [
        (each.patient.number, f"{each.patient.full_name}, {each.patient.number}")
        for each in found
        if each.same_identifier or each.same_birth_date
    ]


def _decide(
    request: PortalRequest,
    where: Here,
    task: Any,
    *,
    choose: PatientForm | None = None,
    patient: Any = None,
    reason: str = "",
) -> HttpResponse:
    """Show what would follow for the report's items, and once that was confirmed, do it."""
    place = reverse("laboratory:reconcile", args=[task.number])
    waits = [each.row.pk for each in _items(asked_together(task)) if each.waits]

    def do() -> None:
        if choose is None:
            set_aside(task, reason, by=where.by, at=where.at)
        else:
            said = choose.cleaned_data
            choose_patient(
                task, patient, said["reason"], remember=said["remember"], by=where.by, at=where.at
            )

    def effect() -> list[str]:
        do()
        return words.effect_on(lab_facts.fates_of(waits))

    heading = _("It is about nobody here") if choose is None else _("It is about")
    about = "" if patient is None else _told(patient)
    return once_confirmed(request, do, effect, heading=heading, about=about, back=place)


def _items(together: Iterable[Any]) -> list[ItemNow]:
    """Every item of these reports."""
    return lab_facts.items_in([each.report_id for each in together])


def _told(patient: Any) -> str:
    born = short_day(patient.birth_date) or words.DASH
    return f"{patient.full_name}, {born}, {patient.number}"


def _rows(task: Any, reports: int, where: Here) -> list[SummaryRow]:
    report = task.report
    rows = [
        SummaryRow(_("Why it waits"), words.said_of(task.trouble)),
        SummaryRow(_("Sender"), words.sender_of(report.message)),
        SummaryRow(_("Answered together"), words.reports(reports)),
        SummaryRow(_("Waits since"), moment(task.opened_at, where.zone)),
    ]
    if task.decided_at is not None:
        names: Mapping[str, str] = names_of_people({task.decided_by})
        who = names.get(task.decided_by, task.decided_by)
        about = _told(task.patient) if task.patient is not None else _("nobody here")
        rows += [
            SummaryRow(_("It is about"), about),
            SummaryRow(_("Decided"), f"{who}, {moment(task.decided_at, where.zone)}"),
            SummaryRow(_("Reason"), task.reason),
        ]
    return rows


def _sides(task: Any, found: list[Candidate]) -> WorklistTable:
    """What was sent, then everybody it may be about, with what agrees and what differs."""
    sent = report_said(task.report).patient
    numbers = ", ".join(
        " ".join(filter(None, (each.value, each.authority, each.kind))) for each in sent.identifiers
    )
    first = (
        Cell(_("As sent")),
        Cell(f"{sent.first_name} {sent.last_name}".strip() or words.DASH),
        Cell(short_day(sent.birth_date) or words.DASH),
        Cell(numbers or words.DASH),
        Cell(words.DASH),
    )
    return WorklistTable(
        caption=_("Side by side"),
        columns=(_("Who"), _("Name"), _("Birth date"), _("Numbers"), _("Fits")),
        rows=[first, *(_side(each, bool(numbers)) for each in found)],
        empty="",
    )


def _side(each: Candidate, has_numbers: bool) -> tuple[Cell, ...]:
    patient = each.patient
    number = _("agrees") if each.same_identifier else _("differs") if has_numbers else words.DASH
    only_name = not (each.same_identifier or each.same_birth_date)
    fits = [
        _("a number") if each.same_identifier else "",
        _("the birth date") if each.same_birth_date else "",
        _("the name") if each.same_name else "",
    ]
    said = ", ".join(filter(None, fits)) or _("part of the name")
    return (
        Cell(patient.number, is_number=True),
        Cell(f"{patient.full_name} ({_('agrees') if each.same_name else _('differs')})"),
        Cell(
            f"{short_day(patient.birth_date) or words.DASH} "
            f"({_('agrees') if each.same_birth_date else _('differs')})"
        ),
        Cell(number),
        Cell(_("%(fits)s: not enough to choose") % {"fits": said} if only_name else said),
    )
