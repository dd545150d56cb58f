"""Results that crossed limits, as pages show them: each once, with every limit and what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.dates import moment, short_day
from etasu.portals.components.lab_words import URGENCIES
from etasu.programs import library
from etasu.safe_use.monitoring_plan import Limit, Urgency
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.signals import weight

Words = str | Promise
RESTS_ON: Mapping[str, Words] = {
    "limit": gettext_lazy("The limit: %(value)s"),
    "before": gettext_lazy("Before: %(value)s (%(on)s)"),
    "baseline": gettext_lazy("Before the newest course: %(value)s (%(on)s)"),
    "original baseline": gettext_lazy("Before the first course: %(value)s (%(on)s)"),
    "from": gettext_lazy("The laboratory's own range begins at %(value)s"),
    "to": gettext_lazy("The laboratory's own range ends at %(value)s"),
    "flags": gettext_lazy("The laboratory marked it: %(value)s"),
}


class Crossed(NamedTuple):
    """One limit that a result crossed, or may have: what the program says, and what it rests on."""

    urgency: Words
    action: str
    reason: str
    note: str
    reflex: str
    rests_on: tuple[str, ...]
    source: str
    until: str
    answered: str


class Flagged(NamedTuple):
    """One result and the limits it crossed; `url` leads to answering them all, for whoever may.

    `corrected` is when it stopped to stand, and `stands` what does instead.
    """

    urgency: Words
    is_pressing: bool
    is_open: bool
    test: str
    seen: str
    collected_on: Any
    corrected: str
    stands: str
    limits: tuple[Crossed, ...]
    url: str


class Reading(NamedTuple):
    """What flags are shown with: today's program, the time zone, and the results that stand."""

    version: ProgramVersion
    zone: str
    standing: Sequence[Any]
    may_answer: bool


def flagged(signals: Iterable[Any], reading: Reading) -> list[Flagged]:
    """Each result once, in the order its first signal is given, those answered apart."""
    groups: dict[tuple[int, bool], list[Any]] = {}
    for each in signals:
        groups.setdefault((each.result_id, each.acknowledged_at is None), []).append(each)
    return [_flagged(found, is_open, reading) for (_id, is_open), found in groups.items()]


def _flagged(found: list[Any], is_open: bool, reading: Reading) -> Flagged:
    found.sort(key=lambda each: -weight(Urgency(each.urgency)))
    most, result = found[0], found[0].result
    test = reading.version.tests.get(result.test)
    may_answer = is_open and reading.may_answer
    replaced = [each.result_replaced_at for each in found if each.result_replaced_at]
    return Flagged(
        urgency=URGENCIES[most.urgency],
        is_pressing=is_open and most.urgency in ("emergency", "urgent"),
        is_open=is_open,
        test=test.name if test else result.test,
        seen=most.seen,
        collected_on=result.collected_on,
        corrected=moment(min(replaced), reading.zone) if replaced else "",
        stands=_standing(result, reading.standing) if replaced else "",
        limits=tuple(_crossed(each, reading) for each in found),
        url=reverse("watching:acknowledge", args=[most.number]) if may_answer else "",
    )


def _standing(result: Any, standing: Iterable[Any]) -> str:
    """What is on record now for the test and day of a result."""
    found = [
        each
        for each in standing
        if (each.test, each.collected_on) == (result.test, result.collected_on)
    ]
    said = (f"{each.comparator}{each.value or ''} {each.unit or ''}".strip() for each in found)
    return ", ".join(said)


def _crossed(each: Any, reading: Reading) -> Crossed:
    # What it was compared with is what the program said then.
    then = library.current().version(each.program, each.program_version) or reading.version
    limit = then.limits.get(each.limit_code)
    is_open = each.acknowledged_at is None
    tests = reading.version.tests
    return Crossed(
        urgency=URGENCIES[each.urgency],
        action=limit.action if limit else "",
        reason=each.reason,
        note=each.note,
        reflex=", ".join(tests[code].name for code in each.reflex if code in tests),
        rests_on=tuple(_rests_on(each.against, limit, then)),
        source=_source(limit) if limit else "",
        until=moment(each.answer_until, reading.zone) if each.answer_until and is_open else "",
        answered="" if is_open else f"{moment(each.acknowledged_at, reading.zone)}: {each.done}",
    )


def _rests_on(against: Iterable[Any], limit: Limit | None, then: ProgramVersion) -> Iterable[str]:
    """What a result was compared with, each in words; a limit is said even where it is a change."""
    if limit is not None and limit.value and limit.unit == "%":
        yield _("The limit: a change by %(percent)s %%") % {"percent": limit.value}
    for what, value, on in against:
        kind, said = what, value
        if what == "range":
            kind, _space, said = value.partition(" ")
        elif value in then.limits:
            other = then.limits[value]
            said = " ".join(part for part in (other.value, other.unit) if part)
        if said and kind in RESTS_ON:
            yield str(RESTS_ON[kind]) % {"value": said, "on": short_day(on)}


def _source(limit: Limit) -> str:
    return limit.source if limit.verified else f"{limit.source} ({_('not checked yet')})"
