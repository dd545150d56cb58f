"""The maintained state of what falls due is the one that follows from the record, on every day."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.monitoring import watches
from etasu.registry.monitoring.deriving import derived, kept_now, rhythm
from etasu.registry.monitoring.histories import known_of
from etasu.registry.monitoring.models import Extension, Result, Touch, Waiver, Watch
from etasu.registry.monitoring.population import how_all_stand
from etasu.registry.monitoring.watches import Looked, advance, keep, look_again, recheck
from etasu.registry.patients.models import Patient
from etasu.registry.submissions.models import SignedForm
from etasu.registry.treatment.models import Infusion
from etasu.safe_use.dates import Span, Unit
from etasu.safe_use.monitoring import due_day, first_due_after, opening_day, period_of
from etasu.safe_use.monitoring import watch as kept_of
from etasu.safe_use.obligations import next_change, obligations, reminders_on, rules_of
from tests.factories.own_programs import library_of

AT = datetime(2020, 1, 1, 12, tzinfo=UTC)
PROGRAM = "lemtrada"
BEGAN = date(2020, 1, 1)
PEOPLE = int(os.environ.get("PEOPLE", "2000"))
BY = {"recorded_at": AT, "recorded_by": PLATFORM.number}


@pytest.fixture(scope="module")
def loaded() -> library.ProgramLibrary:
    """A program with rules enough."""
    return library_of(PROGRAM)


@pytest.fixture(autouse=True)
def teaching_program(loaded: library.ProgramLibrary) -> Iterator[None]:
    """Here the library holds that program, in the place of the teaching one."""
    library.use(loaded)
    yield
    library.use(None)


def version() -> Any:
    return library.current().effective(PROGRAM, date(2026, 1, 1))


def patients(count: int) -> list[Patient]:
    made = [
        Patient(
            program=PROGRAM,
            full_name=f"Patient {n}",
            attributes=({"sex": "female"}, {"sex": "male"}, {})[n % 3],
            enrolled_on=BEGAN,
            registered_at=AT,
            registered_by=PLATFORM.number,
        )
        for n in range(count)
    ]
    return Patient.objects.bulk_create(made)


def give(rows: list[tuple[Patient, date]], course: int = 1) -> list[Infusion]:
    made = [Infusion(patient=who, course=course, given_on=day, **BY) for who, day in rows]
    # Two on one day are one: invented days may meet.
    return Infusion.objects.bulk_create(made, ignore_conflicts=True)


def find(rows: list[tuple[Patient, str, date]]) -> list[Result]:
    made = [Result(patient=who, test=test, collected_on=day, **BY) for who, test, day in rows]
    return Result.objects.bulk_create(made)


def all_looked_at(on: date) -> Looked:
    added = anew = 0
    while Touch.objects.exists():
        done = look_again(on)
        added, anew = added + done.added, anew + done.derived
    return Looked(added, anew)


FIELDS = ("patient_id", "code", "anchor", "through", "last", "met", "waived", "open_due_on")


def said(rows: Any, *names: str) -> list[tuple[Any, ...]]:
    return sorted(tuple(getattr(row, name) for name in names) for row in rows)


def check_against_scratch(ids: list[int], on: date, *, was_said: bool = True) -> None:
    """With `was_said`, the night was there; without, what is to be said by the day waits for it."""
    state = Watch.objects.filter(patient__in=ids)
    fields = (*FIELDS, "next_change_on", *(("status",) if was_said else ()))
    scratch = derived(ids, on, None if was_said else kept_now(ids))
    assert said(state, *fields) == said(scratch, *fields)


class Life:
    """Invented patients who keep some appointments: the same ones for the same seed."""

    def __init__(self, count: int, seed: int) -> None:
        self.chance = random.Random(seed)
        self.people = patients(count)
        self.tests = sorted({rule.subject for rule in rules_of(version(), {}) if not rule.is_form})
        self.day = BEGAN
        give([(who, BEGAN + timedelta(days=self.chance.randrange(300))) for who in self.people])

    def until(self, day: date) -> None:
        """What happens to everybody until that day, written down in no order."""
        span = (day - self.day).days
        some = self.chance.sample(self.people, len(self.people) * 2 // 3)
        found = [
            (who, test, self.day + timedelta(days=self.chance.randrange(1, span + 1)))
            for who in some
            for test in self.chance.sample(self.tests, 4)
            for _ in range(self.chance.choice((0, 1, 1, 2)))
        ]
        self.chance.shuffle(found)
        find(found)
        few = self.chance.sample(self.people, max(1, len(self.people) // 40))
        give(
            [(who, self._day(span)) for who in few], course=self.chance.randrange(2, 2_000_000_000)
        )
        for who in few[: max(1, len(few) // 4)]:
            self._decide(who, day)
        SignedForm.objects.bulk_create(
            SignedForm(**form_row(who, self._day(span))) for who in self.chance.sample(some, 3)
        )
        self.day = day
        # As the database does by itself after a while, though not inside of a test.
        with connection.cursor() as db:
            db.execute("ANALYZE monitoring_watch, monitoring_touch, patients_patient")

    def _day(self, span: int) -> date:
        return self.day + timedelta(days=self.chance.randrange(1, span + 1))

    def _decide(self, who: Patient, day: date) -> None:
        """A result and an infusion turn out wrong; monitoring is extended; a month is waived."""
        wrong = Result.objects.filter(patient=who, replaced_at=None).first()
        if wrong is not None:
            Result.objects.filter(pk=wrong.pk).update(replaced_at=AT, replaced_by="somebody")
        late = Infusion.objects.filter(patient=who, struck_at=None).order_by("-given_on").first()
        if late is not None and late.given_on > BEGAN + timedelta(days=300):
            Infusion.objects.filter(pk=late.pk).update(
                struck_at=AT, struck_by="somebody", struck_reason="another patient"
            )
        Extension.objects.create(
            patient=who,
            through=day + timedelta(days=self.chance.randrange(1, 3000)),
            reason="platelets not steady",
            decided_on=day,
            decided_at=AT,
            decided_by=PLATFORM.number,
        )
        open_one = Watch.objects.filter(patient=who, open_due_on__isnull=False).first()
        if open_one is not None and open_one.open_due_on is not None:
            Waiver.objects.get_or_create(
                patient=who,
                code=open_one.code,
                due_on=open_one.open_due_on,
                ended_at=None,
                defaults={"reason": "away", "waived_at": AT, "waived_by": PLATFORM.number},
            )


def form_row(who: Patient, on: date) -> dict[str, Any]:
    return {
        "program": PROGRAM,
        "program_version": version().label,
        "form": "patient-status",
        "subject_kind": "patient",
        "subject_id": who.pk,
        "answers": {},
        "gate_answers": {},
        "signed_on": on,
        "signed_at": AT,
        "signed_by": PLATFORM.number,
        "signer_name": "Dr. Amara Diallo",
        "meaning": "I examined the patient",
        "content_hash": "",
    }


def test_the_database_counts_periods_as_safe_use_does(db: None) -> None:
    chance = random.Random(7)
    spans = [Span(1, Unit.MONTHS), Span(3, Unit.MONTHS), Span(6, Unit.MONTHS), Span(1, Unit.YEARS)]
    spans.append(Span(28, Unit.DAYS))
    steps = [-7, 0, 7, 14, 30]
    rows = []
    for _ in range(20_000):
        anchor = date(2015, 1, 1) + timedelta(days=chance.randrange(16_800))
        day = anchor + timedelta(days=chance.randrange(-60, 3000))
        rows.append((chance.choice(spans), anchor, day, chance.randrange(1, 90)))
    with connection.cursor() as db_cursor:
        db_cursor.execute(
            """
            SELECT monitoring_due(anchor, months, days, period),
                monitoring_opening(anchor, months, days, period),
                monitoring_period(anchor, months, days, day),
                monitoring_first_due_after(anchor, months, days, day)
            FROM unnest(%s::date[], %s::int[], %s::int[], %s::date[], %s::int[])
                WITH ORDINALITY AS each (anchor, months, days, day, period, place) ORDER BY place
            """,
            [
                [anchor for _, anchor, _, _ in rows],
                [rhythm(every)[0] for every, _, _, _ in rows],
                [rhythm(every)[1] for every, _, _, _ in rows],
                [day for _, _, day, _ in rows],
                [period for *_, period in rows],
            ],
        )
        found = db_cursor.fetchall()
    assert steps
    assert found == [
        (
            due_day(every, anchor, period),
            opening_day(every, anchor, period),
            period_of(every, anchor, day),
            first_due_after(every, anchor, day),
        )
        for every, anchor, day, period in rows
    ]


def test_two_thousand_patients_stand_as_the_record_says_over_five_years(db: None) -> None:
    life = Life(PEOPLE, seed=11)
    ids = [who.pk for who in life.people]
    day = BEGAN + timedelta(days=301)
    life.until(day)
    all_looked_at(day)
    check_against_scratch(ids, day, was_said=False)
    jump = random.Random(3)
    while day < BEGAN + timedelta(days=5 * 365):
        day += timedelta(days=jump.randrange(150, 600))
        life.until(day)
        looked = all_looked_at(day)
        assert looked.added > looked.derived > 0
        check_against_scratch(ids[::10], day, was_said=False)
        advance(day)
        check_against_scratch(ids, day)
    assert Watch.objects.filter(status="escalated").exists()
    assert Watch.objects.filter(status="met").exists() or Watch.objects.filter(open_due_on=None)


def test_what_was_withdrawn_before_anybody_looked_does_not_count(db: None) -> None:
    who, other = patients(2)
    give([(who, BEGAN), (other, BEGAN)])
    all_looked_at(BEGAN)
    day = due_day(Span(1, Unit.MONTHS), BEGAN, 1)
    rule = next(each for each in rules_of(version(), {}) if each.every == Span(1, Unit.MONTHS))
    wrong, _ = find([(who, rule.subject, day), (other, rule.subject, day)])
    Result.objects.filter(pk=wrong.pk).update(replaced_at=AT, replaced_by=PLATFORM.number)
    look_again(day, most=1)
    look_again(day, most=1)
    all_looked_at(day)
    advance(day)
    check_against_scratch([who.pk, other.pk], day)
    met = dict(Watch.objects.filter(code=rule.code).values_list("patient_id", "met"))
    assert (met[who.pk][0], met[other.pk][0]) == ("0", "1")


@pytest.mark.parametrize("kind", ["results", "patients"])
def test_many_touches_are_read_a_few_times_whatever_is_believed_of_them(
    db: None, kind: str
) -> None:
    """The database believes that there are none: it counted while there were none."""
    people = patients(200)
    give([(who, BEGAN) for who in people])
    if kind == "results":
        all_looked_at(BEGAN)
        rule = next(each for each in rules_of(version(), {}) if each.every == Span(1, Unit.MONTHS))
        find([(who, rule.subject, BEGAN + timedelta(days=30)) for who in people])
    with connection.cursor() as db_:
        db_.execute(
            "SELECT pg_restore_relation_stats('schemaname', 'public',"
            " 'relname', 'monitoring_touch', 'relpages', 1, 'reltuples', 0::real)"
        )
    waiting, before = Touch.objects.count(), touches_read()
    assert waiting >= len(people)
    assert sum(look_again(BEGAN + timedelta(days=31))) >= len(people)
    assert touches_read() - before < 8 * waiting


def touches_read() -> int:
    """How many rows of touches this transaction has read so far, by whatever way."""
    with connection.cursor() as db:
        db.execute(
            "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"
            " WHERE relname = 'monitoring_touch'"
        )
        return int(db.fetchone()[0])


def test_the_whole_program_is_counted_as_each_patient_is(db: None) -> None:
    life = Life(120, seed=23)
    version_now, day = version(), BEGAN + timedelta(days=301)
    rules = {rule.code: rule for rule in rules_of(version_now, {})}
    # By the last of these days monitoring was over for most, and extended again for some.
    for days in (90, 200, 500, 900, 300):
        day += timedelta(days=days)
        life.until(day)
        all_looked_at(day)
        counted: Counter[tuple[str, str]] = Counter()
        known = known_of(life.people, list(rules.values()))
        rows = Watch.objects.values_list("patient_id", "code", "anchor")
        anchors = {(patient, code): anchor for patient, code, anchor in rows}
        for who in life.people:
            for rule in rules_of(version_now, who.attributes):
                found = obligations(
                    rule, version_now.horizon, version_now.lateness, known[who.pk].under(rule), day
                )
                newest = [kept for kept in found if kept.due_on > anchors[who.pk, rule.code]]
                counted.update((rule.code, each.status.value) for each in newest)
        assert {
            (each.code, status): getattr(each, status)
            for each in how_all_stand(PROGRAM, day)
            for status in each._fields[1:]
            if getattr(each, status)
        } == dict(counted)
    assert how_all_stand("unknown", day) == []


def test_every_day_changes_only_what_it_must_and_says_every_reminder_once(db: None) -> None:
    life = Life(40, seed=5)
    ids = [who.pk for who in life.people]
    day = BEGAN + timedelta(days=301)
    life.until(day)
    all_looked_at(day)
    advance(day)
    version_now = version()
    rules = {rule.code: rule for rule in rules_of(version_now, {})}
    known = known_of(life.people, list(rules.values()))
    watched = list(Watch.objects.filter(patient__in=ids))
    for _ in range(60):
        day += timedelta(days=1)
        expected = []
        for row in watched:
            rule = rules[row.code]
            history = known[row.patient_id].under(rule)
            kept = kept_of(rule.code, rule.every, version_now.horizon, history)
            assert kept is not None
            due = [(row.patient_id, row.code, *each) for each in reminders_on(kept, rule, day)]
            expected += due
            change = next_change(kept, rule, version_now.lateness, day - timedelta(days=1))
            assert not due or change == day
        assert sorted(advance(day)) == sorted(expected)
        assert advance(day) == []
    check_against_scratch(ids, day)


def test_after_an_outage_of_days_one_run_says_the_newest_of_each(db: None) -> None:
    (who,) = patients(1)
    give([(who, date(2024, 1, 1))])
    all_looked_at(date(2024, 1, 2))
    advance(date(2024, 1, 2))
    told = [due for due in advance(date(2024, 2, 10)) if due.code == "monthly-cbc"]
    assert told == [(who.pk, "monthly-cbc", date(2024, 2, 1), 7)]
    assert advance(date(2024, 2, 10)) == []
    assert Watch.objects.get(patient=who, code="monthly-cbc").status == "overdue"


def test_nothing_is_said_once_an_enrollment_has_ended_and_the_record_stays(db: None) -> None:
    (who,) = patients(1)
    give([(who, date(2024, 1, 1))])
    all_looked_at(date(2024, 1, 2))
    Patient.objects.filter(pk=who.pk).update(ended_on=date(2024, 1, 20), end_reason="withdrawn")
    assert advance(date(2024, 2, 1)) == []
    advance(date(2024, 3, 30))
    assert Watch.objects.get(patient=who, code="monthly-cbc").status == "escalated"


def test_a_result_of_a_merged_record_counts_for_the_one_answered_for(db: None) -> None:
    who, twin = patients(2)
    give([(who, date(2024, 1, 1))])
    all_looked_at(date(2024, 1, 2))
    find([(twin, "cbc-with-differential", date(2024, 2, 1))])
    Patient.objects.filter(pk=twin.pk).update(
        merged_into=who, merged_at=AT, merged_by=PLATFORM.number
    )
    all_looked_at(date(2024, 2, 2))
    assert Watch.objects.get(patient=who, code="monthly-cbc").open_due_on == date(2024, 3, 1)
    find([(twin, "cbc-with-differential", date(2024, 3, 1))])
    assert all_looked_at(date(2024, 3, 2)).added == 1
    assert Watch.objects.get(patient=who, code="monthly-cbc").open_due_on == date(2024, 4, 1)
    Patient.objects.filter(pk=twin.pk).update(merged_into=None, merged_at=None, merged_by=None)
    all_looked_at(date(2024, 3, 3))
    assert Watch.objects.get(patient=who, code="monthly-cbc").open_due_on == date(2024, 2, 1)


def test_a_drift_is_found_and_put_right(db: None) -> None:
    who, other = patients(2)
    give([(who, date(2024, 1, 1)), (other, date(2024, 1, 1))])
    all_looked_at(date(2024, 1, 2))
    assert recheck(0, date(2024, 1, 2)) == (2, 0, other.pk)
    Watch.objects.filter(patient=who, code="monthly-cbc").update(met="1" + "0" * 47)
    Watch.objects.filter(patient=other, code="quarterly-tsh").delete()
    assert recheck(0, date(2024, 1, 2)) == (2, 2, other.pk)
    check_against_scratch([who.pk, other.pk], date(2024, 1, 2))
    assert recheck(other.pk, date(2024, 1, 2)) == (0, 0, other.pk)


def test_a_patient_being_looked_at_elsewhere_waits(db: None) -> None:
    (who,) = patients(1)
    give([(who, date(2024, 1, 1))])
    other = connection.copy()
    try:
        with other.cursor() as held:
            held.execute("BEGIN")
            held.execute("SELECT pg_advisory_xact_lock(%s)", [watches._LOCK])
            assert look_again(date(2024, 1, 2)) == (0, 0)
            held.execute("ROLLBACK")
    finally:
        other.close()
    assert look_again(date(2024, 1, 2)).derived == 1


def test_keeping_again_changes_nothing(db: None) -> None:
    (who,) = patients(1)
    give([(who, date(2024, 1, 1))])
    assert keep([who.pk], date(2024, 1, 2)) == len(rules_of(version(), who.attributes))
    assert keep([who.pk], date(2024, 1, 2)) == 0


@pytest.mark.parametrize(
    ("table", "change"),
    [(Extension, {"reason": "other"}), (Waiver, {"reason": "other"})],
)
def test_a_decision_cannot_be_rewritten(db: None, table: Any, change: dict[str, str]) -> None:
    Life(40, seed=2).until(BEGAN + timedelta(days=400))
    (who,) = patients(1)
    Waiver.objects.create(
        patient=who, code="x", due_on=BEGAN, reason="away", waived_at=AT, waived_by="somebody"
    )
    made = table.objects.first()
    with (
        pytest.raises(Exception, match="append-only|keeps what was recorded"),
        transaction.atomic(),
    ):
        table.objects.filter(pk=made.pk).update(**change)


def test_an_obligation_is_waived_once(db: None) -> None:
    (who,) = patients(1)
    row = {"code": "x", "due_on": BEGAN, "reason": "away", "waived_at": AT, "waived_by": "she"}
    Waiver.objects.create(patient=who, **row)
    with pytest.raises(IntegrityError, match="an_obligation_is_waived_once"), transaction.atomic():
        Waiver.objects.create(patient=who, **row)
