"""What falls due follows from the record alone, and what is taken back is owed again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from etasu.registry.monitoring.deriving import derived
from etasu.registry.monitoring.models import Touch, Watch
from etasu.registry.participants.reminders import day_of_the_clock
from etasu.safe_use.dates import add_months
from etasu.site.sim.invariants.look import Look, rows

# How it stands depends on the day as well; the rest on the record alone.
FROM_THE_RECORD = ("anchor", "through", "last", "met", "waived", "open_due_on")
FROM_THE_DAY = ("status", "next_change_on")

_STANDING = """
SELECT DISTINCT patient_id, test, collected_on FROM monitoring_result
WHERE patient_id = ANY(%s) AND replaced_at IS NULL
"""
_OF_REPORT = """
SELECT result.loinc, result.reported_value FROM monitoring_result result
JOIN monitoring_report r ON r.id = result.report_id
WHERE split_part(r.report_key, ':', 2) = %s AND result.replaced_at IS NULL
    AND result.derived_from IS NULL
"""


def taken_back_is_owed_again(look: Look) -> Iterator[str]:
    """I7: what a laboratory took back or corrected stands no more, and keeps up nothing.

    Worked out from what was truly sent, and day by day, without the functions that keep it.
    """
    yield from _last_words(look)
    ids = _settled(look)
    done: dict[tuple[int, str], list[date]] = {}
    for patient, test, day in rows(_STANDING, ids) if ids else ():
        done.setdefault((patient, test), []).append(day)
    for watch in Watch.objects.filter(patient__in=ids, is_form=False):
        days = done.get((watch.patient_id, watch.subject), [])
        kept = {place for place, bit in enumerate(str(watch.met), 1) if bit == "1"}
        for period in kept - {_period_of(watch, day) for day in days}:
            due = add_months(watch.anchor, watch.months * period)
            yield f"{look.subject(watch.patient_id)} owes {watch.code} of {due}, kept as met"


def _last_words(look: Look) -> Iterator[str]:
    """Of each report heard of since the last time, nothing stands but what was said last."""
    arrived = look.world.ledger.arrived
    numbers = {each.number for each in arrived[look.marks.get("I7", 0) :]}
    look.marks["I7"] = len(arrived)
    for number in sorted(numbers):
        heard = [each for each in arrived if each.number == number and each.is_readable]
        if len({each.control_id for each in heard}) < 2:
            continue
        last = max(heard, key=lambda each: int(each.control_id[1:]))
        for loinc, value in rows(_OF_REPORT, number):
            if last.status == "D":
                yield f"{number} was taken back, and its {loinc} still stands"
            elif loinc in last.said and value != last.said[loinc]:
                yield f"{number} was corrected to {last.said[loinc]}, and {value} still stands"


def _period_of(watch: Watch, day: date) -> int:
    """The period whose due day is nearest, by going through all of them."""
    if day < watch.anchor:
        return 0
    due = watch.anchor
    for period in range(watch.last + 1):
        after = add_months(watch.anchor, watch.months * (period + 1))
        if day < after - timedelta(days=(after - due).days // 2):
            return period
        due = after
    return watch.last


def obligations_follow(look: Look) -> Iterator[str]:
    """I9: what is kept is what infusions, rules and decisions come to, derived from scratch."""
    on = day_of_the_clock(look.world.moment())
    ids = _settled(look)
    is_of_today = look.is_everybody and look.world.clock_went_round_on >= on
    fields = FROM_THE_RECORD + (FROM_THE_DAY if is_of_today else ())
    if not ids:
        return
    kept = {(each.patient_id, each.code): each for each in Watch.objects.filter(patient__in=ids)}
    followed: set[tuple[int, str]] = set()
    for right in derived(ids, on, kept):
        followed.add((right.patient_id, right.code))
        own = kept.get((right.patient_id, right.code))
        for name in fields:
            was = getattr(own, name, None)
            if was != getattr(right, name):
                said = f"{name} is {was} and should be {getattr(right, name)}"
                yield f"{look.subject(right.patient_id)} {right.code}: {said}"
    for patient, code in sorted(kept.keys() - followed):
        yield f"{look.subject(patient)} owes {code}, and there is nothing to owe it for"


def _settled(look: Look) -> list[int]:
    """Those of whom nothing waits to be followed."""
    waiting = Touch.objects.filter(patient__in=look.ids).values_list("patient_id", flat=True)
    return sorted(set(look.ids) - set(waiting))
