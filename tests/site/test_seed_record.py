"""A seeded record is one the registry could have written: nothing in it contradicts the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import connection, transaction
from django.db.models import Count, F, Max, Min, Q
from pytest_django import DjangoDbBlocker

from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.authorizations.explaining import decided_again
from etasu.registry.authorizations.models import Authorization, Decision
from etasu.registry.authorizations.slots import keeps_slot
from etasu.registry.compliance.models import ComplianceEvent
from etasu.registry.monitoring.models import Result
from etasu.registry.participants.actions import refresh_standing
from etasu.registry.participants.facts import certification_facts
from etasu.registry.participants.models import Membership, Participant
from etasu.registry.patients.models import Hold, Patient
from etasu.registry.submissions.actions import FormToSign, keep_signed_form
from etasu.registry.submissions.models import SignedForm
from etasu.registry.treatment.models import Course, Dispense, Infusion
from etasu.safe_use.certification import standing
from etasu.safe_use.courses import doses_in
from etasu.safe_use.form_checks import Wrong
from etasu.safe_use.forms import problems
from etasu.safe_use.monitoring_plan import LimitCondition
from etasu.safe_use.program import ProgramVersion
from etasu.site.seed import load
from tests.factories.cast import AT

pytestmark = pytest.mark.django_db
TODAY = AT.date()


@pytest.fixture(scope="module", autouse=True)
def program(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[ProgramVersion]:
    with django_db_blocker.unblock(), transaction.atomic():
        report = load("s", 1, AT, lambda *_: None)
        version = library.current().effective(report.program, TODAY)
        assert version is not None
        yield version
        transaction.set_rollback(True)


def test_every_decision_made_again_is_the_same_to_the_letter() -> None:
    made = [decided_again(decision) for decision in Decision.objects.all()]
    assert len(made) > 1000
    assert all(again is not None and again.is_same for again in made)


def test_every_stored_standing_is_the_computed_one(program: ProgramVersion) -> None:
    before = AuditEntry.objects.filter(verb="participant.standing_computed").count()
    with transaction.atomic():
        for each in Participant.objects.all():
            refresh_standing(each, program, by=PLATFORM, at=AT)
        after = AuditEntry.objects.filter(verb="participant.standing_computed").count()
        transaction.set_rollback(True)
    assert after == before


def test_participants_stand_in_every_way_they_can(program: ProgramVersion) -> None:
    found = {
        standing(program.parties[each.kind], certification_facts(each), TODAY).state.value
        for each in Participant.objects.all()
    }
    wanted = {"not_started", "in_progress", "certified", "lapsed", "suspended", "decertified"}
    assert wanted <= found


def test_every_infusion_day_authorized_and_used_has_its_infusion_and_the_other_way() -> None:
    used = Authorization.objects.filter(unit="infusion_day", state="used")
    given = Infusion.objects.filter(authorization_number__isnull=False)
    by_number = {each.authorization_number: each for each in given}
    assert len(used) == len(by_number) > 500
    for each in used:
        infusion = by_number[each.number]
        assert (infusion.patient_id, infusion.course) == (each.patient_id, each.course)
        assert each.valid_from <= infusion.given_on <= each.valid_until


def test_an_infusion_nobody_asked_about_has_a_compliance_event() -> None:
    unasked = Infusion.objects.filter(authorization_number__isnull=True)
    events = ComplianceEvent.objects.filter(kind="infusion-without-authorization")
    assert {each.number for each in unasked} == {each.subject for each in events} != set()


def test_every_dispense_uses_an_authorization_of_its_patient() -> None:
    used = Authorization.objects.filter(state="used", unit="course")
    numbers = {each.number: each.patient_id for each in used}
    given = {each.authorization_number: each.patient_id for each in Dispense.objects.all()}
    assert given == numbers != {}


def test_authorizations_hold_their_slot_as_the_registry_says() -> None:
    closed = Authorization.objects.exclude(state="live")
    assert all(each.holds_slot == keeps_slot(each.unit, each.state) for each in closed)
    assert not Authorization.objects.filter(state="live", valid_until__lt=TODAY).exists()
    ended = Authorization.objects.filter(state="live", patient__ended_on__lte=TODAY)
    assert not ended.exists()


def test_courses_begin_with_their_first_infusion_and_do_not_exceed_their_days(
    program: ProgramVersion,
) -> None:
    given = Infusion.objects.values("patient", "course").annotate(
        first=Min("given_on"), last=Max("given_on"), days=Count("id")
    )
    began = {(c.patient_id, c.course): c.began_on for c in Course.objects.all()}
    assert len(began) == len(given) > 100
    for each in given:
        assert began[each["patient"], each["course"]] == each["first"]
        assert each["days"] <= (doses_in(program.courses, each["course"]) or 0)
        assert (each["last"] - each["first"]).days == each["days"] - 1


def test_there_are_courses_one_to_three() -> None:
    assert set(Course.objects.values_list("course", flat=True)) == {1, 2, 3}


def test_nothing_lies_in_the_future() -> None:
    moments = (
        (AuditEntry, "at"),
        (Decision, "asked_at"),
        (Infusion, "recorded_at"),
        (Result, "recorded_at"),
        (SignedForm, "signed_at"),
        (Hold, "opened_at"),
        (Membership, "began_at"),
        (Participant, "registered_at"),
    )
    for model, field in moments:
        newest = model.objects.aggregate(newest=Max(field))["newest"]
        assert newest is not None and newest <= AT, (model.__name__, newest)


def test_nothing_happens_to_a_patient_before_enrollment_or_without_a_prescriber() -> None:
    assert not Patient.objects.filter(prescriber__isnull=True).exists()
    assert not Decision.objects.filter(asked_at__date__lt=F("patient__enrolled_on")).exists()
    assert not Infusion.objects.filter(given_on__lt=F("patient__enrolled_on")).exists()
    after = Q(given_on__gte=F("patient__ended_on"))
    assert not Infusion.objects.filter(after).exists()


def test_treated_patients_are_tested_as_the_program_asks_and_some_are_overdue(
    program: ProgramVersion,
) -> None:
    schedule = next(iter(program.schedules.values()))
    treated = Patient.objects.filter(courses__course=1, ended_on__isnull=True)
    long_ago = treated.filter(courses__began_on__lt=TODAY - timedelta(days=120))
    newest = long_ago.annotate(
        newest=Max("results__collected_on", filter=Q(results__test=schedule.test))
    )
    late = [p for p in newest if p.newest < TODAY - timedelta(days=45)]
    assert 0 < len(late) < len(newest) / 3


def test_results_carry_values_in_the_unit_of_their_test(program: ProgramVersion) -> None:
    for row in Result.objects.exclude(unit=None).values("test", "unit").distinct():
        assert row["unit"] == program.tests[row["test"]].unit
    measured = Result.objects.filter(value__isnull=False).values("test").distinct().count()
    assert measured >= 8


def test_a_few_results_cross_a_limit_of_the_program(program: ProgramVersion) -> None:
    below = [x for x in program.limits.values() if x.condition is LimitCondition.BELOW]
    crossed, of = 0, 0
    for limit in below:
        values = Result.objects.filter(test=limit.test).values_list("value", flat=True)
        crossed += sum(Decimal(value) < Decimal(limit.value or 0) for value in values)
        of += len(values)
    assert 0 < crossed < of / 100


def test_a_form_has_the_hash_the_registry_would_give_it() -> None:
    for form in Random(1).sample(list(SignedForm.objects.filter(subject_kind="patient")), 20):
        patient = Patient.objects.get(pk=form.subject_id)
        same = FormToSign(
            *(form.program, form.program_version, form.form, "patient", patient.pk),
            *(patient.number, form.answers, form.gate_answers, form.signer_name),
            *(form.meaning, form.signed_on, form.course),
        )
        with transaction.atomic():
            again = keep_signed_form(same, by=PLATFORM, at=AT)
            transaction.set_rollback(True)
        assert again.content_hash == form.content_hash


def test_forms_are_filled_in_as_the_program_asks(program: ProgramVersion) -> None:
    for form in SignedForm.objects.filter(program_version=program.label)[:300]:
        definition = program.forms[form.form]
        wrong = problems(definition, form.answers, form.signed_on)
        # Consents are recorded apart, and so is who gave them.
        assert [each for each in wrong if each.code is not Wrong.NEEDS_CONSENT] == [], form.form


def test_every_main_event_is_in_the_audit_trail() -> None:
    def noted(verb: str) -> int:
        return AuditEntry.objects.filter(verb=verb).count()

    assert noted("patient.enrolled") == Patient.objects.count()
    assert noted("gate.answered") == Decision.objects.count()
    assert noted("infusion.recorded") == Infusion.objects.count()
    assert noted("dispense.recorded") == Dispense.objects.count()
    assert noted("form.signed") == SignedForm.objects.count()
    assert noted("participant.registered") == Participant.objects.count()
    assert noted("member.added") == Membership.objects.count()
    assert noted("hold.opened") == Hold.objects.count()
    assert (
        noted("results.imported")
        == Patient.objects.filter(results__isnull=False).distinct().count()
    )
    closed = Authorization.objects.exclude(state="live").count()
    assert (
        noted("authorization.used")
        + noted("authorization.expired")
        + noted("authorization.reversed")
        == closed
    )
    # Those who are getting in, who connected a laboratory, and who look after side effects act for
    # themselves; everybody else is told of.
    own = AuditEntry.objects.exclude(actor="platform", role="system")
    assert set(own.values_list("verb", flat=True)) <= {
        *("draft.begun", "draft.saved", "link.made", "link.sent", "invitation.sent"),
        "consent.given",
        *("lab_connection.registered", "lab_sender.registered", "patient.identifier_added"),
        *(f"safety_case.{done}" for done in ("received", "told", "asked", "assessed")),
        *("safety_case.handed_over", "hand_over.made", "notice.queued"),
        *("self_check.begun", "self_check.answered", "self_check.finished"),
        *("symptom.told", "medicine.listed"),
        *(
            "rota.added",
            "shift_note.left",
            "nurse.assigned",
            "callback.promised",
            "line_message.sent",
        ),
        *("possible_event.suspected", "draw_sites.received"),
        *("lab_appointment.requested", "event.added", "member.joined"),
        *(f"post.{done}" for done in ("written", "nodded", "reported", "decided")),
    }
    of_staff = own.exclude(role="patient")
    assert of_staff.exclude(verb__startswith="safety_case.").count() < 40


def test_no_audit_entry_holds_a_name_or_a_birth_date() -> None:
    with connection.cursor() as db:
        db.execute(
            "SELECT count(*) FROM audit_entry a JOIN patients_patient p ON a.subject = p.number "
            "WHERE a.detail::text LIKE '%' || p.full_name || '%' "
            "OR a.detail::text LIKE '%' || p.birth_date::text || '%'"
        )
        assert db.fetchone() == (0,)


def test_the_planner_knows_the_tables() -> None:
    with connection.cursor() as db:
        db.execute("SELECT reltuples FROM pg_class WHERE relname = 'monitoring_result'")
        assert db.fetchone()[0] == Result.objects.count()
