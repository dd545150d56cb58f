"""The representative's sites: all of them in one list, and each by itself."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.course_tasks import still_owed
from etasu.portals.components.forms import sent_form
from etasu.portals.components.newcomer import NewcomerForm
from etasu.portals.components.people import person_here
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.components.spreadsheet import csv_file
from etasu.portals.organization import presenters
from etasu.portals.organization.enrolling import handover_tasks, site_tasks
from etasu.portals.organization.forms import OrganizationForm, SearchForm
from etasu.portals.organization.here import Here, here, site_here
from etasu.portals.requests import PortalRequest
from etasu.registry.participants import sites as registry
from etasu.registry.participants.enrolling import RegisteredAlready
from etasu.registry.participants.facts import (
    certification_facts,
    members_of,
    participant_by_number,
)
from etasu.registry.participants.invitations import open_invitations
from etasu.registry.participants.organizations import found_organization, register_site
from etasu.registry.participants.roster import roster_of
from etasu.registry.participants.succession import successors
from etasu.safe_use.certification import standing

SEARCH = "own_sites"
page_methods = require_http_methods(["GET", "HEAD", "POST"])


@page_methods
def home(request: PortalRequest) -> HttpResponse:
    """Every site on one page. With a single site, that site."""
    where = here(request)
    if request.method == "POST":
        form = SearchForm(request.POST)
        is_wanted = form.is_valid() and "clear" not in request.POST
        request.session[SEARCH] = form.cleaned_data["words"] if is_wanted else ""
        return redirect("organization:home")
    every = list(where.sites)
    if len(every) == 1:
        return redirect("organization:site", every[0].number)
    words = request.session.get(SEARCH, "")
    found = list(registry.search_sites(where.sites, words))
    who = registry.representatives_by_site(found)
    show = request.GET.get("show", "")
    context = {
        "form": SearchForm(initial={"words": words}),
        "words": words,
        "organization": registry.organization_of(every),
        "can_add": registry.acts_for_all_sites(where.asker),
        "count": len(every),
        "owed": still_owed(request),
        "table": presenters.sites_table(found, where.party, who, show, where.today),
    }
    return render(request, "organization/home.html", context)


@require_safe
def sites_csv(request: PortalRequest) -> HttpResponseBase:
    """Every site as a file."""
    where = here(request)
    found = list(where.sites)
    who = registry.representatives_by_site(found)
    return csv_file(presenters.site_rows(found, where.party, who, where.today), "sites")


@require_safe
def site(request: PortalRequest, number: str) -> HttpResponse:
    """One site: its standing, its representatives, its staff."""
    where, found = site_here(request, number)
    now = standing(where.party, certification_facts(found), where.today)
    zone = found.time_zone
    endable = set(registry.memberships_to_end(where.asker).values_list("pk", flat=True))
    staff = members_of(found).exclude(role__in=registry.REPRESENTED)
    history = registry.representation_history(found)
    grace = registry.grace_of(found, where.party, where.today)
    takes_over_from, handover = handover_tasks(where, found, request.user)
    context = {
        "site": found,
        "owed": still_owed(request) if found.pk == where.asker.participant_id else [],
        "is_complete": not now.steps_left,
        "is_one_of_many": where.sites.count() > 1,
        "can_add": registry.acts_for_all_sites(where.asker) and found.organization is not None,
        "can_found": found.organization is None,
        "grace": presenters.grace_said(grace),
        "standing": presenters.standing_rows(found, now),
        "steps": site_tasks(where, found),
        "takes_over_from": takes_over_from,
        "handover": handover,
        "representatives": presenters.representatives_table(
            history, endable, successors(found), zone
        ),
        "staff": presenters.people_table(staff, endable, zone),
        "invitations": presenters.invitations_table(open_invitations(found), zone, request.at),
        "on_roster": roster_of(found).count(),
    }
    return render(request, "organization/site.html", context)


@page_methods
def found(request: PortalRequest) -> HttpResponse:
    """Make the site the first one of an organization."""
    asker = here(request).asker
    own = participant_by_number(asker.participant or "", asker.program)
    if own is None or own.organization is not None:
        return redirect("organization:home")
    form = OrganizationForm(sent_form(request))
    there = reverse("organization:site", args=[own.number])
    if request.method == "POST" and form.is_valid():
        by, at = actor(request), request.at

        def do() -> str:
            found_organization(own, form.cleaned_data["name"], by=by, at=at)
            return there

        messages.success(request, _("The organization is on record; this site is its first."))
        return redirect(sent_once(request, do))
    return render(request, "organization/found.html", {"form": form, "site": own})


@page_methods
def add(request: PortalRequest) -> HttpResponse:
    """A further site of the organization, not yet certified."""
    where = here(request)
    own = participant_by_number(where.asker.participant or "", where.asker.program)
    if own is None or own.organization is None or not registry.acts_for_all_sites(where.asker):
        return redirect("organization:home")
    organization = own.organization
    form = NewcomerForm(where.party, sent_form(request))
    if request.method == "POST" and form.is_valid():
        try:
            led_to = _added(request, where, organization, form)
        except RegisteredAlready:
            form.add_error("npi", _("A site with this number is in the program already."))
        else:
            messages.success(request, _("The site is registered. It can now be certified."))
            return redirect(led_to)
    return render(request, "organization/add.html", {"form": form, "organization": organization})


def _added(request: PortalRequest, where: Here, organization: Any, form: NewcomerForm) -> str:
    """The address of the site added; the same one for every sending of one form."""
    by, at, user = actor(request), request.at, person_here(request)

    def do() -> str:
        made = register_site(organization, where.kind, form.newcomer(), user, by=by, at=at)
        return reverse("organization:site", args=[made.number])

    return sent_once(request, do)
