"""One simulation from its first day to its last, or to the first promise that is not kept."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TextIO

from etasu.programs import library
from etasu.programs.loader import LoadedProgram
from etasu.safe_use.dates import add_months
from etasu.site.seed.loading import main_program
from etasu.site.sim.cast import appear, settle
from etasu.site.sim.clockwork import catch_up, go_round, transport
from etasu.site.sim.desk import Desk
from etasu.site.sim.invariants import Broken, Judge
from etasu.site.sim.laboratory import Laboratory
from etasu.site.sim.lives import begin
from etasu.site.sim.plan import Plan
from etasu.site.sim.report import SimReport, Violation
from etasu.site.sim.scoring import score
from etasu.site.sim.scratch import NotScratch, made_only_once, refuse_unless_scratch
from etasu.site.sim.trace import Trace
from etasu.site.sim.world import World

Progress = Callable[[str, int, int], None]
# How often every promise is looked at for everybody, whatever the events were about.
MONTHS_BETWEEN = 6
# So many objects are made before the interpreter looks for what is left over in circles.
OBJECTS_BETWEEN = 50_000


def simulate(
    plan: Plan, *, trace_file: TextIO | None = None, progress: Progress = lambda *_: None
) -> SimReport:
    """Run the plan on the scratch database this thread uses. Raises NotScratch on any other."""
    refuse_unless_scratch()
    began = time.monotonic()
    with _one_program(plan.program) as program, _without_logs(), _with_rare_collections():
        run = _Run(plan, program, trace_file)
        violation = run.go(progress)
        return SimReport(
            plan=plan,
            program=run.world.code,
            through=run.world.day,
            events=dict(run.world.trace.counts),
            digest=run.world.trace.digest,
            looked=dict(run.judge.looked),
            scored=score(run.world),
            messages=len(run.world.ledger.sent),
            lost=run.world.ledger.lost,
            patients=len(run.world.people),
            seconds=time.monotonic() - began,
            violation=violation,
        )


@contextmanager
def shared_cast(plan: Plan, tables_of: str | None = None) -> Iterator[None]:
    """While the block runs, scratch databases are copies of one where the plan's cast is there.

    For plans of as many months, and so many patients that they have as large a cast. The tables
    are copied from the database `tables_of`, if there is one that has them.
    """

    def prepare() -> None:
        with _one_program(plan.program) as program:
            begins = _first_day(program, plan.months)
            appear(World(plan, program, begins, Trace()))

    with made_only_once(prepare, tables_of):
        yield


@contextmanager
def _one_program(code: str | None) -> Iterator[LoadedProgram]:
    """While the block runs the site has this program alone: nights are as short as they can be."""
    known = library.current()
    program = main_program(code, date.max)
    library.use(library.ProgramLibrary({program.program.code: program}))
    try:
        yield program
    finally:
        library.use(known)


@contextmanager
def _without_logs() -> Iterator[None]:
    """While the block runs nothing is logged: of simulated trouble, the trace tells."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(before)


@contextmanager
def _with_rare_collections() -> Iterator[None]:
    """While the block runs the interpreter seldom looks for objects left over in circles."""
    before = gc.get_threshold()
    gc.set_threshold(OBJECTS_BETWEEN, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _first_day(program: LoadedProgram, months: int) -> date:
    """So that the newest version comes into force in the middle, where there was one before it."""
    newest = program.versions[-1].effective_on
    if len(program.versions) == 1:
        return newest
    return add_months(newest, -(months // 2))


class _Run:
    def __init__(self, plan: Plan, program: LoadedProgram, trace_file: TextIO | None) -> None:
        begins = _first_day(program, plan.months)
        self.plan, self.judge = plan, Judge()
        self.world = World(plan, program, begins, Trace(trace_file))
        self.ends = min(add_months(begins, plan.months), plan.stop_at or date.max)

    def go(self, progress: Progress) -> Violation | None:
        """Every day until the end; what was broken, if anything."""
        try:
            with transport(self.world):
                self._days(progress)
        except Broken as broken:
            return self._violation(broken.code, broken.said)
        except NotScratch:
            raise
        except Exception as error:
            # A verb that breaks for another reason than a crash of ours is a defect as well.
            violation = self._violation("unforeseen", f"{type(error).__name__}: {error}")
            raise Unforeseen(violation) from error
        return None

    def _days(self, progress: Progress) -> None:
        world = self.world
        settle(world)
        self.judge.begin()
        world.watch = self.judge.after_event
        laboratory = Laboratory(world)
        desk = Desk(world, laboratory)
        begin(world, laboratory)
        day, month = world.begins, 0
        while day < self.ends:
            day = min(day + timedelta(days=self.plan.step), self.ends)
            for _ in world.through(day):
                pass
            laboratory.deliver()
            desk.work()
            go_round(world)
            if day >= add_months(world.begins, month + 1):
                month += 1
                if month % MONTHS_BETWEEN == 0 and day < self.ends:
                    self._look_at_everything()
                progress("months", month, self.plan.months)
        catch_up(world)
        self._look_at_everything()

    def _look_at_everything(self) -> None:
        self.judge.everything(self.world)
        self.world.note("judge", "everything", "looked at")

    def _violation(self, code: str, said: str) -> Violation:
        last = [str(each) for each in self.world.trace.last]
        command = self.plan.command(self.world.day)
        return Violation(code, said, self.world.day, last, command)


class Unforeseen(RuntimeError):
    """A verb broke. `violation` says after what, and how to see it again."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(violation.said)
        self.violation = violation
