"""Where invented stories are written down: the program, the numbers, and the sheets of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from etasu.programs.loader import LoadedProgram
from etasu.registry.audit.actors import PLATFORM
from etasu.safe_use.program import ProgramVersion
from etasu.site.seed.copying import Ids
from etasu.site.seed.forms import FormPlan, content_hash
from etasu.site.seed.identifiers import Numbers
from etasu.site.seed.rows import Json, Sheets
from etasu.site.seed.shape import Shape
from etasu.site.seed.shapes import Shapes

# The country's first calendar to turn over; whoever is asked on this day is asked today.
ZONE = "America/New_York"
_ZONE = ZoneInfo(ZONE)
BY = PLATFORM.number


@dataclass
class Desk:
    """One program's desk. `detail` says whether the single values of a panel are kept too."""

    program: LoadedProgram
    numbers: Numbers
    ids: Ids
    at: datetime
    detail: bool = True
    sheets: Sheets = field(default_factory=Sheets)
    shapes: Shapes = field(init=False)

    def __post_init__(self) -> None:
        self.shapes = Shapes(self.program)

    @property
    def code(self) -> str:
        """The program's code."""
        return self.program.program.code

    @property
    def today(self) -> date:
        """The day of the seeding."""
        return day_of(self.at)

    def version_on(self, day: date) -> ProgramVersion:
        """The version in force on the day; before the first one, the first."""
        return self.shapes.version_on(day)

    def shape_on(self, day: date) -> Shape:
        """What the version in force on the day asks for."""
        return self.shapes.shape_on(day)

    def form_on(self, day: date, form: str) -> FormPlan | None:
        """The form as the version in force on the day has it; None when it has no such form."""
        return self.shapes.form_on(day, form)


def day_of(at: datetime) -> date:
    """The calendar day of a moment where the cast lives."""
    return at.astimezone(_ZONE).date()


@dataclass(frozen=True, slots=True)
class Voice:
    """A person, or a system, in one role: the row's id, the number and the name."""

    id: int
    user: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What a form is about: a patient or a participant."""

    kind: str
    id: int
    number: str


def sign(
    desk: Desk,
    form: str,
    about: Subject,
    *,
    by: Voice,
    at: datetime,
    known: Mapping[str, Any],
    course: int | None = None,
) -> dict[str, str] | None:
    """Keep a form of the program as signed; the answers the gates read, None without such a form.

    `known` gives answers by question; what it does not give is answered as if nothing happened.
    """
    day = day_of(at)
    plan = desk.form_on(day, form)
    if plan is None:
        return None
    version = desk.version_on(day)
    answers, read = plan.filled({"signed-on": day, **known})
    meaning = plan.meaning_for(by.role)
    number = desk.numbers.next()
    digest = content_hash(form, version.label, answers, by.name, meaning)
    desk.sheets.add(
        *("submissions_signed_form", number, desk.code, version.label, form),
        *(about.kind, about.id, course, Json.of(answers), Json.of(read), "seed"),
        *(day, at, by.user, by.name, meaning, digest),
    )
    detail = {"form": form, "number": number, "hash": digest}
    desk.sheets.note(at, "form.signed", about.kind, about.number, **detail)
    return read
