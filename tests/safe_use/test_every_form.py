"""Every form of every program: whatever is left out, mistyped or badly signed, it is not complete.

Only complete forms become signed forms, and the gates read nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etasu.programs.library import load_library
from etasu.safe_use import forms
from etasu.safe_use.form_text import SignatureFact, hash_of, meaning_for
from etasu.safe_use.forms import CONSENT, is_complete, shown_fields, text_of
from etasu.safe_use.program import FieldType, FormDefinition, FormField, ProgramVersion
from tests.factories.answers import right_answers

LETTERS = st.text("qxzQXZ", min_size=1, max_size=9)
# What nobody can take for an answer of the type, found without asking the code that checks.
WRONG: dict[FieldType, st.SearchStrategy[Any]] = {
    FieldType.TEXT: st.sampled_from(["a\u202eb", "a\x00b", "a\nb", "x" * 9999]),
    FieldType.LONG_TEXT: st.sampled_from(["a\u202eb", "a\x00b", "x" * 99_999]),
    FieldType.CHOICE: LETTERS.map("not {}".format),
    FieldType.YES_NO: LETTERS | st.sampled_from(["YES", "y", "true", "1", "yes no"]),
    FieldType.CHECKBOX: LETTERS | st.sampled_from(["no", "on", "true", "1"]),
    FieldType.DATE: LETTERS
    | st.sampled_from(
        ["2025-02-30", "05/01/2025", "2025-5-1", "0001-01-01", "9999-12-31", "45000"]
    ),
    FieldType.TIME: LETTERS | st.sampled_from(["24:00", "10:60", "10", "10:00 pm"]),
    FieldType.NUMBER: LETTERS
    | st.sampled_from(["1e3", "0x1", "one", "NaN", "1,5", "--1", "\u0661"]),
    FieldType.NPI: LETTERS | st.sampled_from(["1234567890", "123456789", "12345678933"]),
    FieldType.DEA: LETTERS | st.sampled_from(["AB1234567", "1234563", "AB123456"]),
    FieldType.NCPDP: LETTERS | st.sampled_from(["123456", "12345678"]),
    FieldType.PHONE: LETTERS | st.sampled_from(["555-0123", "1-055-555-0123", "911"]),
    FieldType.EMAIL: LETTERS | st.sampled_from(["a@b", "@example.org", "a b@example.org"]),
    FieldType.STATE: LETTERS | st.sampled_from(["ZZ", "ny", "NY " * 2]),
    FieldType.ZIP: LETTERS | st.sampled_from(["1234", "123456", "99999-"]),
    FieldType.ADDRESS: st.sampled_from(["1", "12", "12 34"]),
}
NOT_TEXT = st.sampled_from([True, 1, 1.5, b"yes", ["yes"], {"yes": "yes"}, ("yes",)])
NOTHING = st.sampled_from(["", " ", "\n\t", "\u00a0", None])


class Case(NamedTuple):
    """One form of one version of one program."""

    version: ProgramVersion
    form: FormDefinition

    @property
    def right(self) -> dict[str, Any]:
        """Every question answered, every consent given."""
        return dict(right_answers(self.form, self.version.effective_on))

    def signed(self, answers: Any) -> list[SignatureFact]:
        """Everybody's signature over these answers, in order."""
        text = hash_of(text_of(self.form, self.version, answers))
        return [
            SignatureFact(each.role, text, "Sam Example", meaning_for(each) or "")
            for each in self.form.signers
        ]

    def is_complete(self, answers: Any, signatures: list[SignatureFact]) -> bool:
        """Whether the form would become a signed form that day."""
        on = self.version.effective_on
        return is_complete(self.form, self.version, answers, signatures, on)


CASES = {
    f"{code}-{version.label}-{form.code}": Case(version, form)
    for code, program in sorted(load_library().programs.items())
    for version in program.versions
    for form in version.forms.values()
}
Break = Callable[[Case, Any], tuple[Any, list[SignatureFact]]]


def unanswered(case: Case, draw: Any) -> tuple[Any, list[SignatureFact]]:
    """One or more of the answers it needs are left out, and it is signed like that."""
    answers = case.right
    needed = [each.key for each in shown_fields(case.form, answers) if each.is_needed]
    needed += [CONSENT + each.code for each in case.form.offered if each.needed]
    for key in draw(st.sets(st.sampled_from(needed), min_size=1)):
        answers[key] = draw(NOTHING)
    return answers, case.signed(answers)


def in_progress(case: Case, draw: Any) -> tuple[Any, list[SignatureFact]]:
    """Filled in only so far, and signed already."""
    answers = case.right
    keys = [each.key for each in shown_fields(case.form, answers) if each.is_needed]
    stop = draw(st.integers(0, len(keys) - 1))
    so_far = {key: answers[key] for key in keys[:stop]}
    return so_far, case.signed(so_far)


def mistyped(case: Case, draw: Any) -> tuple[Any, list[SignatureFact]]:
    """One answer is not what its question asks for."""
    answers = case.right
    asked: list[FormField] = [each.field for each in shown_fields(case.form, answers)]
    index = draw(st.integers(0, len(asked) - 1))
    key = shown_fields(case.form, answers)[index].key
    answers[key] = draw(WRONG[asked[index].type] | NOT_TEXT)
    return answers, case.signed(answers)


def answers_nobody_asked_for(case: Case, draw: Any) -> tuple[Any, list[SignatureFact]]:
    """A question of no form is answered too."""
    answers = case.right | {"made-up-" + draw(LETTERS): draw(LETTERS | NOT_TEXT)}
    return answers, case.signed(answers)


def unsigned(case: Case, draw: Any) -> tuple[Any, list[SignatureFact]]:
    """Somebody has not signed yet."""
    every = case.signed(case.right)
    kept = draw(st.sets(st.integers(0, len(every) - 1), max_size=len(every) - 1))
    return case.right, [each for index, each in enumerate(every) if index in kept]


def badly_signed(case: Case, draw: Any) -> tuple[Any, list[SignatureFact]]:
    """One signature is another's, or under another text, or says something else, or nothing."""
    every = case.signed(case.right)
    index = draw(st.integers(0, len(every) - 1))
    role, text = every[index].role, every[index].text_hash
    roles = {"patient", "prescriber", "delegate", "administrator", "pharmacist", ""}
    changed: dict[str, Any] = draw(
        st.sampled_from(
            [
                *({"role": each} for each in sorted(roles - {role})),
                {"text_hash": hash_of("")},
                {"text_hash": text.upper()},
                {"text_hash": text[:-1]},
                {"meaning": every[index].meaning + " "},
                {"meaning": ""},
                {"printed_name": ""},
                {"printed_name": " \n"},
            ]
        )
    )
    every[index] = every[index]._replace(**changed)
    return case.right, every


def changed_after_signing(case: Case, draw: Any) -> tuple[Any, list[SignatureFact]]:
    """An answer is another one than when it was signed."""
    signatures, answers = case.signed(case.right), case.right
    shown = shown_fields(case.form, answers)
    kinds = (FieldType.TEXT, FieldType.LONG_TEXT, FieldType.ADDRESS)
    free = [each.key for each in shown if each.field.type in kinds]
    keys = free or [each.key for each in shown if not each.is_needed] or [shown[0].key]
    key = draw(st.sampled_from(keys))
    answers[key] = f"{answers[key]} and more" if free else ""
    return answers, signatures


def signed_once_too_often(case: Case, draw: Any) -> tuple[Any, list[SignatureFact]]:
    """There are more signatures than signers."""
    every = case.signed(case.right)
    return case.right, [*every, draw(st.sampled_from(every))]


BREAKS: list[Break] = [
    unanswered,
    in_progress,
    mistyped,
    answers_nobody_asked_for,
    unsigned,
    badly_signed,
    changed_after_signing,
    signed_once_too_often,
]
MANY = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_form_with_anything_wrong_is_never_complete(case: Case) -> None:
    assert case.is_complete(case.right, case.signed(case.right))

    @MANY
    @given(data=st.data())
    def never(data: st.DataObject) -> None:
        broken = data.draw(st.sampled_from(BREAKS))
        answers, signatures = broken(case, data.draw)
        assert not case.is_complete(answers, signatures), broken.__name__

    never()


def let_through(broken: Break) -> bool:
    """Whether some form that is broken so is taken for complete."""
    found = []

    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(data=st.data())
    def look(data: st.DataObject) -> None:
        case = data.draw(st.sampled_from(list(CASES.values())))
        answers, signatures = broken(case, data.draw)
        found.append(case.is_complete(answers, signatures))

    look()
    return any(found)


def test_these_tests_see_a_core_that_lets_something_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nothing_wrong(*whatever: object) -> list[object]:
        return []

    assert not any(let_through(each) for each in BREAKS)
    with monkeypatch.context() as planted:
        planted.setattr(forms, "problems", nothing_wrong)
        for each in (unanswered, in_progress, mistyped, answers_nobody_asked_for):
            assert let_through(each), each.__name__
    with monkeypatch.context() as planted:
        planted.setattr(forms, "_is_well_signed", lambda *whatever: True)
        for each in (badly_signed, changed_after_signing):
            assert let_through(each), each.__name__


def test_every_type_of_question_can_be_mistyped() -> None:
    asked = {
        field.type
        for case in CASES.values()
        for section in case.form.sections
        for field in section.fields
    }
    assert asked <= set(WRONG) and len(asked) >= 12 and len(CASES) >= 30
