"""When a reminder may go: never in somebody's quiet hours, and few text messages at most.

Source: the FCC's rules for health care messages (one a day, three a week); quiet hours are the
hours in which the TCPA lets nobody be called, each in the time zone of whoever is reached.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from etasu.safe_use.contacts import email_ok, phone_digits

SMS, EMAIL = "sms", "email"
# The ways out of the house, and the order in which they are tried unless somebody says otherwise.
CHANNELS = (SMS, EMAIL)
QUIET_FROM, QUIET_UNTIL = time(21), time(8)
MOST_SMS_A_WEEK, DAYS_OF_A_WEEK = 3, 7


class Quiet(NamedTuple):
    """The hours in which somebody is left alone, by the clock on their wall."""

    zone: str
    begins: time = QUIET_FROM
    ends: time = QUIET_UNTIL

    def covers(self, local: time) -> bool:
        """Whether a time of day is one of them. Hours from and until the same time are none."""
        if self.begins <= self.ends:
            return self.begins <= local < self.ends
        return local >= self.begins or local < self.ends


def not_before(at: datetime, quiet: Quiet) -> datetime:
    """The moment itself, or the end of the quiet hours it falls into."""
    zone = ZoneInfo(quiet.zone)
    local = at.astimezone(zone)
    if not quiet.covers(local.time()):
        return at
    day = local.date()
    if local.time() >= quiet.ends:
        day += timedelta(days=1)
    # An hour the clock skips or repeats: the later of the two readings is past the quiet hours.
    ends = [
        datetime.combine(day, quiet.ends, zone).replace(fold=fold).astimezone(UTC)
        for fold in (0, 1)
    ]
    return max(*ends, at)


def start_of(day: date, quiet: Quiet) -> datetime:
    """The first moment of a day in which somebody may be reached."""
    midnight = datetime.combine(day, time(0), ZoneInfo(quiet.zone)).astimezone(UTC)
    return not_before(midnight, quiet)


def next_sms_day(on: date, sent: Collection[date]) -> date:
    """The first day from `on` on which one more text message may go to somebody.

    `sent` are the days on which others went or are on their way.
    """
    day = on
    while not _may_go(day, sent):
        day += timedelta(days=1)
    return day


def address_by(channel: str, *, telephone: str, email: str) -> str:
    """Where somebody is reached by the channel, always written the same; empty when nowhere."""
    if channel == EMAIL:
        return email.strip().lower() if email_ok(email.strip()) else ""
    digits = phone_digits(telephone)
    # What is behind an extension reads no text messages.
    is_direct = digits is not None and "x" not in telephone.lower()
    return f"+1{digits}" if is_direct else ""


def in_order(wanted: Sequence[str] | None, offered: Sequence[str]) -> list[str]:
    """The channels a reminder is tried by: those it is offered by, as somebody wants them."""
    known = CHANNELS if wanted is None else wanted
    return [each for each in known if each in CHANNELS and each in offered]


def _may_go(day: date, sent: Collection[date]) -> bool:
    week = {day - timedelta(days=back) for back in range(1, DAYS_OF_A_WEEK)}
    # A day ahead that is taken counts as well: no seven days may hold more than three.
    ahead = {day + timedelta(days=on) for on in range(1, DAYS_OF_A_WEEK)}
    taken = set(sent)
    return day not in taken and len(taken & (week | ahead)) < MOST_SMS_A_WEEK
