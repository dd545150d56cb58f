"""One row into values, with everything that is wrong with it by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from etasu.interfaces.carry_over.cells import BadCell, Rules, clean, told
from etasu.interfaces.carry_over.columns import ANSWER, ATTRIBUTE, NEVER_SHOWN, Column, column_for
from etasu.interfaces.carry_over.lines import LEFT_ASIDE, Line
from etasu.interfaces.carry_over.reasons import Fault, Reason, Remark
from etasu.programs.library import ProgramLibrary
from etasu.safe_use.contacts import zip_in_state
from etasu.safe_use.program import (
    FieldType,
    FormDefinition,
    FormField,
    Party,
    ProgramVersion,
    StepKind,
)

Values = dict[str, Any]


class Site(NamedTuple):
    """What rows are read against: the programs here, the usual one, and the day it is."""

    programs: ProgramLibrary
    usual: str
    today: date
    rules: Rules

    def version(self, program: str) -> ProgramVersion | None:
        """The version in force today, or the last one of a program that has ended."""
        return self.programs.effective(program, self.today)


class Row(NamedTuple):
    """A row as read. One with faults has the values that could be read all the same."""

    number: int
    values: Values
    faults: tuple[Fault, ...]
    remarks: tuple[Fault, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """The program and legacy ID it is known by."""
        return self.values.get("program") or "", self.values.get("legacy_id") or ""

    def fingerprint(self) -> bytes:
        """The same for the same values, however they were spaced or capitalized."""
        said = {name: value for name, value in self.values.items() if value not in ("", None)}
        return sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).digest()


class Reader:
    """Reads the rows of one file."""

    def __init__(self, sheet: str, columns: Mapping[str, Column], site: Site) -> None:
        self.sheet = sheet
        self._columns = columns
        self._site = site

    def read(self, header: tuple[str, ...], line: Line) -> Row:
        """One row."""
        if line.fault is not None:
            return Row(line.number, {}, (Fault(line.number, None, line.fault),))
        faults: list[Fault] = []
        values: Values = {}
        for name, text in zip(header, line.cells, strict=True):
            if not name.startswith(LEFT_ASIDE):
                self._take(line.number, name, text, values, faults)
        self._settle_program(line.number, values, faults)
        version = self._site.version(values.get("program") or "")
        if version is not None:
            faults += _CHECKS[self.sheet](line.number, values, version, self._site)
        found = tuple(each for each in faults if isinstance(each.reason, Reason))
        remarks = tuple(each for each in faults if isinstance(each.reason, Remark))
        return Row(line.number, values, found, remarks)

    def _take(self, number: int, name: str, text: str, values: Values, faults: list[Fault]) -> None:
        column = self._columns[name]
        try:
            found = clean(text, column.longest)
            if found:
                values[name] = column.read(found, self._site.rules)
            elif column.needed:
                raise BadCell(Reason.MISSING)
        except BadCell as bad:
            if bad.reason is not Reason.MISSING:
                # Given but wrong: said once, and not called missing as well.
                values[name] = None
            hidden = column.is_identity or self.sheet in NEVER_SHOWN
            faults.append(Fault(number, name, bad.reason, told(text, hidden)))

    def _settle_program(self, number: int, values: Values, faults: list[Fault]) -> None:
        if any(fault.column == "program" for fault in faults):
            return
        program = values.setdefault("program", self._site.usual)
        if self._site.version(program) is None:
            faults.append(Fault(number, "program", Reason.UNKNOWN_PROGRAM, told(program, False)))


def _participant(n: int, values: Values, version: ProgramVersion, site: Site) -> Iterator[Fault]:
    yield from _place(n, values)
    party = version.parties.get(values.get("kind") or "")
    if party is None:
        if values.get("kind"):
            yield Fault(n, "kind", Reason.UNKNOWN_KIND, told(values["kind"], False))
        return
    yield from _identifiers(n, values, party)
    setting = values.get("setting")
    if setting is not None and setting not in party.settings:
        yield Fault(n, "setting", Reason.NOT_ON_THE_LIST, told(setting, False))
    if values.get("email") and party.has_representative and "representative" not in values:
        yield Fault(n, "representative", Reason.MISSING, "empty")
    yield from _order(n, values, "certified_from", "certified_until", needs_first=True)
    yield from _order(n, values, "suspended_from", "suspended_until", needs_first=True)
    yield from _order(n, values, "certified_from", "decertified_on")
    yield from _period(n, values, party)


def _identifiers(n: int, values: Values, party: Party) -> Iterator[Fault]:
    if party.code == "prescriber" and "npi" in party.identifiers and "npi" not in values:
        yield Fault(n, "npi", Reason.MISSING, "empty")
    is_known = "npi" in values or "ncpdp" in values
    if party.code == "pharmacy" and "ncpdp" in party.identifiers and not is_known:
        yield Fault(n, "ncpdp", Reason.MISSING, "empty")


def _order(
    n: int, values: Values, first: str, then: str, *, needs_first: bool = False
) -> Iterator[Fault]:
    begins, ends = values.get(first), values.get(then)
    if ends is not None and first not in values and needs_first:
        yield Fault(n, first, Reason.MISSING, "empty")
    elif begins is not None and ends is not None and ends < begins:
        yield Fault(n, then, Reason.DATES_OUT_OF_ORDER, told(ends.isoformat(), False))


def own_last_day(party: Party, begins: date) -> date | None:
    """The last day of a certification by the program's own rule; None when it has none."""
    return party.renew_every.after(begins) - timedelta(days=1) if party.renew_every else None


def _period(n: int, values: Values, party: Party) -> Iterator[Fault]:
    """A last day later than the program allows; one day is a way of counting."""
    begins, stated = values.get("certified_from"), values.get("certified_until")
    own = own_last_day(party, begins) if begins else None
    if own is None or stated is None or stated <= own:
        return
    is_counting = stated - own == timedelta(days=1)
    reason = Remark.LAST_DAY_COUNTED_OTHERWISE if is_counting else Reason.PERIOD_TOO_LONG
    yield Fault(n, "certified_until", reason, told(stated.isoformat(), False))


def _patient(n: int, values: Values, version: ProgramVersion, site: Site) -> Iterator[Fault]:
    yield from _place(n, values)
    yield from _order(n, values, "birth_date", "enrolled_on")
    yield from _order(n, values, "enrolled_on", "ended_on")
    if "ended_on" in values and "end_reason" not in values:
        yield Fault(n, "end_reason", Reason.MISSING, "empty")
    attributes = version.patient.attributes
    known = {column_for("patients", each.code): each.values for each in attributes}
    for name, value in values.items():
        allowed = known.get(name, ())
        if name.startswith(ATTRIBUTE) and value is not None and value not in allowed:
            yield Fault(n, name, Reason.NOT_ON_THE_LIST, told(value, True))


def _place(n: int, values: Values) -> Iterator[Fault]:
    state, zip_code = values.get("state"), values.get("zip_code")
    if state and zip_code and not zip_in_state(zip_code, state):
        yield Fault(n, "zip_code", Remark.ZIP_OF_ANOTHER_STATE)


def _result(n: int, values: Values, version: ProgramVersion, site: Site) -> Iterator[Fault]:
    test = version.tests.get(values.get("test") or "")
    if test is None:
        if values.get("test"):
            yield Fault(n, "test", Reason.NOT_ON_THE_LIST, told(values["test"], False))
        return
    unit, value = values.get("unit"), values.get("value")
    if unit is not None and unit != test.unit:
        yield Fault(n, "unit", Reason.NOT_ON_THE_LIST, told(unit, False))
    if value is not None and "unit" not in values and test.unit is not None:
        yield Fault(n, "unit", Reason.MISSING, "empty")


def version_then(values: Values, column: str, site: Site) -> ProgramVersion | None:
    """The version in force on the day in a column; today's for a day before the first."""
    day = values.get(column)
    then = site.programs.effective(values["program"], day) if day else None
    return then or site.version(values["program"])


def steps_to_carry(party: Party) -> frozenset[str]:
    """The steps that may have been done elsewhere: all but signing, by which one is certified.

    Where nobody signs, the step done last would certify unseen, so none is carried over.
    """
    signs = any(step.kind is StepKind.SIGN for step in party.steps)
    return frozenset(step.code for step in party.steps if signs and step.kind is not StepKind.SIGN)


def _step(n: int, values: Values, version: ProgramVersion, site: Site) -> Iterator[Fault]:
    then = version_then(values, "done_on", site) or version
    step = values.get("step")
    if step and not any(step in steps_to_carry(party) for party in then.parties.values()):
        yield Fault(n, "step", Reason.NOT_ON_THE_LIST, told(step, False))


def subject_of(form: str, version: ProgramVersion) -> str:
    """What a form is about: whoever takes part does one for a step, and others are of patients."""
    steps = (step for party in version.parties.values() for step in party.steps)
    return "participant" if any(step.form == form for step in steps) else "patient"


def gate_questions(definition: FormDefinition) -> dict[str, FormField]:
    """The questions of a form that gates read, by their columns."""
    fields = (field for section in definition.sections for field in section.fields)
    return {column_for("forms", field.code): field for field in fields if field.gate}


def choices(question: FormField) -> dict[str, str]:
    """The answers a question can have, by how they are written in small letters."""
    known = ("yes", "no") if question.type is FieldType.YES_NO else question.values
    return {answer.lower(): answer for answer in known}


def _form(n: int, values: Values, version: ProgramVersion, site: Site) -> Iterator[Fault]:
    then = version_then(values, "signed_on", site) or version
    definition = then.forms.get(values.get("form") or "")
    if definition is None:
        if values.get("form"):
            yield Fault(n, "form", Reason.NOT_ON_THE_LIST, told(values["form"], True))
        return
    about = subject_of(definition.code, then)
    if about not in values:
        yield Fault(n, about, Reason.MISSING, "empty")
    questions = gate_questions(definition)
    unread = {"patient", "participant"} - {about}
    unread |= {name for name in values if name.startswith(ANSWER)} - questions.keys()
    for name in sorted(unread):
        if values.get(name) is not None:
            yield Fault(n, name, Reason.NOT_ON_THE_LIST, told(str(values[name]), True))
    for name, question in questions.items():
        yield from _answer(n, name, values, question)


def _answer(n: int, name: str, values: Values, question: FormField) -> Iterator[Fault]:
    if name not in values:
        if question.required and question.shown_when is None:
            yield Fault(n, name, Reason.MISSING, "empty")
    elif values[name] is not None and choices(question) and values[name] not in choices(question):
        yield Fault(n, name, Reason.NOT_ON_THE_LIST, told(values[name], True))


def _authorization(n: int, values: Values, version: ProgramVersion, site: Site) -> Iterator[Fault]:
    gate = version.gates.get(values.get("gate") or "")
    if values.get("gate") and (gate is None or gate.authorizes is None):
        yield Fault(n, "gate", Reason.NOT_ON_THE_LIST, told(values["gate"], False))
    elif gate is not None and gate.authorizes is not None:
        for name in {"course": ("course",), "infusion_day": ("course", "day")}.get(
            gate.authorizes.value, ()
        ):
            if name not in values:
                yield Fault(n, name, Reason.MISSING, "empty")
    yield from _order(n, values, "valid_from", "valid_until")
    ends = values.get("valid_until")
    if ends is not None and ends < site.today:
        yield Fault(n, "valid_until", Reason.NO_LONGER_OPEN, told(ends.isoformat(), False))


def _nothing_more(n: int, values: Values, version: ProgramVersion, site: Site) -> Iterator[Fault]:
    return iter(())


_CHECKS = {
    "participants": _participant,
    "staff": _nothing_more,
    "steps": _step,
    "patients": _patient,
    "forms": _form,
    "infusions": _nothing_more,
    "results": _result,
    "authorizations": _authorization,
}
