"""What a patient allows, thing by thing, as pages for the patient and for others show it."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from etasu.registry.patients.facts import choices_of_patient
from etasu.registry.submissions.facts import is_needed
from etasu.safe_use.program import ConsentText


class Allowed(NamedTuple):
    """One thing: what it is called and says, whether it is allowed, and what taking it back does.

    `text` is the wording that was allowed, or else the program's own of today. `revocation` is the
    effect of taking it back, `language` what it is written in. `can_be_given` is false for what
    enrollment rests on: that is allowed with the enrollment form, and comes back with a new one.
    """

    code: str
    name: str
    text: str
    ends: str
    revocation: str
    language: str
    is_needed: bool
    is_allowed: bool
    can_be_given: bool
    consent: Any


def allowed_things(patient: Any, on: date, language: str | None) -> list[Allowed]:
    """Everything the program asks leave for, and what the patient said.

    What is asked for on a form alone is here only to be taken back.
    """
    things = []
    for each in choices_of_patient(patient, on):
        if each.text and each.text.only_with_form and not each.is_allowed:
            continue
        words = each.text.in_language(language) if each.text else None
        needed = bool(each.text and each.text.needed)
        if each.consent is not None:
            needed = needed or is_needed(each.consent, on)
        things.append(
            Allowed(
                code=each.code,
                name=words.name if words else each.code,
                text=_text(words, each),
                ends=words.ends if words else "",
                revocation=words.revocation if words else "",
                language=words.said_in if words else "en",
                is_needed=needed,
                is_allowed=each.is_allowed,
                can_be_given=words is not None and not needed,
                consent=each.consent,
            )
        )
    return things


def _text(words: ConsentText | None, choice: Any) -> str:
    """The wording allowed, where it is not the program's of today."""
    consent = choice.consent
    is_older = consent is not None and (words is None or consent.text_version != words.text_version)
    return str(consent.text) if choice.is_allowed and is_older or words is None else words.text
