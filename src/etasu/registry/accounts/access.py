"""Who may open which page: every role, and one row for each route.

A route without a row does not start. What a row does not allow looks like what does not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

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
    AUDITOR,
    INTEGRATOR,
    OPERATOR,
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


EVERYBODY = only(*ROLES, NO_ROLE, ANONYMOUS)
SIGNED_IN = only(*ROLES, NO_ROLE)

# Doors for machines check an API key themselves; no session opens them.
MACHINE_DOORS = ("etasu.interfaces.",)


def is_machine_door(view: Callable[..., Any]) -> bool:
    """Whether the view belongs to a door that checks API keys itself."""
    return (getattr(view, "__module__", "") or "").startswith(MACHINE_DOORS)


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
    "facility:today": only(INFUSION_NURSE),
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
    "prescriber:decision": only(PRESCRIBER),
    "prescriber:take-back": only(PRESCRIBER),
    # Administrator: auditors open the same pages, and send nothing but a search
    "administrator:home": reading(ADMINISTRATOR, AUDITOR),
    "administrator:search": only(ADMINISTRATOR, AUDITOR),
    "administrator:participant": reading(ADMINISTRATOR, AUDITOR),
    "administrator:suspend": only(ADMINISTRATOR),
    "administrator:lift": only(ADMINISTRATOR),
    "administrator:decertify": only(ADMINISTRATOR),
    "administrator:patient": reading(ADMINISTRATOR, AUDITOR),
    "administrator:decisions": reading(ADMINISTRATOR, AUDITOR),
    "administrator:decisions-csv": reading(ADMINISTRATOR, AUDITOR),
    "administrator:decision": reading(ADMINISTRATOR, AUDITOR),
    "administrator:decide-again": reading(ADMINISTRATOR, AUDITOR),
    "administrator:events": reading(ADMINISTRATOR, AUDITOR),
    "administrator:event": reading(ADMINISTRATOR, AUDITOR, writing=(ADMINISTRATOR,)),
    "administrator:programs": reading(ADMINISTRATOR, AUDITOR),
    "administrator:program": reading(ADMINISTRATOR, AUDITOR),
    "administrator:audit": reading(ADMINISTRATOR, AUDITOR),
}
