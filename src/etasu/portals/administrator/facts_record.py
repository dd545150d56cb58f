"""The facts a decision rests on, as tables a person can read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.dates import short_day
from etasu.portals.components.records import Cell, SummaryRow, WorklistTable
from etasu.portals.components.words import PARTIES, STATUSES, setting_label
from etasu.safe_use.program import ProgramVersion

_DASH = "–"
_LABELS: dict[str, str | Promise] = {
    "on": gettext_lazy("Day asked about"),
    "asked_on": gettext_lazy("Day of the question"),
    "course": gettext_lazy("Course"),
    "days_supply": gettext_lazy("Days of supply"),
    "statements": gettext_lazy("Statements made"),
    "id": gettext_lazy("Number"),
    "birth_date": gettext_lazy("Born"),
    "enrolled_on": gettext_lazy("Enrolled on"),
    "ended_on": gettext_lazy("Enrollment ended on"),
    "end_reason": gettext_lazy("Why it ended"),
    "attributes": gettext_lazy("Properties"),
    "holds": gettext_lazy("Open holds"),
}
_QUESTION = ("on", "asked_on", "course", "days_supply", "statements")
_PATIENT = ("id", "birth_date", "enrolled_on", "ended_on", "end_reason", "attributes", "holds")
_DAYS = {"on", "asked_on", "birth_date", "enrolled_on", "ended_on"}


class FactsPart:
    """A heading with either rows or a table below it."""

    def __init__(
        self,
        heading: str,
        rows: Sequence[SummaryRow] = (),
        table: WorklistTable | None = None,
    ) -> None:
        self.heading, self.rows, self.table = heading, rows, table


def facts_parts(record: Mapping[str, Any], version: ProgramVersion) -> list[FactsPart]:
    """The whole record, part by part; nothing of it is left out."""
    return [
        FactsPart(_("The question"), _rows(record, _QUESTION)),
        FactsPart(_("The patient"), _rows(record.get("patient") or {}, _PATIENT)),
        FactsPart(_("Participants"), table=_parties(record.get("parties") or {})),
        FactsPart(_("Forms"), table=_forms(record.get("forms") or (), version)),
        FactsPart(_("Results"), table=_results(record.get("results") or (), version)),
        FactsPart(_("Infusions"), table=_infusions(record.get("infusions") or ())),
        FactsPart(
            _("Authorizations"), table=_authorizations(record.get("authorizations") or (), version)
        ),
    ]


def _rows(record: Mapping[str, Any], keys: Iterable[str]) -> list[SummaryRow]:
    return [SummaryRow(_LABELS[key], _said(key, record.get(key))) for key in keys]


def _said(key: str, value: Any) -> str:
    if value in (None, "", [], {}):
        return _DASH
    if key in _DAYS:
        return short_day(value)
    if key == "holds":
        return ", ".join(f"{hold['code']} ({short_day(hold['opened_on'])})" for hold in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {said}" for name, said in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _parties(parties: Mapping[str, Any]) -> WorklistTable:
    rows = []
    for kind, known in parties.items():
        label = str(PARTIES.get(kind, kind))
        if known is None:
            rows.append([Cell(label), Cell(_("None is named")), *[Cell(_DASH)] * 4])
            continue
        rows.append(
            [
                Cell(label),
                Cell(known["id"]),
                Cell(_span(known["certified_from"], known["certified_until"])),
                Cell(_span(known["suspended_from"], known["suspended_until"])),
                Cell(short_day(known["decertified_on"]) or _DASH),
                Cell(setting_label(known["setting"] or "") or _DASH),
            ]
        )
    names = (_("Kind"), _("Number"), _("Certified"), _("Suspended"), _("Decertified"))
    return _table(_("Participants"), (*names, _("Setting")), rows)


def _forms(forms: Iterable[Mapping[str, Any]], version: ProgramVersion) -> WorklistTable:
    rows = [
        [
            Cell(_named(version.forms, each["form"])),
            Cell(short_day(each["signed_on"])),
            Cell(str(each["course"] or _DASH)),
            Cell(_said("answers", each["answers"])),
        ]
        for each in forms
    ]
    names = (_("Form"), _("Signed on"), _("Course"), _("Answers the gate reads"))
    return _table(_("Signed forms"), names, rows)


def _results(results: Iterable[Mapping[str, Any]], version: ProgramVersion) -> WorklistTable:
    rows = [
        [
            Cell(_named(version.tests, each["test"])),
            Cell(short_day(each["collected_on"])),
            Cell(" ".join(part for part in (each["value"], each["unit"]) if part) or _DASH),
        ]
        for each in results
    ]
    return _table(_("Results"), (_("Test"), _("Collected on"), _("Result")), rows)


def _infusions(infusions: Iterable[Mapping[str, Any]]) -> WorklistTable:
    rows = [[Cell(str(each["course"])), Cell(short_day(each["given_on"]))] for each in infusions]
    return _table(_("Infusions"), (_("Course"), _("Given on")), rows)


def _authorizations(known: Iterable[Mapping[str, Any]], version: ProgramVersion) -> WorklistTable:
    rows = [
        [
            Cell(each["number"]),
            Cell(_named(version.gates, each["gate"])),
            Cell(_said("", [each[key] for key in ("course", "day") if each[key] is not None])),
            Cell(_span(each["valid_from"], each["valid_until"])),
            Cell(str(STATUSES["authorization"][each["state"]].label)),
            Cell(_said("names", each["names"])),
        ]
        for each in known
    ]
    names = (_("Number"), _("Gate"), _("Course, day"), _("Valid"), _("State"), _("Names"))
    return _table(_("Authorizations"), names, rows)


def _table(caption: str, names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> WorklistTable:
    return WorklistTable(caption=caption, columns=names, rows=rows, empty=_("None on record."))


def _named(known: Mapping[str, Any], code: str) -> str:
    return str(getattr(known.get(code), "name", code))


def _span(first: str | None, last: str | None) -> str:
    if not first:
        return _DASH
    return f"{short_day(first)} – {short_day(last) or _('no end')}"
