"""Audit entries as a story: what was done, by whom, and where it leads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.administrator.trail_words import OTHER_VERBS
from etasu.portals.components.dates import short_day
from etasu.portals.components.records import TimelineEntry
from etasu.portals.components.words import STATUSES, capital, role_label
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
    "participant.listed": gettext_lazy("Shown in the public list of sites"),
    "participant.recognized": gettext_lazy("Known to the former administrator as well"),
    "participant.registered": gettext_lazy("Registered"),
    "participant.representative_left": gettext_lazy("Representative left"),
    "participant.representative_replaced": gettext_lazy("Representative replaced"),
    "participant.standing_computed": gettext_lazy("Standing computed"),
    "participant.step_carried_over": gettext_lazy("Certification step carried over"),
    "participant.step_done": gettext_lazy("Certification step done"),
    "participant.suspended": gettext_lazy("Suspended"),
    "participant.suspension_lifted": gettext_lazy("Suspension lifted"),
    "participant.unlisted": gettext_lazy("Taken out of the public list of sites"),
    "patient.carried_over": gettext_lazy("Carried over"),
    "patient.enrolled": gettext_lazy("Enrolled"),
    "patient.enrollment_ended": gettext_lazy("Enrollment ended"),
    "patient.merged": gettext_lazy("Two records made one person"),
    "patient.renamed": gettext_lazy("Name corrected"),
    "patient.review_opened": gettext_lazy("Maybe on record twice"),
    "patient.told_apart": gettext_lazy("Told apart from another record"),
    "patient.transfer_asked": gettext_lazy("Transfer asked for"),
    "patient.transfer_declined": gettext_lazy("Transfer declined"),
    "patient.transfer_offered": gettext_lazy("A prescriber asked to take over"),
    "patient.transferred": gettext_lazy("Taken over by another prescriber"),
    "patient.unmerged": gettext_lazy("Made two records again"),
    "person.address_changed": gettext_lazy("E-mail address changed"),
    "person.address_kept": gettext_lazy("E-mail address kept as it was"),
    "person.confirmed": gettext_lazy("Password given again, to sign"),
    "person.connected": gettext_lazy("Sign-in through an organization connected"),
    "person.disconnected": gettext_lazy("Sign-in through an organization disconnected"),
    "person.email_confirmed": gettext_lazy("E-mail address confirmed"),
    "person.factor_recovery_begun": gettext_lazy("Recovery of the second step begun"),
    "person.factor_recovery_finished": gettext_lazy("Second step recovered"),
    "person.factor_recovery_stopped": gettext_lazy("Recovery of the second step stopped"),
    "person.mfa_added": gettext_lazy("Passkey or authenticator app added"),
    "person.mfa_removed": gettext_lazy("Passkey or authenticator app removed"),
    "person.not_confirmed": gettext_lazy("Did not show who they are"),
    "person.passkey_copied": gettext_lazy("A passkey that looks copied was refused"),
    "person.password_changed": gettext_lazy("Password changed"),
    "person.password_given": gettext_lazy("Password given; the second step follows"),
    "person.profile_changed": gettext_lazy("Profile changed"),
    "person.recovery_codes_made": gettext_lazy("Recovery codes made"),
    "person.registered": gettext_lazy("Account made"),
    "person.role_intended": gettext_lazy("Said in which role they want to begin"),
    "person.second_step_given": gettext_lazy("Second step given"),
    "person.session_ended": gettext_lazy("Signed out in one browser"),
    "person.sessions_ended": gettext_lazy("Signed out everywhere"),
    "person.sign_in_failed": gettext_lazy("Sign-in failed"),
    "person.signed_in": gettext_lazy("Signed in"),
    "person.signed_out": gettext_lazy("Signed out"),
    "person.timed_out": gettext_lazy("Signed out after a time without use"),
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
            what=verb_said(each.verb),
            who=who_acted(each, names),
            detail=said(each.detail, version, party),
            url=leads_to(each.detail),
        )
        for each in told
    ]


def verb_said(verb: str) -> str:
    """What was done, in words; never the bare code, not even of a verb nobody has named yet."""
    known = VERBS.get(verb) or OTHER_VERBS.get(verb)
    return str(known) if known else capital(verb.replace(".", " ").replace("_", " "))


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
