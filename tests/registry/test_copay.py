"""Help with costs: by what is on record, at once, and never in the way of the drug."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.patient_support.actions import (
    NotAllowed,
    NothingToPay,
    claim_copay,
    enroll_in_copay,
    leave_copay,
)
from etasu.registry.patient_support.facts import (
    Benefit,
    NotOffered,
    benefits_of,
    claims_of,
    enrollment_of,
)
from etasu.registry.patient_support.models import CopayClaim, CopayEnrollment
from etasu.registry.patients.models import Patient
from etasu.registry.reactions import infusion_struck
from etasu.registry.submissions.actions import revoke_consent
from etasu.registry.submissions.consents import Given, give_consent
from etasu.registry.submissions.models import Consent
from etasu.registry.treatment.models import Infusion
from etasu.safe_use.copay import Claim, Cost, Coverage, Reason
from tests.registry import labs
from tests.registry.labs import AT

pytestmark = pytest.mark.django_db
MARA = Actor("mara", "patient")
ON = AT.date()
INSURED = Coverage(True, False, "NY")


@pytest.fixture
def mara(teaching_program: None) -> Iterator[Patient]:
    """Mara, who had an infusion today."""
    labs.use_lemtrada()
    found = labs.patient()
    infused(found, ON)
    yield found


def infused(patient: Patient, on: date) -> Infusion:
    return Infusion.objects.create(
        patient=patient, course=1, given_on=on, recorded_at=AT, recorded_by="n"
    )


def allowed(patient: Patient) -> Consent:
    given = Given(
        labs.PROGRAM, "copay-support", "patient", patient.pk, patient.number, "Mara Vale", "link"
    )
    return give_consent(given, on=ON, by=MARA, at=AT)


def claim(patient: Patient, cost: Cost, cents: int, on: date = ON, **later: Any) -> CopayClaim:
    return claim_copay(patient, Claim(cost, on, cents), by=MARA, at=AT + timedelta(**later))


def outcome(made: CopayClaim) -> tuple[int, list[str]]:
    made.refresh_from_db()
    return made.granted_cents, made.reasons


def test_in_minnesota_the_drug_is_granted_and_the_infusion_refused(mara: Patient) -> None:
    allowed(mara)
    enroll_in_copay(mara, INSURED._replace(state="MN"), by=MARA, at=AT)
    assert outcome(claim(mara, Cost.DRUG, 250_000)) == (250_000, [])
    assert outcome(claim(mara, Cost.INFUSION, 9_000)) == (0, [Reason.STATE_WITHOUT_HELP])
    assert benefits_of(mara) == [Benefit(Cost.DRUG, 250_000, 1), Benefit(Cost.INFUSION, 0, 0)]
    verbs = AuditEntry.objects.filter(subject=mara.number).values_list("verb", flat=True)
    assert sorted(each for each in verbs if each.startswith("copay")) == [
        *("copay.claimed", "copay.claimed", "copay.enrolled")
    ]


def test_without_the_consent_nothing_begins_and_once_revoked_nothing_goes_on(
    mara: Patient,
) -> None:
    with pytest.raises(NotAllowed):
        enroll_in_copay(mara, INSURED, by=MARA, at=AT)
    assert enrollment_of(mara) is None
    given = allowed(mara)
    enroll_in_copay(mara, INSURED, by=MARA, at=AT)
    revoke_consent(given, how="link", by=MARA, at=AT)
    refused = claim(mara, Cost.DRUG, 100, seconds=1)
    assert outcome(refused) == (0, [Reason.NO_CONSENT])
    allowed(mara)
    assert outcome(claim(mara, Cost.DRUG, 100, seconds=2)) == (100, [])


def test_a_claim_counts_what_was_said_for_its_day(mara: Patient) -> None:
    """Who moves, or is insured otherwise, is helped by each day's own words."""
    allowed(mara)
    first = enroll_in_copay(mara, INSURED, by=MARA, at=AT)
    assert enroll_in_copay(mara, INSURED, by=MARA, at=AT) == first
    later = AT + timedelta(days=10)
    infused(mara, later.date())
    covered = Coverage(True, True, "NY")
    enroll_in_copay(mara, covered, by=MARA, at=later)
    assert outcome(claim(mara, Cost.DRUG, 100, days=11)) == (100, [])
    refused = claim(mara, Cost.DRUG, 100, later.date(), days=11)
    assert outcome(refused) == (0, [Reason.GOVERNMENT_COVERAGE])
    before = claim(mara, Cost.DRUG, 100, ON - timedelta(days=1), days=11)
    expected = [Reason.BEFORE_ENROLLMENT, Reason.GOVERNMENT_COVERAGE, Reason.NO_INFUSION]
    assert outcome(before) == (0, expected)
    leave_copay(mara, by=MARA, at=later)
    leave_copay(mara, by=MARA, at=later)
    infused(mara, later.date() + timedelta(days=1))
    over = claim(mara, Cost.DRUG, 100, later.date() + timedelta(days=1), days=12)
    assert outcome(over) == (0, [Reason.NOT_ENROLLED]) and over.enrollment is None


def test_a_day_is_granted_once_and_taken_back_with_its_infusion(mara: Patient) -> None:
    allowed(mara)
    enroll_in_copay(mara, INSURED, by=MARA, at=AT)
    granted = claim(mara, Cost.INFUSION, 12_000)
    assert outcome(granted) == (10_000, [Reason.OVER_THE_MOST])
    assert outcome(claim(mara, Cost.INFUSION, 500)) == (0, [Reason.CLAIMED_ALREADY])
    infusion_struck(Infusion.objects.get(), reason="another patient", by=MARA, at=AT)
    granted.refresh_from_db()
    assert granted.taken_back_reason == "another patient"
    assert benefits_of(mara)[1] == Benefit(Cost.INFUSION, 0, 0)
    assert outcome(claim(mara, Cost.INFUSION, 500)) == (0, [Reason.NO_INFUSION])
    infused(mara, ON)
    assert outcome(claim(mara, Cost.INFUSION, 500)) == (500, [])
    assert claims_of(mara).count() == 4


def test_a_grant_goes_with_its_infusion_on_a_merged_record(mara: Patient) -> None:
    other, day = labs.patient("Mara V.", "MRN-1002"), ON + timedelta(days=1)
    given = infused(other, day)
    Patient.objects.filter(pk=other.pk).update(merged_into=mara, merged_at=AT, merged_by="a")
    allowed(mara)
    enroll_in_copay(mara, INSURED, by=MARA, at=AT)
    granted = claim(mara, Cost.INFUSION, 10_000, day, days=1)
    assert outcome(granted) == (10_000, [])
    merged = Infusion.objects.get(pk=given.pk)
    infusion_struck(merged, reason="not given", by=MARA, at=AT + timedelta(days=1))
    granted.refresh_from_db()
    assert granted.taken_back_reason == "not given"


def test_what_makes_no_sense_is_not_kept(mara: Patient) -> None:
    allowed(mara)
    with pytest.raises(NothingToPay):
        claim(mara, Cost.DRUG, 0)
    Patient.objects.filter(pk=mara.pk).update(program="teaching")
    mara.refresh_from_db()
    with pytest.raises(NotOffered):
        enroll_in_copay(mara, INSURED, by=MARA, at=AT)
    assert not CopayClaim.objects.exists() and not CopayEnrollment.objects.exists()


def test_what_was_claimed_and_granted_cannot_be_changed(mara: Patient) -> None:
    allowed(mara)
    enroll_in_copay(mara, INSURED, by=MARA, at=AT)
    claim(mara, Cost.DRUG, 100)
    rows = (
        (CopayClaim.objects.get(), {"granted_cents": 99, "reasons": ["over-the-most"]}),
        (CopayEnrollment.objects.get(), {"state": "MA"}),
    )
    for row, changed in rows:
        of_model = type(row).objects.filter(pk=row.pk)
        with pytest.raises(DatabaseError, match="keeps what was recorded"), transaction.atomic():
            of_model.update(**changed)
        with pytest.raises(DatabaseError), transaction.atomic():
            of_model.delete()
    assert CopayClaim.objects.get().granted_cents == 100
