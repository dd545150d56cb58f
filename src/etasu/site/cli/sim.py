"""`etasu sim`: years of a program in minutes, with everything that goes wrong."""

from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from etasu.site.cli.answers import AsJson, Exit, Trouble, answer, end, progress
from etasu.site.cli.preparation import prepare, program_named

if TYPE_CHECKING:
    from etasu.site.sim import Plan, SimReport

Seed = Annotated[int, typer.Option("--seed", help="Same number, same history.")]
Patients = Annotated[int, typer.Option(help="How many patients come in.", min=1, max=10_000)]
Months = Annotated[int, typer.Option(help="How many months pass.", min=1, max=240)]
Step = Annotated[
    int, typer.Option(help="Days between two rounds of laboratories and clock.", min=1, max=31)
]
Program = Annotated[str | None, typer.Option(help="Its code; else the main one.")]
StopAt = Annotated[
    datetime | None, typer.Option(help="End with this simulated day.", formats=["%Y-%m-%d"])
]
TraceFile = Annotated[
    Path | None, typer.Option("--trace", help="Write every event to this file.", dir_okay=False)
]


def sim(
    seed: Seed = 1,
    patients: Patients = 200,
    months: Months = 60,
    step: Step = 1,
    program: Program = None,
    stop_at: StopAt = None,
    trace: TraceFile = None,
    as_json: AsJson = False,
) -> None:
    """Simulate a program for years and look after every event whether each promise holds.

    It makes a database of its own beside the site's, which it never writes to, and drops it at the
    end. The same seed and sizes give the same trace. Ends with 1 at the first broken promise.
    """
    prepare()
    from etasu.site.sim import Plan
    from etasu.site.stocking import stock_programs

    stock_programs()
    code = program_named(program) if program else None
    until = stop_at.date() if stop_at else None
    plan = Plan(seed, patients, months, step, code, until)
    made = _run(plan, trace, as_json)
    broken = made.violation.lines() if made.violation else []
    answer(as_json, made.as_dict(), *made.lines(), *(["", *broken] if broken else []))
    end(Exit.FAILED if made.violation else Exit.DONE)


def _run(plan: "Plan", trace: Path | None, as_json: bool) -> "SimReport":
    import psycopg

    from etasu.site.sim import Unforeseen, scratch_database, simulate

    try:
        file = trace.open("w", encoding="utf-8") if trace else nullcontext()
    except OSError as error:
        what = f"--trace {trace}: {error.strerror or error}."
        raise Trouble(what, "Name a file that can be written.", code=Exit.USAGE) from error
    try:
        with file as kept, progress(as_json) as steps, scratch_database():
            return simulate(plan, trace_file=kept, progress=steps)
    except Unforeseen as broke:
        what = "\n".join(broke.violation.lines())
        remedy = "This is a defect; ETASU_DEBUG=1 before the command shows where."
        raise Trouble(what, remedy) from broke
    except psycopg.errors.InsufficientPrivilege as refused:
        what = "This account of the database may not make a database."
        raise Trouble(what, "Run it on another server, or without DATABASE_URL.") from refused
