"""The command line: `etasu` and its commands, each in a module of its own."""

import sys

import typer

from etasu.site.cli.answers import Trouble, as_trouble, complain, wants_details
from etasu.site.cli.appointing import administrator, appoint
from etasu.site.cli.check import check
from etasu.site.cli.demo import demo
from etasu.site.cli.doctor import doctor
from etasu.site.cli.export import export
from etasu.site.cli.gate import gate
from etasu.site.cli.hl7 import hl7
from etasu.site.cli.import_ import import_
from etasu.site.cli.init import init
from etasu.site.cli.migrate import migrate
from etasu.site.cli.program import program
from etasu.site.cli.seed import seed
from etasu.site.cli.serve import serve
from etasu.site.cli.sim import sim
from etasu.site.cli.verify_audit import verify_audit
from etasu.site.cli.worker import worker

__all__ = ["app", "main", "run"]

app = typer.Typer(
    name="etasu",
    help=(
        "Run a REMS program from its definition. "
        "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not authorized or, after an import, rows "
        "left to be explained, 4 cannot decide."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for _command in (
    init,
    administrator,
    appoint,
    serve,
    worker,
    migrate,
    check,
    doctor,
    seed,
    demo,
    sim,
    verify_audit,
):
    app.command()(_command)
app.command("import")(import_)
app.command()(export)
app.add_typer(program, name="program")
app.add_typer(gate, name="gate")
app.add_typer(hl7, name="hl7")


def main() -> None:
    """The command `etasu`."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line; the exit code. Only ETASU_DEBUG=1 lets a traceback through."""
    try:
        app(arguments)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    except KeyboardInterrupt:
        return 130
    except Exception as unexpected:
        if wants_details():
            raise
        trouble = unexpected if isinstance(unexpected, Trouble) else as_trouble(unexpected)
        return complain(trouble, as_json="--json" in arguments)
    return 0
