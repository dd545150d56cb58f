"""What waits, the longest first; one post with its rules beside it; one appeal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from etasu.portals.components.community import rule_said
from etasu.portals.components.dates import brief_moment
from etasu.portals.components.forms import sent_form
from etasu.portals.components.records import Cell, WorklistTable
from etasu.portals.components.sending import actor, sent_before, sent_once
from etasu.portals.components.side_effects import report_lines
from etasu.portals.language import page_language
from etasu.portals.moderation.boards import in_its_topic
from etasu.portals.moderation.forms import UPHOLD, AppealAnswerForm, VerdictForm
from etasu.portals.moderation.here import author, community_here, state_of
from etasu.portals.requests import PortalRequest
from etasu.registry.community.boards import post_of
from etasu.registry.community.facts import former_texts, newest_text, words_of
from etasu.registry.community.moderating import (
    CannotDecide,
    Decided,
    ReadAgain,
    Waiting,
    answer_appeal,
    appeal_to_read,
    decide_post,
    former_rulings,
    may_answer,
    post_to_read,
    waiting_posts,
)
from etasu.registry.reactions import post_is_event
from etasu.safe_use.community import Community, HeldFor

# Of former decisions about the same author, and of what waits, on one page.
FORMER, A_PAGE = 10, 50
_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """Everything that waits: what may be an emergency, then the longest."""
    community = community_here(request)
    found = waiting_posts(request.asker.program)
    late = sum(each.due_at(community) < request.at for each in found)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    table = _table(request, page.object_list, community).on(page, "page")
    context = {"table": table, "late": late}
    return render(request, "moderation/home.html", context)


@_page
def post(request: PortalRequest, number: str) -> HttpResponse:
    """One post and the decision; about a hidden one only its author can ask for another."""
    community = community_here(request)
    found = post_to_read(request.asker.program, number)
    if found is None:
        return sent_before(request)
    form = VerdictForm(
        sent_form(request),
        community=community,
        language=page_language(),
        is_settled=not found.reports and not found.is_held,
        is_emergency=found.is_emergency,
        initial={"read": newest_text(found.post).number},
    )
    if form.is_valid():
        return _acted(
            request,
            lambda: decide_post(found.post, form.decided(), by=actor(request), at=request.at),
        )
    return _shown(request, "moderation/post.html", community, found, form)


@_page
def appeal(request: PortalRequest, number: str) -> HttpResponse:
    """One appeal, and its answer by somebody else than the one who hid the post."""
    community = community_here(request)
    found = appeal_to_read(request.asker.program, number)
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
    context = {
        "may_answer": may_answer(ruling),
        "is_own": ruling.decided_by == actor(request).number,
    }
    return _shown(request, "moderation/appeal.html", community, found, form, **context)


@require_POST
def side_effect(request: PortalRequest, number: str) -> HttpResponse:
    """Report what no word gave away, whoever reads the post by now; it stays as it is."""
    community_here(request)
    found = post_of(request.asker.program, number)
    if found is None:
        raise Http404
    post_is_event(found, by=actor(request), at=request.at)
    messages.success(request, _("It is with the safety staff."))
    if found.deleted_at is not None:
        return redirect("moderation:home")
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
        messages.warning(request, _("Another moderator has to decide about what you wrote or hid."))
        return redirect("moderation:home")
    except Decided:
        messages.warning(request, _("Somebody decided this meanwhile."))
        return redirect("moderation:home")


def _shown(
    request: PortalRequest, name: str, community: Community, found: Waiting, form: Any, **more: Any
) -> HttpResponse:
    language = page_language()
    reports = [(_rule(community, each.rule, language), each.words) for each in found.reports]
    former = [
        (each, _rule(community, each.rule, language))
        for each in former_rulings(found.post)[:FORMER]
    ]
    context = {
        "form": form,
        "waiting": found,
        "post": found.post,
        "author": author(found.post.member),
        "state": state_of(found.post),
        "in_its_topic": in_its_topic(found.post),
        "words": words_of(found.post),
        "before": former_texts(found.post),
        "reports": reports,
        "former": former,
        "rule": _rule(community, found.appeal.rule, language) if found.appeal else "",
        "rules": [each.said(language).text for each in community.rules],
        "why": _why(found),
        "hours": community.emergency_within_hours,
        "lines": report_lines(request.asker.program),
        **more,
    }
    return render(request, name, context)


def _table(request: PortalRequest, found: Iterable[Waiting], community: Community) -> WorklistTable:
    rows = [
        (
            Cell(each.post.topic.title, _address(each)),
            Cell(author(each.post.member)),
            Cell("; ".join(_why(each))),
            Cell(brief_moment(each.since, request.asker.time_zone)),
            Cell(_time_left(each.due_at(community), request.at)),
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
    return rule_said(community, code, language) or _("Something else")
