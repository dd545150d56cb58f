"""Care partners: asked, proved, accepted, given more and less, ended; and through every change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from etasu.clock.sender import Letterhead, send_waiting
from etasu.programs import library
from etasu.registry.accounts.access import CARE_PARTNER
from etasu.registry.accounts.models import User
from etasu.registry.audit import actions as audit
from etasu.registry.audit import sealing
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.monitoring.calendars import read_calendar
from etasu.registry.notices import reminders
from etasu.registry.notices.calendar_feeds import Whose, has_calendar, make_calendar
from etasu.registry.notices.models import Notice, Reminder
from etasu.registry.notices.reminders import Address
from etasu.registry.participants.facts import roles_of
from etasu.registry.patient_support import sharing, sharing_facts
from etasu.registry.patient_support.copies import tell_care_partners
from etasu.registry.patient_support.models import CarePartner, SharedSlice
from etasu.registry.patient_support.sharing import Asked, NotSharing, Refusal
from etasu.registry.patients import merging
from etasu.registry.patients.actions import end_enrollment
from etasu.registry.patients.duplicates import open_review
from etasu.registry.patients.models import Patient
from etasu.safe_use.sharing import SharingState, Slice
from tests.factories import reminding
from tests.factories.reminding import AT
from tests.registry import labs
from tests.registry.rows import row

pytestmark = pytest.mark.django_db
ANA = Actor("consent link 1", "patient")
EVA = Actor("eva", CARE_PARTNER)
EMAIL, PASSWORD = "eva@example.org", "correct horse battery"
BORN = date(1984, 3, 7)
DAY = timedelta(days=1)


@pytest.fixture
def ana(db: None) -> Iterator[Patient]:
    """Ana, a month after her first infusion."""
    before = library.current()
    labs.use_lemtrada()
    (found,) = reminding.treated(1, birth_date=BORN, time_zone="America/New_York")
    yield found
    library.use(before)


def ask(ana: Patient, *slices: Slice, at: datetime = AT, email: str = EMAIL) -> sharing.Sent:
    return sharing.invite_partner(ana, Asked("Eva  Prueba", email, slices), by=ANA, at=at)


def helper(ana: Patient, *slices: Slice, email: str = EMAIL) -> CarePartner:
    """Eva, who was asked and said yes."""
    sent = ask(ana, *slices, email=email)
    return sharing.register_and_accept(sent.token, "Eva Prueba", PASSWORD, by=PLATFORM, at=AT)


def seen(partner: CarePartner, at: datetime = AT) -> set[Slice]:
    """What the partner may see at that moment, read anew."""
    found = sharing_facts.helping_of(CarePartner.objects.get(pk=partner.pk), at)
    return {each for each in Slice if found.may_see(each)}


def test_a_care_partner_from_the_invitation_to_the_end(ana: Patient) -> None:
    sent = ask(ana, Slice.REMINDERS)
    found = sharing.open_invitation(sent.token, AT)
    assert found is not None and found.partner.full_name == "Eva Prueba"
    assert seen(sent.partner) == set(), "nothing is seen before they said yes"
    wrong = sharing.prove_patient_known(found, BORN + DAY, by=EVA, at=AT)
    right = sharing.prove_patient_known(found, BORN, by=EVA, at=AT)
    assert (wrong.is_right, right.is_right) == (False, True)

    eva = sharing.register_and_accept(sent.token, "Eva Prueba", PASSWORD, by=PLATFORM, at=AT)
    assert eva.user is not None and eva.user.email_confirmed_at == AT
    assert [each.asker.role for each in roles_of(eva.user)] == [CARE_PARTNER]
    assert seen(eva) == {Slice.REMINDERS}
    sharing.share(eva, {Slice.RESULTS, Slice.MESSAGES}, by=ANA, at=AT)
    assert seen(eva) == {Slice.RESULTS, Slice.MESSAGES}
    sharing.end_sharing(eva, by=ANA, at=AT + DAY)
    sharing.share(eva, set(Slice), by=ANA, at=AT + DAY)
    sharing.go_on_sharing(eva, by=ANA, at=AT + DAY)
    assert seen(eva, AT + DAY) == set(), "what was ended never opens again"
    assert sharing_facts.helped_by(eva.user, ana.program, AT + DAY) == []

    history = SharedSlice.objects.order_by("pk").values_list("slice", "ended_at")
    first, after = ("reminders", AT), {("results", AT + DAY), ("messages", AT + DAY)}
    assert history[0] == first and set(history[1:]) == after
    verbs = AuditEntry.objects.filter(subject=ana.number, verb__startswith="care_partner.")
    assert list(verbs.order_by("id").values_list("verb", flat=True)) == [
        "care_partner.invited", "care_partner.shared", "care_partner.accepted",
        "care_partner.not_shared", "care_partner.shared", "care_partner.shared",
        "care_partner.not_shared", "care_partner.not_shared", "care_partner.ended",
    ]  # fmt: skip


def test_an_invitation_opens_once_in_time_and_to_nobody_else(ana: Patient) -> None:
    first = ask(ana, Slice.RESULTS)
    second = ask(ana, Slice.RESULTS)
    assert sharing.open_invitation(first.token, AT) is None, "a newer link replaces the older"
    assert sharing.open_invitation(second.token, AT + sharing.VALID_FOR) is not None
    late = AT + sharing.VALID_FOR + timedelta(seconds=1)
    assert sharing.open_invitation(second.token, late) is None
    stranger = User.objects.create_user("x@example.org", PASSWORD)
    eva = User.objects.create_user(EMAIL, PASSWORD)
    for who, at, why in (
        (stranger, AT, Refusal.SOMEBODY_ELSE),
        (eva, late, Refusal.NOT_OPEN),
    ):
        with pytest.raises(NotSharing) as refused:
            sharing.accept_sharing(second.token, who, by=EVA, at=at)
        assert refused.value.why is why
    with pytest.raises(NotSharing) as refused:
        sharing.register_and_accept(second.token, "Eva", PASSWORD, by=PLATFORM, at=AT)
    assert refused.value.why is Refusal.SOMEBODY_ELSE, "an account is made once"
    sharing.accept_sharing(second.token, eva, by=EVA, at=AT)
    with pytest.raises(NotSharing):
        sharing.accept_sharing(second.token, eva, by=EVA, at=AT)
    with pytest.raises(NotSharing) as refused:
        ask(ana, Slice.MESSAGES)
    assert refused.value.why is Refusal.HELPS_ALREADY


def test_it_holds_for_a_year_and_goes_on_when_the_patient_says_so(ana: Patient) -> None:
    eva = helper(ana, Slice.RESULTS)
    last = datetime(2025, 5, 2, 3, 59, tzinfo=AT.tzinfo)
    asked = [sharing_facts.ending_soon(ana, last - days * DAY) for days in (31, 30, 0, -1)]
    assert [len(each) for each in asked] == [0, 1, 1, 0], "a month before, while it holds"
    assert seen(eva, last) == {Slice.RESULTS}, "the last day is the patient's, in New York"
    assert seen(eva, last + timedelta(minutes=1)) == set()
    state = sharing_facts.helping_of(eva, last + DAY).state
    assert state is SharingState.RUN_OUT
    sharing.go_on_sharing(eva, by=ANA, at=last + DAY)
    assert seen(eva, last + DAY) == {Slice.RESULTS}
    assert sharing_facts.ending_soon(ana, last + DAY) == []


def test_a_merged_record_and_one_taken_apart_keep_their_helpers(ana: Patient) -> None:
    eva = helper(ana, Slice.RESULTS)
    (twin,) = reminding.treated(1, birth_date=BORN, full_name=ana.full_name)
    (review,) = open_review(ana, twin, ["name"], by=PLATFORM, at=AT)
    merging.merge(review, twin, reason="same", by=PLATFORM, at=AT)
    helping = sharing_facts.helping_of(CarePartner.objects.get(pk=eva.pk), AT)
    assert helping.patient == twin and helping.may_see(Slice.RESULTS)
    assert [each.number for each in sharing_facts.partners_of(twin, AT)] == [eva.number]
    sharing.note_look(helping, "results", by=EVA, at=AT)
    assert [each.who for each in sharing_facts.looks_at(twin)] == ["Eva Prueba"]
    end_enrollment(twin, on=AT.date(), reason="died", by=PLATFORM, at=AT)
    assert seen(eva) == set(), "what was shared ends with the enrollment"


def test_a_calendar_is_gone_with_the_slice_and_with_the_enrollment(ana: Patient) -> None:
    eva = helper(ana, Slice.REMINDERS)
    whose = Whose(ana.number, eva.number)

    def read(secret: str, at: datetime) -> bool | None:
        def may_hold(number: str) -> bool:
            return sharing_facts.may_read_calendar(number, at=at)

        found = read_calendar(secret, may_hold=may_hold, at=at)
        return None if found is None else bool(found.days) and not found.is_over

    own = make_calendar(Whose(ana.number), "", "en", by=ANA, at=AT).secret
    first = make_calendar(whose, "", "es", by=EVA, at=AT).secret
    assert read(first, AT) and read(own, AT), "each reads by an address of their own"
    assert read(first, AT + 400 * DAY) is False, "the year is over"
    sharing.share(eva, set(), by=ANA, at=AT)
    assert read(first, AT) is False and not has_calendar(whose)
    sharing.share(eva, {Slice.REMINDERS}, by=ANA, at=AT)
    assert read(first, AT) is False, "an address that was ended stays so"
    second = make_calendar(whose, "", "es", by=EVA, at=AT).secret
    assert read(second, AT)
    end_enrollment(ana, on=AT.date(), reason="moved away", by=PLATFORM, at=AT)
    assert read(second, AT) is False


def test_copies_of_reminders_go_to_whoever_wants_them_once_and_say_nothing(
    ana: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "SETTLED", "")
    eva, ida = (helper(ana, Slice.REMINDERS, email=each) for each in (EMAIL, "ida@example.org"))
    assert tell_care_partners(by=PLATFORM, at=AT) == 0
    wanting = sharing_facts.helping_of(eva, AT)
    for wanted in (True, True, False, True):
        sharing.want_copies(wanting, wanted, by=EVA, at=AT)
    reminding.say()
    (claimed,) = reminders.claim(at=AT)
    assert reminders.address_to(claimed, Address("ana0@example.org", "en", AT.date()), at=AT)
    assert reminders.note_handed_over(claimed, by=PLATFORM, at=AT)

    def told() -> int:
        sealing.seal_waiting(at=AT)
        return tell_care_partners(by=PLATFORM, at=AT)

    def sent_now() -> list[str]:
        send_waiting(AT, Letterhead("REMS", "https://rems.example.org", "a@example.org"))
        return list(Notice.objects.order_by("pk").values_list("state", flat=True))

    assert (told(), told()) == (1, 0)
    assert sent_now() == ["sent"]
    notice = Notice.objects.get()
    assert notice.recipient == eva.user != ida.user and notice.by_email
    assert notice.facts == {} and ana.number not in notice.key

    def nobody_reached(days: int) -> int:
        lost = row(Reminder, person=ana.number, due_on=AT.date() + days * DAY)
        audit.record("reminder.failed", subject=("reminder", lost.number), by=PLATFORM, at=AT)
        return told()

    assert nobody_reached(1) == 1, "whom nobody reached is reminded through who helps"
    sharing.share(eva, {Slice.RESULTS}, by=ANA, at=AT)
    assert sent_now() == ["sent", "canceled"], "what waited to be sent goes no more either"
    assert nobody_reached(2) == 0, "with whom the reminders are not shared gets no copy"
