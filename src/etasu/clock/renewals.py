"""The day's part about certifications: reminders in order, and papers for those without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import structlog

from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.participants import certificates, reminders
from etasu.safe_use.program import ProgramVersion

_log = structlog.get_logger("etasu.nightly")
GoOn = Callable[[], bool]


def remind_all(at: datetime, go_on: GoOn) -> dict[str, int]:
    """Say what fell due about every certification; one that cannot be told stops no other."""
    on, told, failed = reminders.day_of_the_clock(at), 0, 0
    for version in _versions(on):
        reminders.set_up_reminders(version, on)
        for participant in reminders.participants_to_remind(version.program.code, on):
            if not go_on():
                break
            try:
                told += reminders.remind(participant, version, on=on, by=PLATFORM, at=at)
            except Exception as error:  # noqa: BLE001 - told, and tried again the next day
                failed += 1
                _log.error("could not be done", what="reminder", reason=type(error).__name__)
    return {"told": told, "failed": failed}


def issue_certificates(at: datetime, go_on: GoOn) -> dict[str, Any]:
    """Make the certificates of certifications that came in without one, as by an import."""
    on, issued, failed = reminders.day_of_the_clock(at), 0, 0
    for version in _versions(on):
        after = 0
        while go_on():
            waiting = list(certificates.without_certificate(version.program.code, on, after))
            for certification in waiting:
                try:
                    certificates.issue(certification, by=PLATFORM, at=at)
                    issued += 1
                except Exception as error:  # noqa: BLE001 - told, and tried again the next day
                    failed += 1
                    _log.error("could not be done", what="certificate", reason=type(error).__name__)
            if not waiting:
                break
            after = waiting[-1].pk
    return {"issued": issued, "failed": failed}


def _versions(on: date) -> Iterator[ProgramVersion]:
    for code in sorted(library.current().programs):
        version = library.current().effective(code, on)
        if version is not None:
            yield version
