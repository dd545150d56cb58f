"""What codes mean: the table with its history, and one code with what waits for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from etasu.portals.components.dates import brief_moment
from etasu.portals.components.forms import sent_form
from etasu.portals.components.records import Cell, Choice, Filter, WorklistTable
from etasu.portals.components.sending import sent_once
from etasu.portals.components.spreadsheet import csv_file
from etasu.portals.laboratory import words
from etasu.portals.laboratory.fixing_forms import EVERYBODY, MINE, NOTHING, CodeForm, NewCodeForm
from etasu.portals.laboratory.here import Here, here, is_confirmed, show_effect
from etasu.portals.laboratory.waiting_tables import code_address
from etasu.portals.requests import PortalRequest
from etasu.programs.code_candidates import Candidate, candidates
from etasu.registry.accounts.facts import names_of
from etasu.registry.monitoring import lab_facts
from etasu.registry.monitoring.lab_facts import mapping_history
from etasu.registry.monitoring.lab_models import CodeMapping
from etasu.registry.monitoring.resolving import map_code
from etasu.registry.monitoring.retaking import is_under_way, retaking_for
from etasu.safe_use.program import ProgramVersion

page_methods = require_http_methods(["GET", "HEAD", "POST"])
MOST_SHOWN = 10
# A code of fewer characters stays on one line.
SHORT_CODE = 12
SHOWN = {"": False, "all": True}


@page_methods
def codes(request: PortalRequest) -> HttpResponseBase:
    """The mapping table; with `show=all` what codes meant before as well, and all as a file."""
    where = here(request)
    show = request.GET.get("show", "")
    if show not in SHOWN:
        raise Http404
    history = list(mapping_history(where.program))
    if request.GET.get("file") == "csv":
        return csv_file(_file(history, where), f"codes-{where.today.isoformat()}")
    known = lab_facts.connections_of(where.program).filter(closed_at__isnull=True)
    form = NewCodeForm(sent_form(request), connections=known)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        return redirect(code_address(said["sender"], said["system"].strip(), said["code"].strip()))
    context = {"table": _table(history, where, show), "form": form, "show": show}
    return render(request, "laboratory/codes.html", context)


@page_methods
def code(request: PortalRequest) -> HttpResponse:
    """One code of one sender: what it means, what waits for it, and what it could mean."""
    where = here(request)
    asked = {name: request.GET.get(name, "") for name in ("sender", "system", "code")}
    sender = _sender(where, asked["sender"])
    if not asked["system"] or not asked["code"] or (asked["sender"] and sender is None):
        raise Http404
    waits = list(lab_facts.items_of_code(where.program, sender, asked["system"], asked["code"]))
    history = _history(where, sender, asked)
    said = " ".join({asked["code"], *(each.code_text for each in waits[:MOST_SHOWN])})
    fits = candidates(said, where.version)
    now = next((each for each in history if each.ended_at is None), None)
    form = CodeForm(
        sent_form(request), version=where.version, fits=[each.test for each in fits],
        initial=_initial(now),
    )  # fmt: skip
    if sender is None:
        form.fields["scope"].choices = form.fields["scope"].choices[1:]  # type: ignore[attr-defined]
        form.initial["scope"] = EVERYBODY
    if request.method == "POST" and form.is_valid():
        return _map(request, where, sender, asked, form)
    context = {
        "asked": asked,
        "sender": sender,
        "fits": _fits_table(fits),
        "waits": len(waits),
        "samples": _samples(waits[:MOST_SHOWN]),
        "beside": lab_facts.loinc_sent_beside(waits),
        "history": _history_table(history, where),
        "form": form,
    }
    return render(request, "laboratory/code.html", context)


def _map(
    request: PortalRequest, where: Here, sender: Any, asked: dict[str, str], form: CodeForm
) -> HttpResponse:
    """Show what would follow for what waits, and once that was confirmed, do it."""
    said = form.cleaned_data
    whose = sender if said["scope"] == MINE else None
    found = lab_facts.items_of_code(where.program, whose, asked["system"], asked["code"])
    waits = [each.pk for each in found]

    def do() -> str:
        keep()
        return reverse("laboratory:codes")

    def keep() -> CodeMapping:
        return map_code(
            whose, where.program, asked["system"], asked["code"], form.meaning,
            unit=said["unit"].strip(), said=said["said"], by=where.by, at=where.at,
        )  # fmt: skip

    def effect() -> list[str]:
        retaking = retaking_for(keep())
        anew = words.effect_of(retaking) if retaking is not None else []
        fates = lab_facts.fates_of(waits)
        return [*(words.effect_on(fates) if fates or not anew else []), *anew]

    meaning = words.test_name(form.meaning, where.version) if form.meaning else _("nothing")
    if not is_confirmed(request):
        shown = {
            "heading": _("Keep what the code means"),
            "about": _("%(code)s means %(meaning)s.")
            % {"code": f"{asked['system']} {asked['code']}", "meaning": meaning},
            "back_url": code_address(asked["sender"], asked["system"], asked["code"]),
            "send": _("Keep on record"),
        }
        return show_effect(request, effect, shown)
    led = sent_once(request, do)
    messages.success(request, _("It is on record, and what waited for it went on."))
    return redirect(led)


def _sender(where: Here, number: str) -> Any:
    return lab_facts.connection_seen(where.program, number) if number else None


def _history(where: Here, sender: Any, asked: dict[str, str]) -> list[Any]:
    found = mapping_history(where.program).filter(system=asked["system"], code=asked["code"])
    mine = [each for each in found if each.connection_id in (None, sender.pk if sender else None)]
    return sorted(mine, key=lambda each: (each.ended_at is None, each.began_at), reverse=True)


def _initial(now: Any) -> dict[str, str]:
    if now is None:
        return {}
    scope = MINE if now.connection_id else EVERYBODY
    return {"test": now.test or NOTHING, "unit": now.unit, "scope": scope}


def _fits_table(fits: Sequence[Candidate]) -> WorklistTable:
    return WorklistTable(
        caption=_("What its words fit"),
        columns=(_("Test"), _("LOINC"), _("Called")),
        rows=[
            (Cell(each.test.name), Cell(each.loinc, is_number=True), Cell(each.name))
            for each in fits
        ],
        empty=_("Its words fit no test. Ask the laboratory."),
    )


def _samples(rows: Sequence[Any]) -> WorklistTable:
    return WorklistTable(
        caption=_("What waits for it"),
        columns=(_("What was sent"), _("Value"), _("Range"), _("Message")),
        rows=[
            (
                Cell(each.code_text or each.code),
                Cell(words.value_of(each)),
                Cell(each.range_text or words.DASH),
                Cell(
                    each.report.message.number,
                    reverse("laboratory:item", args=[each.report.message.number, each.pk]),
                    is_number=True,
                ),
            )
            for each in rows
        ],
        empty=_("Nothing waits for it."),
    )


def _table(history: Sequence[Any], where: Here, show: str) -> WorklistTable:
    shown = [each for each in history if SHOWN[show] or each.ended_at is None]
    choices = [
        Choice("", _("What codes mean now"), show == ""),
        Choice("all", _("What they meant before as well"), show == "all"),
    ]
    return WorklistTable(
        caption=_("What codes mean"),
        columns=_columns(),
        rows=[_cells(each, where) for each in shown],
        empty=_("Nobody has explained a code yet. Codes with LOINC beside them need nothing."),
        filters=(Filter("show", _("Show"), choices),),
    )


def _history_table(history: Sequence[Any], where: Here) -> WorklistTable:
    return WorklistTable(
        caption=_("What it meant until now"),
        columns=_columns(),
        rows=[_cells(each, where) for each in history],
        empty=_("Nobody has explained it yet."),
    )


def _columns() -> tuple[str, ...]:
    return (
        *(_("Code"), _("Sender"), _("It means"), _("Asked for by the program as")),
        *(_("Unit when none is sent"), _("Since")),
    )


def _cells(row: Any, where: Here) -> tuple[Cell, ...]:
    sender = row.connection.number if row.connection else None
    test, loinc, met = _meaning(row, where.version)
    since = brief_moment(row.began_at, where.zone)
    if is_under_way(row):
        since = _("%(since)s; what is on record is still judged again") % {"since": since}
    if row.ended_at:
        until = brief_moment(row.ended_at, where.zone)
        since = _("%(since)s, until %(until)s") % {"since": since, "until": until}
    return (
        Cell(
            f"{row.system} {row.code}",
            code_address(sender, row.system, row.code),
            is_number=len(row.code) < SHORT_CODE,
        ),
        Cell(row.connection.name if row.connection else _("Every sender")),
        Cell(f"{test} ({loinc})" if loinc != words.DASH else test),
        Cell(met),
        Cell(row.unit or words.DASH),
        Cell(since),
    )


def _meaning(row: Any, version: ProgramVersion) -> tuple[str, str, str]:
    """The test, its LOINC codes, and the requirements a result of it can meet."""
    test = version.tests.get(row.test) if row.test else None
    if test is None:
        return row.test or _("Nothing that counts"), words.DASH, words.DASH
    panels = {each.code for each in version.tests.values() if test.code in each.needs}
    met = [
        version.tests[each.test].name
        for each in version.schedules.values()
        if each.test in {test.code, *panels}
    ]
    return test.name, ", ".join(test.loinc[:2]), ", ".join(dict.fromkeys(met)) or words.DASH


def _file(history: Iterable[Any], where: Here) -> list[list[str]]:
    rows = list(history)
    names = names_of({each for row in rows for each in (row.began_by, row.ended_by) if each})
    head = [_("Code list"), _("Code"), _("Sender"), _("It means"), _("LOINC"),
            _("Asked for by the program as"), _("Unit when none is sent"), _("Since"), _("By"),
            _("Until"), _("By"), _("What that rests on")]  # fmt: skip
    return [
        head,
        *(
            [
                row.system, row.code, row.connection.name if row.connection else "",
                *_meaning(row, where.version), row.unit, row.began_at.isoformat(),
                names.get(row.began_by, row.began_by),
                row.ended_at.isoformat() if row.ended_at else "",
                names.get(row.ended_by, row.ended_by) if row.ended_by else "", row.said,
            ]
            for row in rows
        ),
    ]  # fmt: skip
