"""Trying an assessment: one question on each page, one press for each answer, then a check."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.records import SummaryRow
from etasu.portals.requests import PortalRequest
from etasu.portals.training import presenters
from etasu.portals.training.here import Here, assessment_here, framed, here
from etasu.registry.education import facts, progress
from etasu.registry.education.actions import NotAllAnswered, begin_attempt
from etasu.registry.reactions import assessment_handed_in
from etasu.safe_use.training import TrainingTask, right_to_pass


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: PortalRequest, program: str, audience: str, assessment: str) -> HttpResponse:
    """What to expect, and every try so far; beginning, or going on where one was."""
    where = here(request, program, audience)
    found, task = assessment_here(where, assessment)
    if request.method == "POST":
        attempt = begin_attempt(where.user, where.room.version, found, by=where.by, at=request.at)
        return _to_next(where, attempt)
    attempts = list(facts.attempts_of(where.user, program, assessment))
    known = presenters.progress(where)
    count = len(found.topics)
    context = {
        "assessment": found,
        "count": count,
        "needed": right_to_pass(count, task.step.pass_percent),
        "attempts": presenters.attempts_table(where, found, attempts),
        "has_tried": bool(attempts),
        "open": facts.open_attempt(where.user, where.room.version, found),
        "is_complete": known.is_complete(task),
        "unread": [
            each.work
            for each in where.room.tasks
            if not each.is_assessment and not known.is_complete(each)
        ],
    }
    return render(request, "training/assessment.html", framed(where, **context))


@require_http_methods(["GET", "HEAD", "POST"])
def question(
    request: PortalRequest,
    program: str,
    audience: str,
    assessment: str,
    attempt: int,
    question: int,
) -> HttpResponse:
    """One question; the choice taken is kept at once."""
    where = here(request, program, audience)
    found, _task = assessment_here(where, assessment)
    known = _attempt(where, assessment, attempt)
    asked = facts.asked_in(known)
    if not 1 <= question <= len(asked):
        raise Http404
    if facts.grade_of(known) is not None:
        return redirect("training:result", *_place(where, known))
    shown = asked[question - 1]
    if request.method == "POST":
        choice = request.POST.get("choice", "")
        is_place = choice.isdecimal() and len(choice) == 1
        if is_place and progress.keep_answer(known, shown.item, int(choice)):
            return _to_next(where, known, after=question)
        messages.warning(request, _("Choose one of the answers."))
        return redirect("training:question", *_place(where, known), question)
    context = {
        "assessment": found,
        "asked": shown,
        "chosen": known.answers.get(shown.item),
        "number": question,
        "count": len(asked),
        "before": _address(where, known, question - 1) if question > 1 else "",
        "is_ready": len(known.answers) == len(asked),
        "check": reverse("training:check", args=_place(where, known)),
    }
    return render(request, "training/question.html", framed(where, **context))


@require_http_methods(["GET", "HEAD", "POST"])
def check(
    request: PortalRequest, program: str, audience: str, assessment: str, attempt: int
) -> HttpResponse:
    """Every answer once more, to be changed or handed in."""
    where = here(request, program, audience)
    found, task = assessment_here(where, assessment)
    known = _attempt(where, assessment, attempt)
    if facts.grade_of(known) is not None:
        return redirect("training:result", *_place(where, known))
    if request.method == "POST":
        return _handed_in(request, where, task, known)
    asked = facts.asked_in(known)
    left = [each for each in asked if each.item not in known.answers]
    if left:
        return _to_next(where, known)
    rows = [
        SummaryRow(
            each.question,
            each.choices[known.answers[each.item]],
            _address(where, known, number),
            _("Change"),
        )
        for number, each in enumerate(asked, 1)
    ]
    language = asked[0].language
    context = {"assessment": found, "rows": rows, "count": len(asked), "language": language}
    return render(request, "training/check.html", framed(where, **context))


@require_safe
def result(
    request: PortalRequest, program: str, audience: str, assessment: str, attempt: int
) -> HttpResponse:
    """How a try went, every answer explained, and what comes next."""
    where = here(request, program, audience)
    found, _task = assessment_here(where, assessment)
    known = _attempt(where, assessment, attempt)
    kept = facts.grade_of(known)
    if kept is None:
        return _to_next(where, known)
    lines = presenters.answer_lines(where, facts.graded_answers(known))
    progressed = presenters.progress(where)
    context = {
        "assessment": found,
        "language": facts.asked_in(known)[0].language,
        "grade": kept,
        "wrong": [each for each in lines if not each.is_right],
        "right": [each for each in lines if each.is_right],
        "is_newest": _is_newest(where, known),
        "is_complete": all(progressed.is_complete(each) for each in where.room.tasks),
        "next_step": presenters.next_step(where.room),
    }
    return render(request, "training/result.html", framed(where, **context))


def _handed_in(
    request: PortalRequest, where: Here, task: TrainingTask, attempt: Any
) -> HttpResponse:
    try:
        assessment_handed_in(
            attempt,
            where.room.version,
            task.step.pass_percent,
            on=where.today,
            by=where.by,
            at=request.at,
        )
    except NotAllAnswered:
        messages.warning(request, _("Answer this question, too; then hand in your answers."))
        return _to_next(where, attempt)
    return redirect("training:result", *_place(where, attempt))


def _attempt(where: Here, assessment: str, number: int) -> Any:
    """One's own attempt; anybody else's is not found."""
    known = facts.attempt_by_number(where.user, where.room.program, assessment, number)
    if known is None:
        raise Http404
    return known


def _to_next(where: Here, attempt: Any, after: int = 0) -> HttpResponse:
    """The next question without an answer, beginning after one; the check when there is none."""
    asked = facts.asked_in(attempt)
    left = [number for number, each in enumerate(asked, 1) if each.item not in attempt.answers]
    if not left:
        return redirect("training:check", *_place(where, attempt))
    later = [number for number in left if number > after]
    return redirect(_address(where, attempt, (later or left)[0]))


def _place(where: Here, attempt: Any) -> list[Any]:
    return [*where.room.place, attempt.assessment, attempt.number]


def _address(where: Here, attempt: Any, question: int) -> str:
    return reverse("training:question", args=[*_place(where, attempt), question])


def _is_newest(where: Here, attempt: Any) -> bool:
    newest = facts.attempts_of(where.user, where.room.program, attempt.assessment).first()
    return newest is not None and newest.number == attempt.number
