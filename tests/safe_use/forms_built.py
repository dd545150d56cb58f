"""A form with every kind of question, and answers that are right, for the tests of forms."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from etasu.safe_use.form_text import SignatureFact, hash_of, meaning_for
from etasu.safe_use.forms import text_of
from etasu.safe_use.program import (
    ConsentText,
    FieldType,
    FormDefinition,
    FormField,
    FormSection,
    InPlace,
    Signer,
    Tense,
)
from tests.safe_use.building import version

ON = date(2025, 5, 1)
VERSION = version()


def field(code: str, kind: FieldType = FieldType.TEXT, **more: Any) -> FormField:
    """A question called by its code."""
    return FormField(code=code, label=code.capitalize(), type=kind, **more)


def section(code: str, *fields: FormField) -> FormSection:
    """Questions under one title."""
    return FormSection(code=code, title=f"Part {code}", fields=fields)


def form(*sections: FormSection, **more: Any) -> FormDefinition:
    """A form the prescriber signs."""
    shape: dict[str, Any] = {"signers": (PRESCRIBER,), "filled_by": "prescriber"}
    return FormDefinition(
        code="a-form", name="A form", source="invented", sections=sections, **(shape | more)
    )


def asking(*fields: FormField, **more: Any) -> FormDefinition:
    """A form with one section."""
    return form(section("one", *fields), **more)


PRESCRIBER = Signer(role="prescriber", meaning="I agree.")
PATIENT = Signer(
    role="patient",
    meaning="I want this.",
    in_place=InPlace(
        who="legal representative", meaning="I want this for them.", relationships=("parent",)
    ),
)
SHARING = ConsentText(
    code="sharing",
    source="invented",
    name="Sharing",
    text="My records may be shared.\nWith the program.",
    text_version="2025-01-01",
    ends="when the program ends",
    revocation="nothing more is shared",
    needed=True,
)
NEWS = replace(SHARING, code="news", name="News", needed=False)

FULL = form(
    section(
        "who",
        field("name"),
        field("born", FieldType.DATE, tense=Tense.PAST),
        field("street", FieldType.ADDRESS),
        field("state", FieldType.STATE),
        field("zip", FieldType.ZIP),
        field("phone", FieldType.PHONE, required=False),
        field("email", FieldType.EMAIL, required=False),
    ),
    section(
        "more",
        field("smokes", FieldType.YES_NO, gate=True),
        field("how-many", FieldType.NUMBER, shown_when="smokes=yes", at_least=1, at_most=99),
        field("why", FieldType.LONG_TEXT, shown_when="how-many=99", required=False),
        field("agrees", FieldType.CHECKBOX),
        field("color", FieldType.CHOICE, values=("red", "blue")),
    ),
    section(
        "days",
        field("day", FieldType.DATE, repeat=2),
        field("started", FieldType.TIME, repeat=2, required=False),
        field("note", repeat=2, shown_when="started=10:00"),
    ),
    signers=(PATIENT, PRESCRIBER),
    consents=("sharing", "news"),
    offered=(SHARING, NEWS),
)
RIGHT: dict[str, object] = {
    "name": "Mara",
    "born": "1990-02-28",
    "street": "1 Pebble Lane",
    "state": "NY",
    "zip": "00100",
    "smokes": "no",
    "agrees": "yes",
    "color": "red",
    "consent.sharing": "yes",
}


def signed(answers: Any, *, representative: bool = False) -> list[SignatureFact]:
    """Everybody's signature over the text of these answers."""
    text = hash_of(text_of(FULL, VERSION, answers))
    return [
        SignatureFact("patient", text, "Mara", meaning_for(PATIENT, representative) or "",
                      representative),
        SignatureFact("prescriber", text, "Dr. Amara", "I agree."),
    ]  # fmt: skip
