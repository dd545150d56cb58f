"""Messages to a person: all of them, one of them, and those that could not be delivered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.account import program_name
from etasu.portals.components.dates import brief_moment, short_day
from etasu.portals.components.records import Cell, WorklistTable
from etasu.portals.components.reminder_words import by_channel, reason_of
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.components.words import role_label
from etasu.portals.requests import PortalRequest
from etasu.portals.standing.failures import failure_of
from etasu.portals.standing.framing import framed
from etasu.portals.standing.here import numbers_of
from etasu.portals.standing.wording import Words, words_of
from etasu.programs import library
from etasu.registry.accounts import access
from etasu.registry.audit.actors import Actor
from etasu.registry.notices.actions import mark_read, try_again
from etasu.registry.notices.facts import given_up, inbox, notice_of, undelivered
from etasu.registry.notices.reminder_facts import never_confirmed, reached_nobody
from etasu.registry.participants.facts import Asker, names_of_participants
from etasu.registry.patients.facts import patient_seen

AT_ONCE = 50
# What is told of many patients at once, or of one patient's results, and the page under Follow up.
FOLLOWED_UP = {
    "test_due": "watching:home",
    "form_due": "watching:home",
    "limit_crossed": "watching:patient",
    "symptom_told": "watching:patient",
    "results_held": "laboratory:home",
    "safety_reported": "safety:case",
    "safety_due": "safety:case",
    "patient_wrote": "support:patient",
    "callback_asked": "support:patient",
    "line_late": "support:patient",
    "rota_uncovered": "support:rota",
    "event_told_to_nurse": "watching:patient",
    "community_news": "community:home",
    "community_urgent": "moderation:home",
    "community_late": "moderation:home",
}
# What is told of a course, and the page that shows it.
ABOUT_A_COURSE = {"course_ended": "courses:summary", "vials_differ": "facility:course"}


class Line(NamedTuple):
    """One message in the list."""

    number: str
    at: Any
    words: Words
    is_new: bool


@require_safe
def listing(request: PortalRequest) -> HttpResponse:
    """The person's messages, newest first, whatever role they came to."""
    person: Any = request.user
    older_than = notice_of(person, request.GET.get("before", ""), request.at)
    and_one_more = list(inbox(person, request.at, AT_ONCE + 1, older_than))
    found = and_one_more[:AT_ONCE]
    names, zone = _names(found), _zone(request)
    lines = [
        Line(each.number, each.due, _words(each, names, zone), each.read_at is None)
        for each in found
    ]
    context = {
        "lines": lines,
        "older": lines[-1].number if len(and_one_more) > AT_ONCE else "",
        "is_first": older_than is None,
    }
    return framed(request, "standing/messages.html", context)


@require_safe
def message(request: PortalRequest, number: str) -> HttpResponse:
    """One message; opening it marks it as read."""
    found = notice_of(request.user, number, request.at)  # type: ignore[arg-type]
    if found is None:
        raise Http404
    if request.method == "GET" and found.read_at is None:
        person: Any = request.user
        mark_read(found, by=Actor(person.number, found.audience), at=request.at)
    context = {
        "notice": found,
        "words": _words(found, _names([found]), _zone(request)),
        "program": program_name(found.program),
        "there": _where(request.asker, found),
    }
    return framed(request, "standing/message.html", context)


@require_safe
def lost(request: PortalRequest) -> HttpResponse:
    """The program's messages whose e-mail was given up: to whom, why, and how often tried."""
    zone = request.asker.time_zone
    rows = [
        (
            Cell(each.number, reverse("standing:try-again", args=[each.number]), is_number=True),
            Cell(each.recipient.full_name),
            Cell(role_label(each.audience)),
            Cell(brief_moment(each.closed_at, zone)),
            Cell(failure_of(each.last_error).said),
            Cell(str(each.attempts)),
        )
        for each in undelivered(request.asker.program)
        if each.closed_at is not None
    ]
    table = WorklistTable(
        caption=_("Messages that could not be delivered"),
        columns=(_("Message"), _("To"), _("Role"), _("Given up"), _("Why"), _("Tries")),
        rows=rows,
        empty=_("Every message has been delivered or is on its way."),
    )
    context = {
        "table": table,
        "reminders": _reminders(request.asker),
        "unconfirmed": _unconfirmed(request.asker, request.at),
    }
    return render(request, "standing/undelivered.html", context)


def _reminders(asker: Asker) -> WorklistTable:
    """Reminders that reached a patient by no way at all."""
    rows = [
        (
            Cell(each.person, reverse("watching:reminders", args=[each.person]), is_number=True),
            Cell(short_day(each.due_on)),
            Cell(brief_moment(each.closed_at, asker.time_zone)),
            Cell(by_channel(each)),
            Cell(reason_of(each.reason)),
        )
        for each in reached_nobody(asker.program)
        if each.closed_at is not None
    ]
    return WorklistTable(
        caption=_("Reminders that reached no patient"),
        columns=(_("Patient"), _("Due"), _("Given up"), _("Last tried by"), _("Why")),
        rows=rows,
        empty=_("Every reminder reached its patient, waits for its time, or is not wanted."),
    )


def _unconfirmed(asker: Asker, at: datetime) -> WorklistTable:
    """Text messages of which nobody knows whether they arrived."""
    rows = [
        (
            Cell(each.person, reverse("watching:reminders", args=[each.person]), is_number=True),
            Cell(short_day(each.due_on)),
            Cell(brief_moment(each.handed_over_at, asker.time_zone)),
        )
        for each in never_confirmed(asker.program, at)
        if each.handed_over_at is not None
    ]
    return WorklistTable(
        caption=_("Text messages without a receipt"),
        columns=(_("Patient"), _("Due"), _("Sent")),
        rows=rows,
        empty=_("Every text message older than three days is known to have arrived or not."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def again(request: PortalRequest, number: str) -> HttpResponse:
    """Send a message that was given up once more."""
    found = given_up(request.asker.program, number)
    if found is None:
        # Sent twice by a double click, it is on its way already.
        return redirect("standing:undelivered")
    if request.method == "POST":

        def do() -> str:
            try_again(found, by=actor(request), at=request.at)
            return reverse("standing:undelivered")

        there = sent_once(request, do)
        messages.success(request, _("The message is on its way again."))
        return redirect(there)
    context = {"notice": found, "failure": failure_of(found.last_error)}
    return render(request, "standing/try_again.html", context)


def _names(found: Iterable[Any]) -> dict[str, str]:
    return names_of_participants({each.facts.get("participant", "") for each in found})


def _words(notice: Any, names: dict[str, str], zone: str) -> Words:
    version = library.current().version(notice.program, notice.program_version)
    defined = version.notices.get(notice.code) if version else None
    who = names.get(notice.facts.get("participant", ""), "")
    return words_of(notice, who, zone, defined.name if defined else "")


def _zone(request: PortalRequest) -> str:
    """The time zone of whoever reads, in a role or without one."""
    person: Any = request.user
    return request.asker.time_zone if request.asker else str(person.time_zone)


def _where(asker: Asker | None, notice: Any) -> str:
    """Where the matter can be looked at, in the role the person acts in now; "" for nowhere."""
    if asker is None or asker.program != notice.program:
        return ""
    about = notice.facts.get("participant", "")
    if notice.event in FOLLOWED_UP:
        return _followed_up(notice, asker)
    if notice.subject_kind == "participant":
        return _standing_of(about, asker)
    if notice.subject_kind == "draft":
        is_mine = about == asker.participant and asker.role in access.FORM_ROLES
        return reverse("forms:check", args=[notice.subject]) if is_mine else ""
    if notice.event in ABOUT_A_COURSE and about == asker.participant:
        return reverse(ABOUT_A_COURSE[notice.event], args=[notice.subject, notice.facts["course"]])
    if asker.role == access.PRESCRIBER and about == asker.participant:
        if decision := notice.facts.get("decision"):
            return reverse("prescriber:decision", args=[decision])
        return reverse("prescriber:patient", args=[notice.subject])
    return ""


def _followed_up(notice: Any, asker: Asker) -> str:
    """The list under Follow up, or the one case or patient it is about and the asker may see."""
    route = FOLLOWED_UP[notice.event]
    if not access.POLICIES[route].allows(asker.role, "GET"):
        return ""
    if route.endswith(":home") or route == "support:rota":
        return reverse(route)
    is_case = notice.subject_kind == "safety_case"
    is_seen = is_case or patient_seen(asker, notice.subject) is not None
    return reverse(route, args=[notice.subject]) if is_seen else ""


def _standing_of(participant: str, asker: Asker) -> str:
    if asker.role == access.ADMINISTRATOR:
        return reverse("administrator:participant", args=[participant])
    is_mine = participant in numbers_of(asker) and asker.role in access.OWN_STANDING
    return reverse("standing:mine", args=[participant]) if is_mine else ""
