"""A program's definition as a person reads it, with every entry that is still to be verified."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.dates import short_day
from etasu.portals.components.records import Cell, SummaryRow, WorklistTable
from etasu.portals.components.words import role_label
from etasu.programs.loader import LoadedProgram
from etasu.safe_use.findings import Severity
from etasu.safe_use.program import Gate, ProgramVersion
from etasu.safe_use.requirements import Requirement

STATES: dict[str, str | Promise] = {
    "active": gettext_lazy("Active"),
    "winding_down": gettext_lazy("Winding down"),
    "retired": gettext_lazy("Retired"),
}
UNITS: dict[str, str | Promise] = {
    "course": gettext_lazy("A course"),
    "infusion_day": gettext_lazy("One infusion day"),
    "fill": gettext_lazy("One fill"),
    "period": gettext_lazy("A period"),
}
# Where entries are, and what the reader calls them.
SECTIONS: dict[str, str | Promise] = {
    "parties": gettext_lazy("Participant"),
    "patient": gettext_lazy("Patient"),
    "courses": gettext_lazy("Course plan"),
    "gates": gettext_lazy("Gate"),
    "tests": gettext_lazy("Test"),
    "schedules": gettext_lazy("Schedule"),
    "horizon": gettext_lazy("Horizon"),
    "lateness": gettext_lazy("Lateness"),
    "responses": gettext_lazy("Response"),
    "limits": gettext_lazy("Limit"),
    "duties": gettext_lazy("Duty"),
    "forms": gettext_lazy("Form"),
    "materials": gettext_lazy("Material"),
    "notices": gettext_lazy("Notice"),
    "metrics": gettext_lazy("Metric"),
    "goals": gettext_lazy("Goal"),
}


class Unverified(NamedTuple):
    """An entry whose source was not checked yet."""

    section: str
    code: str
    source: str


class GateRecord(NamedTuple):
    """A gate with its requirements, and the suspensions of some of them."""

    gate: Gate
    rows: list[SummaryRow]
    requirements: WorklistTable
    suspensions: WorklistTable


def programs_table(programs: Iterable[LoadedProgram]) -> WorklistTable:
    """Every program, the newest version leading to its page."""
    rows = []
    for each in programs:
        newest = each.versions[-1]
        waiting = len({(e.section, e.code) for e in unverified(newest)})
        rows.append(
            (
                Cell(each.program.name, _place(newest)),
                Cell(each.program.product),
                Cell(each.program.sponsor),
                Cell(_state(each)),
                Cell(str(len(each.versions))),
                Cell(str(waiting)),
            )
        )
    names = (_("Program"), _("Product"), _("Sponsor"), _("State"), _("Versions"))
    return WorklistTable(
        caption=_("Programs"),
        columns=(*names, _("Entries to be verified")),
        rows=rows,
        empty=_("No program is installed."),
    )


def versions_table(loaded: LoadedProgram, on: date) -> WorklistTable:
    """Every version, newest first; the one in force today is named."""
    in_force = loaded.effective(on)
    rows = [
        (
            Cell(each.label, _place(each)),
            Cell(short_day(each.effective_on)),
            Cell(_("In force") if each is in_force else ""),
        )
        for each in reversed(loaded.versions)
    ]
    return WorklistTable(
        caption=_("Versions"),
        columns=(_("Version"), _("In force from"), _("Today")),
        rows=rows,
        empty="",
    )


def identity_rows(loaded: LoadedProgram) -> list[SummaryRow]:
    """What the program is, for what, and whether it still runs."""
    program = loaded.program
    rows = [
        SummaryRow(_("Product"), program.product),
        SummaryRow(_("Sponsor"), program.sponsor),
        SummaryRow(_("State"), _state(loaded)),
        SummaryRow(_("Risks"), ", ".join(program.risks)),
        SummaryRow(_("Source"), program.source),
        SummaryRow(_("Notice"), program.notice),
    ]
    if program.retired_because:
        rows.insert(3, SummaryRow(_("Why it ended"), program.retired_because))
    return rows


def gate_records(version: ProgramVersion) -> list[GateRecord]:
    """Every gate in the order of the program."""
    return [
        GateRecord(gate, _gate_rows(gate), _requirements(gate), _suspensions(gate))
        for gate in version.gates.values()
    ]


def unverified_table(version: ProgramVersion) -> WorklistTable:
    """Every entry marked as not verified, with the source to check it against."""
    found = dict.fromkeys(unverified(version))
    return WorklistTable(
        caption=_("Entries to be verified"),
        columns=(_("Entry"), _("Kind"), _("Source")),
        rows=[(Cell(each.code), Cell(each.section), Cell(each.source)) for each in found],
        empty=_("Every entry of this version was verified."),
    )


def unverified(version: ProgramVersion) -> Iterator[Unverified]:
    """Every entry of the version that is not verified, wherever it is."""
    for section, label in SECTIONS.items():
        yield from _unverified_in(getattr(version, section), str(label))


def _unverified_in(value: Any, section: str) -> Iterator[Unverified]:
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        for each in value:
            yield from _unverified_in(each, section)
    elif dataclasses.is_dataclass(value):
        if getattr(value, "verified", True) is False:
            what = _("Requirement") if isinstance(value, Requirement) else section
            yield Unverified(what, str(value.code), str(value.source))  # type: ignore[union-attr]
        for field in dataclasses.fields(value):
            yield from _unverified_in(getattr(value, field.name), section)


def _gate_rows(gate: Gate) -> list[SummaryRow]:
    rows = [
        SummaryRow(_("Question"), gate.question),
        SummaryRow(_("Asked by"), ", ".join(map(role_label, gate.asked_by))),
        SummaryRow(_("Authorizes"), UNITS[gate.authorizes] if gate.authorizes else _("Nothing")),
        SummaryRow(_("Source"), _source(gate.source, gate.verified)),
    ]
    if gate.validity is not None:
        rows.insert(3, SummaryRow(_("Valid for at most"), str(gate.validity)))
    return rows


def _requirements(gate: Gate) -> WorklistTable:
    rows = [
        (
            Cell(each.code),
            Cell(each.required),
            Cell(_("Warns") if each.severity is Severity.WARN else _("Blocks")),
            Cell(role_label(each.who_can_fix)),
            Cell(_source(each.source, each.verified)),
        )
        for each in gate.requirements
    ]
    return WorklistTable(
        caption=_("Requirements of: %(gate)s") % {"gate": gate.name},
        columns=(_("Code"), _("Required"), _("If not met"), _("Who can fix it"), _("Source")),
        rows=rows,
        empty=_("This gate has no requirement, so it grants nothing."),
    )


def _suspensions(gate: Gate) -> WorklistTable:
    rows = [
        (
            Cell(each.code),
            Cell(f"{short_day(each.starts_on)} – {short_day(each.ends_on) or _('no end')}"),
            Cell(each.authority),
            Cell(each.reason),
            Cell(", ".join(each.lifts)),
        )
        for each in gate.suspensions
    ]
    return WorklistTable(
        caption=_("Suspensions of: %(gate)s") % {"gate": gate.name},
        columns=(_("Code"), _("In force"), _("Authority"), _("Reason"), _("Lifts")),
        rows=rows,
        empty="",
    )


def _source(source: str, is_verified: bool) -> str:
    return source if is_verified else _("%(source)s (not yet verified)") % {"source": source}


def _state(loaded: LoadedProgram) -> str:
    said = str(STATES[loaded.program.status])
    ended = loaded.program.retired_on
    return f"{said}, {short_day(ended)}" if ended else said


def _place(version: ProgramVersion) -> str:
    return reverse("administrator:program", args=[version.program.code, version.label])
