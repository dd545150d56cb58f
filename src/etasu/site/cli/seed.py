"""`etasu seed`: fill the database with invented people."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from etasu.clock.time import now_utc
from etasu.site.cli.answers import AsJson, Trouble, answer, progress
from etasu.site.cli.preparation import prepare_current

if TYPE_CHECKING:
    from etasu.site.seed import DemoKey, SeedReport, SignIn


class Size(StrEnum):
    """How many invented people."""

    S = "s"
    M = "m"
    L = "l"


def seed(
    size: Annotated[Size, typer.Option(help="s, m or l.")] = Size.S,
    number: Annotated[int, typer.Option("--seed", help="Same number, same people.")] = 1,
    program: Annotated[str | None, typer.Option(help="Its code; else the main one.")] = None,
    more: Annotated[bool, typer.Option("--more", help="Add to people invented before.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fill the database with invented people: 200 patients, 10,000 or 100,000 (minutes).

    All of it is kept or nothing. Refused where there are patients already: real ones always,
    invented ones unless --more and another --seed ask for further people.
    """
    prepare_current()
    made = invent(size.value, number, program=program, more=more, as_json=as_json)
    lines = [f"{count:>12,}  {table}" for table, count in made.rows.items()]
    lines.append(f"{made.patients:,} invented patients in the program {made.program}.")
    answer(as_json, made.as_dict(), *lines, *doors(made.sign_ins, made.keys))


def doors(people: "Sequence[SignIn]", keys: "Sequence[DemoKey]") -> list[str]:
    """How to get in, in lines: a table of the people, and the keys of the systems."""
    lines: list[str] = []
    if people:
        lines += ["", f"Everybody is invented. They all sign in with: {people[0].password}", ""]
        rows = [(one.email, one.role.replace("_", " "), one.to_try) for one in people]
        lines += _table([("E-mail", "Role", "To try"), *rows])
    if keys:
        rows = [(one.role.replace("_", " "), one.key, "") for one in keys]
        lines += ["", *_table([("System of a", "API key", ""), *rows])]
    return lines


def _table(rows: "Sequence[tuple[str, str, str]]") -> list[str]:
    wide = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return [f"  {a:<{wide[0]}}  {b:<{wide[1]}}  {c}".rstrip() for a, b, c in rows]


def invent(
    size: str, number: int, *, program: str | None = None, more: bool = False, as_json: bool
) -> "SeedReport":
    """Invent the people, with progress shown; what was made."""
    from etasu.site.seed import CannotSeed, load

    try:
        with progress(as_json) as steps:
            return load(size, number, now_utc(), steps, program=program, more=more)
    except CannotSeed as refused:
        raise Trouble(refused.what, refused.remedy) from refused
