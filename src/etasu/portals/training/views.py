"""The way into the training center, and what is to do in one of its rooms."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from etasu.portals.components.dates import local_day
from etasu.portals.requests import PortalRequest
from etasu.portals.training import presenters
from etasu.portals.training.here import framed, here, rooms, zone_of


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """One's own room when there is no question which; otherwise the list of all."""
    found = list(rooms(local_day(request.at, zone_of(request))))
    asker = request.asker
    if asker is not None:
        mine = [r for r in found if (r.program, r.audience) == (asker.program, asker.role)]
        found = mine or found
    if len(found) == 1:
        return redirect("training:tasks", *found[0].place)
    return everything(request)


@require_safe
def everything(request: PortalRequest) -> HttpResponse:
    """Every room there is, to choose one's own."""
    found = rooms(local_day(request.at, zone_of(request)))
    context = {"choices": presenters.room_choices(found)}
    return render(request, "training/all.html", context)


@require_safe
def tasks(request: PortalRequest, program: str, audience: str) -> HttpResponse:
    """What is to read and to answer, and what comes after it."""
    where = here(request, program, audience)
    known = presenters.progress(where)
    minutes = presenters.minutes_left(where.room, known)
    context = {
        "tasks": presenters.task_lines(where, known),
        "is_complete": all(known.is_complete(task) for task in where.room.tasks),
        "minutes": presenters.about_minutes(minutes) if minutes else "",
        "next_step": presenters.next_step(where.room),
    }
    return render(request, "training/tasks.html", framed(where, **context))
