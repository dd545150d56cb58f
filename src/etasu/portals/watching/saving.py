"""Views of the worklist that somebody keeps under a name."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from etasu.portals.components.forms import PortalForm, sent_form
from etasu.portals.components.sending import actor
from etasu.portals.requests import PortalRequest
from etasu.portals.watching.here import here
from etasu.portals.watching.narrowing import NarrowForm
from etasu.registry.monitoring.saved_views import (
    TooManyViews,
    keep_view,
    own_view,
    remove_view,
    views_of,
)
from etasu.registry.participants.facts import Asker


class ViewForm(PortalForm):
    """What the view is called, and whether the others here see it."""

    name = forms.CharField(
        label=gettext_lazy("Name of the view"),
        help_text=gettext_lazy("Such as: Blood counts overdue. No patient’s name."),
        max_length=60,
        error_messages={"required": gettext_lazy("Give the view a name")},
    )
    is_shared = forms.BooleanField(
        label=gettext_lazy("Everybody who works here with me sees it"), required=False
    )


class Kept(NamedTuple):
    """A view as the worklist names it."""

    name: str
    url: str
    number: str
    is_own: bool


def kept_views(asker: Asker) -> list[Kept]:
    """The views somebody may use, each with its address."""
    home = reverse("watching:home")
    return [
        Kept(each.name, f"{home}?{urlencode(each.wanted)}", each.number, each.kept_by == asker.user)
        for each in views_of(asker)
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def keep(request: PortalRequest) -> HttpResponse:
    """Keep the list as it is shown under a name; its address says what is shown."""
    where = here(request)
    narrow = NarrowForm(where, request.GET)
    if not narrow.is_valid():
        raise Http404
    form = ViewForm(sent_form(request))
    there = f"{reverse('watching:home')}?{narrow.address()}"
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            keep_view(
                where.asker,
                said["name"],
                narrow.said(),
                is_shared=said["is_shared"],
                by=actor(request),
                at=request.at,
            )
        except TooManyViews:
            form.add_error("name", _("You keep as many views as there can be. Remove one first"))
        else:
            messages.success(request, _("The view is kept."))
            return redirect(there)
    context: dict[str, Any] = {"form": form, "back_url": there}
    return render(request, "watching/keep_view.html", context)


@require_POST
def remove(request: PortalRequest, view: str) -> HttpResponse:
    """Remove one of one's own views; removed twice, it is removed."""
    found = own_view(here(request).asker, view)
    if found is not None:
        remove_view(found, by=actor(request), at=request.at)
        messages.success(request, _("The view is removed."))
    return redirect("watching:home")
