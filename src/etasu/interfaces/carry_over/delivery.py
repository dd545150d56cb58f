"""A delivery of another administrator: every file in order, in batches that are kept or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from django.db import DataError, IntegrityError, transaction

from etasu.interfaces.carry_over.bring_participants import (
    bring_participants,
    bring_staff,
    bring_steps,
)
from etasu.interfaces.carry_over.bring_patients import (
    bring_authorizations,
    bring_forms,
    bring_infusions,
    bring_patients,
    bring_results,
)
from etasu.interfaces.carry_over.cells import Rules
from etasu.interfaces.carry_over.columns import SHEETS, known_columns, needed_columns
from etasu.interfaces.carry_over.lines import Delivered
from etasu.interfaces.carry_over.reasons import Fault, Reason
from etasu.interfaces.carry_over.report import Reconciliation, SheetReport
from etasu.interfaces.carry_over.rows import Reader, Row, Site, gate_questions
from etasu.interfaces.carry_over.survey import Survey
from etasu.interfaces.carry_over.work import Outcome, Work
from etasu.programs.library import ProgramLibrary
from etasu.registry.audit.actors import Actor
from etasu.registry.audit.origins import (
    Source,
    begin_carry_over,
    end_carry_over,
    hold_carry_over_lock,
    keep_origins,
    known_origins,
    note_progress,
    release_carry_over_lock,
)
from etasu.safe_use.program import ProgramVersion

Progress = Callable[[str, int, int], None]
Bring = Callable[[Sequence[Row], Work], Outcome]

BRING: Mapping[str, Bring] = {
    "participants": bring_participants,
    "staff": bring_staff,
    "steps": bring_steps,
    "patients": bring_patients,
    "forms": bring_forms,
    "infusions": bring_infusions,
    "results": bring_results,
    "authorizations": bring_authorizations,
}
AT_ONCE = 1000
# The day in the place on earth that is furthest ahead, so that no day there is in the future.
FURTHEST_AHEAD = timedelta(hours=14)


class CannotImport(Exception):
    """The delivery as a whole cannot be used; nothing was changed. Says why, and what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


class Delivery(NamedTuple):
    """What was delivered, by whom, and how it is written."""

    folder: Path
    source: Source
    program: str
    us_dates: bool = False


def import_delivery(
    delivery: Delivery,
    programs: ProgramLibrary,
    *,
    is_dry_run: bool,
    by: Actor,
    at: datetime,
    progress: Progress,
) -> Reconciliation:
    """Bring every row of every file in, or say why not. Running it again changes nothing more.

    A dry run does all of it and takes all of it back. Raises UnreadableFile for a file that cannot
    be read as a whole, and CannotImport; nothing was changed then.
    """
    at_hand = Rules((at + FURTHEST_AHEAD).date(), delivery.us_dates)
    site = Site(programs, delivery.program, at.date(), at_hand)
    files = _files(delivery.folder, site)
    with _alone(), _kept_unless(is_dry_run):
        return _Importing(delivery, site, files, by, at, progress).run(is_dry_run)


class _Importing:
    """One import while it runs."""

    def __init__(
        self,
        delivery: Delivery,
        site: Site,
        files: Mapping[str, tuple[Delivered, Reader]],
        by: Actor,
        at: datetime,
        progress: Progress,
    ) -> None:
        self._files = files
        self._by, self._at = by, at
        self._progress = progress
        self._surveys: dict[str, Survey] = {}
        self._work = Work(delivery.source, site, self._surveys, by, at)

    def run(self, is_dry_run: bool) -> Reconciliation:
        """All the files, one after the other."""
        source = self._work.source
        begun, is_resumed = begin_carry_over(*source, by=self._by, at=self._at)
        report = Reconciliation(source.administrator, is_dry_run=is_dry_run)
        report.is_resumed = is_resumed
        for sheet, (file, reader) in self._files.items():
            self._surveys[sheet] = self._survey(sheet, file, reader)
        for sheet in self._files:
            self._bring_sheet(sheet, report.sheet(sheet), begun)
        end_carry_over(begun, report.counts(), by=self._by, at=self._at)
        return report

    def _survey(self, sheet: str, file: Delivered, reader: Reader) -> Survey:
        survey = Survey(sheet)
        for line in file.lines():
            survey.note(reader.read(file.header.columns, line))
        return survey

    def _bring_sheet(self, sheet: str, report: SheetReport, begun: Any) -> None:
        file, reader = self._files[sheet]
        survey, digest = self._surveys[sheet], _digest(file.path)
        self._progress(sheet, 0, survey.rows)
        rows = (reader.read(file.header.columns, line) for line in file.lines())
        for batch in _batches(rows, AT_ONCE):
            fit = self._sift(batch, survey, report)
            for outcome in self._bring(sheet, fit, begun):
                _add(report, outcome)
            note_progress(begun, file.path.name, digest, batch[-1].number, by=self._by, at=self._at)
            self._progress(sheet, report.rows, survey.rows)

    def _sift(self, batch: Sequence[Row], survey: Survey, report: SheetReport) -> list[Row]:
        """The rows without a fault; the others are explained."""
        fit = []
        for row in batch:
            report.rows += 1
            faults = (*row.faults, *survey.faults(row))
            if faults:
                report.explain(faults)
            else:
                fit.append(row)
        return fit

    def _bring(self, sheet: str, rows: Sequence[Row], begun: Any) -> Iterator[Outcome]:
        """Each part that the database takes as a whole; a row it refuses is explained."""
        if not rows:
            return
        try:
            with transaction.atomic():
                outcome = self._bring_batch(sheet, rows)
                keep_origins(begun, outcome.origins, by=self._by, at=self._at)
        except (IntegrityError, DataError) as refused:
            if len(rows) == 1:
                yield _refused(sheet, rows[0], refused)
                return
            half = len(rows) // 2
            yield from self._bring(sheet, rows[:half], begun)
            yield from self._bring(sheet, rows[half:], begun)
        else:
            yield outcome

    def _bring_batch(self, sheet: str, rows: Sequence[Row]) -> Outcome:
        source = self._work.source
        ids = {row.key[1] for row in rows}
        known = {
            k: v.fingerprint for k, v in known_origins(source.administrator, sheet, ids).items()
        }
        new, there, changed = [], 0, []
        for row in rows:
            print_ = row.fingerprint()
            before = known.setdefault(row.key, print_)
            if before is print_:
                new.append(row)
            elif before == print_:
                there += 1
            else:
                changed.append(Fault(row.number, "legacy_id", Reason.CHANGED_SINCE))
        outcome = BRING[sheet](new, self._work) if new else Outcome(sheet)
        outcome.already_there += there
        outcome.explained += changed
        return outcome


def _files(folder: Path, site: Site) -> dict[str, tuple[Delivered, Reader]]:
    """The files that are there, in the order in which they build on each other."""
    found = {}
    codes = {"patients": _attributes(site.programs), "forms": _gate_questions(site.programs)}
    for sheet in SHEETS:
        path = folder / f"{sheet}.csv"
        if path.exists() or path.is_symlink():
            columns = known_columns(sheet, codes.get(sheet, ()))
            file = Delivered(path, columns, needed_columns(sheet))
            found[sheet] = (file, Reader(sheet, columns, site))
    if not found:
        names = ", ".join(f"{sheet}.csv" for sheet in SHEETS)
        raise CannotImport(f"{folder} holds none of {names}.", "Name the folder that has them.")
    return found


def _attributes(programs: ProgramLibrary) -> set[str]:
    return {each.code for version in _versions(programs) for each in version.patient.attributes}


def _gate_questions(programs: ProgramLibrary) -> set[str]:
    return {
        question.code
        for version in _versions(programs)
        for definition in version.forms.values()
        for question in gate_questions(definition).values()
    }


def _versions(programs: ProgramLibrary) -> Iterator[ProgramVersion]:
    for program in programs.programs.values():
        yield from program.versions


@contextmanager
def _alone() -> Iterator[None]:
    if not hold_carry_over_lock():
        raise CannotImport("Another import is running.", "Wait until it has ended.")
    try:
        yield
    finally:
        release_carry_over_lock()


@contextmanager
def _kept_unless(is_dry_run: bool) -> Iterator[None]:
    if not is_dry_run:
        yield
        return
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    found = iter(rows)
    while batch := list(islice(found, size)):
        yield batch


def _add(report: SheetReport, outcome: Outcome) -> None:
    report.imported += outcome.imported
    report.already_there += outcome.already_there
    report.remarks += outcome.remarks
    for fault in outcome.explained:
        report.explain([fault])


def _refused(sheet: str, row: Row, refused: Exception) -> Outcome:
    outcome = Outcome(sheet)
    diagnosis = getattr(refused.__cause__, "diag", None)
    rule = getattr(diagnosis, "constraint_name", None) or type(refused.__cause__).__name__
    outcome.explained.append(Fault(row.number, None, Reason.REFUSED_BY_DATABASE, str(rule)))
    return outcome


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        digest = sha256()
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()
