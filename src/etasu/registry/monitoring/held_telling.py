"""Telling of what waits: whoever looks after laboratories soon, and the program when it is late.

A message says how many items wait and how many of them cannot, and nothing of what or whose. Nobody
has more than one unread: the next one comes once the last was opened, on another day, or at once
when something came that cannot wait.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from etasu.registry.accounts.access import ADMINISTRATOR, LAB_ANALYST
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.held import Held
from etasu.registry.notices import actions as notices
from etasu.registry.notices.models import Notice
from etasu.registry.participants.reminders import day_of_the_clock
from etasu.registry.participants.telling import program_people
from etasu.safe_use.program import ProgramVersion

HELD = "results_held"
_CODE, _CODE_LATE = "results-held", "results-held-late"
_Due = Callable[[Notice | None], bool]


def tell_held(found: Sequence[Held], version: ProgramVersion, *, by: Actor, at: datetime) -> int:
    """Tell whoever looks after laboratories that something waits; how many messages are new.

    The program's administrators where there is nobody.
    """
    program = version.program.code
    role = LAB_ANALYST
    people = program_people(program, role)
    if not people:
        role, people = ADMINISTRATOR, program_people(program)
    return _tell(found, version, role, people, lambda last: _is_new(found, last, at), by=by, at=at)


def tell_late(found: Sequence[Held], version: ProgramVersion, *, by: Actor, at: datetime) -> int:
    """Tell the administrators of what nobody looked at in time; how many messages are new.

    Once a day while some of it cannot wait, and otherwise when more of it has become late.
    """
    late = [each for each in found if each.until(version) <= at]
    people = program_people(version.program.code)

    def is_due(last: Notice | None) -> bool:
        if last is None:
            return True
        if day_of_the_clock(last.queued_at) == day_of_the_clock(at):
            return False
        more = any(each.until(version) > last.queued_at for each in late)
        return any(each.why for each in late) or (more and last.read_at is not None)

    return _tell(late, version, ADMINISTRATOR, people, is_due, is_late=True, by=by, at=at)


def _is_new(found: Sequence[Held], last: Notice | None, at: datetime) -> bool:
    """Whether something came since the last message that is to be told now."""
    if last is None:
        return True
    newest = last.facts["newest"]
    new = [each for each in found if each.item > newest or each.since > last.queued_at]
    is_another_day = day_of_the_clock(last.queued_at) < day_of_the_clock(at)
    # What was told of already may have become what cannot wait.
    more = sum(bool(each.why) for each in found) > last.facts["pressing"]
    if more or any(each.why for each in new):
        return is_another_day or last.read_at is not None or not last.facts["pressing"]
    return bool(new) and last.read_at is not None and is_another_day


def _tell(
    found: Sequence[Held],
    version: ProgramVersion,
    role: str,
    people: Sequence[User],
    is_due: _Due,
    *,
    is_late: bool = False,
    by: Actor,
    at: datetime,
) -> int:
    if not found:
        return 0
    code, program = _CODE_LATE if is_late else _CODE, version.program.code
    newest = max(each.item for each in found)
    count, urgent = len(found), sum(bool(each.why) for each in found)
    told = []
    for person in people:
        mine = Notice.objects.filter(recipient=person, program=program, code=code)
        last = mine.order_by("-queued_at", "-pk").first()
        if is_due(last):
            after = last.number if last is not None else "the first"
            message = notices.Message(
                program,
                version.label,
                code,
                HELD,
                role,
                ("program", program),
                # Two workers who look at the same moment say the same.
                f"after {after}",
                (notices.PORTAL, notices.EMAIL),
                {"count": count, "pressing": urgent, "newest": newest, "is_late": is_late},
            )
            told.append((message, person))
    return notices.queue_all(told, by=by, at=at)
