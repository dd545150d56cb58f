"""What statuses and roles are called on a page, and in which color: one table for all portals."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Five tones, each a color with a meaning. Red is kept for "do not dispense".
GOOD, STOP, CARE, CALM, PLAIN = "good", "stop", "care", "calm", "plain"


class Status(NamedTuple):
    """A status as a reader sees it: a word, a tone, and one sentence."""

    label: str | Promise
    tone: str
    detail: str | Promise


STATUSES: dict[str, dict[str, Status]] = {
    "decision": {
        "authorized": Status(_("Authorized"), GOOD, _("Every requirement is met.")),
        "not_authorized": Status(_("Not authorized"), STOP, _("A requirement is not met.")),
        "cannot_decide": Status(_("Cannot decide"), CARE, _("No answer can be given now.")),
    },
    "authorization": {
        "live": Status(_("Valid"), GOOD, _("It can be used.")),
        "used": Status(_("Used"), CALM, _("What it was given for has been recorded.")),
        "expired": Status(_("Expired"), STOP, _("Its last day is past.")),
        "reversed": Status(_("Taken back"), STOP, _("Whoever asked for it took it back.")),
    },
    "finding": {
        "met": Status(_("Met"), GOOD, _("The record shows it.")),
        "not_met": Status(_("Not met"), STOP, _("The record shows otherwise.")),
        "unknown": Status(_("Not known"), STOP, _("The record does not show it.")),
        "not_applicable": Status(_("Does not apply"), PLAIN, _("It is not about this patient.")),
        "lifted": Status(_("Lifted"), CARE, _("An authority has lifted it for a time.")),
        "overridden": Status(_("Decided by the prescriber"), CARE, _("A signed form allows it.")),
    },
    "standing": {
        "not_started": Status(_("Not started"), PLAIN, _("No certification step is done.")),
        "in_progress": Status(_("In progress"), CALM, _("Certification steps are left to do.")),
        "certified": Status(_("Certified"), GOOD, _("May take part in the program.")),
        "renewal_due": Status(_("Renewal due"), CARE, _("Certified; renew before it ends.")),
        "representative_change": Status(
            _("New representative needed"), CARE, _("The representative left; name another.")
        ),
        "lapsed": Status(_("Lapsed"), STOP, _("The certification ended and was not renewed.")),
        "suspended": Status(_("Suspended"), STOP, _("The program has suspended it.")),
        "decertified": Status(_("Decertified"), STOP, _("The certification was taken away.")),
    },
    "enrollment": {
        "enrolled": Status(_("Enrolled"), GOOD, _("The enrollment holds.")),
        "not_enrolled": Status(_("Not enrolled"), PLAIN, _("No enrollment is on record.")),
        "ended": Status(_("Enrollment ended"), CALM, _("The enrollment no longer holds.")),
    },
    "obligation": {
        "met": Status(_("Complete"), GOOD, _("It was done.")),
        "upcoming": Status(_("Not due yet"), PLAIN, _("It falls due later.")),
        "due": Status(_("Due"), CALM, _("It is due now.")),
        "overdue": Status(_("Overdue"), CARE, _("Its day is past.")),
        "escalated": Status(_("Long overdue"), CARE, _("Its day is long past.")),
        "missed": Status(_("Left out"), PLAIN, _("A later one was done.")),
        "waived": Status(_("Not needed"), PLAIN, _("Somebody decided so, with a reason.")),
    },
    "task": {
        "not_started": Status(_("Not started"), PLAIN, _("Nobody has begun it.")),
        "in_progress": Status(_("In progress"), CALM, _("It is begun.")),
        "waiting": Status(_("Waiting"), CALM, _("Somebody else is to act first.")),
        "complete": Status(_("Complete"), GOOD, _("It is done.")),
    },
    "attempt": {
        "passed": Status(_("Passed"), GOOD, _("Enough answers were right.")),
        "not_passed": Status(_("Not passed yet"), CARE, _("Try again as often as you like.")),
    },
    "compliance": {
        "open": Status(_("Open"), CARE, _("To be followed up.")),
        "closed": Status(_("Closed"), PLAIN, _("Followed up.")),
    },
    "document": {
        "waiting": Status(_("Waiting"), PLAIN, _("Nobody has begun it.")),
        "keying": Status(_("Being keyed in"), CALM, _("Somebody is keying it in.")),
        "returned": Status(_("To correct"), CARE, _("It was sent back with a reason.")),
        "to_check": Status(_("To check"), CALM, _("Somebody else is to check it.")),
        "unsigned": Status(_("Waiting for signatures"), CALM, _("It is checked, and not signed.")),
        "filed": Status(_("Filed"), GOOD, _("It is checked, and counts.")),
        "set_aside": Status(_("Set aside"), PLAIN, _("It stays on record with a reason.")),
    },
    "review": {
        "open": Status(_("To compare"), CARE, _("Nobody has compared the records yet.")),
        "different": Status(_("Two people"), PLAIN, _("The records stay apart.")),
        "same": Status(_("One person"), GOOD, _("One record is answered for.")),
        "undone": Status(_("Made two again"), PLAIN, _("The records are apart again.")),
    },
    "hold": {
        "open": Status(_("On hold"), STOP, _("Treatment waits.")),
        "closed": Status(_("Hold ended"), PLAIN, _("Treatment no longer waits.")),
    },
    "connection": {
        "alive": Status(_("As usual"), GOOD, _("Messages come as they usually do.")),
        "silent": Status(_("Silent"), CARE, _("At this hour something usually had come.")),
        "new": Status(_("Nothing came yet"), CALM, _("No message has come from it.")),
        "ended": Status(_("Ended"), PLAIN, _("Nothing more is taken in from it.")),
    },
    "check": {
        "met": Status(_("As it has to"), GOOD, _("It came out as it has to.")),
        "not_met": Status(_("Otherwise"), STOP, _("It came out otherwise.")),
    },
}

ROLES: dict[str, str | Promise] = {
    "administrator": _("Program administrator"),
    "prescriber": _("Prescriber"),
    "delegate": _("Prescriber's delegate"),
    "facility_representative": _("Facility representative"),
    "infusion_nurse": _("Infusion nurse"),
    "pharmacy_representative": _("Pharmacy representative"),
    "pharmacist": _("Pharmacist"),
    "patient": _("Patient"),
    "care_partner": _("Care partner"),
    "support_nurse": _("Support nurse"),
    "lab_analyst": _("Laboratory analyst"),
    "safety_reviewer": _("Safety reviewer"),
    "moderator": _("Moderator"),
    "auditor": _("Auditor"),
    "sponsor": _("Sponsor"),
    "integrator": _("Integrator"),
    "operator": _("Operator"),
}

PARTIES: dict[str, str | Promise] = {
    "patient": _("Patient"),
    "prescriber": _("Prescriber"),
    "facility": _("Facility"),
    "pharmacy": _("Pharmacy"),
    "distributor": _("Distributor"),
}


SETTINGS: dict[str, str | Promise] = {
    "hospital": _("Hospital"),
    "infusion-center": _("Infusion center"),
    "physician-office": _("Physician's office"),
}


def status(kind: str, value: str) -> Status:
    """The status of a kind of thing; raises KeyError for one that is not in the table."""
    return STATUSES[kind][value]


def role_label(role: str) -> str:
    """What a role is called; the bare code for one nobody has named."""
    return str(ROLES.get(role, role.replace("_", " ")))


def setting_label(setting: str) -> str:
    """What a kind of place is called."""
    return str(SETTINGS.get(setting) or capital(setting.replace("-", " ")))


def capital(said: str) -> str:
    """The words with their first letter large, and the others left alone."""
    return said[:1].upper() + said[1:]
