"""A delivery of another administrator: every row is in, there already, or explained."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from etasu.interfaces.carry_over import delivery as deliveries
from etasu.interfaces.carry_over.delivery import CannotImport, Delivery, import_delivery
from etasu.interfaces.carry_over.lines import UnreadableFile
from etasu.interfaces.carry_over.report import Reconciliation
from etasu.programs import library
from etasu.programs.loader import LoadedProgram
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.audit.models import AuditEntry, CarryOver, Origin
from etasu.registry.audit.origins import CARRY_OVER_LOCK, Source
from etasu.registry.authorizations.actions import answer_request
from etasu.registry.authorizations.explaining import decided_again
from etasu.registry.authorizations.models import Authorization, Decision
from etasu.registry.authorizations.requests import AuthorizationRequest
from etasu.registry.monitoring.models import Result
from etasu.registry.participants.actions import record_step, register_participant
from etasu.registry.participants.facts import askers, certification_facts
from etasu.registry.participants.models import Certification, Membership, Participant, StepDone
from etasu.registry.participants.recheck import recheck_standings
from etasu.registry.participants.renewal import renewal_of
from etasu.registry.patients.models import DuplicateReview, Patient
from etasu.registry.submissions.facts import is_as_signed
from etasu.registry.submissions.models import SignedForm
from etasu.registry.treatment.models import Course, Infusion
from etasu.safe_use.certification import StandingState, standing
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.renewal import Why
from tests.factories.own_programs import own
from tests.interfaces.legacy import TODAY, Legacy

PROGRAM = "lemtrada"
AT = datetime(2026, 5, 6, 18, 0, tzinfo=UTC)
BY = Actor("platform", "operator")
FORMER = Source("Former Administrator", "TA-2026-014")

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def loaded() -> LoadedProgram:
    return own(PROGRAM)


@pytest.fixture(autouse=True)
def program(loaded: LoadedProgram, teaching_program: None) -> Iterator[ProgramVersion]:
    """The program that was carried over, and nothing else."""
    library.use(library.ProgramLibrary({PROGRAM: loaded}))
    version = loaded.effective(TODAY)
    assert version is not None
    yield version
    library.use(None)


def quietly(what: str, done: int, total: int) -> None:
    """No progress."""


def bring(
    folder: Path,
    *,
    is_dry_run: bool = False,
    source: Source = FORMER,
    us_dates: bool = False,
    progress: Callable[[str, int, int], None] = quietly,
) -> Reconciliation:
    return import_delivery(
        Delivery(folder, source, PROGRAM, us_dates),
        library.current(),
        is_dry_run=is_dry_run,
        by=BY,
        at=AT,
        progress=progress,
    )


def write(folder: Path, **sheets: str) -> Path:
    for sheet, text in sheets.items():
        lines = [line.strip() for line in text.strip().splitlines()]
        (folder / f"{sheet}.csv").write_text("\n".join(lines) + "\n")
    return folder


def found(report: Reconciliation) -> set[tuple[str, int, str | None, str]]:
    return {
        (name, fault.row, fault.column, fault.reason.value)
        for name, sheet in report.sheets.items()
        for fault in sheet.faults
    }


def totals(report: Reconciliation) -> dict[str, tuple[int, int, int]]:
    return {
        name: (sheet.imported, sheet.already_there, sheet.explained)
        for name, sheet in report.sheets.items()
    }


def rows_kept() -> dict[str, int]:
    models = (
        Participant,
        Certification,
        StepDone,
        User,
        Membership,
        Patient,
        Infusion,
        Course,
        Result,
    )
    more = (Authorization, Decision, SignedForm, Origin, AuditEntry)
    return {model.__name__: model.objects.count() for model in (*models, *more)}


SITES = """
    legacy_id,kind,name,npi,ncpdp,setting,zip_code,email,representative,certified_from,channel
    PR-1,prescriber,Dr. Amara,1234567893,,,97201,amara@example.org,,2024-02-01,fax
    FA-1,facility,Riverside,,,hospital,97201,ben@example.org,Ben,2025-02-01,web
    PH-1,pharmacy,Cedar Pharmacy,,9912345,,97201,,,2025-03-01,phone
"""
PEOPLE = """
    legacy_id,name,birth_date,attribute_sex,zip_code,prescriber,enrolled_on
    PA-1,Mara,1990-06-01,female,97201,PR-1,2025-04-01
"""


# Planted faults


def reconciled(folder: Path, size: int, faults: int) -> tuple[Legacy, Reconciliation]:
    """A delivery with faults, brought in; exactly the planted ones are reported."""
    legacy = Legacy(size)
    legacy.plant(faults)
    legacy.write(folder)
    report = bring(folder)
    assert found(report) == set(map(tuple, legacy.planted))
    assert report.is_reconciled
    assert {name: sheet.rows for name, sheet in report.sheets.items()} == {
        name: len(rows) for name, rows in legacy.rows.items()
    }
    assert report.explained == len({(each.sheet, each.row) for each in legacy.planted}) >= faults
    return legacy, report


def test_every_planted_fault_is_found_and_nothing_else(tmp_path: Path) -> None:
    legacy, report = reconciled(tmp_path, 2000, 100)
    assert len({each.code for each in legacy.planted}) > 35
    kept = rows_kept()
    in_rows = sum(imported for imported, _, _ in totals(report).values())
    assert kept["Origin"] == in_rows > 2300
    assert kept["Participant"] == report.sheets["participants"].imported
    again = bring(tmp_path)
    assert found(again) == found(report)
    assert totals(again) == {name: (0, n, e) for name, (n, _, e) in totals(report).items()}
    # That it began and that it ended.
    assert rows_kept() == {**kept, "AuditEntry": kept["AuditEntry"] + 2}


@pytest.mark.long
def test_a_hundred_thousand_come_over_with_a_thousand_faults_found(tmp_path: Path) -> None:
    reconciled(tmp_path, 100_000, 1000)


@pytest.mark.parametrize(
    "habit",
    [{"separator": ";", "end": "\r\n", "mark": b"\xef\xbb\xbf"}, {"separator": "\t"}],
    ids=["semicolon", "tab"],
)
def test_the_habits_of_the_file_do_not_matter(habit: dict[str, Any], tmp_path: Path) -> None:
    plain, other = tmp_path / "plain", tmp_path / "other"
    legacy = Legacy(60)
    legacy.write(plain)
    legacy.write(other, **habit)
    first, second = bring(plain), bring(other)
    assert first.explained == second.explained == 0
    assert all(there and not new for new, there, _ in totals(second).values())


# Everybody keeps their standing


def test_a_participant_keeps_the_days_and_says_where_they_come_from(
    tmp_path: Path, program: ProgramVersion
) -> None:
    assert bring(write(tmp_path, participants=SITES)).explained == 0
    riverside = Participant.objects.get(name="Riverside")
    assert (riverside.certified_from, riverside.certified_until) == (
        date(2025, 2, 1),
        date(2027, 1, 31),
    )
    kept = riverside.certifications.get()
    assert (kept.channel, kept.carried_over_from) == ("web", "Former Administrator")
    party = program.parties["facility"]
    assert standing(party, certification_facts(riverside), TODAY).state is StandingState.CERTIFIED
    assert not StepDone.objects.exists() and not SignedForm.objects.exists()
    entry = AuditEntry.objects.get(verb="participant.carried_over", subject=riverside.number)
    assert entry.detail["carried_over_from"] == "Former Administrator"
    assert entry.detail["reference"] == "TA-2026-014"
    assert entry.detail["certified_from"] == "2025-02-01"
    assert (entry.actor, entry.role) == ("platform", "operator")
    assert recheck_standings(program, 0, on=TODAY).drifted == ()
    assert askers(User.objects.get(email="ben@example.org"))[0].role == "facility_representative"


@pytest.mark.parametrize(
    ("column", "value", "state"),
    [
        ("suspended_from", "2026-05-01", StandingState.SUSPENDED),
        ("decertified_on", "2026-05-01", StandingState.DECERTIFIED),
        ("certified_until", "2026-05-05", StandingState.LAPSED),
        ("representative_left_on", "2026-05-05", StandingState.LAPSED),
    ],
)
def test_whoever_was_stopped_stays_stopped(
    column: str, value: str, state: StandingState, tmp_path: Path, program: ProgramVersion
) -> None:
    text = f"""
        legacy_id,kind,name,setting,certified_from,{column}
        FA-1,facility,Riverside,hospital,2025-02-01,{value}
    """
    assert bring(write(tmp_path, participants=text)).explained == 0
    riverside = Participant.objects.get()
    party = program.parties["facility"]
    assert standing(party, certification_facts(riverside), TODAY).state is state
    assert recheck_standings(program, 0, on=TODAY).drifted == ()


def test_a_course_authorized_before_goes_on_without_asking_again(tmp_path: Path) -> None:
    write(
        tmp_path,
        participants=SITES,
        patients=PEOPLE,
        staff="""
            legacy_id,participant,name,email,role
            ST-1,PH-1,Pia,pia@example.org,pharmacist
        """,
        infusions="""
            legacy_id,patient,course,given_on,facility,authorization
            IN-1,PA-1,1,2025-04-21,FA-1,A-77
        """,
        authorizations="""
            legacy_id,patient,gate,course,facility,valid_from,valid_until
            AU-1,PA-1,authorize,2,FA-1,2026-05-01,2026-05-20
        """,
    )
    assert bring(tmp_path).explained == 0
    mara, carried = Patient.objects.get(), Authorization.objects.get()
    pharmacist = askers(User.objects.get(email="pia@example.org"))[0]
    request = AuthorizationRequest(PROGRAM, "dispense", mara.number, TODAY, course=2)
    given = answer_request(request, by=pharmacist, at=AT)
    assert given.said["outcome"] == "authorized"
    assert (carried.state, carried.slot, carried.holds_slot) == ("live", "course-2", True)
    said = json.loads(carried.decision.answer)
    assert said.keys() == given.said.keys()
    assert said["findings"][0].keys() == given.said["findings"][0].keys()
    assert "Former Administrator" in said["findings"][0]["observed"]
    assert decided_again(carried.decision) is None
    infusion = Infusion.objects.get()
    assert infusion.detail["carried_over_from"] == "Former Administrator"
    assert Course.objects.get().began_on == infusion.given_on


def test_forms_signed_before_are_not_asked_for_again(tmp_path: Path) -> None:
    write(
        tmp_path,
        participants=SITES,
        patients=PEOPLE,
        infusions="""
            legacy_id,patient,course,given_on,facility
            IN-1,PA-1,1,2025-04-21,FA-1
        """,
        forms="""
            legacy_id,form,patient,participant,course,signed_on,signer,answer_decision
            FO-1,facility-enrollment,,FA-1,,2025-02-01,Ben,
            FO-2,infusion-checklist,PA-1,,1,2025-04-26,Nurse Nia,
            FO-3,patient-status,PA-1,,,2026-04-01,Dr. Amara,
            FO-4,patient-authorization,PA-1,,2,2026-05-01,Dr. Amara,YES
        """,
    )
    assert bring(tmp_path).explained == 0
    mara, riverside = Patient.objects.get(), Participant.objects.get(name="Riverside")
    request = AuthorizationRequest(
        PROGRAM, "authorize", mara.number, TODAY, facility=riverside.number, course=2
    )
    amara = askers(User.objects.get(email="amara@example.org"))[0]
    findings = answer_request(request, by=amara, at=AT).said["findings"]
    met = {each["code"] for each in findings if each["outcome"] == "met"}
    about_forms = {"patient-status-kept-up", "course-before-closed", "authorization-form"}
    assert about_forms <= met and "baseline-cbc" not in met
    for form in SignedForm.objects.all():
        subject = mara if form.subject_kind == "patient" else riverside
        assert is_as_signed(form, subject.number)
        assert "Former Administrator" in form.meaning and form.channel == "carried over"
    entry = AuditEntry.objects.filter(verb="form.carried_over", subject=mara.number).latest("id")
    assert entry.detail["reference"] == "TA-2026-014" and "Amara" not in json.dumps(entry.detail)
    kept = SignedForm.objects.get(form="patient-authorization")
    kept.signed_on = date(2026, 5, 2)
    assert not is_as_signed(kept, mara.number)


@pytest.mark.parametrize(
    ("line", "faults"),
    [
        ("patient-status,,,,2026-04-01,Dr. A,", {("patient", "missing")}),
        ("patient-status,,FA-1,,2026-04-01,Dr. A,", {("patient", "missing"),
                                                     ("participant", "not-on-the-list")}),
        ("patient-status,PA-1,,,2026-04-01,Dr. A,yes", {("answer_decision", "not-on-the-list")}),
        ("patient-status,PA-1,,,1988-04-01,Dr. A,", {("signed_on", "dates-out-of-order")}),
        ("patient-status,PA-9,,,2026-04-01,Dr. A,", {("patient", "unknown-patient")}),
        ("patient-authorization,PA-1,,2,2026-05-01,Dr. A,", {("answer_decision", "missing")}),
        ("facility-enrollment,,FA-9,,2026-04-01,Ben,", {("participant", "unknown-participant")}),
    ],
)  # fmt: skip
def test_a_form_is_of_somebody_and_answers_what_gates_read(
    line: str, faults: set[tuple[str, str]], tmp_path: Path
) -> None:
    head = "legacy_id,form,patient,participant,course,signed_on,signer,answer_decision"
    write(tmp_path, participants=SITES, patients=PEOPLE, forms=f"{head}\nFO-1,{line}")
    assert {each[2:] for each in found(bring(tmp_path))} == faults
    assert not SignedForm.objects.exists()


def test_renewing_asks_for_nothing_that_was_done_once_before(
    tmp_path: Path, program: ProgramVersion
) -> None:
    assert bring(write(tmp_path, participants=SITES)).explained == 0
    riverside = Participant.objects.get(name="Riverside")
    due = renewal_of(riverside, program, date(2027, 1, 15))
    assert due is not None and due.why is Why.ENDS_SOON
    assert [step.code for step in due.left] == ["signed-enrollment"]
    riverside.representative_left_on = date(2026, 12, 1)
    due = renewal_of(riverside, program, date(2027, 1, 15))
    assert due is not None and {step.code for step in due.left} > {"reviewed-education-program"}


def test_a_patient_keeps_the_day_of_enrollment_and_the_prescriber(tmp_path: Path) -> None:
    assert bring(write(tmp_path, participants=SITES, patients=PEOPLE)).explained == 0
    mara = Patient.objects.select_related("prescriber").get()
    assert mara.prescriber is not None and mara.prescriber.name == "Dr. Amara"
    assert (mara.enrolled_on, mara.attributes) == (date(2025, 4, 1), {"sex": "female"})
    assert mara.time_zone == "America/Los_Angeles"
    entry = AuditEntry.objects.get(verb="patient.carried_over")
    assert (entry.subject, entry.detail["on"]) == (mara.number, "2025-04-01")


def test_whoever_was_half_way_goes_on_from_there(tmp_path: Path, program: ProgramVersion) -> None:
    write(
        tmp_path,
        participants="""
            legacy_id,kind,name,ncpdp,setting
            FA-1,facility,Riverside,,hospital
            PH-1,pharmacy,Cedar Pharmacy,9912345,
        """,
        steps="""
            legacy_id,participant,step,done_on
            SP-1,FA-1,representative-designated,2026-04-01
            SP-2,FA-1,representative-registered,2026-04-02
            SP-3,FA-1,reviewed-education-program,2026-04-03
            SP-4,FA-1,equipment-and-personnel,2026-04-03
            SP-5,FA-1,staff-trained,2026-04-03
            SP-6,FA-1,processes-in-place,2026-04-03
            SP-7,FA-1,signed-enrollment,2026-04-04
            SP-8,PH-1,reviewed-education-program,2026-04-03
            SP-9,FA-9,staff-trained,2026-04-03
        """,
    )
    assert found(bring(tmp_path)) == {
        ("steps", 8, "step", "not-on-the-list"),
        ("steps", 9, "step", "other-kind"),
        ("steps", 10, "participant", "unknown-participant"),
    }
    riverside = Participant.objects.get(name="Riverside")
    now = standing(program.parties["facility"], certification_facts(riverside), TODAY)
    assert now.state is StandingState.IN_PROGRESS
    assert [step.code for step in now.steps_left] == ["signed-enrollment"]
    assert {each.carried_over_from for each in riverside.steps.all()} == {"Former Administrator"}
    assert AuditEntry.objects.filter(verb="participant.step_carried_over").count() == 6
    signed = record_step(riverside, program, "signed-enrollment", on=TODAY, by=BY, at=AT)
    assert signed.certified_from == TODAY


def test_whoever_may_be_here_already_is_compared_first(tmp_path: Path) -> None:
    twice = f"{PEOPLE.rstrip()}\nPA-2,Mara,1990-06-01,female,97202,PR-1,2025-04-01"
    report = bring(write(tmp_path, participants=SITES, patients=twice))
    assert totals(report)["patients"] == (2, 0, 0)
    (remark,) = report.sheets["patients"].remarks
    assert (remark.row, remark.reason) == (3, "compared-first")
    assert DuplicateReview.objects.get().newer.zip_code == "97202"
    sure = """
        legacy_id,name,birth_date,zip_code,prescriber,enrolled_on,is_distinct
        PA-3,Mara,1990-06-01,97203,PR-1,2025-04-01,yes
    """
    assert not bring(write(tmp_path, patients=sure)).sheets["patients"].remarks
    assert DuplicateReview.objects.count() == 1


# Again, and after an interruption


def test_a_dry_run_says_the_same_and_keeps_nothing(tmp_path: Path) -> None:
    legacy = Legacy(500)
    legacy.plant(60)
    legacy.write(tmp_path)
    before = rows_kept()
    rehearsal = bring(tmp_path, is_dry_run=True)
    assert rows_kept() == before and not CarryOver.objects.exists()
    done = bring(tmp_path)
    assert {**rehearsal.as_dict(), "dry_run": False} == done.as_dict()


@pytest.mark.django_db(transaction=True)
def test_an_interrupted_import_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Legacy(400).write(tmp_path)
    monkeypatch.setattr(deliveries, "AT_ONCE", 50)

    def stop(what: str, done: int, total: int) -> None:
        if what == "patients" and done >= 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring(tmp_path, progress=stop)
    assert Patient.objects.count() == 100
    assert CarryOver.objects.get().files["patients.csv"]["row"] == 101
    report = bring(tmp_path)
    assert report.is_resumed and report.is_reconciled and report.explained == 0
    assert report.sheets["patients"].already_there == 100
    assert Patient.objects.count() == report.sheets["patients"].rows
    begun = CarryOver.objects.get()
    assert (begun.ended_at, begun.ended_by) == (AT, "platform")
    assert not bring(tmp_path).is_resumed


def test_a_corrected_row_comes_in_with_all_that_waited_for_it(tmp_path: Path) -> None:
    wrong = SITES.replace("1234567893", "1234567890")
    report = bring(write(tmp_path, participants=wrong, patients=PEOPLE))
    assert found(report) == {
        ("participants", 2, "npi", "bad-npi"),
        ("patients", 2, "prescriber", "waits-for-participant"),
    }
    (waits,) = report.sheets["patients"].faults
    assert waits.see_row == 2
    report = bring(write(tmp_path, participants=SITES))
    assert totals(report) == {"participants": (1, 2, 0), "patients": (1, 0, 0)}


def test_patients_can_be_delivered_after_their_prescribers(tmp_path: Path) -> None:
    first, second = tmp_path / "one", tmp_path / "two"
    first.mkdir(), second.mkdir()
    bring(write(first, participants=SITES))
    assert totals(bring(write(second, patients=PEOPLE))) == {"patients": (1, 0, 0)}


def test_a_row_that_changed_since_is_explained_and_changes_nothing(tmp_path: Path) -> None:
    bring(write(tmp_path, participants=SITES))
    report = bring(write(tmp_path, participants=SITES.replace("Riverside", "Riverbend")))
    assert found(report) == {("participants", 3, "legacy_id", "changed-since")}
    assert Participant.objects.filter(name="Riverside").exists()


# Who is who


def test_somebody_known_by_the_same_npi_and_name_is_recognized(tmp_path: Path) -> None:
    bring(write(tmp_path, participants=SITES))
    other = Source("Another Administrator", "")
    text = SITES.replace("PR-1", "77").replace("FA-1", "78").replace("PH-1", "79")
    report = bring(write(tmp_path, participants=text), source=other)
    # Riverside has no NPI to be known by.
    assert totals(report) == {"participants": (1, 2, 0)}
    assert Origin.objects.filter(administrator="Another Administrator").count() == 3
    assert AuditEntry.objects.filter(verb="participant.recognized").count() == 2


def test_somebody_here_under_the_same_npi_who_differs_is_explained(tmp_path: Path) -> None:
    register_participant(PROGRAM, "prescriber", "Dr. Noor", npi="1234567893", by=BY, at=AT)
    report = bring(write(tmp_path, participants=SITES))
    assert found(report) == {("participants", 2, "npi", "here-already-differs")}


def test_nobody_is_merged_by_name(tmp_path: Path) -> None:
    twice = PEOPLE + "    PA-2,MARA,1990-06-01,female,97201-1234,PR-1,2025-04-01\n"
    report = bring(write(tmp_path, participants=SITES, patients=twice))
    assert found(report) == {
        ("patients", 2, "name", "same-person-twice"),
        ("patients", 3, "name", "same-person-twice"),
    }
    assert not Patient.objects.exists()
    elsewhere = twice.replace("97201-1234", "97202")
    assert bring(write(tmp_path, patients=elsewhere)).explained == 0
    assert Patient.objects.count() == 2


def test_who_was_looked_at_and_is_somebody_else_comes_in(tmp_path: Path) -> None:
    bring(write(tmp_path, participants=SITES, patients=PEOPLE))
    other = PEOPLE.replace("PA-1", "PA-9")
    report = bring(write(tmp_path, patients=other))
    assert found(report) == {("patients", 2, "name", "same-person-here")}
    looked_at = other.replace("enrolled_on\n", "enrolled_on,is_distinct\n").replace(
        "2025-04-01\n", "2025-04-01,yes\n"
    )
    assert totals(bring(write(tmp_path, patients=looked_at))) == {
        "participants": (0, 3, 0),
        "patients": (1, 0, 0),
    }


def test_a_shared_address_bars_nobody_from_the_program(tmp_path: Path) -> None:
    text = SITES.replace("amara@example.org", "ben@example.org")
    report = bring(write(tmp_path, participants=text))
    assert report.explained == 0 and Participant.objects.count() == 3
    (remark,) = report.sheets["participants"].remarks
    assert (remark.row, remark.column, remark.reason.value) == (3, "email", "no-sign-in")
    user = User.objects.get()
    assert (user.full_name, user.has_usable_password()) == ("Dr. Amara", False)


def test_staff_with_somebody_elses_address_are_explained(tmp_path: Path) -> None:
    staff = """
        legacy_id,participant,name,email,role
        ST-1,FA-1,Vera,ben@example.org,infusion_nurse
        ST-2,FA-1,ben,ben@example.org,infusion_nurse
    """
    report = bring(write(tmp_path, participants=SITES, staff=staff))
    assert found(report) == {("staff", 2, "email", "email-of-somebody-else")}
    roles = Membership.objects.filter(user__email="ben@example.org").values_list("role", flat=True)
    assert sorted(roles) == ["facility_representative", "infusion_nurse"]


def test_what_is_here_already_is_not_written_twice(tmp_path: Path) -> None:
    write(
        tmp_path,
        participants=SITES,
        patients=PEOPLE,
        infusions="legacy_id,patient,course,given_on\nIN-1,PA-1,1,2025-04-21",
        authorizations="""
            legacy_id,patient,gate,course,valid_from,valid_until
            AU-1,PA-1,authorize,2,2026-05-01,2026-05-20
        """,
    )
    assert bring(tmp_path).explained == 0
    write(
        tmp_path,
        infusions="""
            legacy_id,patient,course,given_on
            IN-9,PA-1,1,2025-04-21
            IN-8,PA-1,1,1989-04-21
        """,
        authorizations="""
            legacy_id,patient,gate,course,day,valid_from,valid_until
            AU-9,PA-1,authorize,2,,2026-05-01,2026-05-20
            AU-8,PA-1,infuse,2,4,2026-05-01,2026-05-20
        """,
    )
    assert found(bring(tmp_path)) == {
        ("infusions", 2, "given_on", "here-already-differs"),
        ("infusions", 3, "given_on", "dates-out-of-order"),
        ("authorizations", 2, "gate", "here-already-differs"),
        ("authorizations", 3, "day", "not-on-the-list"),
    }


def test_us_dates_are_read_when_announced(tmp_path: Path) -> None:
    text = SITES.replace("2025-02-01", "2/1/2025")
    assert found(bring(write(tmp_path, participants=text))) == {
        ("participants", 3, "certified_from", "date-unreadable")
    }
    assert bring(tmp_path, us_dates=True).explained == 0
    assert Participant.objects.get(name="Riverside").certified_from == date(2025, 2, 1)


# What must never happen


def test_neither_report_nor_audit_holds_an_identity(tmp_path: Path) -> None:
    legacy = Legacy(500)
    legacy.plant(90)
    legacy.write(tmp_path)
    report = bring(tmp_path)
    entries = AuditEntry.objects.values_list("verb", "subject", "detail")
    texts = [json.dumps(report.as_dict()), report.as_csv(), json.dumps(list(entries))]
    people = legacy.rows["patients"] + legacy.rows["staff"] + legacy.rows["participants"]
    secret = {row[column] for row in people for column in ("name", "email", "birth_date", "npi")
              if row.get(column)}  # fmt: skip
    assert len(secret) > 800
    assert [word for word in secret if any(word in text for text in texts)] == []


def test_a_row_the_database_refuses_is_explained_and_the_others_come_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Legacy(60).write(tmp_path)
    with connection.cursor() as db:
        db.execute(
            "ALTER TABLE patients_patient ADD CONSTRAINT nobody_is_called_so CHECK"
            " (full_name NOT LIKE 'Z%')"
        )
    legacy_names = [row["name"] for row in Legacy(60).rows["patients"]]
    odd = [number for number, name in enumerate(legacy_names, start=2) if name.startswith("Z")]
    report = bring(tmp_path)
    assert odd
    refused = [f for f in report.sheets["patients"].faults if f.reason == "refused-by-database"]
    assert [fault.row for fault in refused] == odd
    assert {fault.value for fault in refused} == {"nobody_is_called_so"}
    assert Patient.objects.count() == len(legacy_names) - len(odd)
    assert report.is_reconciled


def test_two_imports_never_run_at_once(tmp_path: Path) -> None:
    write(tmp_path, participants=SITES)
    other = connection.copy()
    try:
        with other.cursor() as db:
            db.execute("SELECT pg_advisory_lock(%s::bigint)", [CARRY_OVER_LOCK])
        with pytest.raises(CannotImport, match="Another import"):
            bring(tmp_path)
        assert not Participant.objects.exists()
        # Closing a connection does not wait for the server to let go of its locks.
        with other.cursor() as db:
            db.execute("SELECT pg_advisory_unlock(%s::bigint)", [CARRY_OVER_LOCK])
    finally:
        other.close()
    assert bring(tmp_path).explained == 0


def test_a_delivery_that_cannot_be_read_changes_nothing(tmp_path: Path) -> None:
    with pytest.raises(CannotImport, match="holds none of"):
        bring(tmp_path)
    write(tmp_path, participants=SITES, patients="name\nMara")
    with pytest.raises(UnreadableFile, match="patients.csv lacks columns"):
        bring(tmp_path)
    assert not Participant.objects.exists() and not CarryOver.objects.exists()


def test_the_reconciliation_notices_a_row_nobody_accounts_for(tmp_path: Path) -> None:
    report = bring(write(tmp_path, participants=SITES))
    assert report.is_reconciled
    report.sheets["participants"].imported -= 1
    assert not report.is_reconciled


def test_a_day_ahead_of_us_somewhere_on_earth_is_not_the_future(tmp_path: Path) -> None:
    tomorrow = (AT + timedelta(hours=14)).date()
    text = SITES.replace("2025-02-01", tomorrow.isoformat())
    assert bring(write(tmp_path, participants=text)).explained == 0
