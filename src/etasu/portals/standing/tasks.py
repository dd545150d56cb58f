"""The steps of a certification, first or next, as tasks that lead to where they are done."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from etasu.portals.components.dates import day as us_day
from etasu.portals.components.task_list import (
    COMPLETE,
    IN_PROGRESS,
    NOT_STARTED,
    WAITING,
    Task,
    step_task,
)
from etasu.portals.components.words import role_label
from etasu.portals.standing.here import Mine, days_done
from etasu.registry.participants.sites import role_for
from etasu.registry.submissions.facts import open_drafts_about
from etasu.safe_use.program import Step, StepKind

_TRAINED = frozenset({StepKind.REVIEW, StepKind.ASSESS})
_STATED = frozenset({StepKind.ATTEST, StepKind.TRAIN_STAFF})


def step_tasks(own: Mine) -> list[Task]:
    """What the certification takes, or what its renewal takes once that is open."""
    due = own.due
    if due is not None and due.is_open:
        return _tasks(own, due.steps, {step.code for step in due.left})
    left = {step.code for step in own.standing.steps_left}
    return _tasks(own, own.party.steps, left)


def _tasks(own: Mine, steps: Collection[Step], left: Collection[str]) -> list[Task]:
    done = days_done(own)
    drafts = {
        each.form: each.number for each in open_drafts_about("participant", own.participant.pk)
    }
    return [_task(own, step, step.code in left, done.get(step.code), drafts) for step in steps]


def _task(
    own: Mine, step: Step, is_left: bool, done_on: date | None, drafts: Mapping[str, str]
) -> Task:
    if not is_left:
        hint = _("Done on %(day)s") % {"day": us_day(done_on)} if done_on else ""
        return step_task(step, COMPLETE, hint=hint)
    hint = _("Last done on %(day)s") % {"day": us_day(done_on)} if done_on else ""
    if not own.may_renew:
        whom = role_label(role_for(own.participant.kind) or own.participant.kind)
        return step_task(step, WAITING, waiting_for=whom, hint=hint)
    if step.kind in _STATED and own.party.steps[-1].form:
        hint = _("You state this on the enrollment form.")
    begun = step.form in drafts
    return step_task(
        step,
        IN_PROGRESS if begun else NOT_STARTED,
        url=_where(own, step, drafts),
        hint=hint,
    )


def _where(own: Mine, step: Step, drafts: Mapping[str, str]) -> str:
    """Where the step is done; empty where a page for it is not the person's to open."""
    if step.kind in _TRAINED:
        return reverse("training:tasks", args=[own.participant.program, own.asker.role])
    if step.kind is not StepKind.SIGN or not step.form:
        return ""
    if step.form in drafts:
        return reverse("forms:resume", args=[drafts[step.form]])
    due = own.due
    if due is not None and due.is_open:
        return reverse("standing:renew", args=[own.participant.number])
    if own.asker.participant == own.participant.number:
        return reverse("forms:begin", args=[step.form])
    # A form of a further site is begun in the name of that site.
    return reverse("organization:enroll", args=[own.participant.number])
