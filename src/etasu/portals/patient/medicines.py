"""What a patient takes: a list of their own, to keep up, to print, and to show."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from etasu.portals.components.forms import DayInput, PortalForm, sent_form
from etasu.portals.components.medicines import KINDS, MedicineLine, medicine_line
from etasu.portals.components.paper.medicines import medicines_pdf
from etasu.portals.components.paper.sheet import Printing
from etasu.portals.components.side_effects import PastDayField
from etasu.portals.language import page_language
from etasu.portals.patient import here
from etasu.portals.patient.here import CHOOSE, Holder, by_link
from etasu.programs import library
from etasu.registry.patient_support.medicines import (
    ListIsFull,
    NotThatDay,
    list_medicine,
    looked_through,
    medicine_of,
    remove_medicine,
    stop_medicine,
)
from etasu.safe_use.medicines import MedicineKind, Taken

SAID = "medicines_said"


class MedicineForm(PortalForm):
    """One line of the list."""

    name = forms.CharField(
        label=gettext_lazy("What is it called?"),
        help_text=gettext_lazy("As it stands on the box or the bottle."),
        max_length=200,
        error_messages={"required": gettext_lazy("Write its name, as it stands on the box")},
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What is it?"),
        choices=[(kind.value, words) for kind, words in KINDS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what it is")},
    )
    how_taken = forms.CharField(
        label=gettext_lazy("How much, and how often?"),
        help_text=gettext_lazy("Such as: 10 mg, one each morning. You can leave it empty."),
        max_length=200,
        required=False,
    )
    started_on = forms.DateField(
        label=gettext_lazy("Since when? For a vaccine: on which day?"),
        help_text=gettext_lazy("Your best guess. You can leave it empty."),
        required=False,
        widget=DayInput(attrs={"class": "input--short"}),
        error_messages={"invalid": gettext_lazy("Enter a day that exists")},
    )

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on

    def clean(self) -> dict[str, Any] | None:
        """Only a vaccine can be on a day to come."""
        given = super().clean()
        began, kind = self.cleaned_data.get("started_on"), self.cleaned_data.get("kind")
        if began is not None and began > self.on and kind != MedicineKind.VACCINE:
            said = _("This day is yet to come. Enter today or a day before")
            self.add_error("started_on", said)
        return given

    def taken(self) -> Taken:
        """The line."""
        said = self.cleaned_data
        return Taken(said["name"], MedicineKind(said["kind"]), said["started_on"])


class StopForm(PortalForm):
    """The last day."""

    stopped_on = PastDayField(
        label=gettext_lazy("On which day did you take it last?"),
        errors={"required": gettext_lazy("Enter the last day, or your best guess")},
    )

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["stopped_on"]
        field.required, field.on = True, on


@by_link(CHOOSE)
@require_safe
def medicines(request: HttpRequest, held: Holder) -> HttpResponse:
    """The list, with what somebody should look at."""
    lines = _lines(held)
    context = {
        "now": [each for each in lines if each.is_in_use],
        "before": [each for each in lines if not each.is_in_use],
        "has_flags": any(each.flags for each in lines),
        "said": here.told_once(request, SAID),
    }
    return here.shown(request, "patient/medicines.html", context, held)


@by_link(CHOOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, held: Holder) -> HttpResponse:
    """One more line."""
    form = MedicineForm(sent_form(request), on=held.on)
    if form.is_valid():
        try:
            how = form.cleaned_data["how_taken"]
            list_medicine(held.patient, form.taken(), how, by=held.actor, at=held.at)
        except ListIsFull:
            said = _("Your list is full. Take off what you no longer need")
            form.add_error(None, said)
        else:
            here.remember(request, SAID, "listed")
            return here.see_other("patient:medicines")
    return here.shown(request, "patient/medicine_add.html", {"form": form}, held)


@by_link(CHOOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, held: Holder, number: str) -> HttpResponse:
    """Say since when it is not taken any more."""
    row = _row(held, number)
    form = StopForm(sent_form(request), on=held.on, initial={"stopped_on": held.on})
    if form.is_valid():
        try:
            stop_medicine(row, form.cleaned_data["stopped_on"], by=held.actor, at=held.at)
        except NotThatDay:
            form.add_error("stopped_on", _("It began after this day. Enter a later one"))
        else:
            here.remember(request, SAID, "stopped")
            return here.see_other("patient:medicines")
    context = {"form": form, "row": row, "is_vaccine": row.kind == MedicineKind.VACCINE}
    return here.shown(request, "patient/medicine_stop.html", context, held)


@by_link(CHOOSE)
@require_POST
def remove(request: HttpRequest, held: Holder, number: str) -> HttpResponse:
    """Take off what was listed by mistake."""
    remove_medicine(_row(held, number), by=held.actor, at=held.at)
    here.remember(request, SAID, "removed")
    return here.see_other("patient:medicines")


@by_link(CHOOSE)
@require_safe
def printed(request: HttpRequest, held: Holder) -> HttpResponse:
    """The list as a file."""
    program = library.current().programs[held.program].program
    language = page_language()
    printing = Printing(language=language, printed_at=held.at, zone=held.zone)
    made = medicines_pdf(held.patient.full_name, _lines(held), program, printing)
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = 'attachment; filename="medicines.pdf"'
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _lines(held: Holder) -> list[MedicineLine]:
    return [medicine_line(each) for each in looked_through(held.patient, held.on)]


def _row(held: Holder, number: str) -> Any:
    found = medicine_of(held.patient, number)
    if found is None:
        raise Http404
    return found
