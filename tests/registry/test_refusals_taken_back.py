"""A refusal that was a mistake has a way back, and nothing said since is passed over by it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q

from etasu.registry.accounts.access import LAB_ANALYST, PRESCRIBER
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.authorizations.records import (
    compare_records,
    records_merged,
    records_unmerged,
)
from etasu.registry.monitoring import quarantine, resolving
from etasu.registry.monitoring.by_hand import ByHand, enter_results
from etasu.registry.monitoring.lab_rows import ItemResolution, LabItemRow, LabMessageRow
from etasu.registry.monitoring.models import Result, SignalRow
from etasu.registry.monitoring.quarantine import conservation, waiting
from etasu.registry.monitoring.received import Kept
from etasu.registry.monitoring.standing import OF_ORDER
from etasu.registry.monitoring.taking_back import (
    is_refused,
    take_decision_back,
    take_refusal_back,
)
from etasu.registry.monitoring.trying import what_if
from etasu.registry.patients.models import Patient
from etasu.safe_use.lab_reports import LOCAL, Coding, ItemStatus
from tests.registry import labs
from tests.registry.labs import about, item, items, message, receive

pytestmark = pytest.mark.django_db
BY: dict[str, Any] = {"by": Actor("lena", LAB_ANALYST), "at": labs.AT}
NIA = Actor("nia", PRESCRIBER)
WITHDRAWN, CORRECTED = ItemStatus.WITHDRAWN, ItemStatus.CORRECTED
X = (Coding(LOCAL, "X-1"),)


def say(test: str = "alt", value: str | None = "20", number: str = "A1", **named: Any) -> None:
    """The laboratory says something under that number."""
    receive(message(item(test, value, **named), number=number))


def refuse() -> None:
    """Somebody refuses the only result that stands."""
    resolving.refuse_result(standing(), "Somebody else's tube.", **BY)


def standing() -> Result:
    """The only result that stands."""
    return Result.objects.get(replaced_at=None)


def take_up(place: int) -> dict[Kept, int]:
    """Somebody takes the refusal of the item back that came so far in the order."""
    return take_refusal_back(LabItemRow.objects.order_by("pk")[place], "It was hers.", **BY)


def all_accounted_for() -> None:
    """Every message's items are somewhere."""
    assert all(conservation(each).holds for each in LabMessageRow.objects.all())


def the_item(code: str) -> LabItemRow:
    """The only item of that test or code."""
    return LabItemRow.objects.get(Q(test=code) | Q(code=code))


def open_signals() -> list[str]:
    """The limits that results that stand have crossed."""
    found = SignalRow.objects.filter(result_replaced_at__isnull=True)
    return list(found.values_list("limit_code", flat=True))


def test_a_wrong_refusal_of_a_result_is_taken_back_with_a_reason_and_once(mara: Patient) -> None:
    receive(message(*items({**labs.BLOOD_COUNT, "platelets": "60"})))
    low = Result.objects.get(test="platelets")
    resolving.refuse_result(low, "Somebody else's tube.", **BY)
    assert "platelets" not in labs.current(mara) and not open_signals()
    refused = the_item("platelets")
    with pytest.raises(resolving.NoReason):
        take_refusal_back(refused, " ", **BY)
    take_refusal_back(refused, "It was hers after all.", **BY)
    assert labs.current(mara)["platelets"] == "60"
    assert labs.current(mara)["cbc-with-differential"] == "done"
    assert open_signals() == ["platelets-below-100"]
    told = AuditEntry.objects.get(verb="lab_item.refusal_taken_back")
    assert told.detail["reason"] == "It was hers after all."
    with pytest.raises(resolving.NotWaiting):
        take_refusal_back(refused, "Twice.", **BY)
    all_accounted_for()
    # It can be refused anew, and that taken back as well.
    resolving.refuse_result(Result.objects.get(test="platelets", replaced_at=None), "No.", **BY)
    assert "platelets" not in labs.current(mara)
    take_refusal_back(refused, "Yes.", **BY)
    assert labs.current(mara)["platelets"] == "60"


def test_what_waited_when_it_was_refused_waits_again(mara: Patient) -> None:
    receive(message(item("tsh", "4.2", codes=(Coding(LOCAL, "X-1"),))))
    (waits,) = waiting()
    resolving.reject_item(waits, "A slip.", **BY)
    assert not waiting().exists() and is_refused(the_item("X-1"))
    assert take_refusal_back(the_item("X-1"), "No slip.", **BY) == {Kept.QUARANTINED: 1}
    assert [each.pk for each in waiting()] == [waits.pk] and labs.current(mara) == {}
    resolving.map_code(None, labs.PROGRAM, LOCAL, "X-1", "tsh", **BY)
    assert labs.current(mara) == {"tsh": "4.2"} and not is_refused(the_item("X-1"))


def test_what_waited_for_a_person_is_not_let_through(mara: Patient) -> None:
    """Whoever takes a refusal back has not said which result is meant."""
    receive(message(item("alt", "20"), number="A1"))
    receive(message(item("alt", "30", status=ItemStatus.CORRECTED), number="B2"))
    (waits,) = [each for each in waiting() if each.value == "30"]
    before = waits.reason
    resolving.reject_item(waits, "A slip.", **BY)
    take_refusal_back(waits, "No slip.", **BY)
    (again,) = [each for each in waiting() if each.pk == waits.pk]
    assert again.resolutions.order_by("-pk")[0].reason == before
    all_accounted_for()


def test_a_resend_that_was_refused_with_it_counts_when_its_own_refusal_is_taken_back(
    mara: Patient,
) -> None:
    receive(message(item("alt", "20"), number="A1"))
    resolving.refuse_result(Result.objects.get(), "Somebody else's tube.", **BY)
    receive(message(item("alt", "20"), number="A1"))
    first, second = LabItemRow.objects.order_by("pk")
    assert is_refused(second) and labs.current(mara) == {}
    take_refusal_back(second, "It was hers.", **BY)
    assert labs.current(mara) == {"alt": "20"}
    # The first says what is on record by now.
    take_refusal_back(first, "It was hers.", **BY)
    assert labs.current(mara) == {"alt": "20"} and not is_refused(first)
    all_accounted_for()


def test_what_the_laboratory_took_back_since_stays_taken_back(mara: Patient) -> None:
    receive(message(item("alt", "20"), number="A1"))
    resolving.refuse_result(Result.objects.get(), "Somebody else's tube.", **BY)
    receive(message(item("alt", "20", status=ItemStatus.WITHDRAWN), number="A1"))
    take_refusal_back(LabItemRow.objects.order_by("pk")[0], "It was hers.", **BY)
    assert labs.current(mara) == {}
    all_accounted_for()


def test_what_was_corrected_since_is_not_replaced_by_what_was_refused(mara: Patient) -> None:
    receive(message(item("alt", "20"), number="A1"))
    resolving.refuse_result(Result.objects.get(), "Somebody else's tube.", **BY)
    receive(message(item("alt", "25", status=ItemStatus.CORRECTED), number="A1"))
    for each in waiting():
        resolving.enter(each, {"value": "25"}, **BY)
    assert labs.current(mara) == {"alt": "25"}
    take_refusal_back(LabItemRow.objects.order_by("pk")[0], "It was hers.", **BY)
    assert labs.current(mara) == {"alt": "25"}
    all_accounted_for()


def test_a_report_about_nobody_is_decided_anew_and_not_item_by_item(mara: Patient) -> None:
    receive(message(item("tsh", "2"), patient=about("MRN-9")))
    (task,) = quarantine.open_tasks(labs.PROGRAM)
    resolving.set_aside(task, "Nobody of ours.", **BY)
    (only,) = LabItemRow.objects.all()
    assert not is_refused(only)
    with pytest.raises(resolving.NotWaiting):
        take_refusal_back(only, "Somebody's.", **BY)


def test_what_somebody_typed_again_after_taking_it_back_counts(mara: Patient) -> None:
    typed = [ByHand("platelets", "250", "K/uL", date(2025, 6, 1))]
    enter_results(mara, typed, by=NIA, at=labs.AT)
    resolving.refuse_result(Result.objects.get(), "A slip.", by=NIA, at=labs.AT)
    said = enter_results(mara, typed, by=NIA, at=labs.AT + timedelta(minutes=5))
    assert said.items[0].outcome is Kept.STORED, said
    assert labs.current(mara) == {"platelets": "250"}


class TestSaidSince:
    """What the laboratory said while the item was refused goes first, or everything waits."""

    def test_a_resend_does_not_count_of_what_was_withdrawn_before_it(self, mara: Patient) -> None:
        say()
        refuse()
        say(status=WITHDRAWN)
        say()
        assert is_refused(LabItemRow.objects.order_by("pk")[2])
        take_up(2)
        assert labs.current(mara) == {}

    @pytest.mark.parametrize("status", [ItemStatus.FINAL, CORRECTED])
    def test_an_unread_word_takes_it_away_and_gives_it_back(
        self, status: ItemStatus, mara: Patient
    ) -> None:
        say()
        refuse()
        say(value="??", trouble="OBX-5", status=status)
        (unread,) = waiting()
        take_up(0)
        assert labs.current(mara) == {} and [each.pk for each in waiting()] == [unread.pk]
        resolving.reject_item(unread, "Garbage.", earlier_stands=True, **BY)
        assert labs.current(mara) == {"alt": "20"}
        all_accounted_for()

    def test_what_was_refused_long_ago_takes_nothing_away(self, mara: Patient) -> None:
        say()
        say(value="??", trouble="OBX-5")
        resolving.reject_item(waiting()[0], "Garbage.", earlier_stands=True, **BY)
        refuse()
        take_up(0)
        assert labs.current(mara) == {"alt": "20"}

    def test_a_refused_correction_takes_away_once_more_what_it_corrects(
        self, mara: Patient
    ) -> None:
        say()
        say(value="30", status=CORRECTED, number="B2")
        (correction,) = waiting()
        resolving.reject_item(correction, "A slip.", earlier_stands=True, **BY)
        assert labs.current(mara) == {"alt": "20"}
        take_refusal_back(correction, "No slip.", **BY)
        assert [each.pk for each in waiting()] == [correction.pk] and labs.current(mara) == {}
        resolving.enter(correction, {"value": "30"}, **BY)
        assert labs.current(mara) == {"alt": "30"} and standing().value == "30"
        all_accounted_for()

    def test_under_its_own_number_it_does_as_well(self, mara: Patient) -> None:
        say()
        say(value="??", trouble="OBX-5")
        (unread,) = waiting()
        resolving.reject_item(unread, "Garbage.", earlier_stands=True, **BY)
        take_refusal_back(unread, "No slip.", **BY)
        assert [each.pk for each in waiting()] == [unread.pk] and labs.current(mara) == {}
        resolving.reject_item(unread, "Garbage.", earlier_stands=True, **BY)
        assert labs.current(mara) == {"alt": "20"}

    def test_a_correction_waits_where_what_it_corrects_came_once_more(self, mara: Patient) -> None:
        say()
        say(value="25", status=CORRECTED)
        refuse()
        say()
        assert labs.current(mara) == {"alt": "20"}
        assert take_up(1) == {Kept.QUARANTINED: 1}
        assert labs.current(mara) == {}
        resolving.enter(waiting()[0], {"value": "25"}, **BY)
        assert labs.current(mara) == {"alt": "25"}
        all_accounted_for()

    @pytest.mark.parametrize(
        "since",
        [
            {"number": "B2", "status": WITHDRAWN},
            {"key": "alt-other", "status": WITHDRAWN},
            {"number": "B2", "status": CORRECTED, "value": "30"},
        ],
    )
    def test_what_may_be_about_it_under_another_name_has_it_wait(
        self, since: dict[str, Any], mara: Patient
    ) -> None:
        say()
        refuse()
        say(**since)
        before = labs.current(mara)
        assert take_up(0) == {Kept.QUARANTINED: 1}
        assert labs.current(mara) == before and waiting().get().value == "20"
        assert labs.current(mara) in ({}, {"alt": "30"})
        all_accounted_for()

    def test_an_order_withdrawn_since_stays_withdrawn(self, mara: Patient) -> None:
        say()
        refuse()
        say("o", None, key=f"{OF_ORDER}1", codes=(), status=WITHDRAWN)
        take_up(0)
        assert labs.current(mara) == {}


class TestCodesChanged:
    """That it was a mistake holds whenever its code comes to mean something else."""

    @pytest.fixture
    def two_refused(self, mara: Patient) -> list[LabItemRow]:
        """The same item twice, both refused while nobody knew the code."""
        for _ in range(2):
            say("tsh", "4.2", codes=X)
        found = list(waiting().order_by("pk"))
        for each in found:
            resolving.reject_item(each, "A slip.", **BY)
        return found

    def test_explained_before_it_is_taken_up(
        self, mara: Patient, two_refused: list[LabItemRow]
    ) -> None:
        resolving.map_code(None, labs.PROGRAM, LOCAL, "X-1", "tsh", **BY)
        take_refusal_back(two_refused[1], "No slip.", **BY)
        assert labs.current(mara) == {"tsh": "4.2"}

    def test_explained_afterwards(self, mara: Patient, two_refused: list[LabItemRow]) -> None:
        take_refusal_back(two_refused[1], "No slip.", **BY)
        resolving.map_code(None, labs.PROGRAM, LOCAL, "X-1", "tsh", **BY)
        assert labs.current(mara) == {"tsh": "4.2"}

    def test_explained_otherwise_beside_an_older_one_that_stays_refused(
        self, mara: Patient
    ) -> None:
        resolving.map_code(None, labs.PROGRAM, LOCAL, "X-1", "ast", **BY)
        say("tsh", codes=X, unit="U/L")
        refuse()
        say("tsh", codes=X, unit="U/L")
        take_up(1)
        assert labs.current(mara) == {"ast": "20"}
        resolving.map_code(None, labs.PROGRAM, LOCAL, "X-1", "alt", **BY)
        assert labs.current(mara) == {"alt": "20"}

    def test_taken_to_mean_nothing_and_then_something(self, mara: Patient) -> None:
        resolving.map_code(None, labs.PROGRAM, LOCAL, "X-1", "ast", **BY)
        say("tsh", codes=X, unit="U/L")
        refuse()
        resolving.map_code(None, labs.PROGRAM, LOCAL, "X-1", None, **BY)
        take_up(0)
        assert labs.current(mara) == {}
        resolving.map_code(None, labs.PROGRAM, LOCAL, "X-1", "alt", **BY)
        assert labs.current(mara) == {"alt": "20"}

    def test_a_typed_one_whose_unit_is_said_later(self, mara: Patient) -> None:
        typed = [ByHand("platelets", "250", "weird", date(2025, 6, 1))]
        enter_results(mara, typed, by=NIA, at=labs.AT)
        refuse()
        enter_results(mara, typed, by=NIA, at=labs.AT + timedelta(minutes=5))
        resolving.enter_unit(standing(), "K/uL", **BY)
        assert labs.current(mara) == {"platelets": "250"}


class TestWhose:
    """It goes to whoever it is about by then."""

    def test_to_nobody_while_the_choice_of_the_patient_is_taken_back(self, mara: Patient) -> None:
        noor = labs.patient("Noor Hale", "MRN-2", prescriber=mara.prescriber)
        receive(message(item("alt", "20"), patient=about("MRN-9")))
        (task,) = quarantine.open_tasks(labs.PROGRAM)
        resolving.choose_patient(task, mara, "The clinic says so.", **BY)
        refuse()
        take_decision_back(task, "It is Noor.", **BY)
        assert take_up(0) == {Kept.QUARANTINED: 1} and labs.current(mara) == {}
        resolving.choose_patient(task, noor, "It is Noor.", **BY)
        assert labs.current(noor) == {"alt": "20"} and labs.current(mara) == {}

    def test_to_the_record_that_is_answered_for(self, mara: Patient) -> None:
        twin = labs.patient("Mara Vale", "MRN-3", prescriber=mara.prescriber)
        receive(message(item("alt", "20"), patient=about("MRN-3")))
        refuse()
        review = compare_records(mara, twin, by=PLATFORM, at=labs.AT)
        assert review is not None
        records_merged(review, mara, reason="The same.", by=PLATFORM, at=labs.AT)
        take_up(0)
        assert standing().patient == mara
        records_unmerged(review, reason="Two.", by=PLATFORM, at=labs.AT)
        receive(message(item("ast", "20"), patient=about("MRN-3")))
        resolving.refuse_result(Result.objects.get(test="ast"), "A slip.", **BY)
        take_up(1)
        assert labs.current(twin)["ast"] == "20"


def test_looking_at_what_would_follow_leaves_nothing_behind(mara: Patient) -> None:
    say()
    refuse()
    kept = [AuditEntry, ItemResolution, Result]
    before = [each.objects.count() for each in kept]
    what_if(lambda: take_up(0))
    assert [each.objects.count() for each in kept] == before and labs.current(mara) == {}


@pytest.mark.django_db(transaction=True)
def test_two_people_and_a_resend_at_one_moment_make_one_result(mara: Patient) -> None:
    def together(*work: Callable[[], Any]) -> list[Any]:
        outcomes: list[Any] = [None] * len(work)
        gate = threading.Barrier(len(work))

        def go(place: int) -> None:
            gate.wait()
            try:
                outcomes[place] = work[place]()
            except resolving.NotWaiting as error:
                outcomes[place] = error
            finally:
                connection.close()

        threads = [threading.Thread(target=go, args=(place,)) for place in range(len(work))]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        return outcomes

    say()
    refuse()
    say()
    done = together(lambda: take_up(0), lambda: take_up(0), lambda: take_up(1), say)
    assert sum(isinstance(each, resolving.NotWaiting) for each in done[:2]) == 1, done
    assert standing().value == "20"
