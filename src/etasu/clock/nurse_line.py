"""The nurses' line, looked after: gaps of the rota, what waits too long, and letters to patients.

Each part looks at how things stand, so an outage is made up for by one run.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from etasu.clock.patient_letters import PUT_OFF, patient_letters
from etasu.clock.sender import Letterhead
from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.participants.reminders import day_of_the_clock
from etasu.registry.patient_support.line_messages import Claimed, next_to_tell
from etasu.registry.patient_support.nurse_facts import NoNurseLine, line_of, waiting_on_line
from etasu.registry.patient_support.nurse_telling import late_of, tell_late, tell_uncovered
from etasu.registry.patient_support.rota import gaps_ahead
from etasu.registry.patients.records import answered_for
from etasu.registry.reactions import nurse_line_kept_up

_log = structlog.get_logger("etasu.nurses")
# Words that go to patients without a page around them.
_WORDS = {
    "en": (
        "You have a message",
        "A message waits for you. Read it on your own page: {there}",
    ),
    "es": (
        "Tiene un mensaje",
        "Le espera un mensaje. Léalo en su propia página: {there}",
    ),
}


def look_after_line(at: datetime) -> dict[str, int]:
    """Tell of hours without a nurse and of what waits too long; everybody has a nurse.

    How many messages to staff are new, and how much was put right.
    """
    done: Counter[str] = Counter(told=0, changed=0)
    for program in sorted(library.current().programs):
        try:
            version, line = line_of(program, day_of_the_clock(at))
        except NoNurseLine:
            continue
        done["changed"] += nurse_line_kept_up(program, by=PLATFORM, at=at)
        late = late_of(waiting_on_line(program), line, at)
        done["told"] += tell_late(late, version, by=PLATFORM, at=at)
        today = at.astimezone(ZoneInfo(line.time_zone)).date()
        gaps = gaps_ahead(program, line, today)
        done["told"] += tell_uncovered(gaps, version, by=PLATFORM, at=at)
    return dict(done)


def tell_patients(at: datetime, letterhead: Letterhead) -> dict[str, int]:
    """Tell patients by e-mail that a nurse wrote; how many of each outcome.

    A message whose time has not come, or that no server took, keeps its turn.
    """
    done: Counter[str] = Counter()
    after = 0
    with patient_letters(_WORDS, letterhead, _log) as letters:

        def deal(message: Claimed) -> str:
            number = str(message.number)
            how = letters.tell(answered_for(message.patient), number, number, at)
            done[how] += 1
            return "" if how == PUT_OFF else how

        while (found := next_to_tell(deal, after, by=PLATFORM, at=at)) is not None:
            after = found.pk
    return dict(done)
