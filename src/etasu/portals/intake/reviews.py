"""Records that may be one person: side by side, decided, and put back when that was wrong."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from etasu.portals.components.dates import moment, short_day
from etasu.portals.components.forms import ReasonForm, sent_form
from etasu.portals.components.records import Cell, SummaryRow, WorklistTable
from etasu.portals.intake.forms import CompareForm, VerdictForm
from etasu.portals.intake.here import here
from etasu.portals.intake.words import SHARED
from etasu.portals.requests import PortalRequest
from etasu.registry.accounts.facts import names_of
from etasu.registry.authorizations import records
from etasu.registry.authorizations.facts import authorizations_of
from etasu.registry.monitoring.facts import results_of
from etasu.registry.patients.duplicates import decided_reviews, open_reviews, review_by_number
from etasu.registry.patients.facts import holds_of, patient_by_number
from etasu.registry.patients.merging import DecidedAlready, NotMergeable
from etasu.registry.submissions.facts import forms_about
from etasu.registry.treatment.facts import dispenses_of, infusions_of

page_methods = require_http_methods(["GET", "HEAD", "POST"])
_DASH = "–"


@page_methods
def reviews(request: PortalRequest) -> HttpResponse:
    """What waits to be compared, what was, and a way to have two records compared."""
    where = here(request)
    program = where.asker.program
    form = CompareForm(sent_form(request))
    if request.method == "POST" and form.is_valid():
        found = _compare(request, form)
        if found:
            return redirect("intake:review", found)
    zone = where.asker.time_zone
    context = {
        "where": where,
        "form": form,
        "open": _table(open_reviews(program), _("Waiting to be compared"), zone),
        "decided": _table(decided_reviews(program), _("Compared lately"), zone),
    }
    return render(request, "intake/reviews.html", context)


@page_methods
def review(request: PortalRequest, number: str) -> HttpResponse:
    """Both records side by side, and what they are."""
    where = here(request)
    found = review_by_number(number, where.asker.program)
    if found is None:
        raise Http404
    pair = {"older": found.older, "newer": found.newer}
    form = VerdictForm(sent_form(request), older=found.older.number, newer=found.newer.number)
    if request.method == "POST" and form.is_valid() and _decide(request, found, pair, form):
        return redirect("intake:review", number)
    context = {
        "where": where,
        "review": found,
        "form": form if found.decided_at is None else None,
        "columns": [_column(each, found) for each in pair.values()],
        "shared": [SHARED.get(each, each) for each in found.shared],
        "rows": _story(found, where.asker.time_zone),
        "is_merged": found.verdict == "same" and found.undone_at is None,
    }
    return render(request, "intake/review.html", context)


@page_methods
def undo(request: PortalRequest, number: str) -> HttpResponse:
    """They are two people after all."""
    where = here(request)
    found = review_by_number(number, where.asker.program)
    if found is None or found.verdict != "same" or found.undone_at is not None:
        raise Http404
    form = ReasonForm(sent_form(request))
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            records.records_unmerged(found, reason=reason, by=where.by, at=request.at)
            messages.success(request, _("They are two records again."))
        except DecidedAlready:
            messages.info(request, _("Somebody did this already."))
        return redirect("intake:review", number)
    context: dict[str, Any] = {
        "form": form,
        "back": reverse("intake:review", args=[number]),
        "heading": _("Make two records of it again"),
        "said": (
            _(
                "Something was recorded while they were one. Until somebody says whose it is, no "
                "gate decides about either."
            )
            if records.is_recorded_since(found)
            else _("Each record is then what it was before they were merged.")
        ),
        "button": _("Make two records of it"),
    }
    return render(request, "intake/reason.html", context)


def _compare(request: PortalRequest, form: CompareForm) -> str:
    where = here(request)
    program = where.asker.program
    pair = {key: patient_by_number(form.cleaned_data[key], program) for key in ("one", "other")}
    one, other = pair["one"], pair["other"]
    if one is None or other is None:
        for key, found in pair.items():
            if found is None:
                form.add_error(key, _("No patient of this program has this number."))
        return ""
    if one == other:
        form.add_error("other", _("Both numbers lead to one record already."))
        return ""
    opened = records.compare_records(one, other, by=where.by, at=request.at)
    if opened is None:
        form.add_error(None, _("These two were compared before, and are two people."))
        return ""
    return str(opened.number)


def _decide(request: PortalRequest, found: Any, pair: dict[str, Any], form: VerdictForm) -> bool:
    where = here(request)
    verdict, reason = form.cleaned_data["verdict"], form.cleaned_data["reason"]
    try:
        if verdict == "different":
            records.records_told_apart(found, reason=reason, by=where.by, at=request.at)
        else:
            records.records_merged(found, pair[verdict], reason=reason, by=where.by, at=request.at)
    except NotMergeable:
        form.add_error(
            "verdict", _("One of the two stands for a third record. Let that one be answered for.")
        )
        return False
    except DecidedAlready:
        messages.info(request, _("Somebody compared these two meanwhile."))
    return True


def _table(found: Any, caption: str, zone: str) -> WorklistTable:
    rows = [
        (
            Cell(each.number, reverse("intake:review", args=[each.number]), is_number=True),
            Cell(each.older.number, is_number=True),
            Cell(each.newer.number, is_number=True),
            Cell(", ".join(str(SHARED.get(said, said)) for said in each.shared)),
            Cell(moment(each.opened_at, zone)),
            Cell(status=("review", _state(each))),
        )
        for each in found
    ]
    return WorklistTable(
        caption=caption,
        columns=(
            *(_("Review"), _("Older record"), _("Newer record"), _("Both have the same")),
            *(_("Since"), _("State")),
        ),
        rows=rows,
        empty=_("Nothing here."),
    )


def _state(review: Any) -> str:
    if review.decided_at is None:
        return "open"
    return "undone" if review.undone_at is not None else str(review.verdict)


def _column(patient: Any, review: Any) -> dict[str, Any]:
    """What a record says, and how much hangs on it."""
    counted = (
        (_("Infusions"), infusions_of(patient)),
        (_("Dispenses"), dispenses_of(patient)),
        (_("Authorizations"), authorizations_of(patient)),
        (_("Results"), results_of(patient)),
        (_("Signed forms"), forms_about("patient", patient.pk)),
        (_("Holds"), holds_of(patient)),
    )
    place = " ".join(part for part in (patient.city, patient.state, patient.zip_code) if part)
    rows = [
        SummaryRow(_("Name"), patient.full_name),
        SummaryRow(_("Date of birth"), short_day(patient.birth_date) or _DASH),
        SummaryRow(_("Sex"), patient.attributes.get("sex") or _DASH),
        SummaryRow(_("Place"), place or _DASH),
        SummaryRow(_("Telephone"), patient.telephone or _DASH),
        SummaryRow(_("Email"), patient.email or _DASH),
        SummaryRow(_("Prescriber"), patient.prescriber.name if patient.prescriber else _DASH),
        SummaryRow(_("Enrolled on"), short_day(patient.enrolled_on) or _DASH),
    ]
    if patient.ended_on:
        rows.append(SummaryRow(_("Enrollment ended on"), short_day(patient.ended_on)))
    rows += [SummaryRow(label, str(found.count())) for label, found in counted]
    last = infusions_of(patient).last()
    rows.append(SummaryRow(_("Last infusion"), short_day(last.given_on) if last else _DASH))
    return {
        "number": patient.number,
        "heading": _("Older record") if patient == review.older else _("Newer record"),
        "rows": rows,
    }


def _story(found: Any, zone: str) -> list[SummaryRow]:
    names = names_of({each for each in (found.decided_by, found.undone_by) if each})
    rows = [
        SummaryRow(_("State"), "", status=("review", _state(found))),
        SummaryRow(_("Opened"), moment(found.opened_at, zone)),
    ]
    for label, at, who, why in (
        (_("Compared"), found.decided_at, found.decided_by, found.reason),
        (_("Made two again"), found.undone_at, found.undone_by, found.undone_reason),
    ):
        if at is not None:
            said = f"{names.get(who, who)}, {moment(at, zone)}: {why}"
            rows.append(SummaryRow(label, said))
    if found.survivor is not None:
        rows.append(SummaryRow(_("Answered for"), found.survivor.number))
    return rows
