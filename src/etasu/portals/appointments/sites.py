"""Where laboratories draw: their lists sent as files, and the rows that were not taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.appointments.here import Here, here
from etasu.portals.components import lab_appointment_words as words
from etasu.portals.components.dates import moment
from etasu.portals.components.file_words import file_problem
from etasu.portals.components.forms import PortalForm
from etasu.portals.components.records import Cell, WorklistTable
from etasu.portals.components.sending import actor
from etasu.portals.components.spreadsheet import csv_file
from etasu.portals.requests import PortalRequest
from etasu.registry.participants.csv_rows import BadFile
from etasu.registry.patient_support.draw_sites import (
    COLUMNS,
    KEY,
    NAME,
    SiteProblem,
    draw_site_files,
    receive_draw_sites,
    sites_of,
)
from etasu.safe_use.lab_program import WayKind

LONGEST_LIST, MOST_FILES = 200, 50
TO_PUT_RIGHT = "what to put right"
_FILE = "appointments:sites-file"
_EXAMPLE = (
    *("D-1042", "Dayton Main Street", "42 Main Street", "Dayton", "OH", "45402"),
    *("555-555-0142", "Monday to Friday, 7 AM to 3 PM"),
)
PROBLEMS = {
    SiteProblem.MISSING: gettext_lazy("It is empty."),
    SiteProblem.TOO_LONG: gettext_lazy("It is too long."),
    SiteProblem.TWICE: gettext_lazy("A row above has this already."),
    SiteProblem.ODD: gettext_lazy("It holds signs that no address has."),
    SiteProblem.STATE_UNKNOWN: gettext_lazy("Write the two letters of a state, such as OH."),
    SiteProblem.ZIP_ODD: gettext_lazy("It is no ZIP code of that state."),
    SiteProblem.TELEPHONE_ODD: gettext_lazy("It is no telephone number."),
}


class SitesForm(PortalForm):
    """A laboratory's list."""

    way = forms.ChoiceField(
        label=gettext_lazy("Whose sites are they?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose one of these")},
    )
    file = forms.FileField(
        label=gettext_lazy("The list, as a CSV file"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
        allow_empty_file=True,
        error_messages={"required": gettext_lazy("Choose the file")},
    )
    is_whole = forms.BooleanField(
        label=gettext_lazy("This is the whole list: take off every site that is not in it"),
        required=False,
    )

    def __init__(self, where: Here, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ways = [each for each in where.plan.ways if each.kind is WayKind.SITE]
        said = [(each.code, each.said(get_language()).name) for each in ways]
        self.fields["way"].choices = said  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: PortalRequest) -> HttpResponse:
    """Send a list, and see those that came before."""
    where, is_sent = here(request), request.method == "POST"
    form = SitesForm(where, *(request.POST, request.FILES) if is_sent else (None, None))
    if is_sent and form.is_valid():
        said = form.cleaned_data
        try:
            kept = receive_draw_sites(
                where.program,
                said["way"],
                said["file"].read(),
                is_whole=said["is_whole"],
                by=actor(request),
                at=request.at,
            )
        except BadFile as refused:
            form.add_error("file", file_problem(refused))
        else:
            return redirect(_FILE, kept.number)
    files = draw_site_files(where.program)[:MOST_FILES]
    context = {
        "form": form,
        "may_change": where.may_change,
        "counts": list(_counts(where)),
        "columns": COLUMNS,
        "table": _files(files, where, request.asker.time_zone),
    }
    return render(request, "appointments/sites.html", context)


@require_safe
def file(request: PortalRequest, number: str) -> HttpResponse:
    """What became of the rows of a list."""
    where = here(request)
    found = _file(where, number)
    context = {"file": found, "said": _said(found), "table": _refused(found.refused)}
    return render(request, "appointments/sites_file.html", context)


@require_safe
def rows(request: PortalRequest, number: str) -> HttpResponseBase:
    """The rows not taken in the columns they were sent in, and what to put right."""
    found = _file(here(request), number)
    told: list[Sequence[str]] = [(*COLUMNS, TO_PUT_RIGHT)]
    for each in found.refused:
        cells = [each["cells"].get(column, "") for column in COLUMNS]
        told.append((*cells, _problems(each["problems"])))
    return csv_file(told, "draw-sites-to-put-right")


@require_safe
def template(request: PortalRequest) -> HttpResponseBase:
    """The headings, and one row that shows how to fill them in."""
    here(request)
    return csv_file([COLUMNS, _EXAMPLE], "draw-sites")


def _file(where: Here, number: str) -> Any:
    found = draw_site_files(where.program).filter(number=number).first()
    if found is None:
        raise Http404
    return found


def _counts(where: Here) -> Iterable[tuple[str, int]]:
    for each in where.plan.ways:
        if each.kind is WayKind.SITE:
            name = each.said(get_language()).name
            yield name, sites_of(where.program, each.code).count()


def _files(files: Iterable[Any], where: Here, zone: str) -> WorklistTable:
    found = [
        (
            Cell(moment(each.received_at, zone), reverse(_FILE, args=[each.number])),
            Cell(words.way_words(where.plan, each.way).name),
            Cell(str(each.rows), is_number=True),
            Cell(str(len(each.refused)), is_number=True),
        )
        for each in files
    ]
    return WorklistTable(
        caption=_("Files received"),
        columns=(_("Received"), _("From"), _("Rows"), _("Not taken")),
        rows=found,
        empty=_("No file has been received yet."),
    )


def _refused(refused: Sequence[Mapping[str, Any]]) -> WorklistTable:
    shown = refused[:LONGEST_LIST]
    found = [
        (
            Cell(str(each["row"]), is_number=True),
            Cell(each["cells"].get(KEY) or "–"),
            Cell(each["cells"].get(NAME) or "–"),
            Cell(_problems(each["problems"])),
        )
        for each in shown
    ]
    return WorklistTable(
        caption=_("Rows not taken"),
        columns=(_("Row"), _("Site"), _("Name"), _("What to put right")),
        rows=found,
        empty=_("Every row was taken."),
        shown=len(shown),
        total=len(refused),
    )


def _problems(problems: Iterable[tuple[str, str]]) -> str:
    return " ".join(f"{column}: {PROBLEMS[SiteProblem(code)]}" for column, code in problems)


def _said(found: Any) -> list[str]:
    """What became of the rows, in sentences."""
    new, changed, gone, same = found.added, found.changed, found.removed, found.unchanged
    refused = len(found.refused)
    told = (
        (new, ngettext("%(n)s site is new.", "%(n)s sites are new.", new)),
        (changed, ngettext("%(n)s site changed.", "%(n)s sites changed.", changed)),
        (gone, ngettext("%(n)s site was taken off.", "%(n)s sites were taken off.", gone)),
        (same, ngettext("%(n)s was there just so.", "%(n)s were there just so.", same)),
        (refused, ngettext("%(n)s row was not taken.", "%(n)s rows were not taken.", refused)),
    )
    return [text % {"n": count} for count, text in told if count] or [_("Nothing was new.")]
