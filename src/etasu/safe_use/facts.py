"""What the gate is told: one patient, the participants around them, and one day.

`Facts` is built only from a *facts record*, a plain mapping that can be kept beside the decision
and read again years later. The same record form is written in worked cases.

Form of a record (dates are ISO strings; every key may be missing, and missing means unknown, save
that an end which is missing has not come). A key that is not in this form is refused, because a
misspelled `certified_until` would otherwise read as "no end"::

    {"on": "2025-05-01", "asked_on": "2025-04-20", "course": 1, "days_supply": 30,
     "statements": ["guide-given"],
     "parties": {"facility": {"id": "...", "certified_from": "...", "certified_until": null,
                 "suspended_from": null, "suspended_until": null, "decertified_on": null,
                 "setting": "infusion-center"}},
     "patient": {"id": "...", "birth_date": "...", "enrolled_on": "...", "ended_on": null,
                 "end_reason": null, "attributes": {"sex": "female"}, "in_question": false,
                 "holds": [{"code": "infection", "opened_on": "..."}]},
     "forms": [{"form": "...", "signed_on": "...", "course": 1, "answers": {"decision": "yes"}}],
     "results": [{"test": "...", "collected_on": "...", "value": "9.1", "unit": "10*3/uL"}],
     "infusions": [{"course": 1, "given_on": "..."}],
     "authorizations": [{"gate": "...", "number": "...", "course": 1, "day": null, "state": "live",
                 "valid_from": "...", "valid_until": "...", "names": {"facility": "..."}}]}
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from etasu.safe_use.courses import RUNNING_DAYS

Record = Mapping[str, Any]


class UnreadableFacts(ValueError):
    """A facts record that cannot be read; the text names the entry."""


class PartyFacts(NamedTuple):
    """One participant on the day. `certified_until` is the last day, inclusive; None has no end."""

    id: str
    certified_from: date | None
    certified_until: date | None
    suspended_from: date | None
    suspended_until: date | None
    decertified_on: date | None
    setting: str | None


class HoldFact(NamedTuple):
    """A reason to wait, opened and not yet closed."""

    code: str
    opened_on: date


class PatientFacts(NamedTuple):
    """The patient's enrollment. `ended_on` is the first day it no longer holds.

    `in_question` while somebody finds out whether another record is about the same person.
    """

    id: str
    birth_date: date | None
    enrolled_on: date | None
    ended_on: date | None
    end_reason: str | None
    attributes: Mapping[str, str]
    holds: tuple[HoldFact, ...]
    in_question: bool = False


class FormFact(NamedTuple):
    """A completely signed form."""

    form: str
    signed_on: date
    course: int | None
    answers: Mapping[str, str]


class ResultFact(NamedTuple):
    """A final result. `value` is a number in `unit` (UCUM), or a word such as `negative`."""

    collected_on: date
    value: str | None
    unit: str | None


class AuthorizationFact(NamedTuple):
    """An authorization that still holds its slot; `state` is live or used, or expired for a day."""

    gate: str
    number: str
    course: int | None
    day: int | None
    state: str
    valid_from: date
    valid_until: date
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything one decision rests on. Empty collections mean known to be none.

    `on` is the day the drug would be given or handed over, `asked_on` the day of the question.
    `results` and `forms` are newest first; `infusions` maps a course to its days, oldest first.
    With `patient` None, nothing about the patient is known. The order of a record is not kept, so
    no answer can depend on it.
    """

    on: date
    asked_on: date | None = None
    course: int | None = None
    days_supply: int | None = None
    statements: frozenset[str] = frozenset()
    parties: Mapping[str, PartyFacts] = field(default_factory=dict)
    patient: PatientFacts | None = None
    forms: tuple[FormFact, ...] = ()
    results: Mapping[str, tuple[ResultFact, ...]] = field(default_factory=dict)
    infusions: Mapping[int, tuple[date, ...]] = field(default_factory=dict)
    authorizations: tuple[AuthorizationFact, ...] = ()

    @property
    def known_on(self) -> date:
        """The last day a dated fact can speak for: the day of the question, if that is earlier."""
        return min(self.asked_on or self.on, self.on)

    @property
    def given(self) -> tuple[date, ...]:
        """The recorded infusion days of the course asked about, oldest first."""
        return self.infusions.get(self.course, ()) if self.course is not None else ()

    @property
    def course_starts_on(self) -> date:
        """The first infusion of a running course, or else the day asked about.

        A course is running for `RUNNING_DAYS` after its first infusion; taken up again later, it
        needs everything anew.
        """
        if not self.given or (self.on - self.given[0]).days > RUNNING_DAYS:
            return self.on
        return min(self.given[0], self.on)


def read_facts(record: Record) -> Facts:
    """The facts a record holds; raises UnreadableFacts naming the entry that cannot be read."""
    try:
        _only(record, Facts.__dataclass_fields__)
        return Facts(
            on=date.fromisoformat(record["on"]),
            asked_on=_day(record, "asked_on"),
            course=_whole(record, "course"),
            days_supply=_whole(record, "days_supply"),
            statements=frozenset(_texts(record, "statements")),
            parties=_parties(_mapping(record, "parties")),
            patient=_patient(record.get("patient")),
            forms=_forms(record.get("forms") or ()),
            results=_results(record.get("results") or ()),
            infusions=_infusions(record.get("infusions") or ()),
            authorizations=_authorizations(record.get("authorizations") or ()),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableFacts(f"facts record: {type(error).__name__}: {error}") from error


def number_of(value: str | None) -> Decimal | None:
    """The value as a finite number, or None when it is a word, missing, or not finite."""
    try:
        number = Decimal(value) if value is not None else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def _only(entry: Record, keys: Collection[str]) -> None:
    for key in entry:
        if key not in keys:
            raise KeyError(key)


def _day(record: Record, key: str) -> date | None:
    value = record.get(key)
    return None if value is None else date.fromisoformat(value)


def _whole(record: Record, key: str) -> int | None:
    value = record.get(key)
    if value is not None and type(value) is not int:
        raise TypeError(f"{key} must be a whole number")
    return value


def _flag(record: Record, key: str) -> bool:
    value = record.get(key, False)
    if type(value) is not bool:
        raise TypeError(f"{key} must be true or false")
    return value


def _text(record: Record, key: str) -> str:
    value = _text_or_none(record, key)
    if not value:
        raise TypeError(f"{key} must be text")
    return value


def _text_or_none(record: Record, key: str) -> str | None:
    value = record.get(key)
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{key} must be text")
    return value


def _texts(record: Record, key: str) -> list[str]:
    values = record.get(key) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise TypeError(f"{key} must be a list of texts")
    return values


def _mapping(record: Record, key: str) -> Record:
    value = record.get(key) or {}
    if not isinstance(value, Mapping):
        raise TypeError(f"{key} must be named values")
    return value


def _words(record: Record, key: str) -> dict[str, str]:
    given = _mapping(record, key)
    known = {name: _text_or_none(given, name) for name in given}
    return {name: value for name, value in known.items() if value is not None}


def _parties(record: Record) -> dict[str, PartyFacts]:
    return {kind: _party(entry) for kind, entry in record.items() if entry is not None}


def _party(entry: Record) -> PartyFacts:
    _only(entry, PartyFacts._fields)
    return PartyFacts(
        _text(entry, "id"),
        _day(entry, "certified_from"),
        _day(entry, "certified_until"),
        _day(entry, "suspended_from"),
        _day(entry, "suspended_until"),
        _day(entry, "decertified_on"),
        _text_or_none(entry, "setting"),
    )


def _patient(entry: Record | None) -> PatientFacts | None:
    if entry is None:
        return None
    _only(entry, PatientFacts._fields)
    return PatientFacts(
        _text(entry, "id"),
        _day(entry, "birth_date"),
        _day(entry, "enrolled_on"),
        _day(entry, "ended_on"),
        _text_or_none(entry, "end_reason"),
        _words(entry, "attributes"),
        tuple(sorted(_hold(hold) for hold in entry.get("holds") or ())),
        _flag(entry, "in_question"),
    )


def _hold(entry: Record) -> HoldFact:
    _only(entry, HoldFact._fields)
    return HoldFact(_text(entry, "code"), date.fromisoformat(entry["opened_on"]))


def _forms(entries: Any) -> tuple[FormFact, ...]:
    return tuple(sorted((_form(entry) for entry in entries), key=_form_order, reverse=True))


def _form(entry: Record) -> FormFact:
    _only(entry, FormFact._fields)
    signed_on = date.fromisoformat(entry["signed_on"])
    return FormFact(
        _text(entry, "form"), signed_on, _whole(entry, "course"), _words(entry, "answers")
    )


def _form_order(form: FormFact) -> tuple[date, str, int, list[tuple[str, str]]]:
    return form.signed_on, form.form, form.course or 0, sorted(form.answers.items())


def _results(entries: Any) -> dict[str, tuple[ResultFact, ...]]:
    by_test: dict[str, list[ResultFact]] = {}
    for entry in entries:
        _only(entry, ("test", *ResultFact._fields))
        collected_on = date.fromisoformat(entry["collected_on"])
        result = ResultFact(
            collected_on, _text_or_none(entry, "value"), _text_or_none(entry, "unit")
        )
        by_test.setdefault(_text(entry, "test"), []).append(result)
    return {
        test: tuple(sorted(found, key=_result_order, reverse=True))
        for test, found in by_test.items()
    }


def _result_order(result: ResultFact) -> tuple[date, str, str]:
    return result.collected_on, result.value or "", result.unit or ""


def _infusions(entries: Any) -> dict[int, tuple[date, ...]]:
    by_course: dict[int, list[date]] = {}
    for entry in entries:
        _only(entry, ("course", "given_on"))
        course = _whole(entry, "course")
        if course is None or course < 1:
            raise ValueError("course of an infusion must be 1 or more")
        by_course.setdefault(course, []).append(date.fromisoformat(entry["given_on"]))
    return {course: tuple(sorted(set(days))) for course, days in by_course.items()}


def _authorizations(entries: Any) -> tuple[AuthorizationFact, ...]:
    return tuple(sorted((_authorization(entry) for entry in entries), key=_authorization_order))


def _authorization(entry: Record) -> AuthorizationFact:
    _only(entry, AuthorizationFact._fields)
    return AuthorizationFact(
        _text(entry, "gate"),
        _text(entry, "number"),
        _whole(entry, "course"),
        _whole(entry, "day"),
        _text(entry, "state"),
        date.fromisoformat(entry["valid_from"]),
        date.fromisoformat(entry["valid_until"]),
        _words(entry, "names"),
    )


def _authorization_order(known: AuthorizationFact) -> tuple[date, date, str]:
    return known.valid_until, known.valid_from, known.number
