"""Keeping decisions and changes about participants apart in time."""

from __future__ import annotations

from collections.abc import Collection

from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable

from etasu.registry.participants.models import Participant

# FOR SHARE: any number of decisions at once, but nobody who changes the participant.
_SEEN = """
SELECT id, revision FROM participants_participant
WHERE id = ANY(%s) ORDER BY id FOR SHARE NOWAIT
"""


class ParticipantsChanging(Exception):
    """Somebody changed a participant, or is about to, since it was read."""


def hold_still(read: Collection[Participant]) -> None:
    """Keep these participants as they were read until the transaction ends.

    Raises ParticipantsChanging instead of waiting: whoever changes a participant may be waiting for
    the patient this transaction holds.
    """
    seen = {participant.pk: participant.revision for participant in read}
    try:
        with connection.cursor() as cursor:
            cursor.execute(_SEEN, [list(seen)])
            now = dict(cursor.fetchall())
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise ParticipantsChanging from None
        raise
    if now != seen:
        raise ParticipantsChanging
