"""How every command answers: lines for people or one JSON object, an exit code, never a traceback.

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 not authorized, or rows of an import left to be
explained; 4 cannot decide.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]


class Exit(IntEnum):
    """What a command's exit code means."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_AUTHORIZED = 3
    EXPLAINED = 3
    CANNOT_DECIDE = 4


class Trouble(Exception):
    """Something a command cannot do; says what, and what to do about it."""

    def __init__(self, what: str, remedy: str = "", *, code: Exit = Exit.FAILED) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.code = code


def answer(as_json: bool, body: dict[str, Any], *lines: str) -> None:
    """Print the body as JSON, or the lines for a person."""
    text = json.dumps(body, ensure_ascii=False, default=str) if as_json else "\n".join(lines)
    if text:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def end(code: Exit) -> None:
    """End the command with this code, after its answer was printed."""
    if code is not Exit.DONE:
        raise typer.Exit(int(code))


def complain(trouble: Trouble, as_json: bool) -> int:
    """Print what went wrong and its remedy; the exit code to end with."""
    if as_json:
        body = {"error": trouble.what, "remedy": trouble.remedy, "exit": int(trouble.code)}
        answer(True, body)
    else:
        sys.stderr.write(f"etasu: {trouble.what}\n")
        if trouble.remedy:
            sys.stderr.write(f"       {trouble.remedy}\n")
    return int(trouble.code)


def as_trouble(unexpected: BaseException) -> Trouble:
    """Any exception in one line, with the way to see all of it."""
    said = str(unexpected).strip().splitlines()
    what = f"{type(unexpected).__name__}: {said[0]}" if said else type(unexpected).__name__
    if type(unexpected).__name__ == "OperationalError":
        remedy = "Start it, or see whether DATABASE_URL names the right one; then `etasu doctor`."
        return Trouble(f"The database does not answer. {what}", remedy)
    return Trouble(what, "Run `etasu doctor`; ETASU_DEBUG=1 before the command shows the details.")


def wants_details() -> bool:
    """Whether the operator asked to see tracebacks."""
    return os.environ.get("ETASU_DEBUG", "").lower() in ("1", "true", "yes", "on")


class Steps:
    """Progress of long work: a bar on a terminal, a line for each tenth elsewhere."""

    def __init__(self, bar: Progress | None, quiet: bool) -> None:
        self._bar = bar
        self._quiet = quiet
        self._told: dict[str, int] = {}
        self._tasks: dict[str, Any] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        """Say that `done` of `total` of one kind of thing are finished."""
        if self._bar is not None:
            if what not in self._tasks:
                self._tasks[what] = self._bar.add_task(what, total=total)
            self._bar.update(self._tasks[what], completed=done, total=total)
        elif not self._quiet:
            self._tell_tenths(what, done, total)

    def _tell_tenths(self, what: str, done: int, total: int) -> None:
        tenth = 10 * done // max(total, 1)
        if self._told.get(what) != tenth:
            self._told[what] = tenth
            sys.stderr.write(f"{what}: {done} of {total}\n")


@contextmanager
def progress(as_json: bool) -> Iterator[Steps]:
    """Show progress on standard error while the block runs; nothing at all for JSON."""
    console = Console(stderr=True)
    if as_json or not console.is_terminal:
        yield Steps(None, quiet=as_json)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        yield Steps(bar, quiet=False)
