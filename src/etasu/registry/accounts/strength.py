"""How surely somebody must have shown who they are, for each role: one table."""

from __future__ import annotations

from enum import IntEnum

from etasu.registry.accounts import access


class Strength(IntEnum):
    """How sure a sign-in is: a password alone, two steps, or a passkey nobody can be tricked into.

    A passkey answers only to the site it was made for.
    """

    ONE_STEP = 1
    TWO_STEPS = 2
    PASSKEY = 3


NEEDED: dict[str, Strength] = {
    access.ADMINISTRATOR: Strength.PASSKEY,
    access.PRESCRIBER: Strength.TWO_STEPS,
    access.DELEGATE: Strength.TWO_STEPS,
    access.FACILITY_REPRESENTATIVE: Strength.TWO_STEPS,
    access.INFUSION_NURSE: Strength.TWO_STEPS,
    access.PHARMACY_REPRESENTATIVE: Strength.TWO_STEPS,
    access.PHARMACIST: Strength.TWO_STEPS,
    access.PATIENT: Strength.ONE_STEP,
    access.CARE_PARTNER: Strength.ONE_STEP,
    access.SUPPORT_NURSE: Strength.TWO_STEPS,
    access.LAB_ANALYST: Strength.TWO_STEPS,
    access.SAFETY_REVIEWER: Strength.TWO_STEPS,
    access.MODERATOR: Strength.TWO_STEPS,
    access.AUDITOR: Strength.TWO_STEPS,
    access.INTEGRATOR: Strength.TWO_STEPS,
    access.OPERATOR: Strength.PASSKEY,
    access.NO_ROLE: Strength.ONE_STEP,
}

# The last two are shown at the person's organization, which says so.
_STRENGTH_OF: dict[str, Strength] = {
    "app": Strength.TWO_STEPS,
    "recovery code": Strength.TWO_STEPS,
    "passkey": Strength.PASSKEY,
    "second step there": Strength.TWO_STEPS,
    "passkey there": Strength.PASSKEY,
}


def strength_needed(role: str) -> Strength:
    """What a role needs; one nobody has listed needs the most."""
    return NEEDED.get(role, Strength.PASSKEY)


def strength_of(ways: str) -> Strength:
    """How sure a sign-in by these ways is; a way nobody has listed adds nothing."""
    found = [_STRENGTH_OF.get(way, Strength.ONE_STEP) for way in ways.split(", ")]
    return max(found, default=Strength.ONE_STEP)
