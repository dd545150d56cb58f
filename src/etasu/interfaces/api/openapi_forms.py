"""The part of the OpenAPI document about signed forms, with examples made from the shapes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import msgspec

from etasu.interfaces.api.form_shapes import (
    About,
    FormAnswer,
    FormConsent,
    FormInFull,
    FormInList,
    FormSignature,
    SignedForms,
)
from etasu.interfaces.api.openapi_parts import in_path, page, problems, response
from etasu.interfaces.api.receive import FORMS, PARTICIPANTS, PATIENTS, PDF
from etasu.safe_use.form_text import hash_of
from etasu.safe_use.program import FieldType

SHAPES = (SignedForms, FormInFull)
# Which problems each call can end in.
READING = (
    *("unknown-api-key", "not-found", "not-acceptable", "invalid", "unavailable", "unexpected"),
)


def paths() -> dict[str, Any]:
    """Every call about signed forms."""
    return {
        f"{PATIENTS}/{{patient}}/forms": {"get": _list("patient", "listPatientForms")},
        f"{PARTICIPANTS}/{{participant}}/forms": {
            "get": _list("participant", "listParticipantForms")
        },
        f"{FORMS}/{{form}}": {"get": _form()},
        f"{FORMS}/{{form}}/pdf": {"get": _file()},
    }


def _list(kind: str, operation: str) -> dict[str, Any]:
    answered = response(
        "One page of the list.", "SignedForms", example=msgspec.to_builtins(_list_example())
    )
    answered["headers"] |= {"Link": {"$ref": "#/components/headers/Link"}}
    return {
        "operationId": operation,
        "tags": ["Signed forms"],
        "summary": f"List a {kind}'s signed forms",
        "description": _LIST,
        "parameters": [in_path(kind, f"The {kind}'s number."), *page("forms")],
        "responses": {"200": answered, **problems(READING)},
    }


def _form() -> dict[str, Any]:
    answered = response("The form.", "FormInFull", example=msgspec.to_builtins(_form_example()))
    return {
        "operationId": "readForm",
        "tags": ["Signed forms"],
        "summary": "Read a signed form, its signatures, and whether they hold",
        "description": _FORM,
        "parameters": [in_path("form", "The form's number.")],
        "responses": {"200": answered, **problems(READING)},
    }


def _file() -> dict[str, Any]:
    answered = response("The form as a file.", "FormInFull")
    answered["content"] = {PDF: {}}
    return {
        "operationId": "printForm",
        "tags": ["Signed forms"],
        "summary": "The same form printed, with every signature and whether it holds",
        "description": "Checked while it is printed; a form that is not as signed says so on top.",
        "parameters": [in_path("form", "The form's number.")],
        "responses": {"200": answered, **problems(READING)},
    }


_LIST = """\
Newest first. A reader who runs the program sees every form; anybody else those signed in the name
of a participant they act for. Nothing is checked until a form itself is read.
"""
_FORM = """\
`valid` is worked out for this very answer, from the form, the text each signer was shown, and the
audit trail. One changed byte makes it false, and `doubt` or `doubts` say where. Each signature's
`text` is what its signer saw; its SHA-256 in UTF-8 is `text_hash`.
"""

_AT = datetime(2025, 5, 1, 15, 0, tzinfo=UTC)
_ON = date(2025, 5, 1)
_MEANING = "I have read the overview and agree."
_TEXT = "Teaching\nPatient Enrollment Form\n\nWho\nFull name\n    Mara Example\n"
_BRIEF: dict[str, Any] = {
    "number": "7QK2M-X0B4T-N",
    "form": "patient-enrollment",
    "name": "Patient Enrollment Form",
    "program": "teaching",
    "program_version": "2024-01-01",
    "about": About(kind="patient", number="0A1B2-C3D4E-Y"),
    "course": None,
    "state": "current",
    "channel": "web",
    "signed_on": _ON,
    "signed_at": _AT,
    "signer": "Amara Example",
    "meaning": _MEANING,
}


def _list_example() -> SignedForms:
    return SignedForms(forms=[FormInList(**_BRIEF)], next=None)


def _form_example() -> FormInFull:
    asked = FormAnswer(
        question="name",
        row=None,
        label="Full name",
        type=FieldType.TEXT,
        text="Mara Example",
        value="Mara Example",
        gate=False,
    )
    signature = FormSignature(
        number="5F6G7-H8J9K-F",
        role="prescriber",
        printed_name="Amara Example",
        relationship=None,
        meaning=_MEANING,
        method="passkey",
        signed_on=_ON,
        signed_at=_AT,
        signed_local=_AT.astimezone(timezone(timedelta(hours=-4))),
        time_zone="America/New_York",
        language="en",
        text=_TEXT,
        text_hash=hash_of(_TEXT),
        valid=True,
        doubt=None,
    )
    allowed = FormConsent(
        code="contact", name="Calls about the program", text_version="1", given=True
    )
    return FormInFull(
        **_BRIEF,
        answers=[asked],
        consents=[allowed],
        signatures=[signature],
        valid=True,
        doubts=[],
        file=f"{FORMS}/{_BRIEF['number']}/pdf",
    )
