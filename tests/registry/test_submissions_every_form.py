"""Every form of every program: only what is complete and well signed meets a requirement."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from operator import attrgetter
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from etasu.programs import library
from etasu.registry.submissions import signing
from etasu.registry.submissions.actions import (
    NotComplete,
    NotSignable,
    abandon_draft,
    finish_draft,
    save_answers,
    sign_draft,
)
from etasu.registry.submissions.facts import (
    definition_of,
    form_records_of_any,
    forms_about,
    is_signed,
)
from etasu.registry.submissions.models import Draft, DraftAnswer, SignedForm
from etasu.safe_use.facts import Facts, read_facts
from etasu.safe_use.findings import Outcome
from etasu.safe_use.form_checks import Wrong
from etasu.safe_use.forms import problems, shown_fields
from etasu.safe_use.program import FieldType, FormDefinition, ProgramVersion, StepKind
from etasu.safe_use.requirement_base import Requirement
from tests.factories.answers import right_answers
from tests.registry.drafting import (
    PATIENT,
    actor,
    begun,
    every_program,
    filled,
    said,
    shown,
    sign_all,
    sign_as,
    sitting,
    tampering,
)

pytestmark = pytest.mark.django_db
COURSE, LONG_AGO = 1, timedelta(days=400)
FREE = {FieldType.TEXT, FieldType.LONG_TEXT}


class Case(NamedTuple):
    """One form of one version of one program."""

    program: str
    version: ProgramVersion
    form: FormDefinition

    @property
    def at(self) -> datetime:
        """Noon in New York, a year into the version, or on its last day where it was short."""
        return datetime.combine(self.version.effective_on, time(17), UTC)

    @property
    def kind(self) -> str:
        """What the form is about."""
        steps = [step for party in self.version.parties.values() for step in party.steps]
        own = self.form.code in {step.form for step in steps if step.kind is StepKind.SIGN}
        return "participant" if own else "patient"

    def draft(self, subject_id: int = PATIENT, answers: bool = True) -> Draft:
        """A draft of the form, filled in right unless nothing is filled in."""
        begin = filled if answers else begun
        return begin(
            self.program,
            self.form.code,
            self.at,
            subject_kind=self.kind,
            subject_id=subject_id,
            course=COURSE,
        )


CASES = [
    Case(code, version, form)
    for code, loaded in sorted(every_program().programs.items())
    for version in loaded.versions
    for form in version.forms.values()
]
NAME_OF = attrgetter("program", "version.label", "form.code")
NAMES = ["-".join(NAME_OF(case)) for case in CASES]


@pytest.fixture(autouse=True)
def all_programs(teaching_program: None) -> None:
    """All programs that come with the platform."""
    library.use(every_program())


def met(case: Case) -> list[str]:
    """What the form about the subject changes now: requirements, overrides, and the signing step.

    A requirement counts as met by the form when it is met with the forms on record, and would not
    be without any.
    """
    if case.kind == "participant":
        return ["step"] if is_signed("participant", PATIENT, case.form.code) else []
    forms = form_records_of_any([PATIENT], [case.form.code], case.at.date())
    found = []
    for course in (COURSE, COURSE + 1):
        with_them, without = facts_of(case, course, forms), facts_of(case, course, [])
        found += [
            f"{each.code} of course {course}"
            for each in readers(case)
            if stands(each, case, with_them) and not stands(each, case, without)
        ]
    return found


def readers(case: Case) -> list[Requirement]:
    """The requirements of the version that read the form, or are overridden by it."""
    asked = [each for gate in case.version.gates.values() for each in gate.requirements]
    return [each for each in asked if case.form.code in forms_read(each)]


def forms_read(requirement: Requirement) -> set[str]:
    """The forms a requirement looks at."""
    own = {requirement.form} if hasattr(requirement, "form") else set()
    by = {requirement.override.form} if requirement.override else set()
    return own | by | set(getattr(requirement, "also", ()))


def stands(requirement: Requirement, case: Case, facts: Facts) -> bool:
    """Whether the requirement is met, or overridden by the form."""
    override = requirement.override
    if override is not None and override.form == case.form.code:
        return override.until(facts) is not None
    return requirement.check(facts).outcome is Outcome.MET


def facts_of(case: Case, course: int, forms: list[dict[str, Any]]) -> Facts:
    """The patient as any gate would see them, infused so long ago that everything is due."""
    on = case.at.date()
    given = [{"course": COURSE, "given_on": (on - LONG_AGO).isoformat()}]
    record = {
        "on": on.isoformat(),
        "course": course,
        "patient": {"id": "PATIENT-42"},
        "forms": forms,
        "infusions": given,
    }
    return read_facts(record)


def sign_what_can_be(draft: Draft, case: Case) -> None:
    """Everybody tries to sign in order, and to finish it."""
    for signer in case.form.signers:
        with suppress(NotSignable), transaction.atomic():
            sign_as(draft, signer.role, case.at)
    with suppress(NotComplete, ValueError), transaction.atomic():
        finish_draft(draft, by=actor("administrator"), at=case.at)


def spoil(draft: Draft, key: str, value: str, case: Case) -> None:
    """One answer of the draft becomes another one, the way somebody types it."""
    sent = {key: value}
    revision = Draft.objects.get(pk=draft.pk).revision
    save_answers(draft, sent, seen_revision=revision, by=actor("delegate"), at=case.at)


def needed_keys(case: Case, draft: Draft) -> list[str]:
    """The answers the form is not complete without."""
    return [each.key for each in shown_fields(case.form, said(draft)) if each.is_needed]


def nothing_answered(case: Case) -> None:
    sign_what_can_be(case.draft(answers=False), case)


def an_answer_dropped(case: Case) -> None:
    draft = case.draft()
    spoil(draft, needed_keys(case, draft)[-1], "", case)
    sign_what_can_be(draft, case)


def an_answer_of_the_wrong_type(case: Case) -> None:
    draft = case.draft()
    asked = shown_fields(case.form, said(draft))
    typed = [each.key for each in asked if each.field.type not in FREE]
    if not typed:  # a form of free text alone
        spoil(draft, asked[0].key, "a\u202eb", case)
    for key in typed[-1:]:
        spoil(draft, key, "what nobody can mean \u202e", case)
    sign_what_can_be(draft, case)


def nobody_signed(case: Case) -> None:
    case.draft()


def a_signature_missing(case: Case) -> None:
    draft = case.draft()
    for signer in case.form.signers[:-1]:
        sign_as(draft, signer.role, case.at)
    with suppress(NotComplete), transaction.atomic():
        finish_draft(draft, by=actor("administrator"), at=case.at)


def signed_in_the_wrong_role(case: Case) -> None:
    draft = case.draft()
    for role in ("delegate", "auditor", "lab_analyst"):
        for wanted in (role, *(each.role for each in case.form.signers)):
            with suppress(NotSignable), transaction.atomic():
                here = sitting(case.at)
                sign_draft(shown(draft, wanted), here, by=actor(role), at=case.at)


def signed_in_the_wrong_order(case: Case) -> None:
    draft = case.draft()
    for signer in case.form.signers[:0:-1]:
        with suppress(NotSignable), transaction.atomic():
            here = sitting(case.at)
            sign_draft(shown(draft, signer.role), here, by=actor(signer.role), at=case.at)


def signed_for_another_party(case: Case) -> None:
    draft = case.draft()
    for signer in case.form.signers:
        with suppress(NotSignable), transaction.atomic():
            here = sitting(case.at, participant_id=999)
            sign_draft(shown(draft, signer.role), here, by=actor(signer.role), at=case.at)


def a_byte_changed_before_the_last_signature(case: Case) -> None:
    draft = case.draft()
    for signer in case.form.signers[:-1]:
        sign_as(draft, signer.role, case.at)
    last = case.form.signers[-1]
    to_sign = shown(draft, last.role)
    text = [q.key for q in shown_fields(case.form, said(draft)) if q.field.type in FREE]
    key = text[0] if text else needed_keys(case, draft)[0]
    with tampering("submissions_draft_answer"):
        row = DraftAnswer.objects.filter(draft=draft, field=key).latest("revision")
        DraftAnswer.objects.filter(pk=row.pk).update(value=row.value + "x")
    with suppress(NotSignable, NotComplete), transaction.atomic():
        sign_draft(to_sign, sitting(case.at), by=actor(last.role), at=case.at)


def abandoned(case: Case) -> None:
    draft = case.draft()
    abandon_draft(draft, reason="not needed", by=actor("delegate"), at=case.at)
    sign_what_can_be(draft, case)


def about_somebody_else(case: Case) -> None:
    draft = case.draft(subject_id=PATIENT + 1)
    if case.kind == "participant":
        draft.refresh_from_db()
    sign_all(draft, case.at)
    assert SignedForm.objects.count() == 1


SPOILED: list[Callable[[Case], None]] = [
    nothing_answered,
    an_answer_dropped,
    an_answer_of_the_wrong_type,
    nobody_signed,
    a_signature_missing,
    signed_in_the_wrong_role,
    signed_in_the_wrong_order,
    signed_for_another_party,
    a_byte_changed_before_the_last_signature,
    abandoned,
    about_somebody_else,
]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_only_a_form_filled_in_and_signed_by_everybody_counts(case: Case) -> None:
    for spoiled in SPOILED:
        with transaction.atomic():
            spoiled(case)
            assert met(case) == [], spoiled.__name__
            assert not forms_about(case.kind, PATIENT).exists(), spoiled.__name__
            transaction.set_rollback(True)
    form = sign_all(case.draft(), case.at).form
    assert form is not None and form.answers == right_answers(case.form, case.at.date())
    if case.kind == "participant":
        assert met(case) == ["step"]


def test_the_forms_the_gates_ask_for_do_meet_them() -> None:
    asked, found = set(), set()
    for case in CASES:
        wanted = {each.code for each in readers(case)}
        asked |= {(*NAME_OF(case), code) for code in wanted}
        with transaction.atomic():
            sign_all(case.draft(), case.at)
            if case.kind == "patient":
                codes = {said.partition(" of course ")[0] for said in met(case)}
                found |= {(*NAME_OF(case), code) for code in codes}
            transaction.set_rollback(True)
    assert found == asked
    kinds = {type(each).__name__ for case in CASES for each in readers(case)}
    assert kinds == {"FormSigned", "FormKeptUp", "CourseClosed", "ValueWithin"}
    assert len({name[:3] for name in asked}) >= 9


def test_there_are_forms_of_one_and_of_several_signers() -> None:
    assert len(CASES) >= 30
    assert {len(case.form.signers) for case in CASES} >= {1, 2}
    assert {case.kind for case in CASES} == {"patient", "participant"}


def test_a_signature_nobody_checked_is_caught_by_the_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, "_check", lambda checked: None)
    caught = 0
    for case in CASES:
        for spoiled in (nothing_answered, an_answer_dropped, an_answer_of_the_wrong_type):
            with transaction.atomic():
                with suppress(NotComplete):
                    spoiled(case)
                assert met(case) == []
                caught += 1
                transaction.set_rollback(True)
    assert caught == 3 * len(CASES)


def test_the_tests_here_see_a_gate_that_takes_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, "_check", lambda checked: None)
    monkeypatch.setattr(signing, "is_complete", lambda *whatever: True)
    seen = {spoiled: 0 for spoiled in (nothing_answered, an_answer_dropped, a_signature_missing)}
    for case in CASES:
        for spoiled in seen:
            with transaction.atomic():
                spoiled(case)
                seen[spoiled] += forms_about(case.kind, PATIENT).exists()
                transaction.set_rollback(True)
    several = sum(len(case.form.signers) > 1 for case in CASES)
    assert list(seen.values()) == [len(CASES), len(CASES), several]


class AnyAnswers(TestCase):
    """Whatever answers are sent, a form with a problem is not signed, and one without is."""

    @settings(max_examples=60, deadline=None)
    @given(data=st.data())
    def test_a_form_is_signed_exactly_when_nothing_is_wrong_with_it(self, data) -> None:
        library.use(every_program())
        case = data.draw(st.sampled_from(CASES))
        draft = case.draft()
        keys = st.sampled_from(sorted(said(draft)))
        values = st.sampled_from(["", "yes", "no", "x", "0", "2030-01-01"]) | st.text(max_size=6)
        for key, value in data.draw(st.dictionaries(keys, values, max_size=4)).items():
            spoil(draft, key, value, case)
        wrong = problems(definition_of(draft)[1], said(draft), case.at.date())
        sign_what_can_be(draft, case)
        assert forms_about(case.kind, PATIENT).exists() == (not wrong)
        assert all(isinstance(each.code, Wrong) for each in wrong)
        if wrong:
            assert met(case) == []
