"""Asking a gate from a page: the fields the program calls for, then the answer."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components import dates
from etasu.portals.components.forms import DayInput, NumberField, PortalForm, sent_form
from etasu.portals.components.sending import sent_once
from etasu.portals.requests import PortalRequest
from etasu.programs import library
from etasu.registry.authorizations.actions import answer_request
from etasu.registry.authorizations.requests import AuthorizationRequest, BadRequest, asked_on
from etasu.registry.participants.facts import Asker
from etasu.safe_use.program import Gate
from etasu.safe_use.requirements import Acknowledged, SupplyAtMost

# A participant of this kind may be named in the question; otherwise it is taken from the record.
_NAMED = {
    "facility": (
        gettext_lazy("Ship-to facility number"),
        gettext_lazy("Leave empty to use the facility on the patient's authorization."),
    ),
}


class GateForm(PortalForm):
    """What one gate must be asked with, and nothing it does not read."""

    patient = NumberField(
        label=gettext_lazy("Patient number"),
        help_text=gettext_lazy("For example 7QK2M-X0B4T-N"),
        error_messages={"required": gettext_lazy("Enter the patient number")},
    )

    def __init__(self, *args: Any, gate: Gate, asker: Asker, on: date, **kwargs: Any) -> None:
        self.gate, self.asker = gate, asker
        kwargs.setdefault("initial", {}).setdefault("planned_on", on)
        super().__init__(*args, **kwargs)
        for kind, (label, hint) in _NAMED.items():
            if kind in gate.parties and kind != asker.participant_kind:
                self.add(kind, NumberField(label=label, help_text=hint, required=False))
        self.add("planned_on", _planned_on(asker, on))
        if gate.authorizes is not None and gate.authorizes.value == "course":
            self.add("course", _course())
        self._add_what_requirements_read()

    def request(self) -> AuthorizationRequest:
        """The question, from a valid form."""
        given = self.cleaned_data
        return AuthorizationRequest(
            program=self.asker.program,
            gate=self.gate.code,
            patient=given["patient"],
            planned_on=given["planned_on"],
            course=given.get("course"),
            facility=given.get("facility") or None,
            days_supply=given.get("days_supply"),
            statements=tuple(given.get("statements", ())),
        )

    def needed(self) -> list[forms.BoundField]:
        """The fields everybody fills in."""
        return [bound for bound in self if bound.field.required or bound.name == "statements"]

    def optional(self) -> list[forms.BoundField]:
        """The fields that are mostly left empty."""
        return [bound for bound in self if bound not in self.needed()]

    def optional_opens(self) -> bool:
        """Whether one of them was filled in or has a mistake."""
        return any(bound.errors or bound.value() for bound in self.optional())

    def optional_summary(self) -> str:
        """What the optional fields are about."""
        return ", ".join(str(bound.label) for bound in self.optional())

    def _add_what_requirements_read(self) -> None:
        stated = [each for each in self.gate.requirements if isinstance(each, Acknowledged)]
        if any(isinstance(each, SupplyAtMost) for each in self.gate.requirements):
            self.add(
                "days_supply",
                forms.IntegerField(label=_("Days' supply"), min_value=1, max_value=999),
            )
        if stated:
            self.add(
                "statements",
                forms.MultipleChoiceField(
                    label=_("I state that"),
                    choices=[(each.statement, each.required) for each in stated],
                    widget=forms.CheckboxSelectMultiple,
                    required=False,
                ),
            )


def gates_of(asker: Asker, on: date) -> list[Gate]:
    """The gates this role asks, in the order of the program in force on the day."""
    version = library.current().effective(asker.program, on)
    gates = version.gates.values() if version else ()
    return [gate for gate in gates if asker.role in gate.asked_by]


def chosen_gate(request: PortalRequest, gates: list[Gate]) -> Gate | None:
    """The gate a page is about: the one named, otherwise the first; None when there is none."""
    named = request.POST.get("gate") or request.GET.get("gate")
    found = [gate for gate in gates if gate.code == named]
    return (found or gates or [None])[0]  # type: ignore[list-item]


def gate_form(request: PortalRequest, gate: Gate) -> GateForm:
    """The form of a gate, with what was sent if something was."""
    asker: Asker = request.asker
    on = asked_on(asker, request.at)
    return GateForm(sent_form(request), gate=gate, asker=asker, on=on)


def ask(request: PortalRequest, form: GateForm, route: str) -> str | None:
    """Ask the gate once; the address of the answer, or None with the mistakes on the form."""
    if not form.is_valid():
        return None

    def put() -> str:
        given = answer_request(form.request(), by=form.asker, at=request.at)
        return reverse(route, args=[given.decision.number])

    try:
        return sent_once(request, put)
    except BadRequest as refused:
        form.add_problems(refused)
        return None


def _planned_on(asker: Asker, on: date) -> forms.DateField:
    labels: dict[str | None, str] = {
        "pharmacy": _("Planned hand-over date"),
        "facility": _("Day of the infusion"),
    }
    return forms.DateField(
        label=labels.get(asker.participant_kind, _("Planned day")),
        help_text=_("Today is %(day)s.") % {"day": dates.day(on)},
        widget=DayInput(attrs={"class": "input--short"}),
        error_messages={
            "required": _("Enter the planned date"),
            "invalid": _("Enter a date, such as 05/01/2025"),
        },
    )


def _course() -> forms.IntegerField:
    return forms.IntegerField(
        label=_("Course number"),
        help_text=_("Leave empty for the course that is due."),
        min_value=1,
        max_value=99,
        required=False,
        widget=forms.NumberInput(attrs={"class": "input--short", "inputmode": "numeric"}),
        error_messages={"invalid": _("Enter the course as a number, such as 1")},
    )
