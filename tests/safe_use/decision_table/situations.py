"""Every situation the decision table speaks about, written as a facts record.

Shares no code with what is judged: months and business days are counted here the slow way.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

PARTY = [
    "certified",
    "certified through today",
    "certified since today",
    "suspended until yesterday",
    "suspended from tomorrow",
    "decertified tomorrow",
    "certification ended yesterday",
    "certified from tomorrow",
    "never certified",
    "suspended today",
    "suspended",
    "decertified today",
    "not named",
]
LAB = [
    "on the day",
    "at the limit",
    "a day too old",
    "a day after",
    "a day too old and a day after",
    "missing",
]
TESTS = {
    "cbc": ("cbc-with-differential", 30),
    "creatinine": ("creatinine", 30),
    "urinalysis": ("urinalysis-with-cells", 30),
    "tsh": ("tsh", 30),
    "alt and ast": ("alt-ast", 30),
    "bilirubin": ("bilirubin", 30),
    "urine protein": ("urine-protein-creatinine-ratio", 30),
    "skin exam": ("skin-exam", 365),
}
STATES = {
    "course": ["first", "second", "third", "not said"],
    "patient": [
        "enrolled",
        "enrolled today",
        "leaves tomorrow",
        "enrolls tomorrow",
        "left today",
        "never enrolled",
        "unknown",
    ],
    "age": ["40", "18 today", "18 tomorrow", "17 today", "17 tomorrow", "no birth date"],
    "hold": ["none", "opens tomorrow", "open since today", "open"],
    "prescriber": PARTY,
    "facility": PARTY,
    "pharmacy": PARTY,
    "form": [
        "says yes",
        "said no and now yes",
        "says yes and says no for another course",
        "says no",
        "said yes and now no",
        "says yes and no the same day",
        "says nothing",
        "says yes for another course",
        "says yes for no course",
        "says yes tomorrow",
        "missing",
    ],
    **dict.fromkeys(TESTS, LAB),
    "before": [
        "ended 12 months ago",
        "a day less than 12 months ago",
        "none recorded",
        "ended 5 years ago",
        "checklist due today",
        "checklist due before today",
        "a later course is recorded",
    ],
    "status": [
        "signed lately",
        "due 30 days ago",
        "due 31 days ago",
        "never signed",
        "signed tomorrow",
    ],
    "checklist": ["signed", "missing", "for another course", "signed tomorrow"],
    "authorization": [
        "none",
        "good",
        "good through the day",
        "ended the day before",
        "begins the day after",
        "names another facility",
        "names no facility",
        "for another course",
        "used",
    ],
    "dispensed": ["no", "authorized", "authorized but that ended", "for another course", "yes"],
    "days": [
        "none given",
        "1 given",
        "2 given",
        "3 given",
        "4 given",
        "5 given",
        "1 given and a day left out",
        "2 given and the rest authorized",
        "authorized yesterday and not recorded",
        "authorized today",
        "given today",
        "given 30 days ago",
        "given 31 days ago",
    ],
}
COURSES = {"first": 1, "second": 2, "third": 3, "not said": None}
DAY = timedelta(days=1)
LONG_AGO = 2000
# As listed by the Office of Personnel Management, for the weeks before the days asked about.
HOLIDAYS = {
    date(2020, 2, 17),
    date(2024, 2, 19),
    date(2024, 5, 27),
    date(2024, 12, 25),
    date(2025, 1, 1),
    date(2025, 1, 20),
    date(2027, 2, 15),
    date(2028, 2, 21),
}


class Impossible(Exception):
    """The calendar does not have this situation on that day."""


@cache
def months_later(start, months):
    """The day some months later, counted month by month; the last day when there is no such day."""
    year, month = start.year, start.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    for day in range(start.day, 0, -1):
        try:
            return date(year, month, day)
        except ValueError:
            continue
    raise AssertionError


@cache
def five_business_days_later(start):
    day, left = start, 5
    while left:
        day += DAY
        left -= day.weekday() < 5 and day not in HOLIDAYS
    return day


@cache
def last_day_twelve_months_before(day):
    """The newest day from which twelve months have passed."""
    found = day - 360 * DAY
    while months_later(found, 12) > day:
        found -= DAY
    return found


@cache
def ended_so_that_checklist_is_due(on, *, today):
    """The newest last infusion whose checklist was due on the day, or before the day."""
    found = on
    while five_business_days_later(found) > on or (
        not today and five_business_days_later(found) == on
    ):
        found -= DAY
    if today and five_business_days_later(found) != on:
        raise Impossible
    return found


@cache
def signed_so_that_next_is_due(due):
    for back in range(170, 190):
        if months_later(due - back * DAY, 6) == due:
            return due - back * DAY
    raise Impossible


def record(states, on):
    """The facts record of one situation on one day; its parts are shared with other records."""
    course = COURSES[states["course"]]
    number = course or 2
    given, authorized_days = _days(states["days"], number, on)
    running = course is not None and given and (on - given[0]).days <= 30
    starts_on = given[0] if running else on
    infusions = {number: given} | _before(states["before"], number, starts_on, on)
    return {
        "on": on.isoformat(),
        "asked_on": on.isoformat(),
        "course": course,
        "parties": {
            kind: _party(states[kind], kind, on) for kind in ("prescriber", "facility", "pharmacy")
        },
        "patient": _patient(states["patient"], states["hold"], states["age"], on),
        "forms": [
            *_forms(states["form"], number, on),
            *_status(states["status"], on),
            *_checklist(states["checklist"], number, on),
        ],
        "results": [each for lab in TESTS for each in _results(lab, states[lab], starts_on)],
        "infusions": [
            {"course": of_course, "given_on": day.isoformat()}
            for of_course, days in infusions.items()
            for day in days
        ],
        "authorizations": [
            *_course_authorization(states["authorization"], number, starts_on),
            *_dispensed(states["dispensed"], number, starts_on),
            *(_permit("infuse", number, day, day, "expired", 1) for day in authorized_days),
        ],
    }


@cache
def _days(state, number, on):
    doses = 5 if number == 1 else 3
    if state == "2 given and the rest authorized":
        authorized = [on - (3 + n) * DAY for n in range(doses - 2)]
        return [on - 2 * DAY, on - DAY], authorized
    if state[1:] == " given":
        return [on - n * DAY for n in range(int(state[0]), 0, -1)], []
    back = {
        "1 given and a day left out": [2],
        "given today": [0],
        "given 30 days ago": [30],
        "given 31 days ago": [31],
    }
    authorized = {"authorized yesterday and not recorded": [1], "authorized today": [0]}
    return (
        [on - n * DAY for n in back.get(state, [])],
        [on - n * DAY for n in authorized.get(state, [])],
    )


@cache
def _before(state, number, starts_on, on):
    later = {number + 1: [on - 800 * DAY]} if state == "a later course is recorded" else {}
    if number == 1 or state == "none recorded":
        return later
    if state == "ended 12 months ago":
        last = last_day_twelve_months_before(starts_on)
    elif state == "a day less than 12 months ago":
        last = last_day_twelve_months_before(starts_on) + DAY
    elif state == "checklist due today":
        last = ended_so_that_checklist_is_due(on, today=True)
    elif state == "checklist due before today":
        last = ended_so_that_checklist_is_due(on, today=False)
    else:
        last = on - (1826 if state == "ended 5 years ago" else 1200) * DAY
    return later | {number - 1: [on - LONG_AGO * DAY, last]}


@cache
def _party(state, kind, on):
    dates = {
        "certified": (-100, None, None, None, None),
        "certified through today": (-100, 0, None, None, None),
        "certified since today": (0, 100, None, None, None),
        "suspended until yesterday": (-100, 100, -20, -1, None),
        "suspended from tomorrow": (-100, 100, 1, None, None),
        "decertified tomorrow": (-100, 100, None, None, 1),
        "certification ended yesterday": (-100, -1, None, None, None),
        "certified from tomorrow": (1, 100, None, None, None),
        "never certified": (None, None, None, None, None),
        "suspended today": (-100, 100, -20, 0, None),
        "suspended": (-100, 100, 0, None, None),
        "decertified today": (-100, 100, None, None, 0),
    }
    if state == "not named":
        return None
    names = (
        "certified_from",
        "certified_until",
        "suspended_from",
        "suspended_until",
        "decertified_on",
    )
    found = zip(names, dates[state], strict=True)
    return {"id": f"{kind}-1"} | {
        name: None if days is None else (on + days * DAY).isoformat() for name, days in found
    }


@cache
def _patient(state, held, age, on):
    if state == "unknown":
        return None
    enrolled, ended = {
        "enrolled": (-100, None),
        "enrolled today": (0, None),
        "leaves tomorrow": (-100, 1),
        "enrolls tomorrow": (1, None),
        "left today": (-100, 0),
        "never enrolled": (None, None),
    }[state]
    hold = {"none": None, "opens tomorrow": 1, "open since today": 0, "open": -9}[held]
    return {
        "id": "patient-1",
        "birth_date": _birth_date(age, on),
        "enrolled_on": None if enrolled is None else (on + enrolled * DAY).isoformat(),
        "ended_on": None if ended is None else (on + ended * DAY).isoformat(),
        "holds": []
        if hold is None
        else [{"code": "infection", "opened_on": (on + hold * DAY).isoformat()}],
    }


def _birth_date(state, on):
    if state == "no birth date":
        return None
    years, _, when = state.partition(" ")
    birthday = on + DAY if when == "tomorrow" else on
    try:
        return birthday.replace(year=birthday.year - int(years)).isoformat()
    except ValueError:  # February 29 in a year without one
        day = (3, 1) if when == "tomorrow" else (2, 28)
        return date(birthday.year - int(years), *day).isoformat()


@cache
def _forms(state, number, on):
    def form(days, decision, course=number):
        answers = {} if decision is None else {"decision": decision}
        signed_on = (on + days * DAY).isoformat()
        shape = {"form": "patient-authorization", "signed_on": signed_on, "course": course}
        return shape | {"answers": answers}

    return {
        "says yes": [form(-5, "yes")],
        "said no and now yes": [form(-5, "no"), form(0, "yes")],
        "says yes and says no for another course": [form(-5, "yes"), form(-1, "no", number + 1)],
        "says no": [form(-5, "no")],
        "said yes and now no": [form(0, "no"), form(-5, "yes")],
        "says yes and no the same day": [form(-5, "yes"), form(-5, "no")],
        "says nothing": [form(-5, None)],
        "says yes for another course": [form(-5, "yes", number + 1)],
        "says yes for no course": [form(-5, "yes", None)],
        "says yes tomorrow": [form(1, "yes")],
        "missing": [],
    }[state]


@cache
def _status(state, on):
    if state == "never signed":
        return []
    if state.startswith("due "):
        signed_on = signed_so_that_next_is_due(on - int(state[4:6]) * DAY)
    else:
        signed_on = on - 10 * DAY if state == "signed lately" else on + DAY
    return [{"form": "patient-status", "signed_on": signed_on.isoformat()}]


@cache
def _checklist(state, number, on):
    if state == "missing":
        return []
    signed_on = on + DAY if state == "signed tomorrow" else on - DAY
    course = number if state == "for another course" else number - 1
    shape = {"form": "infusion-checklist", "course": course}
    return [shape | {"signed_on": signed_on.isoformat()}]


@cache
def _results(lab, state, starts_on):
    test, limit = TESTS[lab]
    days = {
        "on the day": [starts_on],
        "at the limit": [starts_on - limit * DAY],
        "a day too old": [starts_on - (limit + 1) * DAY],
        "a day after": [starts_on + DAY],
        "a day too old and a day after": [starts_on + DAY, starts_on - (limit + 1) * DAY],
        "missing": [],
    }[state]
    return [{"test": test, "collected_on": day.isoformat()} for day in days]


def _permit(gate, number, first, last, state="live", day=None, facility="facility-1"):
    return {
        "gate": gate,
        "number": f"{gate}-{first.isoformat()}",
        "course": number,
        "day": day,
        "state": state,
        "valid_from": first.isoformat(),
        "valid_until": last.isoformat(),
        "names": {"facility": facility} if facility else {},
    }


@cache
def _course_authorization(state, number, starts_on):
    first, last = starts_on - 5 * DAY, starts_on + 20 * DAY
    return {
        "none": [],
        "good": [_permit("authorize", number, first, last)],
        "good through the day": [_permit("authorize", number, first, starts_on)],
        "ended the day before": [_permit("authorize", number, first, starts_on - DAY)],
        "begins the day after": [_permit("authorize", number, starts_on + DAY, last)],
        "names another facility": [
            _permit("authorize", number, first, last, facility="facility-2")
        ],
        "names no facility": [_permit("authorize", number, first, last, facility=None)],
        "for another course": [_permit("authorize", number + 1, first, last)],
        "used": [_permit("authorize", number, first, last, "used")],
    }[state]


@cache
def _dispensed(state, number, starts_on):
    first, last = starts_on - 5 * DAY, starts_on + 20 * DAY
    return {
        "no": [],
        "authorized": [_permit("dispense", number, first, last)],
        "authorized but that ended": [_permit("dispense", number, first, starts_on - DAY)],
        "for another course": [_permit("dispense", number + 1, first, last)],
        "yes": [_permit("dispense", number, first, last, "used")],
    }[state]
