"""The body of a call as a question to a gate, or what is wrong with each of its fields."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from etasu.interfaces.api.bodies import Body, field_error
from etasu.interfaces.api.problems import INVALID, Problem
from etasu.registry.authorizations.requests import AuthorizationRequest, RequestProblem

_CODE = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
_SHAPE = r"^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]$"


def code(said: str, example: str) -> Meta:
    """A code of a program, described."""
    return Meta(min_length=1, max_length=64, pattern=_CODE, description=said, examples=[example])


def number(said: str, example: str) -> Meta:
    """One of our numbers, described."""
    return Meta(min_length=13, max_length=13, pattern=_SHAPE, description=said, examples=[example])


Program = Annotated[str, code("The program's code.", "teaching")]
GateCode = Annotated[str, code("The gate's code in that program.", "authorize")]
Patient = Annotated[str, number("The patient's number, with its check character.", "7QK2M-X0B4T-N")]
PlannedOn = Annotated[
    date,
    Meta(description="The day the drug would be given or handed over: today or later."),
]
Course = Annotated[
    int,
    Meta(ge=1, le=99, description="The course this is for; left out, the one in question."),
]
Facility = Annotated[
    str,
    number("The facility's number; left out, your own or the authorized one.", "0A1B2-C3D4E-Y"),
]
Pharmacy = Annotated[
    str,
    number("The pharmacy's number; left out, your own or the authorized one.", "5F6G7-H8J9K-F"),
]
DaysSupply = Annotated[int, Meta(ge=1, le=366, description="For how many days, where it counts.")]
Statement = Annotated[str, code("A statement's code.", "guide-given")]
Statements = Annotated[
    list[Statement], Meta(max_length=64, description="What the asker states with this request.")
]


class AuthorizationQuestion(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """May the drug pass this gate, for this patient, on this day?"""

    program: Program
    gate: GateCode
    patient: Patient
    planned_on: PlannedOn
    course: Course | None | UnsetType = UNSET
    facility: Facility | None | UnsetType = UNSET
    pharmacy: Pharmacy | None | UnsetType = UNSET
    days_supply: DaysSupply | None | UnsetType = UNSET
    acknowledged: Statements | UnsetType = UNSET


# A field of the registry's question that has another name on this wire.
_NAMES = {"statements": "acknowledged"}
_HINTS = {
    "program": "A program's code.",
    "gate": "A gate's code.",
    "patient": "A patient's number such as 7QK2M-X0B4T-N.",
    "planned_on": "A day of the calendar such as 2025-05-01.",
    "course": "A whole number from 1 to 99.",
    "facility": "A facility's number such as 7QK2M-X0B4T-N.",
    "pharmacy": "A pharmacy's number such as 7QK2M-X0B4T-N.",
    "days_supply": "A whole number from 1 to 366.",
    "acknowledged": "A list of at most 64 statement codes.",
}
_body = Body(AuthorizationQuestion, _HINTS, ("patient", "facility", "pharmacy"))


def translate(body: bytes) -> AuthorizationRequest:
    """The question; raises Problem naming every field that cannot be read."""
    asked = _body.read(body)
    return AuthorizationRequest(
        asked.program,
        asked.gate,
        asked.patient,
        asked.planned_on,
        asked.course or None,
        asked.facility or None,
        asked.pharmacy or None,
        asked.days_supply or None,
        tuple(sorted(set(asked.acknowledged or ()))),
    )


def untranslated(problems: tuple[RequestProblem, ...]) -> Problem:
    """What the registry said about a question, in the words of this wire."""
    errors = [field_error(_NAMES.get(each.field, each.field), each.detail) for each in problems]
    return Problem(INVALID, " ".join(each.detail for each in problems), errors=errors)
