"""Filling a database with invented people, all of them or none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from django.db import connection, transaction

from etasu.programs import library
from etasu.programs.loader import LoadedProgram
from etasu.registry.audit.models import AuditEntry
from etasu.registry.participants.models import Participant
from etasu.registry.patients.models import Patient
from etasu.safe_use.program import ProgramStatus
from etasu.site.seed.cast import settle_cast
from etasu.site.seed.cast_days import enroll_cast, newest_cast
from etasu.site.seed.community import let_members_talk
from etasu.site.seed.copying import Copying, Ids, raw_connection
from etasu.site.seed.desk import Desk, day_of
from etasu.site.seed.identifiers import Numbers
from etasu.site.seed.lab_desk import let_tests_be_taken
from etasu.site.seed.laboratory_desk import let_results_come
from etasu.site.seed.newcomers import let_in
from etasu.site.seed.nurse_desk import let_patients_write
from etasu.site.seed.population import SIZES, Population, Size
from etasu.site.seed.report import CannotSeed, Progress, SeedReport
from etasu.site.seed.rows import COLUMNS, Sheets
from etasu.site.seed.safety_desk import let_reports_come
from etasu.site.seed.shape import VOICES, Shape
from etasu.site.seed.sign_ins import keys, sign_ins
from etasu.site.seed.wellbeing import let_patients_look_at_themselves

# The audit entry that tells an invented database from a real one.
SEEDED = "site.seeded"
SEEDING_LOCK = 0x45_74_61_73_75_02


def load(
    size: str,
    seed: int,
    at: datetime,
    progress: Progress,
    *,
    program: str | None = None,
    more: bool = False,
) -> SeedReport:
    """Invent a whole site as of that moment; `s`, `m` or `l`. All of it is kept, or nothing.

    Raises CannotSeed where there are patients already: real ones always, invented ones unless
    `more` asks for further people, which needs another seed.
    """
    chosen = main_program(program, day_of(at))
    wanted = SIZES[size]
    with transaction.atomic(), _alone(seed, more), Copying(raw_connection()) as copying:
        is_first = not is_invented()
        ids = Ids(copying.reserve, max(wanted.patients, 1000))
        desk = Desk(chosen, Numbers("people", seed), ids, at, detail=wanted.detail)
        if is_first:
            enroll_cast(desk, settle_cast(desk), seed)
        _populate(desk, wanted, seed, copying, progress)
        desk.sheets.note(at, SEEDED, "site", "seed", size=size, seed=seed, program=desk.code)
        copying.send(desk.sheets)
        copying.finish()
        if is_first:
            _let_in(desk)
    _analyze()
    return SeedReport(
        desk.code,
        size,
        seed,
        desk.today,
        copying.copied["patients_patient"],
        dict(copying.copied),
        sign_ins(),
        keys(),
    )


def load_cast(at: datetime, *, program: str | None = None, seed: int = 1) -> None:
    """Only the fixed cast, as of that moment: for tests, and for trying out a new program."""
    chosen = main_program(program, day_of(at))
    with transaction.atomic(), _alone(seed, False), Copying(raw_connection()) as copying:
        desk = Desk(chosen, Numbers("people", seed), Ids(copying.reserve, 100), at)
        enroll_cast(desk, settle_cast(desk), seed)
        desk.sheets.note(at, SEEDED, "site", "seed", size="cast", seed=seed, program=desk.code)
        copying.send(desk.sheets)
        copying.finish()
        _let_in(desk)


def is_empty() -> bool:
    """Whether the database holds neither a patient nor a participant."""
    return not Patient.objects.exists() and not Participant.objects.exists()


def is_invented() -> bool:
    """Whether the people of this database were invented by a seeding."""
    return AuditEntry.objects.filter(subject="seed", verb=SEEDED).exists()


@contextmanager
def _alone(seed: int, more: bool) -> Iterator[None]:
    """No other seeding runs meanwhile, and this one may; held until the transaction ends."""
    with connection.cursor() as db:
        db.execute("SELECT pg_advisory_xact_lock(%s::bigint)", (SEEDING_LOCK,))
    _refuse_unfit(seed, more)
    yield


def _refuse_unfit(seed: int, more: bool) -> None:
    if is_empty():
        return
    if not is_invented():
        raise CannotSeed(
            "This database holds patients or participants that were not invented here.",
            "Use an empty one: name another with DATABASE_URL, or another home with ETASU_HOME.",
        )
    if not more:
        raise CannotSeed(
            "This database already holds invented people.",
            "Add others with --more and another --seed, or use an empty database.",
        )
    if AuditEntry.objects.filter(subject="seed", verb=SEEDED, detail__seed=seed).exists():
        raise CannotSeed(f"The people of seed {seed} are already here.", "Choose another --seed.")


def main_program(code: str | None, on: date) -> LoadedProgram:
    """The program to seed: the named one, or the first real one with a part for all the cast.

    Without such a one, the first real program in use, then an invented one. Raises CannotSeed when
    there is none.
    """
    programs = library.current().programs
    if code is not None:
        if code not in programs:
            raise CannotSeed(f"There is no program {code} here.", "`etasu check` names them all.")
        return programs[code]
    active = [p for p in programs.values() if p.program.status is ProgramStatus.ACTIVE]
    if not active:
        raise CannotSeed("No program is active here.", "`etasu check` looks at every program.")
    return min(active, key=lambda each: (each.program.invented, not _has_a_part_for_all(each, on)))


def _has_a_part_for_all(program: LoadedProgram, on: date) -> bool:
    version = program.effective(on)
    return version is not None and VOICES.keys() <= version.parties.keys() and Shape(version).treats


def _let_in(desk: Desk) -> None:
    """Those who are in the middle of getting in, and what is sent and told about the cast."""
    cast = newest_cast() or {"participants": {}, "patients": {}}
    let_in(desk, cast["participants"], cast["patients"])
    let_results_come(desk, cast["patients"])
    let_reports_come(desk, cast["patients"])
    let_patients_write(desk, cast["patients"])
    let_tests_be_taken(desk, cast["patients"])
    let_patients_look_at_themselves(desk, cast["patients"])
    let_members_talk(desk, cast["patients"])


def _populate(desk: Desk, size: Size, seed: int, copying: Copying, progress: Progress) -> None:
    population = Population(desk, size, seed)
    population.settle()
    _send(desk, copying)
    progress("patients", 0, size.patients)
    for done in population.enroll():
        _send(desk, copying)
        progress("patients", done, size.patients)


def _send(desk: Desk, copying: Copying) -> None:
    copying.send(desk.sheets)
    desk.sheets = Sheets()


def _analyze() -> None:
    """Tell the planner what is there now; what it believed of empty tables would mislead it."""
    with connection.cursor() as db:
        for table in COLUMNS:
            db.execute(f"ANALYZE {table}")
