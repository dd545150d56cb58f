"""Answers that fit every question of a form, whatever program it belongs to."""

from __future__ import annotations

from datetime import date, timedelta

from etasu.safe_use.contacts import STATES
from etasu.safe_use.forms import CONSENT, shown_fields
from etasu.safe_use.program import FieldType, FormDefinition, FormField, Tense

RIGHT_TEXT = {
    FieldType.TIME: "10:00",
    FieldType.YES_NO: "no",
    FieldType.CHECKBOX: "yes",
    FieldType.PHONE: "555-555-0123",
    FieldType.EMAIL: "somebody@example.org",
    FieldType.ADDRESS: "1 Pebble Lane",
    FieldType.STATE: next(iter(STATES)),
    FieldType.ZIP: "00100",
    FieldType.NPI: "1234567893",
    FieldType.DEA: "AB1234563",
    FieldType.NCPDP: "1234567",
}


# The patient every form filled in for the tests is about.
RIGHT_NAME = {
    "patient_first_name": "Mara",
    "patient_last_name": "Example",
    "patient_name": "Mara Example",
}


def right_answer(field: FormField, on: date) -> str:
    """An answer that fits the question, the affirmative one where the gates read it."""
    if field.known_as in RIGHT_NAME and field.type is FieldType.TEXT:
        return RIGHT_NAME[field.known_as]
    if field.type is FieldType.CHOICE:
        return field.values[0]
    if field.type is FieldType.DATE:
        return (on + timedelta(days=1) if field.tense is Tense.FUTURE else on).isoformat()
    if field.type is FieldType.NUMBER:
        return str(field.at_least if field.at_least is not None else 1)
    if field.type is FieldType.YES_NO and field.gate:
        return "yes"
    return RIGHT_TEXT.get(field.type, "as on file")


def right_answers(definition: FormDefinition, on: date) -> dict[str, str]:
    """An answer to every question the form then asks, and every consent."""
    answers: dict[str, str] = {CONSENT + each.code: "yes" for each in definition.offered}
    while True:
        shown = shown_fields(definition, answers)
        unanswered = [each for each in shown if each.key not in answers]
        if not unanswered:
            return answers
        answers |= {each.key: right_answer(each.field, on) for each in unanswered}
