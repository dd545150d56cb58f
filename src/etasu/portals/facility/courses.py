"""One course at the facility: its days, its vials, and the form that is owed about it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from etasu.portals.components import dates
from etasu.portals.components.course_tasks import OUTCOMES, form_status, vials_said
from etasu.portals.components.forms import DayInput, PortalForm, ReasonForm, sent_form
from etasu.portals.components.records import Cell, SummaryRow, WorklistTable, patient_banner
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.requests import PortalRequest
from etasu.registry import reactions
from etasu.registry.accounts import access
from etasu.registry.authorizations.course_facts import CourseAt, course_at
from etasu.registry.authorizations.infusion_day_facts import facility_of
from etasu.registry.authorizations.requests import asked_on
from etasu.registry.patients.facts import patient_by_number
from etasu.registry.treatment.courses import Vials, strike_vials
from etasu.registry.treatment.day_facts import vial_entries, vial_entry_by_number
from etasu.registry.treatment.facts import dispenses_of, infusions_of

page_methods = require_http_methods(["GET", "HEAD", "POST"])
KINDS = {
    "received": gettext_lazy("Received"),
    "used": gettext_lazy("Used"),
    "wasted": gettext_lazy("Wasted: opened, broken or spoiled"),
    "returned": gettext_lazy("Returned"),
}
A_DAY = {"invalid": gettext_lazy("Enter a date, such as 05/01/2025")}


class VialsForm(PortalForm):
    """Vials of one lot that came, were used, were wasted, or went back."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What became of them?"),
        choices=list(KINDS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say what became of the vials")},
    )
    vials = forms.IntegerField(
        label=gettext_lazy("How many vials"),
        min_value=1,
        max_value=999,
        widget=forms.NumberInput(attrs={"class": "input--short", "inputmode": "numeric"}),
        error_messages={
            "required": gettext_lazy("Enter how many vials"),
            "invalid": gettext_lazy("Enter a whole number"),
        },
    )
    lot = forms.CharField(
        label=gettext_lazy("Lot number"),
        max_length=60,
        widget=forms.TextInput(attrs={"class": "input--short", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter the lot number printed on the vial")},
    )
    expires_on = forms.DateField(
        label=gettext_lazy("Expires on"),
        required=False,
        widget=DayInput(attrs={"class": "input--short"}),
        error_messages=A_DAY,
    )
    remark = forms.CharField(label=gettext_lazy("Remark"), required=False, max_length=1000)


@page_methods
def course(request: PortalRequest, patient: str, course: int) -> HttpResponse:
    """The course as it stands here, and a form for vials."""
    found, facility, today = found_course(request, patient, course)
    form = VialsForm(sent_form(request), initial=_likely_vials(found))
    there = reverse("facility:course", args=[found.patient.number, course])
    if request.method == "POST" and form.is_valid():
        vials = Vials(course=course, counted_on=today, **form.cleaned_data)

        def count() -> str:
            by, at = actor(request), request.at
            reactions.vials_counted(found.patient, vials, facility=facility, by=by, at=at)
            return there

        messages.success(request, _("The vials are on record."))
        return redirect(sent_once(request, count))
    return render(request, "facility/course.html", _shown(request, found, form, today))


@page_methods
def strike(request: PortalRequest, number: str) -> HttpResponse:
    """Take back a mistaken count of vials; it stays readable."""
    found = vial_entry_by_number(number, request.asker)
    if found is None:
        raise Http404
    there = reverse("facility:course", args=[found.patient.number, found.course])
    if found.struck_at is not None:
        return redirect(there)
    form = ReasonForm(sent_form(request))
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]

        def do() -> str:
            strike_vials(found, reason=reason, by=actor(request), at=request.at)
            return there

        messages.success(request, _("It is on record, beside what was there before."))
        return redirect(sent_once(request, do))
    context = {"form": form, "entry": found, "kind": KINDS[found.kind], "back": there}
    return render(request, "facility/strike_vials.html", context)


def found_course(request: PortalRequest, patient: str, course: int) -> tuple[CourseAt, Any, date]:
    """A course the asker's facility had a part in, the facility, and its present day; or a 404."""
    asker = request.asker
    today = asked_on(asker, request.at)
    known, facility = patient_by_number(patient, asker.program), facility_of(asker)
    found = None
    if known is not None and facility is not None:
        found = course_at(known, course, facility, today)
    if found is None:
        raise Http404
    return found, facility, today


def _shown(request: PortalRequest, found: CourseAt, form: VialsForm, today: date) -> dict[str, Any]:
    given = infusions_of(found.patient).filter(course=found.course)
    own = [each for each in given if each.facility_id == request.asker.participant_id]
    may_begin = request.asker.role == access.INFUSION_NURSE and found.owes_form
    context: dict[str, Any] = {
        "found": found,
        "form": form,
        "banner": patient_banner(found.patient, in_full=True, on=today),
        "rows": _rows(found, today),
        "days": _days(given, request.asker.participant_id),
        "vials": _vials(found, request.asker.participant_id or 0),
        "begin_at": own[-1].number if may_begin and own else "",
        "begin_under": found.unused.number if may_begin and not own and found.unused else "",
        "can_end": found.standing.outcome.value in ("running", "stopped_early"),
    }
    return context


def _rows(found: CourseAt, today: date) -> list[SummaryRow]:
    days = f"{len(set(found.facts.given))} / {found.facts.doses or '?'}"
    rows = [
        SummaryRow(_("How it went"), OUTCOMES[found.standing.outcome]),
        SummaryRow(_("Infusion days given"), days),
    ]
    if found.end is not None:
        rows.append(SummaryRow(_("Why"), found.end.reason))
    if found.duty is not None:
        due = dates.day(found.signed_on or found.due_on) or _("Not due yet")
        label = _("Checklist signed") if found.signed_on else _("Checklist due")
        rows.append(SummaryRow(label, due, status=("obligation", form_status(found, today))))
    sent = sum(each.units for each in dispenses_of(found.patient) if each.course == found.course)
    rows.append(SummaryRow(_("Vials sent by the pharmacy"), str(sent)))
    rows.append(SummaryRow(_("Vials here"), vials_said(found.vials)))
    return rows


def _days(given: Any, own: int | None) -> WorklistTable:
    return WorklistTable(
        caption=_("Infusion days"),
        columns=[_("Day"), _("Given on"), _("Authorization")],
        rows=[
            [
                Cell(str(number), url=_day_url(each) if each.facility_id == own else ""),
                Cell(dates.short_day(each.given_on)),
                Cell(each.authorization_number or _("None"), is_number=True),
            ]
            for number, each in enumerate(given, 1)
        ],
        empty=_("No infusion of this course is on record."),
    )


def _day_url(infusion: Any) -> str:
    return reverse("facility:day", args=[infusion.authorization_number or infusion.number])


def _vials(found: CourseAt, facility_id: int) -> WorklistTable:
    entries = vial_entries(found.patient, found.course, facility_id)
    return WorklistTable(
        caption=_("Vials of this course"),
        columns=[
            *(_("What became of them"), _("Vials"), _("Lot"), _("Expires on"), _("Counted on")),
            _("A slip?"),
        ],
        rows=[_vial_row(each) for each in entries],
        empty=_("No vials are on record."),
    )


def _vial_row(each: Any) -> list[Cell]:
    is_struck = each.struck_at is not None
    struck = _("Taken back: %(reason)s") % {"reason": each.struck_reason}
    return [
        Cell(str(KINDS[each.kind]).split(":")[0]),
        Cell(str(each.vials)),
        Cell(each.lot),
        Cell(dates.short_day(each.expires_on)),
        Cell(dates.short_day(each.counted_on)),
        Cell(struck)
        if is_struck
        else Cell(_("Take back"), url=reverse("facility:strike-vials", args=[each.number])),
    ]


def _likely_vials(found: CourseAt) -> dict[str, Any]:
    """Nothing was counted yet: those that came, as many as the pharmacy sent."""
    if any(found.vials):
        return {}
    sent = sum(each.units for each in dispenses_of(found.patient) if each.course == found.course)
    return {"kind": "received", "vials": sent or None}
