"""Audit entries as a story: what was done, by whom, and where it leads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.dates import short_day
from etasu.portals.components.records import TimelineEntry
from etasu.portals.components.words import STATUSES, role_label
from etasu.registry.accounts.facts import names_of
from etasu.safe_use.program import Party, ProgramVersion

VERBS: dict[str, str | Promise] = {
    "authorization.carried_over": gettext_lazy("Authorization carried over"),
    "authorization.expired": gettext_lazy("Authorization expired"),
    "authorization.reversed": gettext_lazy("Authorization taken back"),
    "authorization.used": gettext_lazy("Authorization used"),
    "compliance_event.closed": gettext_lazy("Compliance event closed"),
    "compliance_event.opened": gettext_lazy("Compliance event opened"),
    "decisions.exported": gettext_lazy("Decisions exported"),
    "dispense.recorded": gettext_lazy("Dispense recorded"),
    "patient.merged": gettext_lazy("Two records made one person"),
    "patient.review_opened": gettext_lazy("Maybe on record twice"),
    "patient.told_apart": gettext_lazy("Told apart from another record"),
    "patient.transfer_asked": gettext_lazy("Transfer asked for"),
    "patient.transfer_declined": gettext_lazy("Transfer declined"),
    "patient.transfer_offered": gettext_lazy("A prescriber asked to take over"),
    "patient.transferred": gettext_lazy("Taken over by another prescriber"),
    "patient.unmerged": gettext_lazy("Made two records again"),
    "form.carried_over": gettext_lazy("Form carried over"),
    "form.signed": gettext_lazy("Form signed"),
    "gate.answered": gettext_lazy("Gate answered"),
    "gate.asked_for_user": gettext_lazy("Gate asked by a system for a person"),
    "gate.previewed": gettext_lazy("Gate asked for a preview; nothing was decided"),
    "hold.closed": gettext_lazy("Hold ended"),
    "hold.opened": gettext_lazy("Treatment put on hold"),
    "infusion.carried_over": gettext_lazy("Infusion carried over"),
    "infusion.recorded": gettext_lazy("Infusion recorded"),
    "infusion.struck": gettext_lazy("Infusion entry struck"),
    "member.added": gettext_lazy("Role given"),
    "member.ended": gettext_lazy("Role ended"),
    "participant.carried_over": gettext_lazy("Carried over"),
    "participant.certified": gettext_lazy("Certified"),
    "participant.decertified": gettext_lazy("Decertified"),
    "participant.recognized": gettext_lazy("Known to the former administrator as well"),
    "participant.registered": gettext_lazy("Registered"),
    "participant.representative_left": gettext_lazy("Representative left"),
    "participant.standing_computed": gettext_lazy("Standing computed"),
    "participant.step_done": gettext_lazy("Certification step done"),
    "participant.step_carried_over": gettext_lazy("Certification step carried over"),
    "participant.suspended": gettext_lazy("Suspended"),
    "participant.suspension_lifted": gettext_lazy("Suspension lifted"),
    "patient.carried_over": gettext_lazy("Carried over"),
    "patient.enrolled": gettext_lazy("Enrolled"),
    "patient.enrollment_ended": gettext_lazy("Enrollment ended"),
    "patient.renamed": gettext_lazy("Name corrected"),
    "person.confirmed": gettext_lazy("Password given again, to sign"),
    "person.sign_in_failed": gettext_lazy("Sign-in failed"),
    "person.signed_in": gettext_lazy("Signed in"),
    "person.signed_out": gettext_lazy("Signed out"),
    "result.carried_over": gettext_lazy("Result carried over"),
    "result.corrected": gettext_lazy("Result corrected"),
    "result.recorded": gettext_lazy("Result recorded"),
}
# Parts of an entry that are told, in this order, and what each is called.
PARTS: dict[str, str | Promise] = {
    "gate": "",
    "outcome": "",
    "step": "",
    "test": "",
    "form": "",
    "hold": "",
    "kind": "",
    "course": gettext_lazy("course"),
    "units": gettext_lazy("units"),
    "on": gettext_lazy("on"),
    "from": gettext_lazy("from"),
    "until": gettext_lazy("through"),
    "carried_over_from": gettext_lazy("from"),
    "role": "",
    "reason": gettext_lazy("reason:"),
    "number": gettext_lazy("number"),
    "authorization": gettext_lazy("authorization"),
    "decision": gettext_lazy("decision"),
}


def timeline(
    entries: Iterable[Any], version: ProgramVersion, party: Party | None = None
) -> list[TimelineEntry]:
    """The entries in the order given, with the names of whoever acted.

    `party` is the kind of participant they are about, for the names of its steps.
    """
    told = list(entries)
    names = names_of({each.actor for each in told})
    return [
        TimelineEntry(
            at=each.at,
            what=VERBS.get(each.verb, each.verb),
            who=who_acted(each, names),
            detail=said(each.detail, version, party),
            url=leads_to(each.detail),
        )
        for each in told
    ]


def who_acted(entry: Any, names: Mapping[str, str]) -> str:
    """The person's name and role; the platform for what it does by itself."""
    if entry.role == "system":
        return _("The platform")
    return f"{names.get(entry.actor, entry.actor)}, {role_label(entry.role)}"


def said(detail: Mapping[str, Any], version: ProgramVersion, party: Party | None) -> str:
    """The parts of an entry in words."""
    told = []
    for key, label in PARTS.items():
        value = detail.get(key)
        if value not in (None, "", "None"):
            word = _word(key, str(value), version, party)
            told.append(f"{label} {word}" if label else word)
    return ", ".join(told)


def leads_to(detail: Mapping[str, Any]) -> str:
    """Where more is found: the event, or the decision behind an authorization."""
    if detail.get("event"):
        return reverse("administrator:event", args=[detail["event"]])
    number = detail.get("decision") or detail.get("authorization")
    return reverse("administrator:decision", args=[number]) if number else ""


def _word(key: str, value: str, version: ProgramVersion, party: Party | None) -> str:
    named: Mapping[str, Mapping[str, Any]] = {
        "gate": version.gates,
        "test": version.tests,
        "form": version.forms,
        "step": {step.code: step for step in party.steps} if party else {},
    }
    if key in named:
        return str(getattr(named[key].get(value), "name", value))
    if key == "outcome":
        known = STATUSES["decision"].get(value)
        return str(known.label) if known else value
    if key in ("on", "from", "until"):
        return short_day(value)
    if key == "role":
        return role_label(value)
    return value.replace("-", " ") if key in ("hold", "kind") else value
