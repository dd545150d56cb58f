"""The newest result of each test in plain words, for patients and those who help them."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from etasu.programs import library
from etasu.registry.monitoring.corrections import being_corrected
from etasu.registry.monitoring.facts import results_of
from etasu.registry.monitoring.signal_facts import signals_of
from etasu.safe_use.monitoring_plan import TestDefinition

WELL = gettext_lazy("The program found nothing to act on.")
LOOKED_AT = gettext_lazy("This one stood out. The doctor's office has looked at it.")
TO_LOOK_AT = gettext_lazy("This one stands out. The doctor's office was told.")
BEING_CORRECTED = gettext_lazy("The laboratory is correcting it. It does not count for now.")
# What a result says that is no number. Grades and numbers are the same in every language.
_WORDS = {
    "done": gettext_lazy("Done"),
    "negative": gettext_lazy("Negative"),
    "positive": gettext_lazy("Positive"),
    "trace": gettext_lazy("A trace"),
    "normal": gettext_lazy("Normal"),
    "abnormal": gettext_lazy("Not normal"),
    "indeterminate": gettext_lazy("Not clear"),
}
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_POWER = re.compile(r"10\*(\d+)")
# What a code says about its unit, such as of what the gram is.
_NOTE = re.compile(r"\{[^}]*\}")


class ResultInWords(NamedTuple):
    """One test, the day, what was found, and what it means."""

    test: TestDefinition
    on: date
    found: str | Promise
    meaning: str | Promise
    stands_out: bool


def results_in_words(patient: Any, on: date) -> list[ResultInWords]:
    """The newest result of each test with a value, in the program's order."""
    version = library.current().effective(patient.program, on)
    if version is None:
        return []
    awaited = [each.result for each in being_corrected(patient)]
    newest: dict[str, Any] = {}
    found = (each for each in [*results_of(patient), *awaited] if each.value is not None)
    for each in sorted(found, key=lambda one: (one.collected_on, one.pk)):
        newest[each.test] = each
    waiting = {each.pk for each in awaited}
    is_open: dict[int, bool] = {}
    for signal in signals_of(patient):
        # One signal nobody has looked at is enough, however many there are of the result.
        waits = is_open.get(signal.result_id, False)
        is_open[signal.result_id] = waits or signal.acknowledged_at is None
    return [
        ResultInWords(
            version.tests[code],
            newest[code].collected_on,
            found_in_words(newest[code]),
            _meaning(newest[code].pk, waiting, is_open),
            newest[code].pk in waiting or newest[code].pk in is_open,
        )
        for code in version.tests
        if code in newest
    ]


def _meaning(result: int, waiting: set[int], is_open: dict[int, bool]) -> str | Promise:
    if result in waiting:
        return BEING_CORRECTED
    if result not in is_open:
        return WELL
    return TO_LOOK_AT if is_open[result] else LOOKED_AT


def found_in_words(result: Any) -> str | Promise:
    """What a result found, with its unit, as people say it; empty where it says nothing."""
    if result.value in _WORDS and not result.comparator:
        return _WORDS[result.value]
    return f"{result.comparator}{result.value or ''} {_readable(result.unit or '')}".strip()


def _readable(unit: str) -> str:
    """A unit as people write it, where its code is for machines: 10³/µL, IU, or mg/g alone."""
    raised = _POWER.sub(lambda power: "10" + power[1].translate(_RAISED), _NOTE.sub("", unit))
    return raised.replace("uL", "µL").replace("ug", "µg").replace("[", "").replace("]", "")
