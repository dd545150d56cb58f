"""Forms of any program filled in as on a day when nothing special happened."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import orjson

from etasu.safe_use.forms import is_asked
from etasu.safe_use.program import FieldType, FormDefinition, FormField
from etasu.site.seed.identifiers import dea, ncpdp, npi

_PLAIN: dict[FieldType, Any] = {
    FieldType.TEXT: "as on file",
    FieldType.LONG_TEXT: "as on file",
    FieldType.TIME: "10:00",
    FieldType.NUMBER: "1",
    FieldType.CHECKBOX: "yes",
    FieldType.PHONE: "555-555-0100",
    FieldType.EMAIL: "office@example.org",
    FieldType.ADDRESS: "1 Pebble Lane",
    FieldType.STATE: "NY",
    FieldType.ZIP: "00100",
    FieldType.NPI: npi(0),
    FieldType.DEA: dea(0),
    FieldType.NCPDP: ncpdp(0),
}


class FormPlan:
    """A form of the program, ready to be filled in many times."""

    def __init__(self, definition: FormDefinition) -> None:
        self.definition = definition
        questions = [each for section in definition.sections for each in section.fields]
        self._asked = tuple((each, _uneventful(each, questions)) for each in questions)

    def filled(self, known: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """Every required question answered, and those of the answers that the gates read.

        `known` answers by question code or by what the platform knows it as; `signed-on` is the
        day for questions about days. A question that earlier answers hide is left out, and a
        repeated one is answered in its first row.
        """
        answers: dict[str, Any] = {}
        read: dict[str, str] = {}
        for each, uneventful in self._asked:
            given = known.get(each.code, known.get(each.known_as or "", known.get(each.test or "")))
            if (
                given is None
                and not each.required
                or not is_asked(each, answers, each.repeat and 1)
            ):
                continue
            if given is None:
                given = known["signed-on"] if each.type is FieldType.DATE else uneventful
            said = given.isoformat() if isinstance(given, date) else str(given)
            answers[f"{each.code}.1" if each.repeat else each.code] = said
            if each.gate:
                read[each.code] = said
        return answers, read

    def meaning_for(self, role: str) -> str:
        """What the signature of somebody in the role means."""
        signers = self.definition.signers
        own = [each for each in signers if each.role == role] or list(signers)
        return own[0].meaning if own else ""


def content_hash(form: str, version: str, answers: Mapping[str, Any], name: str, why: str) -> str:
    """The hash a signed form is kept with: of the form, its answers, the signer and the meaning."""
    shown = orjson.dumps([form, version, answers, name, why], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(shown).hexdigest()


def _uneventful(question: FormField, questions: Iterable[FormField]) -> Any:
    if question.type not in (FieldType.CHOICE, FieldType.YES_NO):
        return _PLAIN.get(question.type)
    # An answer after which the form wants to know more says that something did happen.
    shown = [(each.shown_when or "").partition("=") for each in questions]
    asking_on = {answer for other, _, answer in shown if other == question.code}
    choices = question.values or ("yes", "no")
    return next((each for each in choices if each not in asking_on), choices[0])
