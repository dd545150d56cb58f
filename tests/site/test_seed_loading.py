"""Seeding is repeatable, whole or not at all, and never touches people who were not invented."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from etasu.programs import library
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.participants.actions import register_participant
from etasu.registry.participants.models import Participant
from etasu.registry.patients.actions import enroll_patient
from etasu.registry.patients.models import Patient
from etasu.site.seed import CannotSeed, SeedReport, is_empty, is_invented, load, load_cast
from etasu.site.seed.loading import main_program
from etasu.site.seed.rows import COLUMNS, in_text
from tests.factories.cast import AT

pytestmark = pytest.mark.django_db

NUMBERED = (
    *("accounts_user", "participants_participant", "patients_patient"),
    "authorizations_decision",
)


def quietly(what: str, done: int, total: int) -> None:
    """No progress."""


def digests() -> dict[str, str]:
    """For each table a digest of every row, in any order; without what a database counts itself."""
    found = {}
    with connection.cursor() as db:
        for table in COLUMNS:
            own = "" if table in NUMBERED else " - 'id'"
            # What people begin themselves has a number nobody can foretell, and so has a notice,
            # and a message of a laboratory.
            told = "true"
            if table == "audit_entry":
                told = "role = 'system' AND verb NOT IN ('notice.queued', 'results.received')"
            db.execute(f"SELECT (to_jsonb(t){own} - 'xid')::text FROM {table} t WHERE {told}")
            rows = sorted(row[0] for row in db.fetchall())
            found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def loaded_and_taken_back(seed: int) -> dict[str, str]:
    """The digests of a load into a database whose ids begin at 1, as in a new one."""
    with transaction.atomic():
        with connection.cursor() as db:
            for table in NUMBERED:
                db.execute(f"ALTER TABLE {table} ALTER COLUMN id RESTART WITH 1")
        load("s", seed, AT, quietly)
        found = digests()
        transaction.set_rollback(True)
    return found


def test_the_same_seed_gives_the_same_tables_and_another_one_others() -> None:
    first, again, other = (loaded_and_taken_back(seed) for seed in (1, 1, 2))
    assert first == again
    different = {table for table in COLUMNS if first[table] != other[table]}
    assert {"patients_patient", "authorizations_decision", "monitoring_result"} <= different


def test_the_report_counts_what_is_there() -> None:
    told: list[tuple[int, int]] = []
    report = load("s", 1, AT, lambda what, done, total: told.append((done, total)))
    assert isinstance(report, SeedReport)
    assert report.patients == Patient.objects.count() == 208
    assert report.rows["participants_participant"] == Participant.objects.count()
    assert report.as_dict()["on"] == "2026-05-06"
    assert told[0] == (0, 200) and told[-1] == (200, 200)
    assert is_invented() and not is_empty()


def test_a_seeding_that_breaks_leaves_nothing() -> None:
    def breaks(what: str, done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load("s", 1, AT, breaks)
    assert is_empty() and not is_invented()
    assert not User.objects.exists() and not AuditEntry.objects.exists()


def test_invented_people_are_added_only_when_asked_for() -> None:
    load_cast(AT)
    with pytest.raises(CannotSeed, match="already holds invented people"):
        load("s", 2, AT, quietly)
    with pytest.raises(CannotSeed, match="seed 1 are already here"):
        load("s", 1, AT, quietly, more=True)
    report = load("s", 2, AT, quietly, more=True)
    assert report.patients == 200
    assert Patient.objects.count() == 208
    assert User.objects.filter(email="amara@example.org").count() == 1


@pytest.mark.parametrize("more", [False, True])
def test_real_people_are_never_mixed_with_invented_ones(more: bool) -> None:
    first = register_participant("teaching", "prescriber", "x", by=PLATFORM, at=AT)
    with pytest.raises(CannotSeed, match="not invented here"):
        load("s", 1, AT, quietly, more=more)
    on = date(2026, 5, 1)
    enroll_patient("teaching", "x", prescriber=first, enrolled_on=on, by=PLATFORM, at=AT)
    with pytest.raises(CannotSeed, match="not invented here"):
        load("s", 1, AT, quietly, more=more)
    assert User.objects.count() == 0


def test_the_main_program_is_a_real_one_with_a_part_for_all_the_cast() -> None:
    chosen = main_program(None, AT.date())
    version = chosen.versions[-1]
    assert not chosen.program.invented
    assert {"prescriber", "facility", "pharmacy"} <= version.parties.keys()
    assert version.courses


def test_without_a_real_program_an_invented_one_is_seeded() -> None:
    known = library.current()
    invented = {code: p for code, p in known.programs.items() if p.program.invented}
    library.use(library.ProgramLibrary(invented))
    try:
        assert main_program(None, AT.date()).program.invented
        library.use(library.ProgramLibrary({}))
        with pytest.raises(CannotSeed, match="No program is active"):
            main_program(None, AT.date())
    finally:
        library.use(None)


def test_a_program_nobody_knows_is_refused() -> None:
    with pytest.raises(CannotSeed, match="no program nothing"):
        load("s", 1, AT, quietly, program="nothing")


@pytest.mark.parametrize("code", sorted(library.load_library().programs))
def test_every_program_can_be_seeded(code: str) -> None:
    assert load("s", 1, AT, quietly, program=code).patients == 208


def test_a_program_that_began_yesterday_can_be_seeded() -> None:
    begins = library.current().programs["teaching"].versions[0].effective_on
    at = AT.replace(year=begins.year, month=begins.month, day=begins.day) + timedelta(days=1)
    assert load("s", 1, at, quietly, program="teaching").patients == 208


def test_text_is_written_so_that_copy_reads_it_back() -> None:
    said = 'a\\b\tc\nd\re "f" \\N'
    with connection.cursor() as db:
        db.execute("CREATE TEMPORARY TABLE said (text text)")
        with db.cursor.copy("COPY said FROM STDIN") as copy:
            copy.write(in_text(said) + "\n")
        db.execute("SELECT text FROM said")
        assert db.fetchone() == (said,)
