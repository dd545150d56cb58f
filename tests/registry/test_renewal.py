"""Renewing: by a signed form, under the version it was given under, and with a paper to show."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from etasu.programs import library
from etasu.programs.loader import LoadedProgram
from etasu.registry import reactions
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.notices.models import Notice
from etasu.registry.participants import actions, certificates, renewal
from etasu.registry.participants.models import Certificate, Certification, Participant
from etasu.registry.participants.recheck import recheck_standings
from etasu.registry.submissions.actions import (
    Beginning,
    FormToSign,
    Sitting,
    ToSign,
    begin_draft,
    keep_signed_form,
    save_answers,
)
from etasu.registry.submissions.facts import draft_text
from etasu.safe_use.dates import Span, Unit
from etasu.safe_use.form_text import hash_of
from etasu.safe_use.program import ProgramVersion, RenewalBegins
from etasu.safe_use.renewal import Why
from tests.factories.teaching import AT, PROGRAM, certified, version

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2023, 6, 1), date(2025, 5, 31)
IN_TIME, TOO_LATE = date(2025, 5, 1), date(2025, 7, 1)


def moment(on: date) -> datetime:
    """Noon of a day, Eastern time or nearly."""
    return datetime(on.year, on.month, on.day, 16, tzinfo=UTC)


def representative(site: Participant, name: str = "ben") -> Actor:
    """Somebody who represents the site."""
    user = User.objects.create_user(f"{name}@example.org", full_name=f"{name.title()} Example")
    role = "facility_representative"
    actions.add_member(user, site, role, program=PROGRAM, by=PLATFORM, at=AT)
    return Actor(user.number, role)


def use(changed: ProgramVersion) -> None:
    """The site's program from now on."""
    loaded = library.current().programs[PROGRAM]
    versions = (*(v for v in loaded.versions if v.label != changed.label), changed)
    found = LoadedProgram(loaded.program, versions, loaded.folder)
    library.use(library.ProgramLibrary({PROGRAM: found}))


def with_facility(on: date | None = None, /, **changes: Any) -> ProgramVersion:
    """The teaching program with another rule for facilities, in force from a day."""
    known = version()
    facility = dataclasses.replace(known.parties["facility"], **changes)
    parties = {**known.parties, "facility": facility}
    begins = on or known.effective_on
    return dataclasses.replace(known, effective_on=begins, parties=parties)


def only_signing_renews(**more: Any) -> ProgramVersion:
    """The teaching program, where naming a representative is done once."""
    steps = [
        dataclasses.replace(step, renews=step.code == "signed-enrollment")
        for step in version().parties["facility"].steps
    ]
    changed = with_facility(steps=tuple(steps), **more)
    use(changed)
    return changed


def sign(site: Participant, by: Actor, on: date, **answers: str) -> list[Any]:
    """The enrollment form of the site, filled in and signed on that day."""
    at = moment(on)
    beginning = Beginning(
        PROGRAM, "facility-enrollment", "participant", site.pk, site.number, site.pk
    )
    draft = begin_draft(beginning, by=by, at=at, on=on)
    said = {"name": "Riverside", **answers}
    save_answers(draft, said, seen_revision=draft.revision, by=by, at=at)
    to_sign = ToSign(draft.number, by.role, hash_of(draft_text(draft)), "Ben Example")
    sitting = Sitting("password", "UTC", at, site.pk)
    return reactions.forms_signed([to_sign], sitting, by=by, at=at)


def fresh(site: Participant) -> Participant:
    """The participant as it is now."""
    return Participant.objects.get(pk=site.pk)


class TestByForm:
    """What signing the enrollment form does."""

    def test_signing_renews_without_a_day_between(self) -> None:
        only_signing_renews(renewal_begins=RenewalBegins.AFTER_THE_OLD)
        site = certified("facility", "Riverside", FIRST)
        sign(site, representative(site), IN_TIME)
        now = fresh(site)
        assert (now.certified_from, now.certified_until) == (FIRST, date(2027, 5, 31))
        newest = Certification.objects.latest("certified_from")
        assert (newest.certified_from, newest.unbroken_since) == (date(2025, 6, 1), FIRST)

    def test_where_the_program_says_so_it_begins_on_signing(self) -> None:
        only_signing_renews()
        site = certified("facility", "Riverside", FIRST)
        sign(site, representative(site), IN_TIME)
        now = fresh(site)
        assert (now.certified_from, now.certified_until) == (FIRST, date(2027, 4, 30))

    def test_who_lapsed_comes_back_by_the_renewing_steps_alone(self) -> None:
        taught = only_signing_renews(renewal_begins=RenewalBegins.AFTER_THE_OLD)
        site = certified("facility", "Riverside", FIRST)
        due = renewal.renewal_of(site, taught, TOO_LATE)
        assert due is not None
        assert (due.why, [s.code for s in due.left]) == (Why.LAPSED, ["signed-enrollment"])
        sign(site, representative(site), TOO_LATE)
        now = fresh(site)
        # There was a gap, and it stays one.
        assert (now.certified_from, now.certified_until) == (TOO_LATE, date(2027, 6, 30))
        assert site.steps.filter(step="representative-designated").count() == 1

    def test_a_form_signed_twice_counts_once(self) -> None:
        only_signing_renews()
        site = certified("facility", "Riverside", FIRST)
        form = sign(site, representative(site), IN_TIME)[0].form
        assert renewal.credit_form(form, by=PLATFORM, at=moment(IN_TIME)) == []
        assert Certification.objects.count() == 2

    def test_what_is_ticked_on_the_form_is_stated(self) -> None:
        lemtrada_like = [
            dataclasses.replace(step, kind="attest") if step.code != "signed-enrollment" else step
            for step in version().parties["facility"].steps
        ]
        use(with_facility(steps=tuple(lemtrada_like)))
        site = actions.register_participant(PROGRAM, "facility", "New", by=PLATFORM, at=AT)
        answers = {"representative-designated": "yes"}
        for said, expected in (({}, 1), (answers, 2)):
            signed = keep_signed_form(
                FormToSign(
                    PROGRAM, version().label, "facility-enrollment", "participant", site.pk,
                    site.number, said, {}, "Ben", "I agree", IN_TIME,
                ),
                by=PLATFORM, at=AT,
            )  # fmt: skip
            renewal.credit_form(signed, by=PLATFORM, at=AT)
            assert site.steps.count() == expected
        assert fresh(site).certified_from == IN_TIME

    def test_what_was_answered_before_is_filled_in_again(self) -> None:
        only_signing_renews()
        site = certified("facility", "Riverside", FIRST)
        assert renewal.answers_before(site, "facility-enrollment") == {}
        sign(site, representative(site), IN_TIME)
        assert renewal.answers_before(site, "facility-enrollment") == {"name": "Riverside"}


class TestSpan:
    """A certification keeps the span of the version it was given under."""

    def test_a_later_version_with_another_span_moves_no_certification(self) -> None:
        site = certified("facility", "Riverside", FIRST)
        newer = with_facility(date(2025, 1, 1), renew_every=Span(1, Unit.YEARS))
        use(newer)
        assert recheck_standings(newer, 0, on=AT.date()).drifted == ()
        again = actions.refresh_standing(site, newer, by=PLATFORM, at=moment(IN_TIME))
        assert again.certified_until == LAST
        # What is given from then on lasts as the newer version says.
        by = representative(site)
        for step in newer.parties["facility"].steps:
            actions.record_step(site, newer, step.code, on=IN_TIME, by=by, at=moment(IN_TIME))
        assert fresh(site).certified_until == date(2026, 4, 30)

    def test_a_stored_period_that_drifted_is_found_and_mended(self) -> None:
        site = certified("facility", "Riverside", FIRST)
        Participant.objects.filter(pk=site.pk).update(certified_until=date(2030, 1, 1))
        (found,) = recheck_standings(version(), 0, on=AT.date()).drifted
        actions.refresh_standing(found, version(), by=PLATFORM, at=AT)
        assert fresh(site).certified_until == LAST
        assert recheck_standings(version(), 0, on=AT.date()).drifted == ()


class TestCertificates:
    """The paper, and what anybody may learn from its number."""

    def verified(self, site: Participant, on: date) -> certificates.Verified:
        paper = certificates.certificate_of(site)
        assert paper is not None
        found = certificates.verify_certificate(paper.number, moment(on))
        assert found is not None
        return found

    def test_each_certification_has_one_from_the_start(self) -> None:
        site = certified("facility", "Riverside", FIRST)
        paper = Certificate.objects.get()
        assert paper.certification.participant == site
        assert certificates.issue(paper.certification, by=PLATFORM, at=AT) == paper
        assert AuditEntry.objects.filter(verb="certificate.issued").count() == 1

    def test_it_says_who_is_certified_until_when(self) -> None:
        site = certified("facility", "Riverside", FIRST)
        found = self.verified(site, IN_TIME)
        assert found.is_valid
        assert (found.participant, found.kind) == (site, "Infusion facility")
        assert (found.since, found.until) == (FIRST, LAST)

    def test_it_is_no_longer_valid_the_day_after(self) -> None:
        site = certified("facility", "Riverside", FIRST)
        assert self.verified(site, LAST).is_valid
        assert not self.verified(site, LAST + timedelta(days=1)).is_valid

    @pytest.mark.parametrize("what", ["suspended", "decertified"])
    def test_what_is_taken_away_shows_at_once(self, what: str) -> None:
        site = certified("facility", "Riverside", FIRST)
        if what == "suspended":
            actions.suspend_participant(
                site, since=IN_TIME, until=None, reason="audit", by=PLATFORM, at=AT
            )
        else:
            actions.decertify_participant(site, on=IN_TIME, reason="audit", by=PLATFORM, at=AT)
        assert self.verified(site, IN_TIME - timedelta(days=1)).is_valid
        assert not self.verified(site, IN_TIME).is_valid

    def test_after_a_renewal_in_time_the_old_paper_is_still_good(self) -> None:
        only_signing_renews()
        site = certified("facility", "Riverside", FIRST)
        old = Certificate.objects.get()
        sign(site, representative(site), IN_TIME)
        assert Certificate.objects.count() == 2
        found = certificates.verify_certificate(old.number, moment(TOO_LATE))
        assert found is not None and found.is_valid
        assert found.until == date(2027, 4, 30)

    def test_after_a_gap_the_old_paper_is_not(self) -> None:
        only_signing_renews()
        site = certified("facility", "Riverside", FIRST)
        old = Certificate.objects.get()
        sign(site, representative(site), TOO_LATE)
        found = certificates.verify_certificate(old.number, moment(TOO_LATE))
        assert found is not None and not found.is_valid

    @pytest.mark.parametrize("number", ["", "7QK2M-X0B4T-N", "nonsense", "7QK2M-X0B4T-X", "\x00"])
    def test_a_number_that_is_none_says_nothing(self, number: str) -> None:
        certified("facility", "Riverside", FIRST)
        assert certificates.verify_certificate(number, AT) is None

    def test_those_brought_in_without_one_get_theirs(self) -> None:
        site = certified("facility", "Riverside", FIRST)
        with pytest.raises(IntegrityError), transaction.atomic():
            Certificate.objects.all().delete()
        brought = Certification.objects.create(
            participant=site, certified_from=IN_TIME, certified_until=date(2027, 4, 30),
            program_version=version().label, recorded_at=AT, recorded_by="a",
        )  # fmt: skip
        assert list(certificates.without_certificate(PROGRAM, IN_TIME)) == [brought]
        certificates.issue(brought, by=PLATFORM, at=AT)
        assert not certificates.without_certificate(PROGRAM, IN_TIME)


class TestTold:
    """Who hears of it."""

    def told(self) -> list[str]:
        return list(Notice.objects.order_by("id").values_list("code", flat=True))

    def test_a_change_of_standing_is_told_once_to_each_of_those_it_concerns(self) -> None:
        site = certified("facility", "Riverside", FIRST)
        other = certified("facility", "Hillview", FIRST)
        representative(other, "hana")
        representative(site)
        representative(site, "ana")
        Notice.objects.all()
        actions.suspend_participant(
            site, since=IN_TIME, until=None, reason="audit", by=PLATFORM, at=AT
        )
        actions.lift_suspension(site, reason="done", by=PLATFORM, at=AT + timedelta(hours=1))
        assert self.told() == ["facility-suspended"] * 2 + ["facility-restored"] * 2
        people = set(Notice.objects.values_list("recipient__email", flat=True))
        assert people == {"ben@example.org", "ana@example.org"}
        assert Notice.objects.first().facts["reason"] == "audit"  # type: ignore[union-attr]

    def test_where_nobody_acts_the_programs_people_are_told(self) -> None:
        site = certified("facility", "Riverside", FIRST)
        ada = User.objects.create_user("ada@example.org", full_name="Ada")
        actions.add_member(ada, None, "administrator", program=PROGRAM, by=PLATFORM, at=AT)
        actions.decertify_participant(site, on=IN_TIME, reason="audit", by=PLATFORM, at=AT)
        notice = Notice.objects.get()
        assert (notice.recipient, notice.code) == (ada, "facility-decertified")
        assert notice.facts["nobody_in"] == "facility_representative"

    def test_a_message_is_gone_with_what_it_was_about(self) -> None:
        site = certified("facility", "Riverside", FIRST)
        representative(site)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            actions.decertify_participant(site, on=IN_TIME, reason="r", by=PLATFORM, at=AT)
            assert self.told() == ["facility-decertified"]
            raise ZeroDivisionError
        assert self.told() == []

    def test_why_it_was_stopped_can_be_read(self) -> None:
        site = certified("facility", "Riverside", FIRST)
        assert renewal.why_stopped(site, "participant.suspended") == ""
        actions.suspend_participant(
            site, since=IN_TIME, until=None, reason="training records missing", by=PLATFORM, at=AT
        )
        assert renewal.why_stopped(site, "participant.suspended") == "training records missing"
        assert renewal.why_stopped(site, "participant.decertified") == ""

    def test_who_was_decertified_is_neither_certified_again_nor_told_so(self) -> None:
        only_signing_renews()
        site = certified("facility", "Riverside", FIRST)
        by = representative(site)
        before = date(2025, 4, 1)
        actions.decertify_participant(site, on=before, reason="r", by=PLATFORM, at=AT)
        sign(site, by, IN_TIME)
        assert Certification.objects.count() == 1
        assert self.told() == ["facility-decertified"]
        assert fresh(site).certified_until == LAST
