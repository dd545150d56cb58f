"""A signed form of the record in the shapes of this wire. Nothing is judged here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from etasu.interfaces.api.form_shapes import (
    About,
    FormAnswer,
    FormConsent,
    FormInFull,
    FormInList,
    FormSignature,
    Value,
)
from etasu.interfaces.api.receive import FORMS
from etasu.programs import library
from etasu.registry.patients.signed_forms import FormSeen, signed_about
from etasu.registry.submissions.actions import NoSuchForm
from etasu.registry.submissions.facts import Verdict, language_signed, verify_signatures
from etasu.safe_use.form_checks import NO, YES, read_day, read_number
from etasu.safe_use.forms import CONSENT, questions
from etasu.safe_use.program import FieldType, FormDefinition

# A form carried over has its signatures elsewhere; what is kept here vouches for none of its own.
CARRIED_OVER = "carried_over"


def in_list(seen: FormSeen) -> FormInList:
    """The form in brief."""
    return FormInList(**_in_brief(seen, definition_of(seen.form)))


def in_full(seen: FormSeen) -> FormInFull:
    """The form with its answers and signatures, each checked now."""
    form, definition = seen.form, definition_of(seen.form)
    verdicts = verify_signatures(form, signed_about(form))
    said = {key: _as_text(each) for key, each in form.answers.items()}
    return FormInFull(
        **_in_brief(seen, definition),
        answers=list(_answers(definition, said, form.gate_answers)),
        consents=list(_consents(definition, said)),
        signatures=list(_signatures(seen, definition, verdicts)),
        valid=all(each.is_valid for each in verdicts),
        doubts=[each.why for each in verdicts if each.signature is None and not each.is_valid],
        file=f"{FORMS}/{form.number}/pdf" if can_be_printed(form) else None,
    )


def definition_of(form: Any) -> FormDefinition | None:
    """The form as it was when signed; None when this site no longer has that version."""
    version = library.current().version(form.program, form.program_version)
    return version.forms.get(form.form) if version is not None else None


def can_be_printed(form: Any) -> bool:
    """Whether there is a file: of a form signed here, under a version this site still has."""
    return definition_of(form) is not None and _channel(form) != CARRIED_OVER


def _in_brief(seen: FormSeen, definition: FormDefinition | None) -> dict[str, Any]:
    form = seen.form
    return {
        "number": form.number,
        "form": form.form,
        "name": definition.name if definition is not None else None,
        "program": form.program,
        "program_version": form.program_version,
        "about": About(kind=_kind(form), number=seen.about),
        "course": form.course,
        "state": "current" if seen.is_current else "replaced",
        "channel": _channel(form),
        "signed_on": form.signed_on,
        "signed_at": form.signed_at.astimezone(UTC),
        "signer": form.signer_name,
        "meaning": form.meaning,
    }


def _answers(
    definition: FormDefinition | None, said: Mapping[str, str], gates: Mapping[str, str]
) -> Iterator[FormAnswer]:
    """Every answer on record: those to questions in their order, then any other."""
    asked = list(questions(definition)) if definition is not None else []
    for key, field, row in asked:
        if key in said:
            text = said[key]
            value = _typed(field.type, text)
            yield FormAnswer(field.code, row, field.label, field.type, text, value, key in gates)
    known = {key for key, _field, _row in asked}
    for key in sorted(said.keys() - known):
        if not key.startswith(CONSENT):
            yield FormAnswer(key, None, None, None, said[key], said[key], key in gates)


def _consents(definition: FormDefinition | None, said: Mapping[str, str]) -> Iterator[FormConsent]:
    offered = {each.code: each for each in definition.offered} if definition is not None else {}
    given = [key.removeprefix(CONSENT) for key in sorted(said) if key.startswith(CONSENT)]
    for code in dict.fromkeys([*offered, *given]):
        known = offered.get(code)
        name, version = (known.name, known.text_version) if known else (None, None)
        yield FormConsent(code, name, version, said.get(CONSENT + code) == YES)


def _signatures(
    seen: FormSeen, definition: FormDefinition | None, verdicts: Sequence[Verdict]
) -> Iterator[FormSignature]:
    if seen.form.draft is None and _channel(seen.form) != CARRIED_OVER:
        yield _in_one_step(seen.form, definition, verdicts[0])
    for each in verdicts:
        if each.signature is not None:
            yield _signature(each.signature, each)


def _in_one_step(form: Any, definition: FormDefinition | None, verdict: Verdict) -> FormSignature:
    """The one signature of a form that was filled in and signed on one page, after signing in."""
    signers = definition.signers if definition is not None else ()
    return FormSignature(
        number=None,
        role=signers[0].role if signers else None,
        printed_name=form.signer_name,
        relationship=None,
        meaning=form.meaning,
        method="password",
        signed_on=form.signed_on,
        signed_at=form.signed_at.astimezone(UTC),
        signed_local=None,
        time_zone=None,
        language=None,
        text=None,
        text_hash=None,
        valid=verdict.is_valid,
        doubt=verdict.why or None,
    )


def _signature(signature: Any, verdict: Verdict) -> FormSignature:
    return FormSignature(
        number=signature.number,
        role=signature.role,
        printed_name=signature.printed_name,
        relationship=signature.relationship or None,
        meaning=signature.meaning,
        method=signature.method,
        signed_on=signature.signed_on,
        signed_at=signature.signed_at.astimezone(UTC),
        signed_local=_moment(signature.signed_local),
        time_zone=signature.time_zone,
        language=_language(signature),
        text=signature.text,
        text_hash=signature.text_hash,
        valid=verdict.is_valid,
        doubt=verdict.why or None,
    )


def _kind(form: Any) -> Literal["patient", "participant"]:
    return "patient" if form.subject_kind == "patient" else "participant"


def _channel(form: Any) -> Any:
    return str(form.channel).replace(" ", "_")


def _language(signature: Any) -> str | None:
    """The language of what was shown; none for an edition this site no longer has."""
    try:
        return language_signed(signature)
    except NoSuchForm:
        return None


def _moment(text: str) -> datetime | None:
    """A moment as it was kept; none when what is kept is not one, or says no offset."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _as_text(said: object) -> str:
    """An answer of the record as text, whatever it was kept as."""
    if isinstance(said, bool):
        return YES if said else NO
    if isinstance(said, str):
        return said
    return "" if said is None else json.dumps(said, ensure_ascii=False, sort_keys=True)


def _typed(kind: FieldType, text: str) -> Value:
    if kind in (FieldType.YES_NO, FieldType.CHECKBOX):
        return {YES: True, NO: False}.get(text)
    if kind is FieldType.NUMBER:
        return _number(text)
    if kind is FieldType.DATE:
        return text if read_day(text) is not None else None
    return text


def _number(text: str) -> int | float | None:
    found = read_number(text)
    if found is None:
        return None
    return int(found) if found == found.to_integral_value() else float(found)
