"""Naming the next representative of a site."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from etasu.portals.components.forms import sent_form
from etasu.portals.components.inviting import invite_once
from etasu.portals.components.sending import actor
from etasu.portals.organization.forms import RepresentativeForm
from etasu.portals.organization.here import Here, site_here
from etasu.portals.requests import PortalRequest
from etasu.registry.participants.invitations import Invited, Sent, invite
from etasu.registry.participants.sites import (
    acts_for_all_sites,
    memberships_to_end,
    representatives_of,
)


@require_http_methods(["GET", "HEAD", "POST"])
def name_next(request: PortalRequest, number: str) -> HttpResponse:
    """Invite somebody to represent the site, in addition or in somebody's place."""
    where, site = site_here(request, number)
    now = _replaceable(where, site)
    choices = [(str(each.pk), _said(each, request)) for each in now.values()]
    has_more = site.organization is not None and acts_for_all_sites(where.asker)
    form = RepresentativeForm(choices, has_more, sent_form(request))
    there = reverse("organization:site", args=[number])
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        leaving = now.get(said["replaces"])
        invited = Invited(
            participant=site,
            role=where.asker.role,
            email=said["email"],
            full_name=said["full_name"],
            # Whoever takes the place of somebody for all sites takes all of it.
            for_all_sites=said.get("for_all_sites", False)
            or bool(leaving and leaving.for_all_sites),
            replaces=leaving,
        )

        def make() -> Sent:
            return invite(invited, by=actor(request), at=request.at)

        if invite_once(request, form, make, there):
            return redirect(there)
    return render(request, "organization/representative.html", {"form": form, "site": site})


def _replaceable(where: Here, site: Any) -> dict[str, Any]:
    """Who represents the site and may be replaced by the asker, by the choice's value."""
    endable = set(memberships_to_end(where.asker).values_list("pk", flat=True))
    return {str(each.pk): each for each in representatives_of(site) if each.pk in endable}


def _said(membership: Any, request: PortalRequest) -> str:
    if membership.user.number == request.asker.user:
        return _("Mine: I stop once they have signed")
    return _("%(name)s’s") % {"name": membership.user.full_name}
