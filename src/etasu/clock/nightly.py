"""What is done once a day, after the day is over in every time zone of the United States.

Every part looks at how things stand, not at what happened since the last time: after an outage of
days one run puts everything right, and a second run at the same time or later changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from django.db import connection

from etasu.clock.community import find_missed_posts, look_after_community
from etasu.clock.failures import note_failure
from etasu.clock.lab_appointments import look_after_appointments
from etasu.clock.monitoring import keep_up
from etasu.clock.nurse_line import look_after_line
from etasu.clock.patient_messages import tell_patients
from etasu.clock.renewals import issue_certificates, remind_all
from etasu.clock.safety import find_what_was_missed
from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.away import AWAY
from etasu.registry.audit.facts import newest_head, verify
from etasu.registry.audit.heads import ExportedHead, UnreadableHead, read_head
from etasu.registry.authorizations.actions import expire_past
from etasu.registry.authorizations.lapsed import patients_with_lapsed
from etasu.registry.participants.actions import refresh_standing
from etasu.registry.participants.recheck import recheck_standings
from etasu.registry.participants.reminders import day_of_the_clock
from etasu.registry.patients.telling import tell_expired

PATIENTS_AT_ONCE = 100
MOST_TO_NAME = 50

_log = structlog.get_logger("etasu.nightly")
GoOn = Callable[[], bool]


class NotAllDone(RuntimeError):
    """Parts of the day's work could not be done; it says which."""


def day_at(at: datetime) -> date:
    """The day it is in the westernmost time zone: every day before it is over everywhere."""
    return day_of_the_clock(at)


def run(
    at: datetime,
    go_on: GoOn = lambda: True,
    heads: Path | None = None,
    done: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Do the day's work; what was done. `go_on` is asked between batches whether to go on.

    `heads` is a folder outside the database in which each day's newest head is kept. What was
    `done` of the same day before is not done again; it is added to. Raises NotAllDone when a part
    could not be done; all others were.
    """
    done = {} if done is None else done
    day = day_at(at).isoformat()
    if done.get("day") != day:
        done.clear()
        done["day"] = day
    parts = _parts_of_day(at, go_on)
    parts["audit"] = partial(check_trail, at, heads)
    _do_all(parts, done)
    return {**done, "finished": go_on()}


def what_the_day_brings(at: datetime, go_on: GoOn = lambda: True) -> dict[str, Any]:
    """All of the day's work but looking through the audit trail; what was done.

    Raises NotAllDone when a part of it could not be done; all others were.
    """
    done: dict[str, Any] = {}
    _do_all(_parts_of_day(at, go_on), done)
    return done


def _parts_of_day(at: datetime, go_on: GoOn) -> dict[str, Callable[[], Any]]:
    return {
        "authorizations": partial(expire_lapsed_authorizations, at, go_on),
        "reminders": partial(remind_all, at, go_on),
        "monitoring": partial(keep_up, at, go_on),
        "lab_appointments": partial(look_after_appointments, at),
        "patients": partial(tell_patients, at),
        "links": partial(tell_expired, by=PLATFORM, at=at),
        "reports": partial(find_what_was_missed, at),
        "nurses": partial(look_after_line, at),
        "community": partial(look_after_community, at),
        "posts": partial(find_missed_posts, at),
        "standings": partial(recheck_all_standings, at, go_on),
        "certificates": partial(issue_certificates, at, go_on),
    }


def _do_all(parts: Mapping[str, Callable[[], Any]], done: dict[str, Any]) -> None:
    """Do every part that is not `done`; whatever keeps one from being done keeps no other.

    Only where the database is away nothing else is tried.
    """
    failed: dict[str, Exception] = {}
    for name, do in parts.items():
        if name in done:
            continue
        try:
            done[name] = do()
        except Exception as error:  # noqa: BLE001 - told, and tried again by itself
            note_failure("part of the day's work not done", error, part=name)
            failed[name] = error
            if isinstance(error, AWAY) and not _has_database():
                break
    if failed:
        raise NotAllDone(", ".join(failed)) from next(iter(failed.values()))


def _has_database() -> bool:
    """Whether the database answers."""
    try:
        connection.ensure_connection()
    except AWAY:
        return False
    return connection.is_usable()


def expire_lapsed_authorizations(at: datetime, go_on: GoOn) -> dict[str, int]:
    """Close live authorizations past their last day; one that cannot be closed stops no other."""
    on = day_at(at)
    waiting = patients_with_lapsed(on)
    expired = failed = 0
    for batch in _batches(waiting, go_on):
        try:
            expired += expire_past(batch, on=on, by=PLATFORM, at=at)
        except Exception:  # noqa: BLE001 - one bad row must not keep the others open
            one_by_one = [_expire_one(patient, on, at) for patient in batch]
            expired += sum(count for count in one_by_one if count is not None)
            failed += one_by_one.count(None)
    return {"expired": expired, "failed": failed, "left": len(patients_with_lapsed(on))}


def recheck_all_standings(at: datetime, go_on: GoOn) -> dict[str, Any]:
    """Compute every participant's certification again, and put right what had drifted."""
    checked, drifted, failed = 0, list[str](), 0
    for code in sorted(library.current().programs):
        version = library.current().effective(code, day_at(at))
        after = 0
        while version is not None and go_on():
            found = recheck_standings(version, after, on=day_at(at))
            checked, after = checked + found.count, found.last_id
            for participant in found.drifted:
                try:
                    refresh_standing(participant, version, by=PLATFORM, at=at)
                    drifted.append(participant.number)
                except Exception as error:  # noqa: BLE001 - the next participant matters too
                    failed += 1
                    _tell_failure("standing", participant.number, error)
            if found.count == 0:
                break
    if drifted:
        _log.warning("standings drifted", participants=drifted[:MOST_TO_NAME], count=len(drifted))
    return {"checked": checked, "drifted": drifted[:MOST_TO_NAME], "failed": failed}


def check_trail(at: datetime, heads: Path | None) -> dict[str, Any]:
    """Verify the audit trail, also against the newest head kept, and keep today's."""
    known = newest_kept_head(heads)
    found = verify([known] if known else ())
    if not found.is_clean:
        places = [each.said for each in found.problems[:MOST_TO_NAME]]
        _log.error("audit trail was tampered with", problems=len(found.problems), places=places)
        return {"problems": len(found.problems)}
    head = newest_head()
    _log.info("audit head", **head.as_dict())
    if heads is not None and head.sequence:
        heads.mkdir(parents=True, exist_ok=True)
        written = heads / f"{day_at(at)}.json"
        written.with_suffix(".new").write_text(json.dumps(head.as_dict(), indent=1) + "\n")
        written.with_suffix(".new").rename(written)
    return {"problems": 0, "sequence": head.sequence, "head": head.head}


def newest_kept_head(heads: Path | None) -> ExportedHead | None:
    """The head kept last in the folder; None when there is none to be read."""
    for path in sorted(heads.glob("*.json"), reverse=True) if heads else ():
        try:
            return read_head(path.read_text())
        except (OSError, UnreadableHead) as error:
            _tell_failure("kept head", path.name, error)
    return None


def _expire_one(patient: int, on: date, at: datetime) -> int | None:
    try:
        return expire_past([patient], on=on, by=PLATFORM, at=at)
    except Exception as error:  # noqa: BLE001 - counted, told, and tried again the next day
        _tell_failure("authorization", str(patient), error)
        return None


def _batches(items: Sequence[int], go_on: GoOn) -> Iterator[Sequence[int]]:
    for start in range(0, len(items), PATIENTS_AT_ONCE):
        if not go_on():
            return
        yield items[start : start + PATIENTS_AT_ONCE]


def _tell_failure(what: str, number: str, error: Exception) -> None:
    _log.error("could not be done", what=what, number=number, reason=type(error).__name__)
