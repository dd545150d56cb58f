"""How serious a case is, whether it was to be expected, what is missing, and how long is left.

Pure and total: whatever is not known is `unknown`, which is never "not serious" and never
"expected", so that a case nobody has looked at is counted as the most pressing kind.

Source: 21 CFR 600.80; program `safety.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from etasu.safe_use.form_checks import cleaned
from etasu.safe_use.forms import is_asked, questions
from etasu.safe_use.program import FormDefinition, FormField
from etasu.safe_use.safety_plan import (
    CaseKind,
    Criterion,
    Detail,
    EventAnswer,
    EventOfInterest,
    ExpectedReaction,
    ReportingClock,
    Severity,
)


class Said(StrEnum):
    """What somebody answers to a question of the assessment."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Seriousness(StrEnum):
    """Whether a case is serious."""

    SERIOUS = "serious"
    NOT_SERIOUS = "not_serious"
    UNKNOWN = "unknown"


class Expectedness(StrEnum):
    """Whether the label lists what happened, as bad as it happened."""

    EXPECTED = "expected"
    UNEXPECTED = "unexpected"
    UNKNOWN = "unknown"


class Missing(StrEnum):
    """What a valid case needs and this one lacks."""

    PATIENT = "patient"
    REPORTER = "reporter"
    PRODUCT = "product"
    EVENT = "event"


class Because(StrEnum):
    """Why a case has the days left that it has."""

    ALERT = "alert"
    NOT_KNOWN = "not_known"
    FOLLOW_UP = "follow_up"
    PERIODIC = "periodic"
    NO_CLOCK = "no_clock"
    NOTHING_WAITS = "nothing_waits"


class CaseFacts(NamedTuple):
    """What is known of a case, all reports of it together."""

    is_on_record: bool
    has_reporter: bool
    product: str
    words: str
    details: Mapping[str, str]


class TimeLeft(NamedTuple):
    """Until when a case is to be with the sponsor, and why; no day where none is set."""

    due_on: date | None
    days_left: int | None
    because: Because

    @property
    def is_late(self) -> bool:
        """Whether the day has passed."""
        return self.days_left is not None and self.days_left < 0


class StatedEvent(NamedTuple):
    """An event that the answers of a form state. `of_day` is the infusion day it is about."""

    code: str
    kind: CaseKind
    words: str
    details: Mapping[str, str]
    criteria: tuple[Criterion, ...]
    of_day: str = ""


# What a grade says by itself.
# Source: Common Terminology Criteria for Adverse Events: 3 is severe or medically significant,
# 4 has life-threatening consequences, 5 is death.
GRADE_CRITERIA: Mapping[int, Criterion] = {
    3: Criterion.IMPORTANT_MEDICAL_EVENT,
    4: Criterion.LIFE_THREATENING,
    5: Criterion.DEATH,
}
# Who a patient is can be told by any one of these. Source: ICH E2A, minimum criteria.
_IDENTIFYING = (Detail.PATIENT_INITIALS, Detail.AGE, Detail.SEX)
_ORDER = tuple(Severity)
_LETTERS = re.compile(r"\w")
_WORD = re.compile(r"[^\W_]+")


def seriousness(criteria: Mapping[Criterion, Said]) -> Seriousness:
    """Serious by any one criterion; not serious only when every one of them is denied."""
    said = [criteria.get(each, Said.UNKNOWN) for each in Criterion]
    if Said.YES in said:
        return Seriousness.SERIOUS
    return Seriousness.UNKNOWN if Said.UNKNOWN in said else Seriousness.NOT_SERIOUS


def expectedness(
    terms: Collection[str],
    something_else: Said,
    criteria: Mapping[Criterion, Said],
    listed: Mapping[str, ExpectedReaction],
) -> Expectedness:
    """Expected only if every event is listed, and listed as bad as this case is at its worst.

    `something_else` is whether there was an event besides the `terms`. One that is worse than
    listed is unexpected. Source: 21 CFR 600.80(a), unexpected adverse experience.
    """
    least, most = _severity(criteria)
    bounds = [_ORDER.index(listed[each].listed_as) for each in terms if each in listed]
    if something_else is Said.YES or any(bound < least for bound in bounds):
        return Expectedness.UNEXPECTED
    is_known = something_else is Said.NO and terms and len(bounds) == len(terms)
    if not is_known or any(bound < most for bound in bounds):
        return Expectedness.UNKNOWN
    return Expectedness.EXPECTED


def _severity(criteria: Mapping[Criterion, Said]) -> tuple[int, int]:
    """How bad it was at least, and how bad it may have been."""
    death = criteria.get(Criterion.DEATH, Said.UNKNOWN)
    serious = seriousness(criteria)
    least = 2 if death is Said.YES else int(serious is Seriousness.SERIOUS)
    most = 2 if death is not Said.NO else int(serious is not Seriousness.NOT_SERIOUS)
    return least, most


def missing(facts: CaseFacts) -> tuple[Missing, ...]:
    """What keeps it from being a valid case. Source: ICH E2A and FDA guidance, four elements."""

    def is_said(*details: Detail) -> bool:
        return any(facts.details.get(each, "").strip() for each in details)

    is_told = {
        Missing.PATIENT: facts.is_on_record or is_said(*_IDENTIFYING),
        Missing.REPORTER: facts.has_reporter
        or is_said(Detail.REPORTER_NAME, Detail.REPORTER_CONTACT),
        Missing.PRODUCT: bool(facts.product.strip()),
        Missing.EVENT: bool(_LETTERS.search(facts.words)),
    }
    return tuple(each for each, is_there in is_told.items() if not is_there)


def time_left(
    clock: ReportingClock | None,
    waits_since: date | None,
    *,
    is_follow_up: bool,
    how: tuple[Seriousness, Expectedness],
    on: date,
) -> TimeLeft:
    """How long is left for what waits since that day; the day of receipt is day 0.

    Only what is known to be not serious, or to be expected, has no day of its own. What came after
    a case was handed over has the days of a follow-up.
    """
    if waits_since is None:
        return TimeLeft(None, None, Because.NOTHING_WAITS)
    if how[0] is Seriousness.NOT_SERIOUS or how[1] is Expectedness.EXPECTED:
        return TimeLeft(None, None, Because.PERIODIC)
    if clock is None:
        return TimeLeft(None, None, Because.NO_CLOCK)
    days = clock.follow_up_days if is_follow_up else clock.days
    due = waits_since + timedelta(days=days)
    is_alert = how == (Seriousness.SERIOUS, Expectedness.UNEXPECTED)
    reason = Because.ALERT if is_alert else Because.NOT_KNOWN
    return TimeLeft(due, (due - on).days, Because.FOLLOW_UP if is_follow_up else reason)


def named_in(words: str, entries: Iterable[ExpectedReaction | EventOfInterest]) -> tuple[str, ...]:
    """The codes of those whose name occurs in the words: a hint for a person, never a judgment."""
    text = _spaced(words)
    return tuple(
        each.code for each in entries if any(_spaced(name) in text for name in names_of(each))
    )


def names_of(entry: ExpectedReaction | EventOfInterest) -> tuple[str, ...]:
    """Every name: `Fever (pyrexia)` is called fever, and pyrexia."""
    parts = re.split(r"[()]", entry.name)
    return tuple(name for name in (*parts, *entry.also_called) if _LETTERS.search(name))


def _spaced(text: str) -> str:
    """The words alone, in small letters, with one space around each."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def stated_events(
    definition: FormDefinition, answers: Mapping[str, str], known: Sequence[EventAnswer]
) -> tuple[StatedEvent, ...]:
    """The events that these answers state, in the order in which the program lists them."""
    found = []
    asked = {
        (field.code, row): (key, field)
        for key, field, row in questions(definition)
        if is_asked(field, answers, row)
    }
    for each in known:
        if each.form != definition.code:
            continue
        for (code, row), (key, _field) in asked.items():
            if code == each.question and cleaned(answers.get(key)) == each.answer:
                found.append(_stated(each, row, asked, answers))
    return tuple(found)


def _stated(
    each: EventAnswer,
    row: int | None,
    asked: Mapping[tuple[str, int | None], tuple[str, FormField]],
    answers: Mapping[str, str],
) -> StatedEvent:
    def said(question: str) -> str:
        key, _field = asked.get((question, row)) or asked.get((question, None)) or ("", None)
        return cleaned(answers.get(key))

    label = asked[each.question, row][1].label
    words = [text for question in each.words if (text := said(question))]
    told = {one.detail.value: said(one.question) for one in each.details}
    criteria = [one.criterion for one in each.criteria_answers if said(one.question) == one.answer]
    return StatedEvent(
        code=each.code,
        kind=each.kind,
        words="; ".join([f"{label}: {each.answer}", *words]),
        details={name: text for name, text in told.items() if text},
        criteria=tuple(dict.fromkeys([*each.criteria, *criteria])),
        of_day=said(each.of_day) if each.of_day else "",
    )
