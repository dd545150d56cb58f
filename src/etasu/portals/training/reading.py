"""Reading a module, one heading on each page, and confirming it at its end."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.paper.screen import blocks_html
from etasu.portals.requests import PortalRequest
from etasu.portals.training import presenters
from etasu.portals.training.here import Here, framed, here, module_here
from etasu.programs.document_text import read_text
from etasu.registry.education import facts, progress
from etasu.registry.education.actions import NotAllRead
from etasu.registry.reactions import module_reviewed
from etasu.safe_use.training import TrainingModule, TrainingPage


@require_safe
def module(request: PortalRequest, program: str, audience: str, module: str) -> HttpResponse:
    """The page to go on with: the first one not read, or the beginning."""
    where = here(request, program, audience)
    found = module_here(where, module)
    left = facts.pages_left(where.user, program, found)
    is_begun = 0 < len(left) < len(found.pages)
    code = left[0] if is_begun else found.pages[0].code
    return redirect("training:page", program, audience, module, code)


@require_http_methods(["GET", "HEAD", "POST"])
def page(
    request: PortalRequest, program: str, audience: str, module: str, page: str
) -> HttpResponse:
    """One page; going on from it is what notes that it was read."""
    where = here(request, program, audience)
    found = module_here(where, module)
    codes = [each.code for each in found.pages]
    if page not in codes:
        raise Http404
    place = codes.index(page)
    if request.method == "POST":
        progress.note_page_read(where.user, program, found, page, by=where.by, at=request.at)
        if place + 1 < len(codes):
            return redirect("training:page", program, audience, module, codes[place + 1])
        return _confirmed(request, where, found)
    return render(request, "training/page.html", framed(where, **_shown(where, found, place)))


def _confirmed(request: PortalRequest, where: Here, module: TrainingModule) -> HttpResponse:
    room = where.room
    try:
        module_reviewed(
            where.user, room.version, module, on=where.today, by=where.by, at=request.at
        )
    except NotAllRead as refused:
        messages.warning(request, _("Read this page, too; then confirm at the end."))
        return redirect("training:page", *room.place, module.code, refused.pages[0])
    messages.success(request, _("Your confirmation is on record."))
    return redirect("training:tasks", *room.place)


def _shown(where: Here, module: TrainingModule, place: int) -> dict[str, object]:
    pages = module.pages
    shown = pages[place]
    read = facts.pages_read(where.user, where.room.program).get((module.code, module.edition), [])
    is_last = place + 1 == len(pages)
    review = facts.reviews_of(where.user, where.room.program).get(module.code)
    return {
        "module": module,
        "page": shown,
        "html": _html(shown, module.language),
        "number": place + 1,
        "before": pages[place - 1] if place else None,
        "segments": [(each, _segment(each, shown, read)) for each in pages],
        "is_last": is_last,
        "left": [each for each in pages if each.code not in read and each != shown],
        "review": review if review and review.edition == module.edition else None,
        "task_is_complete": _is_complete(where, module),
    }


def _html(page: TrainingPage, language: str) -> object:
    blocks, _problems = read_text(page.text, "")
    return blocks_html(blocks, language)


def _segment(each: TrainingPage, shown: TrainingPage, read: list[str]) -> str:
    if each == shown:
        return "current"
    return "complete" if each.code in read else ""


def _is_complete(where: Here, module: TrainingModule) -> bool:
    known = presenters.progress(where)
    return any(known.is_complete(each) for each in where.room.tasks if each.work == module)
