"""What a program says about reports of side effects and pregnancies: lists, answers, the clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from etasu.safe_use.entries import Entry


class CaseKind(StrEnum):
    """What a report is about."""

    ADVERSE_EVENT = "adverse_event"
    PREGNANCY = "pregnancy"


class Criterion(StrEnum):
    """What makes an adverse event serious: any one of six.

    Source: 21 CFR 600.80(a), serious adverse experience.
    """

    DEATH = "death"
    LIFE_THREATENING = "life_threatening"
    HOSPITALIZATION = "hospitalization"
    DISABILITY = "disability"
    CONGENITAL_ANOMALY = "congenital_anomaly"
    IMPORTANT_MEDICAL_EVENT = "important_medical_event"


class Severity(StrEnum):
    """How bad the label says a reaction can be, in order."""

    NOT_SERIOUS = "not_serious"
    SERIOUS = "serious"
    FATAL = "fatal"


class Detail(StrEnum):
    """What else is asked about a case, in the order of a report on paper.

    Source: 21 CFR 600.80 and FDA form 3500A for what an individual case report holds.
    """

    PATIENT_INITIALS = "patient_initials"
    AGE = "age"
    SEX = "sex"
    WEIGHT = "weight"
    BEGAN_ON = "began_on"
    ENDED_ON = "ended_on"
    OUTCOME = "outcome"
    TESTS = "tests"
    HISTORY = "history"
    PREGNANCY_DUE = "pregnancy_due"
    DOSE = "dose"
    LAST_GIVEN_ON = "last_given_on"
    LOT = "lot"
    REASON_FOR_USE = "reason_for_use"
    AFTER_STOPPING = "after_stopping"
    AFTER_RESTARTING = "after_restarting"
    OTHER_MEDICINES = "other_medicines"
    REPORTER_NAME = "reporter_name"
    REPORTER_CONTACT = "reporter_contact"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportingClock(Entry):
    """How long the sponsor has to report: calendar days from the first receipt, where it is.

    New information about a case has `follow_up_days` of its own. Safety staff hear of a case again
    when so many days are left as `remind_days_left` says, and when it is late.
    """

    days: int
    follow_up_days: int
    time_zone: str
    remind_days_left: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedReaction(Entry):
    """A reaction the label lists, and how bad it says that reaction can be."""

    name: str
    listed_as: Severity = Severity.NOT_SERIOUS
    also_called: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventOfInterest(Entry):
    """Something the program watches for beyond any other event."""

    name: str
    also_called: tuple[str, ...] = ()


class CriterionAnswer(NamedTuple):
    """An answer of a form that says a criterion is met."""

    question: str
    answer: str
    criterion: Criterion


class DetailAnswer(NamedTuple):
    """A question of a form whose answer is a detail of the case."""

    question: str
    detail: Detail


@dataclass(frozen=True, slots=True, kw_only=True)
class EventAnswer(Entry):
    """An answer of a form that states an event, so that a report follows from it by itself.

    `words` are the questions whose answers tell what happened; `criteria` those the answer itself
    states. With `of_day`, a question asked for each infusion day, it is about the day answered
    there, and told together with what was noted on that day.
    """

    form: str
    question: str
    answer: str
    kind: CaseKind = CaseKind.ADVERSE_EVENT
    words: tuple[str, ...] = ()
    details: tuple[DetailAnswer, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    criteria_answers: tuple[CriterionAnswer, ...] = ()
    of_day: str | None = None
