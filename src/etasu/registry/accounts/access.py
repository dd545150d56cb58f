"""Who may open which page: every role, and one row for each route.

A route without a row does not start. What a row does not allow looks like what does not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from etasu.registry.accounts.access_by_link import BY_LINK

ADMINISTRATOR = "administrator"
PRESCRIBER = "prescriber"
DELEGATE = "delegate"
FACILITY_REPRESENTATIVE = "facility_representative"
INFUSION_NURSE = "infusion_nurse"
PHARMACY_REPRESENTATIVE = "pharmacy_representative"
PHARMACIST = "pharmacist"
PATIENT = "patient"
CARE_PARTNER = "care_partner"
SUPPORT_NURSE = "support_nurse"
LAB_ANALYST = "lab_analyst"
SAFETY_REVIEWER = "safety_reviewer"
MODERATOR = "moderator"
AUDITOR = "auditor"
INTEGRATOR = "integrator"
OPERATOR = "operator"

ROLES = (
    ADMINISTRATOR,
    PRESCRIBER,
    DELEGATE,
    FACILITY_REPRESENTATIVE,
    INFUSION_NURSE,
    PHARMACY_REPRESENTATIVE,
    PHARMACIST,
    PATIENT,
    CARE_PARTNER,
    SUPPORT_NURSE,
    LAB_ANALYST,
    SAFETY_REVIEWER,
    MODERATOR,
    AUDITOR,
    INTEGRATOR,
    OPERATOR,
)
# Who signs forms at work, and who fills them in.
SIGNING_ROLES = (
    PRESCRIBER,
    FACILITY_REPRESENTATIVE,
    INFUSION_NURSE,
    PHARMACY_REPRESENTATIVE,
    PHARMACIST,
)
FORM_ROLES = (*SIGNING_ROLES, DELEGATE)
# Who tells of a side effect as somebody with an account.
REPORTING_ROLES = (
    *FORM_ROLES,
    CARE_PARTNER,
    PATIENT,
    SUPPORT_NURSE,
    SAFETY_REVIEWER,
    ADMINISTRATOR,
)
# Nobody signed in; and somebody signed in who acts in no role yet.
ANONYMOUS = "anonymous"
NO_ROLE = "no_role"

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class AccessPolicy(NamedTuple):
    """The roles that may read a route, and those that may send something to it."""

    read: frozenset[str]
    write: frozenset[str]

    def allows(self, role: str, method: str) -> bool:
        """Whether somebody in the role may use the method here."""
        return role in (self.read if method in READING else self.write)


def only(*roles: str) -> AccessPolicy:
    """These roles, reading and writing."""
    return AccessPolicy(frozenset(roles), frozenset(roles))


def reading(*roles: str, writing: tuple[str, ...] = ()) -> AccessPolicy:
    """These roles reading, and fewer writing."""
    return AccessPolicy(frozenset(roles), frozenset(writing))


REPRESENTATIVES = (FACILITY_REPRESENTATIVE, PHARMACY_REPRESENTATIVE)
EVERYBODY = only(*ROLES, NO_ROLE, ANONYMOUS)
SIGNED_IN = only(*ROLES, NO_ROLE)

# Doors for machines check an API key themselves; no session opens them.
MACHINE_DOORS = ("etasu.interfaces.",)


def is_machine_door(view: Callable[..., Any]) -> bool:
    """Whether the view belongs to a door that checks API keys itself."""
    return (getattr(view, "__module__", "") or "").startswith(MACHINE_DOORS)


# Who can see how their own participant stands with the program.
OWN_STANDING = (
    PRESCRIBER,
    FACILITY_REPRESENTATIVE,
    PHARMACY_REPRESENTATIVE,
    INFUSION_NURSE,
    PHARMACIST,
)

POLICIES: dict[str, AccessPolicy] = {
    # For machines that watch
    "livez": EVERYBODY,
    "readyz": EVERYBODY,
    "version": EVERYBODY,
    # Around every portal
    "home": EVERYBODY,
    "sign-in": EVERYBODY,
    "sign-out": EVERYBODY,
    "language": EVERYBODY,
    "choose-role": SIGNED_IN,
    "invitation": EVERYBODY,
    "help-asked": EVERYBODY,
    # Signing in: with a passkey, by a second step, without it, at one's organization
    "sign-in-with-passkey": EVERYBODY,
    "second-step": EVERYBODY,
    "recovery-code": EVERYBODY,
    "lost-second-step": EVERYBODY,
    "lost-end": EVERYBODY,
    "lost-link": EVERYBODY,
    "single-sign-on": EVERYBODY,
    "single-sign-on-back": EVERYBODY,
    "sign-in-with": EVERYBODY,
    "sign-in-with-back": EVERYBODY,
    # One's own account
    "account:register": EVERYBODY,
    "account:check-mail": EVERYBODY,
    "account:confirm-link": EVERYBODY,
    "account:forgot": EVERYBODY,
    "account:new-password": EVERYBODY,
    "account:without-mail": EVERYBODY,
    "account:stop-recovery": EVERYBODY,
    "account:passkey-challenge": EVERYBODY,
    "account:address-link": EVERYBODY,
    "account:keep-address": EVERYBODY,
    "account:begin": SIGNED_IN,
    "account:begun": SIGNED_IN,
    "account:confirm-identity": SIGNED_IN,
    "account:keep-form": EVERYBODY,
    "account:kept-form": SIGNED_IN,
    "account:second-step": SIGNED_IN,
    "account:session": SIGNED_IN,
    "account:stay": SIGNED_IN,
    "account:passkey-new": SIGNED_IN,
    "account:security": SIGNED_IN,
    "account:add-app": SIGNED_IN,
    "account:remove-app": SIGNED_IN,
    "account:add-passkey": SIGNED_IN,
    "account:remove-passkey": SIGNED_IN,
    "account:recovery-codes": SIGNED_IN,
    "account:password": SIGNED_IN,
    "account:stop-recovering": SIGNED_IN,
    "account:connect": SIGNED_IN,
    "account:disconnect": SIGNED_IN,
    "account:connect-with": SIGNED_IN,
    "account:disconnect-with": SIGNED_IN,
    "account:sign-out-everywhere": SIGNED_IN,
    "account:end-session": SIGNED_IN,
    "account:profile": SIGNED_IN,
    "account:address": SIGNED_IN,
    # Public
    "public:program": EVERYBODY,
    "public:patients": EVERYBODY,
    "public:signs": EVERYBODY,
    "public:medicine": EVERYBODY,
    "public:enroll": EVERYBODY,
    "public:enroll-role": EVERYBODY,
    "public:safety": EVERYBODY,
    "public:sites": EVERYBODY,
    "public:downloads": EVERYBODY,
    "public:material": EVERYBODY,
    "public:material-file": EVERYBODY,
    "public:form-file": EVERYBODY,
    "public:form-file-in": EVERYBODY,
    "public:past-material": EVERYBODY,
    "public:past-material-file": EVERYBODY,
    "public:past-form-file": EVERYBODY,
    "public:past-form-file-in": EVERYBODY,
    "public:about": EVERYBODY,
    "public:answers": EVERYBODY,
    "public:answer": EVERYBODY,
    "public:keep-answer": EVERYBODY,
    "public:send-answer": EVERYBODY,
    "public:my-list": EVERYBODY,
    "public:reactions": EVERYBODY,
    "public:trials": EVERYBODY,
    "public:events": EVERYBODY,
    "public:event": EVERYBODY,
    "public:event-registered": EVERYBODY,
    "public:event-file": EVERYBODY,
    "public:registration": EVERYBODY,
    "public:answers-at-work": SIGNED_IN,
    "public:short-answer": EVERYBODY,
    # Training: anybody signed in, for people train before they have a role
    "training:home": SIGNED_IN,
    "training:all": SIGNED_IN,
    "training:tasks": SIGNED_IN,
    "training:module": SIGNED_IN,
    "training:page": SIGNED_IN,
    "training:assessment": SIGNED_IN,
    "training:question": SIGNED_IN,
    "training:check": SIGNED_IN,
    "training:result": SIGNED_IN,
    # How one stands, messages, and certificates anybody can verify
    "standing:home": only(*OWN_STANDING),
    "standing:mine": only(*OWN_STANDING),
    "standing:certificate": only(*OWN_STANDING),
    "standing:renew": only(PRESCRIBER, FACILITY_REPRESENTATIVE, PHARMACY_REPRESENTATIVE),
    "standing:listing": reading(
        PRESCRIBER, FACILITY_REPRESENTATIVE, INFUSION_NURSE, writing=(PRESCRIBER,)
    ),
    "standing:messages": SIGNED_IN,
    "standing:message": SIGNED_IN,
    "standing:undelivered": reading(ADMINISTRATOR, AUDITOR),
    "standing:try-again": only(ADMINISTRATOR),
    "standing:verify": EVERYBODY,
    "standing:verified": EVERYBODY,
    # Pharmacy
    "pharmacy:home": only(PHARMACIST),
    "pharmacy:decision": only(PHARMACIST),
    "pharmacy:dispense": only(PHARMACIST),
    "pharmacy:take-back": only(PHARMACIST),
    "pharmacy:history": only(PHARMACIST),
    # Facility
    "facility:home": only(INFUSION_NURSE),
    "facility:decision": only(INFUSION_NURSE),
    "facility:record": only(INFUSION_NURSE),
    "facility:record-unauthorized": only(INFUSION_NURSE),
    "facility:infusion": only(INFUSION_NURSE),
    "facility:take-back": only(INFUSION_NURSE),
    "facility:today": reading(INFUSION_NURSE, FACILITY_REPRESENTATIVE),
    "facility:day": only(INFUSION_NURSE, FACILITY_REPRESENTATIVE),
    "facility:entry": only(INFUSION_NURSE, FACILITY_REPRESENTATIVE),
    "facility:course": only(INFUSION_NURSE, FACILITY_REPRESENTATIVE),
    "facility:end-course": only(INFUSION_NURSE, FACILITY_REPRESENTATIVE),
    "facility:strike-vials": only(INFUSION_NURSE, FACILITY_REPRESENTATIVE),
    # What a course came to: for whoever prescribed it, and where it was given
    "courses:summary": reading(PRESCRIBER, DELEGATE, INFUSION_NURSE, FACILITY_REPRESENTATIVE),
    "courses:pdf": reading(PRESCRIBER, DELEGATE, INFUSION_NURSE, FACILITY_REPRESENTATIVE),
    # Prescriber
    "prescriber:home": only(PRESCRIBER),
    "prescriber:patient": only(PRESCRIBER),
    "prescriber:open-hold": only(PRESCRIBER),
    "prescriber:close-hold": only(PRESCRIBER),
    "prescriber:ask": only(PRESCRIBER),
    "prescriber:authorize": only(PRESCRIBER),
    "prescriber:authorize-page": only(PRESCRIBER),
    "prescriber:authorize-check": only(PRESCRIBER),
    "prescriber:authorize-sign": only(PRESCRIBER),
    "prescriber:transfer": only(PRESCRIBER),
    "prescriber:decision": only(PRESCRIBER),
    "prescriber:take-back": only(PRESCRIBER),
    # Watching over patients
    "watching:home": reading(PRESCRIBER, DELEGATE, ADMINISTRATOR, AUDITOR, SUPPORT_NURSE),
    "watching:patient": reading(PRESCRIBER, DELEGATE, ADMINISTRATOR, AUDITOR, SUPPORT_NURSE),
    "watching:keep-view": only(PRESCRIBER, DELEGATE, ADMINISTRATOR, AUDITOR, SUPPORT_NURSE),
    "watching:remove-view": only(PRESCRIBER, DELEGATE, ADMINISTRATOR, AUDITOR, SUPPORT_NURSE),
    "watching:reminders": reading(PRESCRIBER, DELEGATE, ADMINISTRATOR, AUDITOR),
    "watching:acknowledge": only(PRESCRIBER),
    "watching:acknowledge-symptoms": only(PRESCRIBER),
    "watching:extend": only(PRESCRIBER),
    "watching:order": only(PRESCRIBER),
    "watching:order-file": reading(PRESCRIBER, DELEGATE),
    "watching:waive": only(PRESCRIBER),
    "watching:unwaive": only(PRESCRIBER),
    # Results read off a report, and reports that patients sent
    "watching:enter": only(PRESCRIBER, DELEGATE, ADMINISTRATOR),
    "watching:take-back": only(PRESCRIBER, DELEGATE, ADMINISTRATOR),
    "watching:reports": reading(PRESCRIBER, DELEGATE, ADMINISTRATOR, AUDITOR),
    "watching:report": only(PRESCRIBER, DELEGATE, ADMINISTRATOR),
    "watching:send-back": only(PRESCRIBER, DELEGATE, ADMINISTRATOR),
    "watching:report-file": reading(PRESCRIBER, DELEGATE, ADMINISTRATOR, AUDITOR),
    "watching:report-picture": reading(PRESCRIBER, DELEGATE, ADMINISTRATOR, AUDITOR),
    # Results sent as a file
    # The community: of those with an account only whoever helps somebody; the rest is by link
    "community:allow": only(CARE_PARTNER),
    "community:leave": only(CARE_PARTNER),
    # Moderators know members by the names they chose, and nothing else of them
    "moderation:home": only(MODERATOR),
    "moderation:boards": reading(MODERATOR),
    "moderation:board": reading(MODERATOR),
    "moderation:topic": reading(MODERATOR),
    "moderation:post": only(MODERATOR),
    "moderation:appeal": only(MODERATOR),
    "moderation:side-effect": only(MODERATOR),
    # Live events
    "events:home": reading(ADMINISTRATOR, AUDITOR),
    "events:new": only(ADMINISTRATOR),
    "events:event": reading(ADMINISTRATOR, AUDITOR),
    "events:do": only(ADMINISTRATOR),
    # Appointments for tests, and where laboratories draw
    "appointments:home": reading(LAB_ANALYST, ADMINISTRATOR, AUDITOR),
    "appointments:appointment": reading(LAB_ANALYST, ADMINISTRATOR, AUDITOR),
    "appointments:do": only(LAB_ANALYST, ADMINISTRATOR),
    "appointments:sites": reading(
        *(LAB_ANALYST, ADMINISTRATOR, AUDITOR), writing=(LAB_ANALYST, ADMINISTRATOR)
    ),
    "appointments:sites-template": reading(LAB_ANALYST, ADMINISTRATOR, AUDITOR),
    "appointments:sites-file": reading(LAB_ANALYST, ADMINISTRATOR, AUDITOR),
    "appointments:sites-rows": reading(LAB_ANALYST, ADMINISTRATOR, AUDITOR),
    "uploads:home": reading(
        LAB_ANALYST, ADMINISTRATOR, AUDITOR, writing=(LAB_ANALYST, ADMINISTRATOR)
    ),
    "uploads:template": reading(LAB_ANALYST, ADMINISTRATOR, AUDITOR),
    "uploads:file": reading(LAB_ANALYST, ADMINISTRATOR, AUDITOR),
    "uploads:rows": reading(LAB_ANALYST, ADMINISTRATOR, AUDITOR),
    "uploads:set-aside": only(LAB_ANALYST, ADMINISTRATOR),
    # What laboratories send
    "laboratory:home": reading(LAB_ANALYST, ADMINISTRATOR),
    "laboratory:connections": reading(LAB_ANALYST, ADMINISTRATOR),
    "laboratory:connect": only(LAB_ANALYST, ADMINISTRATOR),
    "laboratory:connection": only(LAB_ANALYST, ADMINISTRATOR),
    "laboratory:end-connection": only(LAB_ANALYST, ADMINISTRATOR),
    "laboratory:end-name": only(LAB_ANALYST, ADMINISTRATOR),
    "laboratory:messages": only(LAB_ANALYST, ADMINISTRATOR),
    "laboratory:message": reading(LAB_ANALYST, ADMINISTRATOR),
    "laboratory:again": only(LAB_ANALYST, ADMINISTRATOR),
    "laboratory:item": only(LAB_ANALYST, ADMINISTRATOR),
    "laboratory:quarantine": reading(LAB_ANALYST, ADMINISTRATOR),
    "laboratory:review": only(LAB_ANALYST, ADMINISTRATOR),
    "laboratory:reconcile": only(LAB_ANALYST, ADMINISTRATOR),
    "laboratory:codes": only(LAB_ANALYST, ADMINISTRATOR),
    "laboratory:code": only(LAB_ANALYST, ADMINISTRATOR),
    "laboratory:try": only(LAB_ANALYST, ADMINISTRATOR),
    "laboratory:checklist": only(LAB_ANALYST, ADMINISTRATOR),
    # Reports of side effects: whoever sees patients tells of one, safety staff work on them
    "safety:report": only(*REPORTING_ROLES),
    "safety:reported": reading(*REPORTING_ROLES),
    "safety:home": reading(SAFETY_REVIEWER, ADMINISTRATOR, AUDITOR),
    "safety:case": reading(SAFETY_REVIEWER, ADMINISTRATOR, AUDITOR),
    "safety:case-file": reading(SAFETY_REVIEWER, ADMINISTRATOR, AUDITOR),
    "safety:assess": only(SAFETY_REVIEWER, ADMINISTRATOR),
    "safety:ask": only(SAFETY_REVIEWER, ADMINISTRATOR),
    "safety:answer": only(SAFETY_REVIEWER, ADMINISTRATOR),
    "safety:tell": only(SAFETY_REVIEWER, ADMINISTRATOR),
    "safety:compare": only(SAFETY_REVIEWER, ADMINISTRATOR),
    "safety:unlink": only(SAFETY_REVIEWER, ADMINISTRATOR),
    "safety:hand-over": only(SAFETY_REVIEWER, ADMINISTRATOR),
    "safety:hand-overs": reading(SAFETY_REVIEWER, ADMINISTRATOR, AUDITOR),
    "safety:handed": reading(
        SAFETY_REVIEWER, ADMINISTRATOR, AUDITOR, writing=(SAFETY_REVIEWER, ADMINISTRATOR)
    ),
    "safety:handed-csv": reading(SAFETY_REVIEWER, ADMINISTRATOR, AUDITOR),
    "safety:handed-file": reading(SAFETY_REVIEWER, ADMINISTRATOR, AUDITOR),
    # The support nurses' line: whom to call, and who is on duty
    "support:home": reading(SUPPORT_NURSE),
    "support:patient": reading(SUPPORT_NURSE),
    "support:nurse": only(SUPPORT_NURSE),
    "support:call": only(SUPPORT_NURSE),
    "support:correct": only(SUPPORT_NURSE),
    "support:callback": only(SUPPORT_NURSE),
    "support:not-wanted": only(SUPPORT_NURSE),
    "support:write": only(SUPPORT_NURSE),
    "support:settle": only(SUPPORT_NURSE),
    "support:event": only(SUPPORT_NURSE),
    "support:escalate": only(SUPPORT_NURSE),
    "support:rota": reading(
        SUPPORT_NURSE, ADMINISTRATOR, AUDITOR, writing=(SUPPORT_NURSE, ADMINISTRATOR)
    ),
    "support:shift": only(SUPPORT_NURSE, ADMINISTRATOR),
    "support:hand-over": only(SUPPORT_NURSE),
    "support:take-over": only(SUPPORT_NURSE),
    # The prescriber's people
    "prescriber:delegates": only(PRESCRIBER),
    "prescriber:delegate-invite": only(PRESCRIBER),
    "prescriber:delegate-answer": only(PRESCRIBER),
    "prescriber:delegate-invitation": only(PRESCRIBER),
    "prescriber:delegate-end": only(PRESCRIBER),
    # Delegate: nothing here signs or authorizes
    "delegate:home": only(DELEGATE),
    "delegate:patient": only(DELEGATE),
    "delegate:prescribers": only(DELEGATE, NO_ROLE),
    "delegate:take-back": only(DELEGATE, NO_ROLE),
    "delegate:leave": only(DELEGATE),
    # My organization
    "organization:home": only(*REPRESENTATIVES),
    "organization:sites-csv": only(*REPRESENTATIVES),
    "organization:found": only(*REPRESENTATIVES),
    "organization:add": only(*REPRESENTATIVES),
    "organization:site": only(*REPRESENTATIVES),
    "organization:enroll": only(*REPRESENTATIVES),
    "organization:representative": only(*REPRESENTATIVES),
    "organization:end": only(*REPRESENTATIVES),
    "organization:invitation": only(*REPRESENTATIVES),
    "organization:roster": only(*REPRESENTATIVES),
    "organization:roster-send": only(*REPRESENTATIVES),
    "organization:roster-person": only(*REPRESENTATIVES),
    "organization:roster-invite": only(*REPRESENTATIVES),
    "organization:roster-trained": only(*REPRESENTATIVES),
    "organization:roster-csv": only(*REPRESENTATIVES),
    "organization:roster-template": only(*REPRESENTATIVES),
    "organization:roster-file": only(*REPRESENTATIVES),
    "organization:roster-refused": only(*REPRESENTATIVES),
    "organization:roster-remove": only(*REPRESENTATIVES),
    # Getting in
    "enrollment:begin": SIGNED_IN,
    "enrollment:home": only(PRESCRIBER, FACILITY_REPRESENTATIVE, PHARMACY_REPRESENTATIVE),
    # Forms, for whoever fills them in or signs them at work
    "forms:waiting": only(*FORM_ROLES),
    "forms:together": only(*SIGNING_ROLES),
    "forms:begin": only(*SIGNING_ROLES),
    "forms:begin-about": only(*FORM_ROLES),
    "forms:begin-for-course": only(INFUSION_NURSE),
    "forms:begin-for-unused": only(INFUSION_NURSE),
    "forms:begin-patient": only(PRESCRIBER, DELEGATE),
    "forms:hand-over": only(*SIGNING_ROLES),
    "forms:patient-signs": only(*SIGNING_ROLES),
    "forms:device-back": only(*SIGNING_ROLES),
    "forms:resume": only(*FORM_ROLES),
    "forms:page": only(*FORM_ROLES),
    "forms:check": only(*FORM_ROLES),
    "forms:sign": only(*SIGNING_ROLES),
    "forms:receipt": only(*FORM_ROLES),
    "forms:pdf": only(*FORM_ROLES),
    "forms:reopen": only(*FORM_ROLES),
    "forms:move": only(*FORM_ROLES),
    # By a link that was sent to a patient: whoever holds it shows a birth date, and no role
    **dict.fromkeys(BY_LINK, EVERYBODY),
    # Care partners: what a patient shares with them; the link shows which account it is for
    "partner:invitation": EVERYBODY,
    "partner:home": reading(CARE_PARTNER),
    "partner:record": reading(CARE_PARTNER),
    "partner:results": reading(CARE_PARTNER),
    "partner:messages": reading(CARE_PARTNER),
    "partner:calendar-new": only(CARE_PARTNER),
    "partner:calendar-end": only(CARE_PARTNER),
    "partner:copies": only(CARE_PARTNER),
    "partner:leave": only(CARE_PARTNER),
    # About those links, and about what a patient allows
    "patient:link": only(*FORM_ROLES),
    "patient:send-link": only(*FORM_ROLES),
    "patient:withdraw-link": only(*FORM_ROLES),
    "patient:contact-of": only(PRESCRIBER, DELEGATE, ADMINISTRATOR, SUPPORT_NURSE),
    "patient:choices-of": reading(PRESCRIBER, DELEGATE, ADMINISTRATOR, AUDITOR),
    "patient:withdraw-for": only(PRESCRIBER, ADMINISTRATOR),
    # Administrator: auditors open the same pages, and send nothing but a search
    "administrator:home": reading(ADMINISTRATOR, AUDITOR),
    "administrator:search": only(ADMINISTRATOR, AUDITOR),
    "administrator:participant": reading(ADMINISTRATOR, AUDITOR),
    "administrator:suspend": only(ADMINISTRATOR),
    "administrator:lift": only(ADMINISTRATOR),
    "administrator:decertify": only(ADMINISTRATOR),
    "administrator:keep-certified": only(ADMINISTRATOR),
    "administrator:newcomers": reading(ADMINISTRATOR, AUDITOR),
    "administrator:newcomer": reading(ADMINISTRATOR, AUDITOR, writing=(ADMINISTRATOR,)),
    "administrator:patient": reading(ADMINISTRATOR, AUDITOR),
    "administrator:decisions": reading(ADMINISTRATOR, AUDITOR),
    "administrator:decisions-csv": reading(ADMINISTRATOR, AUDITOR),
    "administrator:decision": reading(ADMINISTRATOR, AUDITOR),
    "administrator:decide-again": reading(ADMINISTRATOR, AUDITOR),
    "administrator:events": reading(ADMINISTRATOR, AUDITOR),
    "administrator:event": reading(ADMINISTRATOR, AUDITOR, writing=(ADMINISTRATOR,)),
    "administrator:programs": reading(ADMINISTRATOR, AUDITOR),
    "administrator:program": reading(ADMINISTRATOR, AUDITOR),
    "administrator:answers": reading(ADMINISTRATOR, AUDITOR),
    "administrator:training": reading(ADMINISTRATOR, AUDITOR),
    "administrator:training-csv": reading(ADMINISTRATOR, AUDITOR),
    "administrator:audit": reading(ADMINISTRATOR, AUDITOR),
    # Operations clerks: paper, fax and calls; records that may be one person
    "intake:home": reading(ADMINISTRATOR, AUDITOR),
    "intake:receive": only(ADMINISTRATOR),
    "intake:call": only(ADMINISTRATOR),
    "intake:document": reading(ADMINISTRATOR, AUDITOR),
    "intake:file": reading(ADMINISTRATOR, AUDITOR),
    "intake:picture": reading(ADMINISTRATOR, AUDITOR),
    "intake:claim": only(ADMINISTRATOR),
    "intake:release": only(ADMINISTRATOR),
    "intake:set-aside": only(ADMINISTRATOR),
    "intake:take-up": only(ADMINISTRATOR),
    "intake:open-form": only(ADMINISTRATOR),
    "intake:drop": only(ADMINISTRATOR),
    "intake:key": only(ADMINISTRATOR),
    "intake:signatures": only(ADMINISTRATOR),
    "intake:hand-on": only(ADMINISTRATOR),
    "intake:check": only(ADMINISTRATOR),
    "intake:send-back": only(ADMINISTRATOR),
    "intake:reviews": reading(ADMINISTRATOR, AUDITOR, writing=(ADMINISTRATOR,)),
    "intake:review": reading(ADMINISTRATOR, AUDITOR, writing=(ADMINISTRATOR,)),
    "intake:undo": only(ADMINISTRATOR),
    "intake:transfers": reading(ADMINISTRATOR, AUDITOR),
    "intake:transfer": only(ADMINISTRATOR),
}
