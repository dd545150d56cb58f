"""What waits, the longest first; one post with its rules beside it; one appeal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from etasu.portals.components.dates import brief_moment
from etasu.portals.components.forms import sent_form
from etasu.portals.components.program_here import program_today
from etasu.portals.components.records import Cell, WorklistTable
from etasu.portals.components.sending import actor, sent_before, sent_once
from etasu.portals.moderation.forms import UPHOLD, AppealAnswerForm, VerdictForm
from etasu.portals.requests import PortalRequest
from etasu.registry.community.facts import former_texts, newest_text, words_of
from etasu.registry.community.moderating import (
    CannotDecide,
    Decided,
    ReadAgain,
    Waiting,
    answer_appeal,
    decide_post,
    former_rulings,
    waiting_post,
    waiting_posts,
)
from etasu.registry.reactions import post_is_event
from etasu.safe_use.community import Community, HeldFor

FORMER = 10
_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """Everything that waits, the longest first."""
    community = _community(request)
    found = waiting_posts(request.asker.program)
    allowed = timedelta(hours=community.decide_within_hours)
    late = sum(each.since + allowed < request.at for each in found)
    context = {"table": _table(request, found, allowed), "late": late}
    return render(request, "moderation/home.html", context)


@_page
def post(request: PortalRequest, number: str) -> HttpResponse:
    """One post that is held or reported, and the decision."""
    community, language = _community(request), (get_language() or "en")[:2]
    found = waiting_post(request.asker.program, number)
    if found is None or found.appeal is not None:
        return sent_before(request)
    shown = {"read": newest_text(found.post).number}
    form = VerdictForm(sent_form(request), community=community, language=language, initial=shown)
    if form.is_valid():
        return _acted(
            request,
            lambda: decide_post(found.post, form.decided(), by=actor(request), at=request.at),
        )
    return _shown(request, "moderation/post.html", community, found, form)


@_page
def appeal(request: PortalRequest, number: str) -> HttpResponse:
    """One appeal, and its answer."""
    community = _community(request)
    program = request.asker.program
    found = next(
        (e for e in waiting_posts(program) if e.appeal is not None and e.appeal.number == number),
        None,
    )
    if found is None or found.appeal is None:
        return sent_before(request)
    ruling, form = found.appeal, AppealAnswerForm(sent_form(request))
    if form.is_valid():
        said = form.cleaned_data
        is_upheld, by, at = said["verdict"] == UPHOLD, actor(request), request.at
        return _acted(
            request,
            lambda: answer_appeal(ruling, is_upheld=is_upheld, answer=said["answer"], by=by, at=at),
        )
    return _shown(request, "moderation/appeal.html", community, found, form)


@require_POST
def side_effect(request: PortalRequest, number: str) -> HttpResponse:
    """Report what no word gave away; the post waits as before."""
    _community(request)
    found = waiting_post(request.asker.program, number)
    if found is None:
        raise Http404
    post_is_event(found.post, by=actor(request), at=request.at)
    messages.success(request, _("It is with the safety staff."))
    return redirect("moderation:post", number)


def _acted(request: PortalRequest, do: Any) -> HttpResponse:
    """Do it once, and back to what waits; a colleague may have been quicker."""

    def act() -> str:
        do()
        messages.success(request, _("Your decision is kept. The author is told."))
        return reverse("moderation:home")

    try:
        return redirect(sent_once(request, act))
    except ReadAgain:
        changed = _("The author changed the words meanwhile. Read them and decide again.")
        messages.warning(request, changed)
        return redirect(request.path)
    except CannotDecide:
        messages.warning(request, _("Another moderator has to decide about what you wrote."))
        return redirect("moderation:home")
    except Decided:
        messages.warning(request, _("Somebody decided this meanwhile."))
        return redirect("moderation:home")


def _shown(
    request: PortalRequest, name: str, community: Community, found: Waiting, form: Any
) -> HttpResponse:
    language = (get_language() or "en")[:2]
    reports = [(_rule(community, each.rule, language), each.words) for each in found.reports]
    former = [
        (each, _rule(community, each.rule, language))
        for each in former_rulings(found.post)[:FORMER]
    ]
    context = {
        "form": form,
        "waiting": found,
        "post": found.post,
        "author": _author(found),
        "words": words_of(found.post),
        "before": former_texts(found.post),
        "reports": reports,
        "former": former,
        "rule": _rule(community, found.appeal.rule, language) if found.appeal else "",
        "rules": [each.said(language).text for each in community.rules],
        "why": _why(found),
    }
    return render(request, name, context)


def _community(request: PortalRequest) -> Community:
    community = program_today(request).version.community
    if community is None:
        raise Http404
    return community


def _table(request: PortalRequest, found: Iterable[Waiting], allowed: timedelta) -> WorklistTable:
    rows = [
        (
            Cell(each.post.topic.title, _address(each)),
            Cell(_author(each)),
            Cell("; ".join(_why(each))),
            Cell(brief_moment(each.since, request.asker.time_zone)),
            Cell(_time_left(each.since + allowed, request.at)),
        )
        for each in found
    ]
    return WorklistTable(
        caption=_("What waits"),
        columns=(_("Topic"), _("Written by"), _("Why it waits"), _("Since"), _("Time left")),
        rows=rows,
        empty=_("Nothing waits."),
    )


def _address(waiting: Waiting) -> str:
    if waiting.appeal is not None:
        return reverse("moderation:appeal", args=[waiting.appeal.number])
    return reverse("moderation:post", args=[waiting.post.number])


def _time_left(until: datetime, at: datetime) -> str:
    hours = int((until - at).total_seconds() // 3600)
    return _("late") if until < at else _("%(hours)s h") % {"hours": hours}


def _author(waiting: Waiting) -> str:
    """The name others see; moderators know no other."""
    member = waiting.post.member
    return member.pseudonym if member.left_at is None else str(_("A former member"))


def _why(waiting: Waiting) -> list[str]:
    said = {
        HeldFor.EMERGENCY.value: _("may tell of an emergency"),
        HeldFor.GIVEAWAY.value: _("may show who somebody is"),
        HeldFor.FIRST_POST.value: _("a first post"),
    }
    if waiting.appeal is not None:
        return [_("an appeal")]
    held = [
        text for code, text in said.items() if waiting.is_held and code in waiting.post.held_for
    ]
    return [*held, *([_("reported by members")] if waiting.reports else [])]


def _rule(community: Community, code: str, language: str) -> str:
    found = community.rule(code)
    return found.said(language).text if found is not None else str(_("Something else"))
