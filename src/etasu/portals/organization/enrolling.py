"""A site's way to its certification: its steps, and beginning the form its representative signs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from etasu.portals.components.dates import short_day
from etasu.portals.components.people import person_here
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.components.task_list import (
    COMPLETE,
    IN_PROGRESS,
    NOT_STARTED,
    Task,
    step_task,
)
from etasu.portals.organization.here import Here, site_here
from etasu.portals.requests import PortalRequest
from etasu.registry.education.facts import completed
from etasu.registry.participants.facts import certification_facts, steps_done
from etasu.registry.participants.organizations import begin_site_form
from etasu.registry.participants.renewal import renewal_of
from etasu.registry.participants.sites import covered_by
from etasu.registry.participants.succession import pending, resting_on
from etasu.registry.submissions.facts import open_drafts_about
from etasu.safe_use.program import FormDefinition, Step, StepKind
from etasu.safe_use.renewal import renewal
from etasu.safe_use.training import training_tasks

_TRAINED = frozenset({StepKind.REVIEW, StepKind.ASSESS})
_STATED = frozenset({StepKind.ATTEST, StepKind.TRAIN_STAFF})


def site_tasks(where: Here, site: Any) -> list[Task]:
    """Every certification step of the site, each leading to where it is done."""
    facts = certification_facts(site)
    due = renewal(where.party, facts, where.today)
    if due is not None and due.is_open:
        steps, left = due.steps, {step.code for step in due.left}
    else:
        steps, left = where.party.steps, set()
    done = steps_done(site)
    left |= {step.code for step in steps if step.code not in facts.steps_done}
    return [_task(where, site, step, step.code in left, done) for step in steps]


def handover_tasks(where: Here, site: Any, user: Any) -> tuple[str, list[Task]]:
    """Whose place the person takes at the site, and what is left until then; "" without one."""
    for each in pending(user):
        leaving = each.replaces
        if leaving is not None and covered_by(leaving).filter(pk=site.pk).exists():
            return leaving.user.full_name, _to_take_over(where, site, user)
    return "", []


def _to_take_over(where: Here, site: Any, user: Any) -> list[Task]:
    has_signed = user.pk in resting_on([site])[site.pk]
    trained = reverse("training:tasks", args=[site.program, where.asker.role])
    tasks = [Task(_("The training of a representative"), _said_trained(where, user), url=trained)]
    for step in where.party.steps:
        if step.kind is StepKind.SIGN:
            tasks.append(_task(where, site, step, not has_signed, {}))
    return tasks


def _said_trained(where: Here, user: Any) -> str:
    done = completed(user, where.asker.program, where.version, party=where.party)
    count = [task.step.code in done for task in training_tasks(where.version, where.party)]
    if all(count):
        return COMPLETE
    return IN_PROGRESS if any(count) else NOT_STARTED


def _task(where: Here, site: Any, step: Step, is_left: bool, done: Mapping[str, date]) -> Task:
    day = done.get(step.code)
    hint = _("Last done on %(day)s") % {"day": short_day(day)} if day else ""
    if not is_left:
        return step_task(step, COMPLETE, hint=hint)
    if step.kind in _TRAINED:
        url = reverse("training:tasks", args=[site.program, where.asker.role])
        return step_task(step, url=url, hint=hint)
    if step.kind is StepKind.SIGN and step.form:
        begun = {each.form for each in open_drafts_about("participant", site.pk)}
        state = IN_PROGRESS if step.form in begun else NOT_STARTED
        url = reverse("organization:enroll", args=[site.number])
        return step_task(step, state, url=url, hint=hint)
    if step.kind in _STATED:
        hint = _("You state this on the enrollment form.")
    return step_task(step, hint=hint)


@require_http_methods(["GET", "HEAD", "POST"])
def enroll(request: PortalRequest, number: str) -> HttpResponse:
    """The form that the representative signs for this site; one under way is gone on with."""
    where, site = site_here(request, number)
    definition = _form_of(where)
    user = person_here(request)
    if definition is None:
        raise Http404
    begun = [
        each for each in open_drafts_about("participant", site.pk) if each.form == definition.code
    ]
    if begun:
        return redirect("forms:resume", begun[0].number)
    due = renewal_of(site, where.version, where.today)
    if due is not None and due.is_open:
        return redirect("standing:renew", number)
    if request.method == "POST":
        by, at = actor(request), request.at
        takes_over = bool(handover_tasks(where, site, user)[0])

        def begin() -> str:
            draft = begin_site_form(
                site, definition, user, takes_over=takes_over, on=where.today, by=by, at=at
            )
            return str(draft.number)

        return redirect("forms:resume", sent_once(request, begin))
    context = {"site": site, "definition": definition}
    return render(request, "organization/enroll.html", context)


def _form_of(where: Here) -> FormDefinition | None:
    named = [step.form for step in where.party.steps if step.kind is StepKind.SIGN and step.form]
    return where.version.forms.get(named[0]) if named else None
