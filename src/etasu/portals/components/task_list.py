"""What is to be done, done already, or waited for: one line each, with its state as a word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from etasu.portals.components.program_words import called, said_in
from etasu.portals.components.records import Text
from etasu.portals.components.words import Status, status
from etasu.safe_use.program import Step

NOT_STARTED, IN_PROGRESS, WAITING = "not_started", "in_progress", "waiting"
COMPLETE = "complete"


class Task(NamedTuple):
    """One thing to do. `url` leads to doing it, and is empty where there is nothing to open.

    `state` is one of the words in the table of statuses under `task`; `waiting_for` names who is
    to act first, and goes with `waiting` alone. `hint` is one quiet line below. `lang` is the
    language of the title where it is the program's own and not that of the page.
    """

    title: Text
    state: str = NOT_STARTED
    url: str = ""
    hint: Text = ""
    waiting_for: Text = ""
    lang: str = ""

    @property
    def status(self) -> Status:
        """The state as a reader sees it; whoever is waited for is named."""
        found = status("task", self.state)
        if self.state == WAITING and self.waiting_for:
            said = _("Waiting for %(whom)s") % {"whom": self.waiting_for}
            return found._replace(label=said)
        return found


def step_task(step: Step, state: str = NOT_STARTED, **more: Any) -> Task:
    """A certification step as a task, in the language of the page where the program has it so."""
    return Task(called(step), state, lang=said_in(step), **more)


def how_many_complete(tasks: Iterable[Task]) -> int:
    """How many of the tasks are complete."""
    return sum(each.state == COMPLETE for each in tasks)
