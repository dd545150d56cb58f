"""The name under a signature: the account's own, or the patient's as the form has it."""

from __future__ import annotations

from typing import Any

import pytest

from etasu.programs import library
from etasu.registry.accounts.models import User
from etasu.registry.accounts.profile import change_profile, profile_of
from etasu.registry.audit.actors import Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.submissions import signing, signing_names
from etasu.registry.submissions.actions import NotSignable, Refusal, sign_draft
from etasu.registry.submissions.facts import (
    definition_of,
    named_patient,
    refusal_of_name,
    verify_so_far,
)
from etasu.registry.submissions.models import Draft, Signature
from etasu.safe_use.person_names import PersonName
from tests.factories.teaching import AT
from tests.registry.drafting import actor, every_program, filled, shown, sitting, tampering

pytestmark = pytest.mark.django_db
LEMTRADA, ENROLLMENT, ORDER = "lemtrada", "patient-enrollment", "prescription-order"
AMARA, CLERK = actor("prescriber", "amara"), Actor("user-administrator", "administrator")


@pytest.fixture(autouse=True)
def all_programs(teaching_program: None) -> None:
    """All programs that come with the platform."""
    library.use(every_program())


def why(draft: Draft, name: str, here: Any, by: Actor = AMARA, **more: str) -> Refusal | None:
    """Why the name cannot stand there; None when it was signed."""
    role = "patient" if here.method in ("in_person", "paper") else by.role
    try:
        sign_draft(shown(draft, role, name)._replace(**more), here, by=by, at=AT)
    except NotSignable as refused:
        assert not Signature.objects.exists()
        return refused.reason
    return None


def test_an_account_signs_under_its_own_name_and_no_other() -> None:
    draft, here = filled(LEMTRADA, ORDER), sitting()
    for name in ("Dr. Vera Novak", "sam example", "Sam"):
        assert why(draft, name, here) is Refusal.NOT_YOUR_NAME
    own = User.objects.get(number="amara")
    User.objects.filter(pk=own.pk).update(is_active=False)
    assert why(draft, "Sam Example", here) is Refusal.NOT_YOUR_NAME
    User.objects.filter(pk=own.pk).update(is_active=True)
    changed = profile_of(own)._replace(full_name="Samantha Example")
    change_profile(own, changed, by=AMARA, at=AT)
    assert AuditEntry.objects.filter(verb="person.profile_changed").count() == 1
    assert why(draft, "Sam Example", here) is Refusal.NOT_YOUR_NAME
    assert why(draft, " Samantha Example ", here) is None


def test_nobody_signs_without_an_account_by_an_account() -> None:
    draft = filled(LEMTRADA, ORDER)
    assert why(draft, "Sam Example", sitting(), actor("prescriber", "nobody")) is (
        Refusal.NOT_YOUR_NAME
    )


def test_a_patient_signs_under_the_name_of_the_form() -> None:
    draft, here = filled(LEMTRADA, ENROLLMENT), sitting(method="in_person")
    assert named_patient(draft) == PersonName("Mara", "Example")
    for name in ("Pat Parent", "Example", "M. Example"):
        assert why(draft, name, here) is Refusal.NOT_THE_PATIENT
        assert refusal_of_name(draft, name, "") is Refusal.NOT_THE_PATIENT
    for name in ("Mara Example", "EXAMPLE, mára ann"):
        assert why(draft, name, here, relationship="parent") is Refusal.PATIENTS_OWN_NAME
    assert why(draft, "Example, Mara Ann", here) is None
    assert Signature.objects.get().printed_name == "Example, Mara Ann"


def test_a_representative_signs_under_their_own_name() -> None:
    draft, here = filled(LEMTRADA, ENROLLMENT), sitting(method="in_person")
    assert why(draft, "Pat Example", here, relationship="parent") is None


def test_a_name_on_paper_that_is_not_the_patients_is_read_twice() -> None:
    draft = filled(LEMTRADA, ENROLLMENT)
    here = sitting(method="paper", participant_id=None, signed_on=AT.date())
    assert why(draft, "Illegible Scrawl", here, CLERK) is Refusal.NAME_TO_COMPARE
    own = why(draft, "Mara Example", here, CLERK, relationship="parent")
    assert own is Refusal.NAME_TO_COMPARE
    again = here._replace(names_compared=("patient",))
    assert why(draft, "Illegible Scrawl", again, CLERK) is None
    assert AuditEntry.objects.get(verb="draft.signed").detail["name"] == "read twice"


def test_a_form_that_does_not_ask_for_the_name_is_signed_by_nobody_unknown() -> None:
    draft = filled("isotretinoin", "comprehension-questions")
    definition = definition_of(draft)[1]
    sitting()
    by_link = signing_names.Printed("patient", "Mara Example", "", "link", "link 1")
    assert signing_names.why_not(by_link, definition, {}) is Refusal.NOT_THE_PATIENT
    by_account = by_link._replace(method="passkey", signed_by="mara")
    assert signing_names.why_not(by_account, definition, {}) is None
    whole = {"patient_name": "Lindqvist, Mara"}
    found = next(iter(definition.sections)).fields[0]
    assert found.known_as is None and signing_names.named_on(definition, whole) is None


def test_whoever_signs_next_sees_what_no_longer_holds() -> None:
    draft = filled(LEMTRADA, ENROLLMENT)
    assert why(draft, "Mara Example", sitting(method="in_person")) is None
    assert [each.is_valid for each in verify_so_far(draft)] == [True]
    with tampering("submissions_signature") as cursor:
        cursor.execute("UPDATE submissions_signature SET printed_name = 'Pat Parent'")
    [verdict] = verify_so_far(draft)
    assert not verdict.is_valid and "name" in verdict.why


def test_without_the_comparison_a_stranger_would_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault planted: the one call that compares is left out."""
    monkeypatch.setattr(signing, "why_not", lambda *known: None)
    draft = filled(LEMTRADA, ENROLLMENT)
    assert why(draft, "Pat Parent", sitting(method="in_person")) is None
