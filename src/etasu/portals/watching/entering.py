"""Typing what a laboratory's report says: chosen, typed, checked, and then kept.

Nothing is kept on the way: the page that asks whether it is right holds every answer, so that the
way back, a second window or a lost session lose nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from etasu.portals.components.forms import PortalForm, sent_form
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.components.shown_files import UNREADABLE
from etasu.portals.requests import PortalRequest
from etasu.portals.watching.entry_forms import ChooseForm, PictureForm, ValuesForm, tests_of
from etasu.portals.watching.here import Here, about, here, patient_here
from etasu.portals.watching.presenters import preview_table
from etasu.registry.monitoring.paper_reports import Paper, type_report
from etasu.registry.monitoring.received import Kept, Outcome
from etasu.registry.submissions.intake_files import Unreadable

CHECK, CHANGE, KEEP = "check", "change", "keep"


class Typing:
    """One report on its way onto the record: what was chosen, what is typed, where it stands.

    `start` is what the form holds before anybody typed.
    """

    def __init__(
        self, request: PortalRequest, where: Here, patient: Any, start: dict[str, Any]
    ) -> None:
        self.request, self.where, self.patient = request, where, patient
        self.step = request.POST.get("step", CHECK) if request.method == "POST" else ""
        self.choose = ChooseForm(where.version, request.GET if request.GET else None)
        self.values: ValuesForm | None = None
        if self.choose.is_bound and self.choose.is_valid():
            tests = tests_of(self.choose.chosen(), where.version.tests)
            self.values = ValuesForm(
                tests,
                patient,
                where.version,
                sent_form(request),
                initial=start,
                today=where.today,
            )
        elif request.method == "POST":
            raise Http404

    @property
    def is_right(self) -> bool:
        """Whether everything typed can be kept, and somebody is asked, or has said, that it is."""
        form = self.values
        return form is not None and self.step in (CHECK, KEEP) and form.is_valid()

    @property
    def is_whole(self) -> bool:
        """Whether the page sent it itself: after a lost session it comes without its file."""
        return self.request.content_type == "multipart/form-data"

    def shown(
        self, template: str, context: dict[str, Any], picture: PortalForm | None = None
    ) -> HttpResponse:
        """The page this is at: what to choose, what to type, or what is to be checked."""
        form = self.values
        is_check = self.is_right
        previews = form.previews if form is not None and is_check else []
        shown = about(self.patient, self.where.today, form or self.choose) | {
            "choose": self.choose,
            "values": form,
            "is_check": is_check,
            "table": preview_table(previews, self.where.version),
            "picture": picture,
        }
        if picture is not None and picture.errors:
            shown["form"] = picture
        elif form is not None and self.step == CHANGE:
            # What was typed is shown again; nothing of it is a mistake yet.
            shown["form"] = None
        return render(self.request, template, shown | context)

    def keep_once(self, keep: Callable[[ValuesForm], Outcome | None]) -> HttpResponse:
        """Keep it, however often it is sent, and go on to the patient's page."""
        form = self.values
        assert form is not None
        found: list[Outcome | None] = []

        def do() -> str:
            found.append(keep(form))
            return reverse("watching:patient", args=[self.patient.number])

        there = sent_once(self.request, do)
        for outcome in found:
            _say(self.request, outcome)
        return redirect(there)


@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: PortalRequest, number: str) -> HttpResponse:
    """Type what a report says that somebody has before them, with a picture of it if they like."""
    where = here(request)
    patient = patient_here(where.asker, number)
    typing = Typing(request, where, patient, {})
    is_kept = typing.step == KEEP
    picture = PictureForm(*(request.POST, request.FILES) if is_kept else (None, None))
    if is_kept and typing.is_right and typing.is_whole and picture.is_valid():
        sent = picture.cleaned_data["picture"]
        content = sent.read() if sent else None

        def keep(form: ValuesForm) -> Outcome | None:
            paper = Paper(
                form.cleaned_data["laboratory"], form.cleaned_data["collected_on"], content
            )
            entered = form.new_results()
            return type_report(patient, paper, entered, by=actor(request), at=request.at)

        try:
            return typing.keep_once(keep)
        except Unreadable as refused:
            picture.add_error("picture", str(UNREADABLE[refused.why]))
    if is_kept and not typing.is_whole:
        said = _("Nothing is kept yet. If you had chosen a picture, choose it again.")
        messages.info(request, said)
    return typing.shown("watching/enter.html", {}, picture)


def _say(request: PortalRequest, outcome: Outcome | None) -> None:
    """What became of it; a signal it raised is at the top of the page that follows."""
    if outcome is None:
        messages.info(request, _("All of it is on record already."))
        return
    kept = sum(each.outcome == Kept.STORED for each in outcome.items)
    said = ngettext("%(n)s result is on record.", "%(n)s results are on record.", kept)
    messages.success(request, said % {"n": kept})
    if kept < len(outcome.items):
        messages.warning(request, _("The rest waits until somebody has looked at it."))
