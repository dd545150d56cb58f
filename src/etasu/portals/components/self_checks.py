"""A self-check in words: for the patient who makes it, and for whoever answers for the patient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.dates import day
from etasu.portals.language import page_language
from etasu.registry.patient_support.self_check_facts import Said, said_in
from etasu.registry.patients.today import day_of
from etasu.safe_use.monitoring_plan import Urgency
from etasu.safe_use.nurse_line import Line, Wording
from etasu.safe_use.program import ENGLISH
from etasu.safe_use.self_check import SelfCheckPlan, Told, call_by

Words = str | Promise
# How soon whoever answers for a patient looks after it.
URGENCIES: Mapping[str, Words] = {
    Urgency.EMERGENCY: gettext_lazy("Emergency: the patient was told to call 911"),
    Urgency.URGENT: gettext_lazy("Same day"),
    Urgency.ROUTINE: gettext_lazy("By the next business day"),
}


class Advice(NamedTuple):
    """What a patient is told to do now: its tone, its first words, and what follows them."""

    tone: str
    heading: Words
    text: Words


class ToldLine(NamedTuple):
    """One thing that was told, in the language it can be said in."""

    words: Line
    is_unsure: bool


def spoken(wording: Wording) -> Line:
    """A wording in the language of the page, in English where there is none."""
    return wording.said(page_language())


def told_lines(plan: SelfCheckPlan, told: Iterable[Any]) -> list[ToldLine]:
    """What was told, as it was asked; a region somebody is not sure of by the region."""
    found: list[ToldLine] = []
    for each in told:
        wording = plan.region(each.code) if each.is_unsure else plan.symptom(each.code)
        line = spoken(wording) if wording is not None else Line(ENGLISH, each.code)
        found.append(ToldLine(line, each.is_unsure))
    return found


def emergency_lines(said: Said) -> list[ToldLine]:
    """What was told in a self-check that cannot wait until its end."""
    told = [each for each in said.outcome.told if each.urgency is Urgency.EMERGENCY]
    return told_lines(said.plan, told)


def advice_for(said: Said, told_on: date) -> Advice:
    """What to do now about everything told in a self-check on that day."""
    urgency = said.outcome.urgency
    if urgency is Urgency.EMERGENCY:
        return Advice(
            "stop",
            _("Call 911 now"),
            _("Do not wait, and do not drive yourself. Then call your doctor."),
        )
    if urgency is not None:
        return _call_advice(urgency, told_on)
    if said.outcome.left:
        return Advice(
            "plain",
            _("This check is not finished"),
            _("Some parts of your body are still to be looked at."),
        )
    return Advice(
        "good",
        _("You noticed nothing new"),
        _(
            "Keep up your tests all the same: they can find what nobody feels. If you notice "
            "something tomorrow, do not wait for the next check."
        ),
    )


def _call_advice(urgency: Urgency, told_on: date) -> Advice:
    if urgency is Urgency.URGENT:
        return Advice(
            "care",
            _("Call your doctor today"),
            _(
                "Tell them what you noticed. If it gets worse, or you cannot reach anybody, go to "
                "an emergency room."
            ),
        )
    by = day(call_by(urgency, told_on))
    return Advice(
        "calm",
        _("Call your doctor by %(day)s") % {"day": by},
        _("Tell them what you noticed. If it gets worse, call at once."),
    )


class CheckLine(NamedTuple):
    """One self-check in a list: its number, its day, how it came out, and what was done then."""

    number: str
    on: date
    is_finished: bool
    advice: Advice
    told: Sequence[ToldLine]
    done: Sequence[str]


def check_line(check: Any) -> CheckLine:
    """A self-check as lists show it."""
    said = said_in(check)
    told: Sequence[Told] = said.outcome.told
    return CheckLine(
        check.number,
        check.begun_on,
        check.finished_at is not None,
        advice_for(said, day_of(check.patient, check.begun_at)),
        told_lines(said.plan, told),
        list(dict.fromkeys(each.done for each in check.told.all() if each.done)),
    )
