"""A panel of which the parts are in two records of one person is done, as long as they are one."""

from __future__ import annotations

import pytest

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.authorizations.records import (
    compare_records,
    records_merged,
    records_unmerged,
)
from etasu.registry.monitoring.models import Result, Watch
from etasu.registry.monitoring.watches import look_again
from etasu.registry.patients.models import DuplicateReview, Patient
from etasu.safe_use.lab_reports import ItemStatus
from tests.registry import labs
from tests.registry.labs import BLOOD_COUNT, item, items, message, receive

pytestmark = pytest.mark.django_db
PANEL = "cbc-with-differential"
ONE, OTHER = dict(list(BLOOD_COUNT.items())[:3]), dict(list(BLOOD_COUNT.items())[3:])


@pytest.fixture
def twin(mara: Patient) -> Patient:
    """The record that is merged into Mara's."""
    return labs.patient("Mara Vale", "MRN-2", prescriber=mara.prescriber)


def send(values: dict[str, str], mrn: str = labs.MRN, number: str = "") -> None:
    receive(message(*items(values), patient=labs.about(mrn), number=number))


def merge(mara: Patient, twin: Patient) -> DuplicateReview:
    review = compare_records(mara, twin, by=PLATFORM, at=labs.AT)
    assert review is not None
    records_merged(review, mara, reason="One person.", by=PLATFORM, at=labs.AT)
    return review


def unmerge(review: DuplicateReview) -> None:
    records_unmerged(review, reason="Two people.", by=PLATFORM, at=labs.AT)


def standing() -> list[Result]:
    return list(Result.objects.filter(test=PANEL, replaced_at__isnull=True))


def rests_on(panel: Result) -> set[int]:
    """The records its parts are in."""
    parts = Result.objects.filter(pk__in=panel.derived_from or (), replaced_at__isnull=True)
    assert {each.test for each in parts} == set(BLOOD_COUNT)
    return {each.patient_id for each in parts}


def test_two_halves_make_the_panel_when_their_records_are_merged(
    mara: Patient, twin: Patient
) -> None:
    before = mara.revision
    send(ONE)
    send(OTHER, "MRN-2")
    assert not standing()
    review = merge(mara, twin)
    [panel] = standing()
    assert panel.patient == mara and rests_on(panel) == {mara.pk, twin.pk}
    mara.refresh_from_db()
    assert mara.revision > before + 1
    unmerge(review)
    assert not standing()
    panel.refresh_from_db()
    assert panel.replaced_by == PLATFORM.number


def test_what_was_done_in_two_halves_is_not_overdue(mara: Patient, twin: Patient) -> None:
    labs.treat(mara, labs.COLLECTED.replace(month=1))

    def is_owed() -> bool:
        while any(look_again(labs.AT.date())):
            pass
        due = Watch.objects.get(patient=mara, code="monthly-cbc").open_due_on
        return due is not None and due <= labs.COLLECTED

    send(ONE)
    send(OTHER, "MRN-2")
    assert is_owed()
    review = merge(mara, twin)
    assert not is_owed()
    unmerge(review)
    assert is_owed()


@pytest.mark.parametrize("mrn", [labs.MRN, "MRN-2"])
def test_a_part_that_comes_late_completes_what_either_record_has(
    mara: Patient, twin: Patient, mrn: str
) -> None:
    send(ONE, "MRN-2")
    merge(mara, twin)
    send(OTHER, mrn)
    [panel] = standing()
    assert panel.patient == mara and rests_on(panel) == {mara.pk, twin.pk}


def test_a_corrected_part_of_a_merged_record_leaves_the_panel_done(
    mara: Patient, twin: Patient
) -> None:
    send(BLOOD_COUNT, "MRN-2", number="R1")
    review = merge(mara, twin)
    assert len(standing()) == 1
    put = item("platelets", "199", status=ItemStatus.CORRECTED)
    receive(message(put, patient=labs.about("MRN-2"), number="R1"))
    [panel] = standing()
    assert rests_on(panel) == {mara.pk, twin.pk}
    unmerge(review)
    assert not standing()


def test_a_corrected_part_takes_with_it_the_panel_of_both(mara: Patient, twin: Patient) -> None:
    send(ONE)
    send(OTHER, "MRN-2", number="R2")
    merge(mara, twin)
    gone = item(next(iter(OTHER)), "", status=ItemStatus.CANCELED)
    receive(message(gone, patient=labs.about("MRN-2"), number="R2"))
    assert not standing()


def test_what_one_of_them_has_alone_stands_after_they_are_two_again(
    mara: Patient, twin: Patient
) -> None:
    send(ONE)
    send(OTHER, "MRN-2")
    review = merge(mara, twin)
    send(OTHER)
    [both] = standing()
    assert rests_on(both) == {mara.pk, twin.pk}
    unmerge(review)
    [own] = standing()
    assert own != both and own.patient == mara and rests_on(own) == {mara.pk}


def test_halves_of_two_days_make_nothing(mara: Patient, twin: Patient) -> None:
    send(ONE)
    other = [
        item(test, value, collected_on=labs.COLLECTED.replace(month=5))
        for test, value in OTHER.items()
    ]
    receive(message(*other, patient=labs.about("MRN-2")))
    merge(mara, twin)
    assert not standing()
