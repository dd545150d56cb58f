"""How long a session lasts, for each role: one table."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from etasu.registry.accounts import access


class SessionLimit(NamedTuple):
    """How long without a page before it ends, and how long at most."""

    idle: timedelta
    overall: timedelta


OVERALL = timedelta(hours=12)
AT_WORK = SessionLimit(timedelta(minutes=30), OVERALL)
# Several people share the computer beside the infusion chairs; a passkey lets each in at once.
AT_THE_CHAIR = SessionLimit(timedelta(minutes=15), OVERALL)
AT_HOME = SessionLimit(timedelta(minutes=60), OVERALL)

LIMITS: dict[str, SessionLimit] = {
    access.ADMINISTRATOR: AT_WORK,
    access.PRESCRIBER: AT_WORK,
    access.DELEGATE: AT_WORK,
    access.FACILITY_REPRESENTATIVE: AT_WORK,
    access.INFUSION_NURSE: AT_THE_CHAIR,
    access.PHARMACY_REPRESENTATIVE: AT_WORK,
    access.PHARMACIST: AT_WORK,
    access.PATIENT: AT_HOME,
    access.CARE_PARTNER: AT_HOME,
    access.SUPPORT_NURSE: AT_WORK,
    access.LAB_ANALYST: AT_WORK,
    access.SAFETY_REVIEWER: AT_WORK,
    access.MODERATOR: AT_WORK,
    access.AUDITOR: AT_WORK,
    access.INTEGRATOR: AT_WORK,
    access.OPERATOR: AT_WORK,
    access.NO_ROLE: AT_WORK,
}
LONGEST_IDLE = max(limit.idle for limit in LIMITS.values())
# The warning comes this long before the end.
WARN_BEFORE = timedelta(minutes=2)


def limit_for(role: str) -> SessionLimit:
    """The limits of a role; one nobody has listed gets the strictest."""
    return LIMITS.get(role, AT_WORK)
