"""Can each question of a form be answered, and can the form be signed?"""

from __future__ import annotations

from collections.abc import Iterator

from etasu.programs.yaml_files import Problem
from etasu.safe_use.form_checks import NO, YES
from etasu.safe_use.forms import DAYS_AS
from etasu.safe_use.program import FieldType, FormDefinition, FormField, ProgramVersion

_MOST_ROWS = 50
# What a question may say only when its answers are of one type.
_ONLY_FOR = {
    "tense": FieldType.DATE,
    "test": FieldType.DATE,
    "at_least": FieldType.NUMBER,
    "at_most": FieldType.NUMBER,
}


def form_disagreements(version: ProgramVersion) -> Iterator[Problem]:
    """Every question or signature that cannot be meant, form by form."""
    for form in version.forms.values():
        yield from _in_signers(form)
        fields = [field for section in form.sections for field in section.fields]
        by_code = {field.code: field for field in fields}
        for field in fields:
            place = (f"forms/{form.code}.yaml", f"form: {form.code}: {field.code}")
            yield from _in_field(place, field)
            yield from _in_shown_when(place, field, by_code)


def _in_signers(form: FormDefinition) -> Iterator[Problem]:
    place = (f"forms/{form.code}.yaml", f"form: {form.code}")
    roles = [signer.role for signer in form.signers]
    if not roles:
        yield Problem(*place, "signers", "one at least: nothing rests on a form nobody signs")
    for role in sorted({role for role in roles if roles.count(role) > 1}):
        yield Problem(*place, "signers", f"each role once, but {role} is there twice")
    for field in (each for section in form.sections for each in section.fields):
        if field.stated_by is not None and field.stated_by not in roles:
            yield Problem(*place, f"{field.code}: stated_by", f"one of: {', '.join(roles)}")
    for signer in form.signers:
        if signer.in_place is not None and not signer.in_place.relationships:
            yield Problem(*place, "in_place", "one of the `relationships` at least")


def _in_words(place: tuple[str, str], field: FormField) -> Iterator[Problem]:
    if field.stated_by is not None and (field.type is not FieldType.CHECKBOX or field.shown_when):
        yield Problem(*place, "stated_by", "nothing, for it is no box that is always shown")
    if field.values_said and len(field.values_said) != len(field.values):
        yield Problem(*place, "values_said", f"{len(field.values)}, one for each of the `values`")


def _in_field(place: tuple[str, str], field: FormField) -> Iterator[Problem]:
    if (field.type is FieldType.CHOICE) != bool(field.values):
        said = "answers to choose from" if not field.values else "nothing, for it is no choice"
        yield Problem(*place, "values", said)
    yield from _in_words(place, field)
    for name, kind in _ONLY_FOR.items():
        if getattr(field, name) is not None and field.type is not kind:
            yield Problem(*place, name, f"nothing, for its type is not {kind}")
    if field.repeat is not None and not 1 <= field.repeat <= _MOST_ROWS:
        yield Problem(*place, "repeat", f"a number from 1 through {_MOST_ROWS}")
    if field.repeat is not None and (field.gate or field.known_as not in (None, *DAYS_AS)):
        yield Problem(*place, "repeat", "nothing, for a gate or the platform answers it once")
    if field.repeat is None and field.known_as in DAYS_AS:
        yield Problem(*place, "repeat", "a number, for the platform knows it of each infusion day")
    if None not in (field.at_least, field.at_most) and field.at_least > field.at_most:  # type: ignore[operator]
        yield Problem(*place, "at_most", f"{field.at_least} or more")


def _in_shown_when(
    place: tuple[str, str], field: FormField, by_code: dict[str, FormField]
) -> Iterator[Problem]:
    code, _equals, answer = (field.shown_when or "").partition("=")
    other = by_code.get(code)
    if field.shown_when is None or other is None:
        return
    if other.repeat != field.repeat and other.repeat is not None:
        yield Problem(*place, "shown_when", f"a question asked once, or `repeat: {other.repeat}`")
    choices = answers_to(other)
    if choices and answer not in choices:
        said = f"an answer to {code} ({', '.join(choices)}), not {answer!r}"
        yield Problem(*place, "shown_when", said)


def answers_to(field: FormField) -> tuple[str, ...]:
    """What can be chosen as the answer; nothing where people write what they like."""
    if field.type is FieldType.YES_NO:
        return YES, NO
    return (YES,) if field.type is FieldType.CHECKBOX else field.values
