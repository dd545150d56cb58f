"""Signed forms of two prescribers and two sites, and the API keys of their systems."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from django.test import Client

from etasu.registry.accounts.models import ApiKey, User
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.origins import Source
from etasu.registry.participants.models import Participant
from etasu.registry.patients.models import Patient
from etasu.registry.submissions.actions import FormToSign, keep_signed_form, sign_draft
from etasu.registry.submissions.bulk import carry_over_forms
from etasu.registry.submissions.models import Draft, SignedForm
from tests.factories.teaching import AT, ON, World
from tests.interfaces.conftest import Reply
from tests.portals.world import Cast, add_person, cast_again
from tests.registry.drafting import actor, filled, shown, sitting

PROGRAM = "lemtrada"
PEOPLE = ("amara", "beck", "ben", "hana", "cora", "ada", "quinn", "rita", "dana", "tess")


class FormWorld(NamedTuple):
    """Who is there, and what was signed.

    `enrollment` is Mara's, signed by a parent and by Dr. Amara; `checklist` the one of her
    infusion at Riverside; `certifying` Dr. Amara's own; `others` is about Otto, whom Dr. Beck
    treats; `elsewhere` was signed about Mara with another administrator.
    """

    cast: Cast
    enrollment: SignedForm
    checklist: SignedForm
    certifying: SignedForm
    others: SignedForm
    elsewhere: SignedForm


def build_forms() -> FormWorld:
    """Everything in place on the cast's day."""
    cast = cast_again(AT)
    add_person(PROGRAM, "rita", "facility_representative", cast.riverside, AT)
    add_person(PROGRAM, "dana", "delegate", cast.amara, AT)
    add_person("teaching", "tess", "administrator", None, AT)
    for name in PEOPLE:
        user = User.objects.get(email=f"{name}@example.org")
        ApiKey.objects.create(
            user=user,
            name="test",
            key_hash=hashlib.sha256(name.encode()).digest(),
            created_at=AT,
            created_by=PLATFORM.number,
        )
    return FormWorld(
        cast,
        signed("patient-enrollment", cast.amara, cast.mara),
        signed("infusion-checklist", cast.riverside, cast.mara, course=1),
        signed("prescriber-enrollment", cast.amara, None),
        signed("patient-enrollment", cast.beck, cast.otto),
        carried_over(cast.mara),
    )


def signed(
    form: str, owner: Participant, patient: Patient | None, course: int | None = None
) -> SignedForm:
    """The form with every answer right, signed by everybody; a parent signs for the patient."""
    subject = patient or owner
    draft = filled(
        PROGRAM,
        form,
        subject_kind="patient" if patient else "participant",
        subject_id=subject.pk,
        subject_number=subject.number,
        owner_id=owner.pk,
        course=course,
    )
    last = [sign(draft, each, owner) for each in signers_of(draft)][-1]
    assert last is not None
    return last


def signers_of(draft: Draft) -> list[str]:
    """The roles that sign the form, in order."""
    from etasu.registry.submissions.facts import definition_of

    return [each.role for each in definition_of(draft)[1].signers]


def sign(draft: Draft, role: str, owner: Participant) -> SignedForm | None:
    """One signature: of a parent in person, of anybody else by password."""
    if role == "patient":
        here = sitting(method="in_person", participant_id=owner.pk)
        given = shown(draft, role, "Pia Lindqvist", "parent")
        return sign_draft(given, here, by=actor("prescriber"), at=AT).form
    here = sitting(participant_id=owner.pk)
    return sign_draft(shown(draft, role), here, by=actor(role), at=AT).form


def carried_over(patient: Patient) -> SignedForm:
    """A form signed with another administrator, whose answers are those it delivered."""
    form = FormToSign(
        program=PROGRAM,
        program_version="2024-03-04",
        form="patient-status",
        subject_kind="patient",
        subject_id=patient.pk,
        subject_number=patient.number,
        answers={"still-treated": True, "course": 1},
        gate_answers={},
        signer_name="Dr. Amara Example",
        meaning="",
        signed_on=ON,
    )
    source = Source("Former Administrator, Inc.", "letter of May 1")
    return carry_over_forms([form], source, by=PLATFORM, at=AT)[0]


def sign_on_one_page(world: World) -> SignedForm:
    """A form about Mara of the teaching program, filled in and signed on one page."""
    form = FormToSign(
        program=world.mara.program,
        program_version="2024-01-01",
        form="patient-enrollment",
        subject_kind="patient",
        subject_id=world.mara.pk,
        subject_number=world.mara.number,
        answers={"name": "Mara Example"},
        gate_answers={},
        signer_name="Dr. Amara Example",
        meaning="I have read the overview and agree.",
        signed_on=ON,
    )
    return keep_signed_form(form, by=actor("prescriber"), at=AT)


def ask(key: str | None, path: str, **headers: str) -> Reply:
    """A call with somebody's key, through everything the site puts around a page."""
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    got = Client(raise_request_exception=False).get(path, headers=headers)
    return Reply(got.status_code, dict(got.headers), got.content)
