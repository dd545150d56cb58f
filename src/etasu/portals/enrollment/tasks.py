"""The steps toward certification as a list of tasks, each leading to where it is done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from etasu.portals.components.dates import day as us_day
from etasu.portals.components.task_list import (
    COMPLETE,
    IN_PROGRESS,
    NOT_STARTED,
    Task,
    step_task,
)
from etasu.registry.submissions.facts import open_drafts_about
from etasu.safe_use.program import Party, Step, StepKind


def certification_tasks(
    participant: Any, party: Party, done: Mapping[str, date], audience: str
) -> list[Task]:
    """One task for each step, in the program's order."""
    drafts = {each.form: each.number for each in open_drafts_about("participant", participant.pk)}
    form = next((step.form for step in party.steps if step.kind is StepKind.SIGN), None)
    return [
        _task(step, participant, done.get(step.code), audience, form, drafts)
        for step in party.steps
    ]


def _task(
    step: Step,
    participant: Any,
    done_on: date | None,
    audience: str,
    form: str | None,
    drafts: Mapping[str, str],
) -> Task:
    if done_on is not None:
        hint = _("Done on %(day)s") % {"day": us_day(done_on)}
        return step_task(step, COMPLETE, hint=hint)
    url, hint, state = "", "", NOT_STARTED
    if step.kind in (StepKind.REVIEW, StepKind.ASSESS):
        url = reverse("training:tasks", args=[participant.program, audience])
    elif step.kind is StepKind.SIGN and step.form:
        begun = drafts.get(step.form)
        url = (
            reverse("forms:resume", args=[begun])
            if begun
            else reverse("forms:begin", args=[step.form])
        )
        state = IN_PROGRESS if begun else NOT_STARTED
    elif step.kind in (StepKind.ATTEST, StepKind.TRAIN_STAFF):
        hint = _("You state this on the enrollment form.") if form else ""
    return step_task(step, state, url=url, hint=hint)
