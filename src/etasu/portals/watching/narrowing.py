"""Narrowing and ordering the worklist: everything is in the address, and no name is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.forms import PortalForm
from etasu.portals.watching.here import Here
from etasu.portals.watching.listing import SHOWN, Words
from etasu.portals.watching.presenters import name_of
from etasu.registry.accounts.access import PRESCRIBER
from etasu.registry.monitoring.worklist import Order, Wanted
from etasu.registry.patients.facts import prescribers_of_patients_seen

ORDERS = (
    (Order.WHY.value, gettext_lazy("What is most pressing")),
    (Order.DUE.value, gettext_lazy("What is longest due")),
    (Order.NAME.value, gettext_lazy("Name")),
)


class NarrowForm(PortalForm):
    """Which part of the worklist, and in which order, as its address says it."""

    marks_optional = False
    # What a kept address chose that is not there any more, by the name of the choice.
    gone: tuple[Words, ...] = ()

    show = forms.ChoiceField(
        choices=[(value, said) for value, (said, _ranks) in SHOWN.items()],
        required=False,
        widget=forms.HiddenInput,
    )
    rule = forms.ChoiceField(label=gettext_lazy("Only what is asked by"), required=False)
    prescriber = forms.ChoiceField(label=gettext_lazy("Only patients of"), required=False)
    sort = forms.ChoiceField(label=gettext_lazy("What comes first"), choices=ORDERS, required=False)

    def __init__(self, where: Here, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version = where.version
        rules = [(code, name_of(code, version)) for code in (*version.schedules, *version.duties)]
        self.fields["rule"].choices = [("", _("Everything")), *rules]  # type: ignore[attr-defined]
        self._prescribers: dict[str, int] = {}
        if where.asker.role == PRESCRIBER:
            del self.fields["prescriber"]
            return
        found = list(prescribers_of_patients_seen(where.asker))
        self._prescribers = {each.number: each.pk for each in found}
        names = [(each.number, each.name) for each in found]
        everybody = ("", _("Everybody"))
        self.fields["prescriber"].choices = [everybody, *names]  # type: ignore[attr-defined]

    def said(self) -> dict[str, str]:
        """What is asked for, as an address or a saved view keeps it."""
        return {name: value for name, value in self.cleaned_data.items() if value}

    def wanted(self) -> Wanted:
        """The part of the worklist that is asked for."""
        said = self.cleaned_data
        return Wanted(
            ranks=SHOWN[said["show"]][1],
            rule=said["rule"],
            prescriber=self._prescribers.get(said.get("prescriber", "")),
            order=Order(said["sort"] or Order.WHY),
        )

    def address(self, **other: str) -> str:
        """The same with something else besides or instead, as a query."""
        return urlencode({name: value for name, value in (self.said() | other).items() if value})


def narrowed(where: Here, asked: Mapping[str, str]) -> NarrowForm:
    """The part of the worklist an address asks for, without what is not there any more.

    A rule ends with a version of the program, and a prescriber's last patient may leave them: an
    address that somebody kept goes on leading to the rest.
    """
    form = NarrowForm(where, asked)
    gone = [name for name in ("rule", "prescriber") if name in form.errors]
    if gone:
        without = NarrowForm(where, {name: asked[name] for name in asked if name not in gone})
        without.gone = tuple(str(form.fields[name].label) for name in gone)
        return without
    return form
