"""Signs of life of the clock's jobs: each says when it last succeeded and when it must again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from etasu.registry.audit.models import Heartbeat

# By whom the last success was, of a job that never had one.
_NOBODY = ""


class Pulse(NamedTuple):
    """One job's last success. `is_late` when it should have succeeded again since.

    Of a job that never succeeded, `beat_at` is when it was first expected to.
    """

    job: str
    beat_at: datetime
    beat_by: str
    due_at: datetime
    is_late: bool
    said: dict[str, Any]

    @property
    def has_succeeded(self) -> bool:
        """Whether it ever did."""
        return self.beat_by != _NOBODY


def expect(job: str, *, at: datetime, within: timedelta) -> None:
    """Note that a job is to be done, once: it is late when it did not succeed within that time."""
    Heartbeat.objects.get_or_create(
        job=job,
        defaults={
            "beat_at": at,
            "beat_by": _NOBODY,
            "seconds_allowed": int(within.total_seconds()),
        },
    )


def expect_no_others(jobs: Collection[str]) -> None:
    """Forget every job but these: what nobody does any more is never late."""
    Heartbeat.objects.exclude(job__in=list(jobs)).delete()


def beat(
    job: str, *, by: str, at: datetime, within: timedelta, said: dict[str, Any] | None = None
) -> None:
    """Note that a job succeeded, and within what time it must succeed again. Not audited."""
    Heartbeat.objects.update_or_create(
        job=job,
        defaults={
            "beat_at": at,
            "beat_by": by,
            "seconds_allowed": int(within.total_seconds()),
            "said": said or {},
        },
    )


def pulses(at: datetime) -> list[Pulse]:
    """Every job that was ever to be done, by name; empty where no worker ever ran."""
    return [_pulse(known, at) for known in Heartbeat.objects.order_by("job")]


def pulse_of(job: str, at: datetime) -> Pulse | None:
    """One job's last success; None when it never succeeded."""
    known = Heartbeat.objects.filter(job=job).exclude(beat_by=_NOBODY).first()
    return _pulse(known, at) if known else None


def _pulse(known: Heartbeat, at: datetime) -> Pulse:
    due_at = known.beat_at + timedelta(seconds=known.seconds_allowed)
    return Pulse(known.job, known.beat_at, known.beat_by, due_at, due_at < at, known.said)
