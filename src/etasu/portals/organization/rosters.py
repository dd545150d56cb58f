"""The staff roster of a site: sent as a file, put right, and used to invite and to certify."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from etasu.portals.components.file_words import file_problem
from etasu.portals.components.forms import sent_form
from etasu.portals.components.inviting import send_and_say
from etasu.portals.components.sending import actor, sent_before, sent_once
from etasu.portals.components.spreadsheet import csv_file
from etasu.portals.organization import roster_tables
from etasu.portals.organization.forms import PersonForm, RosterFileForm
from etasu.portals.organization.here import here, site_here
from etasu.portals.requests import PortalRequest
from etasu.registry.participants import roster as registry
from etasu.registry.participants.csv_rows import BadFile, Row
from etasu.registry.participants.invitations import Invited, Sent, invite
from etasu.registry.participants.roster_file import STAFF_ROLES, Person

page_methods = require_http_methods(["GET", "HEAD", "POST"])
# So many messages are sent while somebody waits; the next press sends the next ones.
MOST_INVITED = 100


@require_safe
def roster(request: PortalRequest, number: str) -> HttpResponse:
    """Everybody on the roster: trained when, and whether they sign in."""
    where, site = site_here(request, number)
    entries = list(registry.roster_of(site))
    access = (registry.acting_staff(site), registry.invited_staff(site, request.at))
    waiting = registry.to_be_invited(site, request.at)
    context = {
        "site": site,
        "table": roster_tables.roster_table(entries, *access),
        "files": roster_tables.files_table(registry.roster_files(site)[:20], site.time_zone),
        "waiting": min(len(waiting), MOST_INVITED),
        "trained": roster_tables.trained_said(entries),
        "can_record": roster_tables.all_trained(entries) and roster_tables.trains(where.party),
    }
    return render(request, "organization/roster.html", context)


@page_methods
def send(request: PortalRequest, number: str) -> HttpResponse:
    """Send the roster as a file. What is right is kept, what is not is told row by row."""
    where, site = site_here(request, number)
    files = request.FILES if request.method == "POST" else None
    form = RosterFileForm(sent_form(request), files)
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read()
        try:
            kept = registry.receive_roster(
                site, content, among=list(where.sites), by=actor(request), at=request.at
            )
            return redirect("organization:roster-file", kept.number)
        except BadFile as refused:
            form.add_error("file", file_problem(refused))
    roles = roster_tables.role_words(STAFF_ROLES[site.kind])
    context = {"form": form, "site": site, "roles": roles, "has_sites": where.sites.count() > 1}
    return render(request, "organization/roster_send.html", context)


@require_safe
def template(request: PortalRequest) -> HttpResponseBase:
    """An empty roster with the headings and one row that shows how to fill it in."""
    where = here(request)
    return csv_file(roster_tables.template_rows(where.kind, where.today), "roster-template")


@require_safe
def report(request: PortalRequest, file: str) -> HttpResponse:
    """What became of a file that was sent."""
    found = _file(request, file)
    waiting = registry.to_be_invited(found.participant, request.at)
    context = {
        "file": found,
        "site": found.participant,
        "said": roster_tables.file_said(found),
        "table": roster_tables.refused_table(found.refused),
        "waiting": min(len(waiting), MOST_INVITED),
    }
    return render(request, "organization/roster_file.html", context)


@require_safe
def refused_csv(request: PortalRequest, file: str) -> HttpResponseBase:
    """The rows not taken, with what is wrong, to be put right and sent again."""
    return csv_file(roster_tables.refused_rows(_file(request, file).refused), "rows-to-put-right")


@require_safe
def roster_csv(request: PortalRequest, number: str) -> HttpResponseBase:
    """The roster as it is, in the columns it is sent in."""
    _where, site = site_here(request, number)
    return csv_file(roster_tables.roster_rows(registry.roster_of(site)), "roster")


@page_methods
def person(request: PortalRequest, number: str) -> HttpResponse:
    """Put one person on the roster, or correct what it says of them."""
    where, site = site_here(request, number)
    form = PersonForm(STAFF_ROLES[site.kind], where.today, sent_form(request))
    there = reverse("organization:roster", args=[number])
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        listed = Person(
            Row(0, {}),
            said["full_name"],
            said["email"].lower(),
            said["role"],
            said["trained_on"],
            "",
        )

        def do() -> str:
            registry.list_person(site, listed, by=actor(request), at=request.at)
            return there

        messages.success(request, _("The roster is up to date."))
        return redirect(sent_once(request, do))
    return render(request, "organization/roster_person.html", {"form": form, "site": site})


@page_methods
def remove(request: PortalRequest, entry: int) -> HttpResponse:
    """Take somebody off the roster; what they may do as staff ends at once."""
    where = here(request)
    found = registry.entry_at(entry, where.sites)
    if found is None:
        return sent_before(request)
    there = reverse("organization:roster", args=[found.participant.number])
    if request.method == "POST":
        by, at = actor(request), request.at

        def do() -> str:
            registry.remove_from_roster(found, by=by, at=at)
            return there

        messages.success(request, _("Taken off the roster. It has effect already."))
        return redirect(sent_once(request, do))
    acts = found.email in registry.acting_staff(found.participant).get(found.role, set())
    context = {"entry": found, "site": found.participant, "acts": acts, "back": there}
    return render(request, "organization/roster_remove.html", context)


@require_POST
def invite_all(request: PortalRequest, number: str) -> HttpResponse:
    """Invite everybody on the roster who is to sign in and does not yet."""
    _where, site = site_here(request, number)
    there = reverse("organization:roster", args=[number])
    made: list[Sent] = []

    def do() -> str:
        for entry in registry.to_be_invited(site, request.at)[:MOST_INVITED]:
            invited = Invited(site, entry.role, entry.email, entry.full_name)
            made.append(invite(invited, by=actor(request), at=request.at))
        return there

    sent_once(request, do)
    send_and_say(request, made)
    return redirect(there)


@page_methods
def trained(request: PortalRequest, number: str) -> HttpResponse:
    """Note the certification step that the staff is trained, from the roster's dates."""
    where, site = site_here(request, number)
    entries = list(registry.roster_of(site))
    there = reverse("organization:site", args=[number])
    if not roster_tables.all_trained(entries) or not roster_tables.trains(where.party):
        return redirect("organization:roster", number)
    if request.method == "POST":
        by, at = actor(request), request.at

        def do() -> str:
            registry.record_staff_trained(site, where.version, by=by, at=at)
            return there

        try:
            led_to = sent_once(request, do)
        except registry.NotAllTrained:
            return redirect("organization:roster", number)
        messages.success(request, _("The training of the staff is on record."))
        return redirect(led_to)
    said = ngettext(
        "%(n)s person is on the roster, with a training date.",
        "%(n)s people are on the roster, each with a training date.",
        len(entries),
    ) % {"n": len(entries)}
    newest = max((each.trained_on for each in entries if each.trained_on), default=None)
    context = {"site": site, "said": said, "newest": newest}
    return render(request, "organization/roster_trained.html", context)


def _file(request: PortalRequest, number: str) -> Any:
    """A file received for one of the representative's sites; any other number is not found."""
    found = registry.roster_file_by_number(number, here(request).sites)
    if found is None:
        raise Http404
    return found
