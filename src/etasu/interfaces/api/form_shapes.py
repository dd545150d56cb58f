"""Signed forms as they come back, described: for the OpenAPI document, and for tests."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from etasu.safe_use.program import FieldType

Channel = Literal["web", "link", "paper", "fax", "phone", "carried_over"]
State = Literal["current", "replaced"]
Method = Literal["password", "passkey", "in_person", "link", "paper"]
Value = str | bool | int | float | None
# With its offset from UTC.
Moment = Annotated[datetime, Meta(tz=True)]
_TYPES = ", ".join(FieldType)


class About(msgspec.Struct, forbid_unknown_fields=True):
    """Whom a form is about."""

    kind: Literal["patient", "participant"]
    number: Annotated[str, Meta(description="The number to look up now, whatever it was then.")]


class FormInList(msgspec.Struct, forbid_unknown_fields=True):
    """A signed form in brief. Nothing is checked until the form itself is read."""

    number: Annotated[str, Meta(description="The form's number, to read it by.")]
    form: Annotated[str, Meta(description="The form's code in the program.")]
    name: Annotated[str | None, Meta(description="Its name; null for an edition unknown here.")]
    program: str
    program_version: Annotated[
        str, Meta(description="The version it was signed under, which is the form's edition too.")
    ]
    about: About
    course: int | None
    state: Annotated[
        State,
        Meta(
            description="`replaced` once the same form was signed again, for the same course, on a "
            "later day. Gates read what is `current`."
        ),
    ]
    channel: Annotated[
        Channel,
        Meta(
            description="How it came: filled in here (`web`), by a link, on paper, by fax, by "
            "telephone, or carried over from another administrator."
        ),
    ]
    signed_on: Annotated[date, Meta(description="The day of the last signature.")]
    signed_at: Annotated[Moment, Meta(description="When the last signature was kept, in UTC.")]
    signer: Annotated[str, Meta(description="The printed name of whoever signed last.")]
    meaning: Annotated[
        str,
        Meta(
            description="What the last signature means. Of a form carried over: who has the "
            "signatures."
        ),
    ]


class SignedForms(msgspec.Struct, forbid_unknown_fields=True):
    """One page of a list of signed forms, newest first."""

    forms: list[FormInList]
    next: Annotated[str | None, Meta(description="The address of the next page; null on the last.")]


class FormAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """One answer, in the order of the form; what the form does not ask comes last."""

    question: Annotated[str, Meta(description="The question's code in the form.")]
    row: Annotated[int | None, Meta(description="Which row, of a question that repeats.")]
    label: Annotated[
        str | None, Meta(description="The question in words; null for one unknown here.")
    ]
    type: Annotated[FieldType | None, Meta(description=f"One of: {_TYPES}.")]
    text: Annotated[str, Meta(description="The answer as it was signed.")]
    value: Annotated[
        Value,
        Meta(
            description="The answer as its type: true or false, a number, an ISO day, the code of "
            "a choice, or text. Null when the text cannot be read as its type."
        ),
    ]
    gate: Annotated[bool, Meta(description="Whether a gate reads it.")]


class FormConsent(msgspec.Struct, forbid_unknown_fields=True):
    """Something the form asked leave for, and what was answered when it was signed."""

    code: str
    name: str | None
    text_version: str | None
    given: Annotated[bool, Meta(description="On this form; it may have been taken back since.")]


class FormSignature(msgspec.Struct, forbid_unknown_fields=True):
    """One signature, in the order of signing."""

    number: Annotated[
        str | None,
        Meta(description="Null for a form filled in and signed on one page, which has one."),
    ]
    role: Annotated[str | None, Meta(description="In which role it was signed.")]
    printed_name: str
    relationship: Annotated[
        str | None,
        Meta(description="Of a representative who signed in the signer's place: what they are."),
    ]
    meaning: str
    method: Annotated[
        Method,
        Meta(
            description="How the signer was confirmed: by password, by passkey, in person before "
            "another signer, by a link and a birth date, or on paper read by two people."
        ),
    ]
    signed_on: Annotated[date, Meta(description="The day where it was signed, or on the paper.")]
    signed_at: Annotated[Moment, Meta(description="The moment it was kept, in UTC.")]
    signed_local: Annotated[
        Moment | None, Meta(description="The same moment on the signer's clock.")
    ]
    time_zone: Annotated[str | None, Meta(description="The zone of that clock.")]
    language: Annotated[str | None, Meta(description="The language of the text shown.")]
    text: Annotated[str | None, Meta(description="The exact text that was shown and signed.")]
    text_hash: Annotated[
        str | None, Meta(description="The SHA-256 of that text in UTF-8, as it was signed.")
    ]
    valid: Annotated[
        bool, Meta(description="Whether it is as it was signed, checked for this very answer.")
    ]
    doubt: Annotated[str | None, Meta(description="Why it is not valid.")]


class FormInFull(FormInList, forbid_unknown_fields=True):
    """One signed form with its answers and signatures, checked for this very answer."""

    answers: list[FormAnswer]
    consents: list[FormConsent]
    signatures: Annotated[
        list[FormSignature], Meta(description="None of a form carried over; see `meaning`.")
    ]
    valid: Annotated[
        bool, Meta(description="Whether the form and every signature are as they were signed.")
    ]
    doubts: Annotated[list[str], Meta(description="What is wrong with the form itself.")]
    file: Annotated[
        str | None,
        Meta(
            description="The address of the printed form (PDF); null for one carried over, which "
            "was signed elsewhere, and for an edition unknown here."
        ),
    ]
