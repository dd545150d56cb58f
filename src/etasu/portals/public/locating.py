"""Finding a certified site by ZIP code, sent and never written into an address, or by state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.forms import PortalForm, sent_form
from etasu.portals.components.near import ZipForm
from etasu.portals.components.records import Cell, WorklistTable
from etasu.portals.public.here import Here, program_here
from etasu.portals.public.views import PATIENTS, PROFESSIONALS, answer
from etasu.registry.participants import locator
from etasu.safe_use.contacts import STATES

MILES = (10, 25, 50, 100, 250)
AT_ONCE = 50


class NearForm(ZipForm):
    """A ZIP code and a distance."""

    unknown = gettext_lazy(
        "We do not know where %(zip)s is. Check the five digits, or choose a state."
    )
    miles = forms.TypedChoiceField(
        label=gettext_lazy("Within"),
        coerce=int,
        choices=[(str(each), "") for each in MILES],
        error_messages={
            "required": gettext_lazy("Choose a distance"),
            "invalid_choice": gettext_lazy("Choose one of the distances"),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        said = [(str(each), _("%(n)d miles") % {"n": each}) for each in MILES]
        self.fields["miles"].choices = said  # type: ignore[attr-defined]


class StateForm(PortalForm):
    """A state or territory."""

    state = forms.ChoiceField(
        label=gettext_lazy("State or territory"),
        choices=[("", gettext_lazy("Choose")), *sorted(STATES.items(), key=lambda each: each[1])],
        error_messages={
            "required": gettext_lazy("Choose a state or territory"),
            "invalid_choice": gettext_lazy("Choose a state or territory from the list"),
        },
    )


def sites(request: HttpRequest, program: str) -> HttpResponse:
    """Certified sites near a ZIP code that was sent, or in the state the address names."""
    here = program_here(request, program)
    near = NearForm(sent_form(request), initial={"miles": "50"})
    asked = request.GET if "state" in request.GET and request.method != "POST" else None
    state = StateForm(asked, auto_id="id_in_%s")
    context: dict[str, Any] = {"near": near, "state": state, "form": near}
    if asked is not None:
        context["form"] = state
        if state.is_valid() and here.is_open:
            context |= _in_state(here, state.cleaned_data["state"], request.GET.get("page", ""))
    elif near.is_bound and near.is_valid() and near.place is not None and here.is_open:
        context |= _near(here, near.place, near.cleaned_data["miles"])
    audience = PATIENTS if request.GET.get("for") == PATIENTS else PROFESSIONALS
    return answer(request, here, "sites", audience, context)


def _near(here: Here, place: locator.Place, miles: int) -> dict[str, Any]:
    found = locator.sites_near(here.code, place, miles, here.today, limit=AT_ONCE)
    where = {"zip": place.zip_code, "city": place.city, "state": place.state}
    caption = _("Certified sites near %(zip)s, %(city)s, %(state)s") % where
    is_wider = bool(found.shown) and (found.within or 0) > miles
    return {
        "table": _table(here, found, caption, with_miles=True),
        "place": place,
        "asked_miles": miles,
        "found_miles": found.within if is_wider else None,
        "nearest": len(found.shown) if found.total is None else None,
    }


def _in_state(here: Here, code: str, page: str) -> dict[str, Any]:
    number = int(page) if page.isdecimal() and len(page) < 5 else 1
    start = (max(number, 1) - 1) * AT_ONCE
    found = locator.sites_in(here.code, code, here.today, start, limit=AT_ONCE)
    caption = _("Certified sites in %(state)s") % {"state": STATES[code]}
    left = (found.total or 0) - start - len(found.shown)
    return {
        "table": _table(here, found, caption, with_miles=False),
        "next_page": number + 1 if left > 0 and found.shown else None,
        "previous_page": number - 1 if number > 1 else None,
        "state_code": code,
    }


def _table(here: Here, found: locator.Sites, caption: str, *, with_miles: bool) -> WorklistTable:
    columns = [_("Site"), _("Kind"), _("City"), _("Telephone")]
    columns += [_("Distance")] if with_miles else []
    return WorklistTable(
        caption=caption,
        columns=columns,
        rows=[_row(here, each) for each in found.shown],
        empty=_("No certified site was found there."),
        shown=len(found.shown),
        total=found.total,
    )


def _row(here: Here, site: locator.Site) -> Sequence[Cell]:
    party = here.version.parties.get(site.kind)
    kind = here.speaker.name(party.name).text if party else site.kind
    cells = [
        Cell(site.name),
        Cell(kind),
        Cell(f"{site.city}, {site.state} {site.zip_code}".strip(" ,")),
        Cell(site.telephone, url=f"tel:{site.telephone}" if site.telephone else ""),
    ]
    if site.miles is not None:
        cells.append(Cell(_distance(site.miles), is_number=True))
    return cells


def _distance(miles: float) -> str:
    if miles < 1:
        return _("less than 1 mile")
    return _("%(n)d miles") % {"n": round(miles)}
