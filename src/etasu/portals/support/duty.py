"""Who is on duty, when calls are taken, and the rota's pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from etasu.portals.components.dates import brief_moment, clock, short_day
from etasu.portals.components.forms import sent_form
from etasu.portals.components.records import Cell, WorklistTable
from etasu.portals.components.sending import actor, sent_before, sent_once
from etasu.portals.requests import PortalRequest
from etasu.portals.support.forms import NoteForm, ShiftsForm
from etasu.portals.support.here import Here, here
from etasu.registry.accounts.facts import names_of
from etasu.registry.authorizations.requests import asked_on
from etasu.registry.patient_support.nurse_facts import has_nurse_line
from etasu.registry.patient_support.rota import (
    NotANurse,
    OtherEnd,
    TooManyShifts,
    add_shifts,
    gaps_ahead,
    leave_note,
    may_keep_rota,
    next_on_duty,
    note_by_number,
    notes_to_take_over,
    nurses_of,
    on_duty_at,
    remove_shift,
    shift_by_number,
    shifts_between,
    take_note_over,
)
from etasu.safe_use.rota import MIDNIGHT, Gap, at_wall, is_open, opens_next

page_methods = require_http_methods(["GET", "HEAD", "POST"])


class Duty(NamedTuple):
    """Who is on duty, who is next and when, whether calls are taken, and hours with nobody."""

    now: Sequence[Any]
    next: str
    is_open: bool
    opens: str
    gaps: Sequence[str]


def duty(where: Here, at: datetime) -> Duty:
    """How the line is staffed now and as far ahead as the program looks."""
    program, line, zone = where.asker.program, where.line, where.line.time_zone
    after, opens = next_on_duty(program, at), opens_next(line.office_hours, at, zone)
    said = ""
    if after is not None:
        known = {"nurse": after.nurse.full_name, "moment": brief_moment(after.begins, zone)}
        said = _("%(nurse)s, from %(moment)s") % known
    return Duty(
        on_duty_at(program, at),
        said,
        is_open(line.office_hours, at, zone),
        brief_moment(opens, zone) if opens is not None else "",
        [_gap(each, zone) for each in gaps_ahead(program, line, _today(where, at))],
    )


@page_methods
def rota(request: PortalRequest) -> HttpResponse:
    """The shifts of the next days, hours without anybody, and more shifts for those who keep it."""
    if not has_nurse_line(request.asker.program, asked_on(request.asker, request.at)):
        return render(request, "support/no_line.html")
    where = here(request)
    program, zone = where.asker.program, where.line.time_zone
    may_keep = may_keep_rota(where.asker)
    today = _today(where, request.at)
    form = ShiftsForm(sent_form(request) if may_keep else None, nurses=nurses_of(program), on=today)
    if request.method == "POST" and not may_keep:
        raise Http404
    if form.is_valid() and (there := _added(request, form, where)):
        messages.success(request, _("The shifts are in the rota."))
        return redirect(there)
    begins = at_wall(today, MIDNIGHT, zone)
    shifts = shifts_between(program, begins, begins + timedelta(days=where.line.rota_days))
    context = {
        "form": form,
        "may_keep": may_keep,
        "duty": duty(where, request.at),
        "table": _shift_table(shifts, zone, may_keep=may_keep),
        "days": where.line.rota_days,
    }
    return render(request, "support/rota.html", context)


@page_methods
def shift(request: PortalRequest, number: str) -> HttpResponse:
    """Take one shift out of the rota, after a look at what that leaves."""
    where = here(request)
    found = shift_by_number(where.asker.program, number)
    if found is None or not may_keep_rota(where.asker):
        raise Http404
    if found.removed_at is not None:
        return sent_before(request)
    if request.method == "POST":

        def do() -> str:
            remove_shift(found, by=actor(request), at=request.at)
            return reverse("support:rota")

        there = sent_once(request, do)
        messages.success(request, _("The shift is out of the rota."))
        return redirect(there)
    said = _span(found.begins, found.ends, where.line.time_zone)
    return render(request, "support/shift.html", {"shift": found, "said": said})


@page_methods
def hand_over(request: PortalRequest) -> HttpResponse:
    """What the last shifts left, and a note to the next one."""
    where = here(request)
    program = where.asker.program
    form = NoteForm(sent_form(request))
    if form.is_valid():

        def do() -> str:
            leave_note(program, form.cleaned_data["words"], by=actor(request), at=request.at)
            return reverse("support:hand-over")

        there = sent_once(request, do)
        messages.success(request, _("Your note waits for the next shift."))
        return redirect(there)
    notes = notes_to_take_over(program, request.at)
    people = names_of({each.left_by for each in notes} | {each.taken_by or "" for each in notes})
    context = {
        "form": form,
        "duty": duty(where, request.at),
        "notes": [
            (
                each,
                people.get(each.left_by, ""),
                people.get(each.taken_by or "", ""),
                each.taken_at is None and each.left_by != where.asker.user,
            )
            for each in notes
        ],
    }
    return render(request, "support/hand_over.html", context)


@require_http_methods(["POST"])
def take_over(request: PortalRequest, number: str) -> HttpResponse:
    """Note that what the last shift left is in hand."""
    where = here(request)
    found = note_by_number(where.asker.program, number)
    if found is None:
        raise Http404
    take_note_over(found, by=actor(request), at=request.at)
    return redirect("support:hand-over")


def _added(request: PortalRequest, form: ShiftsForm, where: Here) -> str:
    """Where keeping the shifts led; empty when the form says why not."""

    def do() -> str:
        add_shifts(where.asker.program, form.weekly(), where.line, by=actor(request), at=request.at)
        return reverse("support:rota")

    try:
        return sent_once(request, do)
    except TooManyShifts:
        form.add_error("last", _("Choose a day within a year of the first day"))
    except OtherEnd:
        text = _("A shift that begins then ends at another time. Take it out of the rota first")
        form.add_error("ends", text)
    except NotANurse:
        form.add_error("nurse", _("Choose one of these"))
    return ""


def _shift_table(shifts: Any, zone: str, *, may_keep: bool) -> WorklistTable:
    rows = [
        (
            Cell(
                _span(each.begins, each.ends, zone),
                reverse("support:shift", args=[each.number]) if may_keep else "",
            ),
            Cell(each.nurse.full_name),
        )
        for each in shifts
    ]
    return WorklistTable(
        caption=_("Who is on duty when"),
        columns=(_("When"), _("Nurse")),
        rows=rows,
        empty=_("Nobody is in the rota."),
    )


def _today(where: Here, at: datetime) -> Any:
    """The day it is where the line is."""
    return at.astimezone(ZoneInfo(where.line.time_zone)).date()


def _span(begins: datetime, ends: datetime, zone: str) -> str:
    on, last = (each.astimezone(ZoneInfo(zone)).date() for each in (begins, ends))
    said = {"day": short_day(on), "from": clock(begins, zone), "until": clock(ends, zone)}
    if last == on:
        return _("%(day)s, %(from)s to %(until)s") % said
    said["next"] = short_day(last)
    return _("%(day)s, %(from)s, to %(next)s, %(until)s") % said


def _gap(gap: Gap, zone: str) -> str:
    hours = ngettext("%(n)s hour", "%(n)s hours", round(gap.hours)) % {"n": f"{gap.hours:g}"}
    return f"{_span(gap.begins, gap.ends, zone)} ({hours})"
