"""What one item says, judged by itself: which test, whether it counts, and in which unit.

Nothing here asks the database, so that an item is judged the same when it comes in and when
somebody has resolved why it waited.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from etasu.programs.codes import CodeTables
from etasu.registry.monitoring.received import Kept
from etasu.safe_use.lab_reports import LOINC, Coding, ItemStatus, LabItem
from etasu.safe_use.monitoring_plan import TestDefinition
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.readings import interval_of, word_of
from etasu.safe_use.units import Converted, Sent, convert

# The code system of the program's own tests, for doors in which people choose a test.
OWN_TESTS = "etasu"

Mappings = Mapping[tuple[str, str], str | None]
Units = Mapping[tuple[str, str], str]


class Setting(NamedTuple):
    """What items of one sender are judged by; `latest` is the last day one can be collected.

    `units` are those meant by codes whose values come without one. `known` remembers what codes
    meant that were seen before, and `read` what values came to: laboratories send the same few.
    """

    tests: Mapping[str, TestDefinition]
    by_loinc: Mapping[str, str]
    mappings: Mappings
    units: Units
    tables: CodeTables
    latest: date
    known: dict[tuple[Coding, ...], tuple[Coding, str | None, str]]
    read: dict[tuple[str, Sent], Converted | None]


class Judged(NamedTuple):
    """What an item comes to. With `converted` it counts, once the patient is known.

    `takes_back` when the laboratory takes back what it said before; `doubt` is why nobody knows of
    which test. `detail` is said beside the reason, in the words of whoever could not read it.
    """

    outcome: Kept
    reason: str
    coding: Coding
    test: str | None = None
    converted: Converted | None = None
    takes_back: bool = False
    detail: str = ""
    doubt: str = ""


NO_CODE = Coding("", "")
_MOST_REMEMBERED = 20_000
# How far an item is that counts for nothing, and never will.
NOT_COUNTING = {
    ItemStatus.PRELIMINARY: "not-final",
    ItemStatus.REGISTERED: "not-final",
    ItemStatus.CANCELED: "canceled",
    ItemStatus.WITHDRAWN: "withdrawn",
}
_TAKES_BACK = frozenset({ItemStatus.CANCELED, ItemStatus.WITHDRAWN})


def setting_of(
    version: ProgramVersion, mappings: Mappings, units: Units, tables: CodeTables, latest: date
) -> Setting:
    """What items for the program version are judged by."""
    by_loinc = {code: test.code for test in version.tests.values() for code in test.loinc}
    return Setting(version.tests, by_loinc, mappings, units, tables, latest, {}, {})


def judge(item: LabItem, setting: Setting, report_number: str) -> Judged:
    """What the item comes to; the report's number is needed to correct anything."""
    status = item.status
    found = setting.known.get(item.codes)
    if found is None:
        found = setting.known[item.codes] = meaning(item.codes, setting)
    coding, test, doubt = found
    if status in NOT_COUNTING:
        return Judged(
            Kept.STORED,
            NOT_COUNTING[status],
            coding,
            test,
            takes_back=status in _TAKES_BACK,
            doubt="" if doubt in COUNTS_FOR_NOTHING else doubt,
        )
    if doubt:
        kept = Kept.STORED if doubt in COUNTS_FOR_NOTHING else Kept.QUARANTINED
        return Judged(kept, doubt, coding)
    reason = _what_is_missing(item, setting, report_number)
    if reason:
        # What corrects a result is looked at, whatever it lacks.
        is_an_end = reason in COUNTS_FOR_NOTHING and status is not ItemStatus.CORRECTED
        kept = Kept.STORED if is_an_end else Kept.QUARANTINED
        return Judged(kept, reason, coding, test, detail=item.trouble)
    assert test is not None
    converted = _converted(item, setting.tests[test], setting)
    if converted is None:
        return Judged(Kept.QUARANTINED, "value-unreadable", coding, test)
    return Judged(Kept.STORED, "", coding, test, converted)


# Reasons that are an end of their own: nobody has to look.
COUNTS_FOR_NOTHING = frozenset({"not-watched", "panel-heading", "no-value"})


def meaning(codes: Iterable[Coding], setting: Setting) -> tuple[Coding, str | None, str]:
    """The coding an item is known by, the test it means, and the doubt about it, if any.

    What somebody mapped counts before what a code says in general.
    """
    codes = tuple(codes)
    first = codes[0] if codes else NO_CODE
    found = [(each, _one_meaning(each, setting)) for each in codes]
    known = [(each, test) for each, test in found if test is not _UNKNOWN]
    tests = {test for _, test in known if test is not None}
    if len(tests) > 1:
        return first, None, "codes-disagree"
    if not known:
        return first, None, "code-unknown"
    coding, test = next((pair for pair in known if pair[1] is not None), known[0])
    if test is None:
        return coding, None, "not-watched"
    if setting.tests[test].needs:
        return coding, None, "panel-heading"
    return coding, test, ""


_UNKNOWN = "?"


def _one_meaning(coding: Coding, setting: Setting) -> str | None:
    mapped = setting.mappings.get((coding.system, coding.code), _UNKNOWN)
    if mapped is None or mapped in setting.tests:
        return mapped
    if coding.system == OWN_TESTS:
        return coding.code if coding.code in setting.tests else _UNKNOWN
    if coding.system != LOINC:
        return _UNKNOWN
    test = setting.by_loinc.get(coding.code)
    if test is None and coding.code in setting.tables.kept:
        return None
    return test or _UNKNOWN


def _what_is_missing(item: LabItem, setting: Setting, report_number: str) -> str:
    if item.status is ItemStatus.UNKNOWN:
        return "status-unknown"
    if item.trouble:
        return "unreadable"
    if item.status is ItemStatus.CORRECTED and not report_number:
        return "report-number-missing"
    if item.value is None or not item.value.strip():
        return "no-value"
    if item.collected_on is None:
        return "collection-day-missing"
    if item.collected_on > setting.latest:
        return "collected-in-the-future"
    return ""


def _converted(item: LabItem, test: TestDefinition, setting: Setting) -> Converted | None:
    """The value in the unit results are kept in; None when it says nothing that can be kept."""
    unit = item.unit or _unit_meant(item, setting)
    sent = Sent((item.value or "").strip(), item.comparator, unit, item.low, item.high)
    place = (test.code, sent)
    try:
        return setting.read[place]
    except KeyError:
        if len(setting.read) >= _MOST_REMEMBERED:
            setting.read.clear()
        found = setting.read[place] = _read(sent, test, setting.tables)
        return found


def _read(sent: Sent, test: TestDefinition, tables: CodeTables) -> Converted | None:
    if interval_of(sent.value, sent.comparator) is None:
        if sent.comparator:
            return None
        counts = test.unit is not None and test.code in tables.counted
        word = word_of(tables.counts, sent.value) if counts else None
        if test.unit is None:
            word = word_of(tables.words, sent.value)
        if word is None:
            return None
        sent = sent._replace(value=word)
    return convert(tables.units, test.code, test.unit, sent)


def _unit_meant(item: LabItem, setting: Setting) -> str:
    """The unit that goes without saying for one of the item's codes; empty when none was agreed."""
    if not setting.units:
        return ""
    codes = ((each.system, each.code) for each in item.codes)
    return next(filter(None, map(setting.units.get, codes)), "")
