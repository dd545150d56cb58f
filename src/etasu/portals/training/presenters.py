"""Where somebody stands with their training, as lines of a page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from etasu.portals.components.dates import moment, short_day
from etasu.portals.components.records import Cell, WorklistTable
from etasu.portals.components.task_list import COMPLETE, IN_PROGRESS, NOT_STARTED, Task
from etasu.portals.components.words import role_label
from etasu.portals.training.here import Here, Room
from etasu.registry.education import facts
from etasu.registry.participants.training import steps_to_repeat
from etasu.safe_use.program import Step, StepKind
from etasu.safe_use.training import (
    AskedItem,
    Assessment,
    GradedAnswer,
    TrainingModule,
    TrainingTask,
    reading_minutes,
    steps_trained,
)

TRAINING = (StepKind.REVIEW, StepKind.ASSESS)


class Progress(NamedTuple):
    """What the person has done: steps with their day, pages read, and steps to do again."""

    trained: Mapping[str, date]
    pages: Mapping[tuple[str, date], list[str]]
    again: Collection[str]

    def is_complete(self, task: TrainingTask) -> bool:
        """Whether nothing is left to do for the task."""
        return task.step.code in self.trained and task.step.code not in self.again


class RoomChoice(NamedTuple):
    """A room to enter, from the list of all."""

    url: str
    audience: str
    program: str
    said: str


class AnswerLine(NamedTuple):
    """A question with the answer given, and the page that explains it, if it is there today."""

    question: str
    chosen: str
    right: str
    is_right: bool
    explanation: str
    source: str
    page_title: str
    page_url: str
    page_lang: str


def progress(where: Here) -> Progress:
    """Everything on record about the person that the room's pages need."""
    room = where.room
    done = facts.done_by(where.user, room.program)
    return Progress(
        steps_trained(room.tasks, done),
        facts.pages_read(where.user, room.program),
        steps_to_repeat(where.user, room.version, room.party, where.today),
    )


def task_lines(where: Here, known: Progress) -> list[Task]:
    """What there is to read and to answer, in order."""
    return [_task(where, known, each) for each in where.room.tasks]


def next_step(room: Room) -> Step | None:
    """The first certification step after the training, such as a form to sign."""
    trained = [place for place, step in enumerate(room.party.steps) if step.kind in TRAINING]
    later = room.party.steps[trained[-1] + 1 :]
    return later[0] if later else None


def minutes_left(room: Room, known: Progress) -> int:
    """How long there is to read still, in whole minutes; 0 when everything is read."""
    left = [task.work for task in room.tasks if not known.is_complete(task)]
    words = sum(work.words for work in left if isinstance(work, TrainingModule))
    return reading_minutes(words) if words else 0


def room_choices(found: Iterable[Room]) -> list[RoomChoice]:
    """Every room there is."""
    return [
        RoomChoice(
            reverse("training:tasks", args=room.place),
            role_label(room.audience),
            room.version.program.name,
            _amount(room),
        )
        for room in found
    ]


def attempts_table(where: Here, assessment: Assessment, attempts: Iterable[Any]) -> WorklistTable:
    """Every attempt of the person, newest first."""
    place = [*where.room.place, assessment.code]
    return WorklistTable(
        caption=_("Your tries"),
        columns=(_("Try"), _("Begun"), _("Right"), _("Result")),
        rows=[_attempt(each, place, where.zone) for each in attempts],
        empty=_("You have not tried yet."),
    )


def answer_lines(where: Here, answers: Sequence[GradedAnswer]) -> list[AnswerLine]:
    """The answers as graded, in the order asked."""
    return [_answer(where, each) for each in answers]


def module_amount(module: TrainingModule) -> str:
    """How much there is to read."""
    pages = ngettext("%(n)s page", "%(n)s pages", len(module.pages)) % {"n": len(module.pages)}
    return f"{pages}, {about_minutes(module.minutes)}"


def about_minutes(minutes: int) -> str:
    """So many minutes, as a guess."""
    return ngettext("about %(n)s minute", "about %(n)s minutes", minutes) % {"n": minutes}


def _task(where: Here, known: Progress, task: TrainingTask) -> Task:
    work, done_on = task.work, known.trained.get(task.step.code)
    is_complete = known.is_complete(task)
    if isinstance(work, Assessment):
        state, hint = _assessment_state(where, task, work)
        name = "training:assessment"
    else:
        is_begun = bool(known.pages.get((work.code, work.edition))) and done_on is None
        state, hint = IN_PROGRESS if is_begun else NOT_STARTED, module_amount(work)
        name = "training:module"
    if is_complete:
        state, hint = COMPLETE, _("Done on %(day)s") % {"day": short_day(done_on)}
    elif done_on is not None:
        state = NOT_STARTED
        said = {"day": short_day(done_on), "amount": hint}
        hint = _("Done on %(day)s; to be done again for the renewal. %(amount)s") % said
    url = reverse(name, args=[*where.room.place, work.code])
    return Task(work.name, state, url, hint, lang=work.language)


def _assessment_state(where: Here, task: TrainingTask, work: Assessment) -> tuple[str, str]:
    amount = questions_said(task.step.items or len(work.topics))
    newest = facts.attempts_of(where.user, where.room.program, work.code).first()
    if newest is None:
        return NOT_STARTED, amount
    grade = facts.grade_of(newest)
    if grade is None:
        said = {"done": len(newest.answers), "all": len(newest.asked)}
        return IN_PROGRESS, _("%(done)s of %(all)s questions answered") % said
    said = {"right": grade.right, "all": grade.questions}
    return IN_PROGRESS, _("Last try: %(right)s of %(all)s right") % said


def questions_said(count: int) -> str:
    """So many questions."""
    return ngettext("%(n)s question", "%(n)s questions", count) % {"n": count}


def _amount(room: Room) -> str:
    words = sum(task.work.words for task in room.tasks if isinstance(task.work, TrainingModule))
    parts = [about_minutes(reading_minutes(words))] if words else []
    parts += [questions_said(task.step.items or 0) for task in room.tasks if task.is_assessment]
    return ", ".join(parts)


def _attempt(attempt: Any, place: list[str], zone: str) -> list[Cell]:
    grade = facts.grade_of(attempt)
    number = str(attempt.number)
    begun = Cell(moment(attempt.begun_at, zone))
    if grade is None:
        return [Cell(number), begun, Cell("–"), Cell(status=("task", IN_PROGRESS))]
    link = reverse("training:result", args=[*place, attempt.number])
    right = _("%(right)s of %(all)s") % {"right": grade.right, "all": grade.questions}
    result = ("attempt", "passed" if grade.passed else "not_passed")
    return [Cell(number, link), begun, Cell(right), Cell(status=result)]


def _answer(where: Here, graded: GradedAnswer) -> AnswerLine:
    asked = graded.asked
    title, url, language = _page_of(where, asked)
    return AnswerLine(
        question=asked.question,
        chosen=asked.choices[graded.choice] if graded.choice is not None else "–",
        right=asked.choices[asked.right],
        is_right=graded.is_right,
        explanation=asked.explanation,
        source=asked.source,
        page_title=title,
        page_url=url,
        page_lang=language,
    )


def _page_of(where: Here, asked: AskedItem) -> tuple[str, str, str]:
    """The page that answers a question in today's training: title, address and language."""
    for task in where.room.tasks:
        module = task.work
        if isinstance(module, TrainingModule) and module.code == asked.module:
            for page in module.pages:
                if page.code == asked.page:
                    place = [*where.room.place, module.code, page.code]
                    return page.title, reverse("training:page", args=place), module.language
    return "", "", ""
