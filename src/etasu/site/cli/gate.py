"""`etasu gate`: what would a gate answer? Only with --issue is anything recorded."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from etasu.clock.time import now_utc
from etasu.site.cli.answers import AsJson, Exit, Trouble, answer, end
from etasu.site.cli.decisions import lines_of
from etasu.site.cli.preparation import prepare, prepare_current


class AskByDefault(TyperGroup):
    """`etasu gate PROGRAM GATE …` is `etasu gate ask PROGRAM GATE …`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `ask` where no command is named."""
        if args and args[0] not in {*self.commands, "--help"}:
            args = ["ask", *args]
        return super().parse_args(ctx, args)


gate = typer.Typer(
    cls=AskByDefault,
    help="What would a gate answer? In short: etasu gate PROGRAM GATE --patient NUMBER",
    no_args_is_help=True,
)

Program = Annotated[str, typer.Argument(help="The program's code.")]
GateCode = Annotated[str, typer.Argument(metavar="GATE", help="The gate's code.")]
EXITS = {
    "authorized": Exit.DONE,
    "not_authorized": Exit.NOT_AUTHORIZED,
    "cannot_decide": Exit.CANNOT_DECIDE,
}


@gate.command("decide")
def decide_from_facts(
    program: Program,
    gate_code: GateCode,
    facts: Annotated[Path, typer.Argument(help="A facts record as JSON; - reads standard input.")],
    as_json: AsJson = False,
) -> None:
    """Decide from a file of facts alone. Exit 0 authorized, 3 not authorized, 4 cannot decide."""
    said = _decision(program, gate_code, _record(facts))
    _print_decision(said, "Decided from the file alone: nothing was issued.", as_json)


@gate.command("ask")
def ask(  # noqa: PLR0913 - one for each option
    program: Program,
    gate_code: GateCode,
    patient: Annotated[str, typer.Option(help="The patient's number, or a name nobody shares.")],
    facility: Annotated[str | None, typer.Option(help="The facility's number or name.")] = None,
    pharmacy: Annotated[str | None, typer.Option(help="The pharmacy's number or name.")] = None,
    course: Annotated[int | None, typer.Option(min=1, help="When it is not the next.")] = None,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; today without it.")
    ] = None,
    days_supply: Annotated[int | None, typer.Option(min=1, help="Days the fill is for.")] = None,
    statement: Annotated[
        list[str] | None, typer.Option(help="The code of a statement made; may be repeated.")
    ] = None,
    issue: Annotated[bool, typer.Option(help="Really ask, and record the answer.")] = False,
    in_name_of: Annotated[
        str | None, typer.Option("--as", help="With --issue: the e-mail address of who asks.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Preview the gate's answer; only --issue records it. Exit 0 authorized, 3 not, 4 no answer."""
    if issue != (in_name_of is not None):
        raise Trouble("--issue and --as go together.", "Say who asks.", code=Exit.USAGE)
    prepare_current()
    from etasu.site.cli.asking import Wish, issued, previewed

    wish = Wish(
        program,
        gate_code,
        patient,
        facility,
        pharmacy,
        course,
        on.date() if on else None,
        days_supply,
        tuple(statement or ()),
    )
    at = now_utc()
    said = issued(wish, in_name_of, at) if in_name_of else previewed(wish, at)
    closing = f"Recorded as {said['number']}." if issue else "A preview: nothing was issued."
    _print_decision(said, closing, as_json)


def _print_decision(said: dict[str, Any], closing: str, as_json: bool) -> None:
    answer(as_json, said, *lines_of(said, closing))
    end(EXITS[said["outcome"]])


def _decision(program: str, gate_code: str, record: dict[str, Any]) -> dict[str, Any]:
    prepare()
    from etasu.programs import library
    from etasu.registry.authorizations import answers
    from etasu.safe_use.authorization import decide
    from etasu.safe_use.facts import UnreadableFacts, read_facts
    from etasu.site.stocking import stock_programs

    stock_programs()
    try:
        facts = read_facts(record)
    except UnreadableFacts as trouble:
        raise Trouble(str(trouble), "The facts of a program's cases show the form.") from trouble
    version = library.current().effective(program, facts.on)
    if version is None:
        known = ", ".join(sorted(library.current().programs))
        raise Trouble(
            f"No program {program} is in force on {facts.on}.",
            f"Programs here: {known}.",
            code=Exit.USAGE,
        )
    decision = decide(version, gate_code, facts)
    asked = answers.Asked(gate_code, None, None, None, None, now_utc())
    said = answers.answer("", version, asked, facts, decision)
    return dict(json.loads(answers.as_json(said)))


def _record(path: Path) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
        found = json.loads(text)
    except (OSError, ValueError) as trouble:
        raise Trouble(f"{path} cannot be read as JSON: {trouble}", code=Exit.USAGE) from trouble
    if not isinstance(found, dict):
        raise Trouble(f"{path} holds no facts record.", code=Exit.USAGE)
    return found
