"""The closed set of requirement kinds a gate can be built from.

A kind is a question with parameters; program data picks kinds and fills them in. Each `check`
answers from the facts alone, never raises for facts that were read, and says `unknown` when the
facts do not speak: unknown is never met. Here are the kinds about participants and patients.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from etasu.safe_use.dates import add_months, say_date, say_days
from etasu.safe_use.evidence import (
    Acknowledged,
    CourseClosed,
    FormKeptUp,
    FormSigned,
    ResultWithin,
    ValueWithin,
)
from etasu.safe_use.facts import Facts, PartyFacts
from etasu.safe_use.findings import Check
from etasu.safe_use.requirement_base import (
    EVERYONE,
    MET,
    NO_PATIENT,
    NOT_MET,
    UNKNOWN,
    AppliesTo,
    OverrideByForm,
    Requirement,
)
from etasu.safe_use.treatment_days import (
    AuthorizedBy,
    Consecutive,
    DaysLeft,
    MonthsSince,
    NotAlreadyAuthorized,
    spent_days,
)

__all__ = [
    "EVERYONE",
    "KINDS",
    "Acknowledged",
    "AgeAtLeast",
    "AppliesTo",
    "AuthorizedBy",
    "Certified",
    "Consecutive",
    "CourseClosed",
    "DaysLeft",
    "Enrolled",
    "FormKeptUp",
    "FormSigned",
    "MonthsSince",
    "NoOpenHold",
    "NotAlreadyAuthorized",
    "OverrideByForm",
    "Requirement",
    "ResultWithin",
    "SettingIs",
    "SupplyAtMost",
    "ValueWithin",
    "spent_days",
]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certified(Requirement):
    """Is this participant certified on the day, and neither suspended nor decertified?"""

    kind = "certified"
    party: str

    def check(self, facts: Facts) -> Check:
        """Unknown when no such participant is named; met through the last day, inclusive.

        It must hold on the day of the question too: who is suspended today cannot ask for later.
        """
        party = facts.parties.get(self.party)
        if party is None:
            return Check(UNKNOWN, f"No {self.party} is named.")
        stopped = _stopped(party, facts.known_on) or _stopped(party, facts.on)
        return stopped or _certified(party, facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled(Requirement):
    """Is the patient enrolled on the day?"""

    kind = "enrolled"

    def check(self, facts: Facts) -> Check:
        """Met from the enrollment day; not met from the day enrollment ended."""
        patient = facts.patient
        if patient is None:
            return NO_PATIENT
        if patient.enrolled_on is None or patient.enrolled_on > facts.known_on:
            return Check(NOT_MET, "The patient is not enrolled.")
        if patient.ended_on is None:
            return Check(MET, f"Enrolled since {say_date(patient.enrolled_on)}.")
        if patient.ended_on <= facts.on:
            why = f" ({patient.end_reason})" if patient.end_reason else ""
            return Check(NOT_MET, f"Enrollment ended on {say_date(patient.ended_on)}{why}.")
        last = patient.ended_on - _DAY
        return Check(MET, f"Enrolled through {say_date(last)}.", last)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoOpenHold(Requirement):
    """Is nothing holding the patient's treatment back?"""

    kind = "no_open_hold"

    def check(self, facts: Facts) -> Check:
        """Not met while any hold opened on or before the day is open."""
        if facts.patient is None:
            return NO_PATIENT
        holds = [hold for hold in facts.patient.holds if hold.opened_on <= facts.on]
        if holds:
            named = ", ".join(f"{hold.code} since {say_date(hold.opened_on)}" for hold in holds)
            return Check(NOT_MET, f"On hold: {named}.")
        opens_on = min((hold.opened_on for hold in facts.patient.holds), default=None)
        return Check(MET, "No hold is open.", opens_on - _DAY if opens_on else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeAtLeast(Requirement):
    """Is the patient old enough?"""

    kind = "age_at_least"
    years: int

    def check(self, facts: Facts) -> Check:
        """Unknown without a birth date; who is born on February 29 is older from March 1."""
        if facts.patient is None or facts.patient.birth_date is None:
            return Check(UNKNOWN, "We do not know the birth date.")
        born = facts.patient.birth_date
        before_birthday = (facts.on.month, facts.on.day) < (born.month, born.day)
        years = facts.on.year - born.year - before_birthday
        birthday = add_months(born, self.years * 12)
        first = birthday if birthday.day == born.day else birthday + _DAY
        outcome = MET if first <= facts.on else NOT_MET
        return Check(outcome, f"The patient is {years} years old.", since=first)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingIs(Requirement):
    """Is the participant's setting one where the drug may be given?"""

    kind = "setting_is"
    party: str
    settings: tuple[str, ...]

    def check(self, facts: Facts) -> Check:
        """Unknown when the participant or its setting is not known."""
        party = facts.parties.get(self.party)
        if party is None or party.setting is None:
            return Check(UNKNOWN, f"We do not know the setting of the {self.party}.")
        outcome = MET if party.setting in self.settings else NOT_MET
        return Check(outcome, f"The setting is: {party.setting}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyAtMost(Requirement):
    """Is the supply asked for small enough?"""

    kind = "supply_at_most"
    days: int

    def check(self, facts: Facts) -> Check:
        """Unknown when the request names no supply."""
        if facts.days_supply is None:
            return Check(UNKNOWN, "The request does not say for how many days.")
        fits = 0 < facts.days_supply <= self.days
        return Check(MET if fits else NOT_MET, f"{say_days(facts.days_supply)} asked for.")


KINDS: Mapping[str, type[Requirement]] = {
    each.kind: each
    for each in (
        Certified,
        Enrolled,
        NoOpenHold,
        AgeAtLeast,
        SettingIs,
        SupplyAtMost,
        FormSigned,
        FormKeptUp,
        CourseClosed,
        Acknowledged,
        ResultWithin,
        ValueWithin,
        MonthsSince,
        AuthorizedBy,
        NotAlreadyAuthorized,
        DaysLeft,
        Consecutive,
    )
}


def _stopped(party: PartyFacts, on: date) -> Check | None:
    if party.decertified_on is not None and party.decertified_on <= on:
        return Check(NOT_MET, f"Decertified on {say_date(party.decertified_on)}.")
    if party.suspended_from is None or party.suspended_from > on:
        return None
    if party.suspended_until is not None and party.suspended_until < on:
        return None
    return Check(NOT_MET, f"Suspended since {say_date(party.suspended_from)}.")


def _certified(party: PartyFacts, facts: Facts) -> Check:
    if party.certified_from is None or party.certified_from > facts.known_on:
        return Check(NOT_MET, "Not certified.")
    if party.certified_until is None:
        said = f"Certified since {say_date(party.certified_from)}."
    elif party.certified_until < facts.on:
        return Check(NOT_MET, f"Certification ended on {say_date(party.certified_until)}.")
    else:
        said = f"Certified through {say_date(party.certified_until)}."
    # A suspension or decertification already set for later ends the certification sooner.
    stops = [day for day in (party.suspended_from, party.decertified_on) if day and day > facts.on]
    ends = [party.certified_until, *(day - _DAY for day in stops)]
    return Check(MET, said, min((day for day in ends if day is not None), default=None))
