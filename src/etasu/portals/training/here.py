"""Who trains for which program and in which part; anybody signed in may, with or without a role."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from django.http import Http404
from django.utils.translation import get_language

from etasu.portals.components.account import help_lines, program_of
from etasu.portals.components.dates import local_day
from etasu.portals.components.people import actor_in_any_role
from etasu.portals.requests import PortalRequest
from etasu.programs import library
from etasu.registry.audit.actors import Actor
from etasu.safe_use.program import Party, ProgramStatus, ProgramVersion
from etasu.safe_use.training import (
    Assessment,
    TrainingModule,
    TrainingTask,
    audience_of,
    training_tasks,
)


class Room(NamedTuple):
    """The training of one kind of participant in one program, with its tasks in order."""

    version: ProgramVersion
    party: Party
    tasks: tuple[TrainingTask, ...]

    @property
    def program(self) -> str:
        """The program's code."""
        return self.version.program.code

    @property
    def audience(self) -> str:
        """Who trains here, by role."""
        return audience_of(self.party)

    @property
    def place(self) -> list[str]:
        """What the room's addresses begin with."""
        return [self.program, self.audience]


class Here(NamedTuple):
    """The person, the room they train in, and the day where they are."""

    user: Any
    by: Actor
    room: Room
    today: date
    zone: str


def here(request: PortalRequest, program: str, audience: str) -> Here:
    """The room of that program and audience; not found where there is nothing to train for."""
    zone = zone_of(request)
    today = local_day(request.at, zone)
    for room in rooms(today):
        if (room.program, room.audience) == (program, audience):
            return Here(request.user, actor_in_any_role(request), room, today, zone)
    raise Http404


def rooms(on: date) -> Iterator[Room]:
    """Every room of the programs in force, by the program's name."""
    loaded = sorted(library.current().programs.values(), key=lambda each: each.program.name)
    for each in loaded:
        version = each.effective(on)
        if version is None or each.program.status is ProgramStatus.RETIRED:
            continue
        for party in version.parties.values():
            tasks = tuple(_spoken(each) for each in training_tasks(version, party))
            if tasks:
                yield Room(version, party, tasks)


def _spoken(task: TrainingTask) -> TrainingTask:
    """The task in the language of the pages, where the program has it in it."""
    return task._replace(work=task.work.in_language(get_language()))


def zone_of(request: PortalRequest) -> str:
    """The time zone of the person."""
    asker = request.asker
    return str(asker.time_zone if asker else request.user.time_zone)


def module_here(where: Here, code: str) -> TrainingModule:
    """The module of that code in the room; any other is not found."""
    for task in where.room.tasks:
        if isinstance(task.work, TrainingModule) and task.work.code == code:
            return task.work
    raise Http404


def assessment_here(where: Here, code: str) -> tuple[Assessment, TrainingTask]:
    """The assessment of that code in the room, and its task; any other is not found."""
    for task in where.room.tasks:
        if isinstance(task.work, Assessment) and task.work.code == code:
            return task.work, task
    raise Http404


def framed(where: Here, **more: Any) -> dict[str, Any]:
    """What every page of the room shows around its own content."""
    room = where.room
    frame = {
        "room": room,
        "help": help_lines(room.program),
        "room_program": program_of(room.program),
    }
    return frame | more
