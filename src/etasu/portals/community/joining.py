"""The first page, the rules, joining under a name, and leaving."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.community import here
from etasu.portals.community.forms import AllowForm, NameForm
from etasu.portals.community.here import Visitor, for_members, for_visitors, shown
from etasu.portals.community.words import NAME_TROUBLES, guidelines, spoken
from etasu.portals.components.forms import sent_form
from etasu.portals.components.people import person_here
from etasu.registry.community.facts import takes_part
from etasu.registry.community.members import NameRefused, join
from etasu.registry.participants.reminders import day_of_the_clock
from etasu.registry.reactions import community_left
from etasu.registry.submissions.actions import Given, give_consent

HOW = "password"
_page = require_http_methods(["GET", "HEAD", "POST"])


@for_visitors
@require_safe
def home(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """What it is and the way in; for members, the boards."""
    boards = [(each.code, spoken(each, visitor.language)) for each in visitor.community.boards]
    context = {
        "boards": boards,
        "takes_part": takes_part(visitor.who, visitor.at),
        "is_allowed": here.is_let_in(visitor),
        "consent": visitor.community.consent,
        "has_overview": here.has_overview(visitor),
    }
    return shown(request, visitor, "community/home.html", context)


@for_visitors
@require_safe
def rules(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """What everybody keeps to, and what everybody should know before they join."""
    return shown(request, visitor, "community/rules.html", _guidelines(visitor))


@for_visitors
@_page
def allow(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """A care partner allows it under their own name; patients do so among their choices."""
    if here.is_let_in(visitor):
        return redirect("community:join")
    on = day_of_the_clock(visitor.at)
    form = AllowForm(sent_form(request))
    if form.is_valid():
        kind, pk, number = visitor.who.subject
        name = person_here(request).full_name
        given = Given(
            *(visitor.who.program, visitor.community.consent, kind, pk, number, name, HOW),
            language=visitor.language,
        )
        give_consent(given, on=on, by=visitor.actor, at=visitor.at)
        return redirect("community:join" if here.is_let_in(visitor) else "community:home")
    text = visitor.version.consents[visitor.community.consent].in_language(visitor.language)
    return shown(request, visitor, "community/allow.html", {"form": form, "text": text})


@for_visitors
@_page
def joining(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The rules, and a name."""
    if visitor.member is not None or not here.is_let_in(visitor):
        return redirect("community:home")
    form = NameForm(sent_form(request))
    if form.is_valid():
        try:
            join(visitor.who, form.cleaned_data["pseudonym"], by=visitor.actor, at=visitor.at)
        except NameRefused as refused:
            form.add_error("pseudonym", str(NAME_TROUBLES[refused.why]))
        else:
            here.say(request, "joined")
            return redirect("community:home")
    context = {"form": form, **_guidelines(visitor)}
    return shown(request, visitor, "community/join.html", context)


@for_members
@_page
def leave(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """A care partner leaves: what that means first, then the button."""
    if request.method == "POST":
        community_left(visitor.who, how="account", by=visitor.actor, at=visitor.at)
        here.say(request, "left")
        return redirect(reverse("community:home"))
    return shown(request, visitor, "community/leave.html", {})


def _guidelines(visitor: Visitor) -> dict[str, list[str]]:
    community, language = visitor.community, visitor.language
    return {
        "rules": guidelines(community, language, rules=True),
        "told": guidelines(community, language, rules=False),
    }
