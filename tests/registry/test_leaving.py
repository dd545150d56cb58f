"""A patient leaves: treatment ends, consent is withdrawn, or another prescriber takes over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.authorizations.models import Authorization
from etasu.registry.authorizations.requests import BadRequest
from etasu.registry.authorizations.transfers import transfer_accepted
from etasu.registry.notices.models import Notice
from etasu.registry.participants.actions import suspend_participant
from etasu.registry.patients.facts import holds_of
from etasu.registry.patients.models import Patient, Transfer
from etasu.registry.patients.transfers import (
    NotCertified,
    TransferClosed,
    decline_transfer,
    offer_transfer,
    open_transfers,
    transfers_offered_to,
)
from etasu.registry.reactions import forms_signed
from etasu.registry.submissions.actions import Beginning, Sitting, ToSign, begin_draft, save_answers
from etasu.registry.submissions.facts import definition_of, draft_text
from etasu.registry.submissions.models import SignedForm
from etasu.safe_use.form_text import hash_of
from etasu.safe_use.leaving import Leaving, LeavingEffect, leaving_by
from tests.factories.answers import right_answers
from tests.portals.world import NOW as AT
from tests.portals.world import PROGRAM, Cast, ask_gate, authorize_course, cast_again
from tests.registry.drafting import every_program, give_accounts

TODAY = AT.date()
DOCTOR, CLERK = Actor("user-doctor", "prescriber"), Actor("user-clerk", "administrator")


@pytest.fixture(autouse=True)
def programs(teaching_program: None) -> Iterator[None]:
    """Every program that comes with the platform."""
    library.use(every_program())
    yield
    library.use(None)


@pytest.fixture
def cast(db: None) -> Cast:
    """Dr. Amara, Dr. Beck, and their patients."""
    return cast_again(AT)


def told(cast: Cast, reason: str, **more: str) -> SignedForm:
    """Dr. Amara signs that Mara leaves."""
    mara = cast.mara
    about = Beginning(
        PROGRAM, "patient-discontinuation", "patient", mara.pk, mara.number, cast.amara.pk
    )
    draft = begin_draft(about, by=DOCTOR, at=AT, on=TODAY)
    definition = definition_of(draft)[1]
    more |= {"reason": reason, "effective-on": TODAY.isoformat()}
    answers = {"attempts": "Called three times.", **more}
    answers |= {k: v for k, v in right_answers(definition, TODAY).items() if k not in answers}
    save_answers(draft, answers, seen_revision=draft.revision, by=DOCTOR, at=AT)
    sign = ToSign(draft.number, "prescriber", hash_of(draft_text(draft)), "Dr. Amara")
    give_accounts(DOCTOR.number, name="Dr. Amara")
    here = Sitting("password", "UTC", confirmed_at=AT, participant_id=cast.amara.pk)
    (signed,) = forms_signed([sign], here, by=DOCTOR, at=AT)
    assert signed.form is not None
    return signed.form


def outcome(cast: Cast, who: str, gate: str) -> Any:
    """What a gate answers about Mara."""
    return ask_gate(cast, who, gate, cast.mara).said["outcome"]


def test_only_the_answer_of_its_own_form_says_somebody_leaves() -> None:
    left = Leaving(
        code="died", source="test", form="leaving", question="why", answer="died", on="day",
        effect=LeavingEffect.END,
    )  # fmt: skip
    assert leaving_by([left], "leaving", {"why": "died"}) is left
    assert leaving_by([left], "other", {"why": "died"}) is None
    assert leaving_by([left], "leaving", {"why": "moved"}) is None
    assert leaving_by([], "leaving", {"why": "died"}) is None


@pytest.mark.parametrize("reason", ["treatment ended", "lost to follow-up"])
def test_treatment_that_ended_waits_and_monitoring_goes_on(cast: Cast, reason: str) -> None:
    authorize_course(cast)
    assert outcome(cast, "ben", "infuse") == "authorized"
    form = told(cast, reason)
    mara = Patient.objects.get(pk=cast.mara.pk)
    # Enrolled all the same: tests and status forms are due until the horizon is reached.
    assert mara.ended_on is None
    (hold,) = holds_of(mara)
    assert hold.code == reason.replace(" ", "-") and form.number in hold.reason
    assert not Authorization.objects.filter(unit="infusion_day", state="live").exists()
    assert outcome(cast, "ben", "infuse") == "not_authorized"


@pytest.mark.parametrize("reason", ["withdrew consent", "died"])
def test_an_enrollment_ends_with_everything_that_was_open(cast: Cast, reason: str) -> None:
    authorize_course(cast)
    told(cast, reason)
    mara = Patient.objects.get(pk=cast.mara.pk)
    assert mara.ended_on == TODAY and reason in (mara.end_reason or "")
    assert not Authorization.objects.filter(patient=mara, state="live").exists()


def test_a_transfer_changes_nothing_until_the_next_prescriber_accepts(cast: Cast) -> None:
    authorize_course(cast)
    told(cast, "transferred", **{"new-prescriber": "Dr. Beck"})
    (transfer,) = open_transfers(PROGRAM)
    assert (transfer.former, transfer.offered_to) == (cast.amara, None)
    assert outcome(cast, "ben", "infuse") == "authorized"
    with pytest.raises(TransferClosed):
        transfer_accepted(transfer, on=TODAY, by=DOCTOR, at=AT)
    with pytest.raises(NotCertified):
        offer_transfer(transfer, cast.riverside, on=TODAY, by=CLERK, at=AT)
    offer_transfer(transfer, cast.beck, on=TODAY, by=CLERK, at=AT)
    asked = Notice.objects.get(event="transfer_offered")
    assert asked.recipient.email == "beck@example.org" and cast.mara.number not in str(asked.facts)
    assert list(transfers_offered_to(cast.beck.pk)) == [transfer]
    assert list(transfers_offered_to(None)) == []
    patient = transfer_accepted(transfer, on=TODAY, by=DOCTOR, at=AT)
    assert patient.prescriber == cast.beck
    # The day is asked for again; the course stays, and is now asked about with Dr. Beck.
    states = dict(Authorization.objects.filter(patient=patient).values_list("unit", "state"))
    assert states == {"course": "live", "infusion_day": "reversed"}
    assert outcome(cast, "ben", "infuse") == "authorized"
    with pytest.raises(BadRequest):
        ask_gate(cast, "amara", "prescribe", cast.mara)
    assert ask_gate(cast, "beck", "prescribe", cast.mara).said["outcome"] == "authorized"
    with pytest.raises(TransferClosed):
        transfer_accepted(transfer, on=TODAY, by=DOCTOR, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Transfer.objects.filter(pk=transfer.pk).update(outcome="declined")


def test_nobody_is_lost_when_a_prescriber_declines_or_may_not(cast: Cast) -> None:
    told(cast, "transferred", **{"new-prescriber": "Dr. Beck"})
    (transfer,) = open_transfers(PROGRAM)
    offer_transfer(transfer, cast.beck, on=TODAY, by=CLERK, at=AT)
    again = decline_transfer(transfer, reason="no room", by=DOCTOR, at=AT)
    assert list(open_transfers(PROGRAM)) == [again]
    assert Patient.objects.get(pk=cast.mara.pk).prescriber == cast.amara
    offer_transfer(again, cast.beck, on=TODAY, by=CLERK, at=AT)
    since = TODAY - timedelta(days=1)
    suspend_participant(cast.beck, since=since, until=None, reason="test", by=PLATFORM, at=AT)
    with pytest.raises(NotCertified):
        transfer_accepted(again, on=TODAY, by=DOCTOR, at=AT)
