"""What a program asks for on each day, read once for each of its versions."""

from __future__ import annotations

from datetime import date

from etasu.programs.loader import LoadedProgram
from etasu.safe_use.program import ProgramVersion
from etasu.site.seed.forms import FormPlan
from etasu.site.seed.shape import Shape


class Shapes:
    """The versions of one program, by the day they are in force."""

    def __init__(self, program: LoadedProgram) -> None:
        self.program = program
        self._by_version: dict[str, Shape] = {}
        self._by_day: dict[date, Shape] = {}

    def version_on(self, day: date) -> ProgramVersion:
        """The version in force on the day; before the first one, the first."""
        return self.shape_on(day).version

    def shape_on(self, day: date) -> Shape:
        """What the version in force on the day asks for."""
        known = self._by_day.get(day)
        if known is None:
            version = self.program.effective(day) or self.program.versions[0]
            known = self._by_version.get(version.label) or Shape(version)
            self._by_version[version.label] = self._by_day[day] = known
        return known

    def form_on(self, day: date, form: str) -> FormPlan | None:
        """The form as the version in force on the day has it; None when it has no such form."""
        shape = self.shape_on(day)
        if form in shape.version.forms and form not in shape.plans:
            shape.plans[form] = FormPlan(shape.version.forms[form])
        return shape.plans.get(form)
