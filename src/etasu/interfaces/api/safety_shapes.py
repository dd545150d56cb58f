"""Reports of side effects as they are sent, and as they come back, described."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from etasu.interfaces.api.translate import Program, number
from etasu.safe_use.safety_plan import CaseKind, Criterion

Teller = Literal[
    "patient", "care_partner", "prescriber", "delegate", "infusion_nurse", "pharmacist",
    "support_nurse",
]  # fmt: skip
State = Literal["open", "handed_over", "acknowledged"]
# With its offset from UTC.
Moment = Annotated[datetime, Meta(tz=True)]
Short = Annotated[str, Meta(max_length=200)]
Long = Annotated[str, Meta(max_length=2000)]
Words = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=10_000,
        pattern=r"\S",
        description="What happened, in the words of whoever tells it. A few are enough.",
        examples=["A rash on both arms since yesterday."],
    ),
]
Patient = Annotated[
    str, number("The patient's number; left out, when it is not known.", "7QK2M-X0B4T-N")
]
Product = Annotated[
    str,
    Meta(
        max_length=200,
        description="What was given; left out, it is the program's own. Empty: not known.",
    ),
]
ReceivedOn = Annotated[
    date,
    Meta(
        description="The day it first reached you, from which the sponsor's days are counted; "
        "left out, today. A day to come counts as today."
    ),
]
Criteria = Annotated[
    list[Criterion],
    Meta(max_length=6, description="What it led to. An empty list is no answer, never a no."),
]
ToldBy = Annotated[
    Teller, Meta(description="Who told you; left out, the role your system acts in.")
]


class SafetyReport(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A side effect or a pregnancy somebody told of. Only the first three fields are needed."""

    program: Program
    kind: Annotated[CaseKind, Meta(description="What it is about.")]
    words: Words
    patient: Patient | None | UnsetType = UNSET
    product: Product | None | UnsetType = UNSET
    told_by: ToldBy | None | UnsetType = UNSET
    received_on: ReceivedOn | None | UnsetType = UNSET
    criteria: Criteria | UnsetType = UNSET
    patient_initials: Short | None | UnsetType = UNSET
    age: Short | None | UnsetType = UNSET
    sex: Short | None | UnsetType = UNSET
    weight: Short | None | UnsetType = UNSET
    began_on: date | None | UnsetType = UNSET
    ended_on: date | None | UnsetType = UNSET
    outcome: Short | None | UnsetType = UNSET
    tests: Long | None | UnsetType = UNSET
    history: Long | None | UnsetType = UNSET
    pregnancy_due: date | None | UnsetType = UNSET
    dose: Short | None | UnsetType = UNSET
    last_given_on: date | None | UnsetType = UNSET
    lot: Short | None | UnsetType = UNSET
    reason_for_use: Short | None | UnsetType = UNSET
    after_stopping: Short | None | UnsetType = UNSET
    after_restarting: Short | None | UnsetType = UNSET
    other_medicines: Long | None | UnsetType = UNSET
    reporter_name: Short | None | UnsetType = UNSET
    reporter_contact: Short | None | UnsetType = UNSET


class Told(msgspec.Struct, forbid_unknown_fields=True):
    """What somebody said of a case, at one time."""

    told_by: Annotated[str, Meta(description="Who said it: a role.")]
    words: str
    criteria: list[Criterion]
    details: Annotated[dict[str, str], Meta(description="The other fields, as text, by name.")]
    received_on: date
    received_at: Annotated[Moment, Meta(description="When it was kept, in UTC.")]


class ReportInList(msgspec.Struct, forbid_unknown_fields=True):
    """A case in brief."""

    number: Annotated[str, Meta(description="The case's number, to quote and to read it by.")]
    program: str
    program_version: str
    kind: CaseKind
    patient: Annotated[str | None, Meta(description="The number to look up now.")]
    product: str
    received_on: Annotated[date, Meta(description="The day the sponsor's days count from.")]
    received_at: Moment
    state: Annotated[
        State,
        Meta(
            description="`open` while anything told of it is not handed over to the sponsor, "
            "`acknowledged` once the sponsor has acknowledged all of it."
        ),
    ]


class ReportInFull(ReportInList, forbid_unknown_fields=True):
    """A case with what was told of it: all of it for safety staff, else what you sent."""

    told: list[Told]


class SafetyReports(msgspec.Struct, forbid_unknown_fields=True):
    """One page of a list of cases, newest first."""

    reports: list[ReportInList]
    next: Annotated[str | None, Meta(description="The address of the next page; null on the last.")]
