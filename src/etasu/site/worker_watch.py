"""Says by e-mail that what is due is not being done.

The worker sends every other message, so whoever watches over it sends this one without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import DatabaseError, connection

from etasu.registry.accounts.access import ADMINISTRATOR, OPERATOR
from etasu.registry.audit.facts import Pulse, pulses
from etasu.registry.participants.facts import addresses_of

TOLD = (ADMINISTRATOR, OPERATOR)
# A worker that has just begun has not done everything yet.
GRACE = timedelta(minutes=5)
AGAIN = timedelta(hours=6)
_log = structlog.get_logger("etasu.watch")


class WorkerWatch:
    """Looks at the signs of life of the worker's jobs. It was started at `begun_at`."""

    def __init__(self, begun_at: datetime) -> None:
        self.begun_at = begun_at
        self._told_at: datetime | None = None

    def is_late(self, at: datetime) -> bool:
        """Whether something is late; whoever can have it put right is told, every six hours.

        A database that is away is not the worker's fault and is told of elsewhere.
        """
        if at - self.begun_at < GRACE:
            return False
        try:
            late = [each for each in pulses(at) if each.is_late]
            if late or self._told_at is not None:
                self._tell(late, at)
        except DatabaseError as error:
            _log.warning("database away", kind=type(error).__qualname__)
            connection.close()
            return False
        return bool(late)

    def _tell(self, late: Sequence[Pulse], at: datetime) -> None:
        if late and self._told_at is not None and at - self._told_at < AGAIN:
            return
        if _send(late, addresses_of(TOLD)):
            self._told_at = at if late else None


def _send(late: Sequence[Pulse], addresses: Sequence[str]) -> bool:
    """One message to each; whether anybody's was taken, or nobody is to be told.

    An address where nothing arrives keeps nobody else from hearing of it.
    """
    site = settings.ETASU_SITE_NAME
    if late:
        subject = f"{site}: what is due is not being done"
        jobs = "\n".join(f"- {one.job}: late since {one.due_at:%Y-%m-%d %H:%M} UTC" for one in late)
        said = (
            f"The worker of {site} does not do what it should:\n\n{jobs}\n\n"
            "Until it does, messages are not sent and deadlines are not looked at. It is being "
            "started again. If this goes on, run `etasu doctor` and read the worker's last lines "
            "in the server's log.\n"
        )
    else:
        subject = f"{site}: what is due is being done again"
        said = f"Every job of the worker of {site} is on time again.\n"
    _log.error("worker late", jobs=[each.job for each in late], told=len(addresses))
    taken = [_is_taken(subject, said, address) for address in addresses]
    return any(taken) or not taken


def _is_taken(subject: str, said: str, address: str) -> bool:
    try:
        EmailMessage(subject, said, settings.DEFAULT_FROM_EMAIL, [address]).send()
    except Exception as error:  # noqa: BLE001 - whatever a server does, the next address matters
        _log.error("not told", kind=type(error).__qualname__)
        return False
    return True
