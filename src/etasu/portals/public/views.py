"""The public pages about a program, for professionals and for patients."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from etasu.portals.public import roles, safety
from etasu.portals.public.here import Here, address_if_there, all_here, program_here
from etasu.programs.public_site import Haste

PROFESSIONALS, PATIENTS = "professionals", "patients"


def front(request: HttpRequest) -> HttpResponse:
    """The front page of the site: its one program, or all of them to choose from."""
    found = all_here(request)
    if len(found) == 1:
        return redirect("public:program", program=found[0].code)
    return render(request, "public/programs.html", {"programs": found})


def program(request: HttpRequest, program: str) -> HttpResponse:
    """The front page of a program, for professionals."""
    here = program_here(request, program)
    said = here.speaker.texts
    context = {
        "summary": here.speaker.text(here.site.summary),
        "why": said(here.site.why),
        "does": said(here.site.what_it_does),
        "goals": [goal.text for goal in here.version.goals.values()],
        "verify": address_if_there("verify-certificate"),
    }
    return answer(request, here, "program", PROFESSIONALS, context)


def patients(request: HttpRequest, program: str) -> HttpResponse:
    """The front page of a program, for patients."""
    here = program_here(request, program)
    said = here.speaker.texts
    context = {
        "welcome": here.speaker.text(here.site.welcome),
        "steps": said(here.site.steps),
        "questions": said(here.site.questions),
    }
    return answer(request, here, "patients", PATIENTS, context)


def medicine(request: HttpRequest, program: str) -> HttpResponse:
    """The medicine on one page, to read and to print; not there for a program that says nothing."""
    here = program_here(request, program)
    if not here.site.overview:
        raise Http404
    context = {"overview": here.speaker.texts(here.site.overview)}
    return answer(request, here, "medicine", PATIENTS, context)


def signs(request: HttpRequest, program: str) -> HttpResponse:
    """What a patient watches for, and how soon to call."""
    here = program_here(request, program)
    by_haste = {
        haste.value: here.speaker.texts(each for each in here.site.signs if each.haste is haste)
        for haste in Haste
    }
    context = {
        **by_haste,
        "intro": here.speaker.text(here.site.self_check),
        "notes": [*by_haste["emergency"], *by_haste["same_day"]],
    }
    return answer(request, here, "signs", PATIENTS, context)


def enroll(request: HttpRequest, program: str) -> HttpResponse:
    """Choosing the role whose steps to read."""
    here = program_here(request, program)
    return answer(request, here, "enroll", PROFESSIONALS, {"roles": roles.role_links(here)})


def enroll_role(request: HttpRequest, program: str, role: str) -> HttpResponse:
    """The steps one role takes to enroll."""
    here = program_here(request, program)
    page = roles.role_page(here, role)
    if page is None:
        raise Http404
    audience = PATIENTS if role == roles.PATIENT else PROFESSIONALS
    context = {"page": page, "roles": roles.role_links(here, role)}
    return answer(request, here, "enroll_role", audience, context)


def safety_information(request: HttpRequest, program: str) -> HttpResponse:
    """Important safety information in full."""
    here = program_here(request, program)
    context = {**safety.sections(here), "reactions": safety.reactions(here)}
    return answer(request, here, "safety", PROFESSIONALS, context)


def answer(
    request: HttpRequest, here: Here, page: str, audience: str, context: dict[str, Any]
) -> HttpResponse:
    """A page about the program, with what stands on every page for its audience."""
    shared = {
        "here": here,
        "program": here.program,
        "contacts": here.contacts,
        "audience": audience,
        "is_for_patients": audience == PATIENTS,
        "boxed": safety.boxed_warning(here) if audience == PROFESSIONALS else None,
        "is_safety": page == "safety",
    }
    return render(request, f"public/{page}.html", {**shared, **context})
