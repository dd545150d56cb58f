"""Which questions a form asks, what is wrong with the answers, and whether it is well signed.

Answers are text by key. A question's key is its code; a repeated question has a key for each row,
`code.1`, `code.2`; a consent offered with the form has the key `consent.` and its code. An answer
to a question that is not asked is dropped. Nothing here raises, whatever the answers hold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple

from etasu.safe_use.contacts import zip_in_state
from etasu.safe_use.form_checks import NO, YES, Wrong, cleaned, wrong_with
from etasu.safe_use.form_text import Line, SignatureFact, hash_of, lays_out, meaning_for
from etasu.safe_use.form_words import LAYOUTS
from etasu.safe_use.program import (
    FieldType,
    FormDefinition,
    FormField,
    FormSection,
    ProgramVersion,
    Signer,
)

# What the platform is sure of. Such a question is answered for the person and stays so.
FIXED_AS = frozenset(
    "patient_number patient_name patient_birth_date prescriber_name prescriber_npi "
    "prescriber_number facility_name facility_number course first_course planned_on "
    "last_infusion_on authorization_number participant_number".split()
)
# What the platform has been told before. It is filled in, and the person may correct it.
PREFILLED_AS = frozenset(
    "own_first_name own_last_name own_full_name own_email occasion participant_name "
    "participant_npi participant_dea participant_ncpdp participant_setting participant_specialty "
    "participant_street participant_city participant_state participant_zip participant_phone "
    "participant_fax participant_email representative_name representative_title "
    "representative_phone representative_email prescriber_phone facility_phone "
    "patient_first_name patient_last_name patient_sex patient_street patient_city patient_state "
    "patient_zip patient_phone patient_email patient_language today".split()
)
# What was recorded of a course while it went on; it may be corrected too. It is never taken from an
# earlier form, for that one was about another course.
COURSE_AS = frozenset(
    "course_outcome course_end_reason vials_received vials_used vials_wasted vials_returned".split()
)
# The same of each infusion day: one value for each row of the question, the first day first.
DAYS_AS = frozenset(
    "day_given_on day_premedication day_vitals_before day_started_at day_stopped_at day_dose "
    "day_vitals_during day_observed_until day_reaction day_reaction_described day_result "
    "day_result_reason".split()
)
KNOWN_AS = FIXED_AS | PREFILLED_AS | COURSE_AS | DAYS_AS
CONSENT = "consent."

Answers = Mapping[str, object]


class FieldProblem(NamedTuple):
    """One wrong or missing answer: its key, what is wrong, and the bound or what was offered."""

    field: str
    code: Wrong
    detail: str = ""


class Question(NamedTuple):
    """A question with the key of its answer. `is_needed` when the form is not complete without."""

    key: str
    field: FormField
    row: int | None
    is_needed: bool


def questions(definition: FormDefinition) -> Iterator[tuple[str, FormField, int | None]]:
    """Every question the form could ask, in order: key, field, and row."""
    for section in definition.sections:
        yield from _in_section(section)


def shown_fields(definition: FormDefinition, answers: Answers) -> list[Question]:
    """The questions asked, given these answers, in the order of the form.

    Every row of a repeated question is there; in a row nobody began, no answer is needed.
    """
    return [question for section in shown_sections(definition, answers) for question in section[1]]


def shown_sections(
    definition: FormDefinition, answers: Answers
) -> list[tuple[FormSection, list[Question]]]:
    """The questions asked, section by section; a section in which nothing is asked is left out."""
    given = _mapping(answers)
    kept: dict[str, str] = {}
    found = []
    for section in definition.sections:
        asked = list(_asked_in(section, given, kept))
        if asked:
            found.append((section, asked))
    return found


def is_asked(field: FormField, answers: Answers, row: int | None = None) -> bool:
    """Whether the question is asked, given the answers to those above it."""
    if field.shown_when is None:
        return True
    code, _equals, wanted = field.shown_when.partition("=")
    given = _mapping(answers)
    said = cleaned(given.get(code)) or (row is not None and cleaned(given.get(f"{code}.{row}")))
    return said == wanted


def is_fixed(field: FormField) -> bool:
    """Whether the platform answers the question itself, where it can, and nobody changes that."""
    return field.known_as in FIXED_AS


def stated_by(definition: FormDefinition, role: str) -> list[FormField]:
    """The statements that are the signer's own, in order of the form."""
    return [
        field
        for section in definition.sections
        for field in section.fields
        if field.stated_by == role
    ]


def kept_answers(definition: FormDefinition, answers: Answers) -> dict[str, str]:
    """What is signed: the answers to the questions asked and the consents, in order of the form."""
    given = _mapping(answers)
    keys = [question.key for question in shown_fields(definition, given)]
    keys += [CONSENT + consent.code for consent in definition.offered]
    return {key: said for key in keys if (said := cleaned(given.get(key)))}


def prefilled(definition: FormDefinition, known: Answers, on: date) -> dict[str, str]:
    """First answers from what the platform knows; what does not fit its question is left out."""
    told = _mapping(known)
    found = {}
    for key, field, row in questions(definition):
        value = _as_answer(_told(told, field, row)) if field.known_as in KNOWN_AS else ""
        if value and wrong_with(field, value, on) is None:
            found[key] = value
    return found


def problems(definition: FormDefinition, answers: Answers, on: date) -> list[FieldProblem]:
    """Every missing or wrong answer on that day, in order of the form, unknown questions last."""
    given = _mapping(answers)
    found: list[FieldProblem] = []
    for _section, asked in shown_sections(definition, given):
        states: dict[int | None, str] = {}
        for question in asked:
            found.extend(_wrong_in(question, given, states, on))
    found.extend(_wrong_consents(definition, given))
    known = {key for key, _field, _row in questions(definition)}
    known |= {CONSENT + consent.code for consent in definition.offered}
    strangers = [str(key)[:100] for key in given if key not in known and given[key] != ""]
    found.extend(FieldProblem(key, Wrong.UNKNOWN_QUESTION) for key in sorted(strangers))
    return found + _not_named(answers)


def problems_of(
    definition: FormDefinition, answers: Answers, on: date, keys: Collection[str]
) -> list[FieldProblem]:
    """The problems of some answers only, such as those of one page."""
    return [each for each in problems(definition, answers, on) if each.field in keys]


def gate_answers(definition: FormDefinition, answers: Answers) -> dict[str, str]:
    """The answers the gates read, of the questions asked."""
    kept = kept_answers(definition, answers)
    marked = {key for key, field, _row in questions(definition) if field.gate}
    return {key: said for key, said in kept.items() if key in marked}


def text_of(
    definition: FormDefinition, version: ProgramVersion, answers: Answers, layout: int = 0
) -> str:
    """The exact text a signer sees: every question asked with its answer, and the signatures.

    The same form and answers give the same text, line by line, for good; another answer, another
    text. It is in the language of the definition given, and in the newest of the LAYOUTS. What is
    signed is the SHA-256 of it in UTF-8; see `hash_of`.
    """
    kept = kept_answers(definition, answers)
    sections = [
        (section.title, [_line(each, kept.get(each.key)) for each in asked])
        for section, every in shown_sections(definition, kept)
        if (asked := _begun(every, kept))
    ]
    given = [(each, kept.get(CONSENT + each.code)) for each in definition.offered]
    words = LAYOUTS[layout][definition.said_in]
    return lays_out(definition, version, sections, given, words)


def as_shown(
    definition: FormDefinition, version: ProgramVersion, answers: Answers, text_hash: str
) -> tuple[FormDefinition, str] | None:
    """The form in the language in which its text has this hash, and that text; None for no hash.

    Whoever signs, signs the text they were shown, and so each signer in a language of their own,
    and in whichever layout was the newest on their day.
    """
    found = _texts(definition, version, answers)
    return next((each for each in found if hash_of(each[1]) == text_hash), None)


def _texts(
    definition: FormDefinition, version: ProgramVersion, answers: Answers
) -> Iterator[tuple[FormDefinition, str]]:
    """The text in each language and layout, the newest layout first."""
    for layout in range(len(LAYOUTS)):
        for each in (definition, *definition.translations):
            yield each, text_of(each, version, answers, layout)


def next_signer(definition: FormDefinition, signatures: Sequence[SignatureFact]) -> Signer | None:
    """Whose signature is wanted next; None when everybody has signed in order."""
    for index, signer in enumerate(definition.signers):
        if index >= len(signatures) or signatures[index].role != signer.role:
            return signer
    return None


def is_complete(
    definition: FormDefinition,
    version: ProgramVersion,
    answers: Answers,
    signatures: Sequence[SignatureFact],
    on: date,
) -> bool:
    """Whether nothing is wrong or missing, and every signer signed this exact text, in order.

    The text may be in any language the form is in, and in any layout.
    """
    if not definition.signers or len(signatures) != len(definition.signers):
        return False
    if problems(definition, answers, on):
        return False
    spoken = {hash_of(text): each for each, text in _texts(definition, version, answers)}
    return all(
        _is_well_signed(index, each, spoken.get(each.text_hash))
        for index, each in enumerate(signatures)
    )


def _is_well_signed(index: int, signature: SignatureFact, shown: FormDefinition | None) -> bool:
    if shown is None:
        return False
    signer = shown.signers[index]
    meaning = meaning_for(signer, signature.on_behalf)
    return (
        meaning is not None
        and signature.role == signer.role
        and signature.meaning == meaning
        and bool(cleaned(signature.printed_name))
    )


def _in_section(section: FormSection) -> Iterator[tuple[str, FormField, int | None]]:
    """Questions one by one, and repeated ones that stand together row by row."""
    for rows, group in groupby(section.fields, key=lambda field: field.repeat):
        fields = list(group)
        if rows is None:
            yield from ((field.code, field, None) for field in fields)
        else:
            for row in range(1, rows + 1):
                yield from ((f"{field.code}.{row}", field, row) for field in fields)


def _asked_in(section: FormSection, given: Answers, kept: dict[str, str]) -> Iterator[Question]:
    """The questions of a section that are asked; their answers are added to those kept.

    Only an answer that is kept can bring up another question: one to a hidden question cannot.
    """
    begun = {
        row for key, _field, row in _in_section(section) if row is not None and _said(given, key)
    }
    for key, field, row in _in_section(section):
        if is_asked(field, kept, row):
            kept[key] = _said(given, key)
            yield Question(key, field, row, field.required and (row is None or row in begun))


def _wrong_in(
    question: Question, given: Answers, states: dict[int | None, str], on: date
) -> Iterator[FieldProblem]:
    key, field, row, is_needed = question
    found = wrong_with(field, given.get(key), on)
    said = _said(given, key)
    if found is None and field.type is FieldType.STATE:
        states[row] = said
    elif found is None and field.type is FieldType.ZIP and states.get(row):
        if said and not zip_in_state(said, states[row]):
            found = Wrong.ZIP_ELSEWHERE, states[row]
    if found is not None:
        yield FieldProblem(key, *found)
    elif is_needed and not said:
        yield FieldProblem(key, Wrong.MISSING)


def _wrong_consents(definition: FormDefinition, given: Answers) -> Iterator[FieldProblem]:
    for consent in definition.offered:
        key = CONSENT + consent.code
        said = _said(given, key)
        if given.get(key) not in (None, "") and said not in (YES, NO):
            yield FieldProblem(key, Wrong.NOT_OFFERED, f"{YES}, {NO}")
        elif consent.needed and said != YES:
            yield FieldProblem(key, Wrong.NEEDS_CONSENT)


def _not_named(answers: object) -> list[FieldProblem]:
    """Answers that come without the names of their questions say nothing."""
    is_named = isinstance(answers, Mapping)
    return [] if is_named else [FieldProblem("", Wrong.NOT_TEXT, type(answers).__name__)]


def _begun(asked: list[Question], kept: Mapping[str, str]) -> list[Question]:
    """Without the rows in which nothing is answered."""
    rows = {question.row for question in asked if question.row and question.key in kept}
    return [question for question in asked if question.row is None or question.row in rows]


def _line(question: Question, said: str | None) -> Line:
    row = "" if question.row is None else f" ({question.row})"
    field = question.field
    return f"{field.label}{row}", field.type, None if said is None else field.said(said)


def _told(told: Answers, field: FormField, row: int | None) -> object:
    """What is known for one question; for a row of a repeated one, its own part of a list."""
    known = told.get(field.known_as or "")
    if row is None:
        return known
    is_there = isinstance(known, list | tuple) and row <= len(known)
    return known[row - 1] if is_there else None  # type: ignore[index]


def _as_answer(value: object) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int) else cleaned(value)


def _said(given: Answers, key: str) -> str:
    return cleaned(given.get(key))


def _mapping(answers: object) -> Answers:
    return answers if isinstance(answers, Mapping) else {}
