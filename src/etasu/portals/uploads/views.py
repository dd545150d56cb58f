"""Sending a file of results, and what became of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from etasu.portals.components.forms import PortalForm
from etasu.portals.components.sending import actor
from etasu.portals.components.spreadsheet import file_of
from etasu.portals.requests import PortalRequest
from etasu.portals.uploads import tables
from etasu.programs import library
from etasu.registry.accounts.access import POLICIES
from etasu.registry.authorizations.requests import asked_on
from etasu.registry.monitoring.own_connections import file_connections, own_connection
from etasu.registry.monitoring.received import FILE, Kept
from etasu.registry.monitoring.result_files import became
from etasu.registry.monitoring.result_files.columns import COLUMNS
from etasu.registry.monitoring.result_files.receive import Taken, receive_file

MOST_FILES = 50
AGAIN = "mended and sent again"


class FileForm(PortalForm):
    """A file of results, and from whom it is where there are several who send files."""

    connection = forms.ChoiceField(label=gettext_lazy("From whom"), required=False)
    file = forms.FileField(
        label=gettext_lazy("The results, as a workbook (XLSX) or CSV file"),
        help_text=gettext_lazy("At most 5 MB and 10,000 rows. Values only: no formulas."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,text/csv"}),
        allow_empty_file=True,
        error_messages={"required": gettext_lazy("Choose the file")},
    )

    def __init__(self, connections: Sequence[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(each.number, each.name) for each in connections]
        self.fields["connection"].choices = choices  # type: ignore[attr-defined]
        if len(choices) < 2:
            del self.fields["connection"]


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: PortalRequest) -> HttpResponse:
    """Send a file, and see those that came before."""
    asker, is_sent = request.asker, request.method == "POST"
    connections = list(file_connections(asker.program))
    form = FileForm(connections, *(request.POST, request.FILES) if is_sent else (None, None))
    if is_sent and form.is_valid():
        taken = _taken(request, form, connections)
        if not taken.problem:
            if taken.outcome.is_repeat:
                messages.info(request, _("This very file came in before. This is it."))
            return redirect("uploads:file", taken.outcome.reference)
        form.add_error("file", taken.problem)
    context = {
        "form": form,
        "may_send": _may_send(request),
        "columns": COLUMNS.values(),
        "table": tables.files_table(became.files_of(asker.program)[:MOST_FILES], asker.time_zone),
    }
    return render(request, "uploads/home.html", context)


def _taken(request: PortalRequest, form: FileForm, connections: Sequence[Any]) -> Taken:
    by, at = actor(request), request.at
    number = form.cleaned_data.get("connection") or (connections[0].number if connections else "")
    number = number or own_connection(request.asker.program, FILE, by=by, at=at).number
    return receive_file(form.cleaned_data["file"].read(), number, by=by, at=at)


@require_safe
def template(request: PortalRequest, kind: str) -> HttpResponseBase:
    """A file with the headings, and one row that shows how to fill it in."""
    asker = request.asker
    today = asked_on(asker, request.at)
    version = library.current().effective(asker.program, today)
    if version is None:
        raise Http404
    return file_of(kind, tables.template_rows(version, today), "results-template")


@require_safe
def file(request: PortalRequest, upload: str) -> HttpResponse:
    """What became of the rows of a file by now."""
    found = _file(request, upload)
    left = became.rows_left(found)
    context = {
        "file": found,
        "said": tables.file_said(found, left),
        "table": tables.left_table(left),
        "left": left,
        "may_set_aside": _may_send(request)
        and any(each.outcome == Kept.QUARANTINED for each in left),
    }
    return render(request, "uploads/file.html", context)


@require_safe
def rows(request: PortalRequest, upload: str, kind: str) -> HttpResponseBase:
    """The rows that are not kept, to be put right and sent again."""
    left = became.rows_left(_file(request, upload))
    return file_of(kind, tables.left_rows(left), "rows-to-put-right")


@require_POST
def set_aside(request: PortalRequest, upload: str) -> HttpResponse:
    """The rows that wait come again in another file: nobody has to look at these."""
    found = _file(request, upload)
    count = became.set_rows_aside(found, AGAIN, by=actor(request), at=request.at)
    if count:
        said = ngettext("%(n)s row is set aside.", "%(n)s rows are set aside.", count)
        messages.success(request, said % {"n": count})
    return redirect("uploads:file", upload)


def _may_send(request: PortalRequest) -> bool:
    return POLICIES["uploads:home"].allows(request.asker.role, "POST")


def _file(request: PortalRequest, number: str) -> Any:
    found = became.file_by_number(request.asker.program, number)
    if found is None:
        raise Http404
    return found
